"""The shell of estimators that say which attributes a score difference comes from."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pandas import DataFrame, Index, concat
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from zsl._arguments import shown
from zsl._arrays import host_array
from zsl._typing import FloatArray
from zsl.classes.registry import ClassRegistry
from zsl.estimators._calls import reads
from zsl.estimators._known_classes import KnownClassesClassifier
from zsl.estimators._parameters import check_whole
from zsl.exceptions import InvalidInputError
from zsl.functional.scores.attribution import Function, path_integral
from zsl.semantics import Semantics

Parts = tuple[FloatArray, dict[str, float]]
"""What each attribute adds to the difference of two scores, (A,), and what else adds to it, by name."""
SUPPORT, REST = "(support samples)", "(steps left out)"


class ExplainingClassifier(KnownClassesClassifier):
    """Split the score difference of two described classes over their attributes; a subclass says how in `_parts`."""

    _table: Semantics | None
    _classes: ClassRegistry

    @abstractmethod
    def _bias(self, classes: ClassRegistry) -> FloatArray:
        """What calibrated stacking adds to the score of each class, (C,)."""

    @reads
    def explain(self, x: ArrayLike, among: Sequence[Any] | None = None, *, max_steps: int = 4096) -> DataFrame:
        r"""Show which attributes speak for one class and against another, for one sample.

        Parameters
        ----------
        x : array of shape (n_features,) or (1, n_features)
            One sample.
        among : sequence of two labels or None, default=None
            The class to speak for and the class to speak against. None for the predicted one and the runner-up.
        max_steps : int, default=4096
            Most steps along the path from one description to the other.

        Returns
        -------
        DataFrame
            One row per attribute, by falling size of its contribution, then rows in brackets for what isn't due to
            attributes, where there is such a part: "(support samples)", "(class text)", "(constant)", "(gate)",
            "(seen-class bias)", "(final classifier)", and "(steps left out)" where `max_steps` didn't suffice. Columns:
            the values of both classes, and "contribution", in units of the calibrated score. It sums to the difference
            of the calibrated scores, up to 0.01 % of the difference before calibration, or 0.0001 % of the larger score
            there if that is more.

        Raises
        ------
        InvalidInputError
            If the estimator or one of the classes has no semantics, or `x`, `among` or `max_steps` isn't as described.

        Notes
        -----
        The score difference :math:`f(a) - f(b)` of classes with the semantic vectors a and b is split by integrated
        gradients along the straight path between these,

        .. math:: \phi_j = (a_j - b_j) \int_0^1 \partial_j f(b + t (a - b))\, dt, \qquad
            \textstyle\sum_j \phi_j = f(a) - f(b)

        (M. Sundararajan, A. Taly and Q. Yan, "Axiomatic Attribution for Deep Networks", 2017, arXiv:1703.01365). An
        attribute in which the classes agree gets 0. Where the score is linear in the semantic vector, that is
        :math:`w_j (a_j - b_j)`; scaling and length of the vectors, and of what they are mapped to, are parts of f.

        The path of a `RelationClassifier` goes between vectors that are scaled and have length 1 already; with a linear
        kernel, the cosine, and no relation term, class text or support, its score is a sum over attributes up to the
        length of :math:`r`, and the difference of both sums is shown. Attributes of `DAPClassifier` and `IAPClassifier`
        add the logarithms of their likelihood ratios. To the classifier of a `FeatureGeneratingClassifier` attributes
        speak by how near the sample is to what is generated of them; "(final classifier)" is what it makes of that. A
        gate works on logarithms of probabilities: contributions are divided by the temperature.
        """
        check_is_fitted(self)
        sample = host_array("x", x)
        sample = sample[None] if sample.ndim == 1 else sample
        if sample.ndim != 2 or len(sample) != 1:
            raise InvalidInputError(f"x has shape {sample.shape}; wanted one sample, (n_features,) or (1, n_features).")
        check_whole("max_steps", max_steps)
        embedded, known = self._embed(self._check_samples(sample, "x")), self._classes
        columns = None if among is None else self._pair(among)
        scores = self._score(embedded, known)
        calibrated = self._calibrated(scores, known)[0]
        if columns is None:
            columns = self._pair(self.classes_[np.argsort(-calibrated, kind="stable")[:2]].tolist())
        pair = known.take(columns)
        assert self._table is not None
        by_attribute, others = self._parts(embedded, pair, int(max_steps))
        factor, rows = self._calibration(pair, scores[0, columns], calibrated[columns])
        others = {name: factor * value for name, value in others.items()} | rows
        return _frame(pair, self._table.attributes, factor * by_attribute, others)

    def _pair(self, among: Sequence[Any]) -> NDArray[np.intp]:
        """The columns of two described classes."""
        columns = self._columns("among", among)
        if len(columns) != 2:
            raise InvalidInputError(f"among={shown(among)}; wanted two known classes.")
        described = self._classes.described[columns]
        if not described.all():
            bare = self._classes.labels[columns[~described]].tolist()
            raise InvalidInputError(f"among names {bare}, without semantics; wanted classes that have them.")
        return columns

    def _parts(self, embedded: FloatArray, pair: ClassRegistry, max_steps: int) -> Parts:
        """What makes the difference of the scores of two described classes for an embedded sample, (1, d)."""
        raise InvalidInputError(
            f"A {type(self).__name__} doesn't say how its scores follow from the semantics of a class alone."
        )

    def _calibration(
        self, pair: ClassRegistry, plain: FloatArray, calibrated: FloatArray
    ) -> tuple[float, dict[str, float]]:
        """What score differences are multiplied by in calibrating them, and what is added to them, by name."""
        bias = self._bias(pair)
        return 1.0, {"(seen-class bias)": float(bias[0] - bias[1])}


def along_path(function: Function, ends: Mapping[str, Tensor], max_steps: int) -> Parts:
    """Integrate between two classes over their semantics, the first of `ends`, and over what else is known of them.

    The others are called by their names. Steps that were missing leave a row, too, so that all add up.
    """
    found = path_integral(function, list(ends.values()), max_steps)
    by_attribute, *others = found.parts
    rows = {name: float(part.sum()) for name, part in zip(list(ends)[1:], others, strict=True)}
    if abs(found.rest) > found.tolerance:
        rows[REST] = found.rest
    return by_attribute.cpu().numpy(), rows


def _frame(
    pair: ClassRegistry, attributes: Sequence[Any], by_attribute: FloatArray, others: dict[str, float]
) -> DataFrame:
    """Attributes by falling size of their contribution, then the other rows that aren't 0."""
    names = [str(label) for label in pair.labels.tolist()]
    frame = DataFrame(
        {names[0]: pair.rows[0], names[1]: pair.rows[1], "contribution": by_attribute},
        index=Index(attributes, name="attribute"),
    )
    frame = frame.iloc[np.argsort(-np.abs(by_attribute), kind="stable")]
    extra = {name: value for name, value in others.items() if value}
    if not extra:
        return frame
    rows = DataFrame({names[0]: np.nan, names[1]: np.nan, "contribution": list(extra.values())}, index=list(extra))
    return concat([frame, rows.rename_axis("attribute")])
