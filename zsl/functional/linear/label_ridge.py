"""Linear scores of many labels at once, and those of labels without a sample from descriptions, in closed form."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from zsl._typing import FloatArray
from zsl.functional.linear.kernel_ridge import KernelRidgePath
from zsl.functional.linear.ridge import RidgeMap
from zsl.functional.linear.shifted import ShiftedSystem


@dataclass(frozen=True, eq=False)
class LabelMoments:
    """Number of samples, their sum (d,) and inner products (d, d), samples per label (C,), and their sums (d, C)."""

    n: int
    total: FloatArray
    gram: FloatArray
    positives: FloatArray
    sums: FloatArray

    @classmethod
    def of(cls, X: FloatArray, Y: FloatArray) -> "LabelMoments":
        """Take the moments of samples (n, d) with an indicator matrix (n, C)."""
        return cls(len(X), X.sum(axis=0), X.T @ X, Y.sum(axis=0), X.T @ Y)

    def __add__(self, other: "LabelMoments") -> "LabelMoments":
        return LabelMoments(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))

    def __sub__(self, other: "LabelMoments") -> "LabelMoments":
        return LabelMoments(*(getattr(self, name) - getattr(other, name) for name in self.__dataclass_fields__))


def label_ridge(moments: LabelMoments, alphas: Sequence[float]) -> Iterator[RidgeMap]:
    r"""Regress the standardised label matrix on samples.

    With a share :math:`p_c` of samples that have label c, the targets are
    :math:`t_{ic} = (y_{ic} - p_c) / \sqrt{p_c (1 - p_c)}`, -1 and 1 for a label that half of the samples have, and

    .. math::

        \min_{W, b} \sum_i \|t_i - W^T x_i - b\|^2 + \lambda \|W\|^2, \qquad
        \lambda = \alpha \operatorname{tr}(\tilde X^T \tilde X) / d .

    Standardised, rare labels have scores of the size of frequent ones, so that a map between labels can mix them.

    Parameters
    ----------
    moments : LabelMoments
        Moments of the training samples.
    alphas : sequence of float
        Penalties :math:`\alpha`, above 0.

    Yields
    ------
    RidgeMap
        Weights (d, C) and intercepts (C,) for each penalty. A label that no sample or every one has gets zeros.
    """
    mean, share = moments.total / moments.n, moments.positives / moments.n
    gram = moments.gram - np.outer(mean, moments.total)
    deviation = np.sqrt(share * (1 - share))
    target = (moments.sums - np.outer(mean, moments.positives)) / np.where(deviation > 0, deviation, np.inf)
    level = float(np.trace(gram)) / len(gram)
    unit = level if level > 1e-12 * moments.n else 1.0
    for weight in ShiftedSystem(gram).solve(target, [alpha * unit for alpha in alphas]):
        yield RidgeMap(weight, -mean @ weight)


def label_mixing(path: KernelRidgePath, rows: FloatArray, penalty: float) -> FloatArray:
    r"""Write labels as mixtures of the known ones, by kernel ridge regression over labels.

    What is to be told of a label, such as its weights :math:`w_c`, is regressed on its description :math:`z_c` around
    the mean of the known labels, which is linear in what is known:

    .. math:: \hat w_u = \bar w + \sum_c \beta_{uc} (w_c - \bar w), \qquad \beta_u = k(z_u, Z) (K + \lambda I)^{-1} .

    With the linear kernel this is the bilinear map of ESZSL, up to how its penalty is counted.

    Parameters
    ----------
    path : KernelRidgePath
        The decomposed kernel of C known labels.
    rows : array of shape (u, A)
        Descriptions of the others.
    penalty : float
        :math:`\lambda`, above 0.

    Returns
    -------
    array of shape (u, C)
        Coefficients of the known labels, rows of which sum to 1.
    """
    beta = (path.features(rows) / (path.values + penalty)) @ path.weights.T
    found: FloatArray = beta + (1 - beta.sum(axis=1, keepdims=True)) / beta.shape[1]
    return found
