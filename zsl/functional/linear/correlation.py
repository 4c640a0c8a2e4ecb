"""Correlation of the columns of two tables."""

import numpy as np

from zsl._typing import FloatArray


def column_correlation(predicted: FloatArray, true: FloatArray) -> FloatArray:
    """Correlation of each column over the rows.

    Parameters
    ----------
    predicted, true : array of shape (row, column)
        What is compared.

    Returns
    -------
    array of shape (column,)
        Pearson's correlation, between -1 and 1; NaN where either side is the same in all rows.
    """
    a, b = predicted - predicted.mean(axis=0), true - true.mean(axis=0)
    varies = (np.ptp(predicted, axis=0) > 0) & (np.ptp(true, axis=0) > 0)
    length = np.sqrt(np.square(a).sum(axis=0) * np.square(b).sum(axis=0))
    found: FloatArray = (a * b).sum(axis=0) / np.where(varies, length, np.nan)
    return found
