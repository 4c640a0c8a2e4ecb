"""The TOML file of ``zsl train``; unknown keys and wrong values are refused."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zsl.cli._few_shot_data import FewShotData, Part, backbone_classes
from zsl.exceptions import InvalidInputError

FORMS = ((5, 1), (5, 5), (20, 1), (20, 5))
MOST = 2**32 - 1
"""The largest seed."""

_KINDS: dict[str, dict[str, tuple[type, str]]] = {
    "data": {
        "name": (str, "a string"),
        "split": (str, "a string"),
        "rotations": (bool, "true or false"),
        "within_groups": (bool, "true or false"),
        "keep_classes": (bool, "true or false"),
    },
    "evaluation": {
        "part": (object, ""),
        "episodes": (int, "a whole number of 1 or more"),
        "queries": (int, "a whole number of 1 or more"),
        "seed": (int, f"a whole number from 0 to {MOST}"),
        "forms": (list, "a list such as [[5, 1], [5, 5]]"),
    },
}


@dataclass(frozen=True)
class TrainingConfig:
    """A configuration; `forms` are (way, shot), or None for those of `FORMS` that the data allow."""

    data: FewShotData
    split: str | None
    rotations: bool
    within_groups: bool
    keep_classes: bool
    kind: str
    parameters: dict[str, Any]
    parts: tuple[Part, ...]
    episodes: int
    queries: int
    seed: int
    forms: tuple[tuple[int, int], ...] | None


def read_config(path: Path) -> TrainingConfig:
    """Read a configuration."""
    from zsl.datasets._reading import existing

    existing(path)
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InvalidInputError(f"{path} can't be read as TOML: {error}.") from error
    _refuse_unknown("The configuration", content, ("data", "estimator", "evaluation"))
    for name in ("data", "estimator", "evaluation"):
        if not isinstance(content.setdefault(name, {}), dict):
            raise InvalidInputError(f"{name} = {content[name]!r}; wanted a table, [{name}].")
    data, evaluation = (_checked(name, content[name]) for name in ("data", "evaluation"))
    if data.get("name") not in list(FewShotData):
        raise InvalidInputError(f"[data] name = {data.get('name')!r}; wanted one of {', '.join(FewShotData)}.")
    kind, parameters = _estimator(content["estimator"])
    return TrainingConfig(
        data=FewShotData(data["name"]),
        split=data.get("split"),
        rotations=data.get("rotations", False),
        within_groups=data.get("within_groups", False),
        keep_classes=data.get("keep_classes", False),
        kind=kind,
        parameters=parameters,
        parts=_parts(evaluation.get("part", "val")),
        episodes=evaluation.get("episodes", 1000),
        queries=evaluation.get("queries", 15),
        seed=evaluation.get("seed", 0),
        forms=_forms(evaluation["forms"]) if "forms" in evaluation else None,
    )


def _refuse_unknown(where: str, table: Mapping[str, Any], known: Any) -> None:
    if unknown := [key for key in table if key not in known]:
        raise InvalidInputError(f"{where} has {', '.join(map(repr, unknown))}; known are {', '.join(known)}.")


def _checked(name: str, table: Mapping[str, Any]) -> Mapping[str, Any]:
    """The table, if its keys are known and their values of the right type."""
    _refuse_unknown(f"[{name}]", table, _KINDS[name])
    for key, value in table.items():
        kind, wanted = _KINDS[name][key]
        good = isinstance(value, kind) and not (kind is int and isinstance(value, bool))
        if not good or (kind is int and not (0 if key == "seed" else 1) <= value <= MOST):
            raise InvalidInputError(f"[{name}] {key} = {value!r}; wanted {wanted}.")
    return table


def _estimator(table: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The name of the class, and its parameters."""
    from zsl.estimators.few_shot._images import NAMED

    known = backbone_classes()
    parameters = dict(table)
    kind = parameters.pop("class", None)
    if kind not in list(known):  # a list, since the value may be of any type
        raise InvalidInputError(f"[estimator] class = {kind!r}; wanted one of {', '.join(known)}.")
    _refuse_unknown("[estimator]", parameters, known[kind]().get_params(deep=False))
    if parameters.get("backbone") not in list(NAMED):
        raise InvalidInputError(
            f"[estimator] backbone = {parameters.get('backbone')!r}; wanted {', '.join(map(repr, NAMED))}, since the "
            "data are images."
        )
    return kind, parameters


def _parts(given: Any) -> tuple[Part, ...]:
    names = [given] if isinstance(given, str) else given
    if not isinstance(names, list) or not names or any(name not in list(Part) for name in names):
        raise InvalidInputError(f"[evaluation] part = {given!r}; wanted one or a list of {', '.join(Part)}.")
    return tuple(Part(name) for name in names)


def _forms(given: list[Any]) -> tuple[tuple[int, int], ...]:
    def good(form: Any) -> bool:
        whole = isinstance(form, list) and len(form) == 2 and all(type(number) is int for number in form)
        return whole and form[0] >= 2 and form[1] >= 1

    if not given or not all(map(good, given)):
        raise InvalidInputError(
            f"[evaluation] forms = {given!r}; wanted pairs of way, 2 or more, and shot, 1 or more: [[5, 1], [5, 5]]."
        )
    return tuple((way, shot) for way, shot in given)
