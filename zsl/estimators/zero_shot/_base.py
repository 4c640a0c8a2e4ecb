"""The shell of the classic zero-shot methods: scaling, selection on held-out seen classes, support samples."""

from __future__ import annotations

import inspect
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray

from zsl._progress import progress
from zsl._typing import FloatArray, LabelArray, SampleRows
from zsl.classes.registry import ClassRegistry
from zsl.classes.represented import RepresentedClasses
from zsl.estimators._described_classes import SeparateClassesClassifier
from zsl.estimators._explanations import SUPPORT, Parts, along_path
from zsl.estimators._groups import Balance, Scaled, Selected
from zsl.estimators._parameters import parameter_kinds
from zsl.estimators._state import Weights, check_together, filled
from zsl.functional.scores.distances import Measure, unit
from zsl.methods.compatibility import CompatibilityMethod
from zsl.selection.folds import ClassFold, TrainingPart, class_folds, class_splits
from zsl.selection.scaling import Scaler, Scalings
from zsl.selection.search import Margins, Point, Selection, score_fold, search, with_gate
from zsl.selection.split_moments import Split, SplitMoments
from zsl.selection.tested import first_of_each
from zsl.semantics import Semantics

BLOCK_ROWS = 4096
MOST_FITTED = 50
"""How many samples of each class settle the scale of embedded samples: a mean over some tens is near enough."""


