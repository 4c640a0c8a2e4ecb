"""How well samples with several labels are told: the first k labels of each sample, and each label over all samples."""

import numpy as np
from numpy.typing import NDArray

from zsl._typing import FloatArray


def hits_at_k(scores: FloatArray, relevant: NDArray[np.bool_], k: int) -> int:
    """Count the labels that are right among the k of highest score per sample; of equal scores the first columns.

    Parameters
    ----------
    scores, relevant : array and bool array of shape (sample, label)
        Scores, and which labels a sample has.
    k : int
        How many are taken per sample, from 1 to the number of labels.

    Returns
    -------
    int
        Their number over all samples.
    """
    best = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    return int(np.take_along_axis(relevant, best, axis=1).sum())


def f1_at_k(scores: FloatArray, relevant: NDArray[np.bool_], k: int) -> tuple[float, float, float]:
    r"""Compute precision, recall and F1 of the k best labels per sample, over all samples together (micro).

    .. math:: P = \frac{\mathrm{hits}}{n k}, \qquad R = \frac{\mathrm{hits}}{\sum_{ic} y_{ic}}, \qquad
        F_1 = \frac{2 P R}{P + R}

    The protocol of NUS-WIDE: Y. Gong et al., "Deep Convolutional Ranking for Multilabel Image Annotation", 2014,
    arXiv:1312.4894.

    Parameters
    ----------
    scores, relevant : array and bool array of shape (sample, label)
        Scores, and which labels a sample has.
    k : int
        How many are taken per sample, 1 or more; all labels if there are fewer.

    Returns
    -------
    precision, recall, f1 : float
        Within [0, 1]; recall and F1 are 0 if no sample has a label.
    """
    length = min(k, scores.shape[1])
    hits, wanted, taken = hits_at_k(scores, relevant, length), int(relevant.sum()), len(scores) * length
    return hits / taken, hits / max(wanted, 1), 2 * hits / (wanted + taken)


def average_precisions(scores: FloatArray, relevant: NDArray[np.bool_]) -> FloatArray:
    """Compute the average precision of each label over the samples; equal scores are taken together.

    Parameters
    ----------
    scores, relevant : array and bool array of shape (sample, label)
        Scores, and which samples have a label.

    Returns
    -------
    array of shape (label,)
        What `zsl.functional.scores.retrieval.average_precision` gives for each column; NaN where no sample has it.
    """
    rows, present = np.ascontiguousarray(scores.T), relevant.T  # one label after the other in memory
    order = np.argsort(-rows, axis=1)
    ranked, told = np.take_along_axis(rows, order, axis=1), np.take_along_axis(present, order, axis=1)
    n = rows.shape[1]
    last = np.ones(rows.shape, dtype=bool)
    last[:, :-1] = ranked[:, 1:] < ranked[:, :-1]
    precision = np.cumsum(told, axis=1) / np.arange(1, n + 1)
    # Within a run of equal scores all samples count with the precision at its end.
    ends = np.minimum.accumulate(np.where(last, np.arange(n), n)[:, ::-1], axis=1)[:, ::-1]
    own, count = np.take_along_axis(precision, ends, axis=1) * told, present.sum(axis=1)
    return np.where(count > 0, own.sum(axis=1) / np.maximum(count, 1), np.nan)
