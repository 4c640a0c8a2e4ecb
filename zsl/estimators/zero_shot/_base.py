"""The shell of the classic zero-shot methods: scaling, selection on held-out seen classes, support images."""

from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, ClassVar, Literal, Self

import numpy as np
import torch
from numpy.typing import NDArray

from zsl._typing import FloatArray, LabelArray
from zsl.classes.registry import ClassRegistry
from zsl.classes.represented import RepresentedClasses
from zsl.estimators._checks import check_number, check_whole
from zsl.estimators._packing import Header, Tensors
from zsl.estimators._separate_classes import SeparateClassesClassifier
from zsl.estimators.zero_shot._files import pack, unpack
from zsl.exceptions import InvalidInputError
from zsl.functional.linear.moments import unit_moments
from zsl.functional.scores.distances import Measure
from zsl.methods.compatibility import CompatibilityMethod
from zsl.selection.folds import Split, TrainingPart, class_folds, class_splits
from zsl.selection.scaling import FEATURE_SCALINGS, SCALINGS, FeatureScaling, Scaler, Scaling, Scalings
from zsl.selection.search import Point, Selection, search, with_gate
from zsl.semantics import Semantics

BLOCK_ROWS = 4096


class ZeroShotClassifier(SeparateClassesClassifier):
    """Fit a `CompatibilityMethod`; what it leaves open is chosen by holding out seen classes.

    A subclass says which method that is (`_build`), how it is fitted along its grid (`_path`) and at one point of it
    (`_fit_at`), and where the grid is when nothing can be held out (`_start`).
    """

    feature_scaling: FeatureScaling
    semantic_scaling: Scaling
    prior_strength: float
    seen_bias: Any
    balance: Literal["stacking", "gate"]
    cv: Any
    _unit_semantics: ClassVar[bool] = True
    _scales_support: ClassVar[bool] = True
    _sizes: tuple[int, ...]

    @abstractmethod
    def _build(self, n_features: int, n_attributes: int, n_classes: int) -> CompatibilityMethod:
        """Build an empty method, to be filled from a file."""

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

    def _pack(self) -> tuple[Header, Tensors]:
        return pack(self)

    def _restore(self, header: dict[str, Any], tensors: dict[str, NDArray[Any]], encoder: Any) -> Self:
        if encoder is not None:
            raise InvalidInputError(f"encoder={type(encoder).__name__}; a {type(self).__name__} has none.")
        unpack(self, header, tensors)
        return self

    def _fit(
        self, X: FloatArray, codes: NDArray[np.intp], labels: LabelArray, table: Semantics | None
    ) -> ClassRegistry:
        self._check_parameters()
        scalings = replace(self._scalings(), blocks=() if table is None else table.blocks)
        rows = None if table is None else table.rows(labels)
        splits = self._splits(X, codes) if rows is not None else []
        whole = unit_moments(X, codes, len(labels))
        part = TrainingPart.of(X, codes, None, whole, rows, scalings)
        selection = Selection(self._start(), 0.0 if self.seen_bias == "auto" else float(self.seen_bias))
        if splits and rows is not None:
            folds = class_folds(X, codes, rows, splits, whole, scalings)
            numbers = iter(range(1, len(splits) + 1))
            selection = search(
                lambda fold: self._path(fold, f"held-out classes {next(numbers)}/{len(splits)}"),
                folds,
                None if self.seen_bias == "auto" else float(self.seen_bias),
            )
            if self.balance == "gate":
                folds = class_folds(X, codes, rows, splits, whole, scalings)
                selection = with_gate(selection, ((self._fit_at(f.part, selection.params), f) for f in folds))
        method = self._fit_at(part, selection.params)
        self._sizes = (X.shape[1], part.semantics.shape[1], len(labels))
        self._install(method, part.scaler, part.semantic_scaler, 1.0, selection, described=table is not None)
        if table is not None and self._scales_support:
            self._support_scale = self._fitting_scale(part)
        return self._first_classes(X, codes, labels, table)

    def _install(
        self,
        method: CompatibilityMethod,
        scaler: Scaler,
        semantic_scaler: Scaler,
        support_scale: float,
        selection: Selection,
        *,
        described: bool,
    ) -> None:
        """Store the fitted parts; scores are computed in double precision, and by no parameter set later on."""
        self._described, self._strength, self._fitted_scalings = described, float(self.prior_strength), self._scalings()
        self._method = method.cpu().double().requires_grad_(False).eval()
        self._represented = RepresentedClasses()
        self._scaler, self._semantic_scaler = scaler, semantic_scaler
        self._support_scale, self._selection, self._confidence = support_scale, selection, selection.confidence
        self.seen_bias_, self.temperature_ = float(selection.seen_bias), float(selection.temperature)
        self.selection_ = {
            "params": dict(selection.params),
            "harmonic_mean": selection.harmonic_mean,
            "n_folds": selection.n_folds,
            "grid": [dict(point) for point in selection.figures],
        }
        for name, value in selection.params.items():
            setattr(self, f"{name}_", value)

    def _scalings(self) -> Scalings:
        return Scalings(self.feature_scaling, self.semantic_scaling, self._unit_semantics)

    def _splits(self, X: FloatArray, codes: NDArray[np.intp]) -> list[Split]:
        """The folds; none if nothing is to be chosen, or there are too few classes to hold any out."""
        if self.cv is None or not (self._chooses() or self.seen_bias == "auto" or self.balance == "gate"):
            return []
        return class_splits(self.cv, X, codes)

    def _fitting_scale(self, part: TrainingPart) -> float:
        """The factor that brings mean embedded images of seen classes nearest to their represented semantics."""
        with torch.inference_mode():
            represented = self._method.represent(torch.as_tensor(part.semantics)).numpy()
        # A mean over some tens of images is near enough.
        sample = np.concatenate([np.flatnonzero(part.codes == label)[:50] for label in part.classes])
        member = (part.codes[sample] == part.classes[:, None]).astype(np.float64)
        means = member @ self._embed(part.X[sample]) / member.sum(axis=1, keepdims=True)
        scale = float((means * represented).sum() / max((means * means).sum(), 1e-300))
        return scale if np.isfinite(scale) and scale > 0 else 1.0

    def _embed(self, X: FloatArray) -> FloatArray:
        blocks = []
        with torch.inference_mode():
            for start in range(0, len(X), BLOCK_ROWS):
                scaled = self._scaler.of_unit(X[start : start + BLOCK_ROWS])
                blocks.append(self._method.embed(torch.as_tensor(scaled)).numpy() if self._described else scaled)
        return np.concatenate(blocks) * self._support_scale

    def _represent(self, classes: ClassRegistry) -> torch.Tensor:
        if not self._described:
            means = classes.sums / np.maximum(classes.counts, 1.0)[:, None]
            return self._method.represent(
                torch.as_tensor(self._fitted_scalings.described(self._semantic_scaler, means))
            )
        rows = np.where(
            classes.described[:, None], self._fitted_scalings.described(self._semantic_scaler, classes.semantics), 0.0
        )
        strength = np.where(classes.described, np.where(classes.counts > 0, self._strength, 1.0), 0.0)[:, None]
        mapped = self._method.represent(torch.as_tensor(rows)).numpy()
        return torch.as_tensor((strength * mapped + classes.sums) / (strength + classes.counts[:, None]))

    def _compare(self, embedded: FloatArray, represented: torch.Tensor) -> FloatArray:
        blocks = []
        with torch.inference_mode():
            for start in range(0, len(embedded), BLOCK_ROWS):
                block = self._compared(embedded[start : start + BLOCK_ROWS])
                blocks.append(self._method.compare(block, represented).numpy())
        return np.concatenate(blocks)

    def _probes(self, embedded: FloatArray) -> torch.Tensor:
        return self._method.probes(self._compared(embedded))

    def _compared(self, embedded: FloatArray) -> torch.Tensor:
        rows = torch.as_tensor(embedded / self._support_scale)
        return rows if self._described else self._method.embed(rows)

    def _bias(self, classes: ClassRegistry) -> FloatArray:
        # The same for classes with support images: a bias that falls with their number lost H on held-out classes.
        return np.where(classes.seen, 0.0, self.seen_bias_)

    def _measure(self) -> Measure:
        return self._method.measure

    def _adds_bias(self) -> bool:
        return self._selection.gate is None

    def _calibrated(self, scores: FloatArray, classes: ClassRegistry) -> FloatArray:
        gate = self._selection.gate
        return super()._calibrated(scores, classes) if gate is None else gate.log_probabilities(scores, classes.seen)

    def _check_parameters(self) -> None:
        if self.balance not in ("stacking", "gate"):
            raise InvalidInputError(f"balance={self.balance!r}; wanted 'stacking' or 'gate'.")
        check_number("prior_strength", self.prior_strength, above=0)
        if not (isinstance(self.seen_bias, str) and self.seen_bias == "auto"):
            check_number("seen_bias", self.seen_bias)
        for name, known in (("feature_scaling", FEATURE_SCALINGS), ("semantic_scaling", SCALINGS)):
            if getattr(self, name) not in known:
                raise InvalidInputError(f"{name}={getattr(self, name)!r}; wanted one of {', '.join(map(repr, known))}.")
        if self.cv is not None and (isinstance(self.cv, str) or not hasattr(self.cv, "split")):
            check_whole("cv", self.cv, 2)
