"""What class labels are, and when two of them are the same: one rule, wherever labels come in.

Labels are all strings, or all whole numbers: integers of at most 64 bits, and real numbers such as 2.0. True and False
are the numbers 1 and 0. Two labels are the same if their values are: 2 and 2.0 are, "1" and 1 or "001" and "1" aren't.
An array of labels keeps its own type; labels that come later are taken into that. Missing values are no labels.
"""

import re
import reprlib
from collections.abc import Iterable, Mapping, Sequence, Set
from types import NoneType
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from zsl._typing import LabelArray
from zsl.exceptions import InvalidInputError

_KINDS = (str, int, bool, float)
_MISSING = ("NoneType", "NAType", "NaTType")
_BLOCK = 1 << 16
_CANONICAL = re.compile(r"0|-?[1-9][0-9]{0,19}")


def as_labels(name: str, labels: Any, error: type[InvalidInputError] = InvalidInputError) -> LabelArray:
    """Labels as a one-dimensional array of strings, integers, whole real numbers or truth values.

    Parameters
    ----------
    name : str
        What to call them in an error.
    labels : array-like of shape (n,)
        An array, list, or other sequence; anything that numpy can read: a Series or Index of pandas, whatever its type,
        a Series of polars, an array of Arrow, a tensor.
    error : type, default=InvalidInputError
        What to raise.

    Returns
    -------
    array of shape (n,)
        An array given is of the same type; integers among objects, or in a list, become int64, or uint64 if they are
        too large. -0.0 becomes 0.0.

    Raises
    ------
    InvalidInputError
        If labels are missing, of several kinds, no strings and no whole numbers, too large, or not one-dimensional.
    """
    array = _as_array(name, labels, error)
    if isinstance(array, list):
        return _of_values(name, array, error)
    if array.ndim != 1:
        raise error(f"{name} has shape {array.shape}; wanted one-dimensional labels, shape (n,).")
    if array.dtype.kind in "OT" or isinstance(array, np.ma.MaskedArray):
        found = _of_values(name, array.tolist(), error)
        return found.astype(object) if array.dtype.kind == "O" and are_strings(found) else found
    if array.dtype.kind == "f":
        return _whole(name, array, error)
    if array.dtype.kind in "Uiub":
        return array
    first = f", such as {array[:1].tolist()[0]!r}" if len(array) else ""
    what = "Complex data not supported: " if array.dtype.kind == "c" else ""
    raise error(f"{what}{name} holds labels of type {array.dtype}{first}; wanted strings or whole numbers.")


def as_named_labels(name: str, labels: Any) -> LabelArray:
    """Labels as in `as_labels`, or a single one."""
    several = (isinstance(labels, Iterable) and not isinstance(labels, (str, bytes))) or hasattr(labels, "__array__")
    return as_labels(name, labels if several and getattr(labels, "ndim", 1) != 0 else [labels])


def are_strings(labels: LabelArray) -> bool:
    """Whether checked labels are strings."""
    return labels.dtype.kind in "UO"


def coded(labels: LabelArray) -> tuple[LabelArray, NDArray[np.intp]]:
    """The different labels, sorted, and the number of each label among them, as ``np.unique`` gives them.

    Of very many labels, or of those on disk, a block is sorted at a time: memory is taken for the numbers alone.
    """
    if len(labels) <= _BLOCK:
        found, codes = np.unique(labels, return_inverse=True)
        return found, codes.astype(np.intp, copy=False)
    codes, numbers = np.empty(len(labels), dtype=np.intp), dict[Any, int]()
    for start in range(0, len(labels), _BLOCK):
        own, inverse = np.unique(labels[start : start + _BLOCK], return_inverse=True)
        given = [numbers.setdefault(label, len(numbers)) for label in own.tolist()]
        codes[start : start + _BLOCK] = np.array(given)[inverse]
    found = distinct(labels)
    rank = np.empty(len(found), dtype=np.intp)
    rank[[numbers[label] for label in found.tolist()]] = np.arange(len(found))
    for start in range(0, len(codes), _BLOCK):
        codes[start : start + _BLOCK] = rank[codes[start : start + _BLOCK]]
    return found, codes


