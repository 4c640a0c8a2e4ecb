"""Small tables for notebooks: escaped, without assets, in the colours of the page around them, light or dark."""

from collections.abc import Collection, Iterable, Sequence
from html import escape
from typing import Any

from zsl._escaping import one_line

_CELL = (
    "padding: .15em .7em; border: 0; background: none; font-weight: normal; "
    "border-bottom: 1px solid color-mix(in srgb, currentColor 25%, transparent); text-align: "
)
_TABLE = "border-collapse: collapse; color: inherit; font-variant-numeric: tabular-nums; margin: 0"


def html_table(
    header: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    title: str = "",
    notes: Iterable[str] = (),
    marked: Collection[tuple[int, int]] = (),
) -> str:
    """A table with a title above and notes below.

    Columns without texts stand at the right, and numbers that aren't whole have three decimals. Cells of `marked`,
    (row, column), are slanted.
    """
    lines = [list(row) for row in rows]
    texts = [any(isinstance(row[at], str) for row in lines) for at in range(len(header))]
    sides = ["left" if text else "right" for text in texts]
    head = "".join(_cell("th", f"<b>{in_html(name)}</b>", side) for name, side in zip(header, sides, strict=True))
    body = "".join(
        f"<tr>{''.join(_shown(value, sides[at], (row, at) in marked) for at, value in enumerate(line))}</tr>"
        for row, line in enumerate(lines)
    )
    above = f"<div style='margin-bottom: .3em'><b>{in_html(title)}</b></div>" if title else ""
    below = "".join(f"<div style='opacity: .8; max-width: 65em'>{in_html(note)}</div>" for note in notes)
    table = f"<table style='{_TABLE}'><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f"<div style='color: inherit; overflow-x: auto'>{above}{table}{below}</div>"


def in_html(value: Any) -> str:
    """The text on one line, escaped."""
    return escape(one_line(value))


def _shown(value: Any, side: str, marked: bool) -> str:
    if value is None or (isinstance(value, float) and value != value):
        text = "–"
    else:
        text = f"{value:.3f}".replace("-", "−") if isinstance(value, float) else in_html(value)
    return _cell("td", f"<i>{text}</i>" if marked else text, side)


def _cell(tag: str, content: str, side: str) -> str:
    return f"<{tag} style='{_CELL}{side}'>{content}</{tag}>"
