"""Parameters of estimators: each is declared once, with its type, default, check and documentation.

A group of parameters is a class under `@parameters`, whose annotations say what values are taken::

    @parameters
    class Penalised:
        '''Parameters of a penalty.

        Parameters
        ----------
        alpha : float
            Penalty.
        '''

        alpha: Positive = 1.0

An estimator derives from groups and declares what is its own, or has another default. Its constructor, its checks
(`check_parameters`) and the "Parameters" of its docstring, defaults included, follow from that.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from functools import partial
from typing import Annotated, Any, Literal, TypeVar, Union, dataclass_transform, get_args, get_origin, get_type_hints

import numpy as np
import torch
from numpy.random import RandomState
from torch import nn

from zsl._arguments import LARGEST, as_random_state, is_flag, is_number, is_whole, shown
from zsl._device import as_device
from zsl._docs import fill_docstring
from zsl._suggestions import did_you_mean
from zsl.exceptions import InvalidInputError

T = TypeVar("T")
_FIRST = ("semantics", "text_encoder", "encoder", "backbone")
_LAST = ("cv", "device", "verbose", "random_state")


@dataclass(frozen=True)
class Rule:
    """Values that a parameter takes, and how an error describes them."""

    wanted: str
    accepts: Callable[[Any], bool]


_ANYTHING = Rule("anything", lambda value: True)


def whole(least: int = 1) -> Rule:
    """Whole numbers of this size or more, up to 2³¹ - 1."""
    return Rule(
        f"a whole number of {least} or more",
        lambda value: is_whole(value) and bool(least <= value <= LARGEST),
    )


def number(
    *, least: float | None = None, above: float | None = None, most: float | None = None, below: float | None = None
) -> Rule:
    """Finite numbers within limits."""
    limits = {"of {:g} or more": least, "above {:g}": above, "up to {:g}": most, "below {:g}": below}
    wanted = " and ".join(text.format(limit) for text, limit in limits.items() if limit is not None)

    def accepts(value: Any) -> bool:
        return is_number(value) and not (
            (least is not None and value < least)
            or (above is not None and value <= above)
            or (most is not None and value > most)
            or (below is not None and value >= below)
        )

    return Rule(f"a number {wanted or 'that is finite'}", accepts)


def several(rule: Rule) -> Rule:
    """Non-empty sequences of such values."""

    def accepts(value: Any) -> bool:
        listed = isinstance(value, (list, tuple)) or (isinstance(value, np.ndarray) and value.ndim == 1)
        return listed and len(value) > 0 and all(map(rule.accepts, value))

    return Rule("a sequence of them", accepts)


def _is_splitter(value: Any) -> bool:
    return callable(getattr(value, "split", None)) and not isinstance(value, (str, bytes, bytearray, torch.Tensor))


def check_device(name: str, value: Any) -> None:
    """Refuse devices that PyTorch doesn't know."""
    if not isinstance(value, (str, torch.device)) and not (is_whole(value) and 0 <= value < 256):
        raise InvalidInputError(f"{name}={shown(value)}; wanted 'auto', 'cpu', 'cuda' or the like.")
    as_device(value)


def check_seed(name: str, value: Any) -> None:
    """Refuse what no random numbers can be drawn from."""
    as_random_state(value)


Whole = Annotated[int, whole()]
Positive = Annotated[float, number(above=0)]
NotNegative = Annotated[float, number(least=0)]
Finite = Annotated[float, number()]
Auto = Literal["auto"]
Grid = Auto | Positive | Annotated[Sequence[float], several(number(above=0))]
"""A number above 0, several to choose from, or those of the default grid."""
Folds = Annotated[Any, whole(2), Rule("a splitter", _is_splitter)] | None
Widths = Annotated[Any, whole(), several(whole())]
Device = Annotated[str, check_device]
Seed = Annotated[int | RandomState | None, check_seed]


def check_number(name: str, value: Any, **limits: float) -> None:
    """Refuse anything but a finite number within limits, see `number`."""
    check_value(name, value, Annotated[float, number(**limits)])


def check_whole(name: str, value: Any, least: int = 1) -> None:
    """Refuse anything but a whole number of this size or more."""
    if type(value) is int and least <= value <= LARGEST:
        return  # what nearly every call is
    check_value(name, value, Annotated[int, whole(least)])


def as_tuple(value: Any) -> tuple[Any, ...]:
    """One value or several as a tuple."""
    return tuple(value) if isinstance(value, (tuple, list, np.ndarray)) else (value,)


def grid_values(value: Any, default: tuple[float, ...]) -> tuple[float, ...]:
    """The values of a checked parameter of kind `Grid`; those of the default grid for "auto"."""
    return default if isinstance(value, str) else tuple(map(float, as_tuple(value)))


