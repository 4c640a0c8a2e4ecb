"""What a comparison is given, as fits by data set, and the units of these that are drawn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zsl._arguments import shown
from zsl._suggestions import did_you_mean
from zsl.evaluation.benchmark._notes import distinct
from zsl.evaluation.benchmark._tables import BenchmarkResult
from zsl.evaluation.comparing.predictions import Predictions, accuracies
from zsl.evaluation.comparing.resampling import Over, Units, units_from
from zsl.evaluation.gzsl import GZSLResult
from zsl.exceptions import InvalidInputError


@dataclass(frozen=True, eq=False)
class Fit:
    """What is kept of one fit: accuracies by class, seen, unseen and among unseen ones; predictions; digest of data."""

    accuracies: tuple[Mapping[Any, float], Mapping[Any, float], Mapping[Any, float]] | None
    predictions: Predictions | None
    digest: str | None = None


def fits_of(argument: str, value: Any, within: BenchmarkResult | None) -> tuple[str | None, dict[str, list[Fit]]]:
    """The name of a method, None if it has none, and its fits by data set."""
    if isinstance(value, BenchmarkResult):
        methods = distinct(cell["method"] for cell in value.cells)
        if len(methods) != 1:
            raise InvalidInputError(
                f"{argument} is a benchmark of {len(methods)} methods; wanted one of a single method, or its name and "
                "within=."
            )
        within, value = value, methods[0]
    if isinstance(value, str):
        if within is None:
            raise InvalidInputError(f"{argument}={value!r} is a name; wanted within=, the benchmark that it is of.")
        return value, _of_method(argument, value, within)
    results = [value] if isinstance(value, GZSLResult) else value
    if not isinstance(results, Sequence) or not results or not all(isinstance(r, GZSLResult) for r in results):
        raise InvalidInputError(
            f"{argument} is {shown(value)}; wanted a GZSLResult or several, a BenchmarkResult or the name of a method."
        )
    data = distinct(result.name for result in results)
    if len(data) > 1:
        raise InvalidInputError(f"{argument} has results on {data}; wanted those of one data set.")
    fits = [Fit((r.seen_by_class, r.unseen_by_class, r.t1_by_class), r.predictions) for r in results]
    return None, {data[0] or "the data set": fits}


def _of_method(argument: str, method: str, within: BenchmarkResult) -> dict[str, list[Fit]]:
    """The finished fits of a method by data set."""
    methods = distinct(cell["method"] for cell in within.cells)
    if method not in methods:
        raise InvalidInputError(
            f"{argument}={method!r} is no method of the benchmark; known are {', '.join(methods)}."
            + did_you_mean(method, methods)
        )
    found: dict[str, list[Fit]] = {}
    for cell, predictions in zip(within.cells, within.predictions, strict=True):
        if cell["method"] == method and cell["status"] == "done":
            fit = Fit(accuracies(cell["classes"]) if cell.get("classes") else None, predictions, _digest(cell))
            found.setdefault(cell["data"], []).append(fit)
    if not found:
        raise InvalidInputError(f"{argument}={method!r} has no finished fit in the benchmark.")
    return found


def _digest(cell: Mapping[str, Any]) -> str | None:
    found: str | None = (cell.get("split") or {}).get("sha256")
    return found


def units_of(argument: str, data: str, fits: Sequence[Fit], over: Over) -> list[Units]:
    """Units of all fits of a method on a data set."""
    found = [units_from(fit.predictions, fit.accuracies, over) for fit in fits]
    known = [fit for fit in found if fit is not None]
    if len(known) < len(found):
        raise InvalidInputError(
            f"{argument}: {len(found) - len(known)} of {len(found)} fits on {data!r} kept no "
            f"{'predictions, which over=' + repr(over) + ' takes' if over == 'samples' else 'accuracies of classes'}; "
            "wanted such as this version measures, see complete= of run_benchmark."
        )
    return known
