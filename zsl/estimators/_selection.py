"""Choosing the length of training, the prior strength and the seen-class bias on held-out seen classes.

Nothing of the unseen classes is looked at. Some of the seen classes play the unseen ones: a network is trained without
them, and then tells them apart from semantics alone and from one, five and twenty support images.
"""

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from zsl._typing import FloatArray, LabelArray
from zsl.estimators._registry import ClassRegistry
from zsl.estimators._relation_training import START_PRIOR_STRENGTH, Settings, train_network
from zsl.estimators._scaling import Scaler, Scaling
from zsl.estimators._scoring import embed, represent, score
from zsl.evaluation.metrics import SeenUnseenCurve, per_class_accuracy, seen_unseen_curve
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


@dataclass
class _Fold:
    """One set of held-out classes, and the network trained without them, as it was at each check."""

    X_seen: FloatArray
    y_seen: NDArray[np.intp]
    X_held: FloatArray
    y_held: NDArray[np.intp]
    base: ClassRegistry
    rng: np.random.Generator
    networks: dict[int, RelationNetwork] = field(default_factory=dict)

    def curve(self, network: RelationNetwork, classes: ClassRegistry, queries: NDArray[np.bool_]) -> SeenUnseenCurve:
        """Seen-unseen curve with the held-out classes as the unseen ones."""
        represented = represent(network, classes)
        return seen_unseen_curve(
            score(network, embed(network, self.X_seen), represented),
            self.y_seen,
            score(network, embed(network, self.X_held[queries]), represented),
            self.y_held[queries],
            classes=classes.labels,
            seen_classes=classes.labels[classes.seen],
        )

    def draws(self, network: RelationNetwork, shots: int, count: int) -> Iterator[tuple[ClassRegistry, NDArray[np.bool_]]]:
        """Registries with `shots` support images of each held-out class, and which images are left as queries."""
        for _ in range(count if shots else 1):
            support = np.zeros(len(self.y_held), dtype=bool)
            for label in np.unique(self.y_held):
                support[self.rng.permutation(np.flatnonzero(self.y_held == label))[:shots]] = True
            classes = self.base
            if shots:
                classes = classes.with_support(self.y_held[support], embed(network, self.X_held[support]))
            yield classes, ~support


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
    n_class, fewest = int(codes.max()) + 1, int(np.bincount(codes).min())
    n_splits = min(5, n_class // 2)
    if n_folds == 0 or n_splits < 2 or fewest < 2:
        return Choice(settings.n_episodes)
    shots = [k for k in SHOTS if k <= max(1, fewest // 2)]
    every = -(-settings.n_episodes // N_CHECKS) if early_stopping else settings.n_episodes
    first = 0 if table is not None else 1

    folds, records = [], []
    splits = ClassKFold(n_splits, random_state=seed).split(X, codes)
    for number, (train, test) in zip(range(n_folds), splits, strict=False):
        fold = _make_fold(X, codes, table, train, test, semantic_scaling, np.random.default_rng([seed, number]))
        record: list[tuple[int, float]] = []

        def check(network: RelationNetwork, done: int, fold: _Fold = fold, record: list[tuple[int, float]] = record) -> None:
            snapshot = copy.deepcopy(network)
            fold.networks[done] = snapshot
            _pool_seen(fold, snapshot, X[train], codes[train])
            curves = [fold.curve(snapshot, *draw) for draw in fold.draws(snapshot, first, N_DRAWS)]
            record.append((done, float(np.mean([curve.ausuc for curve in curves]))))

        kept = np.unique(codes[train])
        train_network(
            settings,
            X[train],
            np.searchsorted(kept, codes[train]),
            None if table is None else fold.base.semantics[np.isin(fold.base.labels, kept)],
            seed=seed + number,
            n_steps=settings.n_episodes,
            label=f"held-out classes {number + 1}/{min(n_folds, n_splits)}",
            check=check,
            check_every=every,
        )
        folds.append(fold)
        records.append(record)

    history = tuple((done, float(np.mean([r[i][1] for r in records]))) for i, (done, _) in enumerate(records[0]))
    best = max(history, key=lambda entry: entry[1])[0]
    networks = [fold.networks[best] for fold in folds]
    for fold, network in zip(folds, networks, strict=True):
        _pool_seen(fold, network, None, None)
    strength = START_PRIOR_STRENGTH if table is None else _choose_strength(folds, networks, shots)
    for network in networks:
        network.prior_strength.fill_(strength)
    bias_shots = tuple([0, *shots] if table is not None else shots)
    biases = [_choose_bias(folds, networks, k) for k in bias_shots]
    return Choice(best, strength, bias_shots, tuple(gamma for gamma, _ in biases), history, biases[0][1], len(folds))
