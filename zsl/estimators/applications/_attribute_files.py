"""What of a fitted predictor of attributes is stored, and how it is put together again."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zsl._typing import FloatArray
from zsl.estimators._packing import (
    Header,
    Tensors,
    fitting_parts,
    pack_inputs,
    pack_labels,
    pack_scaler,
    pack_table,
    pack_text_encoder,
    plain,
    unpack_inputs,
    unpack_labels,
    unpack_scaler,
    unpack_table,
)
from zsl.exceptions import ModelFileError
from zsl.functional.linear.ridge import RidgeMap

if TYPE_CHECKING:
    from zsl.estimators.applications.attribute_predictor import AttributePredictor

_NOT_STORED = ("semantics", "text_encoder", "cv")


def pack(estimator: "AttributePredictor") -> tuple[Header, Tensors]:
    """Split a fitted estimator into a JSON header and tensors; a splitter given as `cv` is not stored."""
    parameters, table, quality = estimator.get_params(deep=False), estimator._table, estimator.quality_
    header = {
        "parameters": plain({key: value for key, value in parameters.items() if key not in _NOT_STORED}),
        "cv": int(estimator.cv) if isinstance(estimator.cv, (int, np.integer)) else None,
        "text_encoder": pack_text_encoder(estimator),
        "table": pack_table(table),
        "labels": pack_labels(estimator.seen_classes_),
        "alpha": estimator.alpha_,
        "thresholds": [_written(value) for value in estimator.thresholds_.tolist()],
        "quality": None
        if quality is None
        else {name: [None if np.isnan(v) else v for v in quality[name].tolist()] for name in quality},
        **pack_inputs(estimator),
    }
    return header, {
        "table": table.vectors,
        "levels": estimator.levels_.to_numpy(),
        "map.weight": estimator._map.weight,
        "map.intercept": estimator._map.intercept,
    } | pack_scaler("scaler", estimator._scaler)


def unpack(estimator: "AttributePredictor", header: dict[str, Any], tensors: dict[str, NDArray[Any]]) -> None:
    """Fill an estimator made with default parameters."""
    with fitting_parts():
        table = unpack_table(header, tensors)
        if table is None:
            raise ModelFileError("The model has no class table.")
        estimator.set_params(
            **header["parameters"], semantics=table, text_encoder=header["text_encoder"], cv=header["cv"]
        )
        estimator._check_parameters()
        scaler = unpack_scaler("scaler", tensors)
        estimator._install(table, RidgeMap(tensors["map.weight"], tensors["map.intercept"]), scaler)
        estimator.seen_classes_, estimator.alpha_ = unpack_labels(header["labels"]), float(header["alpha"])
        estimator.levels_ = estimator._series(tensors["levels"])
        estimator.thresholds_ = estimator._series(_read(header["thresholds"]))
        names = pd.Index(table.attributes, name="attribute")
        stored = header["quality"]
        estimator.quality_ = None if stored is None else pd.DataFrame(stored, index=names, dtype=np.float64)
        unpack_inputs(estimator, header)
        width = (1, estimator.n_features_in_)
        blank = pd.DataFrame(np.zeros(width), columns=getattr(estimator, "feature_names_in_", None))
        if not np.isfinite(estimator.predict(blank).to_numpy()).all():
            raise ModelFileError("The model's parts don't fit together (its predictions are not finite).")


def _written(threshold: float) -> float | str:
    """A threshold as JSON has it, which knows no infinity."""
    if np.isinf(threshold):
        return "never" if threshold > 0 else "always"
    return threshold


def _read(thresholds: list[Any]) -> FloatArray:
    known = {"never": np.inf, "always": -np.inf}
    return np.array([known[value] if isinstance(value, str) else float(value) for value in thresholds])
