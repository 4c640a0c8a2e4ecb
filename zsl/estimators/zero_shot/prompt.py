"""Zero-shot classification by prompts, for joint text-image models, as an estimator."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zsl._docs import documented_like
from zsl._typing import FloatArray, LabelArray, SampleRows
from zsl.classes.registry import ClassRegistry
from zsl.estimators._class_tables import check_widths
from zsl.estimators._parameters import Auto, Finite, Positive, parameters
from zsl.estimators.zero_shot._base import ZeroShotClassifier
from zsl.exceptions import InvalidInputError, SemanticsError
from zsl.functional.linear.origins import Origin
from zsl.methods.prompt import PromptCosines
from zsl.selection.folds import TrainingPart
from zsl.selection.scaling import Scaler
from zsl.selection.search import Point, Selection
from zsl.semantics import Semantics

_UNMEASURED = 0.01
"""The temperature "auto" without samples."""


@parameters
class PromptClassifier(ZeroShotClassifier):
    r"""Class of the nearest prompts in the joint space of a text-image model (CLIP and the like).

    What such a model does without any training, and so the baseline for every method that is trained on its features:
    A. Radford et al., "Learning Transferable Visual Models From Natural Language Supervision", 2021, arXiv:2103.00020;
    see `zsl.methods.prompt.PromptCosines` for the formula. X are images by `ImageEncoder`, the class table texts by
    `TextEncoder`, both of one model; several templates there make an ensemble of prompts. Images and texts are used as
    they come, brought to length 1.

    `fit` without samples takes the names or sentences alone. With samples it learns which classes are seen, and nothing
    else, unless the bias or the temperature is "auto". It isn't among `zero_shot_methods`, as it can't compare images
    with attributes or with texts of another encoder.

    Parameters
    ----------
    semantics : DataFrame, mapping, list of names, Semantics or None
        The class table, seen and unseen classes, as wide as X; see `RelationClassifier`. Without one, the mean sample
        of a class describes it, and nothing is chosen on held-out classes.
    text_encoder : str, path, object or None
        Encodes the texts of `semantics`, if it holds any: that of the model which encoded the images.
    temperature : float or "auto"
        What `predict_proba` divides scores by; above 0. 0.01 is the least that the paper let the models learn, and fits
        CLIP and its like; encoders of sentences want about 0.05. "auto" chooses it by likelihood on held-out classes; 1
        if none can be held out, and 0.01 without samples, which alone could show how sure cosines are.
    seen_bias : float or "auto"
        The bias :math:`\gamma` that calibrated stacking subtracts from the scores of seen classes, in units of the
        score. The baseline has none, since it prefers no class for having been seen in `fit`.

    See Also
    --------
    RelationClassifier : Starts from the same score in a joint space, and learns the rest.

    Examples
    --------
    >>> import numpy as np
    >>> from zsl import PromptClassifier
    >>> prompts = {"cat": [1.0, 0.0, 0.2], "dog": [0.0, 1.0, 0.2], "owl": [0.0, 0.0, 1.0]}
    >>> clf = PromptClassifier(semantics=prompts)
    >>> clf = clf.fit(np.array([[3.0, 0.0, 1.0], [0.0, 2.0, 1.0]]), ["cat", "dog"])
    >>> clf.predict(np.array([[0.5, 0.4, 2.0], [0.9, 0.1, 0.1]])).tolist()
    ['owl', 'cat']

    Without samples, from names alone:

    >>> class Letters:
    ...     def encode(self, texts):
    ...         return [[text.count(letter) for letter in "ehz"] for text in texts]
    >>> clf = PromptClassifier(semantics=["zebra", "horse"], text_encoder=Letters()).fit()
    >>> clf.predict([[0.0, 1.0, 0.0], [1.0, 0.0, 2.0]]).tolist()
    ['horse', 'zebra']
    """

    temperature: Auto | Positive = 0.01
    seen_bias: Auto | Finite = 0.0
    _method_class = PromptCosines
    _scales_support = False

    @documented_like(ZeroShotClassifier.fit)
    def fit(self, X: ArrayLike | None = None, y: ArrayLike | None = None, *, checkpoint: Any = None) -> Self:
        """Take the class table as it is, or fit on samples of the seen classes.

        Parameters
        ----------
        X : array of shape (n_samples, n_features) or None, default=None
            Training samples: finite numbers. None, together with `y`, if there are none: all classes of `semantics`,
            two or more, are then unseen ones.
        y : array of shape (n_samples,) or None, default=None
            Their labels, at least two different ones: the seen classes. Each of them needs a row in `semantics`, if
            that is given; classes with a row but no samples become the unseen classes.
        """
        return self._fit_whole(X, y, checkpoint)  # type: ignore[arg-type]

    def _fit_checked(self, X: ArrayLike | None, y: ArrayLike | None, sample_weight: Any = None) -> None:
        if X is not None or y is not None:
            super()._fit_checked(X, y, sample_weight)  # type: ignore[arg-type]
        elif self.semantics is not None:
            self._take_table(self._read_table())
        else:
            raise InvalidInputError(
                "fit was given no samples, and semantics is None; wanted semantics, such as a list of class names, or "
                "X and y."
            )

    def _take_table(self, table: Semantics) -> None:
        """Know the classes of a table, none of them seen."""
        if len(table) < 2:
            raise SemanticsError(f"semantics describes one class, {table.classes.tolist()[0]!r}; wanted two or more.")
        n_features = table.vectors.shape[1]
        if hasattr(self, "feature_names_in_"):
            del self.feature_names_in_
        self.n_features_in_ = n_features
        temperature = _UNMEASURED if self.temperature == "auto" else float(self.temperature)
        unscaled = Scaler(np.zeros(n_features), np.ones(n_features))
        self.method_, self._sizes, self._support_scale = PromptCosines(), (n_features, n_features, len(table)), 1.0
        self._scaler, self._semantic_scaler = replace(unscaled, origin=Origin(unscaled.mean, 1.0)), unscaled
        self._described, self._strength, self._fitted_scalings = True, float(self.prior_strength), self._scalings()
        self._selection = Selection({}, temperature=temperature)
        self._install()
        self._table = table
        none = ClassRegistry.of_seen(table.classes[:0], n_features, n_features, table.vectors.dtype)
        self._classes = none.with_semantics(table.classes, table.vectors)

    def _fit(
        self,
        X: SampleRows,
        codes: NDArray[Any],
        labels: LabelArray,
        table: Semantics | None,
        weights: FloatArray | None = None,
    ) -> ClassRegistry:
        if table is not None:
            check_widths(X.shape[1], table.vectors.shape[1])
        classes = super()._fit(X, codes, labels, table, weights)
        if self.temperature != "auto":
            self._selection = replace(self._selection, temperature=float(self.temperature))
            self.temperature_ = self._selection.temperature
        return classes

    def _build(self, n_features: int, n_attributes: int, n_classes: int, **more: Any) -> PromptCosines:
        check_widths(n_features, n_attributes)
        return PromptCosines()

    def _path(self, part: TrainingPart, label: str) -> Iterable[tuple[Point, PromptCosines]]:
        yield {}, PromptCosines()

    def _fit_at(self, part: TrainingPart, point: Point) -> PromptCosines:
        return PromptCosines()

    def _start(self) -> Point:
        return {}

    def _chooses(self) -> bool:
        return self.temperature == "auto"
