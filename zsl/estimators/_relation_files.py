"""What of a fitted `RelationClassifier` is stored, and how it is put together again."""

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from zsl.estimators._packing import (
    check_own_module,
    check_parts,
    fitting_parts,
    pack_common,
    plain,
    unpack_classes,
    unpack_scalers,
    unpack_table,
    with_prefix,
)
from zsl.estimators._relation_training import build_network
from zsl.estimators._temperature import as_temperature
from zsl.estimators._vector_relation import vector_settings
from zsl.exceptions import InvalidInputError

if TYPE_CHECKING:
    from zsl.estimators.relation import RelationClassifier

_NOT_STORED = ("semantics", "text_encoder", "encoder", "random_state", "device", "verbose")


def pack(estimator: "RelationClassifier") -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Split a fitted estimator into a JSON header and tensors."""
    parameters = {key: value for key, value in estimator.get_params(deep=False).items() if key not in _NOT_STORED}
    parameters["episode_mix"] = [list(pair) for pair in dict(parameters["episode_mix"]).items()]
    seed = estimator.random_state
    header, tensors = pack_common(estimator)
    header |= {
        "parameters": plain(parameters),
        "random_state": int(seed) if isinstance(seed, (int, np.integer)) else None,
        "custom_encoder": estimator.encoder is not None,
        "n_episodes": int(estimator.n_episodes_),
        "selection": {key: None if value != value else value for key, value in estimator.selection_.items()},
        "bias_shots": list(estimator._bias_shots),
        "bias": list(estimator._bias_values),
        "confidence": list(estimator._confidence),
        "temperature": estimator.temperature_,
    }
    tensors |= {
        f"network.{key}": value.float().cpu().numpy() if value.is_floating_point() else value.cpu().numpy()
        for key, value in estimator._network.state_dict().items()
    }
    return header, tensors


def unpack(
    estimator: "RelationClassifier", header: dict[str, Any], tensors: dict[str, NDArray[Any]], encoder: nn.Module | None
) -> "RelationClassifier":
    """Fill an estimator made with default parameters."""
    with fitting_parts(InvalidInputError):  # an encoder that doesn't go with the model is the caller's to mend
        _unpack(estimator, header, tensors, encoder)
    return estimator


def _unpack(
    estimator: "RelationClassifier", header: dict[str, Any], tensors: dict[str, NDArray[Any]], encoder: nn.Module | None
) -> None:
    parameters = {
        key: tuple(map(tuple, value)) if key == "episode_mix" else tuple(value) if isinstance(value, list) else value
        for key, value in header["parameters"].items()
    }
    check_own_module(header["custom_encoder"], encoder)
    table = unpack_table(header, tensors)
    estimator.set_params(
        **parameters,
        semantics=table,
        text_encoder=header["text_encoder"],
        encoder=encoder,
        random_state=header["random_state"],
    )
    n_attributes = None if table is None else table.vectors.shape[1]
    network = build_network(vector_settings(estimator), int(header["n_features_in"]), n_attributes, torch.Generator())
    network.load_state_dict(with_prefix(tensors, "network."))
    temperature = as_temperature(header.get("temperature", 1.0))  # files of earlier versions have none
    estimator._install(
        network, *unpack_scalers(tensors), header["bias_shots"], header["bias"], header["confidence"], temperature
    )
    unpack_classes(estimator, header, tensors, table)
    estimator.n_episodes_ = header["n_episodes"]
    selection = header["selection"]
    estimator.selection_ = selection | {
        "harmonic_mean": float("nan") if selection["harmonic_mean"] is None else selection["harmonic_mean"]
    }
    check_parts(estimator)
