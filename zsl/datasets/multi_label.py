"""Made-up samples with several classes, seen and unseen ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.random import RandomState

from zsl._arguments import as_random_state, is_number, is_whole, shown
from zsl._typing import FloatArray
from zsl.exceptions import InvalidInputError
from zsl.semantics import Semantics


@dataclass(frozen=True, eq=False, repr=False)
class MultiLabelSplit:
    """Samples with several classes; training samples are labelled with seen classes only.

    Parameters
    ----------
    X_train, X_test : arrays of shape (n, n_features)
        Samples.
    y_train : DataFrame of bool of shape (n, seen class)
        Which of the seen classes each training sample has.
    y_test : DataFrame of bool of shape (n, class)
        Which of all classes each test sample has, the seen ones first.
    semantics : Semantics
        What is known of each class.
    """

    X_train: FloatArray
    y_train: pd.DataFrame
    X_test: FloatArray
    y_test: pd.DataFrame
    semantics: Semantics

    @property
    def unseen_classes(self) -> list[Any]:
        """The classes that only test samples are labelled with."""
        return [label for label in self.y_test if label not in self.y_train]

    def __repr__(self) -> str:
        counts = f"{self.y_train.shape[1]} seen and {len(self.unseen_classes)} unseen classes"
        samples = f"{len(self.X_train)} training, {len(self.X_test)} test"
        return f"MultiLabelSplit({counts}, {self.X_train.shape[1]} features; samples: {samples})"


def make_multi_label(
    n_seen: int = 20,
    n_unseen: int = 5,
    *,
    n_features: int = 40,
    n_attributes: int = 10,
    n_train: int = 1000,
    n_test: int = 500,
    noise: float = 1.0,
    random_state: int | RandomState | None = 0,
) -> MultiLabelSplit:
    r"""Draw samples that show one to four classes each.

    A class has attributes, and a sample is the sum of what its classes look like, plus noise:

    .. math:: x = \sum_{c \in y} s_c^T A + \epsilon, \qquad s, A \sim \mathcal{N}(0, 1), \quad
        \epsilon \sim \mathcal{N}(0, \sigma^2 n_\text{attributes})

    Training samples show seen classes, test samples all of them.

    Parameters
    ----------
    n_seen, n_unseen : int, default=20 and 5
        Numbers of classes, four seen ones or more; they are called "seen_00", "unseen_00" and so on.
    n_features, n_attributes, n_train, n_test : int, default=40, 10, 1000 and 500
        Sizes, 1 or more.
    noise : float, default=1.0
        :math:`\sigma`, 0 or more.
    random_state : int, RandomState or None, default=0
        How all is drawn.

    Returns
    -------
    MultiLabelSplit
        The split.

    Raises
    ------
    InvalidInputError
        If a number is out of range.

    Examples
    --------
    >>> from zsl.datasets import make_multi_label
    >>> split = make_multi_label()
    >>> split.y_train.shape, split.y_test.shape, split.unseen_classes[:2]
    ((1000, 20), (500, 25), ['unseen_00', 'unseen_01'])
    """
    sizes = {"n_features": n_features, "n_attributes": n_attributes, "n_train": n_train, "n_test": n_test}
    for name, value, least in (
        ("n_seen", n_seen, 4),
        ("n_unseen", n_unseen, 0),
        *((n, v, 1) for n, v in sizes.items()),
    ):
        if not is_whole(value) or value < least:
            raise InvalidInputError(f"{name}={shown(value)}; wanted a whole number of {least} or more.")
    if not is_number(noise) or noise < 0:
        raise InvalidInputError(f"noise={shown(noise)}; wanted a number of 0 or more.")
    rng = as_random_state(random_state) if random_state is not None else RandomState()
    names = [f"seen_{place:02d}" for place in range(n_seen)] + [f"unseen_{place:02d}" for place in range(n_unseen)]
    attributes = rng.normal(size=(len(names), n_attributes))
    looks = attributes @ rng.normal(size=(n_attributes, n_features))

    def draw(n: int, n_classes: int) -> tuple[FloatArray, pd.DataFrame]:
        count = rng.randint(1, 5, size=n)
        rank = rng.rand(n, n_classes).argsort(axis=1).argsort(axis=1)
        present = rank < count[:, None]
        X = present @ looks[:n_classes] + noise * np.sqrt(n_attributes) * rng.normal(size=(n, n_features))
        return X, pd.DataFrame(present, columns=names[:n_classes])

    train, test = draw(n_train, n_seen), draw(n_test, len(names))
    return MultiLabelSplit(*train, *test, Semantics(attributes, classes=names))
