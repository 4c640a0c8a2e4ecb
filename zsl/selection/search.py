"""Choosing hyper-parameters and the seen-class bias on held-out seen classes.

Nothing of the unseen classes is looked at. Some of the seen classes play the unseen ones: a method is fitted without
them, and then scores their samples from semantics alone, beside samples of the classes that it was fitted on.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from zsl._typing import FloatArray
from zsl.evaluation.curves import SeenUnseenCurve, best_bias, margin_curve
from zsl.methods.compatibility import CompatibilityMethod
from zsl.methods.linear.closed_form import ClosedFormMethod
from zsl.persistence.codec import register
from zsl.selection.calibration import Confidence, Scored, columns_of, lifted, sampled, stacked_temperature
from zsl.selection.folds import ClassFold
from zsl.selection.gate import Gate

BLOCK_ROWS = 2048
Point = dict[str, Any]
Fold = TypeVar("Fold")


@dataclass(frozen=True, eq=False)
class Margins:
    """The test samples of one fold, as one method scores them: the best scores on either side.

    Parameters
    ----------
    own, other : array of shape (t,)
        Best score among the classes of the sample's side, seen or held-out, and among those of the other side.
    weight, is_seen : arrays of shape (t,)
        What the sample adds to the accuracy of its side if it is taken for that side, and whether its class was trained
        on.
    scored : Scored
        All scores of some of the samples, in single precision.
    """

    own: FloatArray
    other: FloatArray
    weight: FloatArray
    is_seen: NDArray[np.bool_]
    scored: Scored

    def best(self, seen_bias: float) -> FloatArray | None:
        """None, since the scores kept are enough."""
        return None

    def curve(self) -> SeenUnseenCurve:
        """Seen-unseen curve of the fold."""
        margin, seen = self.own - self.other, self.is_seen
        return margin_curve(margin[seen], self.weight[seen], margin[~seen], self.weight[~seen])


class Measured(Protocol):
    """The test samples of one fold, as one point of the grid scores them."""

    @property
    def scored(self) -> Scored:
        """All scores of some of the samples, in single precision."""

    def curve(self) -> SeenUnseenCurve:
        """Seen-unseen curve of the fold."""

    def best(self, seen_bias: float) -> FloatArray | None:
        """The best calibrated score of every sample; None if those of `scored` must do."""


@register
@dataclass(frozen=True)
class Selection:
    """What was chosen, and the figures on held-out seen classes that it was chosen by.

    `figures` has one record per point of the grid: its values and, as means over the folds, "seen_bias", "seen",
    "unseen" and "harmonic_mean". `confidence` is how well samples of known classes score at best. `gate` is None where
    a seen-class bias is used. `temperature` divides calibrated scores before the softmax. `alternatives` has the best
    figure with each value of each choice that had several.
    """

    params: Point
    seen_bias: float = 0.0
    harmonic_mean: float = math.nan
    ausuc: float = math.nan
    n_folds: int = 0
    figures: tuple[Point, ...] = ()
    confidence: Confidence = field(default_factory=Confidence)
    gate: Gate | None = None
    temperature: float = 1.0
    alternatives: dict[str, dict[str, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 0 < self.temperature < math.inf:
            raise ValueError(f"a temperature of {self.temperature}; wanted a finite number above 0")

    def record(self) -> dict[str, Any]:
        """The attribute `selection_`."""
        return {
            "params": dict(self.params),
            "ausuc": self.ausuc,
            "harmonic_mean": self.harmonic_mean,
            "seen_bias": self.seen_bias,
            "alternatives": self.alternatives,
            "n_folds": self.n_folds,
            "grid": [dict(point) for point in self.figures],
        }


def search(
    measure: Callable[[Fold], Iterable[tuple[Point, Measured]]], folds: Iterable[Fold], seen_bias: float | None
) -> Selection:
    """Choose the point of largest H, and the bias with it unless that is given; of equal ones the first.

    `measure` fits at each point of the grid on a fold, and scores the test samples there.
    """
    measured = [list(measure(fold)) for fold in folds]
    points = [point for point, _ in measured[-1]]
    figures, best = [], -1
    for number, point in enumerate(points):
        curves = [fold[number][1].curve() for fold in measured]
        if seen_bias is None:
            bias, seen, unseen, harmonic = best_bias(curves)
        else:
            bias = seen_bias
            seen, unseen, harmonic = np.mean([curve.at(seen_bias) for curve in curves], axis=0).tolist()
        figures.append(point | {"seen_bias": bias, "seen": seen, "unseen": unseen, "harmonic_mean": harmonic})
        if best < 0 or harmonic > figures[best]["harmonic_mean"]:
            best = number
    bias = figures[best]["seen_bias"]
    chosen = [fold[best][1] for fold in measured]
    top = [each.best(bias) for each in chosen]
    known = [values for values in top if values is not None]
    return Selection(
        points[best],
        bias,
        figures[best]["harmonic_mean"],
        float(np.mean([each.curve().ausuc for each in chosen])),
        len(measured),
        tuple(figures),
        Confidence.of_best(np.concatenate(known))
        if known
        else Confidence.of_folds([lifted(each.scored, bias) for each in chosen]),
        temperature=stacked_temperature([each.scored for each in chosen], bias),
        alternatives=alternatives(
            (point, record["harmonic_mean"]) for point, record in zip(points, figures, strict=True)
        ),
    )


def alternatives(figures: Iterable[tuple[Point, float]]) -> dict[str, dict[str, float]]:
    """The best figure with each value of each choice that had several."""
    found: dict[str, dict[str, float]] = {}
    for point, figure in figures:
        for name, value in point.items():
            values = found.setdefault(name, {})
            values[str(value)] = max(figure, values.get(str(value), 0.0))
    return {name: values for name, values in found.items() if len(values) > 1}


def with_gate(selection: Selection, fits: Iterable[tuple[CompatibilityMethod, ClassFold]]) -> Selection:
    """Fit a gate at the chosen point; its confidence takes the place of that with the bias.

    The scores of a gate are logarithms of probabilities already, so their temperature is 1.
    """
    scored = [_scores(method, fold) for method, fold in fits]
    gate = Gate.fit(scored)
    best = [gate.log_probabilities(scores, is_seen).max(axis=1) for scores, is_seen, _ in scored]
    return replace(selection, gate=gate, confidence=Confidence.of_best(np.concatenate(best)), temperature=1.0)


def _scores(method: CompatibilityMethod, fold: ClassFold) -> Scored:
    """All scores of the test samples of a fold, with the seen columns first."""
    classes = np.concatenate([fold.part.classes, fold.held])
    blocks = []
    with torch.inference_mode():
        method = method.double().eval()
        represented = method.represent(torch.as_tensor(fold.semantics[classes]))
        for start in range(0, len(fold.test), BLOCK_ROWS):
            samples = torch.as_tensor(fold.part.scaled(fold.test[start : start + BLOCK_ROWS]))
            blocks.append(method.compare(method.embed(samples), represented).numpy())
    truth = columns_of(classes, fold.part.codes[fold.test])
    return np.concatenate(blocks), np.arange(len(classes)) < len(fold.part.classes), truth


def score_fold(methods: Sequence[CompatibilityMethod], fold: ClassFold) -> list[Margins]:
    """Score the test samples of a fold by each method, one block of samples at a time."""
    part, truth = fold.part, fold.part.codes[fold.test]
    is_seen = np.isin(truth, part.classes)
    sample_weight = np.ones(len(truth)) if fold.times is None else fold.times
    counts = np.bincount(truth, sample_weight)
    share = np.where(is_seen, len(np.unique(truth[is_seen])), len(np.unique(truth[~is_seen])))
    weight = sample_weight / counts[truth] / np.maximum(share, 1)
    own, other, hit = np.zeros((3, len(methods), len(truth)))
    classes = np.concatenate([part.classes, fold.held])
    kept = sampled(is_seen, len(methods) * len(classes), fold.times)
    tables = np.empty((len(methods), len(kept), len(classes)), dtype=np.float32)
    with torch.inference_mode():
        doubled = [method.double().eval() for method in methods]
        semantics, n_seen = torch.as_tensor(fold.semantics[classes]), len(part.classes)
        prepared = [method.prepared(method.represent(semantics)) for method in doubled]
        project, single = _Projections(doubled), all(method.single for method in doubled)
        for start in range(0, len(truth), BLOCK_ROWS):
            block = slice(start, start + BLOCK_ROWS)
            samples, side = torch.as_tensor(part.scaled(fold.test[block], single=single)), is_seen[block]
            first, last = np.searchsorted(kept, [start, start + BLOCK_ROWS])
            rows = torch.as_tensor(kept[first:last] - start)
            for number, embedded in enumerate(project(samples)):
                scores = doubled[number].match(embedded, prepared[number])
                tables[number, first:last] = scores[rows].numpy()
                best = []
                for columns in (slice(0, n_seen), slice(n_seen, None)):
                    value, place = scores[:, columns].max(dim=1)
                    best.append((value.numpy(), classes[columns][place.numpy()] == truth[block]))
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
    """Embed samples by each of several methods, with the large products of those along a grid taken at once."""

    def __init__(self, methods: Sequence[CompatibilityMethod]) -> None:
        self._methods = methods
        shared = {
            id(method.projection): method.projection
            for method in methods
            if isinstance(method, ClosedFormMethod) and method.projection is not None
        }
        self._keys, self._widths = list(shared), [projection.shape[1] for projection in shared.values()]
        self._stacked = torch.cat(list(shared.values()), dim=1) if shared else None

    def __call__(self, samples: Tensor) -> Iterator[Tensor]:
        projected: dict[int, Tensor] = {}
        if self._stacked is not None:
            parts = torch.split(samples @ self._stacked, self._widths, dim=1)
            projected = dict(zip(self._keys, parts, strict=True))
        alike: Tensor | None = None
        for method in self._methods:
            if isinstance(method, ClosedFormMethod) and method.embeds_alike:
                alike = method.embed(samples) if alike is None else alike
                yield alike
            elif isinstance(method, ClosedFormMethod) and id(method.projection) in projected:
                yield method.finish(projected[id(method.projection)])
            else:
                yield method.embed(samples)
