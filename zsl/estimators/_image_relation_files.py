"""What of a `RelationClassifier` with a backbone is stored, and how it is put together again."""

from typing import TYPE_CHECKING, Any

import torch
from numpy.typing import NDArray
from torch import nn

from zsl._device import as_device
from zsl.estimators._image_relation import build_relation, image_episodes
from zsl.estimators._packing import check_own_module, check_scores, pack_classes, unpack_known, with_prefix

if TYPE_CHECKING:
    from zsl.estimators.relation import RelationClassifier

_PREFIX = "method."


def pack_images(estimator: "RelationClassifier") -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Header entries and tensors beside the parameters."""
    header, tensors = pack_classes(estimator._classes)
    header |= {
        "image_shape": list(estimator._image_shape),
        "own_backbone": isinstance(estimator.backbone, nn.Module),
        "history": estimator.history_,
        "n_features_in": int(estimator.n_features_in_),
    }
    tensors |= {_PREFIX + key: value.cpu().numpy() for key, value in estimator.method_.state_dict().items()}
    return header, tensors


def unpack_images(
    estimator: "RelationClassifier",
    header: dict[str, Any],
    tensors: dict[str, NDArray[Any]],
    backbone: nn.Module | None,
) -> None:
    """Fill an estimator whose parameters are set."""
    check_own_module(header["own_backbone"], backbone)
    image_episodes(estimator)
    channels, height, width = header["image_shape"]
    estimator._image_shape = (int(channels), int(height), int(width))
    method = build_relation(estimator, estimator._image_shape, None, torch.Generator())
    method.load_state_dict(with_prefix(tensors, _PREFIX))
    estimator.method_ = method.to(as_device(estimator.device)).requires_grad_(False).eval()
    estimator.history_ = header["history"]
    estimator.n_features_in_ = int(header["n_features_in"])
    estimator._classes, estimator._table = unpack_known(header, tensors), None
    estimator._set_class_attributes()
    check_scores(estimator, (2, *estimator._image_shape))  # statistics of a batch need two
