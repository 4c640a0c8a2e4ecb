"""How tables are written, and class tables read."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zsl._suggestions import like_named
from zsl.exceptions import InvalidInputError

if TYPE_CHECKING:
    from zsl.semantics import Semantics


class Missing(StrEnum):
    """What to do with an attribute that has no value."""

    error = "error"
    mean = "mean"
    zero = "zero"


@dataclass
class CellOptions:
    """How the cells of tables are written, those of class tables, too."""

    sep: Annotated[
        str | None, typer.Option(help="Character between the fields of tables; noticed if it is , or ; or a tab.")
    ] = None
    decimal: Annotated[str, typer.Option(help="Character before decimals in tables: . or ,")] = "."

    @property
    def separator(self) -> str | None:
        """The separator, in which a tab may be written as on a keyboard."""
        return "\t" if self.sep in ("\\t", "tab") else self.sep


@dataclass
class TableOptions(CellOptions):
    """How a class table is read: class × attribute, or with `texts` a column of classes and one of sentences."""

    texts: Annotated[
        bool,
        typer.Option(
            "--texts", help="The class table has two columns, class and sentence, or names alone, as .txt has."
        ),
    ] = False
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

    def read(self, path: Path, encoder: str | None = None) -> "Semantics":
        """Read a class table; sentences are encoded by `encoder` unless an option names another."""
        from zsl.encoders import DEFAULT_TEXT_ENCODER
        from zsl.semantics import Semantics

        rows = self.rows(path)
        if isinstance(rows, Semantics):
            return rows
        return Semantics.from_texts(rows, encoder=self.text_encoder or encoder or DEFAULT_TEXT_ENCODER)

    def rows(self, path: Path) -> "Semantics | Mapping[Any, str | list[str]] | list[str]":
        """Read a class table, but leave sentences and names as they are: a fitted model encodes its own."""
        from zsl.semantics import Semantics
        from zsl.semantics._csv import read_texts

        if not path.exists():
            raise InvalidInputError(f"{path} is not a file; wanted a class table." + like_named(path))
        if path.suffix.lower() == ".txt":
            return read_names(path)
        if not self.texts:
            return Semantics.from_csv(
                path,
                sep=self.separator,
                decimal=self.decimal,
                header=self.header,
                missing=self.missing.value,
                missing_value=self.missing_value,
            )
        return read_texts(path, self.header, self.separator)


def read_names(path: Path) -> list[str]:
    """The names of classes, one per line."""
    from zsl._files.opening import reading

    with reading(path, "names of classes"):
        names = [line.strip() for line in path.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
    if not names:
        raise InvalidInputError(f"{path} is empty; wanted one name of a class per line.")
    return names
