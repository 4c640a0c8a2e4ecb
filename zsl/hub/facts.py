"""What is told of a fitted model on its card."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sklearn.pipeline import Pipeline

from zsl.encoders import ImageEncoder, TextEncoder
from zsl.evaluation import GZSLResult
from zsl.evaluation.benchmark._bias import how_bias
from zsl.evaluation.benchmark._describe import describe_semantics, versions
from zsl.semantics import Semantics

_MOST = 100


@dataclass(frozen=True, eq=False)
class Facts:
    """What is told of a model.

    Parameters
    ----------
    kind, what : str
        Its class, and the first line of its docstring.
    steps : list of str
        The classes of the steps of a pipeline, else empty.
    pipeline_tag : str
        The task, as the hub calls it.
    seen, unseen : list
        Classes that it knows.
    semantics : list of str
        What its classes are described by, line by line.
    choices : mapping of str to object
        γ, what else was chosen, and random states.
    figures : list of tuple
        Name, value, and bounds of the interval of each figure, as texts.
    data : str
        What the figures were measured on.
    versions : mapping of str to str
        Packages.
    """

    kind: str
    what: str
    steps: list[str]
    pipeline_tag: str
    seen: list[Any]
    unseen: list[Any]
    semantics: list[str]
    choices: Mapping[str, Any]
    figures: list[tuple[str, str, str]]
    data: str
    versions: Mapping[str, str]


def facts_of(model: Any, result: GZSLResult | None, source: str | None) -> Facts:
    """Collect what is told of a fitted model."""
    steps = (
        [step for _, step in model.steps if step not in (None, "passthrough")] if isinstance(model, Pipeline) else []
    )
    last: Any = steps[-1] if steps else getattr(model, "estimator", model)
    parameters: Mapping[str, Any] = last.get_params(deep=False) if hasattr(last, "get_params") else {}
    return Facts(
        kind=type(model).__name__,
        what=(type(last).__doc__ or "").strip().split("\n")[0],
        steps=[type(step).__name__ for step in steps],
        pipeline_tag=_tag(steps, last),
        seen=_labels(last, "seen_classes_"),
        unseen=_labels(last, "unseen_classes_"),
        semantics=_semantics(last, parameters, source),
        choices=_choices(last, parameters),
        figures=[] if result is None else _figures(result),
        data="" if result is None else _data(result),
        versions=versions(),
    )


def shortened(labels: list[Any]) -> list[Any]:
    """The first of many."""
    return labels if len(labels) <= _MOST else [*labels[:_MOST], f"… ({len(labels) - _MOST} more)"]


def _tag(steps: list[Any], last: Any) -> str:
    if any(isinstance(step, ImageEncoder) for step in steps):
        return "zero-shot-image-classification"
    if any(isinstance(step, TextEncoder) for step in steps):
        return "zero-shot-classification"
    return "tabular-classification" if getattr(last, "_image_shape", None) is None else "image-classification"


def _labels(model: Any, name: str) -> list[Any]:
    found = getattr(model, name, None)
    return [] if found is None else list(found.tolist())


def _semantics(model: Any, parameters: Mapping[str, Any], source: str | None) -> list[str]:
    """What the class table holds, and where it comes from."""
    table = getattr(model, "_table", None)
    if not isinstance(table, Semantics):
        return ["None: classes are known by samples." if source is None else source]
    found = describe_semantics(table)
    lines = [f"{found['n_classes']} classes × {found['n_attributes']} columns, sha256 {found['sha256']}."]
    if table.texts is not None:
        encoder = parameters.get("text_encoder")
        name = encoder if isinstance(encoder, str) else getattr(encoder, "name", None) or "the default encoder"
        lines.append(f"Encoded from {sum(map(len, table.texts))} texts by {name}.")
    else:
        lines.append(f"Columns: {', '.join(map(str, shortened([*table.attributes])))}.")
    if table.imputed is not None:
        lines.append(f"{int(table.imputed.sum())} cells were missing and filled in.")
    return [*lines, f"Source: {source or 'not named'}."]


def _choices(model: Any, parameters: Mapping[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if "seen_bias" in parameters:
        value = getattr(model, "seen_bias_", None)
        told["seen-class bias γ"] = how_bias(parameters) + ("" if value is None else f"; {value:.4g}")
    chosen = getattr(model, "selection_", None)
    chosen = chosen.get("params") if isinstance(chosen, Mapping) else None
    told |= {str(name): f"{value:.4g}" if isinstance(value, float) else value for name, value in (chosen or {}).items()}
    return told | {name: value for name, value in parameters.items() if name.rpartition("__")[-1] == "random_state"}


def _figures(result: GZSLResult) -> list[tuple[str, str, str]]:
    names = {"t1": "T1", "seen": "S", "unseen": "U", "harmonic_mean": "H", "ausuc": "AUSUC"}
    rows = result.intervals().to_dict("index")
    return [
        (name, f"{row['value']:.3f}", "" if row["low"] != row["low"] else f"{row['low']:.3f} to {row['high']:.3f}")
        for key, name in names.items()
        for row in [rows[key]]
    ]


def _data(result: GZSLResult) -> str:
    n_seen, n_unseen = len(result.seen_by_class), len(result.unseen_by_class)
    return f"{result.name or 'data without a name'}, {n_seen} seen and {n_unseen} unseen classes"
