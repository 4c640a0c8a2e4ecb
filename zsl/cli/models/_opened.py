"""A saved model, whole and without the encoder of its samples, which commands run themselves."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zsl.cli._models import check_trusted, check_width, open_whole
from zsl.exceptions import InvalidInputError

if TYPE_CHECKING:
    from zsl.cli.reading import DataOptions
    from zsl.datasets import Samples


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
        check_trusted(self.path, self.encoder)
        found = (data.find_labelled if labelled else data.find)(samples, labels)
        taken = data.take(found, self.encoder, quiet)
        check_width(self.rest, taken, samples, self.path)
        return taken

    def counted(self) -> str:
        """How many classes it knows."""
        seen, unseen = len(self.rest.seen_classes_), len(self.rest.unseen_classes_)
        return f"The model knows {seen + unseen} classes, {seen} seen and {unseen} unseen."


def opened(path: Path, encoder: str | None = None, **options: Any) -> Opened:
    """Load a model; an `encoder` of samples takes the place of the stored one, `options` are those of `zsl.load`."""
    return Opened(path, *open_whole(path, encoder, **options))


def target(path: Path, output: Path | None, in_place: bool) -> Path:
    """Where a changed model goes."""
    from zsl.persistence.folder import check_target

    if (output is None) != in_place:
        raise InvalidInputError("Wanted one of --output, for the folder of the changed model, and --in-place.")
    return check_target(path if output is None else output)
