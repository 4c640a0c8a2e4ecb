"""SSE: images and classes as mixtures of seen classes."""

from typing import final

import torch
from torch import Tensor

from zsl._typing import Float, Int
from zsl.functional.clusters.prototypes import class_sums
from zsl.functional.clusters.simplex import simplex_coefficients
from zsl.functional.scores.distances import unit
from zsl.functional.scores.relation import relation_scores
from zsl.methods.compatibility import TrainedMethod
from zsl.nn.layers import linear


@final
class SSE(TrainedMethod):
    r"""Compare the mixture of seen classes that makes a class with the mixture that an image looks like (SSE).

    Z. Zhang and V. Saligrama, "Zero-Shot Learning via Semantic Similarity Embedding", 2015, arXiv:1509.04767.

    A class with the semantic vector :math:`s` becomes the mixture of the :math:`C` seen classes that comes nearest to
    it,

    .. math::

        z = \arg\min_{\alpha \ge 0,\, \sum_k \alpha_k = 1}
        \tfrac12 \Big\|s - \sum_k \alpha_k s_k\Big\|^2 + \tfrac{\gamma}{2} \|\alpha\|^2,

    with semantic vectors of length 1. An image is described by one number for each seen class, with
    weights :math:`w` that the classes share and a vector of thresholds :math:`v_k` of each,

    .. math:: \pi_k(x) = \langle w, \max(0, x - v_k) \rangle,

    the maximum taken feature by feature. The score is :math:`f(x, c) = \langle \pi(x), z_c \rangle`. The paper has a
    second form, with :math:`\min(x, v_k)`. This is :math:`x - \max(0, x - v_k)`, and as the coefficients :math:`z` sum
    to 1, its first term is the same for all classes: with :math:`-w` for :math:`w` all differences of scores, and so
    the loss, are those of the first form. So one form is enough.

    Training asks for a margin :math:`\Delta(y, c) = 1 - \cos(s_y, s_c)` between the true class :math:`y` and each
    other seen class :math:`c`, for each image and for the mean of the images of a class:

    .. math::

        \frac1{NC} \sum_{i,c} \big[\Delta(y_i, c) - f(x_i, y_i) + f(x_i, c)\big]_+
        + \frac{\lambda}{NC} \sum_{y,c} \Big[\sum_{i: y_i = y} \Delta(y, c) - f(x_i, y) + f(x_i, c)\Big]_+.

    Where we depart from the paper: weights and thresholds are trained together by gradient steps on batches, in place
    of the paper's solver; the means of classes are those of a batch, and each counts by its number of images; the
    penalties on weights and thresholds are left to the weight decay of the training loop; thresholds may be negative,
    because scaled features may; and the mean of :math:`\pi(x)` over the seen classes is taken off, which shifts all
    scores of an image alike and keeps a common level out of classes that are known by support images.

    Parameters
    ----------
    n_features : int
        Width of the images.
    n_attributes : int
        Width of the semantic vectors.
    n_classes : int
        Number of seen classes, :math:`C`.
    regularization : float
        :math:`\gamma`, above 0; larger values spread a class over more seen classes.
    alignment : float
        :math:`\lambda`, 0 or more, the weight of the margins of class means.
    generator : torch.Generator
        Where the initial weights are drawn from.
    """

    seen_semantics: Tensor
    seen_mixtures: Tensor

    def __init__(
        self,
        n_features: int,
        n_attributes: int,
        n_classes: int,
        *,
        regularization: float,
        alignment: float,
        generator: torch.Generator,
    ) -> None:
        super().__init__()
        self.regularization, self.alignment = regularization, alignment
        self.weights = linear(n_features, 1, generator, bias=False)
        self.thresholds = linear(n_features, n_classes, generator, bias=False)
        self.register_buffer("seen_semantics", torch.zeros(n_classes, n_attributes))
        self.register_buffer("seen_mixtures", torch.eye(n_classes))

    def prepare(self, S: Float[Tensor, "class attribute"]) -> None:
        """Keep the seen classes and their mixtures.

        Parameters
        ----------
        S : Tensor of shape (class, attribute)
            Scaled semantic vectors of the seen classes.
        """
        self.seen_semantics.copy_(unit(S))
        self.seen_mixtures.copy_(self.represent(S))

    def embed(self, X: Float[Tensor, "image feature"]) -> Float[Tensor, "image seen"]:
        r"""Describe images by the seen classes.

        Parameters
        ----------
        X : Tensor of shape (image, feature)
            Scaled features.

        Returns
        -------
        Tensor of shape (image, seen)
            :math:`\pi(x)` less its mean.
        """
        described = relation_scores(X, -self.thresholds.weight, self.weights.weight[0])
        return described - described.mean(dim=1, keepdim=True)

    def represent(self, S: Float[Tensor, "class attribute"]) -> Float[Tensor, "class seen"]:
        """Represent classes as mixtures of the seen classes.

        Parameters
        ----------
        S : Tensor of shape (class, attribute)
            Scaled semantic vectors.

        Returns
        -------
        Tensor of shape (class, seen)
            Coefficients, 0 or more, that sum to 1.
        """
        return simplex_coefficients(unit(S), self.seen_semantics.to(S.dtype), self.regularization)

    def loss(
        self,
        X: Float[Tensor, "image feature"],
        codes: Int[Tensor, "image"],
        S: Float[Tensor, "class attribute"],
        generator: torch.Generator,
    ) -> Float[Tensor, ""]:
        """Compute the hinge losses of images and of class means.

        Parameters
        ----------
        X : Tensor of shape (image, feature)
            Scaled features of a batch of training images.
        codes : Tensor of shape (image,)
            The seen class of each image, in the order given to `prepare`.
        S : Tensor of shape (class, attribute)
            Not used: `prepare` keeps what is needed of the seen classes.
        generator : torch.Generator
            Not used.

        Returns
        -------
        scalar Tensor
            The mean over images and seen classes.
        """
        scores = self.compare(self.embed(X), self.seen_mixtures)
        wanted = 1 - self.seen_semantics[codes] @ self.seen_semantics.T
        missing = wanted + scores - scores.gather(1, codes[:, None])
        sums, _ = class_sums(missing, codes, len(self.seen_mixtures))
        return missing.relu().mean() + self.alignment * sums.relu().sum() / missing.numel()
