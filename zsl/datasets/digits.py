"""Handwritten digits described by their strokes: a zero-shot data set that needs no download."""

from collections.abc import Iterable

import pandas as pd
from numpy.random import RandomState
from sklearn.datasets import load_digits

from zsl.datasets._files import data_path
from zsl.evaluation.splits import GZSLSplit
from zsl.semantics import Semantics


def load_digits_zsl(unseen: Iterable[int] = (7, 8, 9), *, random_state: int | RandomState | None = 0) -> GZSLSplit:
    """Load scikit-learn's digits with a table of 24 stroke attributes.

    The 1797 images of 8 × 8 pixels are those of `sklearn.datasets.load_digits` (E. Alpaydin and C. Kaynak, "Optical
    Recognition of Handwritten Digits", UCI Machine Learning Repository, 1998, doi:10.24432/C50P49). The attributes are
    this package's own. A person's grades from 0 to 1 in steps of 0.25, they say where in the image a digit has ink,
    and which holes, openings, bars and diagonals it has; ``data/README.md`` gives the rule for each.

    How far the attributes carry depends on which digits are unseen. The default takes the last three, for no other
    reason than their order; ``benchmarks/digits_all_splits.py`` measures all 120 choices of three.

    Parameters
    ----------
    unseen : iterable of int, default=(7, 8, 9)
        The digits to keep out of training.
    random_state : int, RandomState or None, default=0
        Which images are tested on: a fifth of those of each seen digit, and half of those of each unseen digit, whose
        other half is the support pool.

    Returns
    -------
    GZSLSplit
        The split. Features are the 64 pixels in row order from white, 0, to black, 1; labels are integers.

    Raises
    ------
    InvalidInputError
        If `unseen` is empty, is all ten digits or names something that isn't a digit.
    """
    X, y = load_digits(return_X_y=True)
    table = pd.read_csv(data_path("digits_attributes.csv"), index_col="digit")
    return GZSLSplit.from_arrays(
        X / 16,
        y,
        Semantics.from_frame(table),
        unseen=unseen,
        random_state=random_state,
        name="digits",
        info={"source": "sklearn.datasets.load_digits", "encoder": "pixels / 16", "semantics": "24 stroke attributes"},
    )
