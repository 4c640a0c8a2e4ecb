"""``zsl benchmark``: methods × data sets × seeds as one table."""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from zsl.cli._shared import Missing, make_method, read_split, read_table

if TYPE_CHECKING:
    from zsl.evaluation import GZSLSplit


class Format(StrEnum):
    """How the table is written."""

    text = "text"
    csv = "csv"
    markdown = "markdown"
    json = "json"


def benchmark(
    features: Path | None = typer.Argument(None, help="Features of all classes: .npy, .npz, .csv or .parquet."),
    labels: Path | None = typer.Argument(None, help="Labels, if in a file of their own: .npy, .csv or .txt."),
    semantics: Path | None = typer.Option(None, help="Class table as CSV, with a row for every class."),
    unseen: str | None = typer.Option(None, help="Classes to hold out entirely, separated by commas."),
    split_column: str | None = typer.Option(None, help="Column of train, test_seen, test_unseen and pool instead."),
    label_column: str = typer.Option("label", help="Column or array that holds the labels."),
    texts: bool = typer.Option(False, "--texts", help="The class table has two columns, class and sentence."),
    text_encoder: str | None = typer.Option(None, help="Sentence encoder: a name or a local folder."),
    missing: Missing = typer.Option(Missing.error, help="Refuse missing attributes, or fill in the mean or 0."),
    missing_value: float | None = typer.Option(None, help="Number that stands for a missing attribute."),
    data: str | None = typer.Option(None, help="Data sets of the package: digits, synthetic, or both with a comma."),
    gbu: str | None = typer.Option(None, help="Data sets with the proposed splits, as AWA2,CUB; --root has the files."),
    root: Path | None = typer.Option(None, help="Folder of the files of --gbu."),
    methods: str = typer.Option("all", help="Names of methods, separated by commas, or all."),
    seeds: int = typer.Option(5, min=1, help="Fits to average over, with random states from 0."),
    folder: Path | None = typer.Option(None, help="Keep each finished fit here, and go on from what is there."),
    form: Format = typer.Option(Format.text, "--format", help="Averages as a table, or all single fits as JSON."),
    output: Path | None = typer.Option(None, "--output", "-o", help="File to write; printed if not given."),
    jobs: int = typer.Option(1, help="Fits that run at a time; -1 for as many as there are cores."),
    quiet: bool = typer.Option(False, "--quiet", help="No progress bar."),
) -> None:
    """Measure methods on data sets over seeds: T1, S, U, H, AUSUC and times. Exit code 1 if a fit failed."""
    from zsl.evaluation import run_benchmark
    from zsl.evaluation.benchmark._notes import failure_lines
    from zsl.exceptions import InvalidInputError

    if output is not None and not output.absolute().parent.is_dir():
        raise InvalidInputError(f"--output {output} lies in a folder that doesn't exist.")
    estimators = _methods(methods)
    splits = _named(data) | _proposed(gbu, root)
    if features is not None:
        if semantics is None:
            raise InvalidInputError(f"{features} was given without --semantics; wanted a class table.")
        table = read_table(
            semantics, texts=texts, text_encoder=text_encoder, missing=missing, missing_value=missing_value
        )
        splits[features.name] = read_split(
            features,
            labels,
            semantics=table,
            label_column=label_column,
            unseen=unseen,
            split_column=split_column,
        )
    elif semantics is not None or unseen is not None or split_column is not None:
        raise InvalidInputError("--semantics, --unseen and --split-column go with a file of features; none was given.")
    if not splits:
        raise InvalidInputError("Wanted a file of features, --data or --gbu; none of them was given.")

    result = run_benchmark(estimators, splits, seeds=seeds, folder=folder, n_jobs=jobs, verbose=not quiet)
    text = getattr(result, f"to_{form.value}")().rstrip("\n")
    if output is None:
        typer.echo(text)
    else:
        output.write_text(text + "\n", encoding="utf-8")
        typer.echo(f"Wrote {len(estimators)} method(s) on {len(splits)} data set(s) to {output}.")
    if result.failures:
        first = failure_lines(result.failures)[0]
        counts = f"{len(result.failures)} of {len(result.cells)} fits failed"
        typer.echo(f"zsl: error: {counts}. {first}", err=True)
        raise typer.Exit(1)


def _methods(names: str) -> dict[str, Any]:
    """Estimators by name; they show no progress of their own, since many run one after another or at a time."""
    from zsl.estimators import zero_shot_methods
    from zsl.exceptions import InvalidInputError

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
    from zsl.exceptions import InvalidInputError

    known: dict[str, Callable[[], GZSLSplit]] = {
        "digits": load_digits_zsl,
        "synthetic": lambda: make_zero_shot(random_state=0),
    }
    wanted = _parts(names or "")
    if unknown := [name for name in wanted if name not in known]:
        raise InvalidInputError(f"--data names {', '.join(map(repr, unknown))}; wanted {' or '.join(known)}.")
    return {name: known[name] for name in wanted}


def _proposed(names: str | None, root: Path | None) -> "dict[str, GZSLSplit | Callable[[], GZSLSplit]]":
    """Data sets with the proposed splits, each read when it is its turn, since they are large."""
    from zsl.exceptions import InvalidInputError

    if (names is None) != (root is None):
        raise InvalidInputError("--gbu and --root go together; only one of them was given.")
    if names is None:
        return {}
    from zsl.datasets import load_gbu

    return {name: lambda name=name: load_gbu(name, root) for name in _parts(names)}  # type: ignore[misc]


def _parts(names: str) -> list[str]:
    return [part.strip() for part in names.split(",") if part.strip()]
