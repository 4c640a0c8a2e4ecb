"""Docstrings put together: of estimators from those of their bases, of functions from those of their neighbours."""

import inspect
import re
from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])
_SHARED = ("Parameters", "Attributes")
_OF_FUNCTIONS = ("Returns", "Raises")
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
    order = dict.fromkeys(["", *_SHARED, *(name for name in own if name != "Examples"), "Examples"])
    cls.__doc__ = _joined({name: filled.get(name) or own.get(name, "") for name in order})


def documented_like(*others: Any) -> Callable[[F], F]:
    """Complete a docstring by what others document: parameters, with the defaults of the function, and sections."""

    def complete(function: F) -> F:
        if not function.__doc__:  # stripped by `python -OO`
            return function
        own, *shared = (_sections(one.__doc__) for one in (function, *others))
        known: Entries = {}
        for given in (*shared[::-1], own):
            known |= _entries(given.get("Parameters", ""))
        lines = [
            f"{name} : {re.sub('default=.*', f'default={_shown(parameter.default)}', kind)}\n{body}"
            for name, parameter in inspect.signature(function).parameters.items()
            for kind, body in ([known[name]] if name in known else ())
        ]
        found = {"": own[""], "Parameters": "\n".join(lines)}
        for given in (own, *shared):
            found |= {name: text for name, text in given.items() if name not in found and name in _OF_FUNCTIONS}
        order = dict.fromkeys(["", "Parameters", *_OF_FUNCTIONS, *own])
        function.__doc__ = _joined({name: found.get(name) or own.get(name, "") for name in order})
        return function

    return complete


def _joined(sections: Sections) -> str:
    return "\n\n".join(
        f"{name}\n{'-' * len(name)}\n{text}" if name else text for name, text in sections.items() if text
    )


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
