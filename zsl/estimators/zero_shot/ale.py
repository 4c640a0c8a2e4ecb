"""ALE as an estimator."""

from typing import Any, Literal

import torch
from numpy.random import RandomState

from zsl.estimators._checks import check_number
from zsl.estimators.zero_shot._gradient import GradientClassifier
from zsl.methods.linear.ale import ALE
from zsl.selection.scaling import FeatureScaling, Scaling


class ALEClassifier(GradientClassifier):
    r"""Bilinear compatibility with a weighted approximate ranking loss (ALE).

    The method of Z. Akata, F. Perronnin, Z. Harchaoui and C. Schmid, "Label-Embedding for Image Classification", 2016,
    arXiv:1503.08677; `zsl.methods.linear.ale.ALE` tells the formula and where we depart from it.

    Parameters
    ----------
    semantics : DataFrame, mapping, Semantics or None, default=None
        The class table, seen and unseen classes; see `RelationClassifier`. Without one, the mean image of a class
        describes it, and nothing is chosen on held-out classes.
    text_encoder : str, path, object or None, default=None
        Encodes the sentences of `semantics`, if it holds any.
    margin : float, default=1.0
        By how much the right class should win; above 0.
    n_steps : int, default=300
        Training steps; the most there will be if `early_stopping` is on.
    batch_size : int, default=256
        Images a step.
    learning_rate : float, default=0.01
        First step size of AdamW; it falls along half a cosine.
    weight_decay : float, default=0.0001
        Weight decay of AdamW.
    early_stopping : bool, default=True
        Whether the number of steps is chosen on held-out classes.
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
    device : str, default="auto"
        Where to train: "cpu", "cuda" and so on; "auto" takes a GPU if there is one. Prediction is on the CPU.
    verbose : bool, default=True
        Whether a terminal or notebook shows progress when training takes over two seconds.
    random_state : int, RandomState or None, default=None
        An integer gives the same model twice on a CPU.

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
    n_steps_ : int
        Training steps that the method was trained with.
    selection_ : dict
        What held-out classes said: "params", the chosen values; "harmonic_mean" there; "n_folds"; and "grid", one
        record a point.

    Examples
    --------
    >>> from zsl import ALEClassifier, load_digits_zsl
    >>> split = load_digits_zsl()
    >>> clf = ALEClassifier(semantics=split.semantics, n_steps=50, random_state=0)
    >>> clf.fit(split.X_train, split.y_train).unseen_classes_
    array([7, 8, 9])
    """

    def __init__(
        self,
        *,
        semantics: Any = None,
        text_encoder: Any = None,
        margin: float = 1.0,
        n_steps: int = 300,
        batch_size: int = 256,
        learning_rate: float = 0.01,
        weight_decay: float = 0.0001,
        early_stopping: bool = True,
        feature_scaling: FeatureScaling = "whiten",
        semantic_scaling: Scaling = "center",
        prior_strength: float = 4.0,
        seen_bias: float | Literal["auto"] = "auto",
        balance: Literal["stacking", "gate"] = "stacking",
        cv: Any = 5,
        device: str = "auto",
        verbose: bool = True,
        random_state: int | RandomState | None = None,
    ) -> None:
        self.semantics = semantics
        self.text_encoder = text_encoder
        self.margin = margin
        self.n_steps = n_steps
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.early_stopping = early_stopping
        self.feature_scaling = feature_scaling
        self.semantic_scaling = semantic_scaling
        self.prior_strength = prior_strength
        self.seen_bias = seen_bias
        self.balance = balance
        self.cv = cv
        self.device = device
        self.verbose = verbose
        self.random_state = random_state

    def _make(self, n_features: int, n_attributes: int, n_classes: int, generator: torch.Generator) -> ALE:
        return ALE(
            n_features,
            n_attributes,
            margin=self.margin,
            generator=generator,
        )

    def _check_parameters(self) -> None:
        super()._check_parameters()
        check_number("margin", self.margin, above=0)
