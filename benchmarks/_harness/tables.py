"""Means with their intervals, and tables that grow while they are measured."""

from collections.abc import Iterable
from math import isinf

from numpy.typing import ArrayLike

from zsl.evaluation import mean_confidence_interval


def spread(values: ArrayLike, digits: int = 3, scale: float = 1.0) -> str:
    """Mean ± half the width of the 95 % interval; the mean alone for a single value."""
    mean, half = mean_confidence_interval(values)
    shown = f"{scale * mean:.{digits}f}"
    return shown if isinf(half) else f"{shown} ± {scale * half:.{digits}f}"


def percent(values: ArrayLike) -> str:
    """Mean ± half the width of the 95 % interval of accuracies, in per cent."""
    return spread(values, digits=2, scale=100)


class Table:
    """A table that prints each row as soon as it is known, aligned, or as Markdown if `Table.markdown` is set.

    Parameters
    ----------
    *figures : str
        Headings of the columns of figures, which come last.
    **labels : iterable
        The first columns: heading, with ``_`` for a space, and all that will stand in the column.
    """

    markdown = False

    def __init__(self, *figures: str, **labels: Iterable[object]) -> None:
        self.headings = [*(name.replace("_", " ") for name in labels), *figures]
        self.n_labels = len(labels)
        self.widths = [max((len(str(value)) for value in values), default=0) for values in labels.values()]
        self.widths += [0] * len(figures)
        self.empty = True

    def row(self, *cells: object) -> None:
        """Print a row, and the headings before the first one."""
        if self.empty:
            self.empty = False
            lines = zip(self.widths, self.headings, cells, strict=True)
            self.widths = [max(width, len(heading), len(str(cell))) for width, heading, cell in lines]
            self._print(self.headings)
            if self.markdown:
                self._print(["---"] * len(self.headings))
        self._print(cells)

    def _print(self, cells: Iterable[object]) -> None:
        texts = [str(cell) for cell in cells]
        if self.markdown:
            print(f"| {' | '.join(texts)} |", flush=True)
            return
        padded = zip(texts, self.widths, strict=True)
        aligned = [f"{text:{'<' if k < self.n_labels else '>'}{width}}" for k, (text, width) in enumerate(padded)]
        print("  ".join(aligned).rstrip(), flush=True)
