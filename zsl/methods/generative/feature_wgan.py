"""Features drawn from a conditional Wasserstein GAN that a classifier keeps apart."""

from typing import final

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from zsl._typing import Float
from zsl.functional.losses.generative_losses import gradient_penalty
from zsl.methods.generative.feature_generator import FeatureGenerator, to_length
from zsl.methods.shapes import Attributes, Codes, Loss, SampleAttributes, Samples
from zsl.nn.generators import ConditionalMLP, normal

PENALTY = 10.0
"""Weight of the gradient penalty, as in the paper."""
N_ITERATIONS = 30
"""Steps of L-BFGS for the classifier of the seen classes."""
DECAY = 1e-3
"""Weight of half its squared length, so that its probabilities stay soft."""


@final
class FeatureWGAN(FeatureGenerator):
    r"""Train a generator of features against a critic, helped by a classifier of the seen classes (f-CLSWGAN).

    Y. Xian, T. Lorenz, B. Schiele and Z. Akata, "Feature Generating Networks for Zero-Shot Learning", 2018,
    arXiv:1712.00981.

    With noise :math:`z`, generated features :math:`\tilde x = G(z, s)`, the critic :math:`D` and its gradient penalty
    :math:`R`, the critic lowers

    .. math:: E\, D(\tilde x, s) - E\, D(x, s) + 10\, R

    and the generator lowers :math:`-E\, D(\tilde x, s) - \beta\, E \log p(y | \tilde x)`, where :math:`p` is a softmax
    classifier of the seen classes that was trained on their real samples and stays as it is.

    Departures from the paper: the width of the noise and of the hidden layers is given, where the paper takes the
    number of attributes and 4096; the output has no ReLU, since centred features are negative as well; samples that are
    generated for the classifier of all classes are brought to the length of real ones; weights start uniform, by their
    number of inputs; and the generator's steps are those of AdamW with its usual averages.

    Parameters
    ----------
    n_features, n_attributes, n_classes : int
        Widths of the samples and of the semantic vectors, and number of seen classes.
    hidden, n_latent : int
        Widths of the hidden layers and of the noise, 1 or more.
    generator : torch.Generator
        Where the initial weights are drawn from.
    classification : float, default=0.01
        :math:`\beta`, 0 or more.
    """

    classes: Tensor
    offsets: Tensor

    def __init__(
        self,
        n_features: int,
        n_attributes: int,
        n_classes: int,
        *,
        hidden: int,
        n_latent: int,
        generator: torch.Generator,
        classification: float = 0.01,
    ) -> None:
        super().__init__()
        self.n_latent = n_latent
        self.classification = classification
        self.maker = ConditionalMLP((n_latent, n_attributes), hidden, n_features, generator)
        self.critic = ConditionalMLP((n_features, n_attributes), hidden, 1, generator)
        self.register_buffer("classes", torch.zeros(n_classes, n_features, dtype=torch.float32))
        self.register_buffer("offsets", torch.zeros(n_classes, dtype=torch.float32))

    def adversary(self) -> ConditionalMLP:
        """Give the critic; see `FeatureGenerator.adversary`."""
        return self.critic

    def prepare(self, X: Samples, codes: Codes, S: Attributes) -> None:
        """Train the classifier of the seen classes; see `FeatureGenerator.prepare`."""
        weight, offset = _softmax_regression(X, codes, len(S))
        self.classes.copy_(weight)
        self.offsets.copy_(offset)

    def loss(self, X: Samples, codes: Codes, A: SampleAttributes, generator: torch.Generator, done: float) -> Loss:
        """Compute the loss of the generator; see `FeatureGenerator.loss`."""
        made = self.maker(normal((len(A), self.n_latent), generator, like=A), A)
        logits = made @ self.classes.T + self.offsets
        judged: Tensor = self.critic(made, A).mean()
        return self.classification * cross_entropy(logits, codes) - judged

    def critic_loss(self, X: Samples, A: SampleAttributes, generator: torch.Generator) -> Loss:
        """Compute the loss of the critic; see `FeatureGenerator.critic_loss`."""
        with torch.no_grad():
            made = self.maker(normal((len(A), self.n_latent), generator, like=A), A)
        mix = torch.rand(len(X), generator=generator, dtype=torch.float32).to(X)
        penalty = gradient_penalty(lambda rows: self.critic(rows, A)[:, 0], X, made, mix)
        gap: Tensor = self.critic(made, A).mean() - self.critic(X, A).mean()
        return gap + PENALTY * penalty

    def generate(self, S: Attributes, n: int, generator: torch.Generator) -> Float[Tensor, "class n feature"]:
        """Draw features of the length of real ones; see `FeatureGenerator.generate`."""
        made: Tensor = self.maker(normal((len(S) * n, self.n_latent), generator, like=S), S.repeat_interleave(n, dim=0))
        return to_length(made).reshape(len(S), n, -1)

    def centre(self, S: Attributes) -> Float[Tensor, "class feature"]:
        """Make features of the mean of the noise; see `FeatureGenerator.centre`."""
        return to_length(self.maker(S.new_zeros(len(S), self.n_latent), S))


def _softmax_regression(X: Tensor, codes: Tensor, n_classes: int) -> tuple[Tensor, Tensor]:
    """Weights, (class, feature), and constants of a linear softmax classifier, fitted by L-BFGS."""
    weight = nn.Parameter(torch.zeros(n_classes, X.shape[1], dtype=X.dtype, device=X.device))
    offset = nn.Parameter(torch.zeros(n_classes, dtype=X.dtype, device=X.device))
    optimizer = torch.optim.LBFGS([weight, offset], max_iter=N_ITERATIONS, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = cross_entropy(X @ weight.T + offset, codes) + 0.5 * DECAY * weight.square().sum()
        loss.backward()
        return loss

    with torch.enable_grad():
        optimizer.step(closure)
    return weight.detach(), offset.detach()
