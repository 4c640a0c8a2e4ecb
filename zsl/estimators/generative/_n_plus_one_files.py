"""What of a fitted N + 1 classifier is stored, and how it is put together again."""

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from zsl.classes.stored import ClassImages
from zsl.estimators._packing import (
    Header,
    Tensors,
    check_parts,
    fitting_parts,
    pack_classes,
    pack_inputs,
    pack_labels,
    plain,
    unpack_inputs,
    unpack_known,
    unpack_labels,
    with_prefix,
)
from zsl.exceptions import ModelFileError
from zsl.selection.calibration import Confidence
from zsl.selection.scaling import Scaler

if TYPE_CHECKING:
    from zsl.estimators.generative.n_plus_one import NPlusOneClassifier

_NOT_STORED = ("random_state", "device", "verbose")
_PREFIX = "method."


def pack(estimator: "NPlusOneClassifier") -> tuple[Header, Tensors]:
    """Split a fitted estimator into a JSON header and tensors."""
    parameters, classes = estimator.get_params(deep=False), estimator._classes
    seed = parameters["random_state"]
    header, tensors = pack_classes(classes)
    header |= {
        "parameters": plain({key: value for key, value in parameters.items() if key not in _NOT_STORED}),
        "random_state": int(seed) if isinstance(seed, (int, np.integer)) else None,
        "seed": estimator._seed,
        "trained": pack_labels(estimator._trained),
        "limit": classes.limit,
        "confidence": list(estimator._confidence.quantiles),
        **pack_inputs(estimator),
    }
    tensors |= {
        "classes.images": classes.stacked(int(estimator.n_features_in_)),
        "scaler.mean": estimator._scaler.mean,
        "scaler.factor": estimator._scaler.factor,
    }
    tensors |= {_PREFIX + key: value.numpy() for key, value in estimator._method.state_dict().items()}
    return header, tensors


def unpack(estimator: "NPlusOneClassifier", header: dict[str, Any], tensors: dict[str, NDArray[Any]]) -> None:
    """Fill an estimator made with default parameters."""
    with fitting_parts():
        estimator.set_params(**header["parameters"], random_state=header["random_state"])
        estimator._check_parameters()
        estimator._seed, estimator._confidence = int(header["seed"]), Confidence(tuple(header["confidence"]))
        estimator._trained = unpack_labels(header["trained"])
        estimator._classes = ClassImages.of_file(
            unpack_known(header, tensors), tensors["classes.images"], int(header["limit"])
        )
        if not set(estimator._classes.labels.tolist()) <= set(estimator._trained.tolist()):
            raise ModelFileError("The model knows classes that its network doesn't.")
        unpack_inputs(estimator, header)
        estimator._scaler = Scaler(tensors["scaler.mean"], tensors["scaler.factor"])
        method = estimator._build(estimator.n_features_in_, len(estimator._trained), torch.Generator()).double()
        method.load_state_dict(with_prefix(tensors, _PREFIX))
        estimator._method = method.requires_grad_(False).eval()
        estimator._set_class_attributes()
        check_parts(estimator)
