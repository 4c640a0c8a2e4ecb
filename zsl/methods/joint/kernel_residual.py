"""Kernel ridge regression on what the scores of class texts leave over, in the style of ProKeR."""

from typing import final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from zsl._typing import Float, FloatArray
from zsl.functional.linear.class_kernels import WIDTHS
from zsl.functional.linear.kernel_ridge import KernelRidgePath
from zsl.methods.joint.adapter import JointAdapter, as_rows
from zsl.methods.shapes import Samples, Scores

MOST_LANDMARKS = 1500
"""Up to this many samples the kernel is exact."""


@final
class KernelResidual(JointAdapter):
    r"""Add to the cosine of a sample and a class text what kernel ridge regression makes of the few samples.

    In the style of ProKeR: Y. Bendou, A. Ouasfi, V. Gripon and A. Boukhayma, "ProKeR: A Kernel Perspective on Few-Shot
    Adaptation of Large Vision-Language Models", CVPR 2025, arXiv:2501.11175. Of all functions in the space of the
    kernel around the zero-shot scores :math:`F_c(x) = \langle x, t_c \rangle`, that is taken which is nearest to 1 for
    the samples of its class and to 0 for those of the others, with a penalty on the distance to F:

    .. math:: g(x) = \tau \left( F(x) + k(x)^T (K + \lambda I)^{-1} (Y - F(X)) \right), \qquad
        k(x, x') = \tfrac15 \textstyle\sum_t \exp((\langle x, x' \rangle - 1) / t)

    for n samples X of length 1 with the classes Y in one-hot form, :math:`K_{ij} = k(x_i, x_j)`, and the widths t of
    0.15, 0.3, 0.6, 1.2 and 2.4. The scale :math:`\tau` makes logits of the scores and changes no prediction. A class
    without samples is pushed down near those of the others, and has its zero-shot score elsewhere.

    Departures from the paper: the mean of five kernels takes the place of one whose width is searched for on validation
    samples; the penalty is chosen by the exact leave-one-out scores of the support (`left_out`); samples and texts may
    come from any joint space; of more than 1500 samples the kernel is approximated by 1500 of them
    (`zsl.functional.linear.kernel_ridge`).

    Parameters
    ----------
    texts : Tensor of shape (class, feature)
        Class texts of length 1.
    multipliers : Tensor of shape (class,)
        :math:`\tau` for each class.
    keys : Tensor of shape (key, feature)
        The samples that others are compared with.
    dual : Tensor of shape (key, class)
        What each adds to the scores, :math:`\tau (K + \lambda I)^{-1} (Y - F)`.
    """

    keys: Tensor
    dual: Tensor

    def __init__(
        self,
        texts: Float[Tensor, "class feature"],
        multipliers: Float[Tensor, "class"],
        keys: Float[Tensor, "key feature"],
        dual: Float[Tensor, "key class"],
    ) -> None:
        super().__init__(texts, multipliers)
        self.register_buffer("keys", keys)
        self.register_buffer("dual", dual)

    @classmethod
    def fit(
        cls, samples: FloatArray, codes: NDArray[np.intp], texts: FloatArray, *, scale: float, penalty: float
    ) -> "KernelResidual":
        r"""Solve for the residual.

        Parameters
        ----------
        samples : array of shape (n, d)
            Samples of length 1, none or more.
        codes : array of shape (n,)
            Their class numbers.
        texts : array of shape (C, d)
            Class texts of length 1.
        scale, penalty : float
            :math:`\tau` and :math:`\lambda`, above 0.

        Returns
        -------
        KernelResidual
            The fitted adapter.
        """
        keys = samples
        dual: FloatArray = np.zeros((0, len(texts)))
        if len(samples):
            path = _path(samples)
            keys, dual = path.landmarks, scale * path.dual(_left_over(samples, codes, texts), penalty)
        return cls(as_rows(texts), as_rows(np.full(len(texts), float(scale))), as_rows(keys), as_rows(dual))

    def residuals(self, X: Samples) -> Scores:
        """Compute the kernel's part of the scores; see `JointAdapter.residuals`."""
        cosines, kernel = X @ self.keys.T, torch.zeros((len(X), len(self.keys)), dtype=X.dtype)
        for width in WIDTHS:
            kernel += torch.exp((cosines - 1) / width)
        return kernel @ self.dual / len(WIDTHS)


def left_out(
    samples: FloatArray, codes: NDArray[np.intp], texts: FloatArray, penalties: tuple[float, ...]
) -> list[FloatArray]:
    r"""Score each sample by the adapter of all other samples, for several penalties.

    One eigendecomposition is enough: with :math:`Q = (K + \lambda I)^{-1}` these scores are
    :math:`Y - \mathrm{diag}(Q)^{-1} Q (Y - F)`.

    Parameters
    ----------
    samples, codes, texts : arrays of shape (n, d), (n,) and (C, d)
        As in `KernelResidual.fit`.
    penalties : tuple of float
        Values of :math:`\lambda`.

    Returns
    -------
    list of arrays of shape (n, C)
        The scores for each penalty.
    """
    path, targets = _path(samples), _left_over(samples, codes, texts)
    return [samples @ texts.T + path.left_out(samples, targets, penalty) for penalty in penalties]


def _path(samples: FloatArray) -> KernelRidgePath:
    return KernelRidgePath.fit(samples, "rbf", np.ones(len(samples)), most_landmarks=MOST_LANDMARKS)


def _left_over(samples: FloatArray, codes: NDArray[np.intp], texts: FloatArray) -> FloatArray:
    """What the cosines leave over, (n, C)."""
    left: FloatArray = -(samples @ texts.T)
    left[np.arange(len(codes)), codes] += 1.0
    return left
