"""The TOML file of ``zsl train``; unknown keys and wrong values are refused."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zsl._suggestions import did_you_mean
from zsl.cli._options import MOST_SEED
from zsl.cli.few_shot._few_shot_data import FewShotData, Part, backbone_classes
from zsl.exceptions import InvalidInputError

FORMS = [[5, 1], [5, 5], [20, 1], [20, 5]]

_Rule = tuple[Callable[[Any], bool], str]


def _whole(least: int) -> _Rule:
    return (
        lambda value: type(value) is int and least <= value <= MOST_SEED,
        f"a whole number from {least} to {MOST_SEED}",
    )


def _are_parts(value: Any) -> bool:
    return value in list(Part) or (isinstance(value, list) and value != [] and all(one in list(Part) for one in value))


def _are_forms(value: Any) -> bool:
    def good(form: Any) -> bool:
        whole = isinstance(form, list) and len(form) == 2 and all(type(number) is int for number in form)
        return whole and form[0] >= 2 and form[1] >= 1

    return isinstance(value, list) and value != [] and all(map(good, value))


_FLAG: _Rule = (lambda value: isinstance(value, bool), "true or false")
_RULES: dict[str, dict[str, _Rule]] = {
    "data": {
        "name": (lambda value: value in list(FewShotData), f"one of {', '.join(FewShotData)}"),
        "split": (lambda value: isinstance(value, str), "a string"),
        "rotations": _FLAG,
        "within_groups": _FLAG,
        "keep_classes": _FLAG,
    },
    "evaluation": {
        "part": (_are_parts, f"one or a list of {', '.join(Part)}"),
        "episodes": _whole(1),
        "queries": _whole(1),
        "seed": _whole(0),
        "forms": (_are_forms, "pairs of way, 2 or more, and shot, 1 or more: [[5, 1], [5, 5]]"),
    },
}


@dataclass(frozen=True)
class TrainingConfig:
    """The values of a configuration by their keys; `forms` are those of `FORMS` that the data allow if not given."""

    kind: str
    parameters: dict[str, Any]
    name: str
    split: str | None = None
    rotations: bool = False
    within_groups: bool = False
    keep_classes: bool = False
    part: str | list[str] = "val"
    episodes: int = 1000
    queries: int = 15
    seed: int = 0
    forms: list[list[int]] | None = None

    @property
    def parts(self) -> list[Part]:
        """The parts to measure on."""
        return [Part(name) for name in ([self.part] if isinstance(self.part, str) else self.part)]


def read_config(path: Path) -> TrainingConfig:
    """Read a configuration."""
    from zsl._files.opening import existing

    existing(path)
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise InvalidInputError(f"{path} can't be read as TOML: {error}.") from error
    _refuse_unknown("The configuration", content, ("data", "estimator", "evaluation"))
    for name in ("data", "estimator", "evaluation"):
        if not isinstance(content.setdefault(name, {}), dict):
            raise InvalidInputError(f"{name} = {content[name]!r}; wanted a table, [{name}].")
    content["data"].setdefault("name", None)
    for table, rules in _RULES.items():
        _refuse_unknown(f"[{table}]", content[table], rules)
        for key, value in content[table].items():
            accepts, wanted = rules[key]
            if not accepts(value):
                raise InvalidInputError(f"[{table}] {key} = {value!r}; wanted {wanted}.")
    kind, parameters = _estimator(content["estimator"])
    return TrainingConfig(kind=kind, parameters=parameters, **content["data"], **content["evaluation"])


def _refuse_unknown(where: str, table: Mapping[str, Any], known: Any) -> None:
    if unknown := [key for key in table if key not in known]:
        raise InvalidInputError(
            f"{where} has {', '.join(map(repr, unknown))}; known are {', '.join(known)}." + did_you_mean(unknown, known)
        )


def _estimator(table: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The name of the class, and its parameters."""
    from zsl.estimators.few_shot._images import NAMED

    known = backbone_classes()
    parameters = dict(table)
    kind = parameters.pop("class", None)
    if kind not in list(known):  # a list, since the value may be of any type
        raise InvalidInputError(
            f"[estimator] class = {kind!r}; wanted one of {', '.join(known)}." + did_you_mean(str(kind), known)
        )
    _refuse_unknown("[estimator]", parameters, known[kind]().get_params(deep=False))
    if parameters.get("warm_start"):
        raise InvalidInputError(
            "[estimator] warm_start = true; wanted it left out: training begins anew, or after a stop by --resume."
        )
    if parameters.get("backbone") not in list(NAMED):
        raise InvalidInputError(
            f"[estimator] backbone = {parameters.get('backbone')!r}; wanted {', '.join(map(repr, NAMED))}, since the "
            "data are images."
        )
    return kind, parameters
