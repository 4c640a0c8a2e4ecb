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
from zsl.estimators._scaling import FeatureScaling, Scaler, Scaling
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
        scalings: tuple[FeatureScaling, Scaling],
        rng: np.random.Generator,
    ) -> None:
        train, test = split
        self.kept = np.unique(codes[train])
        is_seen = np.isin(codes[test], self.kept)
        X = Scaler.fit("feature_scaling", scalings[0], X[train], codes[train])(X)
        self.X_train, self.y_train = X[train], codes[train]
        self.X_seen, self.y_seen = X[test[is_seen]], codes[test[is_seen]]
        self.X_held, self.y_held = X[test[~is_seen]], codes[test[~is_seen]]
        self.networks: dict[int, RelationNetwork] = {}
        self._rng = rng
        labels = np.arange(codes.max() + 1)
        described = np.full(len(labels), table is not None)
        rows: FloatArray = np.zeros((len(labels), 0))
        if table is not None:
            rows = Scaler.fit("semantic_scaling", scalings[1], table[self.kept]).unit(table)
        self._rows, self._seen, self._described = rows, np.isin(labels, self.kept), described

    @property
    def semantics(self) -> FloatArray | None:
        """Scaled rows of the classes that are trained on."""
        return self._rows[self.kept] if self._described.any() else None

    def curves(self, network: RelationNetwork, shots: int, count: int) -> list[SeenUnseenCurve]:
        """Seen-unseen curves with the held-out classes as the unseen ones, one a draw of the support."""
        classes = self._known(network)
        kept, held_out = classes.take(classes.seen), classes.take(~classes.seen)
        seen, held = embed(network, self.X_seen), embed(network, self.X_held)
        of_kept = represent(network, kept)
        seen_on_kept, held_on_kept = score(network, seen, of_kept), score(network, held, of_kept)
        found = []
        for support in self._supports(shots, count):
            of_held = represent(network, held_out.with_support(self.y_held[support], held[support]))
            found.append(
                seen_unseen_curve(
                    np.hstack([seen_on_kept, score(network, seen, of_held)]),
                    self.y_seen,
                    np.hstack([held_on_kept[~support], score(network, held[~support], of_held)]),
                    self.y_held[~support],
                    classes=np.concatenate([kept.labels, held_out.labels]),
                    seen_classes=kept.labels,
                )
            )
        return found

    def accuracies(self, network: RelationNetwork, shots: int, count: int) -> FloatArray:
        """T1 among the held-out classes for each prior strength of the grid, averaged over draws of the support."""
        classes = self._known(network)
        held_out, held = classes.take(~classes.seen), embed(network, self.X_held)
        found = np.zeros(len(PRIOR_STRENGTHS))
        for support in self._supports(shots, count):
            among = held_out.with_support(self.y_held[support], held[support])
            for place, strength in enumerate(PRIOR_STRENGTHS):
                network.prior_strength.fill_(strength)
                scores = score(network, held[~support], represent(network, among))
                found[place] += per_class_accuracy(self.y_held[~support], among.labels[scores.argmax(axis=1)]) / count
        return found

    def _known(self, network: RelationNetwork) -> ClassRegistry:
        """What is known of all classes before any support of the held-out ones."""
        n, width = len(self._rows), network.relation.n_features
        classes = ClassRegistry(
            np.arange(n), self._seen, self._described, self._rows, np.zeros((n, width)), np.zeros(n)
        )
        return classes if self._described.any() else classes.with_support(self.y_train, embed(network, self.X_train))

    def _supports(self, shots: int, count: int) -> Iterator[NDArray[np.bool_]]:
        """Which held-out images are drawn as support: `shots` of each class, `count` times."""
        for _ in range(count if shots else 1):
            support = np.zeros(len(self.y_held), dtype=bool)
            for label in np.unique(self.y_held):
                support[self._rng.permutation(np.flatnonzero(self.y_held == label))[:shots]] = True
            yield support


def choose(
    settings: Settings,
    X: FloatArray,
    codes: NDArray[np.intp],
    table: FloatArray | None,
    *,
    scalings: tuple[FeatureScaling, Scaling],
    n_folds: int,
    early_stopping: bool,
    seed: int,
) -> Choice:
    """Choose on `n_folds` folds of held-out classes; with fewer than four classes, return the starting values.

    `X` are the images, `codes` their class numbers and `table` their semantics, row by class number.
    """
    counts = np.bincount(codes)
    n_splits = min(5, len(counts) // 2)
    if n_folds == 0 or n_splits < 2 or counts.min() < 2:
        return Choice(int(settings.n_episodes))
    every = -(-settings.n_episodes // N_CHECKS) if early_stopping else 0
    splits = list(zip(range(n_folds), ClassKFold(n_splits, random_state=seed).split(X, codes), strict=False))
    folds, records = [], []
    for number, split in splits:
        fold = _Fold(X, codes, table, split, scalings, np.random.default_rng([seed, number]))
        label = f"held-out classes {number + 1}/{len(splits)}"
        records.append(_train_fold(fold, settings, seed + number, label, every))
        folds.append(fold)
    steps = [done for done, _ in records[0]]
    history = tuple(
        zip(steps, np.mean([[area for _, area in record] for record in records], axis=0).tolist(), strict=True)
    )
    best = max(history, key=lambda entry: entry[1])[0]
    networks = [fold.networks[best] for fold in folds]

    shots = tuple(k for k in SHOTS if k <= max(1, counts.min() // 2))
    strength = START_PRIOR_STRENGTH
    if table is not None:
        totals = [
            fold.accuracies(network, k, N_DRAWS) for fold, network in zip(folds, networks, strict=True) for k in shots
        ]
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


def _train_fold(fold: _Fold, settings: Settings, seed: int, label: str, check_every: int) -> list[tuple[int, float]]:
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
