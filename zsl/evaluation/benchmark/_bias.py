"""How the seen-class bias γ came about, told from the parameters of an estimator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def how_bias(parameters: Mapping[str, Any]) -> str:
    """How an estimator with these parameters gets its seen-class bias."""
    given, folds = parameters.get("seen_bias"), parameters.get("cv")
    if parameters.get("balance") == "gate":
        return "replaced by a gate, fitted on held-out seen classes"
    if "seen_bias" not in parameters:
        return "not used"
    if given != "auto":
        return f"set to {given}"
    if folds is None:
        return "0, since no classes were held out"
    return f"chosen by H on held-out seen classes{f', in {folds} folds' if isinstance(folds, int) else ''}"


def bias_lines(cells: Sequence[Mapping[str, Any]]) -> list[str]:
    """One sentence on the methods of a benchmark."""
    ways: dict[str, list[str]] = {}
    for cell in cells:
        found = _described(cell.get("estimator"))
        if found is not None and cell["status"] == "done":
            methods = ways.setdefault(how_bias(found), [])
            if cell["method"] not in methods:
                methods.append(cell["method"])
    if len(ways) == 1:
        return [f"The seen-class bias γ was {next(iter(ways))}."] if "not used" not in ways else []
    told = [f"{way} ({', '.join(methods)})" for way, methods in ways.items()]
    return [f"The seen-class bias γ was {'; '.join(told)}."] if told else []


def _described(value: Any) -> Mapping[str, Any] | None:
    """Parameters of the estimator within what `describe` made of it, a pipeline or a search: the innermost one."""
    if isinstance(value, list):
        found = [inner for item in value if (inner := _described(item)) is not None]
        return found[-1] if found else None
    if not isinstance(value, dict) or not isinstance(value.get("parameters"), dict):
        return None
    parameters: dict[str, Any] = value["parameters"]
    within = _described([*parameters.values()])
    return parameters if within is None or "seen_bias" in parameters else within
