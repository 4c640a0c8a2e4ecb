"""Zero-shot classification by prompts, for joint text-image models, as an estimator."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from numpy.typing import NDArray

from zsl._typing import FloatArray, LabelArray
from zsl.classes.registry import ClassRegistry
from zsl.estimators._parameters import Auto, Finite, Positive, parameters
from zsl.estimators.zero_shot._base import ZeroShotClassifier
from zsl.exceptions import SemanticsError
from zsl.methods.prompt import PromptCosines
from zsl.selection.folds import TrainingPart
from zsl.selection.search import Point
from zsl.semantics import Semantics


@parameters
class PromptClassifier(ZeroShotClassifier):
    r"""Class of the nearest prompts in the joint space of a text-image model (CLIP and the like).

    What such a model does without any training, and so the baseline for every method that is trained on its features:
    A. Radford et al., "Learning Transferable Visual Models From Natural Language Supervision", 2021, arXiv:2103.00020;
    see `zsl.methods.prompt.PromptCosines` for the formula. X are images by `ImageEncoder`, the class table texts by
    `TextEncoder`, both of one model; several templates there make an ensemble of prompts. Images and texts are used as
    they come, brought to length 1.

    `fit` learns which classes are seen, and nothing else, unless the bias or the temperature is "auto". It isn't among
    `zero_shot_methods`, as it can't compare images with attributes or with texts of another encoder.

    Parameters
    ----------
    semantics : DataFrame, mapping, Semantics or None
        The class table, seen and unseen classes, as wide as X; see `RelationClassifier`. Without one, the mean sample
        of a class describes it, and nothing is chosen on held-out classes.
    text_encoder : str, path, object or None
        Encodes the texts of `semantics`, if it holds any: that of the model which encoded the images.
    temperature : float or "auto"
        What `predict_proba` divides scores by; above 0. 0.01 is the least that the paper let the models learn. "auto"
        chooses it by likelihood on held-out classes; 1 if none can be held out.
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
    """

    temperature: Auto | Positive = 0.01
    seen_bias: Auto | Finite = 0.0
    _method_class = PromptCosines
    _scales_support = False

    def _fit(self, X: FloatArray, codes: NDArray[Any], labels: LabelArray, table: Semantics | None) -> ClassRegistry:
        if table is not None:
            _check_widths(X.shape[1], table.vectors.shape[1])
        classes = super()._fit(X, codes, labels, table)
        if self.temperature != "auto":
            self._selection = replace(self._selection, temperature=float(self.temperature))
            self.temperature_ = self._selection.temperature
        return classes

    def _build(self, n_features: int, n_attributes: int, n_classes: int, **more: Any) -> PromptCosines:
        _check_widths(n_features, n_attributes)
        return PromptCosines()

    def _path(self, part: TrainingPart, label: str) -> Iterable[tuple[Point, PromptCosines]]:
        yield {}, PromptCosines()

    def _fit_at(self, part: TrainingPart, point: Point) -> PromptCosines:
        return PromptCosines()

    def _start(self) -> Point:
        return {}

    def _chooses(self) -> bool:
        return self.temperature == "auto"


def _check_widths(n_features: int, n_attributes: int) -> None:
    if n_features != n_attributes:
        raise SemanticsError(
            f"semantics has {n_attributes} columns and X {n_features} features; wanted one width, with images "
            f"and class texts encoded by one joint text-image model."
        )
