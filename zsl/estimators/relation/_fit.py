"""Fitting: what held-out classes choose, then all seen classes at what was chosen."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zsl._typing import FloatArray
from zsl.estimators.relation._choose import Choice, choose
from zsl.estimators.relation._classes import Point
from zsl.estimators.relation._fitting import Data, Fitting
from zsl.estimators.relation._model import Model, assemble
from zsl.estimators.relation._settings import Settings
from zsl.exceptions import InvalidInputError

START_ALPHA, START_JOINT, START_SCALE = 0.1, 0.3, 20.0
"""The penalty, the weight of class texts and the scale of logits where nothing is held out to choose them on."""


def fit_model(
    X: FloatArray,
    codes: NDArray[np.intp],
    table: FloatArray | None,
    blocks: tuple[int, ...],
    settings: Settings,
    cv: Any,
    seed: int,
) -> tuple[Model, Choice]:
    """Choose what is "auto" on held-out classes, then fit all seen classes at that.

    `table` holds the semantic vectors of the classes by class number, in `blocks`.
    """
    fitting = Fitting(Data(X.astype(np.float32, copy=False), codes, table, blocks), settings, seed)
    roots = settings.roots if len(settings.roots) == 1 or X.min() >= 0 else (False,)
    joint = fitting.is_joint()
    weights = _start_weights(settings, blocks)
    alpha = START_ALPHA if START_ALPHA in settings.alphas else settings.alphas[len(settings.alphas) // 2]
    start = Point(roots[0], settings.kernels[0], alpha, START_JOINT if joint else 0.0, settings.metrics[0], weights)
    choice = choose(fitting, cv, default=start, joint=joint, roots=roots)
    if settings.seen_bias is not None:
        gamma = settings.seen_bias
        given = replace(choice.refinement, start_bias=gamma, bias=gamma)
        choice = replace(choice, bias=((0, gamma),), refinement=given)
    if settings.prior_strength is not None:
        choice = replace(choice, prior_strength=settings.prior_strength)
    point = choice.point
    seen = fitting.seen(point.root)
    described = fitting.described(seen, joint=joint)
    term = None
    if described is not None and settings.similarity == "both" and not choice.gate:
        choice = replace(choice, gate=1.0)
    if described is not None and choice.gate:
        scale = 1 / choice.temperature if choice.n_folds else START_SCALE
        every = np.arange(len(codes))
        term = fitting.term(described, every, point, scale, choice.prior_strength, "relation term")
        term = term.gated(choice.gate)
    model = assemble(
        seen,
        described,
        point,
        joint_block=fitting.data.joint_block if joint else None,
        strength=choice.prior_strength,
        term=term,
    )
    model.method.to(settings.device)
    return model, choice


def _start_weights(settings: Settings, blocks: tuple[int, ...]) -> tuple[float, ...]:
    """Weights of the blocks of semantics before any are chosen, with the sum 1."""
    given = settings.block_weights
    if isinstance(given, str) or not blocks:
        return (1 / max(len(blocks), 1),) * len(blocks)
    if len(given) != len(blocks):
        raise InvalidInputError(
            f"block_weights has {len(given)} numbers; wanted {len(blocks)}, one per block of semantics."
        )
    return tuple(weight / sum(given) for weight in given)
