"""SSE: samples and classes as mixtures of seen classes."""

from typing import final

import torch
from torch import Tensor

from zsl._typing import Float
from zsl.functional.clusters.prototypes import class_sums
from zsl.functional.clusters.simplex import simplex_coefficients
from zsl.functional.scores.distances import unit
from zsl.functional.scores.relation import relation_scores
from zsl.methods.compatibility import TrainedMethod
from zsl.methods.shapes import Attributes, Codes, Loss, Samples
from zsl.nn.layers import linear


@final
class SSE(TrainedMethod):
    r"""Compare the mixture of seen classes that makes a class with the mixture that a sample looks like (SSE).

    Z. Zhang and V. Saligrama, "Zero-Shot Learning via Semantic Similarity Embedding", 2015, arXiv:1509.04767.

    A class with the semantic vector :math:`s` becomes the mixture of the :math:`C` seen classes that comes nearest to
    it,

    .. math::

        z = \arg\min_{\alpha \ge 0,\, \sum_k \alpha_k = 1}
        \tfrac12 \Big\|s - \sum_k \alpha_k s_k\Big\|^2 + \tfrac{\gamma}{2} \|\alpha\|^2,

    with semantic vectors of length 1. A sample is described by one number for each seen class, with
    weights :math:`w` that the classes share and a vector of thresholds :math:`v_k` of each,

    .. math:: \pi_k(x) = \langle w, \max(0, x - v_k) \rangle,

    the maximum taken feature by feature. The score is :math:`f(x, c) = \langle \pi(x), z_c \rangle`. The paper has a
    second form, with :math:`\min(x, v_k)`. This is :math:`x - \max(0, x - v_k)`, and as the coefficients :math:`z` sum
    to 1, its first term is the same for all classes: with :math:`-w` for :math:`w` all differences of scores, and so
    the loss, are those of the first form. So one form is enough.

    Training asks for a margin :math:`\Delta(y, c) = 1 - \cos(s_y, s_c)` between the true class :math:`y` and each
    other seen class :math:`c`, for each sample and for the mean of the samples of a class:

    .. math::

        \frac1{NC} \sum_{i,c} \big[\Delta(y_i, c) - f(x_i, y_i) + f(x_i, c)\big]_+
        + \frac{\lambda}{NC} \sum_{y,c} \Big[\sum_{i: y_i = y} \Delta(y, c) - f(x_i, y) + f(x_i, c)\Big]_+.

    Departures from the paper: weights and thresholds are trained together by gradient steps on batches, in place of the
    paper's solver; the means of classes are those of a batch, and each counts by its number of samples; the penalties
    on weights and thresholds are left to the weight decay of the training loop; thresholds may be negative, because
    scaled features may; and the mean of :math:`\pi(x)` over the seen classes is subtracted, which shifts all scores of
    a sample alike and keeps a common level out of classes that are known by support samples.

    Parameters
    ----------
    n_features, n_attributes, n_classes : int
        Widths of the samples and of the semantic vectors, and number of seen classes, :math:`C`.
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
        self.register_buffer("seen_semantics", torch.zeros(n_classes, n_attributes, dtype=torch.float32))
        self.register_buffer("seen_mixtures", torch.eye(n_classes, dtype=torch.float32))

    def prepare(self, S: Attributes) -> None:
        """Keep the seen classes and their mixtures; see `TrainedMethod.prepare`."""
        self.seen_semantics.copy_(unit(S))
        self.seen_mixtures.copy_(self.represent(S))

    def embed(self, X: Samples) -> Float[Tensor, "sample seen"]:
        r"""Describe samples by the seen classes, :math:`\pi(x)` less its mean; see `CompatibilityMethod.embed`."""
        described = relation_scores(X, -self.thresholds.weight, self.weights.weight[0])
        return described - described.mean(dim=1, keepdim=True)

    def represent(self, S: Attributes) -> Float[Tensor, "class seen"]:
        """Represent classes by coefficients of 0 or more that sum to 1; see `CompatibilityMethod.represent`."""
        return simplex_coefficients(unit(S), self.seen_semantics.to(S.dtype), self.regularization)

    def loss(self, X: Samples, codes: Codes, S: Attributes, generator: torch.Generator) -> Loss:
        """Compute the hinge losses of samples and of class means; see `TrainedMethod.loss`."""
        scores = self.compare(self.embed(X), self.seen_mixtures)
        wanted = 1 - self.seen_semantics[codes] @ self.seen_semantics.T
        missing = wanted + scores - scores.gather(1, codes[:, None])
        sums, _ = class_sums(missing, codes, len(self.seen_mixtures))
        return missing.relu().mean() + self.alignment * sums.relu().sum() / missing.numel()
