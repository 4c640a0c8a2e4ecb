"""Methods × data sets × seeds, each measured in the same way, and kept so that a run can be resumed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from os import PathLike
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import joblib
from tqdm import tqdm

from zsl._arguments import check_flag, is_whole, shown
from zsl._progress import progress
from zsl.evaluation._arrays import as_count
from zsl.evaluation.benchmark._cells import (
    Cell,
    Measured,
    finished,
    head_of_record,
    random_states,
    run_cell,
    semantics_parameter,
    set_up,
)
from zsl.evaluation.benchmark._describe import describe_split
from zsl.evaluation.benchmark._notes import failure_lines
from zsl.evaluation.benchmark._records import clear_strays
from zsl.evaluation.benchmark._tables import BenchmarkResult
from zsl.evaluation.splits import GZSLSplit
from zsl.exceptions import InvalidInputError


def run_benchmark(
    estimators: Mapping[str, Any],
    splits: Mapping[str, GZSLSplit | Callable[[], GZSLSplit]],
    *,
    seeds: int | Sequence[int] = 5,
    folder: str | PathLike[str] | None = None,
    complete: bool = False,
    n_jobs: int = 1,
    verbose: bool = True,
) -> BenchmarkResult:
    """Measure methods on data sets over seeds: generalized zero-shot figures, times, and what they were measured with.

    A cell is one method on one data set with one seed. A clone of the estimator gets the class table of the split and
    the seed, is fitted on the training samples and measured on the test samples as by `evaluate_gzsl`. What it chooses,
    it chooses while fitting. A method without a random state runs once, and its cell has the seed None. An error makes
    the cell a failed one, and the others still run.

    The record of a cell is a dict: ``method``, ``data``, ``seed``; ``status``, "done" or "failed"; ``error``, None or
    type, message and traceback; ``t1``, ``seen``, ``unseen``, ``harmonic_mean``, ``ausuc``, ``best_harmonic_mean``,
    ``seen_bias``, ``fit_seconds`` and ``predict_seconds`` (see `GZSLResult`), if it is done; ``chosen``, the
    ``best_params_`` of a search or ``selection_["params"]`` of an estimator; ``estimator``, its class and parameters;
    ``split`` and ``semantics``, with sizes, origin and sha256; ``classes``, with the accuracies of each class;
    ``warnings``, ``versions``, ``machine`` and ``torch_threads``. What was predicted for each test sample is kept
    beside them, see `BenchmarkResult`. To compare times, run one job on a quiet machine.

    With a folder, each cell is kept there as soon as it has run, in a JSON file and one of predictions (``.npz``), with
    digests; a file that was altered or damaged since counts as missing, with a warning. A cell is taken from there if
    it is done and of the same parameters of the estimator (``verbose`` and ``n_jobs`` don't count), data, class table,
    seed and version of this package; otherwise it runs. Parameters that can't be compared by their content, such as
    lambdas, make it run every time.

    Parameters
    ----------
    estimators : mapping of str to estimator
        Zero-shot estimators, or pipelines or searches that end in one, by the name of the method. They stay as they
        are; their `semantics` and every `random_state` are set in clones.
    splits : mapping of str to GZSLSplit or callable
        The data sets by name. A callable without arguments is called when it is that data set's turn, so that only one
        has to fit in memory; if it raises, the cells of that data set fail.
    seeds : int or sequence of int, default=5
        Random states: a number of them, counted from 0, or the states themselves.
    folder : path or None, default=None
        Where cells are kept; made if it doesn't exist. None keeps nothing. Files are called after method and data, cut
        to 60 bytes each.
    complete : bool, default=False
        Whether kept cells without predictions, such as those of earlier versions, run again.
    n_jobs : int, default=1
        Cells that run at a time, each in a process of its own that uses its share of the cores; -1 for as many as there
        are cores.
    verbose : bool, default=True
        Whether a terminal shows progress, and failed cells are reported after each data set.

    Returns
    -------
    BenchmarkResult
        Cells in the order of the data sets, the methods and the seeds, and tables made of them.

    Raises
    ------
    InvalidInputError
        If there are no estimators or no splits, one of them or its name isn't as described, another argument is out of
        range, or a file can't be written to the folder, which is tried first.

    Examples
    --------
    >>> from zsl import RelationClassifier
    >>> from zsl.datasets import make_zero_shot
    >>> methods = {"relation": RelationClassifier(cv=None)}
    >>> result = run_benchmark(methods, {"synthetic": make_zero_shot(random_state=0)}, seeds=2, verbose=False)
    >>> result
    BenchmarkResult(2 cells, 0 of them failed)
    """
    _check_named(estimators, splits)
    check_flag("complete", complete)
    numbers, jobs, place = _as_seeds(seeds), _as_jobs(n_jobs), _as_folder(folder)
    plan = [
        (method, seed)
        for method, estimator in estimators.items()
        for seed in (numbers if random_states(estimator) else (None,))
    ]
    measured: list[Measured] = []
    with progress("cells", len(plan) * len(splits), shown=verbose) as bar:
        for data, source in splits.items():
            bar.set_description(data)
            found: dict[int, Measured] = {}
            for position, one in _of_data(data, source, estimators, plan, place, jobs, complete):
                found[position] = one
                bar.update()
            cells = [found[position] for position in range(len(plan))]
            for line in failure_lines(cell for cell, _ in cells if cell["error"]) if verbose else ():
                tqdm.write(line, file=sys.stderr)
            measured += cells
    return BenchmarkResult([cell for cell, _ in measured], [predictions for _, predictions in measured])


def _of_data(
    data: str,
    source: GZSLSplit | Callable[[], GZSLSplit],
    estimators: Mapping[str, Any],
    plan: Sequence[tuple[str, int | None]],
    folder: Path | None,
    jobs: int,
    complete: bool,
) -> Iterator[tuple[int, Measured]]:
    """Position in the plan and what was measured of each cell of one data set, as they finish."""
    try:
        split = source() if callable(source) else source
        if not isinstance(split, GZSLSplit):
            raise InvalidInputError(f"splits[{data!r}]() returned a {type(split).__name__}; wanted a GZSLSplit.")
        about = describe_split(split)
    except Exception as error:
        for position, (method, seed) in enumerate(plan):
            yield position, (head_of_record(method, data, seed, error), None)
        return
    cells = {
        position: Cell(method, data, seed, set_up(estimators[method], split, seed), split, about)
        for position, (method, seed) in enumerate(plan)
    }
    found = ((position, finished(cell, folder, complete)) for position, cell in cells.items())
    kept = {position: measured for position, measured in found if measured is not None}
    yield from kept.items()
    waiting = {position: cell for position, cell in cells.items() if position not in kept}
    threads = max(1, joblib.cpu_count() // jobs) if jobs > 1 else None
    tasks = (joblib.delayed(_placed)(position, cell, folder, threads) for position, cell in waiting.items())
    backend = joblib.parallel.get_active_backend()[0]
    as_they_finish = getattr(backend, "supports_return_generator", False)  # that of Ray gives all at the end
    yield from joblib.Parallel(n_jobs=jobs, return_as="generator_unordered" if as_they_finish else "list")(tasks)


def _placed(position: int, cell: Cell, folder: Path | None, threads: int | None) -> tuple[int, Measured]:
    return position, run_cell(cell, folder, threads)


def _check_named(estimators: Mapping[str, Any], splits: Mapping[str, Any]) -> None:
    """Raise unless there are named estimators that take a class table, and named splits or callables that load them."""
    for argument, given, what in (("estimators", estimators, "an estimator"), ("splits", splits, "a GZSLSplit")):
        if not isinstance(given, Mapping) or not given:
            raise InvalidInputError(f"{argument}={shown(given)}; wanted a mapping of at least one name to {what}.")
        for name in given:
            if not isinstance(name, str) or not name.strip():
                raise InvalidInputError(f"{argument} has the key {shown(name)}; wanted a name, as a string.")
            if name != name.encode(errors="replace").decode():
                raise InvalidInputError(f"{argument} has the key {name!r}, which can't be written as UTF-8.")
    for name, estimator in estimators.items():
        if isinstance(estimator, type) or not hasattr(estimator, "get_params"):
            raise InvalidInputError(f"estimators[{name!r}]={shown(estimator)}; wanted an instance of an estimator.")
        try:
            semantics_parameter(estimator)
        except InvalidInputError as error:
            raise InvalidInputError(f"estimators[{name!r}]: {error}") from None
    for name, source in splits.items():
        if not isinstance(source, GZSLSplit) and not callable(source):
            raise InvalidInputError(
                f"splits[{name!r}] is a {type(source).__name__}; wanted a GZSLSplit or a callable that returns one."
            )


def _as_seeds(seeds: int | Sequence[int]) -> tuple[int, ...]:
    """The random states: from 0 on, or those given."""
    given = range(as_count("seeds", seeds)) if is_whole(seeds) else seeds
    numbers = () if isinstance(seeds, bool) or not isinstance(given, Iterable) else tuple(given)
    whole = all(is_whole(number) and 0 <= number < 2**32 for number in numbers)
    if not numbers or not whole or len(set(numbers)) < len(numbers):
        raise InvalidInputError(
            f"seeds={shown(seeds)}; wanted a number of seeds, or different whole numbers of 0 or more."
        )
    return tuple(int(number) for number in numbers)


def _as_jobs(n_jobs: int) -> int:
    """Number of cells that run at a time."""
    if not is_whole(n_jobs) or not n_jobs:
        raise InvalidInputError(f"n_jobs={shown(n_jobs)}; wanted a whole number other than 0.")
    return int(joblib.effective_n_jobs(int(n_jobs)))


def _as_folder(folder: str | PathLike[str] | None) -> Path | None:
    """The folder, made if it doesn't exist, and tried, since cells are written only after they were measured."""
    if folder is None:
        return None
    path = Path(folder)
    try:
        path.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=path):
            pass
    except OSError as error:
        raise InvalidInputError(
            f"folder={str(folder)!r} can't be made or isn't a folder to write to: {error}"
        ) from error
    clear_strays(path)
    return path
