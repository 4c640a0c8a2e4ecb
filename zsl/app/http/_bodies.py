"""What is posted, read with limits: of bytes, nesting, lengths and counts."""

import base64
import binascii
import json
import re
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from zsl.app.http._refusals import bad

MOST_DEPTH = 6
SIDE = 28
MOST_NUMBER = 1e9
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"')


def read_json(raw: bytes) -> dict[str, Any]:
    """An object of JSON, not nested deeply, with every key once and finite numbers only."""
    depth = most = 0
    for sign in _STRING.sub(b"", raw):
        depth += (sign in b"[{") - (sign in b"]}")
        most = max(most, depth)
    if most > MOST_DEPTH:
        raise bad(f"The request is nested {most} deep; wanted {MOST_DEPTH} at most.")
    try:
        found = json.loads(raw.decode("utf-8"), parse_constant=_refuse, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise bad("The request is no JSON of finite numbers with every key once.") from error
    if not isinstance(found, dict):
        raise bad("The request is no JSON object.")
    return found


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key twice")
    return found


def text(body: Any, name: str, most: int, *, empty: bool = False) -> str:
    """A field that is a string of printed signs, without blanks around it."""
    found = body.get(name) if isinstance(body, dict) else None
    if not isinstance(found, str):
        raise bad(f"{name} is missing or no text.")
    found = " ".join(found.split())
    if not found and not empty:
        raise bad(f"{name} is empty; wanted some words.")
    if len(found) > most:
        raise bad(f"{name} has {len(found)} characters; wanted {most} at most.")
    if not found.isprintable():
        raise bad(f"{name} has characters that can't be printed.")
    return found


def items(body: Any, name: str, least: int, most: int) -> list[Any]:
    """A field that is a list."""
    found = body.get(name) if isinstance(body, dict) else None
    if not isinstance(found, list):
        raise bad(f"{name} is missing or no list.")
    if not least <= len(found) <= most:
        raise bad(f"{name} has {len(found)} entries; wanted {least} to {most}.")
    return found


def numbers(body: Any, name: str, count: int) -> NDArray[np.float64]:
    """A field that is a list of numbers."""
    found = items(body, name, count, count)
    if not all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in found):
        raise bad(f"{name} holds something that is no number.")
    if any(abs(value) > MOST_NUMBER for value in found):  # infinity, too: 1e999 is one
        raise bad(f"{name} holds a number beyond {MOST_NUMBER:g}.")
    return np.array(found, dtype=np.float64)


def whole(body: Any, name: str, end: int) -> int:
    """A field that is a whole number from 0 to below `end`."""
    found = body.get(name) if isinstance(body, dict) else None
    if not isinstance(found, int) or isinstance(found, bool) or not 0 <= found < end:
        raise bad(f"{name} is no whole number from 0 to {end - 1}.")
    return found


def drawing(given: Any) -> NDArray[np.uint8]:
    """A drawing of 28 × 28 bytes, sent in base64."""
    try:
        raw = base64.b64decode(given if isinstance(given, str) else "", validate=True)
    except (binascii.Error, ValueError) as error:
        raise bad("A drawing is no base64.") from error
    if len(raw) != SIDE * SIDE:
        raise bad(f"A drawing has {len(raw)} bytes; wanted {SIDE} × {SIDE} of them, in base64.")
    return np.frombuffer(raw, dtype=np.uint8).reshape(SIDE, SIDE)


def class_names(classes: list[Any], most: int, kind: str = "classes") -> list[str]:
    """The names of classes, or of something else, each once."""
    names = [text(each, "name", most) for each in classes]
    again = next((name for name in names if names.count(name) > 1), None)
    if again is not None:
        raise bad(f"Two {kind} are called {again!r}; wanted different names.")
    return names
