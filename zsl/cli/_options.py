"""Options that several commands have, each described once, and groups of them that belong together."""

import inspect
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

from zsl.cli._errors import in_words_of
from zsl.cli.reading import CellOptions, DataOptions, SplitOptions, TableOptions

__all__ = ["CellOptions", "DataOptions", "SplitOptions", "TableOptions"]

MOST_SEED = 2**32 - 1


_DATA = (
    "Samples: features (.npy, .npz, .csv, .parquet, or a folder of shards); images, in a folder for each class or "
    "loose, or a table of their files; or texts, in a table or, one per line, in a .txt."
)
Features = Annotated[Path, typer.Argument(metavar="DATA", help=_DATA)]
OptionalFeatures = Annotated[Path | None, typer.Argument(metavar="DATA", help=_DATA)]
Labels = Annotated[Path | None, typer.Argument(help="Labels, if in a separate file: .npy, .csv or .txt.")]
ModelFolder = Annotated[Path, typer.Argument(help="Folder of a saved model.")]
OptionalModel = Annotated[Path | None, typer.Argument(metavar="MODEL", help="Folder of a saved model.")]
SaveTo = Annotated[Path, typer.Option("--output", "-o", help="Folder to save the model in.")]
CsvFile = Annotated[Path | None, typer.Option("--output", "-o", help="CSV file to write; printed if not given.")]
DataRoot = Annotated[Path | None, typer.Option(help="Folder with the files of the data set; fetched if not given.")]
DEFAULT_METHOD = "RelationClassifier"
Method = Annotated[str, typer.Option(help="Name of the estimator; the same names as in zsl benchmark.")]
Seeds = Annotated[int, typer.Option(min=1, help="Number of fits to average over, with random states 0, 1, 2 …")]
Trusted = Annotated[bool, typer.Option("--trusted", help="Use encoders that the model names: they may run code.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="Show no progress bar, and say nothing but the result.")]


def spread(command: Callable[..., None]) -> Callable[..., None]:
    """The command with one option for each field of its groups, which are its parameters that are data classes.

    A field that several groups inherit is one option.
    """
    hints = get_type_hints(command, include_extras=True)
    groups: dict[str, Any] = {name: kind for name, kind in hints.items() if is_dataclass(kind)}
    names = set(hints) - set(groups)
    found = {
        parameter.name: parameter.replace(kind=parameter.KEYWORD_ONLY)
        for name, own in inspect.signature(command).parameters.items()
        for parameter in (inspect.signature(groups[name]).parameters.values() if name in groups else [own])
    }

    @wraps(command)
    def run(context: typer.Context, **given: Any) -> None:
        made = {name: kind(**{f.name: given[f.name] for f in fields(kind)}) for name, kind in groups.items()}
        own = {name: value for name, value in given.items() if name in names}
        with in_words_of(context):
            command(**own, **made)

    found = {"context": inspect.Parameter("context", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)} | found
    run.__signature__ = inspect.Signature(list(found.values()))  # type: ignore[attr-defined]
    run.__annotations__ = {name: parameter.annotation for name, parameter in found.items()}
    return run
