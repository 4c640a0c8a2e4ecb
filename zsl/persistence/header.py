"""The JSON of a model, read strictly: what Python's reader lets pass and a model never holds is refused."""

import json
import math
from typing import Any, NoReturn

MOST_BYTES = 4 * 2**20
"""The size that a header may have: arrays, labels and texts stand in the other file, and what is left is small."""


def parsed(raw: bytes) -> Any:
    """Read JSON without duplicate keys, with finite numbers and integers of 64 bits at most.

    Raises
    ------
    ValueError
        If it is something else.
    RecursionError
        If it is nested too deeply.
    """
    return json.loads(
        raw.decode("utf-8"),
        object_pairs_hook=_once,
        parse_constant=_no_constant,
        parse_float=_finite,
        parse_int=_whole,
    )


def canonical(content: Any) -> bytes:
    """What the JSON says, in one form however it is laid out; keys keep their order.

    Raises
    ------
    ValueError
        If a text cannot be encoded, or a number isn't finite.
    """
    return json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8")


def laid_out(content: Any) -> bytes:
    """The JSON as people read it."""
    return (json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode("utf-8")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        known: set[str] = set()
        name = next(name for name, _ in pairs if name in known or known.add(name))  # type: ignore[func-returns-value]
        raise ValueError(f"it has the key {name[:50]!r} more than once.")
    return found


def _no_constant(constant: str) -> NoReturn:
    raise ValueError(f"it holds {constant}; wanted finite numbers.")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"it holds {text[:20]}; wanted finite numbers.")
    return value


def _whole(text: str) -> int:
    if len(text) > 20 or not -(2**63) <= int(text) < 2**64:
        raise ValueError(f"it holds the integer {text[:30]}; wanted at most 64 bits.")
    return int(text)
