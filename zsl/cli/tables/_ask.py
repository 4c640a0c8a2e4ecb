"""``zsl attributes ask``: questions about single cells, the most helpful ones first."""

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zsl._escaping import one_line
from zsl.cli import _options as opt
from zsl.cli.tables import _drafts
from zsl.cli.tables._drafts import ApartOptions, DraftFile, described, read_draft, separator_in
from zsl.exceptions import InvalidInputError

if TYPE_CHECKING:
    from zsl.semantics import AttributeDraft

_WORDS = {"y": 1.0, "yes": 1.0, "true": 1.0, "n": 0.0, "no": 0.0, "false": 0.0}
_ACTIONS = {"s": "skip", "skip": "skip", "u": "undo", "undo": "undo", "q": "quit", "quit": "quit"}
_WANTED = "wanted yes, no, a number, skip, undo or quit"


def ask(
    draft: DraftFile,
    *,
    attribute: Annotated[
        list[str], typer.Option(help="Ask about this attribute only; may be given several times.")
    ] = [],  # noqa: B006
    everything: Annotated[
        bool, typer.Option("--all", help="Go on when all pairs are told apart, until no cell is open.")
    ] = False,
    confirm: Annotated[
        bool, typer.Option("--confirm", help="Ask about cells that were filled in from sentences, too.")
    ] = False,
    how: ApartOptions = ApartOptions(),
    cells: opt.CellOptions = opt.CellOptions(),
    quiet: opt.Quiet = False,
) -> None:
    """Answer questions on the terminal, or from standard input, one answer per line; each is saved at once.

    Answers: yes, no, a number, skip, undo, quit. First come the questions that tell most pairs of classes apart.
    """
    table = read_draft(draft, cells)
    asking = _Asking(table, attribute or None, confirm, everything, how)
    sep, decimal = separator_in(draft, cells), cells.decimal
    if not quiet:
        typer.echo(f"{draft}, {described(table)}.\nAnswers: yes, no, a number, skip, undo, quit.")
    line = 0
    while (cell := asking.next()) is not None:
        label, name = map(one_line, cell)
        typer.echo(f"[{asking.left}] {label}: {name}? ", nl=False)
        line += 1
        text = sys.stdin.readline()
        if not sys.stdin.isatty():
            typer.echo(one_line(text.strip()))
        action = "quit" if not text else _ACTIONS.get(text.strip().casefold(), "answer")
        if action == "quit":
            break
        if action == "skip":
            asking.skip(cell)
        elif action == "undo":
            if asking.undo():
                asking.draft.to_csv(draft, sep=sep, decimal=decimal)
            else:
                typer.echo("There is nothing to undo.")
        elif (value := _number(text)) is not None:
            asking.answer(cell, value)
            asking.draft.to_csv(draft, sep=sep, decimal=decimal)
        elif sys.stdin.isatty():
            typer.echo(f"{one_line(text.strip())!r} is no answer; {_WANTED}.")
        else:
            raise InvalidInputError(
                f"Line {line} of standard input is {text.strip()!r}; {_WANTED}. The answers before it are saved."
            )
    if not quiet:
        typer.echo(f"{asking.said}\n{_drafts.together(asking.draft, how)} {draft}: {asking.draft.progress}.")


class _Asking:
    """A draft with what was answered and skipped, the last thing first to be undone."""

    def __init__(self, draft: "AttributeDraft", among: Any, confirm: bool, everything: bool, how: ApartOptions) -> None:
        self.draft, self.everything, self.how = draft, everything, how
        self._choice = {"among": among, "confirm": confirm}
        self._done: list[tuple[Any, str] | None] = []

    @property
    def _skipped(self) -> list[tuple[Any, str]]:
        return [cell for cell in self._done if cell is not None]

    @property
    def left(self) -> str:
        """What is left, before a question."""
        pairs = len(self.draft.pairs(**self.how.given))
        return f"{pairs} pairs" if pairs else f"{self.draft.open.sum()} open"

    @property
    def said(self) -> str:
        """What was done."""
        skipped = len(self._skipped)
        return f"Answered {len(self._done) - skipped}, skipped {skipped}."

    def next(self) -> tuple[Any, str] | None:
        """The next cell to ask about."""
        found = self.draft.question(skip=self._skipped, **self._choice, **self.how.given)
        if found is not None:
            return found.label, found.attribute
        among = self._choice["among"] or self.draft.attributes
        skipped = set(self._skipped)
        return next(
            (
                (label, name)
                for name in (among if self.everything else ())
                for label, is_open in zip(
                    self.draft.classes.tolist(), self.draft.open[:, self.draft.column(name)], strict=True
                )
                if is_open and (label, name) not in skipped
            ),
            None,
        )

    def answer(self, cell: tuple[Any, str], value: float) -> None:
        self.draft = self.draft.answer(*cell, value)
        self._done.append(None)

    def skip(self, cell: tuple[Any, str]) -> None:
        self._done.append(cell)

    def undo(self) -> bool:
        """Take back the last answer or skip, if there was one."""
        if not self._done:
            return False
        if self._done.pop() is None:
            self.draft = self.draft.undo()
        return True


def _number(text: str) -> float | None:
    """The number that an answer stands for, None if it stands for none."""
    word = text.strip().casefold()
    if word in _WORDS:
        return _WORDS[word]
    try:
        value = float(word.replace(",", "."))
    except ValueError:
        return None
    return value if abs(value) < float("inf") else None
