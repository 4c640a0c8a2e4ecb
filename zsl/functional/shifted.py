"""One decomposition of a symmetric matrix for all penalties that are added to its diagonal."""

import numpy as np
from scipy.linalg import lapack

from zsl._typing import FloatArray
from zsl.exceptions import ZSLError


class ShiftedSystem:
    r"""Solve :math:`(G + \lambda I) X = B` for many :math:`\lambda > 0`.

    The first half of an eigendecomposition is enough: :math:`G = Q T Q^T` with orthogonal :math:`Q`, kept as
    reflectors, and tridiagonal :math:`T`. Each :math:`\lambda` then costs a tridiagonal system and one product with
    :math:`Q`, a small part of a factorisation (G. H. Golub and C. F. Van Loan, "Matrix Computations", 4th edition,
    2013, section 8.3).

    Parameters
    ----------
    matrix : array of shape (d, d)
        :math:`G`, symmetric without negative eigenvalues.
    """

    def __init__(self, matrix: FloatArray) -> None:
        size = len(matrix)
        self._scale = float(np.abs(matrix).max(initial=0.0)) or 1.0
        scaled = np.asfortranarray(matrix / self._scale)
        packed, self._diagonal, self._beside, self._tau, info = lapack.dsytrd(scaled, lower=1, lwork=64 * size)
        _check(info)
        self._reflectors = np.asfortranarray(packed[1:, :-1])

    def solve(self, B: FloatArray, shift: float) -> FloatArray:
        r"""Solve for one :math:`\lambda`.

        Parameters
        ----------
        B : array of shape (d, m)
            Right-hand sides.
        shift : float
            :math:`\lambda`, above 0.

        Returns
        -------
        array of shape (d, m)
            The solution.

        Raises
        ------
        ZSLError
            If the matrix has an eigenvalue of :math:`-\lambda` or below.
        """
        turned = self._turned(B / self._scale, "T")
        *_, solution, info = lapack.dptsv(self._diagonal + shift / self._scale, self._beside, turned)
        _check(info)
        return self._turned(solution, "N")

    def _turned(self, B: FloatArray, transposed: str) -> FloatArray:
        """Apply Q or its transpose; its first row and column are those of the identity."""
        if not len(self._tau):
            return B
        lower, _, info = lapack.dormqr(
            "L", transposed, self._reflectors, self._tau, np.asfortranarray(B[1:]), lwork=64 * B.shape[1]
        )
        _check(info)
        return np.vstack([B[:1], lower])


def _check(info: int) -> None:
    if info:
        raise ZSLError(f"A linear system couldn't be solved (code {info}); wanted a penalty above rounding error.")
