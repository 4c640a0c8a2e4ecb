"""Reading, naming, checking and printing for several commands."""

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import typer

from zsl._suggestions import did_you_mean
from zsl.exceptions import InvalidInputError

PROMPT = "PromptClassifier"
"""The one method that compares samples with names and sentences as they are, by one encoder of both."""


def load_classifier(path: str | Path, **options: Any) -> Any:
    """Load a model that predicts classes."""
    from zsl.estimators import load

    estimator = load(path, **options)
    if not hasattr(estimator, "predict_proba"):
        raise InvalidInputError(
            f"{path} holds a fitted {type(estimator).__name__}; wanted a model that predicts classes."
        )
    return estimator


def check_writable(output: Path | None) -> None:
    """Refuse a file to write whose folder doesn't exist, before any work."""
    if output is not None and not output.absolute().parent.is_dir():
        raise InvalidInputError(f"--output {output} lies in a folder that doesn't exist.")


def as_known(names: str, known: Any) -> list[Any]:
    """Labels from comma-separated names, quoted if they hold a comma; integers if the known labels are numbers."""
    from zsl._labels import from_text

    parts = [part.strip() for row in csv.reader([names], skipinitialspace=True) for part in row if part.strip()]
    if len(known) and not isinstance(known[0], str):
        numbers = from_text(parts)
        if any(isinstance(number, str) for number in numbers):
            raise InvalidInputError(f"The classes {names!r} aren't integers, but those of the data are.")
        return numbers
    return parts


def make_method(name: str, option: str, *, n_episodes: int | None = None, **parameters: Any) -> Any:
    """Make an estimator by name, with those of the parameters that it has; `n_episodes` it has to have by some name."""
    from zsl.estimators import zero_shot_methods
    from zsl.estimators.catalog import BY_NAME

    known = {**zero_shot_methods(), PROMPT: BY_NAME[PROMPT].load()}
    if name not in known:
        raise InvalidInputError(
            f"{option} names no method by {name!r}; known are {', '.join(known)}." + did_you_mean(name, known)
        )
    estimator = known[name]()
    has = estimator.get_params(deep=False)
    if n_episodes is not None:
        length = [length for length in ("n_episodes", "n_steps") if length in has]
        if not length:
            raise InvalidInputError(f"--episodes has no meaning for {name}, which has a closed form.")
        parameters[length[0]] = n_episodes
    return estimator.set_params(**{key: value for key, value in parameters.items() if key in has})


def print_table(title: str, columns: tuple[str, ...], rows: Iterable[Iterable[str]]) -> None:
    """Print a table of figures, with text in the columns that are called part or nothing."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD)
    for column in columns:
        table.add_column(column, justify="left" if column in ("part", "") else "right")
    for row in rows:
        table.add_row(*row)
    typer.echo(f"{title}:")
    Console(highlight=False).print(table)
