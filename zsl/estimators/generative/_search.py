"""Choosing the length of training, the number of generated images and the bias on held-out seen classes."""

from collections.abc import Callable, Iterable

import numpy as np

from zsl._typing import FloatArray
from zsl.classes.stored import ClassImages
from zsl.estimators.generative._space import GeneratedSpace
from zsl.evaluation.curves import SeenUnseenCurve, best_bias, seen_unseen_curve
from zsl.selection.confidence import Confidence
from zsl.selection.folds import ClassFold
from zsl.selection.search import Point, Selection
from zsl.selection.temperature import Scored, sampled, stacked_temperature

Spaces = Callable[[ClassFold], Iterable[tuple[Point, GeneratedSpace]]]
"""Trains on a fold, and gives a space for each point of the grid."""


def choose(
    spaces: Spaces, folds: Iterable[ClassFold], table: FloatArray, limit: int, seen_bias: float | None
) -> Selection:
    """Choose the point of largest H, together with the bias unless that is given; of equal ones the first.

    The held-out classes are generated and a light classifier is fitted beside the classes that were trained on, as it
    will be for unseen classes. `table` holds the semantic vectors by class number.
    """
    points: list[Point] = []
    measured: list[list[tuple[SeenUnseenCurve, FloatArray, FloatArray, Scored]]] = []
    for fold in folds:
        known = _known(fold, table, limit)
        found = list(spaces(fold))
        points = [point for point, _ in found]
        measured.append([_measure(space, fold, known, len(found)) for _, space in found])
    figures = []
    for number, point in enumerate(points):
        curves = [fold[number][0] for fold in measured]
        if seen_bias is None:
            bias, seen, unseen, harmonic = best_bias(curves)
        else:
            bias = seen_bias
            seen, unseen, harmonic = np.mean([curve.at(seen_bias) for curve in curves], axis=0).tolist()
        figures.append(point | {"seen_bias": bias, "seen": seen, "unseen": unseen, "harmonic_mean": harmonic})
    best = max(range(len(figures)), key=lambda number: figures[number]["harmonic_mean"])
    bias = figures[best]["seen_bias"]
    chosen = [fold[best] for fold in measured]
    confidence = np.concatenate([np.maximum(seen, held + bias) for _, seen, held, _ in chosen])
    return Selection(
        points[best],
        bias,
        figures[best]["harmonic_mean"],
        len(measured),
        tuple(figures),
        Confidence.of_best(confidence),
        temperature=stacked_temperature([scored for *_, scored in chosen], bias),
    )


def _known(fold: ClassFold, table: FloatArray, limit: int) -> ClassImages:
    """Classes that are trained on by images and semantics, and held-out ones by semantics alone."""
    part = fold.part
    rows = np.arange(len(part.X)) if part.rows is None else part.rows
    labels = np.union1d(part.classes, fold.held)
    known = ClassImages.empty(part.classes, table.shape[1], part.X.shape[1], limit)
    known = known.with_support(part.codes[rows], part.X[rows])
    return known.with_semantics(labels, table[labels])


def _measure(
    space: GeneratedSpace, fold: ClassFold, known: ClassImages, n_points: int
) -> tuple[SeenUnseenCurve, FloatArray, FloatArray, Scored]:
    """Seen-unseen curve of a fold; best score of its test images among the trained and among the held-out classes.

    Last, all scores of some of these images.
    """
    truth = fold.part.codes[fold.test]
    scores = space.light(known).scores(space.embed(fold.part.X[fold.test]))
    is_seen = np.isin(truth, fold.part.classes)
    curve = seen_unseen_curve(
        scores[is_seen],
        truth[is_seen],
        scores[~is_seen],
        truth[~is_seen],
        classes=known.labels,
        seen_classes=fold.part.classes,
    )
    kept = sampled(is_seen, n_points * len(known))
    scored = scores[kept].astype(np.float32), known.seen, known.columns(truth[kept])
    return curve, scores[:, known.seen].max(axis=1), scores[:, ~known.seen].max(axis=1), scored
