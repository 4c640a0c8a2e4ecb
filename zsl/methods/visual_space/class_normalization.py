"""Class normalization: a perceptron from semantics to class prototypes that is standardised over the classes."""

import math
from typing import final

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from zsl._typing import Float
from zsl.functional.scores.distances import Measure, unit
from zsl.methods.compatibility import TrainedMethod
from zsl.methods.shapes import Attributes, Codes, Loss, Samples, Scores
from zsl.nn.layers import linear

MOMENTUM = 0.1
"""Weight of the newest statistics in the running ones."""

EPSILON = 1e-5
"""Added to the variance, so that a unit that is the same for all classes becomes 0 and not a division by 0."""


@final
class ClassNormalization(TrainedMethod):
    r"""Compare samples with class prototypes by a scaled cosine; the prototypes come from a standardised perceptron.

    I. Skorokhodov and M. Elhoseiny, "Class Normalization for (Continual)? Generalized Zero-Shot Learning", 2021,
    arXiv:2006.11328.

    With the class standardisation :math:`\mathrm{CS}(h) = (h - \mu) / \sqrt{\sigma^2 + \epsilon}` of each unit, the
    prototype of a class is

    .. math::
        p(s) = V\, \mathrm{CS}(\mathrm{ReLU}(\mathrm{CS}(W_2\, \mathrm{ReLU}(W_1 s + b_1)))) + b,

    with a ReLU at the end if `output_relu`. In training :math:`\mu` and :math:`\sigma^2` are taken over the seen
    classes; at prediction they are running averages, so that a class is represented on its own. The logits are
    :math:`\gamma^2 \langle x / \|x\|, p / \|p\| \rangle` ("normalize + scale"), and the loss is the softmax
    cross-entropy over the seen classes. The entries of :math:`V` start uniform with variance :math:`1 / (hd)`,
    for the hidden width :math:`h` and the feature width :math:`d`. For standardised inputs the prototypes then start
    with length about 1 before that ReLU, whatever the widths are.

    Departures from the paper: :math:`\sigma` divides, where the code that the authors published divides by
    :math:`\sigma^2`; the variance has the number of classes as its denominator, which allows a single class;
    :math:`W_2` has no bias, since standardising takes it away; :math:`b` starts at 0; the ReLU at the end may be left
    out, since centred features are negative as well; and scaling the semantic vectors, to equal length in the paper, is
    left to the caller. The continual setting is left out.

    Parameters
    ----------
    n_features, n_attributes : int
        Widths of the samples, :math:`d`, and of the semantic vectors.
    hidden : int
        Width of both hidden layers, :math:`h`.
    scale : float
        :math:`\gamma`, above 0. The authors' code takes 5.
    output_relu : bool
        Whether a ReLU ends the perceptron, as in the authors' code.
    generator : torch.Generator
        Where the initial weights are drawn from.
    """

    measure: Measure = "cosine"
    single = True

    def __init__(
        self,
        n_features: int,
        n_attributes: int,
        *,
        hidden: int,
        scale: float,
        output_relu: bool,
        generator: torch.Generator,
    ) -> None:
        super().__init__()
        self.scale = scale
        output = linear(hidden, n_features, generator)
        bound = math.sqrt(3 / (hidden * n_features))
        with torch.no_grad():
            output.weight.uniform_(-bound, bound, generator=generator)
            output.bias.zero_()
        self.embedder = nn.Sequential(
            linear(n_attributes, hidden, generator),
            nn.ReLU(),
            linear(hidden, hidden, generator, bias=False),
            _ClassStandardization(hidden),
            nn.ReLU(),
            _ClassStandardization(hidden),
            output,
            nn.ReLU() if output_relu else nn.Identity(),
        )

    def embed(self, X: Samples) -> Samples:
        """Scale samples to length 1; see `CompatibilityMethod.embed`."""
        return unit(X)

    def represent(self, S: Attributes) -> Float[Tensor, "class feature"]:
        r"""Represent classes by their prototypes at length 1, :math:`p / \|p\|`; see `CompatibilityMethod.represent`.

        In training mode the classes are standardised together, and the running statistics move on.
        """
        prototypes: Tensor = self.embedder(S)
        return unit(prototypes)

    def prepared(self, represented: Float[Tensor, "class feature"]) -> Float[Tensor, "class feature"]:
        r"""Bring represented classes to the length :math:`\gamma^2`; see `CompatibilityMethod.prepared`.

        They may have any length: a mean of unit vectors is shorter than 1.
        """
        return self.scale**2 * unit(represented)

    def match(self, embedded: Samples, prepared: Float[Tensor, "class feature"]) -> Scores:
        r"""Compute scaled cosines, :math:`\gamma^2 \cos(x, p)`; see `CompatibilityMethod.match`."""
        return unit(embedded) @ prepared.T

    def loss(self, X: Samples, codes: Codes, S: Attributes, generator: torch.Generator) -> Loss:
        """Compute the softmax cross-entropy over the seen classes, averaged over samples; see `TrainedMethod.loss`."""
        return cross_entropy(self(X, S), codes)


class _ClassStandardization(nn.Module):
    """Standardise each unit over the rows in training, and by running statistics at prediction."""

    mean: Tensor
    variance: Tensor

    def __init__(self, width: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(width, dtype=torch.float32))
        self.register_buffer("variance", torch.ones(width, dtype=torch.float32))

    def forward(self, rows: Float[Tensor, "class unit"]) -> Float[Tensor, "class unit"]:
        """Standardise rows."""
        mean, variance = self.mean, self.variance
        if self.training:
            mean, variance = rows.mean(dim=0), rows.var(dim=0, correction=0)
            self.mean.lerp_(mean.detach(), MOMENTUM)
            self.variance.lerp_(variance.detach(), MOMENTUM)
        return (rows - mean) / torch.sqrt(variance + EPSILON)
