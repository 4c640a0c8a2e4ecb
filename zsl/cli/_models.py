"""Saved models with the encoder of their samples, if they have one."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from zsl.cli._shared import PROMPT, as_known, load_classifier
from zsl.cli.reading._tables import read_names
from zsl.exceptions import InvalidInputError

if TYPE_CHECKING:
    from zsl.cli.reading import DataOptions
    from zsl.datasets import Samples

DEFAULT_JOINT_ENCODER = "sentence-transformers/clip-ViT-B-32"
"""What encodes images and names in one space unless another one is named."""

SENTENCES = 0.05
"""What scores of texts and names are divided by; those of images are sharper."""


def open_with_encoder(path: str | Path, encoder: str | None = None, **options: Any) -> tuple[Any, Any]:
    """A model that predicts classes, and the encoder of its samples; None for one that was fitted on features.

    `encoder` takes the place of the stored one, and has to give the same features. `options` are those of `zsl.load`.
    """
    _, rest, own = open_whole(path, encoder, **options)
    check_trusted(path, own)
    return rest, own


def open_whole(path: str | Path, encoder: str | None = None, **options: Any) -> tuple[Any, Any, Any]:
    """A model that predicts classes, what of it comes after the encoder of its samples, and that encoder or None.

    The second shares its steps with the first. `options` are those of `zsl.load`.
    """
    from sklearn.pipeline import Pipeline

    from zsl.encoders import ImageEncoder, TextEncoder

    model = load_classifier(path, **options)
    if not isinstance(model, Pipeline) or not isinstance(model[0], (ImageEncoder, TextEncoder)):
        return model, model, _of_both(path, model, encoder)
    if encoder is not None:
        argument = "image_encoder" if isinstance(model[0], ImageEncoder) else "text_encoder"
        model = load_classifier(path, **options | {argument: encoder})
    return model, model[1:] if len(model) > 2 else model[-1], model[0]


def check_trusted(path: str | Path, encoder: Any) -> None:
    """Refuse to encode samples on the word of a file."""
    from zsl.encoders.text import UntrustedName

    named = getattr(encoder, "model", None)
    if isinstance(named, UntrustedName):
        raise InvalidInputError(_refused(path, named))


def _of_both(path: str | Path, model: Any, encoder: str | None) -> Any:
    """What encodes samples for a model that was fitted on names alone: the encoder of these."""
    from zsl.encoders import DEFAULT_TEXT_ENCODER
    from zsl.encoders.text import UntrustedName

    if type(model).__name__ != PROMPT or len(model.seen_classes_) or encoder is not None:
        return None
    named = model.text_encoder or DEFAULT_TEXT_ENCODER
    if isinstance(named, UntrustedName):
        raise InvalidInputError(_refused(path, named))
    return named


def _refused(path: str | Path, name: str) -> str:
    return (
        f"{path} was fitted through the encoder {str(name)!r}, which isn't used on the word of a file; wanted "
        "--encoder with the same one, or --trusted if you know where the file comes from."
    )


def save_with_encoder(estimator: Any, encoder: Any, path: Path) -> str:
    """Save a fitted estimator, with the encoder of its samples if there is one; what to say of that."""
    if encoder is None:
        estimator.save(path)
        return f"Saved in {path}."
    from zsl.datasets.samples._encoders import encoder_name
    from zsl.estimators.pipelines.pipeline import ZeroShotPipeline

    ZeroShotPipeline([("encoder", encoder), ("classes", estimator)]).save(path)
    return f"Saved in {path}, with {encoder_name(encoder)} as its encoder."


def of_names(given: str | None, data: "DataOptions", path: Path) -> tuple[Any, Any]:
    """A classifier that compares samples with names by one encoder of both, and that encoder of samples."""
    from zsl.datasets.samples._encoders import encoder_for
    from zsl.encoders import DEFAULT_TEXT_ENCODER
    from zsl.estimators.catalog import BY_NAME

    text = given or ""
    names = read_names(Path(text)) if text.lower().endswith(".txt") else as_known(text, [])
    found = data.find(path)
    if found.kind == "features":
        raise InvalidInputError(f"--names goes with images or texts, and {path} holds features.")
    chosen = data.encoder or (DEFAULT_TEXT_ENCODER if found.kind == "texts" else DEFAULT_JOINT_ENCODER)
    width = {} if found.kind == "images" else {"temperature": SENTENCES}
    estimator = BY_NAME[PROMPT].load()(semantics=names, text_encoder=chosen, **width)
    return estimator.fit(), encoder_for(found, chosen)


def check_width(estimator: Any, samples: "Samples", data: Path, model: Path | None = None) -> None:
    """Refuse images and texts that were encoded otherwise than those that the model was fitted on."""
    from zsl.datasets.samples._encoders import encoder_name

    wanted = getattr(estimator, "n_features_in_", None)
    if samples.encoder is not None and wanted is not None and samples.X.shape[1] != wanted:
        raise InvalidInputError(
            f"{model or 'The model'} was fitted on {wanted} features, and {encoder_name(samples.encoder)} encodes "
            f"{data} as {samples.X.shape[1]}; wanted --encoder with the encoder of the training samples."
        )
