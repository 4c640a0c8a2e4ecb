"""Rows of the table of a benchmark: averages over seeds with their intervals, and how they are shown."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from zsl._escaping import one_line
from zsl._suggestions import did_you_mean
from zsl.evaluation.comparing.predictions import Predictions, accuracies
from zsl.evaluation.comparing.resampling import resampled, units_from
from zsl.evaluation.metrics import mean_confidence_interval
from zsl.exceptions import InvalidInputError

FIGURES = {"t1": "T1", "seen": "S", "unseen": "U", "harmonic_mean": "H", "ausuc": "AUSUC", "hubness": "hubness"}
COLUMNS = (
    {"data": "data", "method": "method"}
    | FIGURES
    | {"fit_seconds": "fit s", "predict_seconds": "predict s", "seeds": "seeds", "chosen": "chosen"}
)
OVER_CLASSES = "†"
"""Marks an interval from resampling classes."""


def average(data: str, method: str, measured: Sequence[tuple[Mapping[str, Any], Predictions | None]]) -> dict[str, Any]:
    """One row: the means over the seeds of a method on a data set."""
    done = [one for one in measured if one[0]["status"] == "done"]
    cells = [cell for cell, _ in done]
    row = {"data": data, "method": method, "seeds": len(done), "failed": len(measured) - len(done)}
    halves = _over_classes(*done[0]) if len(done) == 1 else {}
    row["interval"] = "seeds" if len(done) > 1 else "classes" if halves else "none"
    for key in FIGURES:
        row[key], row[f"{key}_95"] = np.nan, np.nan
        if done and all(cell.get(key) is not None for cell in cells):
            mean, half = mean_confidence_interval([cell[key] for cell in cells])
            row[key], row[f"{key}_95"] = mean, half if len(done) > 1 else halves.get(key, np.nan)
    for key in ("fit_seconds", "predict_seconds"):
        row[key] = float(np.mean([cell[key] for cell in cells])) if done else np.nan
    row["chosen"] = _short(cells[0]["chosen"]) if done else ""
    return row


def _over_classes(cell: Mapping[str, Any], predictions: Predictions | None) -> dict[str, float]:
    """Half the width of the interval of each figure of one fit, from resampling classes."""
    rows = cell.get("classes")
    fit = units_from(predictions, None if rows is None else accuracies(rows))
    return {str(figure): float(half) for figure, half in resampled(fit)["half"].dropna().items()}


def wanted_columns(columns: Sequence[str] | None, default: Sequence[str]) -> list[str]:
    """Names of columns, given as they are called or as they are shown."""
    if columns is None:
        return list(default)
    known = {name.lower(): key for key, shown in COLUMNS.items() for name in (key, shown)}
    names = [columns] if isinstance(columns, str) else list(columns)
    odd = [name for name in names if not isinstance(name, str) or name.lower() not in known]
    if odd or not names:
        raise InvalidInputError(
            f"columns names {odd or 'nothing'}; known are {', '.join(COLUMNS)}.{did_you_mean(odd, known)}"
        )
    return [known[name.lower()] for name in names]


def shown(frame: pd.DataFrame, columns: Sequence[str] | None = None) -> list[list[str]]:
    """The header and the rows as texts."""
    wanted = wanted_columns(columns, [*COLUMNS])
    return [[COLUMNS[key] for key in wanted], *([cell_text(row, key) for key in wanted] for row in records(frame))]


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows."""
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]


def cell_text(row: Mapping[str, Any], key: str) -> str:
    """One value as a text."""
    done = row["seeds"]
    if key in FIGURES:
        if not done:
            return "failed" if key == "t1" else ""
        return "" if np.isnan(row[key]) else _with_interval(row[key], row[f"{key}_95"], row["interval"])
    if key.endswith("_seconds"):
        return f"{row[key]:.3g}" if done else ""
    if key == "seeds":
        return str(done) if not row["failed"] else f"{done} of {done + row['failed']}"
    return one_line(row[key])


def _short(chosen: Mapping[str, Any] | None) -> str:
    values = [(name, f"{value:g}" if isinstance(value, float) else value) for name, value in (chosen or {}).items()]
    return ", ".join(f"{name}={value}" for name, value in values)


def _with_interval(mean: float, half: float, source: str) -> str:
    if np.isnan(half):
        return f"{mean:.3f}"
    return f"{mean:.3f} ± {half:.3f}{OVER_CLASSES if source == 'classes' else ''}"
