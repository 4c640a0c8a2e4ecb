"""Saved models with the encoder of their samples, if they have one."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from zsl.cli._shared import load_classifier
from zsl.exceptions import InvalidInputError

if TYPE_CHECKING:
    from zsl.datasets import Samples


def open_with_encoder(path: str | Path, **options: Any) -> tuple[Any, Any]:
    """A model that predicts classes, and the encoder of its samples; None for one fitted on features."""
    return load_classifier(path, **options), None


def save_with_encoder(estimator: Any, encoder: Any, path: Path) -> str:
    """Save a fitted estimator, with the encoder of its samples if there is one; what to say of that."""
    estimator.save(path)
    return f"Saved in {path}."


def check_width(estimator: Any, samples: "Samples", data: Path, model: Path) -> None:
    """Refuse images and texts that were encoded otherwise than those that the model was fitted on."""
    from zsl.datasets.samples._encoders import encoder_name

    wanted = getattr(estimator, "n_features_in_", None)
    if samples.encoder is not None and wanted is not None and samples.X.shape[1] != wanted:
        raise InvalidInputError(
            f"{model} was fitted on {wanted} features, and {encoder_name(samples.encoder)} encodes {data} as "
            f"{samples.X.shape[1]}; wanted --encoder with the encoder of the training samples."
        )
