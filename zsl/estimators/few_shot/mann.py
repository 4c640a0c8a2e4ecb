"""Memory-augmented networks as an estimator."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import torch
from numpy.random import RandomState
from numpy.typing import NDArray
from sklearn.utils import Tags
from torch import nn

from zsl.estimators._checks import check_whole
from zsl.estimators.few_shot._episodic import EpisodicClassifier, Precision
from zsl.estimators.few_shot._images import Backbone
from zsl.exceptions import InvalidInputError
from zsl.methods.few_shot import FewShotMethod
from zsl.methods.learners.mann import Labels, MemoryAugmentedNetwork


class MemoryAugmentedClassifier(EpisodicClassifier):
    r"""Write the support into an external memory, then look queries up in it.

    The method of A. Santoro, S. Bartunov, M. Botvinick, D. Wierstra and T. Lillicrap, "Meta-Learning with
    Memory-Augmented Neural Networks", 2016, arXiv:1605.06065; `zsl.methods.learners.mann.MemoryAugmentedNetwork` tells
    the formula and where we depart from it. Each prediction first reads all support images of the classes it is among,
    one after the other, so it takes time in proportion to their number. It is best among no more classes and images of
    each than a training episode has: `forget_classes` before `add_classes` makes new classes the only ones.

    Parameters
    ----------
    backbone : {"conv4", "conv4_strided", "resnet12"}, nn.Module or None, default=None
        Embeds images of shape (n, channel, height, width); see `zsl.nn.backbones`. A module of your own gets real
        numbers, and gives a row an image. None takes vectors, from which the mean of the training vectors is taken off
        and which are divided by one number, the root of their mean variance.
    labels : {"strings", "one_hot"}, default="strings"
        How a label is shown to the network and said by it: as five letters out of five, for up to 3125 classes, or as
        one of `n_way`, which are then the most that can be told apart in prediction.
    n_slots, slot_width : int, default=128 and 40
        Size of the memory; at least one slot a read.
    n_reads : int, default=4
        Reads, and writes, of each step.
    n_hidden : int, default=200
        Units of the LSTM.
    n_tasks : int, default=16
        Episodes of a training step.
    n_way : int, default=5
        Classes of a training episode; fewer where there are fewer.
    n_shot : int or sequence of int, default=1
        Images of each class in a training episode, together with `n_query`. The network reads both alike.
    n_query : int, default=9
        As `n_shot`. Classes with fewer images than the largest `n_shot` and `n_query` together take no part in
        training; where that leaves fewer than two, both are lowered to what the second largest class has.
    n_episodes : int, default=1000
        Training steps, of `n_tasks` episodes each.
    n_splits : int, default=1
        How often the images of a step are read in another order and under other labels, after they were embedded.
    learning_rate : float, default=0.001
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
    method_ : MemoryAugmentedNetwork
        The trained method.
    history_ : list of [int, float]
        Steps of training and the one-shot accuracy on validation classes then, if `fit` was given some.
    n_features_in_ : int
        Width of X, or numbers of an image.

    See Also
    --------
    measure_presentations : Accuracy at the first, second, ... image of a class.
    """

    def __init__(
        self,
        *,
        backbone: Literal["conv4", "conv4_strided", "resnet12"] | nn.Module | None = None,
        labels: Labels = "strings",
        n_slots: int = 128,
        slot_width: int = 40,
        n_reads: int = 4,
        n_hidden: int = 200,
        n_tasks: int = 16,
        n_way: int = 5,
        n_shot: int | Sequence[int] = 1,
        n_query: int = 9,
        n_episodes: int = 1000,
        n_splits: int = 1,
        learning_rate: float = 1e-3,
        weight_decay: float = 1e-4,
        augment: bool = False,
        precision: Precision = "float32",
        device: str = "auto",
        verbose: bool = True,
        random_state: int | RandomState | None = None,
    ) -> None:
        self.backbone = backbone
        self.labels = labels
        self.n_slots = n_slots
        self.slot_width = slot_width
        self.n_reads = n_reads
        self.n_hidden = n_hidden
        self.n_tasks = n_tasks
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

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        # scikit-learn's check trains briefly on three classes, then has hundreds of their images read in a row.
        tags.classifier_tags.poor_score = True
        return tags

    def _make(self, backbone: Backbone | None, n_features: int, generator: torch.Generator) -> MemoryAugmentedNetwork:
        return MemoryAugmentedNetwork(
            None if backbone is None else backbone.module,
            n_features=n_features,
            n_way=int(self.n_way),
            labels=self.labels,
            n_slots=int(self.n_slots),
            slot_width=int(self.slot_width),
            n_reads=int(self.n_reads),
            n_hidden=int(self.n_hidden),
            generator=generator,
        )

    def _train(
        self,
        method: FewShotMethod,
        X: NDArray[Any],
        codes: NDArray[np.intp],
        generator: torch.Generator,
        groups: Any,
        validation: Any,
    ) -> None:
        if isinstance(method, MemoryAugmentedNetwork) and self._image_shape is None:
            method.standardize_by(torch.as_tensor(X).to(method.mean.device))
        super()._train(method, X, codes, generator, groups, validation)

    def _check_parameters(self) -> None:
        super()._check_parameters()
        for name in ("n_slots", "slot_width", "n_reads", "n_hidden"):
            check_whole(name, getattr(self, name))
        if self.n_slots < self.n_reads:
            raise InvalidInputError(f"n_slots={self.n_slots}; wanted {self.n_reads} or more, one for each read.")
        if self.labels not in ("strings", "one_hot"):
            raise InvalidInputError(f"labels={self.labels!r}; wanted 'strings' or 'one_hot'.")
