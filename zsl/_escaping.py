"""Names that users chose as parts of texts: on one line of a terminal, in Markdown, LaTeX and spreadsheets."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from html import escape
from typing import Any

_BREAKS = re.compile("[\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]")
_TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_ACTIVE = re.compile(r"[\\`*<\[|~$]|&(?=#?\w+;)|(?<![^\W_])_|_(?![^\W_])")
_COMMANDS = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "[": "{[}",  # at the start of a row, [ and * would belong to the end of the one before
    "*": "{*}",
} | {sign: f"\\{sign}" for sign in "{}$&#%_"}
_FORMULA = tuple("=+-@＝＋－＠")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_CELL = (
    "padding: .15em .7em; border: 0; background: none; font-weight: normal; "
    "border-bottom: 1px solid color-mix(in srgb, currentColor 25%, transparent); text-align: "
)
_TABLE = "border-collapse: collapse; color: inherit; font-variant-numeric: tabular-nums; margin: 0"


def one_line(value: Any) -> str:
    """The text with blanks for line breaks and tabs, and escapes for what steers a terminal or can't be written."""
    text = _BREAKS.sub(" ", str(value))
    if text.isprintable():
        return text
    steering = (unicodedata.category(sign) in ("Cc", "Cs") or sign in _TURNS for sign in text)
    return "".join(ascii(sign)[1:-1] if bad else sign for sign, bad in zip(text, steering, strict=True))


def in_markdown(value: Any) -> str:
    """The text on one line, so that Markdown shows it as it is, in a table, too."""
    return _ACTIVE.sub(lambda found: f"\\{found[0]}", one_line(value))


def in_latex(value: Any) -> str:
    """The text on one line, so that LaTeX shows it as it is: no commands, and no ligatures of signs."""
    text = "".join(_COMMANDS.get(sign, sign) for sign in one_line(value))
    return re.sub("-(?=-)", "-{}", text)


def in_spreadsheet(value: Any) -> Any:
    """The value as a cell of CSV that a spreadsheet shows as it is, and doesn't run as a formula.

    A text that starts with ``=``, ``+``, ``-`` or ``@``, after blanks or not, and is no number, gets an apostrophe in
    front, and so does one that starts with an apostrophe: taking one from each text that starts with it gives back all.
    """
    if not isinstance(value, str) or _NUMBER.fullmatch(value):
        return value
    return f"'{value}" if value.startswith("'") or value.lstrip().startswith(_FORMULA) else value


def html_table(
    header: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    title: str = "",
    notes: Iterable[str] = (),
    marked: Collection[tuple[int, int]] = (),
) -> str:
    """A small table for notebooks, without assets and in the colours of the page around it, light or dark.

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
        text = (
            f"{value:.3f}".replace("-", "−")
            if isinstance(value, float)
            else in_html(value).replace(" ± ", "&nbsp;±&nbsp;")
        )
    return _cell("td", f"<i>{text}</i>" if marked else text, side)


def _cell(tag: str, content: str, side: str) -> str:
    return f"<{tag} style='{_CELL}{side}'>{content}</{tag}>"
