"""Moments of the training samples of several splits, from one look at most samples."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from zsl._typing import FloatArray, SampleRows
from zsl.functional.linear.moments import GroupedMoments, Moments, unit_moments
from zsl.functional.linear.origins import Origin

Split = tuple[NDArray[np.intp], NDArray[np.intp]]
"""Rows that are trained on, and rows that are tested on."""
MOST_GROUPS = 6
"""Up to so many splits have moments of their held-out classes kept: each takes half as much memory as a Gram matrix."""


class SplitMoments:
    """Moments of all samples, and of those that each split trains on, brought to length 1.

    Each sample belongs to the first split that trains on none of its class, and one look at all samples gives the
    moments of each of these groups. The few samples of other classes that a split leaves out are then added to its own
    group, and it is trained on all samples less that group.

    Parameters
    ----------
    X, codes : arrays of shape (n, d) and (n,)
        Samples and their class numbers.
    n_class : int
        Number of classes.
    splits : sequence of (array, array)
        Rows that are trained on, and rows that are tested on.
    origin : Origin
        Where lengths are measured from.
    weights : array of shape (n,) or None, default=None
        How often each sample counts; None counts all once.
    """

    def __init__(
        self,
        X: SampleRows,
        codes: NDArray[np.intp],
        n_class: int,
        splits: Sequence[Split],
        origin: Origin,
        weights: FloatArray | None = None,
    ) -> None:
        self._X, self._codes, self._splits, self._origin, self._weights = X, codes, splits, origin, weights
        n_group = len(splits) + 1 if len(splits) <= MOST_GROUPS else 1
        self._n_group, self._complete = n_group, set[int]()
        self._held = np.full(n_class, n_group - 1, dtype=np.int8)
        for number in reversed(range(n_group - 1)):
            train, _ = splits[number]
            self._held[np.bincount(codes[train], minlength=n_class) == 0] = number
        self._groups = GroupedMoments(X, codes, n_class, self._held[codes], n_group, origin, weights)

    @cached_property
    def whole(self) -> Moments:
        """The moments of all samples."""
        return self._groups.total()

    def known(self, number: int) -> Moments:
        """The moments of the samples that a split trains on."""
        train, _ = self._splits[number]
        left_out = np.ones(len(self._codes), dtype=bool)
        left_out[train] = False
        once = np.count_nonzero(left_out) + len(train) == len(left_out)
        if self._n_group > 1:
            left_out &= self._held[self._codes] != number
        rest = np.flatnonzero(left_out)
        if not once or len(rest) > len(train):
            return self._of(train)
        if self._n_group == 1:
            return self.whole - self._of(rest)
        whole = self.whole  # before more is added
        if number not in self._complete and len(rest):
            self._groups.add(number, self._X, self._codes, rest, self._weights)
        self._complete.add(number)
        return self._groups.rest(whole, number)

    def _of(self, rows: NDArray[np.intp]) -> Moments:
        return unit_moments(self._X, self._codes, len(self._held), rows, self._origin, self._weights)
