"""The records of a benchmark as one table, for people and for programs."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd

from zsl._escaping import html_table, in_markdown, in_spreadsheet
from zsl.evaluation.benchmark._latex import in_latex
from zsl.evaluation.benchmark._notes import distinct, notes
from zsl.evaluation.benchmark._reading import read_cells
from zsl.evaluation.benchmark._rows import average, shown
from zsl.evaluation.comparing.predictions import Predictions


@dataclass(frozen=True, eq=False, repr=False)
class BenchmarkResult:
    """Results of methods on data sets, as measured by `run_benchmark`.

    Parameters
    ----------
    cells : list of dict
        One record per method, data set and seed, of JSON values. See `run_benchmark`.
    predictions : list of (Predictions or None), or None, default=None
        What was predicted for each test sample in each cell, None where that isn't known.
    """

    cells: list[dict[str, Any]]
    predictions: list[Predictions | None] = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        if self.predictions is None:
            object.__setattr__(self, "predictions", [None] * len(self.cells))

    @classmethod
    def read(cls, path: str | PathLike[str]) -> Self:
        """Read the cells of an earlier benchmark.

        Parameters
        ----------
        path : path
            The folder that `run_benchmark` kept cells in, or a JSON file as `to_json` writes it, which holds no
            predictions.

        Returns
        -------
        BenchmarkResult
            The cells, sorted by data set, method and seed. Damaged ones are left out, with a warning. If the folder
            holds cells of one method on one data set that differ in parameters, data or the version of this package,
            those that were made like the newest one are taken, with a warning.

        Raises
        ------
        InvalidInputError
            If `path` is neither, or there are no cells.
        """
        found = read_cells(path)
        return cls([cell for cell, _ in found], [predictions for _, predictions in found])

    @property
    def failures(self) -> list[dict[str, Any]]:
        """The cells that failed; ``cell["error"]`` holds type, message and traceback."""
        return [cell for cell in self.cells if cell["status"] != "done"]

    def to_frame(self) -> pd.DataFrame:
        """Average over the seeds.

        Returns
        -------
        DataFrame
            One row per data set and method, in descending order of H within a data set. Columns: ``data``, ``method``;
            ``seeds`` that are done and ``failed`` ones; for each of ``t1``, ``seen``, ``unseen``, ``harmonic_mean``,
            ``ausuc`` and ``hubness`` the mean over the seeds that are done, and with the suffix ``_95`` half the width
            of its 95 % interval; ``interval``, what that comes from: "seeds", or "classes" where there is a single fit
            and classes are resampled, as by `GZSLResult.intervals`, or "none"; ``fit_seconds`` and
            ``predict_seconds``, their means; and ``chosen``, the hyper-parameters that the first seed chose.
        """
        rows: list[dict[str, Any]] = []
        for data in distinct(cell["data"] for cell in self.cells):
            of_data = [one for one in zip(self.cells, self.predictions, strict=True) if one[0]["data"] == data]
            methods = distinct(cell["method"] for cell, _ in of_data)
            found = [average(data, name, [one for one in of_data if one[0]["method"] == name]) for name in methods]
            rows += sorted(found, key=lambda row: (row["seeds"] == 0, -np.nan_to_num(row["harmonic_mean"])))
        return pd.DataFrame(rows)

    def to_text(self) -> str:
        """Lay the table out for a terminal, with notes on data, failures, versions and machines below.

        Returns
        -------
        str
            The text.
        """
        header, *rows = shown(self.to_frame())
        widths = [max(len(row[place]) for row in (header, *rows)) for place in range(len(header))]
        lines = [
            "  ".join(part.ljust(width) for part, width in zip(row, widths, strict=True)) for row in (header, *rows)
        ]
        lines.insert(1, "  ".join("-" * width for width in widths))
        return "\n".join([*(line.rstrip() for line in lines), "", *notes(self.cells)])

    def to_markdown(self, columns: Sequence[str] | None = None) -> str:
        """Lay the table out in Markdown, with the same notes below.

        Parameters
        ----------
        columns : sequence of str or None, default=None
            Which columns, in this order: names of those of `to_frame`, without ``failed``, ``interval`` and those that
            end in ``_95``, or as they are shown, such as "T1". None takes all.

        Returns
        -------
        str
            The text.

        Raises
        ------
        InvalidInputError
            If there is no such column.
        """
        header, *rows = [[in_markdown(part) for part in row] for row in shown(self.to_frame(), columns)]
        lines = ["| " + " | ".join(row) + " |" for row in (header, ["---"] * len(header), *rows)]
        return "\n".join([*lines, "", *(f"- {in_markdown(note)}" for note in notes(self.cells))])

    def to_latex(
        self, columns: Sequence[str] | None = None, *, caption: str | None = None, label: str | None = None
    ) -> str:
        r"""Lay the table out for LaTeX, with the best of each data set in bold.

        Parameters
        ----------
        columns : sequence of str or None, default=None
            Which columns, as in `to_markdown`. None takes data set, method, T1, S, U, H and AUSUC.
        caption : str or None, default=None
            The caption, as LaTeX. None writes one: what the figures are, what their intervals come from, the seeds,
            how the seen-class bias was chosen, and the data.
        label : str or None, default=None
            What ``\label`` calls the table. None sets none.

        Returns
        -------
        str
            A table environment; it takes ``\usepackage{booktabs}``. Names and notes are escaped.

        Raises
        ------
        InvalidInputError
            If there is no such column.
        """
        return in_latex(self.to_frame(), self.cells, columns, caption, label)

    def to_csv(self, path: str | PathLike[str] | None = None, *, raw: bool = False) -> str | None:
        """Write the table of `to_frame` as CSV.

        Parameters
        ----------
        path : path or None, default=None
            The file; None returns the text instead.
        raw : bool, default=False
            Whether names stay as they are. If not, a text that a spreadsheet would run as a formula, since it starts
            with ``=``, ``+``, ``-`` or ``@`` and is no number, gets an apostrophe in front, and so does one that
            starts with an apostrophe.

        Returns
        -------
        str or None
            The text, None if it was written to a file.
        """
        frame = self.to_frame()
        return _put((frame if raw else frame.map(in_spreadsheet)).to_csv(index=False), path)

    def to_json(self, path: str | PathLike[str] | None = None) -> str | None:
        """Write all cells, with everything recorded of them, as JSON.

        Parameters
        ----------
        path : path or None, default=None
            The file; None returns the text instead.

        Returns
        -------
        str or None
            The text, None if it was written to a file.
        """
        return _put(json.dumps(self.cells, indent=1, ensure_ascii=False, allow_nan=False) + "\n", path)

    def __str__(self) -> str:
        return self.to_text()

    def _repr_html_(self) -> str:
        header, *rows = shown(self.to_frame())
        return html_table(header, rows, notes=notes(self.cells))

    def __repr__(self) -> str:
        return f"BenchmarkResult({len(self.cells)} cells, {len(self.failures)} of them failed)"


def _put(text: str, path: str | PathLike[str] | None) -> str | None:
    if path is None:
        return text
    # What UTF-8 can't write, half a surrogate pair, becomes an escape, which JSON knows.
    Path(path).write_text(text, encoding="utf-8", errors="backslashreplace")
    return None