def _members(kind: Any) -> Iterator[Any]:
    """Go through a type, the members of unions, and what annotates them."""
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        for member in get_args(kind):
            yield from _members(member)
    elif origin is Annotated:
        base, *notes = get_args(kind)
        yield from notes
        if all(isinstance(note, Rule) for note in notes) and get_origin(base) in (Union, types.UnionType, Literal):
            yield from (rule for rule in _members(base) if rule is not _ANYTHING)
    elif origin is Literal:
        yield from (Rule(repr(option), partial(_same, option)) for option in get_args(kind))
    elif kind is types.NoneType:
        yield Rule("None", lambda value: value is None)
    elif kind is bool:
        yield Rule("True or False", is_flag)
    elif kind in _PLAIN:
        yield _PLAIN[kind]
    elif isinstance(kind, type) and kind is not Any and not getattr(kind, "_is_protocol", False):
        yield Rule(f"a {kind.__name__}", lambda value: isinstance(value, kind))
    else:  # what isn't a class, such as Any, is not checked
        yield _ANYTHING


_PLAIN = {
    int: Rule("a whole number", is_whole),
    float: Rule("a number that is finite", is_number),
    str: Rule("a string", lambda value: isinstance(value, str)),
    nn.Module: Rule("an nn.Module", lambda value: isinstance(value, nn.Module)),
    object: _ANYTHING,
}


def _same(option: Any, value: Any) -> bool:
    plain = bool(value) if isinstance(value, np.bool_) else value
    return type(plain) is type(option) and bool(plain == option)


def check_value(name: str, value: Any, kind: Any) -> None:
    """Refuse a value that its type and the notes on it don't allow.

    Raises
    ------
    InvalidInputError
        Naming the parameter, the value and what is wanted.
    """
    found = list(_members(kind))
    rules = [member for member in found if isinstance(member, Rule)]
    checks = [member for member in found if not isinstance(member, Rule) and callable(member)]
    if any(rule.accepts(value) for rule in rules):
        return
    for check in checks:
        check(name, value)
    if rules and not checks:
        *others, last = [rule.wanted for rule in rules]
        limit = f", at most {LARGEST}" if is_whole(value) and value > LARGEST else ""
        raise InvalidInputError(
            f"{name}={shown(value)}; wanted {', '.join(others)}{' or ' if others else ''}{last}{limit}."
            + did_you_mean(value if isinstance(value, str) else [], [rule.wanted.strip("'") for rule in rules])
        )


def parameter_kinds(estimator: Any) -> dict[str, Any]:
    """The annotated types of all parameters of an estimator class, or of an estimator."""
    kinds: dict[str, Any] = estimator._parameter_kinds
    return kinds


def check_parameters(estimator: Any) -> None:
    """Check each parameter on its own."""
    for name, kind in parameter_kinds(estimator).items():
        check_value(name, getattr(estimator, name), kind)


class Parametrised:
    """An estimator whose parameters are checked."""

    def _check_parameters(self) -> None:
        """Refuse parameters that are out of range, or don't go together; a subclass adds what two of them forbid."""
        check_parameters(self)


@dataclass_transform(kw_only_default=True, eq_default=False)
def parameters(cls: type[T]) -> type[T]:
    """Make a class of parameters: keyword-only, stored untouched, documented with those that it inherits.

    Parameters
    ----------
    cls : type
        A class whose annotated attributes with defaults are parameters; see `zsl.estimators._parameters`.

    Returns
    -------
    type
        The same class, with a constructor.
    """
    inherited = {name for base in cls.__mro__[1:] for name in getattr(base, "__dataclass_fields__", {})}
    made: Any = dataclass(kw_only=True, eq=False, repr=False)(cls)
    hints = get_type_hints(made, include_extras=True)
    made._parameter_kinds = {field.name: hints[field.name] for field in fields(made) if field.init}
    signature = inspect.signature(made.__init__)
    own, *given = signature.parameters.values()

    def place(parameter: inspect.Parameter) -> int:
        if parameter.name in _FIRST:
            return _FIRST.index(parameter.name)
        if parameter.name in _LAST:
            return 20 + _LAST.index(parameter.name)
        return 11 if parameter.name in inherited else 10

    # Types are in the documentation of the parameters; those of the checks would make help() hard to read.
    ordered = [p.replace(annotation=inspect.Parameter.empty) for p in sorted(given, key=place)]
    made.__init__.__signature__ = signature.replace(parameters=[own, *ordered])
    fill_docstring(made, {parameter.name: parameter.default for parameter in ordered})
    return cls
