"""Model-agnostic meta-learning as an estimator."""

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
from zsl.methods.learners.maml import MAML, Algorithm


class MAMLClassifier(LearnerClassifier):
    r"""Take a few gradient steps on the support from an initialisation learned for it.

    The method of C. Finn, P. Abbeel and S. Levine, "Model-Agnostic Meta-Learning for Fast Adaptation of Deep Networks",
    2017, arXiv:1703.03400, with the learned rates of A. Antoniou, H. Edwards and A. Storkey, "How to Train Your MAML",
    2019, arXiv:1810.09502; `zsl.methods.learners.maml.MAML` tells the formula and where we depart from it. Each
    prediction first trains the network on all support images of the classes it is among. The number of classes is free.

    Parameters
    ----------
    backbone : {"conv4", "conv4_strided", "resnet12"}, nn.Module or None, default=None
        Network on images of shape (n, channel, height, width); see `zsl.nn.backbones`. A module of your own gets real
        numbers, and gives a row an image. None takes vectors, which are standardised.
    hidden : sequence of int, default=(128,)
        Without a backbone: widths of the layers between the vectors and the head.
    algorithm : {"maml", "first_order", "anil"}, default="maml"
        Train the whole network on the support, and learn through these steps; the same without second derivatives; or
        train the head alone on the support.
    inner_steps : int, default=3
        Gradient steps on the support in training. The first one moves the head alone; so the whole network takes two
        or more.
    inner_test_steps : int or None, default=None
        The same in prediction; None for as many.
    inner_rate : float, default=0.1
        Size of these steps, before training.
    learn_rates : bool, default=True
        Whether it is learned, for each step and layer.
    n_tasks : int, default=4
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
    n_splits : int, default=1
        How often the images of a step are divided anew into support and queries. With "anil" they are embedded once
        for all.
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
    method_ : MAML
        The trained method.
    history_ : list of [int, float]
        Steps of training and the one-shot accuracy on validation classes then, if `fit` was given some.
    n_features_in_ : int
        Width of X, or numbers of an image.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from zsl import MAMLClassifier
    >>> X, y = load_digits(return_X_y=True)
    >>> clf = MAMLClassifier(n_episodes=50, random_state=0).fit(X[y < 8], y[y < 8])
    >>> clf = clf.forget_classes().add_classes(X[[8, 9]], y[[8, 9]])
    >>> clf.predict(X[[8, 9]])
    array([8, 9])
    """

    def __init__(
        self,
        *,
        backbone: Literal["conv4", "conv4_strided", "resnet12"] | nn.Module | None = None,
        hidden: Sequence[int] = (128,),
        algorithm: Algorithm = "maml",
        inner_steps: int = 3,
        inner_test_steps: int | None = None,
        inner_rate: float = 0.1,
        learn_rates: bool = True,
        n_tasks: int = 4,
        n_way: int = 5,
        n_shot: int | Sequence[int] = 1,
        n_query: int = 5,
        n_episodes: int = 1000,
        n_splits: int = 1,
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
        self.algorithm = algorithm
        self.inner_steps = inner_steps
        self.inner_test_steps = inner_test_steps
        self.inner_rate = inner_rate
        self.learn_rates = learn_rates
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

    def _make(self, backbone: Backbone | None, n_features: int, generator: torch.Generator) -> MAML:
        return MAML(
            **self._body(backbone, n_features, generator),
            algorithm=self.algorithm,
            n_steps=int(self.inner_steps),
            n_test_steps=int(self.inner_steps if self.inner_test_steps is None else self.inner_test_steps),
            rate=float(self.inner_rate),
            learn_rates=bool(self.learn_rates),
            # Faster there, and about as fast elsewhere with more memory: benchmarks/speed/maml.py.
            vectorized=backbone is None or self.algorithm == "anil",
        )

    def _check_parameters(self) -> None:
        super()._check_parameters()
        if self.algorithm not in ("maml", "first_order", "anil"):
            raise InvalidInputError(f"algorithm={self.algorithm!r}; wanted 'maml', 'first_order' or 'anil'.")
        # The first step moves the head alone, so a single one would never train the body.
        check_whole("inner_steps", self.inner_steps, 1 if self.algorithm == "anil" else 2)
        if self.inner_test_steps is not None:
            check_whole("inner_test_steps", self.inner_test_steps)
        check_number("inner_rate", self.inner_rate, above=0)
