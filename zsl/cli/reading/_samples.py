"""How samples are read, and what is said of them."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zsl.cli.reading._tables import CellOptions
from zsl.exceptions import InvalidInputError

if TYPE_CHECKING:
    from zsl.datasets import Samples
    from zsl.datasets.samples._found import Found
    from zsl.semantics import Semantics


@dataclass
class DataOptions(CellOptions):
    """How samples are read, and how images and texts become features."""

    label_column: Annotated[str, typer.Option(help="Column or array that holds the labels.")] = "label"
    text_column: Annotated[
        str | None, typer.Option(help="Column of texts to encode; noticed if the table has no numbers.")
    ] = None
    encoder: Annotated[
        str | None,
        typer.Option(
            help="Encoder of images or texts: name or local folder of a model. If not given, that of the model, or "
            "efficientnet-lite0 for images and all-MiniLM-L6-v2 for texts."
        ),
    ] = None
    cache: Annotated[
        bool, typer.Option("--cache/--no-cache", help="Keep features of images and texts in .zsl_cache beside them.")
    ] = True
    skip_unreadable: Annotated[
        bool, typer.Option("--skip-unreadable", help="Leave out images that can't be opened, with a warning.")
    ] = False

    def find(
        self, path: Path, labels: Path | None = None, part_column: str | None = None, table: "Semantics | None" = None
    ) -> "Found":
        """Find samples; those with labels have to be of classes in the table, if there is one."""
        from zsl.datasets.samples._found import Columns
        from zsl.datasets.samples.reading import find_samples

        columns = Columns(self.label_column, self.text_column, part_column, self.separator, self.decimal)
        integers = table is None or table.classes.dtype.kind != "U"
        return find_samples(path, labels, columns, integers=integers)

    def find_labelled(self, path: Path, labels: Path | None = None, *more: Any) -> "Found":
        """Find samples with labels."""
        found = self.find(path, labels, *more)
        if found.labels is None:
            raise InvalidInputError(
                f"{path} has no labels; wanted a column {self.label_column!r}, --label-column, a file of labels, or a "
                "folder for each class."
            )
        return found

    def take(self, found: "Found", encoder: Any = None, quiet: bool = False) -> "Samples":
        """Encode samples, by default with that `encoder`, and say so."""
        from zsl.datasets.samples.reading import take_samples

        chosen = encoder if encoder is not None and found.kind != "features" else self.encoder
        samples = take_samples(found, chosen, cache=self.cache, skip=self.skip_unreadable, verbose=not quiet)
        if not quiet and samples.encoder is not None:
            typer.echo(said_of(samples, found, named=chosen is not None), err=True)
        return samples


def check_described(found: "Found", table: "Semantics") -> None:
    """Refuse samples of classes that the class table lacks, before any is encoded."""
    from zsl.estimators._class_tables import check_rows

    if found.labels is not None:
        check_rows(str(found.path), table, found.labels)


def said_of(samples: "Samples", found: "Found", named: bool) -> str:
    """What was encoded by what, and what was kept of it."""
    from zsl.datasets.samples._encoders import encoder_name
    from zsl.datasets.samples._encoding import FOLDER

    assert samples.encoder is not None
    default = "" if named else " (the default; --encoder NAME takes another)"
    place = found.home / FOLDER
    kept = f"; {samples.n_kept} of them from {place}" if samples.n_kept else ""
    lost = f"; features aren't kept: {samples.problem}" if samples.problem else ""
    return (
        f"{found.path}: {len(samples)} {samples.kind} as {samples.X.shape[1]} features by "
        f"{encoder_name(samples.encoder)}{default}{kept}{lost}."
    )
