"""The shells of estimators that know classes by semantics, by samples, or both, and take more without a refit."""

from __future__ import annotations

import copy
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Self

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from zsl._docs import documented_like
from zsl._files.rows import some_rows
from zsl._typing import FloatArray, LabelArray, SampleRows
from zsl.classes.registry import ClassRegistry
from zsl.classes.represented import BLOCK_CLASSES, RepresentedClasses
from zsl.encoders.fingerprint import Fingerprint
from zsl.estimators._calls import changes, snapshot
from zsl.estimators._class_tables import Descriptions, ShortTable, check_rows, warn_of_twins
from zsl.estimators._explanations import SUPPORT, ExplainingClassifier, Parts, along_path
from zsl.estimators._inputs import as_training, as_weights
from zsl.estimators._known_classes import KnownClassesClassifier, labels_and_codes
from zsl.estimators._parameters import parameter_kinds
from zsl.estimators._state import check_together
from zsl.estimators._streaming import labelled_blocks
from zsl.estimators._wrappers import refuse_wrappers
from zsl.estimators.saving.encoders import as_fingerprinted
from zsl.exceptions import InvalidInputError, SemanticsError
from zsl.functional.scores.distances import Measure
from zsl.functional.scores.top_k import merged_top_k
from zsl.selection.search import Selection
from zsl.semantics import Semantics, as_semantics

BLOCK_ROWS = 2048


