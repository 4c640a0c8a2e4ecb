"""What of a fitted `RelationClassifier` is stored, and how it is put together again."""

import copy
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
from torch import nn

from zsl.estimators._packing import (
    Header,
    Tensors,
    check_own_module,
    check_parts,
    fitting_parts,
    pack_classes,
    pack_inputs,
    pack_scaler,
    pack_table,
    pack_text_encoder,
    plain,
    unpack_classes,
    unpack_scaler,
    unpack_table,
    with_prefix,
)
from zsl.estimators.relation._choose import Choice
from zsl.estimators.relation._classes import Point
from zsl.estimators.relation._model import DescriptionMap, Model
from zsl.estimators.relation._settings import Settings
from zsl.estimators.relation._space import FeatureSpace
from zsl.estimators.relation._unlabeled import Refinement
from zsl.exceptions import InvalidInputError, ModelFileError
from zsl.methods.relation.kernel_relation import KernelRelation, KernelRelationSizes
from zsl.selection.calibration import Confidence, as_temperature

if TYPE_CHECKING:
    from zsl.estimators.relation.classifier import RelationClassifier

_NOT_STORED = ("semantics", "text_encoder", "encoder", "random_state", "device", "verbose", "cv", "class_prior")
_METHOD, _ENCODER = "method.", "encoder."


def pack(estimator: "RelationClassifier") -> tuple[Header, Tensors]:
    """Split a fitted estimator into a JSON header and tensors; a splitter given as `cv` is not stored."""
    model, table = estimator._model, estimator._table
    space, descriptions = model.space, model.descriptions
    header, tensors = pack_classes(estimator._classes)
    seed, cv, prior = estimator.random_state, estimator.cv, estimator.class_prior
    parameters = {key: value for key, value in estimator.get_params(deep=False).items() if key not in _NOT_STORED}
    header |= pack_inputs(estimator) | {
        "parameters": plain(parameters),
        "random_state": int(seed) if isinstance(seed, (int, np.integer)) else None,
        "cv": int(cv) if isinstance(cv, (int, np.integer)) else None,
        "class_prior": prior if isinstance(prior, str) else [[plain(k), float(v)] for k, v in prior.items()],
        "text_encoder": pack_text_encoder(estimator),
        "table": None if table is None else pack_table(table),
        "sizes": asdict(model.method.sizes),
        "space": {"root": space.root, "own_encoder": space.encoder is not None},
        "descriptions": None if descriptions is None else _pack_descriptions(descriptions),
        "choice": _without_nan(asdict(estimator._choice)),
    }
    tensors |= {_METHOD + key: value.cpu().numpy() for key, value in model.method.state_dict().items()}
    tensors |= pack_scaler("scaler.features", space.scaler) | {"unlabeled": estimator._unlabeled}
    if table is not None:
        tensors["table"] = table.vectors
    if descriptions is not None:
        tensors |= pack_scaler("scaler.semantics", descriptions.scaler) | {"text_centre": descriptions.text_centre}
    if space.encoder is not None and space.inner is not None:
        tensors |= pack_scaler("scaler.inner", space.inner)
        tensors |= {_ENCODER + key: value.cpu().numpy() for key, value in space.encoder.state_dict().items()}
    return header, tensors


def unpack(estimator: "RelationClassifier", header: Header, tensors: Tensors, encoder: nn.Module | None) -> None:
    """Fill an estimator made with default parameters."""
    if "sizes" not in header:
        raise ModelFileError(
            "The model was saved by a version whose RelationClassifier was another model; fit it again."
        )
    with fitting_parts(InvalidInputError):  # an encoder that doesn't go with the model is the caller's to mend
        _unpack(estimator, header, tensors, encoder)
        check_parts(estimator)


def _unpack(estimator: "RelationClassifier", header: Header, tensors: Tensors, encoder: nn.Module | None) -> None:
    check_own_module(header["space"]["own_encoder"], encoder)
    table = unpack_table(header, tensors)
    prior = header["class_prior"]
    estimator.set_params(
        **{key: tuple(value) if isinstance(value, list) else value for key, value in header["parameters"].items()},
        semantics=table,
        text_encoder=header["text_encoder"],
        encoder=encoder,
        random_state=header["random_state"],
        cv=header["cv"],
        class_prior=prior if isinstance(prior, str) else dict(map(tuple, prior)),
    )
    settings = Settings.of(estimator)
    own = inner = None
    if encoder is not None:
        own = copy.deepcopy(encoder)
        own.load_state_dict(with_prefix(tensors, _ENCODER))
        own, inner = own.requires_grad_(False).eval(), unpack_scaler("scaler.inner", tensors)
    space = FeatureSpace(bool(header["space"]["root"]), unpack_scaler("scaler.features", tensors), own, inner)
    descriptions = None
    if header["descriptions"] is not None:
        stored = header["descriptions"]
        descriptions = DescriptionMap(
            unpack_scaler("scaler.semantics", tensors),
            tuple(stored["blocks"]),
            tuple(stored["weights"]),
            stored["joint_block"],
            stored["joint_length"],
            tensors["text_centre"],
        )
    method = KernelRelation(KernelRelationSizes(**header["sizes"]))
    method.load_state_dict(with_prefix(tensors, _METHOD))
    method.to(settings.device)
    estimator._install(Model(space, descriptions, method), _unpack_choice(header["choice"]))
    unpack_classes(estimator, header, tensors, table)
    estimator._keep(tensors["unlabeled"])


def _pack_descriptions(descriptions: DescriptionMap) -> Header:
    return {
        "blocks": list(descriptions.blocks),
        "weights": list(descriptions.weights),
        "joint_block": descriptions.joint_block,
        "joint_length": float(descriptions.joint_length),
    }


def _unpack_choice(stored: Header) -> Choice:
    """What was chosen; a missing figure is NaN."""
    found: dict[str, Any] = {key: float("nan") if value is None else value for key, value in stored.items()}
    point = stored["point"] | {"weights": tuple(stored["point"]["weights"])}
    refinement = {key: float("nan") if value is None else value for key, value in stored["refinement"].items()}
    as_temperature(refinement["temperature"])
    found |= {
        "point": Point(**point),
        "refinement": Refinement(**refinement),
        "bias": tuple((int(k), float(value)) for k, value in stored["bias"]),
        "confidence": Confidence.of_stored(stored["confidence"]),
        "figures": tuple(stored["figures"]),
        "temperature": as_temperature(stored["temperature"]),
    }
    return Choice(**found)


def _without_nan(value: Any) -> Any:
    """The same with None in place of NaN, which JSON doesn't know."""
    if isinstance(value, dict):
        return {key: _without_nan(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_nan(entry) for entry in value]
    plain_value = plain(value)
    return None if isinstance(plain_value, float) and plain_value != plain_value else plain_value
