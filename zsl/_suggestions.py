"""Which known name was probably meant by one that isn't known."""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Any

_MOST_COMPARED = 20_000
_NO_LETTER = re.compile(r"[\W_]+")


def did_you_mean(given: Any, known: Iterable[Any]) -> str:
    """The end of an error on unknown names: `` Did you mean 'lion'?``, or nothing if no known name is like them.

    `given` is one name or several, of which the first that has a neighbour counts. Letter case, blanks, hyphens and
    underscores don't matter, then come names that hold the given one, then those of similar spelling.
    """
    names = [given] if isinstance(given, str) else [name for name in given if isinstance(name, str)]
    by_form: dict[str, str] = {}
    for name in known:
        if isinstance(name, str):
            by_form.setdefault(_form(name), str(name))  # of numpy's strings, too
    for name in names[:5]:
        if found := _nearest(_form(name), list(by_form)):
            return f" Did you mean {' or '.join(repr(by_form[form]) for form in found)}?"
    return ""


def like_named(path: Path) -> str:
    """The same for a path that doesn't exist: which of those beside it was probably meant."""
    try:
        return did_you_mean(path.name, [other.name for other in path.absolute().parent.iterdir()])
    except OSError:
        return ""


def _form(name: str) -> str:
    return _NO_LETTER.sub("", name).casefold()


def _nearest(form: str, forms: list[str]) -> list[str]:
    """At most two known forms: the same, those that hold it, or one of similar spelling or start."""
    if not form:
        return []
    if form in forms:
        return [form]
    for holds in (str.startswith, str.__contains__):
        if len(form) > 2 and (found := sorted((other for other in forms if holds(other, form)), key=len)):
            return found[:2]
    near = [other for other in forms if abs(len(other) - len(form)) <= 1 + len(form) // 3][:_MOST_COMPARED]
    if found := get_close_matches(form, near, n=1, cutoff=0.65):
        return found
    heads = {other[: len(form) + 1]: other for other in reversed(forms[:_MOST_COMPARED])}
    return [heads[head] for head in get_close_matches(form, heads, n=1, cutoff=0.75)]
