"""What held-out classes choose beside the map: prior strength, biases, temperature, the relation term's gate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from zsl._typing import FloatArray
from zsl.estimators.relation._classes import Point
from zsl.estimators.relation._fitting import Fitting
from zsl.estimators.relation._folds import HeldOut, Searched, search
from zsl.estimators.relation._settings import Settings
from zsl.estimators.relation._shots import Classes, best_prior_strength, shot_curves, shots_to_try
from zsl.estimators.relation._term import GATES
from zsl.estimators.relation._unlabeled import Refinement, choose_refinement, stranger_score
from zsl.evaluation.curves import best_bias
from zsl.persistence.codec import register
from zsl.selection.calibration import Confidence, lifted, some, stacked_temperature
from zsl.selection.search import Selection

START_PRIOR_STRENGTH = 4.0
"""κ where nothing is held out to choose it on."""


@register
@dataclass(frozen=True)
class Choice(Selection):
    """What held-out classes chose, or where there were none the values to start from.

    Beside what every selection has: the point of the grid, κ, γ by number of shots, the gate of the relation term, and
    how unlabelled samples are used.
    """

    point: Point = field(kw_only=True)
    prior_strength: float = START_PRIOR_STRENGTH
    bias: tuple[tuple[int, float], ...] = ((0, 0.0),)
    relation_gate: float = 0.0
    refinement: Refinement = field(default_factory=Refinement)

    @classmethod
    def start(cls, point: Point) -> Choice:
        """Nothing was held out."""
        return cls({}, point=point)

    def fits(self) -> bool:
        """Whether the parts go together."""
        shots = [shot for shot, _ in self.bias]
        return bool(shots) and shots[0] >= 0 and shots == sorted(set(shots)) and self.prior_strength > 0

    def record(self) -> dict[str, Any]:
        """The attribute `selection_`."""
        more = {"prior_strength": self.prior_strength, "relation_gate": self.relation_gate}
        return super().record() | {
            "params": self.point.record() | more,
            "seen_bias": [list(pair) for pair in self.bias],
            "unlabeled": asdict(self.refinement),
        }


def choose(fitting: Fitting, *, default: Point, joint: bool, roots: Sequence[bool]) -> Choice:
    """Choose on held-out classes; with too few classes, return the values to start from."""
    settings, n_folds = fitting.settings, len(fitting.splits)
    if not n_folds:
        return Choice.start(default)
    rng = np.random.default_rng(fitting.seed)
    if fitting.data.table is None:
        return _without_semantics(fitting.folds(n_folds, default.root, joint=False), default, settings, rng)

    def folds(root: bool, count: int) -> list[HeldOut]:
        return fitting.folds(count, root, joint=joint)

    searched = search(folds, n_folds, roots, settings, default.weights, joint)
    classes = [Classes.of(fold, searched.point) for fold in searched.folds]
    shots = shots_to_try(searched.folds)
    strength = settings.prior_strength or best_prior_strength(classes, shots, rng)
    refinement = choose_refinement(classes)
    zero = [each.scores(each.base) for each in classes]
    classes, zero, gate, gates = _gated(fitting, searched, classes, zero, strength)
    curves = [each.fold.curve(scores) for each, scores in zip(classes, zero, strict=True)]
    bias, _, _, harmonic = best_bias(curves)
    by_shots = [(0, bias)] + [(k, best_bias(shot_curves(classes, zero, k, strength, rng))[0]) for k in shots]
    lift = bias if settings.seen_bias is None else settings.seen_bias
    scored = [each.fold.scored(scores) for each, scores in zip(classes, zero, strict=True)]
    calibrated = [lifted(some(fold), lift) for fold in scored]
    return Choice(
        searched.point.record(),
        bias,
        harmonic,
        float(np.mean([curve.ausuc for curve in curves])),
        n_folds,
        tuple(point.record() | {"ausuc": area} for point, area in searched.figures.items()),
        Confidence.of_folds(calibrated),
        temperature=stacked_temperature(list(map(some, scored)), lift),
        alternatives=searched.alternatives() | ({"relation_gate": gates} if len(gates) > 1 else {}),
        point=searched.point,
        prior_strength=strength,
        bias=tuple(by_shots),
        relation_gate=gate,
        refinement=refinement,
    )


def _gated(
    fitting: Fitting, searched: Searched, classes: list[Classes], zero: list[FloatArray], strength: float
) -> tuple[list[Classes], list[FloatArray], float, dict[str, float]]:
    """Train the relation term of each fold, and open its gate as far as held-out classes gain by it beyond noise."""
    settings = fitting.settings
    areas = np.array([each.fold.curve(scores).ausuc for each, scores in zip(classes, zero, strict=True)])
    figures = {"0": float(areas.mean())}
    if settings.similarity == "metric":
        return classes, zero, 0.0, figures
    scale = 1 / stacked_temperature([some(e.fold.scored(s)) for e, s in zip(classes, zero, strict=True)], 0.0)
    terms = []
    for number, each in enumerate(classes):
        assert each.fold.classes is not None
        label = f"relation term, held-out classes {number + 1}/{len(classes)}"
        terms.append(fitting.term(each.fold.classes, each.fold.train, searched.point, scale, strength, label))
    added = [term.scores(each.fold.samples, each.base) for term, each in zip(terms, classes, strict=True)]
    best, least = 0.0, 0.0
    for gate in GATES:
        gains = (
            np.array([each.fold.curve(s + gate * a).ausuc for each, s, a in zip(classes, zero, added, strict=True)])
            - areas
        )
        figures[str(gate)] = float(figures["0"] + gains.mean())
        noise = 2 * gains.std(ddof=1) / np.sqrt(len(gains)) if len(gains) > 1 else 0.0
        if gains.mean() > max(noise, least) or (settings.similarity == "both" and not best):
            best, least = gate, gains.mean()
    if not best:
        return classes, zero, 0.0, figures
    gated = [replace(each, term=term.gated(best)) for each, term in zip(classes, terms, strict=True)]
    return gated, [s + best * a for s, a in zip(zero, added, strict=True)], best, figures


def _without_semantics(folds: list[HeldOut], point: Point, settings: Settings, rng: np.random.Generator) -> Choice:
    """Choose the seen-class bias by number of shots, where classes are known by support alone."""
    classes = [Classes.of(fold, point) for fold in folds]
    bias, harmonic = [], float("nan")
    seen = [each.scores(each.base[: len(each.fold.seen.numbers)]) for each in classes]
    for k in shots_to_try(folds):
        gamma, _, _, h = best_bias(shot_curves(classes, seen, k, 0.0, rng))
        bias.append((k, gamma))
        harmonic = h if k == 1 else harmonic
    lift = bias[0][1] if settings.seen_bias is None else settings.seen_bias
    scored = []
    for each in classes:
        n_seen = len(each.fold.seen.numbers)
        drawn, sums, _ = next(each.supports(1, rng))
        scores = each.scores(np.concatenate([each.base[:n_seen], sums]))[~drawn]
        scored.append((scores, np.arange(scores.shape[1]) < n_seen, each.fold.truth[~drawn]))
    calibrated = [lifted(some(fold), lift) for fold in scored]
    temperature = stacked_temperature(list(map(some, scored)), lift)
    return Choice(
        point.record(),
        bias[0][1],
        harmonic,
        n_folds=len(folds),
        confidence=Confidence.of_folds(calibrated),
        temperature=temperature,
        point=point,
        prior_strength=settings.prior_strength or START_PRIOR_STRENGTH,
        bias=tuple(bias),
        refinement=Refinement(
            start_bias=lift, bias=lift, temperature=temperature, stranger_score=stranger_score(scored)
        ),
    )
