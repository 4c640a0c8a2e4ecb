"""Choosing hyper-parameters and the seen-class bias on held-out seen classes.

Nothing of the unseen classes is looked at. Some of the seen classes play the unseen ones: a method is fitted without
them, and then tells their images apart from semantics alone, beside images of the classes it was fitted on.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from zsl._typing import FloatArray
from zsl.evaluation.curves import SeenUnseenCurve, best_bias, margin_curve
from zsl.methods.compatibility import CompatibilityMethod
from zsl.methods.linear.closed_form import ClosedFormMethod
from zsl.selection.confidence import Confidence
from zsl.selection.folds import ClassFold, TrainingPart
from zsl.selection.gate import Gate
from zsl.selection.temperature import Scored, columns_of, lifted, sampled, stacked_temperature

BLOCK_ROWS = 2048
Point = dict[str, Any]
Path = Callable[[TrainingPart], Iterable[tuple[Point, CompatibilityMethod]]]
"""Fits a method at each point of its grid."""


@dataclass(frozen=True, eq=False)
class Margins:
    """The test images of one fold, as one method scores them.

    Parameters
    ----------
    own, other : array of shape (t,)
        Best score among the classes of the image's side, seen or held-out, and among those of the other side.
    weight : array of shape (t,)
        What the image adds to the accuracy of its side if it is taken for that side.
    is_seen : bool array of shape (t,)
        Whether the class of the image was trained on.
    scored : tuple of arrays
        All scores of some of the images, in single precision; see `zsl.selection.temperature.Scored`.
    """

    own: FloatArray
    other: FloatArray
    weight: FloatArray
    is_seen: NDArray[np.bool_]
    scored: Scored

    def curve(self) -> SeenUnseenCurve:
        """Seen-unseen curve of the fold."""
        margin, seen = self.own - self.other, self.is_seen
        return margin_curve(margin[seen], self.weight[seen], margin[~seen], self.weight[~seen])


@dataclass(frozen=True)
class Selection:
    """What was chosen, and the figures on held-out seen classes that it was chosen by.

    `figures` has one record a point of the grid: its values, "seen_bias", "seen", "unseen" and "harmonic_mean", which
    are means over the folds. `confidence` tells how well samples of known classes score at best. `gate` is
    None where the seen-class bias does its work. `temperature` divides calibrated scores before the softmax.
    """

    params: Point
    seen_bias: float = 0.0
    harmonic_mean: float = float("nan")
    n_folds: int = 0
    figures: tuple[Point, ...] = ()
    confidence: Confidence = field(default_factory=Confidence)
    gate: Gate | None = None
    temperature: float = 1.0


def search(path: Path, folds: Iterable[ClassFold], seen_bias: float | None) -> Selection:
    """Choose the point of largest H, together with the bias unless that is given; of equal ones the first."""
    points: list[Point] = []
    margins: list[list[Margins]] = []
    for fold in folds:
        found = list(path(fold.part))
        points = [point for point, _ in found]
        margins.append(score_fold([method for _, method in found], fold))
    figures, best = [], -1
    for number, point in enumerate(points):
        curves = [fold[number].curve() for fold in margins]
        if seen_bias is None:
            bias, seen, unseen, harmonic = best_bias(curves)
        else:
            bias = seen_bias
            seen, unseen, harmonic = np.mean([curve.at(seen_bias) for curve in curves], axis=0).tolist()
        figures.append(point | {"seen_bias": bias, "seen": seen, "unseen": unseen, "harmonic_mean": harmonic})
        if best < 0 or harmonic > figures[best]["harmonic_mean"]:
            best = number
    chosen = figures[best]
    calibrated = [lifted(fold[best].scored, chosen["seen_bias"]) for fold in margins]
    return Selection(
        points[best],
        chosen["seen_bias"],
        chosen["harmonic_mean"],
        len(margins),
        tuple(figures),
        Confidence.of_folds(calibrated),
        temperature=stacked_temperature([fold[best].scored for fold in margins], chosen["seen_bias"]),
    )


def with_gate(selection: Selection, fits: Iterable[tuple[CompatibilityMethod, ClassFold]]) -> Selection:
    """Fit a gate at the chosen point, and take the distribution of its confidence in place of that of the bias.

    Its scores are logarithms of probabilities already, so that they have the temperature 1.
    """
    scored = [_scores(method, fold) for method, fold in fits]
    gate = Gate.fit(scored)
    best = [gate.log_probabilities(scores, is_seen).max(axis=1) for scores, is_seen, _ in scored]
    return replace(selection, gate=gate, confidence=Confidence.of_best(np.concatenate(best)), temperature=1.0)


def _scores(method: CompatibilityMethod, fold: ClassFold) -> Scored:
    """All scores of the test images of a fold, with the seen columns first."""
    classes = np.concatenate([fold.part.classes, fold.held])
    blocks = []
    with torch.inference_mode():
        method = method.double().eval()
        represented = method.represent(torch.as_tensor(fold.semantics[classes]))
        for start in range(0, len(fold.test), BLOCK_ROWS):
            images = torch.as_tensor(fold.part.scaled(fold.test[start : start + BLOCK_ROWS]))
            blocks.append(method.compare(method.embed(images), represented).numpy())
    truth = columns_of(classes, fold.part.codes[fold.test])
    return np.concatenate(blocks), np.arange(len(classes)) < len(fold.part.classes), truth


def score_fold(methods: Sequence[CompatibilityMethod], fold: ClassFold) -> list[Margins]:
    """Score the test images of a fold by each method, a block of images at a time."""
    part, truth = fold.part, fold.part.codes[fold.test]
    is_seen = np.isin(truth, part.classes)
    counts = np.bincount(truth)
    share = np.where(is_seen, len(np.unique(truth[is_seen])), len(np.unique(truth[~is_seen])))
    weight = 1.0 / counts[truth] / np.maximum(share, 1)
    own, other, hit = np.zeros((3, len(methods), len(truth)))
    classes = np.concatenate([part.classes, fold.held])
    kept = sampled(is_seen, len(methods) * len(classes))
    tables = np.empty((len(methods), len(kept), len(classes)), dtype=np.float32)
    with torch.inference_mode():
        doubled = [method.double().eval() for method in methods]
        seen_classes = [method.represent(torch.as_tensor(part.semantics)) for method in doubled]
        held_classes = [method.represent(torch.as_tensor(fold.semantics[fold.held])) for method in doubled]
        project = _Projections(doubled)
        for start in range(0, len(truth), BLOCK_ROWS):
            block = slice(start, start + BLOCK_ROWS)
            images, side = torch.as_tensor(part.scaled(fold.test[block])), is_seen[block]
            first, last = np.searchsorted(kept, [start, start + BLOCK_ROWS])
            rows = torch.as_tensor(kept[first:last] - start)
            for number, embedded in enumerate(project(images)):
                method = doubled[number]
                best, n_before = [], 0
                for represented, labels in ((seen_classes[number], part.classes), (held_classes[number], fold.held)):
                    scores = method.compare(embedded, represented)
                    tables[number, first:last, n_before : n_before + len(labels)] = scores[rows].numpy()
                    n_before += len(labels)
                    value, place = scores.max(dim=1)
                    best.append((value.numpy(), labels[place.numpy()] == truth[block]))
                (seen_value, seen_hit), (held_value, held_hit) = best
                own[number, block] = np.where(side, seen_value, held_value)
                other[number, block] = np.where(side, held_value, seen_value)
                hit[number, block] = np.where(side, seen_hit, held_hit)
    trained, column = np.arange(len(classes)) < len(part.classes), columns_of(classes, truth[kept])
    return [
        Margins(a, b, h * weight, is_seen, (table, trained, column))
        for a, b, h, table in zip(own, other, hit, tables, strict=True)
    ]


class _Projections:
    """Embed images by each of several methods, with the large products of those along a grid taken at once."""

    def __init__(self, methods: Sequence[CompatibilityMethod]) -> None:
        self._methods = methods
        shared = {
            id(method.projection): method.projection
            for method in methods
            if isinstance(method, ClosedFormMethod) and method.projection is not None
        }
        self._keys, self._widths = list(shared), [projection.shape[1] for projection in shared.values()]
        self._stacked = torch.cat(list(shared.values()), dim=1) if shared else None

    def __call__(self, images: Tensor) -> Iterator[Tensor]:
        projected: dict[int, Tensor] = {}
        if self._stacked is not None:
            parts = torch.split(images @ self._stacked, self._widths, dim=1)
            projected = dict(zip(self._keys, parts, strict=True))
        alike: Tensor | None = None
        for method in self._methods:
            if isinstance(method, ClosedFormMethod) and method.embeds_alike:
                alike = method.embed(images) if alike is None else alike
                yield alike
            elif isinstance(method, ClosedFormMethod) and id(method.projection) in projected:
                yield method.finish(projected[id(method.projection)])
            else:
                yield method.embed(images)
