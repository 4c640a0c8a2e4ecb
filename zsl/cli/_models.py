"""Saved models with the encoder of their samples, if they have one."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from zsl.cli._shared import load_classifier
from zsl.exceptions import InvalidInputError

if TYPE_CHECKING:
    from zsl.datasets import Samples


def open_with_encoder(path: str | Path, encoder: str | None = None, *, trusted: bool = False) -> tuple[Any, Any]:
    """A model that predicts classes, and the encoder of its samples; None for one that was fitted on features.

    `encoder` takes the place of the stored one, and has to give the same features.
    """
    from sklearn.pipeline import Pipeline

    from zsl.encoders import ImageEncoder, TextEncoder
    from zsl.encoders.text import UntrustedName

    model = load_classifier(path, trusted=trusted)
    if not isinstance(model, Pipeline) or not isinstance(model[0], (ImageEncoder, TextEncoder)):
        return model, None
    if encoder is not None:
        argument = "image_encoder" if isinstance(model[0], ImageEncoder) else "text_encoder"
        model = load_classifier(path, trusted=trusted, **{argument: encoder})
    if isinstance(model[0].model, UntrustedName):
        raise InvalidInputError(
            f"{path} was fitted through the encoder {str(model[0].model)!r}, which isn't used on the word of a file; "
            "wanted --encoder with the same one, or --trusted if you know where the file comes from."
        )
    rest = model[1:] if len(model) > 2 else model[-1]
    return rest, model[0]


def save_with_encoder(estimator: Any, encoder: Any, path: Path) -> str:
    """Save a fitted estimator, with the encoder of its samples if there is one; what to say of that."""
    if encoder is None:
        estimator.save(path)
        return f"Saved in {path}."
    from zsl.datasets.samples._encoders import encoder_name
    from zsl.estimators.pipelines.pipeline import ZeroShotPipeline

    ZeroShotPipeline([("encoder", encoder), ("classes", estimator)]).save(path)
    return f"Saved in {path}, with {encoder_name(encoder)} as its encoder."


def check_width(estimator: Any, samples: "Samples", data: Path, model: Path) -> None:
    """Refuse images and texts that were encoded otherwise than those that the model was fitted on."""
    from zsl.datasets.samples._encoders import encoder_name

    wanted = getattr(estimator, "n_features_in_", None)
    if samples.encoder is not None and wanted is not None and samples.X.shape[1] != wanted:
        raise InvalidInputError(
            f"{model} was fitted on {wanted} features, and {encoder_name(samples.encoder)} encodes {data} as "
            f"{samples.X.shape[1]}; wanted --encoder with the encoder of the training samples."
        )