class DescribedClassesClassifier(Descriptions, ExplainingClassifier):
    """Fit on seen classes, predict any class that is described.

    A subclass is trained by `_fit`, embeds samples by `_embed` and scores them by `_score`; `_bias` is what calibrated
    stacking adds to the scores of a class.
    """

    _state: ClassVar[Mapping[str, Any]] = {
        "_classes": ClassRegistry,
        "_table": Semantics | None,
        "_text_mark": Fingerprint,
    }
    _classes: ClassRegistry
    _table: Semantics | None
    _text_mark: Fingerprint
    """What the encoder gave when the model was saved; only where the table has no sentences that tell."""

    @property
    def scores_alone(self) -> bool:
        """Whether the score of a class is independent of the other classes."""
        return True

    @abstractmethod
    def _fit(
        self, X: FloatArray, codes: NDArray[np.intp], labels: LabelArray, table: Semantics | None
    ) -> ClassRegistry:
        """Train on samples with class numbers `codes` into `labels`; return what is known of each class."""

    def _calibrated(self, scores: FloatArray, classes: ClassRegistry) -> FloatArray:
        return scores + self._bias(classes)

    def _sides(self, classes: ClassRegistry) -> NDArray[np.bool_] | None:
        return classes.seen

    def _show(self, selection: Selection) -> None:
        """Set the fitted attributes that a selection on held-out classes gives."""
        self._confidence = selection.confidence
        self.seen_bias_, self.temperature_ = float(selection.seen_bias), float(selection.temperature)
        self.selection_ = selection.record()
        for name, value in selection.params.items():
            setattr(self, f"{name}_", value)

    def _prepared(self) -> Self:
        if self.text_encoder is None or self._fingerprint() is not None:
            return self
        ready, mark = snapshot(self), Fingerprint.of_texts(self.text_encoder)
        if mark is not None:
            ready._text_mark = mark
        return ready

    def _fingerprint(self) -> Fingerprint | None:
        table = self._table
        rows = None if table is None or len(table.blocks) > 1 else Fingerprint.of_rows(table.vectors, table.texts)
        return rows or getattr(self, "_text_mark", None)

    def _check_state(self) -> None:
        width = 0 if self._table is None else self._table.vectors.shape[1]
        found = self._classes.semantics.shape[1]
        check_together(found == width, f"its classes have {found} attributes, its table {width}")
        super()._check_state()

    def _check_choice(self, params: Mapping[str, Any]) -> None:
        """Refuse chosen values that aren't those of parameters: they become attributes."""
        kinds = parameter_kinds(self)
        good = all(name in kinds and isinstance(value, (int, float, str)) for name, value in params.items())
        check_together(good, f"the chosen values {str(params)[:80]}")

    def _fit_checked(self, X: ArrayLike, y: ArrayLike, sample_weight: Any = None) -> None:
        samples, given = as_training(self, X, y)
        options: dict[str, Any] = {}
        if sample_weight is not None:
            weights = as_weights(sample_weight, len(samples))
            counted = weights > 0
            if not counted.all():  # one that counts nothing isn't there
                samples, given, weights = some_rows(samples, counted), given[counted], weights[counted]
            options = {"weights": weights}
        labels, codes = labels_and_codes(given)
        table = None if self.semantics is None else self._read_table(labels)
        self._classes = self._fit(samples, codes, labels, table, **options)
        self._table = table
        self.__dict__.pop("_text_mark", None)

    def _read_table(self, labels: LabelArray | None = None) -> Semantics:
        """The class table, which has to describe the labels."""
        table = as_semantics(self.semantics, text_encoder=self.text_encoder)
        if labels is not None:
            refuse_wrappers(labels, table.classes)
            check_rows("y", table, labels)
        warn_of_twins(table)
        return table

    def _first_classes(
        self,
        X: SampleRows,
        codes: NDArray[np.intp],
        labels: LabelArray,
        table: Semantics | None,
        weights: FloatArray | None = None,
    ) -> ClassRegistry:
        """The seen classes, by training samples where there are no semantics; and the unseen rows of the table."""
        vectors = np.zeros((0, 0)) if table is None else table.vectors
        classes = ClassRegistry.of_seen(labels, vectors.shape[1], self._embed(X[:1]).shape[1], vectors.dtype)
        if table is None:
            sums = np.zeros((len(labels), classes.support.shape[1]))
            counted = np.ones(len(X)) if weights is None else weights
            for start in range(0, len(X), BLOCK_ROWS):
                rows = slice(start, start + BLOCK_ROWS)
                np.add.at(sums, codes[rows], counted[rows, None] * self._embed(X[rows]))
            return replace(classes, support=sums, counts=np.bincount(codes, counted).astype(np.float64))
        return classes.with_semantics(table.classes, table.vectors)

    @changes
    @documented_like(KnownClassesClassifier.add_classes)
    def add_classes(self, X: ArrayLike | None = None, y: ArrayLike | None = None, *, semantics: Any = None) -> Self:
        """Make classes known, or known better, without fitting again.

        Parameters
        ----------
        semantics : DataFrame, mapping, list of names, Semantics or None, default=None
            Rows of classes that have none yet, in any form that the parameter `semantics` takes. They are kept in the
            precision of the table that was fitted on.

        Raises
        ------
        InvalidInputError
            If nothing is given, only one of `X` and `y` is, or an array doesn't fit.
        SemanticsError
            If the rows cannot be used, don't have the attributes that were fitted on, hold numbers beyond the range of
            the precision of the table that was fitted on, or describe a class again.
        """
        check_is_fitted(self)
        if X is None and y is None and semantics is None:
            raise InvalidInputError("add_classes was given neither semantics nor X and y; wanted one of them or both.")
        before = classes = self._classes
        changed: list[LabelArray] = []
        if semantics is not None:
            rows = as_semantics(semantics, text_encoder=as_fingerprinted(self.text_encoder, self._fingerprint()))
            if self._table is None:
                raise SemanticsError("semantics were given to an estimator fitted without any; wanted X and y only.")
            self._check_kind("semantics", rows.classes)
            described = set(classes.labels[classes.described].tolist())
            again = [label for label in rows.classes.tolist() if label in described]
            if again:
                raise SemanticsError(f"semantics describes {again[:5]} again; remove_classes removes the old row.")
            try:
                rows = rows.in_precision(self._table.precision)
                in_order = rows.attributes == self._table.attributes
                aligned = rows.vectors if in_order else self._table.align(rows)  # the former spares a copy
            except SemanticsError as error:
                raise SemanticsError(f"semantics doesn't fit the table that was fitted on: {error}") from error
            classes = classes.with_semantics(rows.classes, aligned)
            changed.append(rows.classes)
        if X is not None or y is not None:
            for part, own in labelled_blocks(X, y):
                samples, labels = self._check_labelled(part, own)
                self._check_kind("y", labels)
                classes = classes.with_support(labels, self._embed(samples))
                changed.append(labels)
        self._classes = classes
        self._set_class_attributes()
        self._follow(before, changed)
        return self

    def __repr__(self, N_CHAR_MAX: int = 700) -> str:
        shown = copy.copy(self)
        shown.semantics = ShortTable(self.semantics) if self.semantics is not None else None
        text: str = BaseEstimator.__repr__(shown, N_CHAR_MAX)
        if hasattr(self, "classes_"):
            text += f"  # {len(self.seen_classes_)} seen and {len(self.unseen_classes_)} unseen classes"
        return text


