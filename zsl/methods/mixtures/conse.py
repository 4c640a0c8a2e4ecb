"""ConSE: a sample stands at the mean of the semantics of the seen classes that it looks like."""

from typing import final

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from zsl._typing import Float
from zsl.exceptions import InvalidInputError
from zsl.functional.scores.distances import Measure, unit
from zsl.methods.compatibility import TrainedMethod
from zsl.methods.shapes import Attributes, Codes, Loss, Samples, Scores
from zsl.nn.layers import linear


@final
class ConSE(TrainedMethod):
    r"""Embed a sample as the convex combination of the semantics of its most probable seen classes (ConSE).

    M. Norouzi, T. Mikolov, S. Bengio, Y. Singer, J. Shlens, A. Frome, G. S. Corrado and J. Dean, "Zero-Shot Learning
    by Convex Combination of Semantic Embeddings", 2014, arXiv:1312.5650.

    A softmax classifier over the seen classes gives :math:`p(k | x)`. With :math:`k_1, \dots, k_T` the :math:`T` most
    probable classes, the sample lies in the semantic space at

    .. math:: f(x) = \frac{\sum_{t=1}^T p(k_t | x)\, s_{k_t}}{\sum_{t=1}^T p(k_t | x)},

    and a class has the cosine of :math:`f(x)` and its semantic vector as score. Only the classifier is trained, so
    semantics play no part in training.

    Departures from the paper: the classifier is a multinomial logistic regression on given features, where the paper
    takes a convolutional network trained before, and the semantics may be any vectors, not only word vectors.

    Parameters
    ----------
    n_features, n_attributes, n_classes : int
        Widths of the samples and of the semantic vectors, and number of seen classes.
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
        self.register_buffer("seen_semantics", torch.zeros(n_classes, n_attributes, dtype=torch.float32))

    def prepare(self, S: Attributes) -> None:
        """Keep the semantics of the seen classes; see `TrainedMethod.prepare`."""
        self.seen_semantics.copy_(S)

    def embed(self, X: Samples) -> Float[Tensor, "sample attribute"]:
        """Embed samples in the semantic space, at :math:`f(x)`; see `CompatibilityMethod.embed`."""
        logits = self.classifier(X)
        best = logits.topk(self.top, dim=1)
        # A softmax over the best classes alone is their probabilities divided by their sum.
        weights = torch.zeros_like(logits).scatter(1, best.indices, best.values.softmax(dim=1))
        return weights @ self.seen_semantics

    def represent(self, S: Attributes) -> Attributes:
        """Represent classes by their semantics as they are; see `CompatibilityMethod.represent`."""
        return S

    def prepared(self, represented: Attributes) -> Attributes:
        """Bring semantics to length 1; see `CompatibilityMethod.prepared`."""
        return unit(represented)

    def match(self, embedded: Float[Tensor, "sample attribute"], prepared: Attributes) -> Scores:
        """Compute cosines, in [-1, 1]; see `CompatibilityMethod.match`."""
        return unit(embedded) @ prepared.T

    def loss(self, X: Samples, codes: Codes, S: Attributes, generator: torch.Generator) -> Loss:
        """Compute the cross-entropy of the seen classes, in which semantics play no part; see `TrainedMethod.loss`."""
        return cross_entropy(self.classifier(X), codes)
