"""How tables are written, and class tables read."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

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
                path,
                sep=self.separator,
                decimal=self.decimal,
                header=self.header,
                missing=self.missing.value,
                missing_value=self.missing_value,
            )
        sentences = read_texts(path, self.header, self.separator)
        return Semantics.from_texts(sentences, encoder=self.text_encoder or DEFAULT_TEXT_ENCODER)
