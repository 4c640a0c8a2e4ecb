"""SAE: a linear map from samples to semantics whose transpose maps back."""

from collections.abc import Iterator
from typing import Literal, final

import numpy as np
import torch
from torch import Tensor

from zsl._typing import Float, FloatArray
from zsl.functional.linear.moments import Moments
from zsl.functional.linear.shifted import ShiftedSystem
from zsl.functional.scores.distances import Measure, unit
from zsl.methods.linear.closed_form import ClosedFormMethod, Grid, as_tensor
from zsl.methods.shapes import Attributes, Samples

Direction = Literal["semantic", "visual"]


@final
class SAE(ClosedFormMethod):
    r"""Encode samples as semantics with a map whose transpose decodes them, and compare on either side.

    E. Kodirov, T. Xiang and S. Gong, "Semantic Autoencoder for Zero-Shot Learning", 2017, arXiv:1704.08345.

    With samples as columns of :math:`X` (d × n) and the semantics of their classes as columns of :math:`S` (a × n), the
    map :math:`W` (a × d) minimises

    .. math:: \|X - W^T S\|^2 + \lambda \|W X - S\|^2, \qquad S S^T W + \lambda W X X^T = (1 + \lambda) S X^T,

    a Sylvester equation. Eigenvectors of :math:`S S^T` and one decomposition of :math:`X X^T` solve it for all
    :math:`\lambda`. A class is the nearest by cosine to :math:`W x` among the semantics, or to x among the
    :math:`W^T s`.

    Departures from the paper: :math:`\lambda = \alpha\, \mathrm{tr}(S S^T) / \mathrm{tr}(X X^T)`, so that one grid
    suits data of any size.

    Parameters
    ----------
    n_features, n_attributes : int
        Widths of the samples and of the semantic vectors.
    direction : {"semantic", "visual"}
        The side on which they are compared.
    """

    weight: Tensor
    measure: Measure = "cosine"
    single = True

    def __init__(self, n_features: int, n_attributes: int, *, direction: Direction) -> None:
        super().__init__()
        self.projection = None
        self.direction = direction
        self.embeds_alike = direction == "visual"
        self.register_buffer("weight", torch.zeros(n_attributes, n_features, dtype=torch.float64))

    @classmethod
    def solve(
        cls, moments: Moments, S: FloatArray, grid: Grid, *, direction: Direction = "visual"
    ) -> Iterator[tuple[dict[str, float], "SAE"]]:
        """Solve for a grid of "alpha", with one `direction` for all; see `ClosedFormMethod.solve`."""
        strength, turn = np.linalg.eigh(S.T @ (moments.counts[:, None] * S))
        # Directions without semantics have nothing to solve for.
        there = strength > 1e-12 * max(strength.max(), 0.0)
        turn, strength, total = turn[:, there], strength[there], float(np.trace(moments.gram))
        ratio = float(strength.sum()) / total if total > 0 else 1.0
        penalties = np.array([alpha * ratio for alpha in grid["alpha"]])
        weights = [np.zeros((S.shape[1], len(moments.gram)))] * len(penalties)
        if there.any():
            target = (turn.T @ (S.T @ moments.sums)).T
            # In these directions the equation falls into linear systems, each with the Gram matrix of the samples.
            shifts = np.maximum(strength / penalties[:, None], max(1e-13 * total, 2 * moments.noise, 1e-300))
            solved = ShiftedSystem(moments.gram).solve(target, shifts)
            weights = [turn @ part.T * ((1 + p) / p) for part, p in zip(solved, penalties, strict=True)]
        for alpha, weight in zip(grid["alpha"], weights, strict=True):
            method = cls(0, 0, direction=direction)
            method.weight = as_tensor(weight)
            yield {"alpha": alpha}, method

    def project(self, X: Samples) -> Float[Tensor, "sample p"]:
        """Bring samples to length 1, encoded where they are compared as semantics; see `ClosedFormMethod.project`."""
        return unit(X @ self.weight.T if self.direction == "semantic" else X)

    def represent(self, S: Attributes) -> Float[Tensor, "class d"]:
        """Decode semantics where they are compared as samples; see `CompatibilityMethod.represent`."""
        return S if self.direction == "semantic" else S @ self.weight

    def prepared(self, represented: Float[Tensor, "class d"]) -> Float[Tensor, "class d"]:
        """Bring represented classes to length 1, so that they are compared by cosines."""
        return unit(represented)
