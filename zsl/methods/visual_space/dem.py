"""DEM: a perceptron from semantics to the visual space, trained by least squares."""

from typing import final

import torch
from torch import Tensor, nn

from zsl._typing import Float
from zsl.functional.scores.distances import Measure, squared_distances
from zsl.methods.compatibility import TrainedMethod
from zsl.methods.shapes import Attributes, Codes, Loss, Samples, Scores
from zsl.nn.layers import linear


@final
class DEM(TrainedMethod):
    r"""Map semantics into the visual space and take the nearest class there.

    L. Zhang, T. Xiang and S. Gong, "Learning a Deep Embedding Model for Zero-Shot Learning", 2017, arXiv:1611.05088.

    A class with the semantic vector :math:`s` is placed among the features at

    .. math:: f(s) = \mathrm{ReLU}(W_2\, \mathrm{ReLU}(W_1 s + b_1) + b_2).

    Training lowers the squared distance of the samples to their class,
    :math:`\frac1N \sum_i \|x_i - f(s_{y_i})\|^2`, plus the squared length of the weights. A sample goes to the nearest
    class. Mapping this way, and not from features to semantics, keeps hubs rare: classes that are the nearest one of
    samples everywhere.

    Departures from the paper: there is one kind of semantics, where the paper also fuses several and reads sentences by
    a recurrent network; the ReLU at the output may be left out, since centred features are negative as well; and the
    weights are held small by the weight decay of the training loop.

    Parameters
    ----------
    n_features, n_attributes : int
        Widths of the samples and of the semantic vectors.
    hidden : int
        Width of the hidden layer, 1 or more.
    output_relu : bool
        Whether a ReLU ends the perceptron, as in the paper.
    generator : torch.Generator
        Where the initial weights are drawn from.
    """

    measure: Measure = "euclidean"

    def __init__(
        self, n_features: int, n_attributes: int, *, hidden: int, output_relu: bool, generator: torch.Generator
    ) -> None:
        super().__init__()
        self.mapper = nn.Sequential(
            linear(n_attributes, hidden, generator),
            nn.ReLU(),
            linear(hidden, n_features, generator),
            nn.ReLU() if output_relu else nn.Identity(),
        )

    def embed(self, X: Samples) -> Samples:
        """Leave samples as they are; see `CompatibilityMethod.embed`."""
        return X

    def represent(self, S: Attributes) -> Float[Tensor, "class feature"]:
        """Place classes among the features, at :math:`f(s)`; see `CompatibilityMethod.represent`."""
        placed: Tensor = self.mapper(S)
        return placed

    def match(self, embedded: Samples, prepared: Float[Tensor, "class feature"]) -> Scores:
        """Compute negative squared Euclidean distances; see `CompatibilityMethod.match`.

        They are multiplied out so that no (sample, class, feature) table is built. Rounding may leave a number slightly
        above 0 where the two are equal.
        """
        return -squared_distances(embedded, prepared)

    def loss(self, X: Samples, codes: Codes, S: Attributes, generator: torch.Generator) -> Loss:
        """Compute the squared distance of samples to their class, averaged over samples; see `TrainedMethod.loss`."""
        return (self.embed(X) - self.represent(S)[codes]).square().sum(dim=1).mean()
