"""Names that users chose as parts of texts: on one line of a terminal, in Markdown, LaTeX and spreadsheets."""

import re
import unicodedata
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
