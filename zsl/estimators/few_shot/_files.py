"""What of a fitted few-shot estimator is stored, and how it is put together again."""

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from zsl.classes.pooled import KnownSupport
from zsl.estimators._packing import (
    check_own_module,
    check_scores,
    fitting_parts,
    pack_inputs,
    pack_labels,
    plain,
    unpack_inputs,
    unpack_labels,
    with_prefix,
)
from zsl.exceptions import InvalidInputError, ModelFileError

if TYPE_CHECKING:
    from zsl.estimators.few_shot._base import FewShotClassifier

_NOT_STORED = ("random_state", "device", "verbose")
_PREFIX = "method."


def pack(estimator: "FewShotClassifier") -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Split a fitted estimator into a JSON header and tensors."""
    classes, parameters = estimator._classes, estimator.get_params(deep=False)
    seed = parameters.get("random_state")
    own = isinstance(estimator.backbone, nn.Module)
    kept = {key: value for key, value in parameters.items() if key not in _NOT_STORED}
    if own:
        kept["backbone"] = None
    header = {
        "parameters": plain(kept),
        "random_state": int(seed) if isinstance(seed, (int, np.integer)) else None,
        "own_backbone": own,
        "image_shape": None if estimator._image_shape is None else list(estimator._image_shape),
        **pack_inputs(estimator),
        "labels": pack_labels(classes.labels),
        "history": plain(getattr(estimator, "history_", None)),
    }
    tensors = {f"classes.{key}": getattr(classes, key) for key in classes.COLUMNS}
    tensors |= {_PREFIX + key: value.cpu().numpy() for key, value in estimator.method_.state_dict().items()}
    return header, tensors


def unpack(
    estimator: "FewShotClassifier", header: dict[str, Any], tensors: dict[str, NDArray[Any]], backbone: nn.Module | None
) -> None:
    """Fill an estimator made with default parameters."""
    with fitting_parts(InvalidInputError):
        _unpack(estimator, header, tensors, backbone)


def _unpack(
    estimator: "FewShotClassifier", header: dict[str, Any], tensors: dict[str, NDArray[Any]], backbone: nn.Module | None
) -> None:
    check_own_module(header["own_backbone"], backbone)
    parameters = header["parameters"].items()
    estimator.set_params(**{key: tuple(value) if isinstance(value, list) else value for key, value in parameters})
    if backbone is not None:
        estimator.set_params(backbone=backbone)
    if "random_state" in estimator.get_params(deep=False):
        estimator.set_params(random_state=header["random_state"])
    estimator._check_parameters()
    shape = header["image_shape"]
    estimator._image_shape = None if shape is None else (int(shape[0]), int(shape[1]), int(shape[2]))
    unpack_inputs(estimator, header)
    estimator._install(estimator._build(None, torch.Generator()))  # in the precision of what is loaded into it
    estimator.method_.load_state_dict(with_prefix(tensors, _PREFIX))
    kind = estimator._kept
    classes = kind(unpack_labels(header["labels"]), *(tensors[f"classes.{key}"] for key in kind.COLUMNS))
    if header["history"] is not None:
        estimator.history_ = header["history"]
    estimator._classes = classes
    estimator._set_class_attributes()
    _check(estimator, classes)


def _check(estimator: "FewShotClassifier", classes: KnownSupport) -> None:
    """Score an image against two classes, so that parts of a wrong shape show now and not at the first prediction."""
    if not classes.fits():
        raise ModelFileError("The model's class labels and class tensors don't fit together.")
    shape = estimator._image_shape
    n = 2 if estimator.method_.transductive else 1  # statistics of a batch need two
    images = (n, estimator.n_features_in_) if shape is None else (n, *shape)
    check_scores(estimator, images, classes.take(np.arange(min(2, len(classes)))))
