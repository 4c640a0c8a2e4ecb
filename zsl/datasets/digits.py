"""Handwritten digits described by strokes: a zero-shot data set that needs no download."""

from __future__ import annotations

from collections.abc import Iterable

from numpy.random import RandomState
from sklearn.datasets import load_digits

from zsl._docs import documented_like
from zsl._resources import data_path
from zsl.datasets._checks import as_unseen, check_shares
from zsl.datasets.files import load_features
from zsl.evaluation.splits import GZSLSplit
from zsl.exceptions import InvalidInputError
from zsl.semantics import Semantics


@documented_like(load_features)
def load_digits_zsl(
    unseen: Iterable[int] = (7, 8, 9),
    *,
    test_size: float = 0.25,
    pool_size: float = 0.3,
    random_state: int | RandomState | None = 0,
) -> GZSLSplit:
    """Load scikit-learn's digits with a table of 28 stroke attributes.

    The 1797 images of 8 × 8 pixels are those of `sklearn.datasets.load_digits` (E. Alpaydin and C. Kaynak, "Optical
    Recognition of Handwritten Digits", UCI Machine Learning Repository, 1998, doi:10.24432/C50P49). The attributes were
    written for this project: grades from 0 to 1 of where the strokes of a digit run and what they enclose. The README
    beside the table explains each grade.

    Results depend on which digits are unseen. The default is the last three, a choice made without regard to results;
    compare methods by the mean over all 120 choices of three.

    Parameters
    ----------
    unseen : iterable of int, default=(7, 8, 9)
        The digits to keep out of training.

    Returns
    -------
    GZSLSplit
        The split. Features are the 64 pixels in row order from white, 0, to black, 1; labels are integers.

    Raises
    ------
    InvalidInputError
        If `unseen` is empty, is all ten digits, repeats one or names something that isn't a digit, or a share is out
        of range.
    """
    labels = as_unseen(unseen)
    if any(isinstance(label, bool) or label not in range(10) for label in labels) or len(labels) == 10:
        raise InvalidInputError(f"unseen={labels}; wanted one to nine of the digits 0 to 9, as integers.")
    check_shares(test_size, pool_size)
    X, y = load_digits(return_X_y=True)
    return GZSLSplit.from_arrays(
        X / 16,
        y,
        Semantics.from_csv(data_path("digits_attributes.csv"), class_column="digit"),
        unseen=labels,
        seen_test_size=test_size,
        support_size=pool_size,
        random_state=random_state,
        name="digits",
        info={"version": "zsl-1", "source": "sklearn.datasets.load_digits", "features": "pixels / 16"},
    )
