"""The flagship: one model of zero-, one- and few-shot classes."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.validation import check_is_fitted
from torch import Tensor, nn

from zsl._device import as_device
from zsl._typing import FloatArray, LabelArray, SampleRows
from zsl.classes.registry import ClassRegistry
from zsl.classes.represented import RepresentedClasses
from zsl.estimators._calls import reads
from zsl.estimators._explanations import Parts
from zsl.estimators._groups import Run, Scaled, Selected
from zsl.estimators._parameters import Auto, Grid, Positive, Whole, parameters
from zsl.estimators._state import Weights, check_together, filled
from zsl.estimators.relation._choose import Choice
from zsl.estimators.relation._explain import explained
from zsl.estimators.relation._model import DescriptionMap, Model, fit_model
from zsl.estimators.relation._refining import RefiningClassifier
from zsl.estimators.relation._settings import Settings, check_block_weights, check_encoder, check_prior
from zsl.estimators.relation._space import FeatureSpace
from zsl.exceptions import InvalidInputError
from zsl.functional.scores.distances import Measure, unit
from zsl.methods.relation.kernel_relation import KernelRelation, KernelRelationSizes
from zsl.selection.scaling import FeatureScaling
from zsl.semantics import Semantics
from zsl.training.journal import seed_of


@parameters
class RelationClassifier(Scaled, Run, Selected, RefiningClassifier):
    r"""Zero-, one- and few-shot classification by descriptions of classes, a few samples, or both.

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
    samples. See `zsl.methods.relation.kernel_relation.KernelRelation` for the formula in full, and for departures from
    F. Sung et al., "Learning to Compare: Relation Network for Few-Shot Learning", 2018, arXiv:1711.06025, whose
    relation term is the second part of the score.

    Everything "auto" is chosen by holding out whole seen classes: square roots of features, kernel, penalty, metric,
    weights of the blocks of semantics and of class texts by AUSUC; :math:`\kappa` by the accuracy with 1, 5 and 20
    support samples; the seen-class bias :math:`\gamma` of calibrated stacking (W.-L. Chao et al., 2016,
    arXiv:1605.04253) by H, for 0, 1, 5 and 20 support samples and interpolated in :math:`\log(1 + K)` between; and the
    gate h of the relation term, which is trained on classes that were left out of the map, stays closed unless held-out
    classes gain beyond noise.

    Parameters
    ----------
    semantics : DataFrame, mapping, Semantics or None
        The class table, seen and unseen classes: a frame of class × attribute, a mapping of class to vector or to
        sentence(s), or a `Semantics`. None represents classes by their samples only.
    encoder : nn.Module or None
        Visual encoder from (n, n_features) to (n, d). A copy is trained on episodes of the seen classes, with a
        perceptron from semantics as its counterpart; what it gives then takes the place of X. Its inputs are scaled
        samples with a mean square of 1 per entry. None takes X as it is.
    joint : bool or "auto"
        Whether X and class texts share a space, which needs a block of `semantics` as wide as X. "auto" tests whether
        the texts of seen classes find their own class means more often than by chance (probability 0.001).
    kernel : {"auto", "rbf", "linear"}
        The kernel between classes: "rbf" is the mean of five Gaussian kernels from narrow to wide. With more than 1000
        seen classes it is approximated from 1000 of them (Nyström).
    alpha : float, sequence of float or "auto"
        Penalty :math:`\lambda` of the map, above 0; several values are chosen from.
    metric : {"auto", "cosine", "euclidean"}
        What the score starts from: the cosine, or :math:`\langle \hat x, r \rangle - \frac12 \|r\|^2`.
    similarity : {"auto", "metric", "both"}
        The metric alone, the metric and the relation term, or whichever does better on held-out classes.
    relation_hidden : int
        Hidden units of the relation term.
    n_episodes : int
        Training steps of the relation term, and of `encoder`.
    learning_rate : float
        Initial learning rate of AdamW for these, decayed by a half cosine.
    block_weights : {"auto", "equal"} or sequence of float
        How much each block of `semantics` counts in the kernel (see `Semantics.beside`): chosen, equal, or one number
        of 0 or more per block, up to a common factor.
    feature_root : bool or "auto"
        Whether the square root of features is taken first, counted from the least value that each has in training;
        lower ones count as 0. "auto" chooses if features lie nearer to that than to their largest value, as after a
        ReLU, and takes none otherwise.
    feature_scaling : {"whiten", "standard", "center", "none"}
        How samples are scaled. First they are brought to length 1 as seen from their mean, so that neither a constant
        added to a feature nor another unit of all features counts. Then "center" subtracts the mean once more,
        "standard" divides by the standard deviations, too, "whiten" instead by the root of the covariance within
        classes, shrunk half-way to a multiple of the identity. They are brought to length 1 again afterwards. "none"
        leaves it at the length as seen from zero.
    semantic_scaling : {"center", "standard", "none"}
        The same for semantic vectors over the seen classes. Each block of them is brought to length 1 afterwards.
    prior_strength : float or "auto"
        :math:`\kappa`, in units of samples; above 0.
    seen_bias : float or "auto"
        :math:`\gamma`, in units of the score.
    class_prior : {"uniform", "estimated"} or mapping
        How unlabelled samples are spread over the classes: uniformly, as estimated from the samples themselves, or by a
        share above 0 for each class that is predicted among. It counts only where unlabelled samples are given.
    distractor : bool
        Whether unlabelled samples may be of none of the classes: one more class then takes those that score lower than
        nearly all samples of known classes do.
    cv : int, splitter or None
        Folds of held-out seen classes: their number, or a splitter such as `ClassKFold`. With None or fewer than four
        seen classes nothing is chosen: the kernel is "rbf", the metric the cosine, :math:`\lambda = 0.1`,
        :math:`\kappa = 4` and :math:`\gamma = 0` where they are "auto".
    device : str
        Where to train the relation term and the encoder, and to predict: "cpu", "cuda" and so on; "auto" takes a GPU if
        there is one. Choosing runs on the CPU.

    Attributes
    ----------
    method_ : KernelRelation
        The map and the score.
    prior_strength_ : float
        :math:`\kappa`.
    seen_bias_ : float
        :math:`\gamma` for classes without support samples; for one support sample if fitted without semantics.
    selection_ : dict
        The choice on held-out classes: "params", the chosen values; "ausuc" and "harmonic_mean" there; "alternatives",
        the best AUSUC with each value of each choice; "seen_bias" by number of support samples; "unlabeled", how
        described classes are refined by unlabelled samples, with T1 with and without; "n_folds"; and "grid", one record
        per point.

    See Also
    --------
    RelationNetworkClassifier : Few-shot classification of images with a trained backbone.
    RidgePrototypeClassifier : The linear map alone.

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

    encoder: Annotated[nn.Module | None, check_encoder] = None
    joint: bool | Auto = "auto"
    kernel: Literal["auto", "rbf", "linear"] = "auto"
    alpha: Grid = "auto"
    metric: Literal["auto", "cosine", "euclidean"] = "auto"
    similarity: Literal["auto", "metric", "both"] = "auto"
    relation_hidden: Whole = 32
    n_episodes: Whole = 60
    learning_rate: Positive = 1e-3
    block_weights: Annotated[Sequence[float] | Literal["auto", "equal"], check_block_weights] = "auto"
    feature_root: bool | Auto = "auto"
    feature_scaling: FeatureScaling = "whiten"
    prior_strength: Auto | Positive = "auto"  # type: ignore[assignment]
    class_prior: Annotated[Literal["uniform", "estimated"] | Mapping[Any, float], check_prior] = "uniform"
    distractor: bool = False
    _state: ClassVar[Mapping[str, Any]] = {
        "_space": FeatureSpace,
        "_descriptions": DescriptionMap | None,
        "_sizes": KernelRelationSizes,
        "method_": Weights,
        "_choice": Choice,
        "_unlabeled": FloatArray,
    }
    _own_module = "encoder"
    _takes_steps = True
    _fits_by_blocks = True

    @reads
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
        return self._embed(self._check_samples(X))

    def _fit(
        self, X: SampleRows, codes: NDArray[np.intp], labels: LabelArray, table: Semantics | None
    ) -> ClassRegistry:
        seed = seed_of(self.random_state)
        rows, blocks = (None, ()) if table is None else (table.rows(labels), table.blocks)
        self._install(*fit_model(X, codes, labels, rows, blocks, Settings.of(self), self.cv, seed))
        return self._first_classes(X, codes, labels, table)

    def _install(self, model: Model, choice: Choice) -> None:
        """Store what was fitted; no parameter that is set later changes it."""
        self._model, self._choice, self.method_ = model, choice, model.method
        self._space, self._descriptions, self._sizes = model.space, model.descriptions, model.method.sizes
        self._represented = RepresentedClasses()
        self._keep(None)
        self._confidence = choice.confidence
        self.prior_strength_, self.temperature_ = float(model.method.prior_strength), float(choice.temperature)
        self.seen_bias_ = float(choice.bias[0][1])
        self.selection_ = choice.record()

    def _set_state(self, state: dict[str, Any]) -> None:
        space, table, descriptions = state["_space"], state["_table"], state["_descriptions"]
        sizes, unlabeled = state["_sizes"], state["_unlabeled"]
        found = space.scaler.mean.shape
        check_together(found == (state["n_features_in_"],), f"samples are scaled at the width {found}")
        check_together((descriptions is None) == (table is None), "descriptions without a table, or the reverse")
        check_together(table is None or descriptions.takes(table.vectors.shape[1]), "its table has another width")
        check_together(unlabeled.shape[1:] == (sizes.n_features,), f"unlabelled samples of the shape {unlabeled.shape}")
        check_together((space.encoder is None) == (space.inner is None) == (self.encoder is None), "half an encoder")
        if self.encoder is not None:
            own = copy.deepcopy(self.encoder)
            own.load_state_dict(space.encoder)
            space = replace(space, encoder=own.requires_grad_(False).eval())
        method = filled(lambda: KernelRelation(sizes), state.pop("method_"))
        check_together(method.prior_strength > 0, f"a prior strength of {float(method.prior_strength)}")
        method.to(as_device(self.device))
        self._install(Model(space, state["_descriptions"], method), state["_choice"])
        super()._set_state(state | {"_space": space})
        self._keep(np.zeros((0, sizes.n_features)))

    def _check_state(self) -> None:
        # A prior may be meant for classes that are added later, so it is not held against those that are there.
        unlabeled, self._unlabeled = self._unlabeled, self._unlabeled[:0]
        super()._check_state()
        self._unlabeled = unlabeled

    def _check_parameters(self) -> None:
        super()._check_parameters()
        if self.joint is not False and self.joint != "auto" and self.encoder is not None:
            raise InvalidInputError("joint=True with an encoder; its output shares no space with class texts.")

    def _embed(self, X: FloatArray) -> FloatArray:
        return self._model.embed(X)

    def _represent(self, classes: ClassRegistry) -> Tensor:
        return self._model.represent(classes)

    def _compare(self, embedded: FloatArray, represented: Tensor) -> FloatArray:
        return self._model.compare(embedded, represented)

    def _prepare(self, classes: ClassRegistry) -> Tensor:
        represented = self._represent(classes)
        return unit(represented) if self._cosines_only() else represented

    def _match(self, embedded: FloatArray, prepared: Tensor) -> FloatArray:
        if not self._cosines_only() or prepared.device.type != "cpu":
            return self._compare(embedded, prepared)
        return np.asarray(torch.as_tensor(embedded).to(prepared.dtype) @ prepared.T, dtype=np.float64)

    def _matches_single(self) -> bool:
        return self._cosines_only()

    def _cosines_only(self) -> bool:
        """Whether scores are cosines, without a relation term."""
        return self.method_.sizes.metric == "cosine" and not self.method_.sizes.n_hidden

    def _parts(self, embedded: FloatArray, pair: ClassRegistry, max_steps: int) -> Parts:
        if len(self._unlabeled):
            raise InvalidInputError(
                "Scores depend on unlabelled samples; wanted an estimator without any (forget_classes forgets them)."
            )
        return explained(self._model, embedded, pair, max_steps)

    def _measure(self) -> Measure:
        return self.method_.sizes.metric
