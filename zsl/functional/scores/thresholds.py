"""Where to cut a real value so that what lies above is called present."""

import numpy as np
from numpy.typing import NDArray

from zsl._typing import FloatArray


def best_f1_threshold(values: FloatArray, present: NDArray[np.bool_]) -> float:
    r"""Choose the threshold of best F1, the harmonic mean of precision and recall.

    .. math:: F_1(\theta) = \frac{2\, |\{i: v_i \ge \theta, p_i\}|}{|\{i: v_i \ge \theta\}| + |\{i: p_i\}|}

    Each label has a threshold of its own, which optimises the mean of F1 over labels: Z. C. Lipton, C. Elkan and B.
    Naryanaswamy, "Optimal Thresholding of Classifiers to Maximize F1 Measure", 2014, arXiv:1402.1892.

    Parameters
    ----------
    values : array of shape (n,)
        :math:`v_i`, higher where it is more likely there.
    present : bool array of shape (n,)
        :math:`p_i`, whether it is there.

    Returns
    -------
    float
        :math:`\theta`, half-way between two of the values, and the highest of equally good ones. Minus infinity if it
        is best to call all of them present, infinity if none is.
    """
    if not present.any():
        return float("inf")
    order = np.argsort(-values, kind="stable")
    ranked = values[order]
    f1 = 2 * np.cumsum(present[order]) / (np.arange(1, len(values) + 1) + present.sum())
    cuts = np.append(ranked[1:] < ranked[:-1], True)  # equal values cannot be separated
    last = int(np.where(cuts, f1, -1.0).argmax())
    if last == len(values) - 1:
        return float("-inf")
    above, below = ranked[last], ranked[last + 1]
    middle = (above + below) / 2
    return float(middle if middle > below else above)
