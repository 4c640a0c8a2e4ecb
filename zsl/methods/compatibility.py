"""What every zero-shot method is: a score of embedded samples against represented classes."""

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn

from zsl._typing import Float
from zsl.functional.scores.distances import Measure
from zsl.methods.shapes import Attributes, Codes, Loss, Samples, Scores


class CompatibilityMethod(nn.Module, ABC):
    """Score sample and class as ``compare(embed(x), represent(s))``.

    Both sides live in one space, the semantic space, the visual one or a third. So support samples can stand beside
    semantics there: a class that is known by both is the posterior mean of its represented semantics and its embedded
    support samples. All learned state is in parameters and buffers, so that a state dict is the whole method.
    """

    measure: Measure = "inner"
    """Measure by which the classes of the highest scores are the nearest, or nearly; an index over classes uses it."""

    single: bool = False
    """Whether samples are embedded and compared by products and lengths alone, which keep all but the last digits of
    samples in single precision; scores that take differences of large numbers or logarithms don't."""

    attributewise: bool = False
    """Whether each attribute is represented by itself, and the score is a sum over attributes of what that gives."""

    @abstractmethod
    def embed(self, X: Samples) -> Float[Tensor, "sample d"]:
        """Embed samples, each on its own.

        Parameters
        ----------
        X : Tensor of shape (sample, feature)
            Scaled features.

        Returns
        -------
        Tensor of shape (sample, d)
            Embedded samples.
        """

    @abstractmethod
    def represent(self, S: Attributes) -> Float[Tensor, "class d"]:
        """Represent classes, each on its own.

        Parameters
        ----------
        S : Tensor of shape (class, attribute)
            Scaled semantic vectors.

        Returns
        -------
        Tensor of shape (class, d)
            Represented classes.
        """

    def prepared(self, represented: Float[Tensor, "class d"]) -> Float[Tensor, "class d"]:
        """Turn represented classes into what samples are matched with, each on its own: what need be done only once.

        Parameters
        ----------
        represented : Tensor of shape (class, d)
            Represented classes.

        Returns
        -------
        Tensor of shape (class, d)
            The classes themselves, unless a method overrides it.
        """
        return represented

    def match(self, embedded: Float[Tensor, "sample d"], prepared: Float[Tensor, "class d"]) -> Scores:
        """Score embedded samples against prepared classes; the inner product unless a method overrides it.

        Parameters
        ----------
        embedded : Tensor of shape (sample, d)
            Embedded samples.
        prepared : Tensor of shape (class, d)
            Represented classes, as `prepared` returns them.

        Returns
        -------
        Tensor of shape (sample, class)
            Real scores, higher for a better match.
        """
        return embedded @ prepared.T

    def compare(self, embedded: Float[Tensor, "sample d"], represented: Float[Tensor, "class d"]) -> Scores:
        """Score embedded samples against represented classes, by `match` with what is `prepared` of these.

        Parameters
        ----------
        embedded : Tensor of shape (sample, d)
            Embedded samples.
        represented : Tensor of shape (class, d)
            Represented classes.

        Returns
        -------
        Tensor of shape (sample, class)
            Real scores, higher for a better match.
        """
        return self.match(embedded, self.prepared(represented))

    def probes(self, embedded: Float[Tensor, "sample d"]) -> Float[Tensor, "sample d"]:
        """Turn embedded samples into vectors that the classes of the highest scores are nearest to, by `measure`.

        Parameters
        ----------
        embedded : Tensor of shape (sample, d)
            Embedded samples.

        Returns
        -------
        Tensor of shape (sample, d)
            The samples themselves, unless a method overrides it.
        """
        return embedded

    def forward(self, X: Samples, S: Attributes) -> Scores:
        """Score samples against classes."""
        return self.compare(self.embed(X), self.represent(S))


class TrainedMethod(CompatibilityMethod):
    """A method that is trained by gradient steps on batches of seen samples."""

    def prepare(self, S: Attributes) -> None:
        """Take what the method keeps of the seen classes into its buffers, before training.

        Parameters
        ----------
        S : Tensor of shape (class, attribute)
            Scaled semantic vectors of the seen classes.
        """
        return

    @abstractmethod
    def loss(self, X: Samples, codes: Codes, S: Attributes, generator: torch.Generator) -> Loss:
        """Compute the loss of one batch.

        Parameters
        ----------
        X : Tensor of shape (sample, feature)
            Scaled features of a batch of training samples.
        codes : Tensor of shape (sample,)
            The row of `S` that describes the class of each sample.
        S : Tensor of shape (class, attribute)
            Scaled semantic vectors of all seen classes.
        generator : torch.Generator
            Where random numbers come from, on the CPU.

        Returns
        -------
        scalar Tensor
            The loss, averaged over the samples.
        """
