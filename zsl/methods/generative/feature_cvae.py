"""Features drawn from a conditional variational autoencoder."""

from typing import final

import torch
from torch import Tensor

from zsl._typing import Float
from zsl.functional.losses.generative_losses import evidence_lower_bound
from zsl.methods.generative.feature_generator import FeatureGenerator, spread_within, to_length
from zsl.methods.shapes import Attributes, Codes, Loss, SampleAttributes, Samples
from zsl.nn.generators import ConditionalMLP, GaussianEncoder, draw_gaussian, normal

NOISE = 2.0
"""Variance around the reconstruction, in units of the variance within classes."""


@final
class FeatureCVAE(FeatureGenerator):
    r"""Draw a latent vector, decode it together with the semantic vector, and add noise.

    A. Mishra, S. K. Reddy, A. Mittal and H. A. Murthy, "A Generative Model for Zero Shot Learning Using Conditional
    Variational Autoencoders", 2018, arXiv:1709.00663.

    An encoder gives :math:`q(z | x, s) = N(\mu, \mathrm{diag}\, \sigma^2)`, a decoder the mean :math:`m(z, s)` of
    :math:`p(x | z, s) = N(m, \nu I)`, and training raises the evidence bound

    .. math:: E_q \log p(x | z, s) - \mathrm{KL}(q(z | x, s) \,\|\, N(0, I))

    with one draw of :math:`z` per sample. A generated sample is :math:`m(z, s) + \sqrt\nu\, \epsilon` with unit
    Gaussian :math:`z` and :math:`\epsilon`.

    Departures from the paper: :math:`\nu` is twice the variance within the seen classes, averaged over features, where
    the paper's squared error amounts to a half, whatever the scale of the features is; the noise is added in
    generating, as in the model, where the paper takes the decoded mean; generated samples are brought to the length of
    real ones; and the perceptrons have one hidden layer with leaky ReLUs, without dropout.

    Parameters
    ----------
    n_features, n_attributes : int
        Widths of the samples and of the semantic vectors.
    hidden, n_latent : int
        Widths of the hidden layers and of the latent vector, 1 or more.
    generator : torch.Generator
        Where the initial weights are drawn from.
    """

    variance: Tensor

    def __init__(
        self, n_features: int, n_attributes: int, *, hidden: int, n_latent: int, generator: torch.Generator
    ) -> None:
        super().__init__()
        self.n_latent = n_latent
        self.encoder = GaussianEncoder((n_features, n_attributes), hidden, n_latent, generator)
        self.decoder = ConditionalMLP((n_latent, n_attributes), hidden, n_features, generator)
        self.register_buffer("variance", torch.ones((), dtype=torch.float32))

    def prepare(self, X: Samples, codes: Codes, S: Attributes) -> None:
        r"""Set :math:`\nu`; see `FeatureGenerator.prepare`."""
        self.variance.fill_(NOISE * spread_within(X, codes))

    def loss(self, X: Samples, codes: Codes, A: SampleAttributes, generator: torch.Generator, done: float) -> Loss:
        """Compute the negative evidence bound, in nats per feature; see `FeatureGenerator.loss`."""
        mean, log_variance = self.encoder(X, A)
        decoded = self.decoder(draw_gaussian(mean, log_variance, generator), A)
        return -evidence_lower_bound(X, decoded, mean, log_variance, float(self.variance)).mean() / X.shape[1]

    def generate(self, S: Attributes, n: int, generator: torch.Generator) -> Float[Tensor, "class n feature"]:
        """Draw features of the length of real ones; see `FeatureGenerator.generate`."""
        A = S.repeat_interleave(n, dim=0)
        decoded: Tensor = self.decoder(normal((len(A), self.n_latent), generator, like=S), A)
        noisy = decoded + self.variance.sqrt().to(S.dtype) * normal(tuple(decoded.shape), generator, like=S)
        return to_length(noisy).reshape(len(S), n, -1)

    def centre(self, S: Attributes) -> Float[Tensor, "class feature"]:
        """Decode the mean of the latent vectors; see `FeatureGenerator.centre`."""
        return to_length(self.decoder(S.new_zeros(len(S), self.n_latent), S))
