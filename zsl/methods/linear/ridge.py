"""Ridge regression from semantics to samples, then the nearest mapped class."""

from collections.abc import Iterator
from typing import Literal, final

import numpy as np
import torch
from torch import Tensor

from zsl._typing import Float, FloatArray
from zsl.functional.linear.moments import Moments
from zsl.functional.scores.distances import squared_distances, unit
from zsl.methods.linear.closed_form import ClosedFormMethod, Grid, as_tensor
from zsl.methods.shapes import Attributes, Samples, Scores

Metric = Literal["cosine", "euclidean"]


@final
class RidgePrototypes(ClosedFormMethod):
    r"""Map the semantics of a class to a prototype among the samples, and take the nearest one.

    Y. Shigeto, I. Suzuki, K. Hara, M. Shimbo and Y. Matsumoto, "Ridge Regression, Hubness, and Zero-Shot Learning",
    2015, arXiv:1507.00825: regressing from semantics to samples, and not back, keeps hubs rare.

    With the semantics :math:`s_{y_i}` of the class of sample :math:`x_i`, the map :math:`M` (a × d) minimises

    .. math::

        \sum_i \|x_i - M^T s_{y_i}\|^2 + \lambda \|M\|^2, \qquad
        M = (\textstyle\sum_c n_c s_c s_c^T + \lambda I)^{-1} \sum_c s_c \sum_{i: y_i = c} x_i^T .

    Departures from the paper: :math:`\lambda = \alpha\, n / C`, so that one grid suits data of any size; and beside the
    Euclidean distance there is the cosine.

    Parameters
    ----------
    n_features, n_attributes : int
        Widths of the samples and of the semantic vectors.
    metric : {"cosine", "euclidean"}
        Cosine, or negative squared distance.
    """

    weight: Tensor
    embeds_alike = True

    def __init__(self, n_features: int, n_attributes: int, *, metric: Metric) -> None:
        super().__init__()
        self.projection = None
        self.metric = self.measure = metric
        self.single = metric == "cosine"
        self.register_buffer("weight", torch.zeros(n_attributes, n_features, dtype=torch.float64))

    @classmethod
    def solve(
        cls, moments: Moments, S: FloatArray, grid: Grid, *, metric: Metric = "cosine"
    ) -> Iterator[tuple[dict[str, float], "RidgePrototypes"]]:
        """Solve for a grid of "alpha", with one `metric` for all; see `ClosedFormMethod.solve`."""
        # A singular value decomposition of the class table serves the whole grid, however wide the table is.
        weight = np.sqrt(moments.counts)[:, None]
        left, values, right = np.linalg.svd(weight * S, full_matrices=False)
        target = left.T @ (moments.sums / np.maximum(weight, 1e-300))
        for alpha in grid["alpha"]:
            penalty = alpha * moments.n / len(S)
            method = cls(0, 0, metric=metric)
            method.weight = as_tensor(right.T @ ((values / (values**2 + penalty))[:, None] * target))
            yield {"alpha": alpha}, method

    def project(self, X: Samples) -> Samples:
        """Bring samples to length 1 for the cosine; see `ClosedFormMethod.project`."""
        return unit(X) if self.metric == "cosine" else X

    def represent(self, S: Attributes) -> Float[Tensor, "class feature"]:
        """Map classes to prototypes, :math:`S M`; see `CompatibilityMethod.represent`."""
        return S @ self.weight

    def prepared(self, represented: Float[Tensor, "class feature"]) -> Float[Tensor, "class feature"]:
        """Bring prototypes to length 1 for the cosine; see `CompatibilityMethod.prepared`."""
        return unit(represented) if self.metric == "cosine" else represented

    def match(self, embedded: Samples, prepared: Float[Tensor, "class feature"]) -> Scores:
        """Compute cosines with prototypes, or negative squared distances to them; see `CompatibilityMethod.match`."""
        if self.metric == "cosine":
            return embedded @ prepared.T
        return -squared_distances(embedded, prepared)
