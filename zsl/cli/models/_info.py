"""``zsl info``: what a saved model is."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import typer

from zsl._escaping import one_line
from zsl.cli import _options as opt


def info(
    model: opt.ModelFolder,
    as_json: bool = typer.Option(False, "--json", help="Print everything as JSON, with all names."),
) -> None:
    """Show what a saved model is: estimator, classes, semantics, encoders, and what was chosen when it was fitted."""
    found = about(model)
    if as_json:
        typer.echo(json.dumps(found, indent=1, ensure_ascii=False, default=str))
        return
    for name, value in found.items():
        if value not in (None, [], {}):
            typer.echo(one_line(f"{name.replace('_', ' '):<16} {_shown(value)}"))


def about(path: Path) -> dict[str, Any]:
    """What is known of a saved model; nothing that its file names is used."""
    from zsl.estimators import load
    from zsl.evaluation.benchmark._describe import versions
    from zsl.persistence.folder import FORMAT_VERSION

    model = load(path)
    steps = _steps(model)
    own = steps[-1]
    files = sorted(each for each in path.iterdir() if each.name == "model.json" or each.suffix == ".safetensors")
    saved = datetime.fromtimestamp((path / "model.json").stat().st_mtime).astimezone()
    return {
        "model": type(model).__name__,
        "estimator": type(own).__name__,
        "steps": [_encoder(step) or type(step).__name__ for step in steps[:-1]],
        "features": getattr(own, "n_features_in_", None),
        "seen_classes": _labels(own, "seen_classes_"),
        "unseen_classes": _labels(own, "unseen_classes_"),
        "semantics": _semantics(getattr(own, "_table", None)),
        "text_encoder": _text_encoder(own),
        "chosen": _chosen(own),
        "parameters": {name: value for name, value in own.get_params(deep=False).items() if _is_short(value)},
        "files": {each.name: f"{each.stat().st_size:,} bytes" for each in files},
        "saved": saved.isoformat(timespec="seconds"),
        "format": FORMAT_VERSION,
        "read_with": versions(),
    }


def _steps(model: Any) -> list[Any]:
    """The steps of a model, or of what it works with; the last one knows the classes."""
    from sklearn.pipeline import Pipeline

    inner = getattr(model, "estimator", model)
    return [step for _, step in inner.steps if step != "passthrough"] if isinstance(inner, Pipeline) else [inner]


def _labels(own: Any, name: str) -> list[Any] | None:
    labels = getattr(own, name, None)
    found: list[Any] | None = None if labels is None else labels.tolist()
    return found


def _semantics(table: Any) -> dict[str, Any] | None:
    """The class table that was fitted on, and what it was made of."""
    if table is None:
        return None
    described = sum(1 for sentences in table.texts or () if sentences)
    source = f"sentences of {described} classes" if described else "attributes" if are_named(table) else "vectors"
    imputed = 0 if table.imputed is None else int(table.imputed.sum())
    classes, attributes = table.vectors.shape
    found: dict[str, Any] = {"classes": classes, "attributes": attributes, "from": source}
    return (
        found | ({"imputed": imputed} if imputed else {}) | ({"blocks": table.blocks} if len(table.blocks) > 1 else {})
    )


def are_named(table: Any) -> bool:
    """Whether the attributes have names of their own."""
    return any(name != f"{name[:1]}{place}" for place, name in enumerate(table.attributes))


def _encoder(step: Any) -> str | None:
    """An encoder as a person would name it; None if the step is none."""
    from zsl.encoders import ImageEncoder, TextEncoder

    if not isinstance(step, (ImageEncoder, TextEncoder)):
        return None
    templates = getattr(step, "templates", "{}")
    more = "" if templates == "{}" else f", templates {templates!r}"
    return f"{type(step).__name__}({step.model!s}{more})"


def _text_encoder(own: Any) -> str | None:
    """What encodes sentences about new classes, and whether the file alone is enough to use it."""
    from zsl.encoders import DEFAULT_TEXT_ENCODER
    from zsl.encoders.absent import AbsentEncoder
    from zsl.encoders.text import UntrustedName

    if not hasattr(own, "text_encoder"):
        return None
    encoder = own.text_encoder
    if encoder is None:
        texts = getattr(getattr(own, "_table", None), "texts", None)
        return f"{DEFAULT_TEXT_ENCODER} (the default)" if texts else None
    withheld = isinstance(getattr(encoder, "model", encoder), (UntrustedName, AbsentEncoder))
    return f"{_encoder(encoder) or encoder!s}{' (used with --trusted or --text-encoder only)' if withheld else ''}"


def _chosen(own: Any) -> dict[str, Any]:
    """What was chosen on held-out classes, with γ, κ and the temperature."""
    selection = getattr(own, "selection_", None) or {}
    names = {"seen_bias_": "γ", "prior_strength_": "κ", "temperature_": "temperature"}
    found = dict(selection.get("params", {}))
    found |= {shown: float(getattr(own, name)) for name, shown in names.items() if hasattr(own, name)}
    if selection.get("n_folds"):
        found |= {"folds": selection["n_folds"], "H on held-out classes": selection.get("harmonic_mean")}
    return found


def _is_short(value: Any) -> bool:
    return value is None or isinstance(value, (bool, int, float, str, tuple, list))


def _shown(value: Any) -> str:
    """A value on one line, and of many names the first ten."""
    from zsl.semantics._labels import listing

    if isinstance(value, dict):
        return ", ".join(f"{name} {_shown(part)}" for name, part in value.items())
    if isinstance(value, list) and len(value) > 3:
        return f"{len(value)}: {listing(value, 10, str)}"
    if isinstance(value, list):
        return ", ".join(map(_shown, value))
    return f"{value:.4g}" if isinstance(value, float) else str(value)
