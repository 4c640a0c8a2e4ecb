"""Zero-shot classification by prompts, for joint text-image models, as an estimator."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, ClassVar, Literal

from numpy.typing import NDArray

from zsl._typing import FloatArray, LabelArray
from zsl.classes.registry import ClassRegistry
from zsl.estimators._checks import check_number
from zsl.estimators.zero_shot._base import ZeroShotClassifier
from zsl.exceptions import SemanticsError
from zsl.methods.prompt import PromptCosines
from zsl.selection.folds import TrainingPart
from zsl.selection.scaling import FeatureScaling, Scaling
from zsl.selection.search import Point
from zsl.semantics import Semantics


class PromptClassifier(ZeroShotClassifier):
    r"""Take the class whose prompts are nearest in the joint space of a text-image model (CLIP and the like).

    What such a model does without any training, and so the baseline for every method that is trained on its features:
    A. Radford et al., "Learning Transferable Visual Models From Natural Language Supervision", 2021, arXiv:2103.00020;
    `zsl.methods.prompt.PromptCosines` tells the formula. X are images by `ImageEncoder`, the class table texts by
    `TextEncoder`, both of one model; several templates there make an ensemble of prompts. Images and texts are used as
    they come, brought to length 1.

    `fit` learns which classes are seen, and nothing else, unless the bias or the temperature is "auto". It isn't among
    `zero_shot_methods`, as it can't compare images with attributes or with texts of another encoder.

    Parameters
    ----------
    semantics : DataFrame, mapping, Semantics or None, default=None
        The class table, seen and unseen classes, as wide as X; see `RelationClassifier`. Without one, the mean image of
        a class describes it, and nothing is chosen on held-out classes.
    text_encoder : str, path, object or None, default=None
        Encodes the texts of `semantics`, if it holds any: that of the model which encoded the images.
    temperature : float or "auto", default=0.01
        What `predict_proba` divides scores by; above 0. 0.01 is the least that the paper let the models learn. "auto"
        chooses it by likelihood on held-out classes; 1 if none can be held out.
    prior_strength : float, default=4.0
        How many support images a semantic vector counts as, where a class has both; above 0.
    seen_bias : float or "auto", default=0.0
        The bias :math:`\gamma` that calibrated stacking takes off the scores of seen classes, in units of the score.
        The baseline has none, since it prefers no class for having been seen in `fit`.
    cv : int, splitter or None, default=5
        Folds of held-out seen classes that what is "auto" is chosen on: their number, or a splitter such as
        `ClassKFold`. With None or fewer than four seen classes nothing is chosen.

    Attributes
    ----------
    classes_ : array of shape (C,)
        All known classes, sorted.
    seen_classes_, unseen_classes_ : array
        Those with training images, and the others.
    n_features_in_ : int
        Width of X.
    feature_names_in_ : array of shape (n_features_in_,)
        Names of the columns, if X was a DataFrame with string names.
    seen_bias_ : float
        :math:`\gamma`.
    temperature_ : float
        What `predict_proba` divides calibrated scores by.
    selection_ : dict
        What held-out classes said: "params", which is empty; "harmonic_mean"; "n_folds"; and "grid" of one record.

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

    feature_scaling: FeatureScaling = "none"
    semantic_scaling: Scaling = "none"
    balance: Literal["stacking", "gate"] = "stacking"
    _scales_support: ClassVar[bool] = False

    def __init__(
        self,
        *,
        semantics: Any = None,
        text_encoder: Any = None,
        temperature: float | Literal["auto"] = 0.01,
        prior_strength: float = 4.0,
        seen_bias: float | Literal["auto"] = 0.0,
        cv: Any = 5,
    ) -> None:
        self.semantics = semantics
        self.text_encoder = text_encoder
        self.temperature = temperature
        self.prior_strength = prior_strength
        self.seen_bias = seen_bias
        self.cv = cv

    def _fit(self, X: FloatArray, codes: NDArray[Any], labels: LabelArray, table: Semantics | None) -> ClassRegistry:
        if table is not None:
            _check_widths(X.shape[1], table.vectors.shape[1])
        classes = super()._fit(X, codes, labels, table)
        if self.temperature != "auto":
            self._selection = replace(self._selection, temperature=float(self.temperature))
            self.temperature_ = self._selection.temperature
        return classes

    def _build(self, n_features: int, n_attributes: int, n_classes: int) -> PromptCosines:
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

    def _check_parameters(self) -> None:
        super()._check_parameters()
        if not (isinstance(self.temperature, str) and self.temperature == "auto"):
            check_number("temperature", self.temperature, above=0)


def _check_widths(n_features: int, n_attributes: int) -> None:
    if n_features != n_attributes:
        raise SemanticsError(
            f"semantics has {n_attributes} columns and X {n_features} features; wanted one width, of images and class "
            f"texts that one joint text-image model encoded."
        )
