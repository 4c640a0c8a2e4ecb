"""Choosing the length of training, the prior strength and the seen-class bias on held-out seen classes.

Nothing of the unseen classes is looked at. Some of the seen classes play the unseen ones: a network is trained without
them, and then tells them apart from semantics alone and from one, five and twenty support images.
"""

import copy
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zsl._typing import FloatArray
from zsl.estimators._fold import PRIOR_STRENGTHS, Fold
from zsl.estimators._quantiles import quantiles
from zsl.estimators._relation_training import START_PRIOR_STRENGTH, train_network
from zsl.estimators._scaling import Scalings
from zsl.estimators._settings import Settings
from zsl.estimators._temperature import stacked_temperature
from zsl.evaluation.metrics import best_bias
from zsl.evaluation.splits import ClassKFold
from zsl.methods.relation import RelationNetwork

SHOTS = (1, 5, 20)
"""Numbers of support images that κ and γ are chosen for."""
N_CHECKS = 8
"""How often a fold's training is stopped to look."""
N_DRAWS = 5
"""Draws of the support that a figure is averaged over."""


@dataclass(frozen=True)
class Choice:
    """What was chosen, and the figures on held-out seen classes that it was chosen by.

    `bias` holds γ for each number of support images in `bias_shots`. `history` holds the number of training episodes
    and AUSUC, averaged over the folds; `confidence` quantiles of the best calibrated score of the tested images.
    `temperature` divides calibrated scores before the softmax. `n_folds` is 0 if there were too few classes to hold any
    out.
    """

    n_episodes: int
    prior_strength: float = START_PRIOR_STRENGTH
    bias_shots: tuple[int, ...] = (0,)
    bias: tuple[float, ...] = (0.0,)
    history: tuple[tuple[int, float], ...] = ()
    harmonic_mean: float = float("nan")
    n_folds: int = 0
    confidence: tuple[float, ...] = ()
    temperature: float = 1.0


def choose(
    settings: Settings,
    X: FloatArray,
    codes: NDArray[np.intp],
    table: FloatArray | None,
    *,
    scalings: Scalings,
    n_folds: int,
    early_stopping: bool,
    seen_bias: float | None,
    seed: int,
) -> Choice:
    """Choose on `n_folds` folds of held-out classes; with fewer than four classes, return the starting values.

    `X` are the images, `codes` their class numbers and `table` their semantics, row by class number. `seen_bias` is the
    one that scores will be calibrated with, None if it is the one chosen here.
    """
    counts = np.bincount(codes)
    n_splits = min(5, len(counts) // 2)
    if n_folds == 0 or n_splits < 2 or counts.min() < 2:
        return Choice(int(settings.n_episodes))
    every = -(-settings.n_episodes // N_CHECKS) if early_stopping else 0
    splits = list(zip(range(n_folds), ClassKFold(n_splits, random_state=seed).split(X, codes), strict=False))
    folds, records = [], []
    for number, split in splits:
        fold = Fold(X, codes, table, split, scalings, np.random.default_rng([seed, number]))
        label = f"held-out classes {number + 1}/{len(splits)}"
        records.append(_train_fold(fold, settings, seed + number, label, every))
        folds.append(fold)
    steps = [done for done, _ in records[0]]
    areas = np.mean([[area for _, area in record] for record in records], axis=0).tolist()
    history = tuple(zip(steps, areas, strict=True))
    best = max(history, key=lambda entry: entry[1])[0]
    networks = [fold.networks[best] for fold in folds]

    shots = tuple(k for k in SHOTS if k <= max(1, counts.min() // 2))
    strength = START_PRIOR_STRENGTH
    pairs = list(zip(folds, networks, strict=True))
    if table is not None:
        totals = [fold.accuracies(network, k, N_DRAWS) for fold, network in pairs for k in shots]
        strength = float(PRIOR_STRENGTHS[np.sum(totals, axis=0).argmax()])
        shots = (0, *shots)
    bias = []
    for k in shots:
        curves = []
        for fold, network in pairs:
            network.prior_strength.fill_(strength)
            curves += fold.curves(network, k, N_DRAWS)
        bias.append(best_bias(curves))
    gammas = tuple(gamma for gamma, *_ in bias)
    lift = gammas[0] if seen_bias is None else seen_bias
    scored = [fold.scored(network, shots[0]) for fold, network in pairs]
    confidence = [(scores + np.where(is_seen, 0.0, lift)).max(axis=1) for scores, is_seen, _ in scored]
    return Choice(
        best,
        strength,
        shots,
        gammas,
        history,
        bias[0][-1],
        len(folds),
        quantiles(np.concatenate(confidence)),
        stacked_temperature(scored, lift),
    )


def _train_fold(fold: Fold, settings: Settings, seed: int, label: str, check_every: int) -> list[tuple[int, float]]:
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