class SeparateClassesClassifier(DescribedClassesClassifier):
    """Compare samples with represented classes; never with more at a time than fit in a block of scores.

    A subclass represents classes by `_represent`, and compares samples with that by `_compare`.
    Representations are kept, and only those of classes that are added or changed are computed later.
    """

    _represented: RepresentedClasses

    @abstractmethod
    def _represent(self, classes: ClassRegistry) -> Tensor:
        """Represent classes, each on its own, as (C, d)."""

    @abstractmethod
    def _compare(self, embedded: FloatArray, represented: Tensor) -> FloatArray:
        """Score embedded samples against represented classes, (n, C)."""

    def _prepare(self, classes: ClassRegistry) -> Tensor:
        """Represent classes and turn them into what `_match` takes, each on its own."""
        return self._represent(classes)

    def _match(self, embedded: FloatArray, prepared: Tensor) -> FloatArray:
        """Score embedded samples against prepared classes, (n, C)."""
        return self._compare(embedded, prepared)

    def _matches_single(self) -> bool:
        """Whether samples are matched with very many classes in single precision."""
        return False

    def _blocks(self, classes: ClassRegistry) -> Iterator[tuple[slice, Tensor]]:
        """Prepared classes, one block at a time, each with its place."""
        single = len(classes) > BLOCK_CLASSES and self._matches_single()
        return self._represented.prepared.blocks(classes, self._prepare, single=single)

    @abstractmethod
    def _measure(self) -> Measure:
        """By what the classes that score highest are nearest, or nearly."""

    def _probes(self, embedded: FloatArray) -> Tensor:
        """What the classes that score highest are nearest to, for embedded samples."""
        return torch.as_tensor(embedded)

    def _adds_bias(self) -> bool:
        """Whether scores are calibrated by the bias alone, which needs no other scores of the sample."""
        return True

    def _parts(self, embedded: FloatArray, pair: ClassRegistry, max_steps: int) -> Parts:
        def scores(path: Sequence[Tensor]) -> Tensor:
            rows, place = (part.detach().numpy() for part in path)
            return torch.as_tensor(self._compare(embedded, self._represent(pair.between(rows, place[:, 0])))[0])

        place = torch.tensor([[1.0], [0.0]], dtype=torch.float64)
        return along_path(scores, {"": torch.as_tensor(pair.rows), SUPPORT: place}, max_steps)

    def _rows(self, classes: ClassRegistry, columns: NDArray[np.intp]) -> Tensor:
        """Some of the prepared classes."""
        return self._represented.prepared.some(classes, columns, self._prepare)

    def _score(self, embedded: FloatArray, classes: ClassRegistry) -> FloatArray:
        parts = [self._match(embedded, rows) for _, rows in self._blocks(classes)]
        return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)

    def _top(
        self, samples: FloatArray, classes: ClassRegistry, k: int, lift: FloatArray | float = 0.0
    ) -> tuple[Tensor, Tensor]:
        if not self._adds_bias():
            return super()._top(samples, classes, k, lift)
        bias = self._bias(classes) + lift

        def scores(embedded: FloatArray) -> Iterator[tuple[Tensor, int]]:
            for cut, rows in self._blocks(classes):
                yield torch.as_tensor(self._match(embedded, rows) + bias[cut]), cut.start

        cuts = range(0, len(samples), BLOCK_ROWS)
        best = [merged_top_k(scores(self._embed(samples[start : start + BLOCK_ROWS])), k) for start in cuts]
        if len(best) == 1:
            return best[0]
        values, columns = (torch.cat(part) for part in zip(*best, strict=True))
        return values, columns

    def _follow(self, before: ClassRegistry, changed: Sequence[LabelArray]) -> None:
        self._represented.follow(before, self._classes, changed, self._represent)
        self._represented.prepared.follow(before, self._classes, changed, self._prepare)
