"""Model-agnostic meta-learning: an initialisation from which few gradient steps lead far."""

import math
from typing import Literal, final

import torch
from torch import Tensor, nn

from zsl.functional.losses.inner_loop import Parameters, inner_loop
from zsl.methods.learners.learner import HEAD, LearnerMethod, SupportLoss

Algorithm = Literal["maml", "first_order", "anil"]


@final
class MAML(LearnerMethod):
    r"""Learn where gradient descent on the support should start, and how large its steps should be.

    C. Finn, P. Abbeel and S. Levine, "Model-Agnostic Meta-Learning for Fast Adaptation of Deep Networks", 2017,
    arXiv:1703.03400. With :math:`L_S` the cross-entropy on the support,

    .. math:: \theta_{t+1} = \theta_t - \alpha_t \odot \nabla L_S(\theta_t),

    and the loss of an episode is that of the queries at the last :math:`\theta`. "maml" goes down its whole gradient by
    :math:`\theta_0`, with second derivatives; "first_order" leaves these out; "anil" trains the head alone in an
    episode (A. Raghu, M. Raghu, S. Bengio and O. Vinyals, "Rapid Learning or Feature Reuse? Towards Understanding the
    Effectiveness of MAML", 2020, arXiv:1909.09157). The rates :math:`\alpha` are learned, one per step and layer
    tensor, as in A. Antoniou, H. Edwards and A. Storkey, "How to Train Your MAML", 2019, arXiv:1810.09502, here by
    their logarithms; or they stay as given.

    Departures from the paper: the head starts at zero (C.-H. Kao, W.-C. Chiu and P.-Y. Chen, "MAML is a Noisy
    Contrastive Learner in Classification", 2022, arXiv:2106.15367), so the number of classes is free and their order
    changes nothing. The first step then moves the head alone, since the gradient of the body is zero there, and is
    taken without the body's. Batch normalisation uses the statistics of the support, for support and queries, where the
    paper has those of all queries together.

    Parameters
    ----------
    body, n_features, input_shape
        As in `LearnerMethod`.
    algorithm : {"maml", "first_order", "anil"}
        Which of the three.
    n_steps, n_test_steps : int
        Steps in an episode, in training and in prediction.
    rate : float
        Initial :math:`\alpha`.
    learn_rates : bool
        Whether :math:`\alpha` is learned.
    vectorized : bool
        Whether the episodes of a batch are trained side by side.
    """

    head_log_rates: Tensor
    body_log_rates: Tensor

    def __init__(
        self,
        body: nn.Module,
        *,
        n_features: int,
        input_shape: tuple[int, ...],
        algorithm: Algorithm,
        n_steps: int,
        n_test_steps: int,
        rate: float,
        learn_rates: bool,
        vectorized: bool,
    ) -> None:
        super().__init__(body, n_features=n_features, input_shape=input_shape, adapt_body=algorithm != "anil")
        self.algorithm, self.n_steps, self.n_test_steps, self.vectorized = algorithm, n_steps, n_test_steps, vectorized
        self.names = [name for name, _ in self.backbone.named_parameters()] if self.adapt_body else []
        # The body rests in the first step.
        shapes = {"head_log_rates": (n_steps, 2), "body_log_rates": (n_steps - 1, len(self.names))}
        for name, shape in shapes.items():
            value = torch.full(shape, math.log(rate), dtype=torch.float32)
            if learn_rates and value.numel():
                self.register_parameter(name, nn.Parameter(value))
            else:
                self.register_buffer(name, value)

    def adapted(self, start: Parameters, loss: SupportLoss, n_way: int) -> Parameters:
        """Train on one episode; see `LearnerMethod.adapted`."""
        n_steps, first_order = self.n_steps if self.training else self.n_test_steps, self.algorithm == "first_order"
        head = {name: start[name] for name in HEAD}
        body = {name: start[name] for name in self.names}
        rates = [dict(zip(HEAD, row.unbind(), strict=True)) for row in self.head_log_rates.exp()]

        def head_loss(head: Parameters) -> Tensor:
            return loss(body | head)

        if not body:
            return inner_loop(head_loss, head, rates, n_steps, first_order=first_order)
        later = [
            own | dict(zip(self.names, row.unbind(), strict=True))
            for own, row in zip(rates[1:], self.body_log_rates.exp(), strict=True)
        ]
        head = inner_loop(head_loss, head, rates, min(n_steps, 1), first_order=first_order)
        return inner_loop(loss, body | head, later, n_steps - 1, first_order=first_order)
