"""What every zero-shot method is: a score of embedded images against represented classes."""

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn

from zsl._typing import Float, Int
from zsl.functional.scores.nearness import Measure


class CompatibilityMethod(nn.Module, ABC):
    """Score image and class as ``compare(embed(x), represent(s))``.

    Both sides live in one space, the semantic space, the visual one or a third. So support images can stand beside
    semantics there: a class that is known by both is the posterior mean of its represented semantics and its embedded
    support images. All learned state is in parameters and buffers, so that a state dict is the whole method.
    """

    measure: Measure = "inner"
    """By which the classes that score highest are the nearest ones, or nearly; an index over classes goes by it."""

    @abstractmethod
    def embed(self, X: Float[Tensor, "image feature"]) -> Float[Tensor, "image d"]:
        """Embed images, each on its own.

        Parameters
        ----------
        X : Tensor of shape (image, feature)
            Scaled features.

        Returns
        -------
        Tensor of shape (image, d)
            Embedded images.
        """

    @abstractmethod
    def represent(self, S: Float[Tensor, "class attribute"]) -> Float[Tensor, "class d"]:
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

    def compare(
        self, embedded: Float[Tensor, "image d"], represented: Float[Tensor, "class d"]
    ) -> Float[Tensor, "image class"]:
        """Score embedded images against represented classes; the inner product unless a method says otherwise.

        Parameters
        ----------
        embedded : Tensor of shape (image, d)
            Embedded images.
        represented : Tensor of shape (class, d)
            Represented classes.

        Returns
        -------
        Tensor of shape (image, class)
            Real scores, higher for a better match.
        """
        return embedded @ represented.T

    def probes(self, embedded: Float[Tensor, "image d"]) -> Float[Tensor, "image d"]:
        """Turn embedded images into what the classes that score highest are nearest to, by `measure`.

        Parameters
        ----------
        embedded : Tensor of shape (image, d)
            Embedded images.

        Returns
        -------
        Tensor of shape (image, d)
            The images themselves, unless a method says otherwise.
        """
        return embedded

    def forward(
        self, X: Float[Tensor, "image feature"], S: Float[Tensor, "class attribute"]
    ) -> Float[Tensor, "image class"]:
        """Score images against classes."""
        return self.compare(self.embed(X), self.represent(S))


class TrainedMethod(CompatibilityMethod):
    """A method that is trained by gradient steps on batches of seen images."""

    def prepare(self, S: Float[Tensor, "class attribute"]) -> None:
        """Take what the method keeps of the seen classes into its buffers, before training.

        Parameters
        ----------
        S : Tensor of shape (class, attribute)
            Scaled semantic vectors of the seen classes.
        """
        return

    @abstractmethod
    def loss(
        self,
        X: Float[Tensor, "image feature"],
        codes: Int[Tensor, "image"],
        S: Float[Tensor, "class attribute"],
        generator: torch.Generator,
    ) -> Float[Tensor, ""]:
        """Compute the loss of one batch.

        Parameters
        ----------
        X : Tensor of shape (image, feature)
            Scaled features of a batch of training images.
        codes : Tensor of shape (image,)
            The row of `S` that describes the class of each image.
        S : Tensor of shape (class, attribute)
            Scaled semantic vectors of all seen classes.
        generator : torch.Generator
            Where random numbers come from, on the CPU.

        Returns
        -------
        scalar Tensor
            The loss, averaged over the images.
        """
