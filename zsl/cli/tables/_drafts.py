"""Reading and writing drafts of class tables, and the options that the commands on them share."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zsl._suggestions import like_named
from zsl.cli.reading import CellOptions
from zsl.exceptions import InvalidInputError

if TYPE_CHECKING:
    from zsl.semantics import AttributeDraft

DraftFile = Annotated[Path, typer.Argument(metavar="DRAFT", help="Draft as CSV, as zsl attributes new writes it.")]


@dataclass
class ApartOptions:
    """When two classes count as told apart."""

    margin: Annotated[
        float, typer.Option(help="Share of its range by which an attribute has to differ to tell two classes apart.")
    ] = 0.5
    by: Annotated[int, typer.Option(help="How many attributes have to tell each two classes apart.")] = 1

    @property
    def given(self) -> dict[str, Any]:
        """The options as arguments."""
        return {"margin": self.margin, "by": self.by}


def check_there(path: Path, what: str) -> None:
    """Refuse a file that isn't there, with the name of one that is."""
    if not path.is_file():
        raise InvalidInputError(f"{path} is not a file; wanted {what}." + like_named(path))


def read_draft(path: Path, cells: CellOptions) -> "AttributeDraft":
    """Read a draft, and the sources beside it."""
    from zsl.semantics import AttributeDraft

    check_there(path, "a draft")
    return AttributeDraft.from_csv(path, sep=cells.separator, decimal=cells.decimal)


def separator_in(path: Path, cells: CellOptions) -> str:
    """The separator that a draft is written with again."""
    from zsl._files.separators import separator_of

    return cells.separator or separator_of(path)


def described(draft: "AttributeDraft") -> str:
    """Its size and how far it is."""
    return f"{len(draft)} classes × {len(draft.attributes)} attributes: {draft.progress}"


def together(draft: "AttributeDraft", how: ApartOptions) -> str:
    """How many pairs aren't told apart yet."""
    number, n_classes = len(draft.pairs(**how.given)), len(draft)
    by = "any attribute" if how.by == 1 else f"{how.by} attributes"
    if not number:
        return f"All pairs of classes are told apart by {'an attribute' if how.by == 1 else by}."
    return f"{number} of {n_classes * (n_classes - 1) // 2} pairs of classes aren't told apart by {by}."