def distinct(labels: LabelArray) -> LabelArray:
    """The different labels, sorted, as ``np.unique`` gives them, of a block at a time."""
    starts = range(0, max(len(labels), 1), _BLOCK)
    found: LabelArray = np.unique(np.concatenate([np.unique(labels[start : start + _BLOCK]) for start in starts]))
    return found


def check_one_kind(**parts: LabelArray) -> None:
    """Refuse strings beside numbers, which are never the same; the parts are named as the user knows them."""
    filled = {name: labels for name, labels in parts.items() if len(labels)}
    for name, labels in filled.items():
        first, others = next(iter(filled.items()))
        if are_strings(labels) != are_strings(others):
            raise InvalidInputError(
                f"{first} has {_kind(others)} and {name} {_kind(labels)}; wanted labels of one kind, since {first} and "
                f"{name} are compared."
            )


def joined(known: LabelArray, new: LabelArray, name: str = "labels") -> LabelArray:
    """Known labels and new ones behind them, in the type of the known ones, or the next that holds both exactly."""
    if not len(known):
        return new  # once all are forgotten, labels of another type may come
    check_one_kind(**{"classes_": known, name: new})
    if are_strings(known):
        return np.concatenate([known, np.array(new.tolist(), dtype=object if known.dtype.kind == "O" else np.str_)])
    wider: tuple[DTypeLike, ...] = (np.float64,) if known.dtype.kind == "f" else (np.int64, np.uint64)
    for kind in (known.dtype, *wider):
        if _fits(new, kind) and (kind == known.dtype or _fits(known, kind)):
            return np.concatenate([known.astype(kind), new.astype(kind)])
    raise InvalidInputError(
        f"{name} has {_kind(new)}, and the known classes are {_kind(known)} of type {known.dtype}; no type of 64 bits "
        "holds both exactly."
    )


def from_text(texts: Sequence[str]) -> list[Any]:
    """Labels of a text file: whole numbers if each is written as one prints, else strings as they are.

    "7" and "-12" are such; "007", "+7", "-0" and "7.0" aren't, nor are numbers that 64 bits don't hold. Empty texts
    stay and don't count.
    """
    filled = [text for text in texts if text]
    if not all(map(_CANONICAL.fullmatch, filled)) or _integer_type(numbers := [int(text) for text in filled]) is None:
        return list(texts)
    rest = iter(numbers)
    return [next(rest) if text else text for text in texts]


def _as_array(name: str, labels: Any, error: type[InvalidInputError]) -> LabelArray | list[Any]:
    """The array that labels are, or a list of them: what numpy would make of a list of both kinds is all strings."""
    if isinstance(labels, np.ndarray):
        return labels
    unordered = isinstance(labels, (str, bytes, Mapping)) or (isinstance(labels, Set) and not _is_view(labels))
    if unordered or not (isinstance(labels, Iterable) or hasattr(labels, "__array__")):
        raise error(f"{name} is of type {type(labels).__name__}; wanted a one-dimensional list of class labels.")
    if not hasattr(labels, "__array__"):
        return list(labels)
    try:
        return np.asarray(labels)
    except (TypeError, ValueError, RuntimeError) as problem:
        raise error(f"{name} of type {type(labels).__name__} can't be read as an array: {problem}") from problem


def _is_view(labels: Any) -> bool:
    """Whether a set is the keys of a dict, which have an order."""
    return hasattr(labels, "mapping")


