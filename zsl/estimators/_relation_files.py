"""What of a fitted `RelationClassifier` is stored, and how it is put together again."""

from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from zsl._typing import LabelArray
from zsl.estimators._registry import ClassRegistry
from zsl.estimators._relation_training import build_network
from zsl.estimators._scaling import Scaler
from zsl.exceptions import InvalidInputError, ModelFileError
from zsl.semantics import Semantics

if TYPE_CHECKING:
    from zsl.estimators.relation import RelationClassifier

_NOT_STORED = ("semantics", "text_encoder", "encoder", "random_state", "device", "verbose")


def pack(estimator: "RelationClassifier") -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Split a fitted estimator into a JSON header and tensors."""
    classes, table = estimator._classes, estimator._table
    parameters = {key: value for key, value in estimator.get_params(deep=False).items() if key not in _NOT_STORED}
    parameters["episode_mix"] = [list(pair) for pair in dict(parameters["episode_mix"]).items()]
    seed = estimator.random_state
    text_encoder = estimator.text_encoder
    header = {
        "parameters": {key: _plain(value) for key, value in parameters.items()},
        "random_state": int(seed) if isinstance(seed, (int, np.integer)) else None,
        "text_encoder": str(text_encoder) if isinstance(text_encoder, (str, PathLike)) else None,
        "custom_encoder": estimator.encoder is not None,
        "labels": _pack_labels(classes.labels),
        "table": None
        if table is None
        else {"labels": _pack_labels(table.classes), "attributes": list(table.attributes)},
        "n_features_in": int(estimator.n_features_in_),
        "feature_names_in": getattr(estimator, "feature_names_in_", np.array([])).tolist(),
        "n_episodes": int(estimator.n_episodes_),
        "selection": {key: None if value != value else value for key, value in estimator.selection_.items()},
        "bias_shots": list(estimator._bias_shots),
        "bias": list(estimator._bias_values),
    }
    tensors = {
        f"network.{key}": value.float().cpu().numpy() if value.is_floating_point() else value.cpu().numpy()
        for key, value in estimator._network.state_dict().items()
    }
    for name, scaler in (("features", estimator._scaler), ("semantics", estimator._semantic_scaler)):
        factor = scaler.factor.astype(np.float32) if scaler.factor.ndim == 2 else scaler.factor
        tensors |= {f"scaler.{name}.mean": scaler.mean, f"scaler.{name}.factor": factor}
    for key in ("seen", "described", "semantics", "sums", "counts"):
        tensors[f"classes.{key}"] = getattr(classes, key)
    if table is not None:
        tensors["table"] = table.vectors
    return header, tensors


def unpack(
    estimator: "RelationClassifier", header: dict[str, Any], tensors: dict[str, NDArray[Any]], encoder: nn.Module | None
) -> "RelationClassifier":
    """Fill an estimator made with default parameters."""
    try:
        _unpack(estimator, header, tensors, encoder)
        # One image is scored, so that parts of a wrong shape show now and not at the first prediction.
        embedded = estimator._embed(np.zeros((1, estimator.n_features_in_)))
        scores = estimator._score(embedded, estimator._classes) + estimator._bias(estimator._classes)
    except InvalidInputError:
        raise
    except (KeyError, TypeError, ValueError, RuntimeError, AttributeError, IndexError) as error:
        raise ModelFileError(f"The model's parts don't fit together ({type(error).__name__}: {error}).") from error
    if not np.isfinite(scores).all():
        raise ModelFileError("The model's parts don't fit together (its scores are not finite).")
    return estimator


def _unpack(
    estimator: "RelationClassifier", header: dict[str, Any], tensors: dict[str, NDArray[Any]], encoder: nn.Module | None
) -> None:
    if header["custom_encoder"] != (encoder is not None):
        wanted = "the model was fitted with one" if header["custom_encoder"] else "the model was fitted without"
        raise InvalidInputError(f"encoder={type(encoder).__name__}; {wanted}, and a file holds weights but no code.")
    parameters = {
        key: tuple(map(tuple, value)) if key == "episode_mix" else tuple(value) if isinstance(value, list) else value
        for key, value in header["parameters"].items()
    }
    table = None
    if header["table"] is not None:
        table = Semantics(
            tensors["table"],
            classes=_unpack_labels(header["table"]["labels"]),
            attributes=header["table"]["attributes"],
        )
    estimator.set_params(
        **parameters,
        semantics=table,
        text_encoder=header["text_encoder"],
        encoder=encoder,
        random_state=header["random_state"],
    )
    n_input = int(header["n_features_in"])
    network = build_network(
        estimator._settings(), n_input, None if table is None else table.vectors.shape[1], torch.Generator()
    )
    prefix = "network."
    network.load_state_dict(
        {key.removeprefix(prefix): torch.as_tensor(value) for key, value in tensors.items() if key.startswith(prefix)}
    )
    scalers = [
        Scaler(tensors[f"scaler.{name}.mean"], tensors[f"scaler.{name}.factor"].astype(np.float64))
        for name in ("features", "semantics")
    ]
    parts = [tensors[f"classes.{key}"] for key in ("seen", "described", "semantics", "sums", "counts")]
    classes = ClassRegistry(_unpack_labels(header["labels"]), *parts)
    if any(len(part) != len(classes) for part in parts):
        raise ModelFileError("The model's class labels and class tensors differ in length.")
    estimator._install(network, scalers[0], scalers[1], header["bias_shots"], header["bias"])
    estimator._table, estimator._classes = table, classes
    estimator.n_features_in_ = n_input
    if header["feature_names_in"]:
        estimator.feature_names_in_ = np.array(header["feature_names_in"], dtype=object)
    estimator.n_episodes_ = header["n_episodes"]
    selection = header["selection"]
    estimator.selection_ = selection | {
        "harmonic_mean": float("nan") if selection["harmonic_mean"] is None else selection["harmonic_mean"]
    }
    estimator._set_class_attributes()


def _plain(value: Any) -> Any:
    """Numbers of numpy as those of Python, sequences as lists."""
    if isinstance(value, (tuple, list)):
        return [_plain(entry) for entry in value]
    return value.item() if isinstance(value, np.generic) else value


def _pack_labels(labels: LabelArray) -> dict[str, Any]:
    values = labels.tolist()
    if labels.dtype.kind == "O" and not all(isinstance(value, str) for value in values):
        raise InvalidInputError(f"Labels of types {sorted({type(v).__name__ for v in values})} cannot be saved.")
    return {"dtype": "object" if labels.dtype.kind == "O" else labels.dtype.str, "values": values}


def _unpack_labels(packed: dict[str, Any]) -> LabelArray:
    kind = np.dtype(packed["dtype"])
    if kind.kind not in "OUbiuf":
        raise ModelFileError(f"Labels of type {packed['dtype']!r} are not known to the format.")
    return np.array(packed["values"], dtype=kind)
