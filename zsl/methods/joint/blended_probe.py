"""A linear probe that blends class texts with learned prototypes, in the style of LP++."""

from collections.abc import Sequence
from typing import final

import numpy as np
from numpy.typing import NDArray

from zsl._typing import FloatArray
from zsl.functional.losses.cross_entropy import cross_entropy
from zsl.methods.joint.adapter import LinearAdapter, as_rows

BLEND_EVERY = 10
"""Steps of the prototypes for one of the multipliers."""
MOMENTUM = 0.9


@final
class BlendedProbe(LinearAdapter):
    r"""Score by learned prototypes beside class texts, fitted by steps whose size the data give.

    In the style of LP++: Y. Huang, F. Shakeri, J. Dolz, M. Boudiaf, H. Bahig and I. Ben Ayed, "LP++: A Surprisingly
    Strong Linear Probe for Few-Shot CLIP", CVPR 2024, arXiv:2404.02285. The scores

    .. math:: g(x, c) = \langle x, w_c + \alpha_c t_c \rangle

    lower the cross-entropy L of the n samples X over the prototypes w, which start from the class means, and every ten
    steps over the multipliers :math:`\alpha`, each time to where a quadratic bound on L is least:

    .. math:: w \leftarrow w - \frac{2 n}{\ell} \nabla_w L, \qquad
        \alpha_c \leftarrow \alpha_c - \frac{2 n}{\ell_c} \frac{\partial L}{\partial \alpha_c}, \qquad
        \ell = \lambda_{\max}(X^T X), \quad \ell_c = \textstyle\sum_i \langle x_i, t_c \rangle^2

    The curvature of the cross-entropy in the scores of a sample is at most 1/2, so that no such step makes L larger.
    Nothing but the number of steps keeps the probe near its start.

    Departures from the paper: the bound is the exact one, where theirs takes half the curvature; as in the authors'
    code, steps of w carry a momentum, here of 0.9 (without it, as the bound has it, they are ten times as many); each
    multiplier has a step size of its own; the multipliers start from the scale at which the texts alone have the
    largest likelihood, not from a multiple of the mean cosine that suits CLIP; how many steps are taken is chosen by
    samples of the support that are left out (`zsl.BlendedProbeClassifier`), where the authors' code takes the one that
    is best on validation samples; and there are no offsets. A class without samples takes part
    in L, with a prototype of zeros at first.

    Parameters
    ----------
    texts, multipliers, weights
        As in `LinearAdapter`: t, :math:`\alpha` and w.
    """

    @classmethod
    def path(
        cls,
        samples: FloatArray,
        codes: NDArray[np.intp],
        texts: FloatArray,
        *,
        scale: float,
        steps: Sequence[int],
        momentum: float = MOMENTUM,
    ) -> list["BlendedProbe"]:
        r"""Descend once, and keep the probe after each of these numbers of steps.

        Parameters
        ----------
        samples : array of shape (n, d)
            Samples of length 1, none or more.
        codes : array of shape (n,)
            Their class numbers.
        texts : array of shape (C, d)
            Class texts of length 1.
        scale : float
            First value of all :math:`\alpha`, above 0.
        steps : sequence of int
            Rising numbers of steps of the prototypes, 1 or more each.
        momentum : float, default=0.9
            Share of the last step that is added to the next one, 0 or more and below 1. With 0, L falls with each step.

        Returns
        -------
        list of BlendedProbe
            The adapters.
        """
        multipliers, weights, drift = np.full(len(texts), float(scale)), np.zeros(texts.shape), np.zeros(texts.shape)
        np.add.at(weights, codes, samples / np.bincount(codes)[codes, None])
        cosines, found = samples @ texts.T, []
        step = 2 * len(samples) / max(_largest_eigenvalue(samples), 1e-12)
        rates = 2 * len(samples) / np.maximum(np.square(cosines).sum(axis=0), 1e-12)
        for number in range(1, steps[-1] + 1):
            if len(samples):
                gradient = cross_entropy(samples @ weights.T + cosines * multipliers, codes)[1]
                drift = momentum * drift + gradient.T @ samples
                weights = weights - step * drift
                if number % BLEND_EVERY == 0:
                    gradient = cross_entropy(samples @ weights.T + cosines * multipliers, codes)[1]
                    multipliers = multipliers - rates * (gradient * cosines).sum(axis=0)
            if number in steps:
                found.append(cls(as_rows(texts), as_rows(multipliers), as_rows(weights)))
        return found


def _largest_eigenvalue(rows: FloatArray) -> float:
    """That of the Gram matrix of rows, 0 of none."""
    if not len(rows):
        return 0.0
    return float(np.linalg.eigvalsh(rows @ rows.T if len(rows) < rows.shape[1] else rows.T @ rows)[-1])
