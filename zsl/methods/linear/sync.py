"""SynC: classifiers of unseen classes synthesised from those of seen ones."""

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
class SynC(ScaledClosedForm):
    r"""Synthesise the linear classifier of a class from base classifiers of phantom classes near it.

    S. Changpinyo, W.-L. Chao, B. Gong and F. Sha, "Synthesized Classifiers for Zero-Shot Learning", 2016,
    arXiv:1603.00550.

    A class with semantics :math:`a_c` has the classifier

    .. math::

        w_c = \sum_r \sigma_{cr} v_r, \qquad
        \sigma_{cr} = \frac{\exp(-\|a_c - b_r\|^2 / \theta)}{\sum_t \exp(-\|a_c - b_t\|^2 / \theta)}

    with phantom classes :math:`b_r` and base classifiers :math:`v_r`. The phantom classes are here the seen classes, so
    that the classifiers of the seen classes decide the base ones: :math:`V = \Sigma^{-1} W` with the weights
    :math:`\Sigma` among the seen classes. An unseen class has the classifier
    :math:`w_u = \sigma_u^T \Sigma^{-1} W`.

    Departures from the paper: the one-versus-other classifiers :math:`W` have the squared loss in place of the squared
    hinge, which gives them the closed form :math:`(X^T X + \lambda I)^{-1} X^T Y` with
    :math:`\lambda = \alpha\, \mathrm{tr}(X^T X) / d` and :math:`Y` in :math:`\{-1, 1\}`; phantom classes aren't
    learned; the width is :math:`\theta = \text{width} \times` the mean squared distance between seen classes; and
    scores are scaled so that a training sample scores 1 with its own class on average.

    Parameters
    ----------
    n_features, n_attributes, n_classes : int
        Widths of the samples and of the semantic vectors, and number of seen classes.
    """

    projection: Tensor
    phantoms: Tensor
    mixing: Tensor
    theta: Tensor

    def __init__(self, n_features: int, n_attributes: int, n_classes: int) -> None:
        super().__init__()
        self.register_buffer("projection", torch.zeros(n_features, n_classes, dtype=torch.float64))
        self.register_buffer("phantoms", torch.zeros(n_classes, n_attributes, dtype=torch.float64))
        self.register_buffer("mixing", torch.zeros(n_classes, n_classes, dtype=torch.float64))
        self.register_buffer("theta", torch.ones((), dtype=torch.float64))

    @classmethod
    def solve(cls, moments: Moments, S: FloatArray, grid: Grid) -> Iterator[tuple[dict[str, float], "SynC"]]:
        r"""Solve for grids of "alpha", :math:`\alpha`, and "width"; see `ClosedFormMethod.solve`."""
        labelled = 2 * moments.sums.T - moments.sums.sum(axis=0)[:, None]
        system = ShiftedSystem(moments.gram)
        phantoms = as_tensor(S)
        apart = torch.cdist(phantoms, phantoms).square()
        level = float(apart.sum()) / max(len(S) * (len(S) - 1), 1) or 1.0
        mixings = [(width, width * level, _inverse(_weights(apart, width * level))) for width in grid["width"]]
        solved = system.solve(labelled, [moments.penalty(alpha) for alpha in grid["alpha"]])
        for alpha, weights in zip(grid["alpha"], solved, strict=True):
            projection = as_tensor(weights)
            for width, theta, mixing in mixings:
                method = cls(0, 0, 0)
                method.projection, method.phantoms, method.mixing = projection, phantoms, mixing
                method.theta = torch.tensor(theta, dtype=torch.float64)
                method.set_scale(moments, S)
                yield {"alpha": alpha, "width": width}, method

    def represent(self, S: Attributes) -> Float[Tensor, "class seen"]:
        r"""Weigh the seen classifiers by :math:`\sigma_c^T \Sigma^{-1}`; see `CompatibilityMethod.represent`.

        These are the coordinates of :math:`w_c` among the seen classifiers: for a seen class 1 at its place and 0
        elsewhere.
        """
        apart = torch.cdist(S, self.phantoms, compute_mode="donot_use_mm_for_euclid_dist").square()
        return _weights(apart, self.theta) @ self.mixing


def _weights(apart: Tensor, theta: float | Tensor) -> Tensor:
    """Softmax of the negative squared distances."""
    return torch.softmax(-apart / theta, dim=1)


def _inverse(weights: Tensor) -> Tensor:
    """Inverse by singular values; those that are lost in rounding, of classes with nearly one row, are left out."""
    return as_tensor(np.linalg.pinv(weights.numpy(), rcond=1e-10))
