"""Ridge regression to visual prototypes as an estimator."""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Literal

from zsl.estimators.zero_shot._closed_form import ClosedFormClassifier
from zsl.exceptions import InvalidInputError
from zsl.methods.linear.closed_form import ClosedFormMethod, Grid
from zsl.methods.linear.ridge import Metric, RidgePrototypes
from zsl.selection.folds import TrainingPart
from zsl.selection.scaling import FeatureScaling, Scaling
from zsl.selection.search import Point


class RidgePrototypeClassifier(ClosedFormClassifier):
    r"""Map semantics to visual prototypes by ridge regression and take the nearest.

    The line that every method should be held against: Y. Shigeto et al., "Ridge Regression, Hubness, and Zero-Shot
    Learning", 2015, arXiv:1507.00825; `zsl.methods.linear.ridge.RidgePrototypes` tells the formula. With whitened
    images the nearest prototype is the most probable class under one covariance for all classes.

    Parameters
    ----------
    semantics : DataFrame, mapping, Semantics or None, default=None
        The class table, seen and unseen classes; see `RelationClassifier`. Without one, the mean image of a class
        describes it, and nothing is chosen on held-out classes.
    text_encoder : str, path, object or None, default=None
        Encodes the sentences of `semantics`, if it holds any.
    alpha : float, sequence of float or "auto", default="auto"
        Penalty on the map, in units of the mean number of images of a class. "auto" and a sequence are chosen from.
    metric : {"cosine", "euclidean"}, default="cosine"
        Cosine, or negative squared distance.
    feature_scaling : {"whiten", "standard", "center", "none"}, default="whiten"
        How images of length 1 are scaled: "center" takes their mean off, "standard" divides by the standard deviations,
        too, "whiten" instead by the root of the covariance within classes, shrunk half-way to a multiple of the
        identity.
    semantic_scaling : {"center", "standard", "none"}, default="center"
        The same for the attributes over the seen classes; rows are brought to length 1 afterwards.
    prior_strength : float, default=4.0
        How many support images a semantic vector counts as, where a class has both; above 0.
    seen_bias : float or "auto", default="auto"
        The bias :math:`\gamma` that calibrated stacking takes off the scores of seen classes, in units of the score.
    balance : {"stacking", "gate"}, default="stacking"
        What keeps seen classes from winning too often: the bias, or a gate that mixes one expert for seen classes with
        one for unseen ones, which `zsl.selection.gate.Gate` tells of. The gate needs held-out classes, too.
    cv : int, splitter or None, default=5
        Folds of held-out seen classes that everything left open is chosen on: their number, or a splitter such as
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
        What `predict_proba` divides calibrated scores by, in units of the score, chosen by likelihood on held-out
        classes; 1 with a gate or if none were held out.
    alpha_ : float
        The chosen value.
    selection_ : dict
        What held-out classes said: "params", the chosen values; "harmonic_mean" there; "n_folds"; and "grid", one
        record a point.

    Examples
    --------
    >>> from zsl import RidgePrototypeClassifier, load_digits_zsl
    >>> split = load_digits_zsl()
    >>> clf = RidgePrototypeClassifier(semantics=split.semantics).fit(split.X_train, split.y_train)
    >>> clf.unseen_classes_
    array([7, 8, 9])
    """

    _grids: ClassVar[dict[str, tuple[float, ...]]] = {
        "alpha": (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0),
    }

    def __init__(
        self,
        *,
        semantics: Any = None,
        text_encoder: Any = None,
        alpha: float | Sequence[float] | Literal["auto"] = "auto",
        metric: Metric = "cosine",
        feature_scaling: FeatureScaling = "whiten",
        semantic_scaling: Scaling = "center",
        prior_strength: float = 4.0,
        seen_bias: float | Literal["auto"] = "auto",
        balance: Literal["stacking", "gate"] = "stacking",
        cv: Any = 5,
    ) -> None:
        self.semantics = semantics
        self.text_encoder = text_encoder
        self.alpha = alpha
        self.metric = metric
        self.feature_scaling = feature_scaling
        self.semantic_scaling = semantic_scaling
        self.prior_strength = prior_strength
        self.seen_bias = seen_bias
        self.balance = balance
        self.cv = cv

    def _build(self, n_features: int, n_attributes: int, n_classes: int) -> RidgePrototypes:
        return RidgePrototypes(n_features, n_attributes, metric=self.metric)

    def _solve(self, part: TrainingPart, grid: Grid) -> Iterable[tuple[Point, ClosedFormMethod]]:
        return RidgePrototypes.solve(part.moments, part.semantics, grid, metric=self.metric)

    def _check_parameters(self) -> None:
        super()._check_parameters()
        if self.metric not in ("cosine", "euclidean"):
            raise InvalidInputError(f"metric={self.metric!r}; wanted 'cosine' or 'euclidean'.")
