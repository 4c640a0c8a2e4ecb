"""Choosing the length of training, the prior strength and the seen-class bias on held-out seen classes.

Nothing of the unseen classes is looked at. Some of the seen classes play the unseen ones: a network is trained without
them, and then tells them apart from semantics alone and from one, five and twenty support images.
"""

import copy
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zsl._typing import FloatArray
from zsl.estimators._registry import ClassRegistry
from zsl.estimators._relation_training import START_PRIOR_STRENGTH, Settings, train_network
from zsl.estimators._scaling import Scaler, Scaling
from zsl.estimators._scoring import embed, represent, score
from zsl.evaluation.metrics import SeenUnseenCurve, best_bias, per_class_accuracy, seen_unseen_curve
from zsl.evaluation.splits import ClassKFold
from zsl.methods.relation import RelationNetwork

SHOTS = (1, 5, 20)
N_CHECKS = 8
PRIOR_STRENGTHS = 2.0 ** np.arange(-2, 9)
N_DRAWS = 5


@dataclass(frozen=True)
class Choice:
    """What was chosen, and the figures on held-out seen classes that it was chosen by.

    `bias` holds γ for each number of support images in `bias_shots`. `history` holds the number of training episodes
    and AUSUC, averaged over the folds; `n_folds` is 0 if there were too few classes to hold any out.
    """

    n_episodes: int
    prior_strength: float = START_PRIOR_STRENGTH
    bias_shots: tuple[int, ...] = (0,)
    bias: tuple[float, ...] = (0.0,)
    history: tuple[tuple[int, float], ...] = ()
    harmonic_mean: float = float("nan")
    n_folds: int = 0


class _Fold:
    """One set of held-out classes, and the network trained without them, as it was at each check."""

    def __init__(
        self,
        X: FloatArray,
        codes: NDArray[np.intp],
        table: FloatArray | None,
        split: tuple[NDArray[np.intp], NDArray[np.intp]],
        semantic_scaling: Scaling,
        rng: np.random.Generator,
    ) -> None:
        train, test = split
        self.kept = np.unique(codes[train])
        is_seen = np.isin(codes[test], self.kept)
        self.X_train, self.y_train = X[train], codes[train]
        self.X_seen, self.y_seen = X[test[is_seen]], codes[test[is_seen]]
        self.X_held, self.y_held = X[test[~is_seen]], codes[test[~is_seen]]
        self.networks: dict[int, RelationNetwork] = {}
        self._rng = rng
        labels = np.arange(codes.max() + 1)
        described = np.full(len(labels), table is not None)
        rows = np.zeros((len(labels), 0))
        if table is not None:
            rows = Scaler.fit("semantic_scaling", semantic_scaling, table[self.kept]).unit(table)
        self._rows, self._seen, self._described = rows, np.isin(labels, self.kept), described

    @property
    def semantics(self) -> FloatArray | None:
        """Scaled rows of the classes that are trained on."""
        return self._rows[self.kept] if self._described.any() else None

    def draws(self, network: RelationNetwork, shots: int, count: int) -> Iterator[tuple[ClassRegistry, NDArray[np.bool_]]]:
        """Registries with `shots` support images of each held-out class, and which images are left as queries."""
        n = len(self._rows)
        width = network.relation.n_features
        classes = ClassRegistry(
            np.arange(n), self._seen, self._described, self._rows, np.zeros((n, width)), np.zeros(n)
        )
        if not self._described.any():
            classes = classes.with_support(self.y_train, embed(network, self.X_train))
        held = embed(network, self.X_held)
        for _ in range(count if shots else 1):
            support = np.zeros(len(held), dtype=bool)
            for label in np.unique(self.y_held):
                support[self._rng.permutation(np.flatnonzero(self.y_held == label))[:shots]] = True
            yield (classes.with_support(self.y_held[support], held[support]) if shots else classes), ~support

    def curves(self, network: RelationNetwork, shots: int, count: int) -> list[SeenUnseenCurve]:
        """Seen-unseen curves with the held-out classes as the unseen ones, one a draw of the support."""
        seen, held = embed(network, self.X_seen), embed(network, self.X_held)
        found = []
        for classes, queries in self.draws(network, shots, count):
            represented = represent(network, classes)
            found.append(
                seen_unseen_curve(
                    score(network, seen, represented),
                    self.y_seen,
                    score(network, held[queries], represented),
                    self.y_held[queries],
                    classes=classes.labels,
                    seen_classes=self.kept,
                )
            )
        return found

    def accuracies(self, network: RelationNetwork, shots: int, count: int) -> FloatArray:
        """T1 among the held-out classes for each prior strength of the grid, averaged over draws of the support."""
        held = embed(network, self.X_held)
        found = np.zeros(len(PRIOR_STRENGTHS))
        for classes, queries in self.draws(network, shots, count):
            among = classes.take(~classes.seen)
            for place, strength in enumerate(PRIOR_STRENGTHS):
                network.prior_strength.fill_(strength)
                scores = score(network, held[queries], represent(network, among))
                found[place] += per_class_accuracy(self.y_held[queries], among.labels[scores.argmax(axis=1)]) / count
        return found