def _of_values(name: str, values: list[Any], error: type[InvalidInputError]) -> LabelArray:
    """Labels from a list, all of one kind."""
    kinds = set(map(type, values))
    if not kinds <= set(_KINDS):
        values = [_plain(value) for value in values]
        kinds = set(map(type, values))
    if kinds & {float, NoneType}:
        missing = [
            place for place, value in enumerate(values) if value is None or (type(value) is float and value != value)
        ]
        if missing:
            raise error(f"{name} has no label at position {missing[0]}; {len(missing)} missing in all.")
    first = {kind: next(place for place, value in enumerate(values) if type(value) is kind) for kind in kinds}
    for kind, place in sorted(first.items(), key=lambda item: item[1]):
        if kind not in _KINDS:
            raise error(
                f"{name} holds {reprlib.repr(values[place])}, of type {kind.__name__}, at position {place}; "
                "wanted strings or whole numbers."
            )
        if _word(values[place]) != _word(values[0]):
            raise error(
                f"{name} mixes {_word(values[0])} and {_word(values[place])}, {values[0]!r} at position 0 and "
                f"{values[place]!r} at position {place}; wanted labels of one kind."
            )
    if str in first:
        return _strings(name, values, error)
    if bool in first:
        return np.array(values, dtype=np.bool_)
    if int not in first:
        return _whole(name, np.array(values, dtype=np.float64), error)
    if float in first:
        for place, value in enumerate(values):
            if isinstance(value, float) and not value.is_integer():
                raise error(_not_whole(name, value, place))
    numbers = [int(value) for value in values]
    if (wide := _integer_type(numbers)) is None:
        longest = max(range(len(numbers)), key=lambda place: abs(numbers[place]))
        raise error(
            f"{name} holds whole numbers that 64 bits don't hold together, one of {numbers[longest].bit_length()} bits "
            f"at position {longest}; wanted smaller ones, or strings."
        )
    return np.array(numbers, dtype=wide)


def _integer_type(numbers: Sequence[int]) -> type[np.integer[Any]] | None:
    """The type of 64 bits that holds integers, None if there is none."""
    least, most = min(numbers, default=0), max(numbers, default=0)
    return next(
        (kind for kind in (np.int64, np.uint64) if np.iinfo(kind).min <= least <= most <= np.iinfo(kind).max), None
    )


def _plain(value: Any) -> Any:
    """The same as a value of Python's own type, where there is one; None if it is missing."""
    if hasattr(value, "item") and getattr(value, "ndim", None) == 0:
        value = value.item()
    if type(value).__name__ in _MISSING:
        return None
    if isinstance(value, np.floating):
        return float(value)
    if isinstance(value, str):
        return str.__str__(value)
    return next((kind(value) for kind in (bool, int, float) if isinstance(value, kind)), value)


def _strings(name: str, values: list[str], error: type[InvalidInputError]) -> LabelArray:
    """Strings as an array, which would drop null characters at the end of one."""
    if "\0" in "".join(values) and (cut := [value for value in values if value.endswith("\0")]):
        raise error(f"{name} holds {cut[0]!r}, which ends in a null character; wanted strings without.")
    return np.array(values, dtype=np.str_)


def _whole(name: str, labels: LabelArray, error: type[InvalidInputError]) -> LabelArray:
    """Real numbers, all of them whole; those of more than 64 bits as such of 64 bits."""
    if missing := np.flatnonzero(np.isnan(labels)).tolist():
        raise error(f"{name} has no label at position {missing[0]}; {len(missing)} missing in all.")
    if odd := np.flatnonzero(np.isinf(labels) | (labels != np.floor(labels))).tolist():
        raise error(_not_whole(name, labels[odd[0]], odd[0]))
    kept = labels.astype(np.float64) if labels.dtype.itemsize > 8 else labels
    return kept + kept.dtype.type(0)


def _not_whole(name: str, value: Any, place: int) -> str:
    return f"Unknown label type: {name} holds {value} at position {place}; wanted strings or whole numbers."


def _fits(labels: LabelArray, kind: DTypeLike) -> bool:
    """Whether labels keep their values in another type of numbers."""
    with np.errstate(all="ignore"):
        return bool(labels.astype(kind).tolist() == labels.tolist())


def _word(value: Any) -> str:
    if isinstance(value, str):
        return "strings"
    return "truth values" if isinstance(value, bool) else "numbers"


def _kind(labels: LabelArray) -> str:
    """The kind of labels, with one of them."""
    first = labels[:1].tolist()[0]
    return f"{_word(first)} such as {first!r}"
