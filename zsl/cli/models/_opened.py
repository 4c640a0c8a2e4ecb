"""A saved model, whole and without the encoder of its samples, which commands run themselves."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zsl.cli._shared import load_classifier
from zsl.exceptions import InvalidInputError

if TYPE_CHECKING:
    from zsl.cli.reading import DataOptions
    from zsl.datasets import Samples


Trusted = Annotated[bool, typer.Option("--trusted", help="Use encoders that the model names: they may run code.")]


@dataclass(frozen=True)
class Opened:
    """A model that predicts classes, and what it consists of."""

    path: Path
    whole: Any
    rest: Any
    """What comes after the encoder; it shares its steps with the whole."""
    encoder: Any
    """None for a model of features."""

    def take(
        self, samples: Path, labels: Path | None, data: "DataOptions", quiet: bool, *, labelled: bool
    ) -> "Samples":
        """Read samples and encode them as the model's were."""
        from zsl.cli._models import check_width

        found = (data.find_labelled if labelled else data.find)(samples, labels)
        taken = data.take(found, self.encoder, quiet)
        check_width(self.rest, taken, samples, self.path)
        return taken

    def counted(self) -> str:
        """How many classes it knows."""
        seen, unseen = len(self.rest.seen_classes_), len(self.rest.unseen_classes_)
        return f"The model knows {seen + unseen} classes, {seen} seen and {unseen} unseen."


def opened(path: Path, *, encoder: str | None = None, text_encoder: str | None = None, trusted: bool = False) -> Opened:
    """Load a model; an `encoder` of samples takes the place of the stored one."""
    from sklearn.pipeline import Pipeline

    from zsl.encoders import ImageEncoder, TextEncoder

    model = load_classifier(path, trusted=trusted, text_encoder=text_encoder)
    if not isinstance(model, Pipeline) or not isinstance(model[0], (ImageEncoder, TextEncoder)):
        return Opened(path, model, model, None)
    if encoder is not None and isinstance(model[0], ImageEncoder):
        model = load_classifier(path, trusted=trusted, text_encoder=text_encoder, image_encoder=encoder)
    elif encoder is not None:
        if text_encoder not in (None, encoder):
            raise InvalidInputError(
                f"--encoder {encoder} and --text-encoder {text_encoder} differ; wanted one of them."
            )
        model = load_classifier(path, trusted=trusted, text_encoder=encoder)
    return Opened(path, model, model[1:] if len(model) > 2 else model[-1], model[0])


def target(path: Path, output: Path | None, in_place: bool) -> Path:
    """Where a changed model goes."""
    from zsl.persistence.folder import check_target

    if (output is None) != in_place:
        raise InvalidInputError("Wanted one of --output, for the folder of the changed model, and --in-place.")
    return check_target(path if output is None else output)
