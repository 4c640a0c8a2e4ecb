"""Docstrings put together from those of base classes and of like functions, so that each part stands once."""

import inspect
import re
from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])
_SHARED = ("Parameters", "Attributes")
Sections = dict[str, str]
Entries = dict[str, tuple[str, str]]
"""By name: the type, and the indented description."""


def fill_docstring(cls: type, defaults: dict[str, Any]) -> None:
    """Complete "Parameters" and "Attributes" by what the bases document, "Examples" by the `_example` of a shell.

    What a class documents itself goes first.
    """
    if not cls.__doc__:  # stripped by `python -OO`
        return
    known: dict[str, Entries] = {name: {} for name in _SHARED}
    for base in cls.__mro__[::-1]:
        sections = _sections(vars(base).get("__raw_doc__", base.__dict__.get("__doc__")) or "")
        for name in _SHARED:
            known[name] |= _entries(sections.get(name, ""))
    own = _sections(cls.__doc__)
    cls.__raw_doc__ = cls.__doc__  # type: ignore[attr-defined]
    documented = {name: known["Parameters"][name] for name in defaults if name in known["Parameters"]}
    filled = {
        "Parameters": "\n".join(
            f"{name} : {kind}, default={_shown(defaults[name])}\n{body}" for name, (kind, body) in documented.items()
        ),
        "Attributes": "\n".join(f"{name} : {kind}\n{body}" for name, (kind, body) in known["Attributes"].items()),
    }
    if cls.__module__.startswith("zsl.") and not inspect.isabstract(cls) and getattr(cls, "_method_class", True):
        filled["Examples"] = own.get("Examples") or getattr(cls, "_example", "").format(name=cls.__name__)
    titles = dict.fromkeys(["", *_SHARED, *(name for name in own if name != "Examples"), "Examples"])
    texts = {name: filled.get(name) or own.get(name, "") for name in titles}
    cls.__doc__ = _joined({name: text for name, text in texts.items() if text})


def extends(other: Callable[..., Any]) -> Callable[[F], F]:
    """Complete the docstring of a function by the parameters, results and errors that another one documents."""

    def complete(function: F) -> F:
        if not function.__doc__ or not other.__doc__:
            return function
        own, theirs = _sections(function.__doc__), _sections(other.__doc__)
        known = _entries(theirs.get("Parameters", "")) | _entries(own.get("Parameters", ""))
        wanted = [name for name in inspect.signature(function).parameters if name in known]
        own["Parameters"] = "\n".join(f"{name} : {known[name][0]}\n{known[name][1]}" for name in wanted)
        titles = dict.fromkeys(["", "Parameters", "Returns", "Raises", *own])
        texts = {title: own.get(title) or theirs.get(title, "") for title in titles}
        function.__doc__ = _joined({title: text for title, text in texts.items() if text})
        return function

    return complete


def _joined(sections: Sections) -> str:
    return "\n\n".join(f"{title}\n{'-' * len(title)}\n{text}" if title else text for title, text in sections.items())


def _shown(default: Any) -> str:
    return f'"{default}"' if isinstance(default, str) else repr(default)


def _sections(docstring: str) -> Sections:
    """The text of each section by its title; that before the first under ""."""
    parts = re.split(r"^(\w[\w ]*)\n-{3,}\n", inspect.cleandoc(docstring), flags=re.MULTILINE)
    titles = ["", *parts[1::2]]
    return {title: text.strip("\n") for title, text in zip(titles, parts[::2], strict=True)}


def _entries(section: str) -> Entries:
    """The entries of a section of parameters or attributes, several names in one entry kept together."""
    found: Entries = {}
    for header, body in re.findall(r"^(\S[^\n]*)\n((?:[ \t]+[^\n]*\n?|\n)*)", section, flags=re.MULTILINE):
        names, _, kind = header.partition(" : ")
        found[names] = (kind, body.rstrip("\n"))
    return found
