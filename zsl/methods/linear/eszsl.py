"""ESZSL: a bilinear compatibility with a squared loss, solved in closed form."""

from collections.abc import Iterator
from typing import final

import numpy as np
import torch
from torch import Tensor

from zsl._typing import Float, FloatArray
from zsl.functional.linear.moments import Moments
from zsl.functional.linear.shifted import ShiftedSystem
from zsl.methods.linear.closed_form import Grid, ScaledClosedForm, as_tensor
from zsl.methods.shapes import Attributes


@final
class ESZSL(ScaledClosedForm):
    r"""Score a sample and a class by a bilinear form fitted to +1 for the right class and -1 for the others.

    B. Romera-Paredes and P. H. S. Torr, "An embarrassingly simple approach to zero-shot learning", 2015, International
    Conference on Machine Learning, proceedings.mlr.press/v37/romera-paredes15.

    With samples :math:`X` (n × d), semantics :math:`S` (C × a) and labels :math:`Y` in :math:`\{-1, 1\}` (n × C), the
    score is :math:`x^T V s`, where :math:`V` minimises

    .. math::

        \|X V S^T - Y\|^2 + \gamma \|V S^T\|^2 + \lambda \|X V\|^2 + \gamma\lambda \|V\|^2, \qquad
        V = (X^T X + \gamma I)^{-1} X^T Y S\, (S^T S + \lambda I)^{-1}.

    Departures from the paper: the penalties come in units of the data,
    :math:`\gamma = \alpha_x\, \mathrm{tr}(X^T X) / d` and :math:`\lambda = \alpha_s\, \mathrm{tr}(S^T S) / \min(C, a)`,
    so that one grid suits data of any size; and scores are scaled so that a training sample scores 1 with its own class
    on average. Sample and class are embedded with half of the right-hand inverse each, which leaves the score as it is
    and puts samples of a class near its semantics.

    Parameters
    ----------
    n_features, n_attributes, n_classes : int
        Widths of the samples and of the semantic vectors, and number of seen classes.
    """

    projection: Tensor
    into: Tensor
    root: Tensor

    def __init__(self, n_features: int, n_attributes: int, n_classes: int) -> None:
        super().__init__()
        narrow = min(n_attributes, n_classes)
        self.register_buffer("projection", torch.zeros(n_features, narrow, dtype=torch.float64))
        self.register_buffer("into", torch.zeros(narrow, n_attributes, dtype=torch.float64))
        self.register_buffer("root", torch.zeros(n_attributes, n_attributes, dtype=torch.float64))

    @classmethod
    def solve(cls, moments: Moments, S: FloatArray, grid: Grid) -> Iterator[tuple[dict[str, float], "ESZSL"]]:
        r"""Solve for grids of :math:`\alpha_x` and :math:`\alpha_s`; see `ClosedFormMethod.solve`.

        They are called "alpha_features" and "alpha_semantics".
        """
        n_classes, n_attributes = S.shape
        labelled = 2 * moments.sums.T - moments.sums.sum(axis=0)[:, None]
        through_attributes = n_attributes < n_classes
        system = ShiftedSystem(moments.gram)
        values, vectors = np.linalg.eigh(S.T @ S)
        level = max(float(values.sum()) / min(S.shape), 1e-300)
        roots = [(alpha, _inverse_root(values, vectors, alpha * level)) for alpha in grid["alpha_semantics"]]
        target = labelled @ S if through_attributes else labelled
        penalties = [moments.penalty(alpha) for alpha in grid["alpha_features"]]
        for alpha_features, solved in zip(grid["alpha_features"], system.solve(target, penalties), strict=True):
            projection = as_tensor(solved)
            for alpha_semantics, root in roots:
                method = cls(0, 0, 0)
                method.projection, method.root = projection, as_tensor(root)
                method.into = method.root if through_attributes else as_tensor(S @ root)
                method.set_scale(moments, S)
                yield {"alpha_features": alpha_features, "alpha_semantics": alpha_semantics}, method

    def finish(self, projected: Float[Tensor, "sample p"]) -> Float[Tensor, "sample attribute"]:
        r"""Go from :math:`X (X^T X + \gamma I)^{-1} X^T Y` to embedded samples; see `ClosedFormMethod.finish`.

        These are :math:`X (X^T X + \gamma I)^{-1} X^T Y S\, (S^T S + \lambda I)^{-1/2}`.
        """
        return projected @ self.into

    def represent(self, S: Attributes) -> Attributes:
        r"""Represent classes as :math:`S\, (S^T S + \lambda I)^{-1/2}`; see `CompatibilityMethod.represent`.

        The semantics within the brackets are those of the seen classes.
        """
        return S @ self.root


def _inverse_root(values: FloatArray, vectors: FloatArray, shift: float) -> FloatArray:
    """Inverse square root of a matrix with this eigendecomposition, shifted."""
    root: FloatArray = (vectors / np.sqrt(np.maximum(values, 0.0) + shift)) @ vectors.T
    return root
