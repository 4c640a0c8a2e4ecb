"""What an estimator chose while fitting, and what it compared."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any

from zsl.report._texts import as_text, in_words

_ELSEWHERE = frozenset({"params", "alternatives", "grid", "seen_bias"})
"""What a selection holds that is shown in another form."""


@dataclass(frozen=True)
class Tried:
    """One value of a hyper-parameter, whether it was chosen, and the best figure that was reached with it."""

    value: str
    is_chosen: bool
    figure: float


@dataclass(frozen=True)
class Choice:
    """One hyper-parameter: what was chosen, and the figures on held-out seen classes of what was tried."""

    name: str
    chosen: str
    tried: tuple[Tried, ...] = ()


@dataclass(frozen=True)
class Choices:
    """Hyper-parameters that were chosen among others, and what else was learned or chosen, as name and text."""

    compared: tuple[Choice, ...]
    others: tuple[tuple[str, str], ...]

    def __bool__(self) -> bool:
        return bool(self.compared or self.others)


def choices_of(fitted: Any, model: Any) -> Choices:
    """Results of searches and of the estimator's own selection, and single numbers that were learned."""
    best = getattr(fitted, "best_params_", {})
    found: dict[str, Any] = {f"{name}, by {type(fitted).__name__}": value for name, value in best.items()}
    selection = getattr(model, "selection_", None)
    compared: tuple[Choice, ...] = ()
    if isinstance(selection, Mapping):
        compared = tuple(_compared(selection))
    elif selection is not None:
        found["selection"] = selection
    known = {choice.name for choice in compared}
    for name, value in sorted(vars(model).items()):
        learned = name.endswith("_") and not name.startswith("_") and isinstance(value, Real | str)
        if learned and name != "n_features_in_" and in_words(name) not in known:
            found[in_words(name)] = value
    if (bias := getattr(model, "seen_bias_", None)) is not None:
        found[in_words("seen_bias_")] = bias
    if isinstance(selection, Mapping):
        found |= _beyond(selection)
    return Choices(compared, tuple((name, as_text(value)) for name, value in found.items()))


def _compared(selection: Mapping[str, Any]) -> Iterable[Choice]:
    """The chosen value of each parameter beside all that were tried."""
    alternatives = selection.get("alternatives")
    alternatives = alternatives if isinstance(alternatives, Mapping) else {}
    params = selection.get("params")
    for name, value in (params if isinstance(params, Mapping) else {}).items():
        tried = alternatives.get(name, {})
        figures = tried.items() if isinstance(tried, Mapping) else ()
        yield Choice(
            in_words(name),
            as_text(value),
            tuple(Tried(_read(other), str(other) == str(value), float(figure)) for other, figure in figures),
        )


def _read(value: Any) -> str:
    """Text of a value that may have been a key of JSON, all of which are strings."""
    if value in ("True", "False"):
        return as_text(value == "True")
    try:
        return as_text(float(value))
    except (TypeError, ValueError):
        return as_text(value)


def _beyond(selection: Mapping[str, Any]) -> dict[str, Any]:
    """What a selection holds beyond parameters: figures, folds, the bias by number of shots, the size of the grid."""
    found: dict[str, Any] = {
        in_words(name): {in_words(key): item for key, item in value.items()} if isinstance(value, Mapping) else value
        for name, value in selection.items()
        if name not in _ELSEWHERE and value is not None
    }
    by_shots = selection.get("seen_bias")
    if isinstance(by_shots, list | tuple) and all(
        isinstance(pair, list | tuple) and len(pair) == 2 for pair in by_shots
    ):
        found["γ by support samples per class"] = dict(by_shots)
    grid = selection.get("grid")
    if isinstance(grid, list | tuple):
        found["combinations tried"] = len(grid)
    return found
