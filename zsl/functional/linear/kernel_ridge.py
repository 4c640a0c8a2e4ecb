r"""Kernel ridge regression from classes to vectors, for all penalties at once, with exact leave-one-out predictions.

C classes with the kernel :math:`K`, targets :math:`R` of shape (C, d) and noise weights :math:`W`, a diagonal of mean
1, have the fitted values

.. math:: K (K + \lambda W)^{-1} R .

One eigendecomposition serves every :math:`\lambda`. With more classes than `MOST_LANDMARKS` the kernel is replaced by
its Nyström approximation from that many of them (C. Williams and M. Seeger, "Using the Nyström Method to Speed Up
Kernel Machines", 2000), so that time and memory grow with C and not with its square.
"""

from dataclasses import dataclass

import numpy as np
from scipy import linalg

from zsl._typing import FloatArray
from zsl.functional.linear.class_kernels import Kernel, class_kernel
from zsl.functional.linear.moments import evenly_spread

MOST_LANDMARKS = 1000
"""Up to this many classes the kernel is exact."""


@dataclass(frozen=True, eq=False)
class KernelRidgePath:
    r"""A solution for every penalty: fitted values are :math:`F\, \mathrm{diag}(1 / (v + \lambda))\, G^T R`.

    Parameters
    ----------
    kernel : {"rbf", "linear"}
        Which kernel.
    landmarks : array of shape (m, A)
        Joined semantic vectors of the classes that others are compared with.
    basis : array of shape (m, r)
        :math:`F = k(z, \text{landmarks})\, \text{basis}` are the features of a class.
    weights, values : arrays of shape (C, r) and (r,)
        :math:`G`, and the eigenvalues v, 0 or more.
    """

    kernel: Kernel
    landmarks: FloatArray
    basis: FloatArray
    weights: FloatArray
    values: FloatArray

    @classmethod
    def fit(
        cls, rows: FloatArray, kernel: Kernel, noise: FloatArray, *, most_landmarks: int = MOST_LANDMARKS
    ) -> "KernelRidgePath":
        """Decompose the kernel of classes with joined semantic vectors (C, A), and noise weights (C,) above 0.

        With more than `most_landmarks` classes, it is approximated from this many of them, evenly spread over the rows.
        """
        root = 1 / np.sqrt(noise)
        if len(rows) <= most_landmarks:
            values, vectors = linalg.eigh(root[:, None] * class_kernel(rows, rows, kernel) * root)
            weights = root[:, None] * vectors
            return cls(kernel, rows, weights, weights, np.maximum(values, 0.0))
        landmarks = rows[evenly_spread(len(rows), most_landmarks)]
        values, vectors = linalg.eigh(class_kernel(landmarks, landmarks, kernel))
        kept = values > 1e-8 * values[-1]
        whiten = vectors[:, kept] / np.sqrt(values[kept])
        features = root[:, None] * (class_kernel(rows, landmarks, kernel) @ whiten)
        values, vectors = linalg.eigh(features.T @ features)
        return cls(kernel, landmarks, whiten @ vectors, root[:, None] * (features @ vectors), np.maximum(values, 0.0))

    def features(self, rows: FloatArray) -> FloatArray:
        """Features :math:`F` of classes, (C, r), from their joined semantic vectors, (C, A)."""
        return class_kernel(rows, self.landmarks, self.kernel) @ self.basis

    def dual(self, targets: FloatArray, penalty: float) -> FloatArray:
        r"""Weights V of the landmarks, (m, d), for targets (C, d): fitted is :math:`k(z, \text{landmarks}) V`."""
        found: FloatArray = self.basis @ self.shrunk(self.weights.T @ targets, penalty)
        return found

    def shrunk(self, projected: FloatArray, penalty: float) -> FloatArray:
        r"""From projected targets :math:`G^T R`, (r, d), to :math:`\mathrm{diag}(1 / (v + \lambda))\, G^T R`."""
        found: FloatArray = projected / (self.values + penalty)[:, None]
        return found

    def left_out(self, rows: FloatArray, targets: FloatArray, penalty: float) -> FloatArray:
        r"""Predict each target from all other classes, for the rows (C, A) that were fitted on and targets (C, d).

        With the smoother :math:`H = K (K + \lambda W)^{-1}` this is :math:`R - (R - H R) / (1 - \mathrm{diag}\, H)`,
        the same as refitting without the class.
        """
        features = self.features(rows)
        shrunk = features / (self.values + penalty)
        own = np.einsum("ij,ij->i", shrunk, self.weights)
        rest = targets - shrunk @ (self.weights.T @ targets)
        predicted: FloatArray = targets - rest / np.maximum(1 - own, 1e-12)[:, None]
        return predicted


def noise_weights(counts: FloatArray, means: FloatArray, centre: FloatArray) -> FloatArray:
    r"""Noise of class means, relative to its mean over the classes.

    Of samples of length 1 the mean of n has the variance :math:`(1 - \overline{\|M\|^2}) / n` around its class, and
    classes lie :math:`\overline{\|M - m_0\|^2}` apart. A class mean then misses what its description predicts by a
    deviation of its own and by this noise, :math:`W_{cc} \propto 1 + \nu / n_c` with the ratio :math:`\nu` of the two.
    So classes of few samples count for less.

    Parameters
    ----------
    counts, means : arrays of shape (C,) and (C, d)
        Samples per class, 1 or more, and class means :math:`M` of samples of length 1.
    centre : array of shape (d,)
        :math:`m_0`.

    Returns
    -------
    array of shape (C,)
        The diagonal of :math:`W`, with mean 1.
    """
    within = max(1 - float(np.square(means).sum(axis=1).mean()), 0.0)
    between = float(np.square(means - centre).sum(axis=1).mean())
    ratio = within / between if between > 1e-12 else 0.0
    weights = 1 + ratio / counts
    relative: FloatArray = weights / weights.mean()
    return relative
