"""What of a fitted feature-generating classifier is stored, and how it is put together again."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from zsl.classes.stored import ClassImages
from zsl.estimators._packing import (
    Header,
    Tensors,
    check_parts,
    fitting_parts,
    pack_common,
    plain,
    unpack_classes,
    unpack_scalers,
    unpack_table,
    with_prefix,
)
from zsl.estimators.generative._space import GeneratedSpace
from zsl.exceptions import InvalidInputError, ModelFileError
from zsl.selection.calibration import Confidence
from zsl.selection.scaling import Scalings
from zsl.selection.search import Selection
from zsl.selection.calibration import as_temperature

if TYPE_CHECKING:
    from zsl.estimators.generative.feature_generating import FeatureGeneratingClassifier

_NOT_STORED = ("semantics", "text_encoder", "classifier", "random_state", "device", "verbose", "cv")
_PREFIX = "method."


def pack(estimator: "FeatureGeneratingClassifier") -> tuple[Header, Tensors]:
    """Split a fitted estimator into a JSON header and tensors; the light classifier is fitted again on loading."""
    space, classes = estimator._space, estimator._classes
    if space.classifier is not None:
        raise InvalidInputError(
            f"classifier={type(space.classifier).__name__} cannot be saved; wanted the default one, None."
        )
    parameters = estimator.get_params(deep=False)
    seed, cv = parameters["random_state"], estimator.cv
    selection = plain(asdict(estimator._selection))
    if not selection["n_folds"]:
        selection["harmonic_mean"] = None
    header, tensors = pack_common(estimator)
    header |= {
        "parameters": plain({key: value for key, value in parameters.items() if key not in _NOT_STORED}),
        "random_state": int(seed) if isinstance(seed, (int, np.integer)) else None,
        "cv": int(cv) if isinstance(cv, (int, np.integer)) else None,
        "sizes": list(estimator._sizes),
        "selection": selection,
        "limit": classes.limit,
        "space": {
            "scalings": asdict(space.scalings),
            "n_generated": space.n_generated,
            "prior_strength": space.prior_strength,
            "unseen_weight": space.unseen_weight,
            "seed": space.seed,
        },
    }
    tensors["classes.images"] = classes.stacked(int(estimator.n_features_in_))
    if space.method is not None:
        tensors |= {_PREFIX + key: value.numpy() for key, value in space.method.state_dict().items()}
    return header, tensors


def unpack(estimator: "FeatureGeneratingClassifier", header: dict[str, Any], tensors: dict[str, NDArray[Any]]) -> None:
    """Fill an estimator made with default parameters."""
    with fitting_parts():
        _unpack(estimator, header, tensors)
        check_parts(estimator)


def _unpack(estimator: "FeatureGeneratingClassifier", header: dict[str, Any], tensors: dict[str, NDArray[Any]]) -> None:
    table = unpack_table(header, tensors)
    parameters = {
        key: tuple(value) if isinstance(value, list) else value for key, value in header["parameters"].items()
    }
    estimator.set_params(
        **parameters,
        random_state=header["random_state"],
        semantics=table,
        text_encoder=header["text_encoder"],
        cv=header["cv"],
    )
    estimator._check_parameters()
    stored, sizes = header["space"], tuple(header["sizes"])
    if not min(stored[name] for name in ("prior_strength", "n_generated", "unseen_weight")) > 0:
        raise ModelFileError(f"The model generates by {stored}; wanted numbers above 0.")
    method = None
    if table is not None:
        method = estimator._training(0).build(*sizes).double().requires_grad_(False).eval()
        method.load_state_dict(with_prefix(tensors, _PREFIX))
    space = GeneratedSpace(
        method,
        *unpack_scalers(tensors),
        Scalings(**stored["scalings"]),
        stored["n_generated"],
        stored["prior_strength"],
        stored["unseen_weight"],
        None,
        stored["seed"],
    )
    selection = header["selection"]
    if selection["harmonic_mean"] is None:
        selection["harmonic_mean"] = float("nan")
    selection |= {
        "figures": tuple(selection["figures"]),
        "confidence": Confidence.of_stored(selection["confidence"]),
        "temperature": as_temperature(selection.get("temperature", 1.0)),  # files of earlier versions have none
    }
    estimator._install(space, Selection(**selection), sizes)
    unpack_classes(estimator, header, tensors, table)
    estimator._classes = ClassImages.of_file(estimator._classes, tensors["classes.images"], int(header["limit"]))
