"""A linear probe whose weights are drawn to class texts, in the style of CLAP."""

from typing import Any, final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import softmax

from zsl._typing import FloatArray
from zsl.functional.losses.cross_entropy import cross_entropy
from zsl.methods.joint.adapter import LinearAdapter, as_rows

MOST_STEPS = 1000
TOLERANCE = 1e-6
"""Largest entry of the gradient where descent ends."""


@final
class AnchoredProbe(LinearAdapter):
    r"""A linear probe that starts from class texts and is drawn back to them, to each as far as it can be trusted.

    In the style of CLAP: J. Silva-Rodríguez, S. Hajimiri, I. Ben Ayed and J. Dolz, "A Closer Look at the Few-Shot
    Adaptation of Large Vision-Language Models", CVPR 2024, arXiv:2312.12730. The scores

    .. math:: g(x, c) = \tau \langle x, t_c + v_c \rangle

    minimise the cross-entropy of the n samples and a penalty on the moves v of the C texts,

    .. math:: \frac1n \sum_i -\log p(y_i | x_i) + \frac{\mu}{C} \sum_c \lambda_c \|v_c\|^2, \qquad
        \lambda_c = \frac{1}{n_c} \sum_{i: y_i = c} p_0(c | x_i), \qquad
        p_0(\cdot | x) = \mathrm{softmax}_c(\tau \langle x, t_c \rangle)

    where the multipliers :math:`\lambda`, of an augmented Lagrangian that holds each class to its text, are fixed
    beforehand: the probability that texts alone give to the class of its own samples. A text that recognises its
    samples moves little, and one that doesn't makes way for them.

    Departures from the paper: weights aren't scaled to length 1, which makes the objective strictly convex, so that
    L-BFGS goes to its one minimum and there are no learning rate, epochs or augmented images; :math:`\tau` is the scale
    at which the texts alone have the largest likelihood, not that of CLIP; and there is a factor :math:`\mu`, 1 as
    published. A class without samples has the mean :math:`\lambda`.

    Parameters
    ----------
    texts, multipliers, weights
        As in `LinearAdapter`: t, :math:`\tau` for each class, and :math:`\tau v`.
    """

    @classmethod
    def fit(
        cls, samples: FloatArray, codes: NDArray[np.intp], texts: FloatArray, *, scale: float, penalty: float
    ) -> "AnchoredProbe":
        r"""Minimise the objective.

        Parameters
        ----------
        samples : array of shape (n, d)
            Samples of length 1, none or more.
        codes : array of shape (n,)
            Their class numbers.
        texts : array of shape (C, d)
            Class texts of length 1.
        scale, penalty : float
            :math:`\tau` and :math:`\mu`, above 0.

        Returns
        -------
        AnchoredProbe
            The fitted adapter.
        """
        moves = np.zeros(texts.shape)
        if len(samples):
            anchored = scale * samples @ texts.T
            pull = penalty / len(texts) / scale**2 * text_trust(anchored, codes)[:, None]

            def objective(flat: FloatArray) -> tuple[float, FloatArray]:
                moved = flat.reshape(texts.shape)
                loss, gradient = cross_entropy(anchored + samples @ moved.T, codes)
                pulled = pull * moved
                return loss + float((pulled * moved).sum()), (gradient.T @ samples + 2 * pulled).ravel()

            options: Any = {"maxiter": MOST_STEPS, "gtol": TOLERANCE, "ftol": 0.0}
            found = minimize(objective, moves.ravel(), jac=True, method="L-BFGS-B", options=options)
            moves = found.x.reshape(texts.shape)
        return cls(as_rows(texts), as_rows(np.full(len(texts), float(scale))), as_rows(moves))


def text_trust(scores: FloatArray, codes: NDArray[np.intp]) -> FloatArray:
    r"""How far the text of each class recognises its samples.

    Parameters
    ----------
    scores : array of shape (n, C)
        Scores by texts alone, :math:`\tau \langle x_i, t_c \rangle`, of one sample or more.
    codes : array of shape (n,)
        Class numbers of the samples.

    Returns
    -------
    array of shape (C,)
        :math:`\lambda`, in (0, 1]; that of a class without samples is the mean of the others.
    """
    n_classes = scores.shape[1]
    counts = np.bincount(codes, minlength=n_classes)
    own = softmax(scores, axis=1)[np.arange(len(codes)), codes]
    trust = np.bincount(codes, own, minlength=n_classes) / np.maximum(counts, 1)
    trust[counts == 0] = trust[counts > 0].mean()
    found: FloatArray = np.maximum(trust, 1e-6)
    return found
