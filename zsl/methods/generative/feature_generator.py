"""What every generator of features is: trained on described samples, it generates samples of any described class."""

import math
from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn

from zsl._typing import Float
from zsl.functional.scores.distances import unit
from zsl.methods.shapes import Attributes, Codes, Loss, SampleAttributes, Samples


class FeatureGenerator(nn.Module, ABC):
    r"""Learn how the features of a class follow from its semantic vector, and draw features of classes never seen.

    An ordinary classifier is then trained on real and generated features, in the space that `represent` maps samples
    to. Samples come with the length :math:`\sqrt d`, for d features, so that a feature is of the size 1. All learned
    state is in parameters and buffers, so that a state dict is the whole method.
    """

    def adversary(self) -> nn.Module | None:
        """Give the part that is trained against the rest; `critic_loss` moves it, and `loss` everything else.

        Returns
        -------
        nn.Module or None
            The critic, None if there is none.
        """
        return None

    def prepare(self, X: Samples, codes: Codes, S: Attributes) -> None:
        """Take what is kept of the seen classes into the buffers, before training.

        Parameters
        ----------
        X : Tensor of shape (sample, feature)
            Scaled features of all training samples.
        codes : Tensor of shape (sample,)
            The row of `S` that describes the class of each sample.
        S : Tensor of shape (class, attribute)
            Scaled semantic vectors of the seen classes.
        """
        return

    @abstractmethod
    def loss(self, X: Samples, codes: Codes, A: SampleAttributes, generator: torch.Generator, done: float) -> Loss:
        """Compute the loss of one batch.

        Parameters
        ----------
        X : Tensor of shape (sample, feature)
            Scaled features of a batch of training samples.
        codes : Tensor of shape (sample,)
            Their class numbers.
        A : Tensor of shape (sample, attribute)
            The semantic vector that belongs to each.
        generator : torch.Generator
            Where random numbers come from, on the CPU.
        done : float
            How much of the training is over, from 0 to 1, for losses that are weighted by a schedule.

        Returns
        -------
        scalar Tensor
            The loss, averaged over the samples.
        """

    def critic_loss(self, X: Samples, A: SampleAttributes, generator: torch.Generator) -> Loss:
        """Compute the loss that the critic is trained by; only for methods that have one.

        Parameters
        ----------
        X : Tensor of shape (sample, feature)
            Scaled features of a batch of training samples.
        A : Tensor of shape (sample, attribute)
            The semantic vector that belongs to each.
        generator : torch.Generator
            Where random numbers come from, on the CPU.

        Returns
        -------
        scalar Tensor
            The loss, averaged over the samples.
        """
        raise NotImplementedError(f"{type(self).__name__} has no critic.")

    @abstractmethod
    def generate(self, S: Attributes, n: int, generator: torch.Generator) -> Float[Tensor, "class n d"]:
        """Draw samples of classes.

        Parameters
        ----------
        S : Tensor of shape (class, attribute)
            Scaled semantic vectors.
        n : int
            How many of each class.
        generator : torch.Generator
            Where random numbers come from, on the CPU.

        Returns
        -------
        Tensor of shape (class, n, d)
            Samples in the space of `represent`.
        """

    @abstractmethod
    def centre(self, S: Attributes) -> Float[Tensor, "class d"]:
        """Give what samples of a class are drawn around: the one of no noise.

        Parameters
        ----------
        S : Tensor of shape (class, attribute)
            Scaled semantic vectors.

        Returns
        -------
        Tensor of shape (class, d)
            Samples in the space of `represent`.
        """

    def represent(self, X: Samples) -> Float[Tensor, "sample d"]:
        """Map samples to the space that the classifier works in, each on its own; they stay as they are by default.

        Parameters
        ----------
        X : Tensor of shape (sample, feature)
            Scaled features.

        Returns
        -------
        Tensor of shape (sample, d)
            Represented samples.
        """
        return X


def to_length(X: Samples) -> Samples:
    r"""Bring samples to the length :math:`\sqrt d`.

    Parameters
    ----------
    X : Tensor of shape (sample, feature)
        Samples with d features.

    Returns
    -------
    Tensor of shape (sample, feature)
        :math:`\sqrt d\, x / \|x\|`; a sample of zeros stays.
    """
    return math.sqrt(X.shape[1]) * unit(X)


def spread_within(X: Samples, codes: Codes) -> float:
    """Variance of features around the mean of their class, averaged over features.

    Parameters
    ----------
    X : Tensor of shape (sample, feature)
        Samples.
    codes : Tensor of shape (sample,)
        Their class numbers.

    Returns
    -------
    float
        The variance; a small share of the whole one, or else 1, where samples of a class are all alike.
    """
    n_class = int(codes.max()) + 1
    counts = torch.bincount(codes, minlength=n_class).clamp_min(1)
    means = torch.zeros(n_class, X.shape[1], dtype=X.dtype, device=X.device).index_add_(0, codes, X) / counts[:, None]
    within, whole = float((X - means[codes]).square().mean()), float(X.square().mean())
    return within if within > 1e-6 * whole else 0.01 * whole or 1.0