class ZeroShotClassifier(Selected, SeparateClassesClassifier):
    """Fit a `CompatibilityMethod`; what it leaves open is chosen by holding out seen classes.

    A subclass names the method (`_method_class`), fits it along its grid (`_path`) and at one point of it (`_fit_at`),
    and says where the grid is when nothing can be held out (`_start`).

    Attributes
    ----------
    method_ : CompatibilityMethod
        The fitted method, in double precision on the CPU.
    """

    _state: ClassVar[Mapping[str, Any]] = {
        "_sizes": tuple[int, int, int],
        "method_": Weights,
        "_scaler": Scaler,
        "_semantic_scaler": Scaler,
        "_support_scale": float,
        "_selection": Selection,
        "_described": bool,
        "_strength": float,
        "_fitted_scalings": Scalings,
    }
    _method_class: ClassVar[Any] = None
    _unit_semantics: ClassVar[bool] = True
    _scales_support: ClassVar[bool] = True
    _fits_by_blocks = True
    _sizes: tuple[int, int, int]
    feature_scaling: Any = "none"
    semantic_scaling: Any = "none"
    balance: Any = "stacking"

    @abstractmethod
    def _path(self, part: TrainingPart, label: str) -> Iterable[tuple[Point, CompatibilityMethod]]:
        """Fit at each point of the grid."""

    @abstractmethod
    def _fit_at(self, part: TrainingPart, point: Point) -> CompatibilityMethod:
        """Fit at one point of the grid."""

    @abstractmethod
    def _start(self) -> Point:
        """Where to fit if there are no held-out classes to choose on."""

    @abstractmethod
    def _chooses(self) -> bool:
        """Whether the grid has more than one point."""

    def _options(self, function: Any, **more: Any) -> dict[str, Any]:
        """Those arguments that a method's function takes: parameters of the same name, and what else is given."""
        known = {name: getattr(self, name) for name in parameter_kinds(self)} | more
        return {name: known[name] for name in inspect.signature(function).parameters if name in known}

    def _build(self, n_features: int, n_attributes: int, n_classes: int, **more: Any) -> CompatibilityMethod:
        """Build a method, to be trained or filled from a file."""
        sizes = {"n_features": n_features, "n_attributes": n_attributes, "n_classes": n_classes}
        method: CompatibilityMethod = self._method_class(**self._options(self._method_class, **sizes, **more))
        return method

    def _fit(
        self,
        X: SampleRows,
        codes: NDArray[np.intp],
        labels: LabelArray,
        table: Semantics | None,
        weights: FloatArray | None = None,
    ) -> ClassRegistry:
        scalings = replace(self._scalings(), blocks=() if table is None else table.blocks)
        rows = None if table is None else table.rows(labels)
        splits = self._splits(X, codes, labels) if rows is not None else []
        origin = scalings.origin(X, weights)
        given = None if self.seen_bias == "auto" else float(self.seen_bias)
        selection = Selection(self._start(), given or 0.0)
        with self._counted(len(splits)) as count:
            moments = SplitMoments(X, codes, len(labels), splits, origin, weights)
            if splits and rows is not None:
                numbers = iter(range(1, len(splits) + 1))

                def measure(fold: ClassFold) -> Iterable[tuple[Point, Margins]]:
                    found = []
                    for point in self._path(fold.part, f"held-out classes {next(numbers)}/{len(splits)}"):
                        found.append(point)
                        count()
                    return zip(
                        [point for point, _ in found], score_fold([method for _, method in found], fold), strict=True
                    )

                folds = class_folds(X, codes, rows, splits, moments, scalings, origin, weights)
                selection = search(measure, folds, given)
                if self.balance == "gate":
                    folds = class_folds(X, codes, rows, splits, moments, scalings, origin)
                    selection = with_gate(selection, ((self._fit_at(f.part, selection.params), f) for f in folds))
            whole = moments.whole
            del moments
            part = TrainingPart.of(X, codes, None, whole, rows, scalings, origin, weights)
            self.method_ = self._fit_at(part, selection.params)
            count()
        self._sizes = (X.shape[1], part.semantics.shape[1], len(labels))
        self._scaler, self._semantic_scaler, self._support_scale = part.scaler, part.semantic_scaler, 1.0
        self._described, self._strength, self._fitted_scalings = (
            table is not None,
            float(self.prior_strength),
            self._scalings(),
        )
        self._selection = selection
        self._install()
        if table is not None and self._scales_support:
            self._support_scale = self._fitting_scale(part)
        return self._first_classes(X, codes, labels, table, weights)

    @contextmanager
    def _counted(self, n_folds: int) -> Iterator[Callable[[], Any]]:
        """Count fits of grid points on a bar; methods that are trained in steps show these instead."""
        if self._takes_steps:
            yield lambda: None
            return
        shown, total = bool(getattr(self, "verbose", False)), n_folds * self._n_points() + 1
        with progress("fits of grid points", total, shown=shown, delay=2.0) as bar:
            yield bar.update

    def _n_points(self) -> int:
        """How many points the grid has, of methods with a closed form."""
        return 1

    def _install(self) -> None:
        """Derive what follows from the state; scores are computed in double precision, by no parameter set later on."""
        self.method_ = self.method_.cpu().double().requires_grad_(False).eval()
        self._represented = RepresentedClasses()
        self._show(self._selection)

    def _set_state(self, state: dict[str, Any]) -> None:
        sizes, table = state["_sizes"], state["_table"]
        check_together(state["_support_scale"] > 0, f"a support_scale of {state['_support_scale']}; wanted one above 0")
        check_together(state["_strength"] > 0, f"a prior strength of {state['_strength']}; wanted one above 0")
        check_together(state["_described"] == (table is not None), "descriptions without a table, or the reverse")
        width = state["n_features_in_"] if table is None else table.vectors.shape[1]
        check_together(sizes[:2] == (state["n_features_in_"], width) and sizes[2] > 1, f"sizes of {sizes}")
        found = state["_scaler"].mean.shape + state["_semantic_scaler"].mean.shape
        check_together(found == sizes[:2], f"samples and semantics are scaled at the widths {found}")
        self._check_choice(state["_selection"].params)
        super()._set_state(state | {"method_": filled(lambda: self._build(*sizes).double(), state["method_"])})
        self._install()

    def _scalings(self) -> Scalings:
        return Scalings(self.feature_scaling, self.semantic_scaling, self._unit_semantics)

    def _splits(self, X: SampleRows, codes: NDArray[np.intp], labels: LabelArray) -> list[Split]:
        """The folds; none if nothing is to be chosen, or there are too few classes to hold any out."""
        if self.cv is None or not (self._chooses() or self.seen_bias == "auto" or self.balance == "gate"):
            return []
        return class_splits(self.cv, X, codes, labels)

    def _fitting_scale(self, part: TrainingPart) -> float:
        """The factor that brings mean embedded samples of seen classes nearest to their represented semantics."""
        with torch.inference_mode():
            represented = self.method_.represent(torch.as_tensor(part.semantics)).numpy()
        rows = first_of_each(part.codes, MOST_FITTED)
        sums, counts = np.zeros(represented.shape), np.zeros(len(represented))
        for start in range(0, len(rows), BLOCK_ROWS):
            some = rows[start : start + BLOCK_ROWS]
            place = np.searchsorted(part.classes, part.codes[some])
            weight = np.ones(len(some)) if part.weights is None else part.weights[some]
            np.add.at(sums, place, weight[:, None] * self._embed(part.X[some]))
            np.add.at(counts, place, weight)
        means = sums / counts[:, None]
        scale = float((means * represented).sum() / max((means * means).sum(), 1e-300))
        return scale if np.isfinite(scale) and scale > 0 else 1.0

    def _embed(self, X: FloatArray) -> FloatArray:
        scale, blocks = self._scaler.of_samples if self.method_.single else self._scaler.of_unit, []
        with torch.inference_mode():
            for start in range(0, len(X), BLOCK_ROWS):
                scaled = scale(X[start : start + BLOCK_ROWS]).astype(np.float64, copy=False)
                blocks.append(self.method_.embed(torch.as_tensor(scaled)).numpy() if self._described else scaled)
        embedded = blocks[0] if len(blocks) == 1 else np.concatenate(blocks)
        return embedded if self._support_scale == 1 else embedded * self._support_scale

    def _represent(self, classes: ClassRegistry) -> torch.Tensor:
        described = self._fitted_scalings.described
        if not self._described:
            means = classes.sums / np.maximum(classes.counts, 1.0)[:, None]
            return self.method_.represent(torch.as_tensor(described(self._semantic_scaler, means)))
        rows = np.where(classes.described[:, None], described(self._semantic_scaler, classes.rows), 0.0)
        strength = np.where(classes.described, np.where(classes.counts > 0, self._strength, 1.0), 0.0)[:, None]
        mapped = self.method_.represent(torch.as_tensor(rows)).numpy()
        return torch.as_tensor((strength * mapped + classes.sums) / (strength + classes.counts[:, None]))

    def _compare(self, embedded: FloatArray, represented: torch.Tensor) -> FloatArray:
        blocks = []
        with torch.inference_mode():
            for start in range(0, len(embedded), BLOCK_ROWS):
                block = self._compared(embedded[start : start + BLOCK_ROWS])
                blocks.append(self.method_.compare(block, represented).numpy())
        return np.concatenate(blocks)

    def _prepare(self, classes: ClassRegistry) -> torch.Tensor:
        with torch.inference_mode():
            return self.method_.prepared(self._represent(classes))

    def _match(self, embedded: FloatArray, prepared: torch.Tensor) -> FloatArray:
        blocks = []
        with torch.inference_mode():
            for start in range(0, len(embedded), BLOCK_ROWS):
                block = self._compared(embedded[start : start + BLOCK_ROWS]).to(prepared.dtype)
                blocks.append(self.method_.match(block, prepared).double().numpy())
        return blocks[0] if len(blocks) == 1 else np.concatenate(blocks)

    def _matches_single(self) -> bool:
        return self.method_.single

    def _probes(self, embedded: FloatArray) -> torch.Tensor:
        return self.method_.probes(self._compared(embedded))

    def _compared(self, embedded: FloatArray) -> torch.Tensor:
        rows = torch.as_tensor(embedded if self._support_scale == 1 else embedded / self._support_scale)
        return rows if self._described else self.method_.embed(rows)

    def _parts(self, embedded: FloatArray, pair: ClassRegistry, max_steps: int) -> Parts:
        method, sample = self.method_, self._compared(embedded)
        strength = np.where(pair.counts > 0, self._strength, 1.0)[:, None]
        pooled = np.hstack([pair.sums, strength]) / (strength + pair.counts[:, None])
        rows, support = torch.as_tensor(pair.rows), torch.as_tensor(pooled)
        mean, factor = torch.as_tensor(self._semantic_scaler.mean), torch.as_tensor(self._semantic_scaler.factor)

        def mapped(rows: torch.Tensor) -> torch.Tensor:
            scaled = (rows - mean) * factor
            return method.represent(unit(scaled) if self._fitted_scalings.unit else scaled)

        def scores(path: Sequence[torch.Tensor]) -> torch.Tensor:
            rows, support = path
            own = rows if method.attributewise else mapped(rows)
            return method.compare(sample, support[:, -1:] * own + support[:, :-1])[0]

        return along_path(scores, {"": mapped(rows) if method.attributewise else rows, SUPPORT: support}, max_steps)

    def _bias(self, classes: ClassRegistry) -> FloatArray:
        # The same for classes with support samples: a bias that falls with their number lost H on held-out classes.
        return np.where(classes.seen, 0.0, self.seen_bias_)

    def _measure(self) -> Measure:
        return self.method_.measure

    def _adds_bias(self) -> bool:
        return self._selection.gate is None

    def _calibration(
        self, pair: ClassRegistry, plain: FloatArray, calibrated: FloatArray
    ) -> tuple[float, dict[str, float]]:
        gate = self._selection.gate
        if gate is None:
            return super()._calibration(pair, plain, calibrated)
        # Logarithms of probabilities, of either side at a temperature of its own.
        factor = float(np.prod([gate.temperatures[0 if seen else 1] for seen in pair.seen]) ** -0.5)
        return factor, {"(gate)": float(calibrated[0] - calibrated[1] - factor * (plain[0] - plain[1]))}

    def _calibrated(self, scores: FloatArray, classes: ClassRegistry) -> FloatArray:
        gate = self._selection.gate
        return super()._calibrated(scores, classes) if gate is None else gate.log_probabilities(scores, classes.seen)


class ScaledZeroShotClassifier(Balance, Scaled, ZeroShotClassifier):
    """A classic zero-shot method whose scaling, and balance of seen and unseen classes, are parameters."""
