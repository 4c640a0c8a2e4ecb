"""Fitting: what held-out classes choose, then all seen classes at what was chosen."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zsl._typing import FloatArray
from zsl.estimators._class_folds import Split, class_splits
from zsl.estimators._quantiles import Confidence
from zsl.estimators._temperature import some, stacked_temperature
from zsl.estimators.relation._classes import DescribedClasses, Point, shares_space
from zsl.estimators.relation._encoder import trained_encoder
from zsl.estimators.relation._folds import HeldOut, some_of_each
from zsl.estimators.relation._model import Model, assemble
from zsl.estimators.relation._search import Searched, search
from zsl.estimators.relation._settings import Settings
from zsl.estimators.relation._shots import Classes, best_prior_strength, shot_curves, shots_to_try
from zsl.estimators.relation._space import SeenClasses, moments_of
from zsl.estimators.relation._term import GATES, RelationTerm, term_samples, train_term
from zsl.estimators.relation._unlabeled import Refinement, choose_refinement
from zsl.evaluation.metrics import best_bias
from zsl.exceptions import InvalidInputError
from zsl.functional.moments import Moments

START_PRIOR_STRENGTH, START_ALPHA, START_JOINT, START_SCALE = 4.0, 0.1, 0.3, 20.0
"""κ, the penalty, the weight of class texts and the scale of logits where nothing is held out to choose them on."""


@dataclass(frozen=True, eq=False)
class Data:
    """Training samples, and the table of their classes.

    Parameters
    ----------
    X : array of shape (n, n_features)
        Samples, in single precision.
    codes : array of shape (n,)
        Their class numbers.
    table : array of shape (C, A) or None
        Semantic vectors of the classes, in the order of the numbers.
    blocks : tuple of int
        Widths of their blocks.
    """

    X: FloatArray
    codes: NDArray[np.intp]
    table: FloatArray | None
    blocks: tuple[int, ...]

    @property
    def joint_block(self) -> int | None:
        """The first block of semantics that is as wide as the features, and may share their space."""
        return next((place for place, width in enumerate(self.blocks) if width == self.X.shape[1]), None)


@dataclass(frozen=True)
class Choice:
    """What held-out classes chose, or where there were none the values to start from.

    `bias` holds γ by number of shots; `confidence` how well samples of known classes score at best; `alternatives` the
    best AUSUC with each value of each choice.
    """

    point: Point
    prior_strength: float = START_PRIOR_STRENGTH
    bias: tuple[tuple[int, float], ...] = ((0, 0.0),)
    temperature: float = 1.0
    confidence: Confidence = field(default_factory=Confidence)
    gate: float = 0.0
    refinement: Refinement = field(default_factory=Refinement)
    harmonic_mean: float = float("nan")
    ausuc: float = float("nan")
    n_folds: int = 0
    alternatives: dict[str, dict[str, float]] = field(default_factory=dict)
    figures: tuple[dict[str, Any], ...] = ()

    def record(self) -> dict[str, Any]:
        """The attribute `selection_`."""
        params = self.point.record() | {"prior_strength": self.prior_strength, "relation_gate": self.gate}
        return {
            "params": params,
            "ausuc": self.ausuc,
            "harmonic_mean": self.harmonic_mean,
            "alternatives": self.alternatives,
            "seen_bias": [list(pair) for pair in self.bias],
            "unlabeled": asdict(self.refinement),
            "n_folds": self.n_folds,
            "grid": [dict(record) for record in self.figures],
        }


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
        term = term_of(fitting, described, every, point, scale, choice.prior_strength, "relation term").gated(
            choice.gate
        )
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


class Fitting:
    """One fit, whose folds share the moments of all samples."""

    def __init__(self, data: Data, settings: Settings, seed: int) -> None:
        self.data, self.settings, self.seed = data, settings, seed
        self._whole: dict[bool, Moments] = {}
        self._kept_root: bool | None = None
        self._kept: list[HeldOut] = []

    def seen(self, root: bool, rows: NDArray[np.intp] | None = None, label: str = "all seen classes") -> SeenClasses:
        """The space and the class means of some rows, all if None."""
        data, settings = self.data, self.settings
        n_class = int(data.codes.max()) + 1
        if root not in self._whole:
            self._whole[root] = moments_of(data.X, data.codes, n_class, root)
        moments = self._whole[root]
        every = np.arange(len(data.X))
        if rows is not None:
            rest = np.setdiff1d(every, rows)
            moments = moments - moments_of(data.X[rest], data.codes[rest], n_class, root)
        seen = SeenClasses.of_moments(moments, settings.feature_scaling, root)
        if settings.encoder is None:
            return seen
        rows = every if rows is None else rows
        space = trained_encoder(seen, data.X, data.codes, data.table, rows, settings, self.seed, label)
        return SeenClasses.of_samples(space, data.X, data.codes, rows)

    def described(self, seen: SeenClasses, *, joint: bool) -> DescribedClasses | None:
        """The class table in the space of these classes."""
        data = self.data
        if data.table is None:
            return None
        block = data.joint_block if joint and seen.means.shape[1] == data.X.shape[1] else None
        return DescribedClasses.of(seen, data.table, data.blocks, self.settings.semantic_scaling, block)

    def is_joint(self) -> bool:
        """Whether features and class texts share a space: as the parameter says, or as the seen classes show."""
        settings = self.settings
        if self.data.table is None or settings.joint is False or settings.encoder is not None:
            return False
        if self.data.joint_block is None:
            if settings.joint:
                raise InvalidInputError(
                    f"joint=True, and semantics has blocks of {list(self.data.blocks)} columns; wanted one of "
                    f"{self.data.X.shape[1]}, as wide as X."
                )
            return False
        described = self.described(self.seen(self.settings.roots[0]), joint=True)
        return described is not None and (self.settings.joint is True or shares_space(described))

    def folds(self, splits: Sequence[Split], root: bool, *, joint: bool) -> list[HeldOut]:
        """One fold per split, in its own space; those of the last space asked for are kept."""
        if self._kept_root != root:
            self._kept_root, self._kept = root, []
        for number in range(len(self._kept), len(splits)):
            train, test = splits[number]
            seen = self.seen(root, train, f"held-out classes {number + 1}")
            rows = some_of_each(self.data.codes, train, test)
            held = np.setdiff1d(self.data.codes[test], seen.numbers)
            described = self.described(seen, joint=joint)
            embedded = seen.space(self.data.X[rows])
            self._kept.append(HeldOut(described, seen, held, embedded, self.data.codes[rows], train))
        return self._kept[: len(splits)]


def choose(fitting: Fitting, cv: Any, *, default: Point, joint: bool, roots: Sequence[bool]) -> Choice:
    """Choose on held-out classes; with too few classes, return the values to start from."""
    data, settings = fitting.data, fitting.settings
    splits = class_splits(cv, data.X, data.codes)
    if not splits:
        return Choice(default)
    rng = np.random.default_rng(fitting.seed)
    if data.table is None:
        return _without_semantics(fitting.folds(splits, default.root, joint=False), default, settings, rng)

    def folds(root: bool, count: int) -> list[HeldOut]:
        return fitting.folds(splits[:count], root, joint=joint)

    searched = search(folds, len(splits), roots, settings, default.weights, joint)
    classes = [Classes.of(fold, searched.point) for fold in searched.folds]
    shots = shots_to_try(searched.folds)
    strength = settings.prior_strength or best_prior_strength(classes, shots, rng)
    refinement = choose_refinement(classes)
    zero = [each.scores(slice(None), each.base) for each in classes]
    classes, zero, gate, gates = _gated(fitting, searched, classes, zero, strength)
    curves = [each.fold.curve(scores) for each, scores in zip(classes, zero, strict=True)]
    bias, _, _, harmonic = best_bias(curves)
    by_shots = [(0, bias)] + [(k, best_bias(shot_curves(classes, zero, k, strength, rng))[0]) for k in shots]
    lift = bias if settings.seen_bias is None else settings.seen_bias
    scored = [each.fold.scored(scores) for each, scores in zip(classes, zero, strict=True)]
    lifted = [(scores + np.where(is_seen, 0.0, lift), is_seen, truth) for scores, is_seen, truth in map(some, scored)]
    return Choice(
        searched.point,
        strength,
        tuple(by_shots),
        stacked_temperature(list(map(some, scored)), lift),
        Confidence.of_folds(lifted),
        gate,
        refinement,
        harmonic,
        float(np.mean([curve.ausuc for curve in curves])),
        len(splits),
        searched.alternatives() | ({"relation_gate": gates} if len(gates) > 1 else {}),
        tuple(point.record() | {"ausuc": area} for point, area in searched.figures.items()),
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
        terms.append(term_of(fitting, each.fold.classes, each.fold.train, searched.point, scale, strength, label))
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


def term_of(
    fitting: Fitting,
    classes: DescribedClasses,
    train: NDArray[np.intp],
    point: Point,
    scale: float,
    strength: float,
    label: str,
) -> RelationTerm:
    """Train the relation term of a fold, or of all seen classes, on some of the training rows."""
    data = fitting.data
    rows = term_samples(data.codes, train)
    return train_term(
        classes,
        point,
        classes.seen.space(data.X[rows]),
        data.codes[rows],
        scale=scale,
        strength=strength,
        settings=fitting.settings,
        seed=fitting.seed,
        label=label,
    )


def _without_semantics(folds: list[HeldOut], point: Point, settings: Settings, rng: np.random.Generator) -> Choice:
    """Choose the seen-class bias by number of shots, where classes are known by support alone."""
    classes = [Classes.of(fold, point) for fold in folds]
    bias, harmonic = [], float("nan")
    seen = [each.scores(slice(None), each.base[: len(each.fold.seen.numbers)]) for each in classes]
    for k in shots_to_try(folds):
        gamma, _, _, h = best_bias(shot_curves(classes, seen, k, 0.0, rng))
        bias.append((k, gamma))
        harmonic = h if k == 1 else harmonic
    lift = bias[0][1] if settings.seen_bias is None else settings.seen_bias
    scored = []
    for each in classes:
        n_seen = len(each.fold.seen.numbers)
        drawn, sums, _ = next(each.supports(1, rng))
        scores = each.scores(~drawn, np.concatenate([each.base[:n_seen], sums]))
        scored.append((scores, np.arange(scores.shape[1]) < n_seen, each.fold.truth[~drawn]))
    lifted = [(scores + np.where(is_seen, 0.0, lift), is_seen, truth) for scores, is_seen, truth in map(some, scored)]
    return Choice(
        point,
        settings.prior_strength or START_PRIOR_STRENGTH,
        tuple(bias),
        stacked_temperature(list(map(some, scored)), lift),
        Confidence.of_folds(lifted),
        harmonic_mean=harmonic,
        n_folds=len(folds),
    )
