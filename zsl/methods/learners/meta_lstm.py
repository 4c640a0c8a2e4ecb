"""The LSTM meta-learner: a learned optimiser, and where it starts."""

from typing import final

import torch
from torch import nn

from zsl.functional.losses.inner_loop import Parameters
from zsl.methods.learners.learner import LearnerMethod, SupportLoss
from zsl.nn.coordinate_lstm import CoordinateLSTM


@final
class MetaLSTM(LearnerMethod):
    """Train a network on the support by an LSTM in place of gradient descent.

    S. Ravi and H. Larochelle, "Optimization as a Model for Few-Shot Learning", ICLR 2017; `zsl.nn.coordinate_lstm` has
    the formulas. The network's parameters are the LSTM's cell state. Its initial value and the LSTM's weights are
    learned by going down the loss of the queries after the last step, where gradients and losses that the LSTM sees are
    taken for constants, as in the paper.

    Departures from the paper: the head starts at zero, so that the number of classes is free and their order changes
    nothing; each step sees the whole support; batch normalisation uses the statistics of the episode's support, in
    training and in prediction, where the paper uses those of the current batch in training and running ones of the
    support in prediction.

    Parameters
    ----------
    body, n_features, input_shape
        As in `LearnerMethod`.
    n_steps : int
        Steps in an episode.
    n_hidden : int
        Units of the LSTM's first layer.
    rate : float in (0, 1)
        Step size before training.
    generator : torch.Generator
        Where the initial weights of the LSTM are drawn from.
    """

    def __init__(
        self,
        body: nn.Module,
        *,
        n_features: int,
        input_shape: tuple[int, ...],
        n_steps: int,
        n_hidden: int,
        rate: float,
        generator: torch.Generator,
    ) -> None:
        super().__init__(body, n_features=n_features, input_shape=input_shape, adapt_body=True)
        self.n_steps = n_steps
        self.optimizer = CoordinateLSTM(n_hidden, rate=rate, generator=generator)

    def adapted(self, start: Parameters, loss: SupportLoss, n_way: int) -> Parameters:
        """Train on one episode; see `LearnerMethod.adapted`."""
        names, shapes = list(start), [value.shape for value in start.values()]
        sizes = [shape.numel() for shape in shapes]

        def flat(values: Parameters) -> torch.Tensor:
            return torch.cat([values[name].flatten() for name in names])

        def named(theta: torch.Tensor) -> Parameters:
            parts = theta.split(sizes)
            return {name: part.view(shape) for name, part, shape in zip(names, parts, shapes, strict=True)}

        theta = flat(start)
        state = self.optimizer.initial(theta)
        for _ in range(self.n_steps):
            here = named(theta.detach())
            gradient, value = torch.func.grad_and_value(loss)(here)
            theta, state = self.optimizer(theta, flat(gradient).detach(), value.detach(), state)
        return named(theta)
