"""Estimators that train a network, or fill a memory, in each episode: MAML, the LSTM meta-learner and MANN."""

from typing import Annotated, Any

import torch
from sklearn.utils import Tags
from torch import nn

from zsl.estimators._parameters import Positive, Whole, Widths, as_tuple, number, parameters, whole
from zsl.estimators.few_shot._episodic import EpisodicClassifier
from zsl.estimators.few_shot._images import Backbone
from zsl.estimators.few_shot._tasks import Task
from zsl.exceptions import InvalidInputError
from zsl.methods.few_shot import FewShotMethod
from zsl.methods.learners.learner import LearnerMethod
from zsl.methods.learners.maml import MAML, Algorithm
from zsl.methods.learners.mann import Labels, MemoryAugmentedNetwork
from zsl.methods.learners.meta_lstm import MetaLSTM
from zsl.nn.perceptron import Perceptron


@parameters
class TasksClassifier(EpisodicClassifier):
    """Several episodes per training step.

    Parameters
    ----------
    n_tasks : int
        Episodes per training step.
    n_episodes : int
        Training steps, of `n_tasks` episodes each.
    """

    n_way: Annotated[int, whole(2)] = 5
    n_tasks: Whole = 1


@parameters
class LearnerClassifier(TasksClassifier):
    """Build the network that is trained in each episode: a backbone, or a perceptron on standardised vectors.

    Parameters
    ----------
    backbone : {"conv4", "conv4_strided", "resnet12"}, nn.Module or None
        Network on images of shape (n, channel, height, width); see `zsl.nn.backbones`. A module of your own gets real
        numbers, and gives one row per image. None takes vectors, which are standardised.
    hidden : sequence of int
        Without a backbone: widths of the layers between the vectors and the head.
    """

    hidden: Widths = (64,)

    def _body(self, backbone: Backbone | None, n_features: int, generator: torch.Generator) -> dict[str, Any]:
        """What every `LearnerMethod` is built from."""
        if backbone is not None:
            return {"body": backbone.module, "n_features": backbone.n_features, "input_shape": self._image_shape}
        widths = tuple(int(width) for width in as_tuple(self.hidden))
        body: nn.Module = Perceptron(n_features, widths, generator)
        return {"body": body, "n_features": (n_features, *widths)[-1], "input_shape": (n_features,)}

    def _train(self, method: FewShotMethod, task: Task) -> None:
        if isinstance(method, LearnerMethod) and isinstance(method.backbone, Perceptron):
            method.backbone.standardize_by(torch.as_tensor(task.X).to(method.backbone.mean))
        super()._train(method, task)


@parameters
class MAMLClassifier(LearnerClassifier):
    r"""A few gradient steps on the support, from an initialisation learned for them (MAML).

    The method of C. Finn, P. Abbeel and S. Levine, "Model-Agnostic Meta-Learning for Fast Adaptation of Deep Networks",
    2017, arXiv:1703.03400, with the learned rates of A. Antoniou, H. Edwards and A. Storkey, "How to Train Your MAML",
    2019, arXiv:1810.09502; see `zsl.methods.learners.maml.MAML` for the formula and departures from the papers. Each
    prediction first trains the network on all support samples of the classes it is among. Any number of classes may be
    predicted among.

    Parameters
    ----------
    algorithm : {"maml", "first_order", "anil"}
        Train the whole network on the support, and learn through these steps; the same without second derivatives; or
        train the head alone on the support.
    inner_steps : int
        Gradient steps on the support in training. The first one moves the head alone; so the whole network takes two
        or more.
    inner_test_steps : int or None
        The same in prediction; None uses `inner_steps`.
    inner_rate : float
        Size of these steps, before training.
    learn_rates : bool
        Whether it is learned, for each step and layer.
    n_splits : int
        Number of random divisions of the samples of a step into support and queries. With "anil" they are embedded once
        for all.

    See Also
    --------
    MetaLSTMClassifier : The optimiser is learned, too.
    """

    hidden: Widths = (128,)
    algorithm: Algorithm = "maml"
    inner_steps: Whole = 3
    inner_test_steps: Whole | None = None
    inner_rate: Positive = 0.1
    learn_rates: bool = True
    n_tasks: Whole = 4
    n_splits: Whole = 1

    def _make(self, backbone: Backbone | None, n_features: int, generator: torch.Generator) -> MAML:
        return MAML(
            **self._body(backbone, n_features, generator),
            algorithm=self.algorithm,
            n_steps=int(self.inner_steps),
            n_test_steps=int(self.inner_steps if self.inner_test_steps is None else self.inner_test_steps),
            rate=float(self.inner_rate),
            learn_rates=bool(self.learn_rates),
            # Faster there, and about as fast elsewhere with more memory.
            vectorized=backbone is None or self.algorithm == "anil",
        )

    def _check_parameters(self) -> None:
        super()._check_parameters()
        if self.inner_steps == 1 and self.algorithm != "anil":
            raise InvalidInputError(
                f"inner_steps=1 with algorithm={self.algorithm!r}; wanted a whole number of 2 or more, since the first "
                "step moves the head alone."
            )


