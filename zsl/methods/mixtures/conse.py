"""ConSE: an image stands at the mean of the semantics of the seen classes that it looks like."""

from typing import final

import torch
from torch import Tensor

from zsl._typing import Float, Int
from zsl.exceptions import InvalidInputError
from zsl.functional.losses.losses import cross_entropy
from zsl.functional.scores.distances import unit
from zsl.functional.scores.nearness import Measure
from zsl.methods.compatibility import TrainedMethod
from zsl.nn.layers import linear


@final
class ConSE(TrainedMethod):
    r"""Embed an image as the convex combination of the semantics of its most probable seen classes (ConSE).

    M. Norouzi, T. Mikolov, S. Bengio, Y. Singer, J. Shlens, A. Frome, G. S. Corrado and J. Dean, "Zero-Shot Learning
    by Convex Combination of Semantic Embeddings", 2014, arXiv:1312.5650.

    A softmax classifier over the seen classes gives :math:`p(k | x)`. With :math:`k_1, \dots, k_T` the :math:`T` most
    probable classes, the image lies in the semantic space at

    .. math:: f(x) = \frac{\sum_{t=1}^T p(k_t | x)\, s_{k_t}}{\sum_{t=1}^T p(k_t | x)},

    and a class has the cosine of :math:`f(x)` and its semantic vector as score. Only the classifier is trained, so
    semantics play no part in training.

    Where we depart from the paper: the classifier is a multinomial logistic regression on given features, where the
    paper takes a convolutional network trained before, and the semantics may be any vectors, not only word vectors.

    Parameters
    ----------
    n_features : int
        Width of the images.
    n_attributes : int
        Width of the semantic vectors.
    n_classes : int
        Number of seen classes.
    top : int
        :math:`T`, 1 or more; with fewer seen classes, all of them.
    generator : torch.Generator
        Where the initial weights are drawn from.

    Raises
    ------
    InvalidInputError
        If `top` is below 1.
    """

    seen_semantics: Tensor
    measure: Measure = "cosine"

    def __init__(
        self, n_features: int, n_attributes: int, n_classes: int, *, top: int, generator: torch.Generator
    ) -> None:
        super().__init__()
        if top < 1:
            raise InvalidInputError(f"top={top}; wanted 1 or more.")
        self.top = min(top, n_classes)
        self.classifier = linear(n_features, n_classes, generator)
        self.register_buffer("seen_semantics", torch.zeros(n_classes, n_attributes))

    def prepare(self, S: Float[Tensor, "class attribute"]) -> None:
        """Keep the semantics of the seen classes.

        Parameters
        ----------
        S : Tensor of shape (class, attribute)
            Scaled semantic vectors of the seen classes.
        """
        self.seen_semantics.copy_(S)

    def embed(self, X: Float[Tensor, "image feature"]) -> Float[Tensor, "image attribute"]:
        """Embed images in the semantic space.

        Parameters
        ----------
        X : Tensor of shape (image, feature)
            Scaled features.

        Returns
        -------
        Tensor of shape (image, attribute)
            :math:`f(x)`.
        """
        logits = self.classifier(X)
        best = logits.topk(self.top, dim=1)
        # A softmax over the best classes alone is their probabilities divided by their sum.
        weights = torch.zeros_like(logits).scatter(1, best.indices, best.values.softmax(dim=1))
        return weights @ self.seen_semantics

    def represent(self, S: Float[Tensor, "class attribute"]) -> Float[Tensor, "class attribute"]:
        """Represent classes by their semantics as they are.

        Parameters
        ----------
        S : Tensor of shape (class, attribute)
            Scaled semantic vectors.

        Returns
        -------
        Tensor of shape (class, attribute)
            The same.
        """
        return S

    def compare(
        self, embedded: Float[Tensor, "image attribute"], represented: Float[Tensor, "class attribute"]
    ) -> Float[Tensor, "image class"]:
        """Compare images and classes by the cosine.

        Parameters
        ----------
        embedded : Tensor of shape (image, attribute)
            Embedded images.
        represented : Tensor of shape (class, attribute)
            Semantic vectors.

        Returns
        -------
        Tensor of shape (image, class)
            Cosines, in [-1, 1].
        """
        return unit(embedded) @ unit(represented).T

    def loss(
        self,
        X: Float[Tensor, "image feature"],
        codes: Int[Tensor, "image"],
        S: Float[Tensor, "class attribute"],
        generator: torch.Generator,
    ) -> Float[Tensor, ""]:
        """Compute the cross-entropy of the seen classes.

        Parameters
        ----------
        X : Tensor of shape (image, feature)
            Scaled features of a batch of training images.
        codes : Tensor of shape (image,)
            The seen class of each image, in the order given to `prepare`.
        S : Tensor of shape (class, attribute)
            Not used: the semantics play no part in training.
        generator : torch.Generator
            Not used.

        Returns
        -------
        scalar Tensor
            The mean over images.
        """
        return cross_entropy(self.classifier(X), codes)
