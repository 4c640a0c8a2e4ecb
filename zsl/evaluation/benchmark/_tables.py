"""The records of a benchmark as one table, for people and for programs."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from zsl._escaping import in_markdown, in_spreadsheet, one_line
from zsl.evaluation.benchmark._notes import distinct, notes
from zsl.evaluation.metrics import mean_confidence_interval

_FIGURES = {"t1": "T1", "seen": "S", "unseen": "U", "harmonic_mean": "H", "ausuc": "AUSUC", "hubness": "hubness"}


@dataclass(frozen=True, eq=False, repr=False)
class BenchmarkResult:
    """Results of methods on data sets, as measured by `run_benchmark`.

    Parameters
    ----------
    cells : list of dict
        One record per method, data set and seed, of JSON values. See `run_benchmark`.
    """

    cells: list[dict[str, Any]]

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
            of its 95 % interval, NaN for a single seed; ``fit_seconds`` and ``predict_seconds``, their means; and
            ``chosen``, the hyper-parameters that the first seed chose.
        """
        rows: list[dict[str, Any]] = []
        for data in distinct(cell["data"] for cell in self.cells):
            of_data = [cell for cell in self.cells if cell["data"] == data]
            methods = distinct(cell["method"] for cell in of_data)
            found = [_average(data, name, [cell for cell in of_data if cell["method"] == name]) for name in methods]
            rows += sorted(found, key=lambda row: (row["seeds"] == 0, -np.nan_to_num(row["harmonic_mean"])))
        return pd.DataFrame(rows)

    def to_text(self) -> str:
        """Lay the table out for a terminal, with notes on data, failures, versions and machines below.

        Returns
        -------
        str
            The text.
        """
        header, *rows = self._shown()
        widths = [max(len(row[place]) for row in (header, *rows)) for place in range(len(header))]
        lines = [
            "  ".join(part.ljust(width) for part, width in zip(row, widths, strict=True)) for row in (header, *rows)
        ]
        lines.insert(1, "  ".join("-" * width for width in widths))
        return "\n".join([*(line.rstrip() for line in lines), "", *notes(self.cells)])

    def to_markdown(self) -> str:
        """Lay the table out in Markdown, with the same notes below.

        Returns
        -------
        str
            The text.
        """
        header, *rows = [[in_markdown(part) for part in row] for row in self._shown()]
        lines = ["| " + " | ".join(row) + " |" for row in (header, ["---"] * len(header), *rows)]
        return "\n".join([*lines, "", *(f"- {in_markdown(note)}" for note in notes(self.cells))])

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

    def __repr__(self) -> str:
        return f"BenchmarkResult({len(self.cells)} cells, {len(self.failures)} of them failed)"

    def _shown(self) -> list[list[str]]:
        shown = [["data", "method", *_FIGURES.values(), "fit s", "predict s", "seeds", "chosen"]]
        for row in self.to_frame().to_dict("records"):
            done, every = row["seeds"], row["seeds"] + row["failed"]
            figures = ["failed", *[""] * (len(_FIGURES) - 1)]
            if done:
                figures = ["" if np.isnan(row[key]) else _with_interval(row[key], row[f"{key}_95"]) for key in _FIGURES]
            seconds = [f"{row[key]:.3g}" if done else "" for key in ("fit_seconds", "predict_seconds")]
            count = str(done) if done == every else f"{done} of {every}"
            names = [one_line(row[key]) for key in ("data", "method", "chosen")]
            shown.append([*names[:2], *figures, *seconds, count, names[2]])
        return shown


def _average(data: str, method: str, cells: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    done = [cell for cell in cells if cell["status"] == "done"]
    row = {"data": data, "method": method, "seeds": len(done), "failed": len(cells) - len(done)}
    for key in _FIGURES:
        row[key], row[f"{key}_95"] = np.nan, np.nan
        if done and all(cell.get(key) is not None for cell in done):
            mean, half = mean_confidence_interval([cell[key] for cell in done])
            row[key], row[f"{key}_95"] = mean, half if len(done) > 1 else np.nan
    for key in ("fit_seconds", "predict_seconds"):
        row[key] = float(np.mean([cell[key] for cell in done])) if done else np.nan
    row["chosen"] = _short(done[0]["chosen"]) if done else ""
    return row


def _short(chosen: Mapping[str, Any] | None) -> str:
    values = [(name, f"{value:g}" if isinstance(value, float) else value) for name, value in (chosen or {}).items()]
    return ", ".join(f"{name}={value}" for name, value in values)


def _with_interval(mean: float, half: float) -> str:
    return f"{mean:.3f}" if np.isnan(half) else f"{mean:.3f} ± {half:.3f}"


def _put(text: str, path: str | PathLike[str] | None) -> str | None:
    if path is None:
        return text
    # What UTF-8 can't write, half a surrogate pair, becomes an escape, which JSON knows.
    Path(path).write_text(text, encoding="utf-8", errors="backslashreplace")
    return None
