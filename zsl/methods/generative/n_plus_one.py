"""A classifier with one class more, for generated samples."""

from typing import final

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, one_hot

from zsl._typing import Float
from zsl.methods.generative.feature_generator import to_length
from zsl.methods.shapes import Codes, Loss, Samples
from zsl.nn.generators import ConditionalMLP, normal


@final
class NPlusOne(nn.Module):
    r"""N classes and one for generated samples, trained against a generator of samples of the N classes.

    T. Salimans, I. Goodfellow, W. Zaremba, V. Cheung, A. Radford and X. Chen, "Improved Techniques for Training GANs",
    2016, arXiv:1606.03498.

    With a softmax :math:`p` over N + 1 classes and generated samples :math:`G(z, c)` of a class drawn at random, the
    classifier lowers

    .. math:: -\tfrac12 E \log p(y | x) - \tfrac12 E \log p(N + 1 | G(z, c))

    and the generator lowers :math:`-E \log p(c | G(z, c))`. Generated samples are made of a decoded vector and unit
    Gaussian noise, brought to the length of real ones, so that the generator shifts a cloud and can't fall to a point.

    Departures from the paper: the generator is given the class to draw, and is trained by that class, where the paper
    matches the mean of a hidden layer; all samples are labelled; the noise is added; and both are perceptrons on
    features, without dropout and weight normalisation.

    Parameters
    ----------
    n_features : int
        Width of the features.
    n_classes : int
        N, 1 or more.
    hidden, n_latent : int
        Widths of the hidden layers and of :math:`z`, 1 or more.
    noise : float
        Deviation of the noise in each direction, 0 or more. Samples have the length :math:`\sqrt d`, for d features.
    generator : torch.Generator
        Where the initial weights are drawn from.
    """

    def __init__(
        self, n_features: int, n_classes: int, *, hidden: int, n_latent: int, noise: float, generator: torch.Generator
    ) -> None:
        super().__init__()
        self.n_classes = n_classes
        self.n_latent = n_latent
        self.noise = noise
        self.critic = ConditionalMLP((n_features,), hidden, n_classes + 1, generator)
        self.maker = ConditionalMLP((n_latent, n_classes), hidden, n_features, generator)

    def forward(self, X: Samples) -> Float[Tensor, "sample output"]:
        """Logits of the N classes and, last, of generated samples."""
        logits: Tensor = self.critic(X)
        return logits

    def generate(self, codes: Codes, generator: torch.Generator) -> Samples:
        """Generate one sample of each class asked for.

        Parameters
        ----------
        codes : Tensor of shape (sample,)
            Class numbers from 0 to N - 1.
        generator : torch.Generator
            Where the noise comes from, on the CPU.

        Returns
        -------
        Tensor of shape (sample, feature)
            Samples.
        """
        wanted = one_hot(codes.long(), self.n_classes).to(next(self.parameters()))
        made: Tensor = self.maker(normal((len(codes), self.n_latent), generator, like=wanted), wanted)
        return to_length(made + self.noise * normal(tuple(made.shape), generator, like=made))

    def loss(self, codes: Codes, generator: torch.Generator) -> Loss:
        """Compute the loss of the generator.

        Parameters
        ----------
        codes : Tensor of shape (sample,)
            Classes to generate, one sample each.
        generator : torch.Generator
            Where the noise comes from, on the CPU.

        Returns
        -------
        scalar Tensor
            The loss.
        """
        return cross_entropy(self(self.generate(codes, generator)), codes)

    def critic_loss(self, X: Samples, codes: Codes, generator: torch.Generator) -> Loss:
        """Compute the loss of the classifier.

        Parameters
        ----------
        X : Tensor of shape (sample, feature)
            Real samples.
        codes : Tensor of shape (sample,)
            Their class numbers, and those of as many generated samples.
        generator : torch.Generator
            Where the noise comes from, on the CPU.

        Returns
        -------
        scalar Tensor
            The loss.
        """
        with torch.no_grad():
            made = self.generate(codes, generator)
        extra = torch.full_like(codes, self.n_classes)
        return 0.5 * (cross_entropy(self(X), codes) + cross_entropy(self(made), extra))
