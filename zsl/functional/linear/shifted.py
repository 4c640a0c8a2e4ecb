"""One decomposition of a symmetric matrix for all penalties that are added to its diagonal."""

from collections.abc import Sequence

import numpy as np
from scipy.linalg import lapack

from zsl._typing import FloatArray
from zsl.exceptions import ZSLError

MOST_FACTORED = 8
"""For up to so many shifts, a decomposition for each of them is faster than one for all."""


class ShiftedSystem:
    r"""Solve :math:`(G + \lambda I) X = B` for many :math:`\lambda > 0` and a symmetric G without negative eigenvalues.

    For many values the first half of an eigendecomposition is enough: :math:`G = Q T Q^T` with orthogonal :math:`Q`,
    kept as reflectors, and tridiagonal :math:`T`. Each :math:`\lambda` then costs a tridiagonal system and one product
    with :math:`Q`, a small part of a factorisation (G. H. Golub and C. F. Van Loan, "Matrix Computations", 4th edition,
    2013, section 8.3). Half of that decomposition moves as many numbers as it computes, though, so that a Cholesky
    decomposition for each of a few values takes less time.
    """

    def __init__(self, matrix: FloatArray) -> None:
        self._matrix = matrix
        # The same numbers, in the order that routines work on in place.
        self._in_columns = matrix if matrix.flags.f_contiguous else matrix.T
        self._decomposed = False

    def _decompose(self) -> None:
        if self._decomposed:
            return
        size = len(self._matrix)
        self._scale = float(np.abs(self._matrix).max(initial=0.0)) or 1.0
        scaled = self._in_columns / self._scale
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
        if len(shifts) <= MOST_FACTORED and not np.ndim(shifts[0]):
            return self._factored(B, [float(shift) for shift in shifts])
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

    def _factored(self, B: FloatArray, shifts: Sequence[float]) -> list[FloatArray]:
        """By a Cholesky decomposition for each value, which runs at the speed of matrix products."""
        solved, buffer = [], np.empty_like(self._matrix, order="F")
        for shift in shifts:
            np.copyto(buffer, self._in_columns)
            buffer[np.diag_indices_from(buffer)] += shift
            root, info = lapack.dpotrf(buffer, lower=1, clean=0, overwrite_a=1)  # the upper one takes longer
            _check(info)
            solution, _ = lapack.dpotrs(root, B, lower=1)
            solved.append(np.ascontiguousarray(solution))
        return solved

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
