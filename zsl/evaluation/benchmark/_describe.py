"""What a figure was measured with: parameters and data as JSON that is the same in every process, and the machine."""

from __future__ import annotations

import hashlib
import json
import math
import os
import platform
from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import version
from typing import Any
from uuid import uuid4

import joblib
import numpy as np
from numpy.typing import NDArray

from zsl.evaluation.splits import GZSLSplit
from zsl.semantics import Semantics

_NO_MATTER = ("n_jobs", "verbose")
"""Parameters that change how something is computed or shown, and not the result."""


def describe(value: Any) -> Any:
    """Turn a parameter into JSON; objects that JSON doesn't know become their type and a digest of their content."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else repr(float(value))
    if isinstance(value, np.generic):
        return describe(value.item())
    if isinstance(value, Mapping):
        if all(isinstance(key, str) for key in value):
            return {key: describe(item) for key, item in value.items()}
        return [[describe(key), describe(item)] for key, item in value.items()]
    if isinstance(value, (list, tuple)):
        return [describe(item) for item in value]
    if isinstance(value, Semantics):
        return describe_semantics(value)
    name = f"{type(value).__module__}.{type(value).__qualname__}"
    if hasattr(value, "get_params") and not isinstance(value, type):
        parameters = value.get_params(deep=False)
        return {"class": name, "parameters": {k: describe(v) for k, v in parameters.items() if k not in _NO_MATTER}}
    return f"{name} {_content(value)}"


def digest(value: Any) -> str:
    """Digest of a description."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def describe_split(split: GZSLSplit) -> dict[str, Any]:
    """Name, sizes, origin and digest of the training and test samples, and of the class table.

    The support pool is left out, since nothing is measured on it.
    """
    content = hashlib.sha256()
    for X, y in (
        (split.X_train, split.y_train),
        (split.X_test_seen, split.y_test_seen),
        (split.X_test_unseen, split.y_test_unseen),
    ):
        _add_array(content, X)
        _add_labels(content, y)
    return {
        "split": {
            "name": split.name,
            "info": describe(split.info),
            "n_train": len(split.X_train),
            "n_test_seen": len(split.X_test_seen),
            "n_test_unseen": len(split.X_test_unseen),
            "n_seen_classes": len(split.seen_classes),
            "n_unseen_classes": len(split.unseen_classes),
            "n_features": split.X_train.shape[1],
            "sha256": content.hexdigest(),
        },
        "semantics": None if split.semantics is None else describe_semantics(split.semantics),
    }


def describe_semantics(table: Semantics) -> dict[str, Any]:
    """Size and digest of a class table: its labels, the names of its attributes and its values."""
    content = hashlib.sha256(json.dumps(table.attributes).encode())
    _add_labels(content, table.classes)
    _add_array(content, table.vectors)
    n_classes, n_attributes = table.vectors.shape
    return {"n_classes": n_classes, "n_attributes": n_attributes, "sha256": content.hexdigest()}


def versions() -> dict[str, str]:
    """Versions of the packages that compute."""
    packages = {name: version(name) for name in ("torch", "numpy", "scikit-learn")}
    return {"zsl": zsl_version(), **packages, "python": platform.python_version()}


def zsl_version() -> str:
    """Version of this package."""
    found: str = import_module("zsl").__version__  # by name: the package itself stands above every floor
    return found


def machine() -> dict[str, Any]:
    """Kind of the machine."""
    import torch

    return {
        "platform": platform.platform(),
        "cpu_count": os.cpu_count(),
        "gpu": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
    }


def _content(value: Any) -> str:
    """Digest of an object; one without a lasting digest gets a new one each time, so that it never matches."""
    try:
        if hasattr(value, "state_dict"):  # torch modules pickle differently in each process
            tensors = {key: tensor.detach().cpu().double().numpy() for key, tensor in value.state_dict().items()}
            return str(joblib.hash((repr(value), tensors)))
        return str(joblib.hash(value))
    except Exception:  # whatever an unknown object raises when it is pickled
        return uuid4().hex


def _add_array(content: Any, array: NDArray[Any]) -> None:
    content.update(f"{array.dtype.str}{array.shape}".encode())
    content.update(np.ascontiguousarray(array).data)


def _add_labels(content: Any, labels: NDArray[Any]) -> None:
    """The labels themselves, whatever the width of the array's string type."""
    content.update(json.dumps(labels.tolist(), default=str).encode())
