"""Errors of the package in the words of the command line: options and files in place of Python's arguments."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from zsl.exceptions import ZSLError

_ALIASES = {"random_state": "seed", "n_episodes": "episodes", "n_steps": "episodes", "seen_test_size": "test_size",
            "split": "split_column", "X": "features", "X_support": "support", "y": "labels", "encoder": "encoder",
            "model": "encoder", "path": "output", "image_encoder": "encoder", "text_encoder": "encoder"}  # fmt: skip
"""Arguments of the package whose parameter of a command is called otherwise."""

_GIVEN = ("X", "X_support", "y")
"""Those that are the content of a file, if one is given."""

_BOTH = re.compile(r"\b\w+=[^\s()]+ \((--[\w-]+[^()]*)\)")
"""What the package names for both: ``header=False (--no-header)``."""

_OTHERS = {
    "ImageEncoder.encode with on_error='skip' leaves it out": "--skip-unreadable leaves it out",
    ", as in Semantics.from_frame(frame, missing='mean')": "",
}


@contextmanager
def in_words_of(command: Any) -> Iterator[None]:
    """Raise errors of the package anew with the options of the running command; `command` is its context."""
    try:
        yield
    except ZSLError as error:
        text = as_options(" ".join(str(error).split()), spelled(command))
        if text == str(error):
            raise
        raise type(error)(text) from error


def spelled(command: Any) -> dict[str, tuple[str, str]]:
    """How each parameter is written: its option or the name of an argument, and with the value given."""
    found = {}
    for parameter in command.command.params:
        value = command.params.get(parameter.name)
        if parameter.param_type_name == "argument":
            named = parameter.metavar or parameter.name.upper()
            found[parameter.name] = (named, "" if value is None else str(value))
            continue
        option = max(parameter.opts, key=len)
        plain = value is not None and value != "" and not isinstance(value, (bool, list, tuple))
        found[parameter.name] = (option, f"{option} {value}" if plain else option)
    return found


def as_options(text: str, names: Mapping[str, tuple[str, str]]) -> str:
    """The text with options for arguments: those before ``=``, and a sentence's first word, as ``semantics has …``."""
    text = _BOTH.sub(r"\1", text)
    for python, command in _OTHERS.items():
        text = text.replace(python, command)
    known = dict(names)
    for alias, name in _ALIASES.items():
        if alias not in names and name in names and (alias not in _GIVEN or names[name][1] not in ("", names[name][0])):
            known[alias] = names[name]
    if not known:
        return text
    words = "|".join(sorted(map(re.escape, known), key=len, reverse=True))
    text = re.sub(rf"(?<![\w.-])({words})=(?=\S)", lambda found: f"{known[found[1]][0]} ", text)

    def first(found: re.Match[str]) -> str:
        option, given = known[found[2]]
        return f"{found[1]}{given or option}"

    return re.sub(
        rf"(^|[.;] )({words})(?= (?:has|is|holds|describes|names|gives|mixes|starts|lacks)\b|: )", first, text
    )
