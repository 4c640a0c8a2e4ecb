"""The LSTM meta-learner as an estimator."""

from collections.abc import Sequence
from typing import Literal

import torch
from numpy.random import RandomState
from torch import nn

from zsl.estimators._checks import check_number, check_whole
from zsl.estimators.few_shot._episodic import Precision
from zsl.estimators.few_shot._images import Backbone
from zsl.estimators.few_shot._learner import LearnerClassifier
from zsl.exceptions import InvalidInputError
from zsl.methods.learners.meta_lstm import MetaLSTM


class MetaLSTMClassifier(LearnerClassifier):
    r"""Train a network on the support by a learned optimiser.

    The method of S. Ravi and H. Larochelle, "Optimization as a Model for Few-Shot Learning", ICLR 2017;
    `zsl.methods.learners.meta_lstm.MetaLSTM` tells where we depart from it. Each prediction first trains the network on
    all support images of the classes it is among. The number of classes is free.

    Parameters
    ----------
    backbone : {"conv4", "conv4_strided", "resnet12"}, nn.Module or None, default=None
        Network on images of shape (n, channel, height, width); see `zsl.nn.backbones`. A module of your own gets real
        numbers, and gives a row an image. None takes vectors, which are standardised.
    hidden : sequence of int, default=(64,)
        Without a backbone: widths of the layers between the vectors and the head.
    inner_steps : int, default=5
        Steps on the support, in training and prediction.
    inner_rate : float, default=0.1
        Size of these steps before training, below 1.
    lstm_width : int, default=20
        Units of the LSTM's first layer. Memory in training grows with it, the steps and the network's parameters.
    n_tasks : int, default=1
        Episodes of a training step.
    n_way : int, default=5
        Classes of a training episode; fewer where there are fewer.
    n_shot : int or sequence of int, default=1
        Support images of each class in training; several numbers are taken in turn.
    n_query : int, default=5
        Queries of each class in training, beside the largest `n_shot`. Classes with fewer images than both need take
        no part in training; where that leaves fewer than two, both are lowered to what the second largest class has.
    n_episodes : int, default=1000
        Training steps, of `n_tasks` episodes each.
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
    method_ : MetaLSTM
        The trained method.
    history_ : list of [int, float]
        Steps of training and the one-shot accuracy on validation classes then, if `fit` was given some.
    n_features_in_ : int
        Width of X, or numbers of an image.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from zsl import MetaLSTMClassifier
    >>> X, y = load_digits(return_X_y=True)
    >>> clf = MetaLSTMClassifier(n_episodes=50, random_state=0).fit(X[y < 8], y[y < 8])
    >>> clf = clf.forget_classes().add_classes(X[[8, 9]], y[[8, 9]])
    >>> clf.predict(X[[8, 9]])
    array([8, 9])
    """

    def __init__(
        self,
        *,
        backbone: Literal["conv4", "conv4_strided", "resnet12"] | nn.Module | None = None,
        hidden: Sequence[int] = (64,),
        inner_steps: int = 5,
        inner_rate: float = 0.1,
        lstm_width: int = 20,
        n_tasks: int = 1,
        n_way: int = 5,
        n_shot: int | Sequence[int] = 1,
        n_query: int = 5,
        n_episodes: int = 1000,
        learning_rate: float = 2e-3,
        weight_decay: float = 1e-4,
        augment: bool = False,
        precision: Precision = "float32",
        device: str = "auto",
        verbose: bool = True,
        random_state: int | RandomState | None = None,
    ) -> None:
        self.backbone = backbone
        self.hidden = hidden
        self.inner_steps = inner_steps
        self.inner_rate = inner_rate
        self.lstm_width = lstm_width
        self.n_tasks = n_tasks
        self.n_way = n_way
        self.n_shot = n_shot
        self.n_query = n_query
        self.n_episodes = n_episodes
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.augment = augment
        self.precision = precision
        self.device = device
        self.verbose = verbose
        self.random_state = random_state

    def _make(self, backbone: Backbone | None, n_features: int, generator: torch.Generator) -> MetaLSTM:
        return MetaLSTM(
            **self._body(backbone, n_features, generator),
            n_steps=int(self.inner_steps),
            n_hidden=int(self.lstm_width),
            rate=float(self.inner_rate),
            generator=generator,
        )

    def _check_parameters(self) -> None:
        super()._check_parameters()
        check_whole("inner_steps", self.inner_steps)
        check_whole("lstm_width", self.lstm_width)
        check_number("inner_rate", self.inner_rate, above=0)
        if self.inner_rate >= 1:
            raise InvalidInputError(f"inner_rate={self.inner_rate!r}; wanted a number above 0 and below 1.")
