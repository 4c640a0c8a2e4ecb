"""Siamese networks as an estimator."""

from collections.abc import Sequence
from typing import Literal

import torch
from numpy.random import RandomState
from torch import nn

from zsl.estimators.few_shot._episodic import EpisodicClassifier, Precision
from zsl.estimators.few_shot._images import Backbone
from zsl.exceptions import InvalidInputError
from zsl.methods.metric.siamese import SiameseNetwork


class SiameseClassifier(EpisodicClassifier):
    r"""Give an image the class of the support image that it most likely shares its class with.

    The method of G. Koch, R. Zemel and R. Salakhutdinov, "Siamese Neural Networks for One-shot Image Recognition",
    2015, ICML Deep Learning Workshop; `zsl.methods.metric.siamese.SiameseNetwork` tells the formula and where we depart
    from it.

    Parameters
    ----------
    backbone : {"conv4", "conv4_strided", "resnet12"}, nn.Module or None, default=None
        Embeds images of shape (n, channel, height, width); see `zsl.nn.backbones`. A module of your own gets real
        numbers, and gives a row an image. None takes vectors as they are.
    loss : {"cross_entropy", "contrastive"}, default="cross_entropy"
        Of pairs: by a weighted L1 distance and a sigmoid, or by the Euclidean distance.
    n_way : int, default=20
        Classes of a training episode; fewer where there are fewer.
    n_shot : int or sequence of int, default=1
        Support images of each class in training; several numbers are taken in turn.
    n_query : int, default=5
        Queries of each class in training, beside the largest `n_shot`. Classes with fewer images than both need take
        no part in training; where that leaves fewer than two, both are lowered to what the second largest class has.
    n_episodes : int, default=1000
        Training steps, of one episode each.
    n_splits : int, default=4
        How often the images of a step are divided anew into support and queries, after they were embedded.
    learning_rate : float, default=0.002
        First step size of AdamW; it falls along half a cosine.
    weight_decay : float, default=0.0001
        Weight decay of AdamW.
    augment : bool, default=False
        Whether training images are turned, shifted and zoomed a little.
    precision : {"float32", "bfloat16"}, default="float32"
        In which the backbone computes in training. Predictions are computed in single precision with a backbone, and
        in double precision without.
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
    method_ : FewShotMethod
        The trained method.
    history_ : list of [int, float]
        Episodes of training and the one-shot accuracy on validation classes then, if `fit` was given some.
    n_features_in_ : int
        Width of X, or numbers of an image.
    """

    def __init__(
        self,
        *,
        backbone: Literal["conv4", "conv4_strided", "resnet12"] | nn.Module | None = None,
        loss: Literal["cross_entropy", "contrastive"] = "cross_entropy",
        n_way: int = 20,
        n_shot: int | Sequence[int] = 1,
        n_query: int = 5,
        n_episodes: int = 1000,
        n_splits: int = 4,
        learning_rate: float = 2e-3,
        weight_decay: float = 1e-4,
        augment: bool = False,
        precision: Precision = "float32",
        device: str = "auto",
        verbose: bool = True,
        random_state: int | RandomState | None = None,
    ) -> None:
        self.backbone = backbone
        self.loss = loss
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

    def _make(self, backbone: Backbone | None, n_features: int, generator: torch.Generator) -> SiameseNetwork:
        return SiameseNetwork(None if backbone is None else backbone.module, n_features=n_features, loss=self.loss)

    def _check_parameters(self) -> None:
        super()._check_parameters()
        if self.loss not in ("cross_entropy", "contrastive"):
            raise InvalidInputError(f"loss={self.loss!r}; wanted 'cross_entropy' or 'contrastive'.")
