"""Relation networks as an estimator."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import torch
from numpy.random import RandomState
from numpy.typing import NDArray
from torch import nn

from zsl._typing import FloatArray, LabelArray
from zsl.classes.pooled import KnownSupport, PooledSupport
from zsl.estimators.few_shot._episodic import EpisodicClassifier, Precision
from zsl.estimators.few_shot._images import Backbone
from zsl.exceptions import InvalidInputError
from zsl.methods.relation.convolutional_relation import ConvolutionalRelationNetwork

_BLOCK = 4096


class RelationNetworkClassifier(EpisodicClassifier):
    r"""Give an image the class whose maps go best with its own by a learned relation.

    The method of F. Sung et al., "Learning to Compare: Relation Network for Few-Shot Learning", 2018, arXiv:1711.06025.
    The score of image x and class c is

    .. math:: g([f(x), r_c]) - \tau \|f(x) - r_c\|^2,

    where :math:`r_c` is the mean of the maps :math:`f(x_i)` of the support of class c, :math:`\tau` is learned, and g
    is a convolutional network that looks at both maps together.

    Where we depart from the paper: it has g alone (``similarity="relation"``), adds up the maps of a class where we
    take their mean, trains by squared error (``loss="mse"``), and normalises by the statistics of the images that come
    together in testing, too (``transductive=True``);
    `zsl.methods.relation.convolutional_relation.ConvolutionalRelationNetwork` tells more. Of each class the sum of its
    maps is kept, not the maps of each image. Images without a label, as ``add_classes(X_unlabeled=...)`` takes them,
    have no part in the score and are not kept.

    Parameters
    ----------
    backbone : {"conv4", "conv4_strided", "resnet12"}, nn.Module or None, default=None
        Embeds images of shape (n, channel, height, width) as maps; see `zsl.nn.backbones`. A module of your own gets
        real numbers, and gives maps of four dimensions, or a row per image, which counts as a map of one pixel. None
        takes vectors as they are, as maps of one pixel, too.
    similarity : {"both", "relation"}, default="both"
        Distance of the maps and relation module g, or g alone.
    loss : {"cross_entropy", "mse"}, default="cross_entropy"
        Softmax cross-entropy over the classes, or the paper's squared error to 0 and 1 after a sigmoid.
    transductive : bool, default=False
        Whether prediction normalises by the statistics of the images that come together, as the paper's published
        figures do. Support and queries are each normalised by their own.
    n_way : int, default=20
        Classes of a training episode; fewer where there are fewer.
    n_shot : int or sequence of int, default=1
        Support images of each class in training; several numbers are taken in turn.
    n_query : int, default=5
        Queries of each class in training, beside the largest `n_shot`. Classes with fewer images than both need take
        no part in training; where that leaves fewer than two, both are lowered to what the second largest class has.
    n_episodes : int, default=1000
        Training steps, of one episode each.
    n_splits : int, default=2
        How often the images of a step are divided anew into support and queries, after they were embedded.
    learning_rate : float, default=0.002
        First step size of AdamW; it falls along half a cosine.
    weight_decay : float, default=0.0001
        Weight decay of AdamW.
    augment : bool, default=False
        Whether training images are turned, shifted and zoomed a little.
    precision : {"float32", "bfloat16"}, default="float32"
        In which the network computes in training. Predictions are computed in single precision with a backbone, and in
        double precision without.
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
    method_ : ConvolutionalRelationNetwork
        The trained method.
    history_ : list of [int, float]
        Episodes of training and the one-shot accuracy on validation classes then, if `fit` was given some.
    n_features_in_ : int
        Width of X, or numbers of an image.

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

    method_: ConvolutionalRelationNetwork
    _maps = True
    _kept = PooledSupport

    def __init__(
        self,
        *,
        backbone: Literal["conv4", "conv4_strided", "resnet12"] | nn.Module | None = None,
        similarity: Literal["both", "relation"] = "both",
        loss: Literal["cross_entropy", "mse"] = "cross_entropy",
        transductive: bool = False,
        n_way: int = 20,
        n_shot: int | Sequence[int] = 1,
        n_query: int = 5,
        n_episodes: int = 1000,
        n_splits: int = 2,
        learning_rate: float = 2e-3,
        weight_decay: float = 1e-4,
        augment: bool = False,
        precision: Precision = "float32",
        device: str = "auto",
        verbose: bool = True,
        random_state: int | RandomState | None = None,
    ) -> None:
        self.backbone = backbone
        self.similarity = similarity
        self.loss = loss
        self.transductive = transductive
        self.n_way = n_way
        self.n_shot = n_shot
        self.n_query = n_query
        self.n_episodes = n_episodes
        self.n_splits = n_splits
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.augment = augment
        self.precision = precision
        self.device = device
        self.verbose = verbose
        self.random_state = random_state

    def _make(
        self, backbone: Backbone | None, n_features: int, generator: torch.Generator
    ) -> ConvolutionalRelationNetwork:
        return ConvolutionalRelationNetwork(
            None if backbone is None else backbone.module,
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
        pixels = max(self.method_.relation.map_shape[1:])
        if self.method_.transductive and len(embedded) == len(classes) == 1 and pixels < 4:
            raise InvalidInputError(
                "X has one image to compare with one class; transductive=True wants two or more of either, whose "
                "statistics it takes."
            )
        return super()._score(embedded, classes)

    def _check_parameters(self) -> None:
        super()._check_parameters()
        if self.similarity not in ("both", "relation"):
            raise InvalidInputError(f"similarity={self.similarity!r}; wanted 'both' or 'relation'.")
        if self.loss not in ("cross_entropy", "mse"):
            raise InvalidInputError(f"loss={self.loss!r}; wanted 'cross_entropy' or 'mse'.")
