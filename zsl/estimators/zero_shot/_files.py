"""What of a fitted classic zero-shot estimator is stored, and how it is put together again."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from zsl.estimators._packing import (
    check_parts,
    fitting_parts,
    pack_common,
    plain,
    unpack_classes,
    unpack_scalers,
    unpack_table,
    with_prefix,
)
from zsl.exceptions import ModelFileError
from zsl.selection.confidence import Confidence
from zsl.selection.gate import Gate
from zsl.selection.search import Selection
from zsl.selection.temperature import as_temperature

if TYPE_CHECKING:
    from zsl.estimators.zero_shot._base import ZeroShotClassifier

_NOT_STORED = ("semantics", "text_encoder", "random_state", "device", "verbose", "cv")
_PREFIX = "method."


def pack(estimator: "ZeroShotClassifier") -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Split a fitted estimator into a JSON header and tensors; a splitter given as `cv` is not stored."""
    header, tensors = pack_common(estimator)
    parameters = estimator.get_params(deep=False)
    seed, cv = parameters.get("random_state"), estimator.cv
    selection = plain(asdict(estimator._selection))
    if not selection["n_folds"]:
        selection["harmonic_mean"] = None
    header |= {
        "parameters": plain({key: value for key, value in parameters.items() if key not in _NOT_STORED}),
        "random_state": int(seed) if isinstance(seed, (int, np.integer)) else None,
        "cv": int(cv) if isinstance(cv, (int, np.integer)) else None,
        "sizes": list(estimator._sizes),
        "support_scale": estimator._support_scale,
        "selection": selection,
    }
    tensors |= {_PREFIX + key: value.numpy() for key, value in estimator._method.state_dict().items()}
    return header, tensors


def unpack(estimator: "ZeroShotClassifier", header: dict[str, Any], tensors: dict[str, NDArray[Any]]) -> None:
    """Fill an estimator made with default parameters."""
    with fitting_parts():
        _unpack(estimator, header, tensors)
        check_parts(estimator)


def _unpack(estimator: "ZeroShotClassifier", header: dict[str, Any], tensors: dict[str, NDArray[Any]]) -> None:
    table = unpack_table(header, tensors)
    parameters = {
        key: tuple(value) if isinstance(value, list) else value for key, value in header["parameters"].items()
    }
    more = {"random_state": header["random_state"]} if "random_state" in estimator.get_params(deep=False) else {}
    estimator.set_params(**parameters, **more, semantics=table, text_encoder=header["text_encoder"], cv=header["cv"])
    estimator._check_parameters()
    if not header["support_scale"] > 0:
        raise ModelFileError(f"The model has a support_scale of {header['support_scale']}; wanted one above 0.")
    estimator._sizes = tuple(header["sizes"])
    method = estimator._build(*estimator._sizes).double()
    method.load_state_dict(with_prefix(tensors, _PREFIX))
    selection = header["selection"]
    if selection["harmonic_mean"] is None:
        selection["harmonic_mean"] = float("nan")
    if selection["gate"] is not None:
        selection["gate"] = _unpack_gate(selection["gate"])
    selection |= {
        "figures": tuple(selection["figures"]),
        "confidence": Confidence.of_stored(selection["confidence"]),
        "temperature": as_temperature(selection.get("temperature", 1.0)),  # files of earlier versions have none
    }
    estimator._install(
        method, *unpack_scalers(tensors), header["support_scale"], Selection(**selection), described=table is not None
    )
    unpack_classes(estimator, header, tensors, table)


def _unpack_gate(parts: dict[str, Any]) -> Gate:
    gate = Gate(tuple(parts["temperatures"]), tuple(parts["weights"]), parts["offset"])
    if len(gate.temperatures) != 2 or not min(gate.temperatures) > 0 or len(gate.weights) != 4:
        raise ModelFileError(f"The model has a gate of {parts}; wanted two temperatures above 0 and four weights.")
    return gate
