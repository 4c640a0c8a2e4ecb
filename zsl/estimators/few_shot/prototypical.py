"""Prototypical networks as an estimator, with their semi-supervised refinements."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import torch
from numpy.random import RandomState
from torch import nn

from zsl.estimators._checks import check_whole
from zsl.estimators.few_shot._episodic import EpisodicClassifier, Precision
from zsl.estimators.few_shot._images import Backbone
from zsl.exceptions import InvalidInputError
from zsl.methods.few_shot import FewShotMethod
from zsl.methods.metric.prototypical import PrototypicalNetwork
from zsl.methods.metric.semi_prototypical import SemiPrototypical
from zsl.training.few_shot import EpisodeTraining

Refinement = Literal["soft_kmeans", "distractor", "masked"]


class PrototypicalClassifier(EpisodicClassifier):
    r"""Give an image the class whose mean support embedding is nearest.

    The method of J. Snell, K. Swersky and R. S. Zemel, "Prototypical Networks for Few-shot Learning", 2017,
    arXiv:1703.05175, and the refinements of M. Ren et al., "Meta-Learning for Semi-Supervised Few-Shot Classification",
    2018, arXiv:1803.00676; `zsl.methods.metric.prototypical.PrototypicalNetwork` and
    `zsl.methods.metric.semi_prototypical.SemiPrototypical` tell the formulas and where we depart from them.

    Parameters
    ----------
    backbone : {"conv4", "conv4_strided", "resnet12"}, nn.Module or None, default=None
        Embeds images of shape (n, channel, height, width); see `zsl.nn.backbones`. A module of your own gets real
        numbers, and gives a row an image. None takes vectors as they are.
    refinement : {"soft_kmeans", "distractor", "masked"} or None, default=None
        How images without labels move the prototypes: by their soft assignment to them; by the same beside a cluster
        at the origin, which takes what belongs to no class; or by the share of them that lies near enough. They come as
        ``add_classes(X_unlabeled=...)``, or with the label -1 among integer labels. Without a refinement, -1 is a label
        like others.
    distance : {"euclidean", "cosine"}, default="euclidean"
        Squared Euclidean distance or cosine; the refinements take the first.
    n_unlabeled, n_distractors : int, default=5 and 0
        With a refinement: unlabelled images of each class in a training episode, beside shots and queries, and classes
        that have only these. Fewer where there are fewer.
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

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from zsl import PrototypicalClassifier
    >>> X, y = load_digits(return_X_y=True)
    >>> clf = PrototypicalClassifier().fit(X[y < 8], y[y < 8])
    >>> clf = clf.add_classes(X[[8, 9]], y[[8, 9]])
    >>> clf.unseen_classes_
    array([8, 9])
    """

    def __init__(
        self,
        *,
        backbone: Literal["conv4", "conv4_strided", "resnet12"] | nn.Module | None = None,
        refinement: Refinement | None = None,
        distance: Literal["euclidean", "cosine"] = "euclidean",
        n_unlabeled: int = 5,
        n_distractors: int = 0,
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
        self.refinement = refinement
        self.distance = distance
        self.n_unlabeled = n_unlabeled
        self.n_distractors = n_distractors
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

    def _make(self, backbone: Backbone | None, n_features: int, generator: torch.Generator) -> FewShotMethod:
        module = None if backbone is None else backbone.module
        if self.refinement is None:
            return PrototypicalNetwork(module, distance=self.distance)
        return SemiPrototypical(module, refinement=self.refinement, generator=generator)

    def _takes_unlabeled(self) -> bool:
        return self.refinement is not None

    def _episodes(self) -> EpisodeTraining:
        if self.refinement is None:
            return super()._episodes()
        return replace(super()._episodes(), n_unlabeled=int(self.n_unlabeled), n_distractors=int(self.n_distractors))

    def _check_parameters(self) -> None:
        super()._check_parameters()
        if self.refinement not in (None, "soft_kmeans", "distractor", "masked"):
            raise InvalidInputError(
                f"refinement={self.refinement!r}; wanted 'soft_kmeans', 'distractor', 'masked' or None."
            )
        if self.distance not in ("euclidean", "cosine"):
            raise InvalidInputError(f"distance={self.distance!r}; wanted 'euclidean' or 'cosine'.")
        if self.refinement is not None and self.distance == "cosine":
            raise InvalidInputError("distance='cosine' with a refinement; refinements take 'euclidean'.")
        check_whole("n_unlabeled", self.n_unlabeled)
        check_whole("n_distractors", self.n_distractors, 0)
