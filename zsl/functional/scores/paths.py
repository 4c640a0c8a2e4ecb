r"""From the probabilities of the nodes of a tree to the node to answer with.

A sample's path goes down from the root, to the likeliest child each time. A floor :math:`\tau` cuts it: the answer is
the deepest node v of the path with :math:`q_v \ge \tau`. The higher the floor, the nearer to the root is the answer, so
that a wrong one may become right, and never the other way round. With :math:`w_i` the value of the first wrong node on
the path of a held-out sample, 0 or below if there is none, its answer is right if and only if :math:`w_i < \tau`: the
floor that makes a share of the answers right is a quantile of these values.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from zsl._typing import FloatArray

NONE_WRONG = -1.0
"""Stands for the value of the first wrong node where all of a path is right."""


def likeliest_paths(
    probabilities: FloatArray, children: Mapping[int, NDArray[np.intp]]
) -> tuple[NDArray[np.intp], FloatArray]:
    """Walk down from node 0, to the likeliest child each time.

    Parameters
    ----------
    probabilities : array of shape (n_samples, node)
        Probabilities of nodes.
    children : mapping of int to array of int
        The children of each inner node.

    Returns
    -------
    nodes : array of int of shape (n_samples, depth + 1)
        The nodes passed, and -1 behind the end of a path.
    values : array of shape (n_samples, depth + 1)
        Their probabilities, and NaN behind the end.
    """
    rows = np.arange(len(probabilities))
    at = np.zeros(len(probabilities), dtype=np.intp)
    nodes = [at]
    while any(node in children for node in np.unique(at).tolist()):
        below = np.full(len(at), -1, dtype=np.intp)
        for node in np.unique(at).tolist():
            if node in children:
                own = rows[at == node]
                below[own] = children[node][probabilities[np.ix_(own, children[node])].argmax(axis=1)]
        nodes.append(below)
        at = below
    path = np.stack(nodes, axis=1)
    values = np.where(path >= 0, probabilities[rows[:, None], np.maximum(path, 0)], np.nan)
    return path, values


def adjusted(values: FloatArray, specificity: FloatArray, slope: float, loss: float, offset: float) -> FloatArray:
    r"""Adjust probabilities of nodes on paths by a logistic curve that knows how specific a node is.

    .. math:: q_v = \sigma\big(a \operatorname{logit} p_v - b s_v + c\big),

    made to fall along a path: where a node has a larger value than one above it, the one above gets it, too. The root
    has 1.

    Parameters
    ----------
    values, specificity : arrays of shape (n_samples, d)
        Probabilities :math:`p_v` along paths, the root first, and how specific the nodes are, :math:`s_v`.
    slope, loss, offset : float
        a > 0, b and c.

    Returns
    -------
    array of shape (n_samples, d)
        Adjusted probabilities, falling along each row; NaN behind the end of a path.
    """
    odds = logit(np.clip(values, 1e-12, 1 - 1e-12))
    found = expit(slope * odds - loss * specificity + offset)
    found[:, 0] = 1.0
    filled = np.where(np.isnan(values), -np.inf, found)
    falling = np.maximum.accumulate(filled[:, ::-1], axis=1)[:, ::-1]
    return np.where(np.isnan(values), np.nan, falling)


def first_wrong(values: FloatArray, right: NDArray[np.bool_]) -> FloatArray:
    """Look up the value of the first wrong node on each path.

    Parameters
    ----------
    values : array of shape (n_samples, d)
        Values along paths, NaN behind the end.
    right : array of bool of shape (n_samples, d)
        Whether nodes are right.

    Returns
    -------
    array of shape (n_samples,)
        The values; -1 for a path that is right to its end.
    """
    wrong = ~right & ~np.isnan(values)
    place = wrong.argmax(axis=1)
    return np.where(wrong.any(axis=1), values[np.arange(len(values)), place], NONE_WRONG)


def floor_for(confidence: float, wrong: FloatArray, weights: FloatArray, unit: float) -> float:
    r"""Find the lowest floor at which a share of held-out answers is right.

    .. math:: \tau = \inf\Big\{t : \sum_i \pi_i [w_i < t] \ge \text{confidence} \cdot
              \Big(\sum_i \pi_i + \pi_{\max}\Big)\Big\},

    the quantile of split conformal prediction: of exchangeable samples with equal weights, a new one is answered right
    with at least this probability.

    Parameters
    ----------
    confidence : float in [0, 1)
        The share wanted.
    wrong, weights : arrays of shape (n,)
        Values of first wrong nodes, rising, and the weights of samples.
    unit : float
        The largest weight of a sample.

    Returns
    -------
    float
        The floor; infinite where there are too few samples to say anything but the root.
    """
    reached = np.cumsum(weights)
    if not len(wrong) or confidence * (reached[-1] + unit) > reached[-1] * (1 + 1e-12):
        return float("inf")
    place = int(np.searchsorted(reached, confidence * (reached[-1] + unit) * (1 - 1e-12)))
    return float(np.nextafter(wrong[min(place, len(wrong) - 1)], 2.0))


def deepest(values: FloatArray, floor: float) -> NDArray[np.intp]:
    """Find how far down each path the floor is cleared.

    Parameters
    ----------
    values : array of shape (n_samples, d)
        Falling values along paths, NaN behind the end.
    floor : float
        The floor. The root is answered where nothing clears it.

    Returns
    -------
    array of int of shape (n_samples,)
        Places along the paths.
    """
    cleared: NDArray[np.intp] = (values >= floor).sum(axis=1)
    return np.maximum(cleared - 1, 0)
