"""Networks that learn to compare: Siamese, matching, prototypical and relation networks."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
import torch
from numpy.typing import NDArray

from zsl._typing import FloatArray, LabelArray
from zsl.classes.pooled import KnownSupport, PooledSupport
from zsl.estimators._parameters import Whole, parameters, whole
from zsl.estimators.few_shot._episodic import EpisodicClassifier, Splits
from zsl.estimators.few_shot._images import Backbone
from zsl.exceptions import InvalidInputError
from zsl.methods.few_shot import FewShotMethod
from zsl.methods.metric.matching import MatchingNetwork
from zsl.methods.metric.prototypical import PrototypicalNetwork
from zsl.methods.metric.semi_prototypical import SemiPrototypical
from zsl.methods.metric.siamese import SiameseNetwork
from zsl.methods.relation.convolutional_relation import ConvolutionalRelationNetwork
from zsl.training.few_shot import EpisodeTraining

_BLOCK = 4096


def _module(backbone: Backbone | None) -> Any:
    return None if backbone is None else backbone.module


@parameters
class SiameseClassifier(Splits, EpisodicClassifier):
    r"""Class of the support sample that most likely shares the class of the query (Siamese network).

    The method of G. Koch, R. Zemel and R. Salakhutdinov, "Siamese Neural Networks for One-shot Image Recognition",
    2015, ICML Deep Learning Workshop; see `zsl.methods.metric.siamese.SiameseNetwork` for the formula and departures
    from the paper.

    Parameters
    ----------
    loss : {"cross_entropy", "contrastive"}
        Of pairs: by a weighted L1 distance and a sigmoid, or by the Euclidean distance.

    See Also
    --------
    MatchingClassifier : Attention over the support, trained as it is used.
    """

    loss: Literal["cross_entropy", "contrastive"] = "cross_entropy"

    def _make(self, backbone: Backbone | None, n_features: int, generator: torch.Generator) -> SiameseNetwork:
        return SiameseNetwork(_module(backbone), n_features=n_features, loss=self.loss)


@parameters
class MatchingClassifier(Splits, EpisodicClassifier):
    r"""Class with the most attention over the support (matching network).

    The method of O. Vinyals, C. Blundell, T. Lillicrap, K. Kavukcuoglu and D. Wierstra, "Matching Networks for One Shot
    Learning", 2016, arXiv:1606.04080; see `zsl.methods.metric.matching.MatchingNetwork` for the formula and departures
    from the paper. A class with more support samples can gather more attention.

    Parameters
    ----------
    full_context : bool
        Whether support samples are embedded in view of each other, and queries in view of the support.

    See Also
    --------
    PrototypicalClassifier : The mean of the support in place of attention.
    """

    full_context: bool = False

    def _make(self, backbone: Backbone | None, n_features: int, generator: torch.Generator) -> MatchingNetwork:
        return MatchingNetwork(
            _module(backbone), n_features=n_features, full_context=bool(self.full_context), generator=generator
        )


@parameters
class PrototypicalClassifier(Splits, EpisodicClassifier):
    r"""Class whose mean support embedding is nearest (prototypical network).

    The method of J. Snell, K. Swersky and R. S. Zemel, "Prototypical Networks for Few-shot Learning", 2017,
    arXiv:1703.05175, and the refinements of M. Ren et al., "Meta-Learning for Semi-Supervised Few-Shot Classification",
    2018, arXiv:1803.00676; see `zsl.methods.metric.prototypical.PrototypicalNetwork` and
    `zsl.methods.metric.semi_prototypical.SemiPrototypical` for the formulas and departures from the papers.

    Parameters
    ----------
    refinement : {"soft_kmeans", "distractor", "masked"} or None
        How samples without labels move the prototypes: by their soft assignment to them; by the same beside a cluster
        at the origin that collects samples of no class; or by the share of them that lies near enough. They come as
        ``add_classes(X_unlabeled=...)``, or with the label -1 among integer labels. Without a refinement, -1 is a label
        like others.
    distance : {"euclidean", "cosine"}
        Squared Euclidean distance or cosine; the refinements take the first.
    n_unlabeled : int
        With a refinement: unlabelled samples per class in a training episode, beside shots and queries; at most as many
        as there are.
    n_distractors : int
        With a refinement: classes of a training episode with only unlabelled samples; at most as many as there are.

    See Also
    --------
    SimpleShotClassifier : The same score on features as they are, with nothing trained.
    RelationNetworkClassifier : A learned score in place of the distance.
    """

    refinement: Literal["soft_kmeans", "distractor", "masked"] | None = None
    distance: Literal["euclidean", "cosine"] = "euclidean"
    n_unlabeled: Whole = 5
    n_distractors: Annotated[int, whole(0)] = 0

    def _make(self, backbone: Backbone | None, n_features: int, generator: torch.Generator) -> FewShotMethod:
        if self.refinement is None:
            return PrototypicalNetwork(_module(backbone), distance=self.distance)
        return SemiPrototypical(_module(backbone), refinement=self.refinement, generator=generator)

    def _takes_unlabeled(self) -> bool:
        return self.refinement is not None

    def _episodes(self) -> EpisodeTraining:
        if self.refinement is None:
            return super()._episodes()
        return replace(super()._episodes(), n_unlabeled=int(self.n_unlabeled), n_distractors=int(self.n_distractors))

    def _check_parameters(self) -> None:
        super()._check_parameters()
        if self.refinement is not None and self.distance == "cosine":
            raise InvalidInputError("distance='cosine' with a refinement; refinements take 'euclidean'.")


@parameters
class RelationNetworkClassifier(Splits, EpisodicClassifier):
    r"""Class whose maps best match those of the query, by a learned relation (relation network).

    The method of F. Sung et al., "Learning to Compare: Relation Network for Few-Shot Learning", 2018, arXiv:1711.06025.
    The score of image x and class c is

    .. math:: g([f(x), r_c]) - \tau \|f(x) - r_c\|^2,

    where :math:`r_c` is the mean of the maps :math:`f(x_i)` of the support of class c, :math:`\tau` is learned, and g
    is a convolutional network that looks at both maps together.

    Departures from the paper: the paper uses g alone (``similarity="relation"``), sums the maps of a class, which are
    averaged here, trains by squared error (``loss="mse"``), and normalises by the statistics of each batch in testing,
    too (``transductive=True``); see `zsl.methods.relation.convolutional_relation.ConvolutionalRelationNetwork`. Of each
    class the sum of its maps is kept, not the maps of each image. Images without a label, as
    ``add_classes(X_unlabeled=...)`` takes them, have no part in the score and are not kept.

    Parameters
    ----------
    backbone : {"conv4", "conv4_strided", "resnet12"}, nn.Module or None
        Embeds images of shape (n, channel, height, width) as maps; see `zsl.nn.backbones`. A module of your own gets
        real numbers, and gives maps of four dimensions, or a row per image, which counts as a map of one pixel. None
        takes vectors as they are, as maps of one pixel, too.
    similarity : {"both", "relation"}
        Distance of the maps and relation module g, or g alone.
    loss : {"cross_entropy", "mse"}
        Softmax cross-entropy over the classes, or the paper's squared error to 0 and 1 after a sigmoid.
    transductive : bool
        Whether prediction normalises by the statistics of the batch, as the paper's published figures do. Support and
        queries are each normalised by their own.

    See Also
    --------
    RelationClassifier : Features and class descriptions, zero-shot included.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from zsl import RelationNetworkClassifier
    >>> X, y = load_digits(return_X_y=True)
    >>> clf = RelationNetworkClassifier(backbone="conv4_strided", n_episodes=5, random_state=0)
    >>> clf = clf.fit(X[y < 8].reshape(-1, 8, 8), y[y < 8])
    >>> clf = clf.add_classes(X[[8, 9]].reshape(-1, 8, 8), y[[8, 9]])
    >>> clf.unseen_classes_
    array([8, 9])
    """

    similarity: Literal["both", "relation"] = "both"
    loss: Literal["cross_entropy", "mse"] = "cross_entropy"
    transductive: bool = False
    n_splits: Whole = 2
    _maps: ClassVar = True

    def _make(
        self, backbone: Backbone | None, n_features: int, generator: torch.Generator
    ) -> ConvolutionalRelationNetwork:
        return ConvolutionalRelationNetwork(
            _module(backbone),
            map_shape=(n_features, 1, 1) if backbone is None else backbone.map_shape,
            similarity=self.similarity,
            transductive=bool(self.transductive),
            loss=self.loss,
            generator=generator,
        )

    def _seen_classes(
        self, X: NDArray[Any], known: NDArray[np.bool_], labels: LabelArray, codes: NDArray[np.intp]
    ) -> PooledSupport:
        """The classes by the sums of their maps, which are far larger than vectors, in blocks of images."""
        sums = np.zeros((len(labels), self._embed(X[:2]).shape[1]))  # statistics of a batch need two
        for start in range(0, len(X), _BLOCK):
            block = slice(start, start + _BLOCK)
            np.add.at(sums, codes[block], self._embed(X[block]))
        return PooledSupport(labels, np.ones(len(labels), dtype=bool), sums, np.bincount(codes).astype(np.float64))

    def _score(self, embedded: FloatArray, classes: KnownSupport) -> FloatArray:
        assert isinstance(self.method_, ConvolutionalRelationNetwork)
        pixels = max(self.method_.relation.map_shape[1:])
        if self.method_.transductive and len(embedded) == len(classes) == 1 and pixels < 4:
            raise InvalidInputError(
                "X has one image to compare with one class; transductive=True needs two or more of either "
                "for their statistics."
            )
        return super()._score(embedded, classes)
