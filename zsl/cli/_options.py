"""Options that several commands have, each described once, and groups of them that belong together."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from enum import StrEnum
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from zsl.cli._shared import as_known
from zsl.exceptions import InvalidInputError

if TYPE_CHECKING:
    from zsl.evaluation import GZSLSplit
    from zsl.semantics import Semantics

MOST_SEED = 2**32 - 1


class Missing(StrEnum):
    """What to do with an attribute that has no value."""

    error = "error"
    mean = "mean"
    zero = "zero"


_FEATURES = "Features of all classes: .npy, .npz, .csv or .parquet."
Features = Annotated[Path, typer.Argument(help=_FEATURES)]
OptionalFeatures = Annotated[Path | None, typer.Argument(help=_FEATURES)]
Labels = Annotated[Path | None, typer.Argument(help="Labels, if in a separate file: .npy, .csv or .txt.")]
LabelColumn = Annotated[str, typer.Option(help="Column or array that holds the labels.")]
ModelFolder = Annotated[Path, typer.Argument(help="Folder of a saved model.")]
SaveTo = Annotated[Path, typer.Option("--output", "-o", help="Folder to save the model in.")]
CsvFile = Annotated[Path | None, typer.Option("--output", "-o", help="CSV file to write; printed if not given.")]
DataRoot = Annotated[Path | None, typer.Option(help="Folder with the files of the data set; fetched if not given.")]
Seeds = Annotated[int, typer.Option(min=1, help="Number of fits to average over, with random states 0, 1, 2 …")]
Quiet = Annotated[bool, typer.Option("--quiet", help="Show no progress bar.")]


@dataclass
class TableOptions:
    """How a class table is read: class × attribute, or with `texts` a column of classes and one of sentences."""

    texts: Annotated[bool, typer.Option("--texts", help="The class table has two columns, class and sentence.")] = False
    text_encoder: Annotated[str | None, typer.Option(help="Sentence encoder: name or local folder of a model.")] = None
    missing: Annotated[
        Missing, typer.Option(help="Missing attributes: refuse them, or fill in the attribute's mean or zero.")
    ] = Missing.error
    missing_value: Annotated[float | None, typer.Option(help="Number that marks a missing attribute.")] = None
    header: Annotated[
        bool | None,
        typer.Option(
            "--header/--no-header",
            help="Whether the class table starts with a header; one that looks otherwise is refused.",
        ),
    ] = None

    def read(self, path: Path) -> "Semantics":
        """Read a class table from a CSV file."""
        from zsl.encoders import DEFAULT_TEXT_ENCODER
        from zsl.semantics import Semantics
        from zsl.semantics._csv import read_texts

        if not self.texts:
            return Semantics.from_csv(
                path, header=self.header, missing=self.missing.value, missing_value=self.missing_value
            )
        sentences = read_texts(path, self.header)
        return Semantics.from_texts(sentences, encoder=self.text_encoder or DEFAULT_TEXT_ENCODER)


@dataclass
class SplitOptions:
    """How a user's files are divided: by the names of unseen classes or by a column."""

    unseen: Annotated[str | None, typer.Option(help="Classes that are held out of training, separated by commas.")] = (
        None
    )
    split_column: Annotated[
        str | None, typer.Option(help="Instead of --unseen: column with train, test_seen, test_unseen or pool per row.")
    ] = None
    label_column: LabelColumn = "label"

    def read(self, features: Path, labels: Path | None, semantics: "Semantics") -> "GZSLSplit":
        """Read and divide the files."""
        from zsl.datasets import load_features

        if (self.unseen is None) == (self.split_column is None):
            raise InvalidInputError("Wanted one of --unseen and --split-column.")
        return load_features(
            features,
            labels if labels is not None else self.label_column,
            semantics=semantics,
            unseen=None if self.unseen is None else as_known(self.unseen, semantics.classes.tolist()),
            split=self.split_column,
            name=features.name,
        )


def spread(command: Callable[..., None]) -> Callable[..., None]:
    """The command with one option for each field of its groups, which are its parameters that are data classes."""
    hints = get_type_hints(command, include_extras=True)
    groups: dict[str, Any] = {name: kind for name, kind in hints.items() if is_dataclass(kind)}

    @wraps(command)
    def run(**given: Any) -> None:
        made = {name: kind(**{f.name: given.pop(f.name) for f in fields(kind)}) for name, kind in groups.items()}
        command(**given, **made)

    found = [
        parameter.replace(kind=parameter.KEYWORD_ONLY)
        for name, own in inspect.signature(command).parameters.items()
        for parameter in (inspect.signature(groups[name]).parameters.values() if name in groups else [own])
    ]
    run.__signature__ = inspect.Signature(found)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in found}
    return run
