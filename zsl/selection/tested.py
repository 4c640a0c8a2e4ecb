"""Which samples a fold is tested on: of no class, and in all, more than say something."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from zsl._typing import FloatArray
from zsl.functional.linear.moments import evenly_spread

MOST_HELD, MOST_SEEN = 200, 50
"""How many samples of a held-out class, and of another one, a fold is tested on."""
MOST_CLASSES, MOST_SAMPLES, MOST_SCORES = 400, 16_384, 20_000_000
"""How many classes of either side have samples in the test, and how many samples and scores there are."""


def rows_to_test(
    codes: NDArray[np.intp], train: NDArray[np.intp], test: NDArray[np.intp], weights: FloatArray | None = None
) -> tuple[NDArray[np.intp], FloatArray | None]:
    """Some of the test rows of a fold, rising, and how often each counts: evenly spread over those of each class.

    Of very many classes only some are tested on; all of them stay among those that samples are compared with. With
    weights, a row of a class that has more than is tested on counts as often as it was come across.
    """
    n_class = int(codes.max()) + 1
    known = np.bincount(codes[train], minlength=n_class) > 0
    there = np.bincount(codes[test], minlength=n_class) > 0
    sides = [np.flatnonzero(there & side) for side in (known, ~known)]
    chosen = np.concatenate([side[evenly_spread(len(side), MOST_CLASSES)] for side in sides])
    share = max(2, min(MOST_SAMPLES, MOST_SCORES // n_class) // len(chosen))
    most = np.zeros(n_class, dtype=np.intp)
    most[chosen] = np.minimum(np.where(known[chosen], MOST_SEEN, MOST_HELD), share)
    if weights is None:
        return some_of_each(codes, test, most), None
    kept = [_weighed(test[codes[test] == label], weights, int(most[label])) for label in chosen.tolist()]
    rows, times = (np.concatenate(part) for part in zip(*kept, strict=True))
    order = np.argsort(rows, kind="stable")
    return rows[order], times[order]


def some_of_each(
    codes: NDArray[np.intp], rows: NDArray[np.intp], most: NDArray[np.intp] | Sequence[int]
) -> NDArray[np.intp]:
    """Rows, rising, of which class number c has `most[c]` or fewer, evenly spread over those given."""
    order = rows[np.argsort(codes[rows], kind="stable")]
    counts = np.bincount(codes[rows], minlength=len(most))
    kept = np.minimum(counts, most)
    starts, firsts = np.cumsum(counts) - counts, np.cumsum(kept) - kept
    label = np.repeat(np.arange(len(kept)), kept)
    place = np.arange(len(label)) - firsts[label]
    return np.sort(order[starts[label] + place * counts[label] // kept[label]])


def first_of_each(codes: NDArray[np.intp], most: int) -> NDArray[np.intp]:
    """The first so many rows of each class, rising."""
    order = np.argsort(codes, kind="stable")
    counts = np.bincount(codes)
    place = np.arange(len(order)) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.sort(order[place < most])


def _weighed(rows: NDArray[np.intp], weights: FloatArray, most: int) -> tuple[NDArray[np.intp], FloatArray]:
    """Rows of one class and their weights, or `most` steps through these, of which a row counts those that meet it."""
    total = np.cumsum(weights[rows])
    if max(len(rows), round(float(total[-1]))) <= most:
        return rows, weights[rows]
    met = np.searchsorted(total, np.arange(most) * total[-1] / most, side="right")
    place, times = np.unique(met, return_counts=True)
    return rows[place], times.astype(np.float64)
