"""``zsl benchmark``: a table of methods × data sets × seeds."""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from zsl._suggestions import did_you_mean
from zsl.cli import _options as opt
from zsl.cli._at_scale import EngineOptions, processes
from zsl.cli._shared import check_writable, make_method
from zsl.exceptions import InvalidInputError

if TYPE_CHECKING:
    from zsl.evaluation import GZSLSplit


Format = StrEnum("Format", ["text", "csv", "markdown", "latex", "json"])


def benchmark(
    features: opt.OptionalFeatures = None,
    labels: opt.Labels = None,
    semantics: Path | None = typer.Option(None, help="Class table as CSV, with one row per class."),
    division: opt.SplitOptions = opt.SplitOptions(),
    samples: opt.DataOptions = opt.DataOptions(),
    table: opt.TableOptions = opt.TableOptions(),
    data: str | None = typer.Option(None, help="Data sets of the package, separated by commas: digits, synthetic."),
    gbu: str | None = typer.Option(None, help="Benchmarks with proposed splits, such as AWA2,CUB; see --root."),
    root: Path | None = typer.Option(None, help="Folder with the files of --gbu."),
    methods: str = typer.Option("all", help="Names of methods, separated by commas, or all."),
    seeds: opt.Seeds = 5,
    folder: Path | None = typer.Option(None, help="Folder of finished fits, with which a run can continue."),
    complete: bool = typer.Option(False, "--complete", help="Run kept fits again that kept no predictions."),
    form: Format = typer.Option(Format.text, "--format", help="Format: a table of averages, or JSON with every fit."),
    columns: str | None = typer.Option(None, help="Columns of Markdown and LaTeX, such as method,T1,H."),
    output: Path | None = typer.Option(None, "--output", "-o", help="File to write; printed if not given."),
    jobs: int = typer.Option(1, help="Fits that run at the same time; -1 means one per core."),
    scale: EngineOptions = EngineOptions(),
    quiet: opt.Quiet = False,
) -> None:
    """Compare methods on data sets over several seeds: T1, S, U, H, AUSUC and times. Exit code 1 if a fit failed.

    It ends with what can be said of the best two.
    """
    from zsl.evaluation import run_benchmark
    from zsl.evaluation.benchmark._notes import failure_lines
    from zsl.evaluation.comparing.comparison import compare_best

    check_writable(output)
    laid_out: dict[str, Any] = {} if columns is None else {"columns": _columns(form, columns)}
    estimators = _methods(methods)
    splits = _named(data) | _proposed(gbu, root)
    if features is not None:
        if semantics is None:
            raise InvalidInputError(f"{features} was given without --semantics; wanted a class table.")
        splits[features.name] = division.read(features, labels, table.read(semantics), samples, quiet=quiet)
    elif {semantics, division.unseen, division.split_column} != {None}:
        raise InvalidInputError("--semantics, --unseen and --split-column go with DATA; none was given.")
    if not splits:
        raise InvalidInputError("Wanted DATA, --data or --gbu; none of them was given.")

    with processes(scale, jobs) as count:
        result = run_benchmark(
            estimators, splits, seeds=seeds, folder=folder, complete=complete, n_jobs=count, verbose=not quiet
        )
    text = getattr(result, f"to_{form.value}")(**laid_out).rstrip("\n")
    if output is None:
        typer.echo(text)
    else:
        output.write_text(text + "\n", encoding="utf-8")
        if not quiet:
            typer.echo(f"Wrote {len(estimators)} method(s) on {len(splits)} data set(s) to {output}.")
    for line in compare_best(result) if output is not None or form in (Format.text, Format.markdown) else ():
        typer.echo(f"\n{line}" if output is None else line)
    if result.failures:
        first = failure_lines(result.failures)[0]
        counts = f"{len(result.failures)} of {len(result.cells)} fits failed"
        typer.echo(f"zsl: error: {counts}. {first}", err=True)
        raise typer.Exit(1)


def _columns(form: Format, columns: str) -> list[str]:
    """Names of columns, for a format that takes them."""
    from zsl.evaluation.benchmark._rows import wanted_columns

    if form not in (Format.markdown, Format.latex):
        raise InvalidInputError(f"--columns goes with --format markdown or latex, not {form.value}.")
    return wanted_columns(_parts(columns), ())


def _methods(names: str) -> dict[str, Any]:
    """Estimators by name, without progress bars of their own."""
    from zsl.estimators import zero_shot_methods

    known = zero_shot_methods()
    wanted = _parts(names)
    if wanted == ["all"]:
        wanted = list(known)
    if not wanted:
        raise InvalidInputError(f"--methods {names!r} names no method; known are {', '.join(known)}, or all.")
    return {name: make_method(name, "--methods", verbose=False) for name in wanted}


def _named(names: str | None) -> "dict[str, GZSLSplit | Callable[[], GZSLSplit]]":
    """Data sets that need no files."""
    from zsl.datasets import load_digits_zsl, make_zero_shot

    known: dict[str, Callable[[], GZSLSplit]] = {
        "digits": load_digits_zsl,
        "synthetic": lambda: make_zero_shot(random_state=0),
    }
    wanted = _parts(names or "")
    if unknown := [name for name in wanted if name not in known]:
        raise InvalidInputError(
            f"--data names {', '.join(map(repr, unknown))}; wanted {' or '.join(known)}." + did_you_mean(unknown, known)
        )
    return {name: known[name] for name in wanted}


def _proposed(names: str | None, root: Path | None) -> "dict[str, GZSLSplit | Callable[[], GZSLSplit]]":
    """Data sets with the proposed splits, each read only when its turn comes, since they are large."""
    if (names is None) != (root is None):
        raise InvalidInputError("--gbu and --root go together; only one of them was given.")
    if names is None:
        return {}
    from zsl.datasets import load_gbu

    return {name: lambda name=name: load_gbu(name, root) for name in _parts(names)}  # type: ignore[misc]


def _parts(names: str) -> list[str]:
    return [part.strip() for part in names.split(",") if part.strip()]
