"""The flagship: a relation network as one estimator for zero-, one- and few-shot classification."""

import copy
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Self
from weakref import WeakKeyDictionary

import numpy as np
import torch
from numpy.random import RandomState
from numpy.typing import ArrayLike, NDArray
from pandas import DataFrame
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted
from torch import Tensor, nn

from zsl._typing import FloatArray, LabelArray
from zsl.classes.registry import ClassRegistry
from zsl.classes.represented import RepresentedClasses
from zsl.estimators._atomic import all_or_nothing
from zsl.estimators._packing import Header, Tensors
from zsl.estimators._separate_classes import SeparateClassesClassifier
from zsl.estimators.relation._choose import Choice
from zsl.estimators.relation._explain import explain
from zsl.estimators.relation._files import pack, unpack
from zsl.estimators.relation._fit import fit_model
from zsl.estimators.relation._model import Model
from zsl.estimators.relation._refined import log_prior_of, refined_rows
from zsl.estimators.relation._settings import Settings, check_prior
from zsl.exceptions import InvalidInputError
from zsl.functional.linear.moments import unit_rows
from zsl.functional.scores.distances import Measure
from zsl.selection.scaling import FeatureScaling, Scaling
from zsl.semantics import Semantics


class RelationClassifier(SeparateClassesClassifier):
    r"""Classify samples of classes that had none in training, from what is said of them, from a few samples, or both.

    A class is known by a semantic vector (attributes, a text embedding), by support samples, or both. Kernel ridge
    regression on the seen classes maps semantics among the samples; any class that is described can then be predicted.
    The score of sample x and class c is

    .. math::

        g(x, c) = \langle \hat x, \hat r_c \rangle + h\, w \cdot \mathrm{ReLU}(A \hat x + B \hat r_c + b), \qquad
        r_c = \frac{\kappa\, m(s_c) + \sum_i \hat x_i}{\kappa + K}

    .. math:: m(s) = m_0 + b\, J s + k(s)^T (K + \lambda W)^{-1} (M - m_0 - b\, J S)

    with samples :math:`\hat x` of length 1, the seen class means :math:`M`, a kernel k between descriptions, the class
    text itself :math:`J s` where features and class texts share a space (sentence encoders, models like CLIP), and K
    support samples. Seen classes with semantics are represented by these alone; without semantics, by their training
    samples. `zsl.methods.relation.kernel_relation.KernelRelation` tells the formula in full, and how it departs from F.
    Sung et al., "Learning to Compare: Relation Network for Few-Shot Learning", 2018, arXiv:1711.06025, whose relation
    term is the second part of the score.

    Whatever is "auto" is chosen by holding out whole seen classes: square roots of features, kernel, penalty, metric,
    weights of the blocks of semantics and of class texts by AUSUC; :math:`\kappa` by the accuracy with 1, 5 and 20
    support samples; the seen-class bias :math:`\gamma` of calibrated stacking (W.-L. Chao et al., 2016,
    arXiv:1605.04253) by H, for 0, 1, 5 and 20 support samples and interpolated in :math:`\log(1 + K)` between; and the
    gate h of the relation term, which is trained on classes that were left out of the map, stays closed unless held-out
    classes gain beyond noise.

    Parameters
    ----------
    semantics : DataFrame, mapping, Semantics or None, default=None
        The class table, seen and unseen classes: a frame of class × attribute, a mapping of class to vector or to
        sentence(s), or a `Semantics`. None represents classes by their samples only.
    text_encoder : str, path, object or None, default=None
        Encodes the sentences of `semantics`; see `zsl.semantics.Semantics.from_texts`.
    encoder : nn.Module or None, default=None
        Visual encoder from (n, n_features) to (n, d). A copy is trained on episodes of the seen classes, with a
        perceptron from semantics as its counterpart; what it gives then takes the place of X. Its inputs are scaled
        samples with a mean square of 1 per entry. None takes X as it is.
    joint : bool or "auto", default="auto"
        Whether X and class texts share a space, which needs a block of `semantics` as wide as X. "auto" looks whether
        texts of seen classes find their own class means more often than chance would (probability 0.001).
    kernel : {"auto", "rbf", "linear"}, default="auto"
        The kernel between classes: "rbf" is the mean of five Gaussian kernels from narrow to wide. With more than 1000
        seen classes it is approximated from 1000 of them (Nyström).
    alpha : float, sequence of float or "auto", default="auto"
        Penalty :math:`\lambda` of the map, above 0; several values are chosen from.
    metric : {"auto", "cosine", "euclidean"}, default="auto"
        What the score starts from: the cosine, or :math:`\langle \hat x, r \rangle - \frac12 \|r\|^2`.
    similarity : {"auto", "metric", "both"}, default="auto"
        The metric alone, the metric and the relation term, or what held-out classes say.
    relation_hidden : int, default=32
        Hidden units of the relation term.
    n_episodes : int, default=60
        Training steps of the relation term, and of `encoder`.
    learning_rate : float, default=0.001
        First step size of AdamW for these; it falls along half a cosine.
    block_weights : {"auto", "equal"} or sequence of float, default="auto"
        How much each block of `semantics` counts in the kernel (see `Semantics.beside`): chosen, all the same, or a
        number of 0 or more per block, in any scale.
    feature_root : bool or "auto", default="auto"
        Whether the square root of features is taken first, negative ones counting as 0. "auto" chooses if no feature is
        negative, and takes none otherwise.
    feature_scaling : {"whiten", "standard", "center", "none"}, default="whiten"
        How samples of length 1 are scaled: "center" subtracts their mean, "standard" divides by the standard
        deviations, too, "whiten" instead by the root of the covariance within classes, shrunk half-way to a multiple of
        the identity. They are brought to length 1 again afterwards.
    semantic_scaling : {"center", "standard", "none"}, default="center"
        The same for semantic vectors over the seen classes. Each block of them is brought to length 1 afterwards.
    prior_strength : float or "auto", default="auto"
        :math:`\kappa`, in units of samples; above 0.
    seen_bias : float or "auto", default="auto"
        :math:`\gamma`, in units of the score.
    class_prior : {"uniform", "estimated"} or mapping, default="uniform"
        How unlabelled samples are spread over the classes: evenly, as is estimated from them, or a share above 0 for
        each class that is predicted among. It counts only where unlabelled samples are given.
    distractor : bool, default=False
        Whether unlabelled samples may be of none of the classes: one more class then takes those that score lower than
        nearly all samples of known classes do.
    cv : int, splitter or None, default=5
        Folds of held-out seen classes: their number, or a splitter such as `ClassKFold`. With None or fewer than four
        seen classes nothing is chosen: the kernel is "rbf", the metric the cosine, :math:`\lambda = 0.1`,
        :math:`\kappa = 4` and :math:`\gamma = 0` where they are "auto".
    device : str, default="auto"
        Where to train the relation term and the encoder, and to predict: "cpu", "cuda" and so on; "auto" takes a GPU if
        there is one. Choosing runs on the CPU.
    verbose : bool, default=True
        Whether a terminal or notebook shows progress when training takes over two seconds.
    random_state : int, RandomState or None, default=None
        An integer gives the same model twice on a CPU.

    Attributes
    ----------
    classes_ : array of shape (C,)
        All known classes, sorted.
    seen_classes_, unseen_classes_ : array
        Those with training samples, and the others.
    n_features_in_ : int
        Width of X.
    feature_names_in_ : array of shape (n_features_in_,)
        Names of the columns, if X was a DataFrame with string names.
    method_ : KernelRelation
        The map and the score.
    prior_strength_ : float
        :math:`\kappa`.
    seen_bias_ : float
        :math:`\gamma` for classes without support samples; for one support sample if fitted without semantics.
    temperature_ : float
        What `predict_proba` divides calibrated scores by, in units of the score, chosen by likelihood on held-out
        classes; 1 if none were held out.
    selection_ : dict
        What held-out classes said: "params", the chosen values; "ausuc" and "harmonic_mean" there; "alternatives", the
        best AUSUC with each value of each choice; "seen_bias" by number of support samples; "unlabeled", how described
        classes are refined by unlabelled samples, with T1 with and without; "n_folds"; and "grid", one record per
        point.

    Examples
    --------
    >>> from zsl import RelationClassifier, load_digits_zsl
    >>> split = load_digits_zsl()
    >>> clf = RelationClassifier(semantics=split.semantics, random_state=0)
    >>> clf = clf.fit(split.X_train, split.y_train)
    >>> clf.unseen_classes_
    array([7, 8, 9])
    >>> clf.selection_["params"]["metric"]
    'euclidean'
    """

    _model: Model
    _choice: Choice
    _unlabeled: FloatArray

    def __init__(
        self,
        *,
        semantics: Any = None,
        text_encoder: Any = None,
        encoder: nn.Module | None = None,
        joint: bool | Literal["auto"] = "auto",
        kernel: Literal["auto", "rbf", "linear"] = "auto",
        alpha: float | Sequence[float] | Literal["auto"] = "auto",
        metric: Literal["auto", "cosine", "euclidean"] = "auto",
        similarity: Literal["auto", "metric", "both"] = "auto",
        relation_hidden: int = 32,
        n_episodes: int = 60,
        learning_rate: float = 1e-3,
        block_weights: Sequence[float] | Literal["auto", "equal"] = "auto",
        feature_root: bool | Literal["auto"] = "auto",
        feature_scaling: FeatureScaling = "whiten",
        semantic_scaling: Scaling = "center",
        prior_strength: float | Literal["auto"] = "auto",
        seen_bias: float | Literal["auto"] = "auto",
        class_prior: Literal["uniform", "estimated"] | Mapping[Any, float] = "uniform",
        distractor: bool = False,
        cv: Any = 5,
        device: str = "auto",
        verbose: bool = True,
        random_state: int | RandomState | None = None,
    ) -> None:
        self.semantics = semantics
        self.text_encoder = text_encoder
        self.encoder = encoder
        self.joint = joint
        self.kernel = kernel
        self.alpha = alpha
        self.metric = metric
        self.similarity = similarity
        self.relation_hidden = relation_hidden
        self.n_episodes = n_episodes
        self.learning_rate = learning_rate
        self.block_weights = block_weights
        self.feature_root = feature_root
        self.feature_scaling = feature_scaling
        self.semantic_scaling = semantic_scaling
        self.prior_strength = prior_strength
        self.seen_bias = seen_bias
        self.class_prior = class_prior
        self.distractor = distractor
        self.cv = cv
        self.device = device
        self.verbose = verbose
        self.random_state = random_state

    def add_classes(
        self,
        X: ArrayLike | None = None,
        y: ArrayLike | None = None,
        *,
        semantics: Any = None,
        X_unlabeled: ArrayLike | None = None,
    ) -> Self:
        r"""Make classes known, or known better, without fitting again.

        Parameters
        ----------
        X : array of shape (n_samples, n_features) or None, default=None
            Support samples of classes, known or new. Those of a class that has support samples already add to them.
        y : array of shape (n_samples,) or None, default=None
            Their labels.
        semantics : DataFrame, mapping, Semantics or None, default=None
            Rows of classes that have none yet, in any form that the parameter `semantics` takes.
        X_unlabeled : array of shape (m, n_features) or None, default=None
            Samples of the classes to be predicted, or of none of them, without labels. They are kept, and all
            predictions from then on use them: soft k-means moves the representation of each unseen class that is
            predicted among to :math:`(\kappa' r_c + \sum p(c | x) \hat x) / (\kappa' + \sum p(c | x))`, and scores are
            cosines to that. :math:`\kappa'`, the scale of p and the bias are chosen on held-out seen classes.

        Returns
        -------
        self
            The estimator, changed in place. A call that raises changes nothing.

        Raises
        ------
        InvalidInputError
            If nothing is given, only one of `X` and `y` is, or an array doesn't fit.
        SemanticsError
            If the rows cannot be used, don't have the attributes that were fitted on, or describe a class again.
        """
        check_is_fitted(self)
        with all_or_nothing(self):
            if X_unlabeled is not None:
                self._keep(self._embed(self._check_images(X_unlabeled, "X_unlabeled")))
            if X_unlabeled is None or not (X is None and y is None and semantics is None):
                super().add_classes(X, y, semantics=semantics)
        return self

    def predict(
        self,
        X: ArrayLike,
        classes: ArrayLike | None = None,
        *,
        transductive: bool = False,
        rescale: Literal["csls", "mutual_proximity"] | None = None,
        reject: float | None = None,
        reject_label: Any = None,
    ) -> LabelArray:
        """Predict the class of each sample.

        Parameters
        ----------
        X : array of shape (n_samples, n_features)
            Samples.
        classes : array of shape (C,) or None, default=None
            The classes to choose among: the unseen ones for conventional zero-shot prediction. None for all,
            `classes_`, which is generalized zero-shot prediction.
        transductive : bool, default=False
            Whether all of `X` serve as unlabelled samples too, in this call only: see `add_classes`. Each prediction
            then depends on the other samples.
        rescale : {"csls", "mutual_proximity"} or None, default=None
            Rescale the calibrated scores against hubs, with all of `X` as the reference:
            `zsl.functional.scores.rescaling`. This makes the prediction transductive, too.
        reject : float in [0, 1) or None, default=None
            Answer `reject_label` where the best calibrated score is lower than that of this share of the samples of
            known classes, measured on held-out seen classes. Not for unlabelled samples.
        reject_label : label or None, default=None
            What stands for "none of these". None stands for -1 among numbers, and "none" among strings.

        Returns
        -------
        array of shape (n_samples,)
            Labels.

        Raises
        ------
        InvalidInputError
            If an option isn't as said, a class isn't known, or `reject` is given and no classes were held out in `fit`
            or there are unlabelled samples.
        """
        check_is_fitted(self)
        options = {"rescale": rescale, "reject": reject, "reject_label": reject_label}
        if not transductive:
            return super().predict(X, classes, **options)
        one_call = copy.copy(self)  # shares all arrays; calls at the same time don't disturb each other
        one_call._keep(self._embed(self._check_images(X)))
        return super(RelationClassifier, one_call).predict(X, classes, **options)

    def forget_classes(self) -> Self:
        super().forget_classes()
        self._keep(None)
        return self

    def explain(self, x: ArrayLike, *, among: Sequence[Any] | None = None, max_steps: int = 4096) -> DataFrame:
        r"""Say which attributes speak for one class and against another, for one sample.

        The difference of the calibrated scores of two classes is split over the attributes they differ in. Where the
        kernel is linear, the metric the cosine, and there is no relation term, class text or support, the score is a
        sum over attributes up to the length of :math:`r`, and this sum is what is shown. Otherwise it is the integrated
        gradient along the straight path from the one description to the other, whose sum is the difference (M.
        Sundararajan, A. Taly and Q. Yan, "Axiomatic Attribution for Deep Networks", 2017, arXiv:1703.01365). The number
        of steps is doubled until the sum is within 0.1 % of the difference, or 0.00001 if that is more.

        Parameters
        ----------
        x : array of shape (n_features,) or (1, n_features)
            One sample.
        among : sequence of two labels or None, default=None
            The class to speak for and the class to speak against. None for the predicted one and the runner-up.
        max_steps : int, default=4096
            Most steps along the path.

        Returns
        -------
        DataFrame
            One row per attribute, by falling size of its contribution, then the rows "(support samples)", "(class
            text)", "(seen-class bias)" and "(constant)" where there are such parts. Columns: the values of both
            classes, and "contribution", in units of the score, which sums to the difference of the two calibrated
            scores.

        Raises
        ------
        InvalidInputError
            If the estimator or one of the classes has no semantics, `x` or `among` is not as said, or unlabelled
            samples were given: `forget_classes` forgets them.
        """
        return explain(self, x, among, max_steps)

    def embed(self, X: ArrayLike) -> FloatArray:
        """Embed samples as rows of length 1, which classes are compared with.

        Parameters
        ----------
        X : array of shape (n_samples, n_features)
            Samples.

        Returns
        -------
        array of shape (n_samples, d)
            Embedded samples.
        """
        check_is_fitted(self)
        return self._embed(self._check_images(X))

    def _pack(self) -> tuple[Header, Tensors]:
        return pack(self)

    def _restore(self, header: dict[str, Any], tensors: dict[str, NDArray[Any]], encoder: nn.Module | None) -> Self:
        unpack(self, header, tensors, encoder)
        return self

    def _fit(
        self, X: FloatArray, codes: NDArray[np.intp], labels: LabelArray, table: Semantics | None
    ) -> ClassRegistry:
        settings = Settings.of(self)
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        rows, blocks = (None, ()) if table is None else (table.rows(labels), table.blocks)
        self._install(*fit_model(X, codes, rows, blocks, settings, self.cv, seed))
        return self._first_classes(X, codes, labels, table)

    def _install(self, model: Model, choice: Choice) -> None:
        """Store what was fitted; no parameter that is set later changes it."""
        self._model, self._choice, self.method_ = model, choice, model.method
        self._represented = RepresentedClasses()
        self._keep(None)
        self._confidence = choice.confidence
        self.prior_strength_, self.temperature_ = float(model.method.prior_strength), float(choice.temperature)
        self.seen_bias_ = float(choice.bias[0][1])
        self.selection_ = choice.record()

    def _keep(self, embedded: FloatArray | None) -> None:
        """Keep embedded unlabelled samples beside those kept so far; None forgets all."""
        if embedded is None:
            self._unlabeled = np.zeros((0, self.method_.sizes.n_features))
        else:
            self._unlabeled = np.concatenate([self._unlabeled, embedded])
        self._refined: WeakKeyDictionary[ClassRegistry, tuple[Any, FloatArray]] = WeakKeyDictionary()

    def __getstate__(self) -> dict[str, Any]:
        state: dict[str, Any] = super().__getstate__()
        if "_refined" in state:
            state = state | {"_refined": None}
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if "_refined" in state:
            self._refined = WeakKeyDictionary()

    def _refines(self, classes: ClassRegistry) -> bool:
        return bool(len(self._unlabeled)) and not bool(classes.seen.all())

    def _embed(self, X: FloatArray) -> FloatArray:
        return self._model.embed(X)

    def _represent(self, classes: ClassRegistry) -> Tensor:
        return self._model.represent(classes)

    def _compare(self, embedded: FloatArray, represented: Tensor) -> FloatArray:
        return self._model.compare(embedded, represented)

    def _score(self, embedded: FloatArray, classes: ClassRegistry) -> FloatArray:
        if not self._refines(classes):
            return super()._score(embedded, classes)
        check_prior(self.class_prior)
        prior = self.class_prior if isinstance(self.class_prior, str) else dict(self.class_prior)
        options = prior, bool(self.distractor)
        kept, rows = self._refined.get(classes, (None, None))
        if rows is None or kept != options:
            blocks = [part for _, part in self._represented.blocks(classes, self._represent)]
            rows = refined_rows(
                self._choice.refinement,
                self._unlabeled,
                torch.cat(blocks).cpu().numpy(),
                classes,
                log_prior=log_prior_of(prior, classes.labels),
                estimate_prior=prior == "estimated",
                distractor=options[1],
            )
            self._refined[classes] = options, rows
        found: FloatArray = embedded @ unit_rows(rows).T
        return found * (self.temperature_ / self._choice.refinement.temperature)

    def _bias(self, classes: ClassRegistry) -> FloatArray:
        if self._refines(classes):
            refinement = self._choice.refinement
            lift = refinement.bias * self.temperature_ / refinement.temperature
            return np.where(classes.seen, 0.0, lift)
        shots, values = zip(*self._choice.bias, strict=True)
        lifts: FloatArray = np.interp(np.log1p(classes.counts), np.log1p(shots), values)
        return np.where(classes.seen, 0.0, lifts)

    def _measure(self) -> Measure:
        return self.method_.sizes.metric

    @property
    def scores_alone(self) -> bool:
        """Whether the score of a class is the same whatever others it is scored beside: not with unlabelled samples."""
        return not len(self._unlabeled)

    def _adds_bias(self) -> bool:
        return not len(self._unlabeled)

    def _threshold(self, reject: float, classes: ArrayLike | None) -> float:
        found = super()._threshold(reject, classes)
        if self._refines(self._asked(classes)):
            raise InvalidInputError(
                f"reject={reject} beside unlabelled samples, with which no threshold was measured; wanted one of both."
            )
        return found
