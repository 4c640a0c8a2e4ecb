"""One decomposition of a symmetric matrix for all penalties that are added to its diagonal."""

from collections.abc import Sequence

import numpy as np
from scipy.linalg import lapack

from zsl._typing import FloatArray
from zsl.exceptions import ZSLError


class ShiftedSystem:
    r"""Solve :math:`(G + \lambda I) X = B` for many :math:`\lambda > 0` and a symmetric G without negative eigenvalues.

    The first half of an eigendecomposition is enough: :math:`G = Q T Q^T` with orthogonal :math:`Q`, kept as
    reflectors, and tridiagonal :math:`T`. Each :math:`\lambda` then costs a tridiagonal system and one product with
    :math:`Q`, a small part of a factorisation (G. H. Golub and C. F. Van Loan, "Matrix Computations", 4th edition,
    2013, section 8.3).
    """

    def __init__(self, matrix: FloatArray) -> None:
        self._matrix = matrix
        self._decomposed = False

    def _decompose(self) -> None:
        if self._decomposed:
            return
        size = len(self._matrix)
        self._scale = float(np.abs(self._matrix).max(initial=0.0)) or 1.0
        scaled = (self._matrix / self._scale).T  # the same numbers in the order that the routine works on in place
        packed, self._diagonal, self._beside, self._tau, info = lapack.dsytrd(
            scaled, lower=1, lwork=64 * size, overwrite_a=1
        )
        _check(info)
        self._reflectors = np.asfortranarray(packed[1:, :-1])
        self._decomposed = True

    def solve(self, B: FloatArray, shifts: Sequence[float] | FloatArray) -> list[FloatArray]:
        r"""One solution (d, m) per :math:`\lambda` of `shifts`, for right-hand sides B of shape (d, m).

        Values above 0 are one for all right-hand sides at a time or, as rows of an array (l, m), one for each of them.
        It is an error if the matrix has an eigenvalue of :math:`-\lambda` or below.
        """
        if len(shifts) == 1 and not np.ndim(shifts[0]):
            return [self._solve_once(B, float(shifts[0]))]
        self._decompose()
        turned = self._turned(B / self._scale, "T")
        solved = []
        for shift in np.asarray(shifts, dtype=np.float64):
            if shift.ndim:
                solved.append(np.hstack([self._shifted(turned[:, [j]], value) for j, value in enumerate(shift)]))
            else:
                solved.append(self._shifted(turned, shift))
        # One product with Q for all of them runs at the speed of a matrix product.
        parts = np.split(self._turned(np.hstack(solved), "N"), len(solved), axis=1)
        # In the order that a file gives them back in: products are rounded differently in another one.
        return [np.ascontiguousarray(part) for part in parts]

    def _solve_once(self, B: FloatArray, shift: float) -> FloatArray:
        """By a Cholesky decomposition, which is cheaper for one value."""
        shifted = np.array(self._matrix, order="F")
        shifted[np.diag_indices_from(shifted)] += shift
        _, solution, info = lapack.dposv(shifted, B, overwrite_a=1)
        _check(info)
        return np.ascontiguousarray(solution)

    def _shifted(self, turned: FloatArray, shift: float) -> FloatArray:
        diagonal = self._diagonal + shift / self._scale
        if len(diagonal) == 1:
            solution, info = turned / diagonal, int(diagonal[0] <= 0)
        else:
            *_, solution, info = lapack.dptsv(diagonal, self._beside, turned)
        _check(info)
        found: FloatArray = solution
        return found

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