def choose(
    settings: Settings,
    X: FloatArray,
    codes: NDArray[np.intp],
    table: FloatArray | None,
    *,
    semantic_scaling: Scaling,
    n_folds: int,
    early_stopping: bool,
    seed: int,
) -> Choice:
    """Choose on `n_folds` folds of held-out classes; with fewer than four classes, return the starting values.

    `X` are the centred images, `codes` their class numbers and `table` the unscaled semantics, row by class number.
    """
    counts = np.bincount(codes)
    n_splits = min(5, len(counts) // 2)
    if n_folds == 0 or n_splits < 2 or counts.min() < 2:
        return Choice(int(settings.n_episodes))
    every = -(-settings.n_episodes // N_CHECKS) if early_stopping else 0
    splits = list(zip(range(n_folds), ClassKFold(n_splits, random_state=seed).split(X, codes), strict=False))
    folds, records = [], []
    for number, split in splits:
        fold = _Fold(X, codes, table, split, semantic_scaling, np.random.default_rng([seed, number]))
        label = f"held-out classes {number + 1}/{len(splits)}"
        records.append(_train_fold(fold, settings, seed + number, label, every))
        folds.append(fold)
    steps = [done for done, _ in records[0]]
    history = tuple(zip(steps, np.mean([[area for _, area in record] for record in records], axis=0).tolist(), strict=True))
    best = max(history, key=lambda entry: entry[1])[0]
    networks = [fold.networks[best] for fold in folds]

    shots = tuple(k for k in SHOTS if k <= max(1, counts.min() // 2))
    strength = START_PRIOR_STRENGTH
    if table is not None:
        totals = [fold.accuracies(network, k, N_DRAWS) for fold, network in zip(folds, networks, strict=True) for k in shots]
        strength = float(PRIOR_STRENGTHS[np.sum(totals, axis=0).argmax()])
        shots = (0, *shots)
    bias = []
    for k in shots:
        curves = []
        for fold, network in zip(folds, networks, strict=True):
            network.prior_strength.fill_(strength)
            curves += fold.curves(network, k, N_DRAWS)
        bias.append(best_bias(curves))
    gammas = tuple(gamma for gamma, *_ in bias)
    return Choice(best, strength, shots, gammas, history, bias[0][-1], len(folds))


def _train_fold(
    fold: _Fold, settings: Settings, seed: int, label: str, check_every: int
) -> list[tuple[int, float]]:
    """Train without the held-out classes; return AUSUC after each so many episodes, and keep the networks."""
    record = []
    shots = 0 if fold.semantics is not None else 1

    def check(network: RelationNetwork, done: int) -> None:
        fold.networks[done] = copy.deepcopy(network)
        areas = [curve.ausuc for curve in fold.curves(network, shots, N_DRAWS)]
        record.append((done, float(np.mean(areas))))

    train_network(
        settings,
        fold.X_train,
        np.searchsorted(fold.kept, fold.y_train),
        fold.semantics,
        seed=seed,
        n_steps=settings.n_episodes,
        label=label,
        check=check,
        check_every=check_every,
    )
    return record
