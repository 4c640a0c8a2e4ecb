"""What every fitted estimator stores alike, as JSON and tensors, and back: labels, class table, classes, scaling."""

from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from zsl._typing import LabelArray
from zsl.classes.registry import ClassRegistry
from zsl.exceptions import InvalidInputError, ModelFileError
from zsl.selection.scaling import Scaler
from zsl.semantics import Semantics

Header = dict[str, Any]
Tensors = dict[str, NDArray[Any]]
_COLUMNS = ("seen", "described", "semantics", "sums", "counts")


def pack_common(estimator: Any) -> tuple[Header, Tensors]:
    """Header entries and tensors of a fitted estimator, but for its parameters and its method."""
    table = estimator._table
    header, tensors = pack_classes(estimator._classes)
    header |= {
        "text_encoder": pack_text_encoder(estimator),
        "table": None if table is None else pack_table(table),
        **pack_inputs(estimator),
    }
    for name, scaler in (("features", estimator._scaler), ("semantics", estimator._semantic_scaler)):
        tensors |= pack_scaler(f"scaler.{name}", scaler)
    if table is not None:
        tensors["table"] = table.vectors
    return header, tensors


def pack_inputs(estimator: Any) -> Header:
    """Width of the images, and the names of their columns if they have some."""
    return {
        "n_features_in": int(estimator.n_features_in_),
        "feature_names_in": getattr(estimator, "feature_names_in_", np.array([])).tolist(),
    }


def unpack_inputs(estimator: Any, header: Header) -> None:
    """Store what `pack_inputs` told."""
    estimator.n_features_in_ = int(header["n_features_in"])
    if header["feature_names_in"]:
        estimator.feature_names_in_ = np.array(header["feature_names_in"], dtype=object)


def pack_text_encoder(estimator: Any) -> str | None:
    """Name or path of the encoder of sentences; one that is an object isn't stored."""
    encoder = estimator.text_encoder
    return str(encoder) if isinstance(encoder, (str, PathLike)) else None


def pack_scaler(name: str, scaler: Scaler) -> Tensors:
    """A scaling; the matrix of a whitening in single precision."""
    factor = scaler.factor.astype(np.float32) if scaler.factor.ndim == 2 else scaler.factor
    return {f"{name}.mean": scaler.mean, f"{name}.factor": factor}


def unpack_scaler(name: str, tensors: Tensors) -> Scaler:
    """A scaling, in double precision."""
    return Scaler(tensors[f"{name}.mean"], tensors[f"{name}.factor"].astype(np.float64))


def pack_table(table: Semantics) -> Header:
    """What of a class table isn't in its vectors."""
    return {
        "labels": pack_labels(table.classes),
        "attributes": list(table.attributes),
        "blocks": list(table.blocks),
    }


def pack_classes(classes: ClassRegistry) -> tuple[Header, Tensors]:
    """Labels, and what is known of their classes."""
    return {"labels": pack_labels(classes.labels)}, {f"classes.{key}": getattr(classes, key) for key in _COLUMNS}


def unpack_known(header: Header, tensors: Tensors) -> ClassRegistry:
    """The classes and what is known of them."""
    parts = [tensors[f"classes.{key}"] for key in _COLUMNS]
    classes = ClassRegistry.of_sums(unpack_labels(header["labels"]), *parts)
    if any(len(part) != len(classes) for part in parts):
        raise ModelFileError("The model's class labels and class tensors differ in length.")
    return classes


def unpack_table(header: Header, tensors: Tensors) -> Semantics | None:
    """The class table."""
    if header["table"] is None:
        return None
    stored = header["table"]
    return Semantics(
        tensors["table"],
        classes=unpack_labels(stored["labels"]),
        attributes=stored["attributes"],
        blocks=stored.get("blocks"),
    )


def unpack_scalers(tensors: Tensors) -> tuple[Scaler, Scaler]:
    """Scaling of images and of semantic vectors."""
    features, semantics = (unpack_scaler(f"scaler.{name}", tensors) for name in ("features", "semantics"))
    return features, semantics


def unpack_classes(estimator: Any, header: Header, tensors: Tensors, table: Semantics | None) -> None:
    """Store the classes and what else was fitted on the data."""
    estimator._table, estimator._classes = table, unpack_known(header, tensors)
    unpack_inputs(estimator, header)
    estimator._set_class_attributes()


@contextmanager
def fitting_parts(*others: type[Exception]) -> Iterator[None]:
    """Tell of whatever goes wrong while a model is put together as a spoiled file, but for errors of these kinds."""
    as_they_are: tuple[type[Exception], ...] = (ModelFileError, *others)
    try:
        yield
    except as_they_are:
        raise
    except (KeyError, TypeError, ValueError, RuntimeError, AttributeError, IndexError) as error:
        raise ModelFileError(f"The model's parts don't fit together ({type(error).__name__}: {error}).") from error


def check_own_module(stored: bool, given: nn.Module | None) -> None:
    """Refuse a module of the caller's where the model has none, and ask for one where it has."""
    if stored != (given is not None):
        wanted = "the model was fitted with one of yours" if stored else "the model was fitted without"
        raise InvalidInputError(f"encoder={type(given).__name__}; {wanted}, and a file holds weights but no code.")


def with_prefix(tensors: Tensors, prefix: str) -> dict[str, torch.Tensor]:
    """The state dict whose keys have this prefix, which is taken off."""
    return {key.removeprefix(prefix): torch.as_tensor(t) for key, t in tensors.items() if key.startswith(prefix)}


def check_parts(estimator: Any) -> None:
    """Score one image, so that parts of a wrong shape show now and not at the first prediction."""
    check_scores(estimator, (1, estimator.n_features_in_))


def check_scores(estimator: Any, shape: tuple[int, ...], classes: Any = None) -> None:
    """Score a blank image against classes, or all classes, if there are any."""
    embedded = estimator._embed(np.zeros(shape, dtype=np.float32 if len(shape) > 2 else np.float64))
    known = estimator._classes if classes is None else classes
    if not len(known):
        return
    scores = estimator._calibrated(estimator._score(embedded, known), known)
    if not np.isfinite(scores).all():
        raise ModelFileError("The model's parts don't fit together (its scores are not finite).")


def plain(value: Any) -> Any:
    """Numbers of numpy as those of Python, sequences as lists."""
    if isinstance(value, dict):
        return {key: plain(entry) for key, entry in value.items()}
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, (tuple, list)):
        return [plain(entry) for entry in value]
    return value.item() if isinstance(value, np.generic) else value


def pack_labels(labels: LabelArray) -> Header:
    """Labels with their type."""
    values = labels.tolist()
    if labels.dtype.kind == "O" and not all(isinstance(value, str) for value in values):
        raise InvalidInputError(f"Labels of types {sorted({type(v).__name__ for v in values})} cannot be saved.")
    return {"dtype": "object" if labels.dtype.kind == "O" else labels.dtype.str, "values": values}


def unpack_labels(packed: Header) -> LabelArray:
    """Labels as they were."""
    kind = np.dtype(packed["dtype"])
    if kind.kind not in "OUbiuf":
        raise ModelFileError(f"Labels of type {packed['dtype']!r} are not known to the format.")
    return np.array(packed["values"], dtype=kind)
