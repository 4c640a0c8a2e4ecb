"""The table of a benchmark for LaTeX."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from zsl._arguments import shown
from zsl._escaping import in_latex as escaped
from zsl.evaluation.benchmark._bias import bias_lines
from zsl.evaluation.benchmark._notes import distinct, of_data
from zsl.evaluation.benchmark._rows import COLUMNS, FIGURES, cell_text, records, wanted_columns
from zsl.exceptions import InvalidInputError

_DEFAULT = ("data", "method", "t1", "seen", "unseen", "harmonic_mean", "ausuc")
_HEADS = {"seen": "$S$", "unseen": "$U$", "harmonic_mean": "$H$"}
_MEANINGS = {
    "t1": "T1: accuracy of unseen samples among the unseen classes",
    "seen": "$S$: of seen samples among all classes",
    "unseen": "$U$: of unseen samples among all classes",
    "harmonic_mean": "$H$: harmonic mean of $S$ and $U$",
    "ausuc": "AUSUC: area under the seen-unseen curve",
    "hubness": "hubness: skewness of how often each class is predicted for unseen samples",
}
_LABEL = re.compile(r"[\w:.+/ -]+")


def in_latex(
    frame: pd.DataFrame,
    cells: Sequence[Mapping[str, Any]],
    columns: Sequence[str] | None,
    caption: str | None,
    label: str | None,
) -> str:
    """A table environment."""
    wanted, rows = wanted_columns(columns, _DEFAULT), records(frame)
    for name, text in (("caption", caption), ("label", label)):
        if not (text is None or isinstance(text, str)):
            raise InvalidInputError(f"{name}={shown(text)}; wanted a text or None.")
    if label is not None and not _LABEL.fullmatch(label):
        raise InvalidInputError(f"label={shown(label)}; wanted letters, digits, and : . + / - _ only.")
    lines = [
        r"\begin{table}",
        r"\centering",
        rf"\caption{{{_caption(rows, cells, wanted) if caption is None else caption}}}",
        *([] if label is None else [rf"\label{{{label}}}"]),
        rf"\begin{{tabular}}{{{''.join('l' if key in ('data', 'method', 'chosen') else 'r' for key in wanted)}}}",
        r"\toprule",
        " & ".join(_HEADS.get(key, COLUMNS[key]) for key in wanted) + r" \\",
    ]
    before = None
    for row in rows:
        lines += [r"\midrule"] * (row["data"] != before)
        best = {key for key in wanted if _is_best(row, key, [other for other in rows if other["data"] == row["data"]])}
        parts = [_part(row, key, key in best) for key in wanted]
        if "data" in wanted and row["data"] == before:
            parts[wanted.index("data")] = ""
        lines.append(" & ".join(parts) + r" \\")
        before = row["data"]
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}", r"\end{table}"])


def _part(row: Mapping[str, Any], key: str, bold: bool) -> str:
    """One entry."""
    text = cell_text(row, key)
    if key not in FIGURES or not text or text == "failed":
        return escaped(text)
    mean, _, half = text.partition(" ± ")
    mark = r"\rlap{$^\dagger$}" if half and row["interval"] == "classes" else ""
    number = rf"\mathbf{{{mean}}}" if bold else mean
    return f"${number} \\pm {half.rstrip('†')}${mark}" if half else f"${number}$"


def _is_best(row: Mapping[str, Any], key: str, rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether an accuracy is the best of its data set, as far as digits are shown; of several methods."""
    values = [round(other[key], 3) for other in rows if key in FIGURES and key != "hubness" and other["seeds"]]
    known = [value for value in values if not np.isnan(value)]
    return len(known) > 1 and bool(row["seeds"]) and round(row[key], 3) == max(known)


def _caption(rows: Sequence[Mapping[str, Any]], cells: Sequence[Mapping[str, Any]], wanted: Sequence[str]) -> str:
    """What the figures are and come from."""
    meanings = "; ".join(_MEANINGS[key] for key in wanted if key in _MEANINGS)
    lines = [f"Accuracies averaged over classes. {meanings}."] if meanings else []
    seeds = sorted({cell["seed"] for cell in cells if cell["seed"] is not None and cell["status"] == "done"})
    sources = {row["interval"] for row in rows if meanings}
    if "seeds" in sources:
        lines.append(rf"Mean $\pm$ half the width of the 95\,\% interval over the seeds {_listed(seeds)}.")
    elif seeds:
        lines.append(f"Seed {_listed(seeds)}.")
    if "classes" in sources:
        lines.append(r"$^\dagger$ A single fit; the 95\,\% interval comes from resampling the test classes.")
    lines += [escaped(line).replace("γ", r"$\gamma$") for line in bias_lines(cells)]
    lines += [escaped(line) for line in distinct(of_data(cell) for cell in cells if cell.get("split"))]
    return " ".join(lines)


def _listed(seeds: Sequence[int]) -> str:
    """Seeds, with a range where they follow each other."""
    if len(seeds) > 2 and seeds[-1] - seeds[0] == len(seeds) - 1:
        return f"{seeds[0]} to {seeds[-1]}"
    return ", ".join(map(str, seeds))
