"""The flagship: a relation network as one estimator for zero-, one- and few-shot classification."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Self

import numpy as np
import torch
from numpy.random import RandomState
from numpy.typing import ArrayLike, NDArray
from pandas import DataFrame
from sklearn.utils.validation import check_is_fitted
from torch import nn

from zsl._typing import FloatArray, LabelArray
from zsl.estimators._explain import explain
from zsl.estimators._packing import Header, Tensors
from zsl.estimators._registry import ClassRegistry
from zsl.estimators._relation_files import pack, unpack
from zsl.estimators._represented import RepresentedClasses
from zsl.estimators._scaling import FeatureScaling, Scaler, Scaling
from zsl.estimators._scoring import embed, represent, score
from zsl.estimators._separate import SeparateClassesClassifier
from zsl.estimators._vector_relation import selection_of, train_on_vectors
from zsl.functional.nearness import Measure
from zsl.methods.relation import RelationNetwork
from zsl.semantics import Semantics


class RelationClassifier(SeparateClassesClassifier):
    r"""Classify images of classes that had none in training, from what is said of them, from a few images, or both.

    A class is known by a semantic vector (attributes, a text embedding), by support images, or both. A relation network
    learns on the seen classes to score an image against such a description; any class that is described can then be
    predicted. The score of image x and class c is

    .. math::

        g(x, c) = \tau \langle \hat f(x), \hat r(c) \rangle + w \cdot \mathrm{ReLU}(A \hat f(x) + B \hat r(c) + b)
        + \beta, \qquad r(c) = \frac{\kappa\, m(s_c) + \sum_i \hat f(x_i)}{\kappa + K}

    with embedded images :math:`\hat f` of length 1, mapped semantics :math:`m(s_c)` and K support images. Seen classes
    with semantics are represented by these alone, since the map was trained on their images; without semantics, by
    their training images.

    The number of training episodes, :math:`\kappa`, and the bias :math:`\gamma` that calibrated stacking takes off the
    seen classes are chosen by holding out some of the seen classes; then the network is trained on all of them.
    :math:`\gamma` is chosen for 0, 1, 5 and 20 support images, and interpolated in :math:`\log(1 + K)` between.

    The relation module is that of F. Sung et al., "Learning to Compare: Relation Network for Few-Shot Learning", 2018,
    arXiv:1711.06025, and calibrated stacking that of W.-L. Chao et al., "An Empirical Study and Analysis of Generalized
    Zero-Shot Learning for Object Recognition in the Wild", 2016, arXiv:1605.04253. How we depart from the first one is
    told in `zsl.methods.relation.RelationNetwork`.

    Parameters
    ----------
    semantics : DataFrame, mapping, Semantics or None, default=None
        The class table, seen and unseen classes: a frame of class × attribute, a mapping of class to vector or to
        sentence(s), or a `Semantics`. None represents classes by their images only.
    text_encoder : str, path, object or None, default=None
        Encodes the sentences of `semantics`; see `zsl.semantics.Semantics.from_texts`.
    encoder : nn.Module or None, default=None
        Visual encoder f from (n, n_features) to (n, d), trained with the rest on a copy. None is the identity.
    mapper_hidden : sequence of int, default=(1024,)
        Widths of the hidden layers of the semantic mapper m. Empty for a linear one.
    relation_hidden : sequence of int, default=(128,)
        Widths of the hidden layers of the relation term.
    similarity : {"both", "metric", "relation"}, default="both"
        Cosine and relation term, the cosine alone, or the relation term alone.
    loss : {"cross_entropy", "mse"}, default="cross_entropy"
        Softmax cross-entropy over the classes, or the paper's squared error to 0 and 1 after a sigmoid.
    episode_mix : pairs or mapping of shots to share, default=((0, 0.7), (1, 0.15), (5, 0.15))
        Shares of zero-, one- and five-shot episodes in training, in any scale. Without `semantics` those with 0 shots
        are left out.
    n_episodes : int, default=300
        Training steps, each of one episode with all seen classes; the most there will be if `early_stopping` is on.
    n_query : int, default=512
        Queries of an episode.
    learning_rate : float, default=0.001
        First step size of AdamW; it falls along half a cosine.
    weight_decay : float, default=0.0001
        Weight decay of AdamW.
    relation_penalty : float, default=0.001
        Weight of :math:`\|w\|^2` in the loss, which holds the score near the cosine.
    scale : float, default=20.0
        Initial :math:`\tau`.
    semantic_noise : float, default=1.5
        Expected length of the noise that training adds to semantic vectors of length 1.
    feature_noise : float, default=1.0
        Expected length of the noise that training adds to embedded images of length 1.
    feature_scaling : {"whiten", "standard", "center", "none"}, default="whiten"
        "center" takes the mean of the training images off; "standard" divides each feature by its standard deviation,
        too; "whiten" instead by the root of the covariance within classes, shrunk half-way to a multiple of the
        identity. Images are brought to length 1 afterwards in any case.
    semantic_scaling : {"center", "standard", "none"}, default="center"
        The same for the attributes, by their mean and standard deviation over the seen classes.
    early_stopping : bool, default=True
        Whether the number of episodes is chosen on held-out classes.
    n_folds : int, default=3
        Sets of held-out classes, at most 5, each a fifth of the seen classes. 0 chooses nothing: `n_episodes` as given,
        :math:`\kappa = 4` and :math:`\gamma = 0` where they are "auto". So do fewer than four seen classes.
    prior_strength : float or "auto", default="auto"
        :math:`\kappa`, in units of images; above 0.
    seen_bias : float or "auto", default="auto"
        :math:`\gamma`, in units of the score.
    device : str, default="auto"
        Where to compute: "cpu", "cuda" and so on; "auto" takes a GPU if there is one.
    verbose : bool, default=True
        Whether a terminal or notebook shows progress when fitting takes over two seconds.
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
    n_episodes_ : int
        Training episodes that the network was trained with.
    prior_strength_ : float
        :math:`\kappa`.
    seen_bias_ : float
        :math:`\gamma` for classes without support images; for one support image if fitted without semantics.
    temperature_ : float
        What `predict_proba` divides calibrated scores by, in units of the score, chosen by likelihood on held-out
        classes; 1 if none were held out.
    selection_ : dict
        What held-out classes said: "params", the chosen values; "history" of (episodes, AUSUC); "harmonic_mean" at the
        chosen values; "seen_bias" by number of support images; and "n_folds".

    Examples
    --------
    >>> from zsl import RelationClassifier, load_digits_zsl
    >>> split = load_digits_zsl()
    >>> clf = RelationClassifier(semantics=split.semantics, n_episodes=100, random_state=0)
    >>> clf = clf.fit(split.X_train, split.y_train)
    >>> clf.unseen_classes_
    array([7, 8, 9])
    """

    def __init__(
        self,
        *,
        semantics: Any = None,
        text_encoder: Any = None,
        encoder: nn.Module | None = None,
        mapper_hidden: Sequence[int] = (1024,),
        relation_hidden: Sequence[int] = (128,),
        similarity: Literal["both", "metric", "relation"] = "both",
        loss: Literal["cross_entropy", "mse"] = "cross_entropy",
        episode_mix: Mapping[int, float] | Sequence[tuple[int, float]] = ((0, 0.7), (1, 0.15), (5, 0.15)),
        n_episodes: int = 300,
        n_query: int = 512,
        learning_rate: float = 1e-3,
        weight_decay: float = 1e-4,
        relation_penalty: float = 1e-3,
        scale: float = 20.0,
        semantic_noise: float = 1.5,
        feature_noise: float = 1.0,
        feature_scaling: FeatureScaling = "whiten",
        semantic_scaling: Scaling = "center",
        early_stopping: bool = True,
        n_folds: int = 3,
        prior_strength: float | Literal["auto"] = "auto",
        seen_bias: float | Literal["auto"] = "auto",
        device: str = "auto",
        verbose: bool = True,
        random_state: int | RandomState | None = None,
    ) -> None:
        self.semantics = semantics
        self.text_encoder = text_encoder
        self.encoder = encoder
        self.mapper_hidden = mapper_hidden
        self.relation_hidden = relation_hidden
        self.similarity = similarity
        self.loss = loss
        self.episode_mix = episode_mix
        self.n_episodes = n_episodes
        self.n_query = n_query
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.relation_penalty = relation_penalty
        self.scale = scale
        self.semantic_noise = semantic_noise
        self.feature_noise = feature_noise
        self.feature_scaling = feature_scaling
        self.semantic_scaling = semantic_scaling
        self.early_stopping = early_stopping
        self.n_folds = n_folds
        self.prior_strength = prior_strength
        self.seen_bias = seen_bias
        self.device = device
        self.verbose = verbose
        self.random_state = random_state

    def explain(self, x: ArrayLike, *, among: Sequence[Any] | None = None, max_steps: int = 4096) -> DataFrame:
        r"""Say which attributes speak for one class and against another, for one image.

        The difference of the calibrated scores of two classes is split over the attributes they differ in. Where the
        mapper is linear, the similarity is the cosine alone and neither class has support images, the score is a sum
        over attributes up to the length of :math:`r`, and this sum is what is shown. Otherwise it is the integrated
        gradient along the straight path from the one description to the other, whose sum is the difference (M.
        Sundararajan, A. Taly and Q. Yan, "Axiomatic Attribution for Deep Networks", 2017, arXiv:1703.01365). The number
        of steps is doubled until the sum is within 0.1 % of the difference, or 0.001 if that is more.

        Parameters
        ----------
        x : array of shape (n_features,) or (1, n_features)
            One image.
        among : sequence of two labels or None, default=None
            The class to speak for and the class to speak against. None for the predicted one and the runner-up.
        max_steps : int, default=4096
            Most steps along the path.

        Returns
        -------
        DataFrame
            One row an attribute, by falling size of its contribution, then the rows "(support images)", "(seen-class
            bias)" and "(constant)" where there are such parts. Columns: the values of both classes, and "contribution",
            in units of the score, which sums to the difference of the two calibrated scores.

        Raises
        ------
        InvalidInputError
            If the estimator or one of the classes has no semantics, or `x` or `among` is not as said.
        """
        return explain(self, x, among, max_steps)

    def _pack(self) -> tuple[Header, Tensors]:
        return pack(self)

    def _restore(self, header: dict[str, Any], tensors: dict[str, NDArray[Any]], encoder: nn.Module | None) -> Self:
        unpack(self, header, tensors, encoder)
        return self

    def _fit(
        self, X: FloatArray, codes: NDArray[np.intp], labels: LabelArray, table: Semantics | None
    ) -> ClassRegistry:
        rows, blocks = (None, ()) if table is None else (table.rows(labels), table.blocks)
        network, scaler, semantic_scaler, choice = train_on_vectors(self, X, codes, rows, blocks)
        given = self.seen_bias != "auto"
        bias_shots, bias = ((0,), (float(self.seen_bias),)) if given else (choice.bias_shots, choice.bias)
        self._install(network, scaler, semantic_scaler, bias_shots, bias, choice.confidence, choice.temperature)
        self.n_episodes_, self.selection_ = choice.n_episodes, selection_of(choice)
        return self._first_classes(X, codes, labels, table)

    def _install(
        self,
        network: RelationNetwork,
        scaler: Scaler,
        semantic_scaler: Scaler,
        bias_shots: Sequence[int],
        bias: Sequence[float],
        confidence: Sequence[float],
        temperature: float,
    ) -> None:
        """Store the trained parts; scores are computed in double precision, whatever it was trained in."""
        self._network = network.double().requires_grad_(False).eval()
        self._represented = RepresentedClasses()
        self._scaler, self._semantic_scaler = scaler, semantic_scaler
        self._bias_shots, self._bias_values = tuple(bias_shots), tuple(bias)
        self._confidence = tuple(confidence)
        self.prior_strength_ = float(network.prior_strength)
        self.seen_bias_, self.temperature_ = float(self._bias_values[0]), float(temperature)

    def embed(self, X: ArrayLike) -> FloatArray:
        """Embed images as the network sees them.

        Parameters
        ----------
        X : array of images
            In the form of those fitted on.

        Returns
        -------
        array of shape (n_samples, d)
            Embedded images.
        """
        check_is_fitted(self)
        return self._embed(self._check_images(X))

    def _embed(self, X: FloatArray) -> FloatArray:
        return embed(self._network, self._scaler(X))

    def _represent(self, classes: ClassRegistry) -> torch.Tensor:
        rows = np.where(classes.described[:, None], self._semantic_scaler.unit(classes.semantics), 0.0)
        return represent(self._network, classes.described_by(rows))

    def _compare(self, embedded: FloatArray, represented: torch.Tensor) -> FloatArray:
        return score(self._network, embedded, represented)

    def _measure(self) -> Measure:
        return "cosine"  # the relation term starts at nothing and is held near it

    def _bias(self, classes: ClassRegistry) -> FloatArray:
        values: FloatArray = np.interp(np.log1p(classes.counts), np.log1p(self._bias_shots), self._bias_values)
        return np.where(classes.seen, 0.0, values)