@parameters
class MetaLSTMClassifier(LearnerClassifier):
    r"""Network trained on the support by a learned optimiser (LSTM meta-learner).

    The method of S. Ravi and H. Larochelle, "Optimization as a Model for Few-Shot Learning", ICLR 2017; see
    `zsl.methods.learners.meta_lstm.MetaLSTM` for departures from the paper. Each prediction first trains the network on
    all support samples of the classes it is among. Any number of classes may be predicted among.

    Parameters
    ----------
    inner_steps : int
        Steps on the support, in training and prediction.
    inner_rate : float
        Size of these steps before training, below 1.
    lstm_width : int
        Units of the LSTM's first layer. Memory in training grows with it, the steps and the network's parameters.

    See Also
    --------
    MAMLClassifier : Plain gradient steps from a learned initialisation.
    """

    inner_steps: Whole = 5
    inner_rate: Annotated[float, number(above=0, below=1)] = 0.1
    lstm_width: Whole = 20

    def _make(self, backbone: Backbone | None, n_features: int, generator: torch.Generator) -> MetaLSTM:
        return MetaLSTM(
            **self._body(backbone, n_features, generator),
            n_steps=int(self.inner_steps),
            n_hidden=int(self.lstm_width),
            rate=float(self.inner_rate),
            generator=generator,
        )


@parameters
class MemoryAugmentedClassifier(TasksClassifier):
    r"""External memory that the support is written into and queries are looked up in (MANN).

    The method of A. Santoro, S. Bartunov, M. Botvinick, D. Wierstra and T. Lillicrap, "Meta-Learning with
    Memory-Augmented Neural Networks", 2016, arXiv:1605.06065; see `zsl.methods.learners.mann.MemoryAugmentedNetwork`
    for the formula and departures from the paper. Each prediction first reads all support samples of the classes it is
    among, one after the other, so it takes time in proportion to their number. It is best among no more classes and
    samples of each than a training episode has: `forget_classes` before `add_classes` makes new classes the only ones.

    Parameters
    ----------
    backbone : {"conv4", "conv4_strided", "resnet12"}, nn.Module or None
        Embeds images of shape (n, channel, height, width); see `zsl.nn.backbones`. A module of your own gets real
        numbers, and gives one row per image. None takes vectors, from which the mean of the training vectors is
        subtracted and which are divided by one number, the root of their mean variance.
    labels : {"strings", "one_hot"}
        How a label is shown to the network and predicted by it: as five letters out of five, for up to 3125 classes, or
        as one of `n_way`, which are then the most that can be told apart in prediction.
    n_slots : int
        Slots of the memory; at least one per read.
    slot_width : int
        Width of a slot.
    n_reads : int
        Reads, and writes, per step.
    n_hidden : int
        Units of the LSTM.
    n_shot : int or sequence of int
        Samples per class in a training episode, together with `n_query`. The network treats them the same.
    n_query : int
        As `n_shot`. Classes with fewer samples than the largest `n_shot` and `n_query` together take no part in
        training; where that leaves fewer than two, both are lowered to what the second largest class has.
    n_splits : int
        How often the samples of a step are read in another order and under other labels, after they were embedded.

    See Also
    --------
    zsl.evaluation.measure_presentations : Accuracy at the first, second, ... sample of a class.
    """

    labels: Labels = "strings"
    n_slots: Whole = 128
    slot_width: Whole = 40
    n_reads: Whole = 4
    n_hidden: Whole = 200
    n_tasks: Whole = 16
    n_query: Whole = 9
    n_splits: Whole = 1
    learning_rate: Positive = 1e-3

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        # scikit-learn's check trains briefly on three classes, then has hundreds of their samples read in a row.
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

    def _train(self, method: FewShotMethod, task: Task) -> None:
        if isinstance(method, MemoryAugmentedNetwork) and self._image_shape is None:
            method.standardize_by(torch.as_tensor(task.X).to(method.mean.device))
        super()._train(method, task)

    def _measuring(self) -> dict[str, Any]:
        return super()._measuring() | ({"most_ways": int(self.n_way)} if self.labels == "one_hot" else {})

    def _check_parameters(self) -> None:
        super()._check_parameters()
        if self.n_slots < self.n_reads:
            raise InvalidInputError(f"n_slots={self.n_slots}; wanted {self.n_reads} or more, one per read.")
