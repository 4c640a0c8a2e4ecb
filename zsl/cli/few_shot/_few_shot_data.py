"""For the few-shot commands: data sets by name, groups of images, and models by name."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zsl._suggestions import did_you_mean
from zsl.cli._shared import load_classifier
from zsl.exceptions import InvalidInputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from zsl.datasets import FewShotSplit


FewShotData = StrEnum("FewShotData", ["omniglot", "cifar_fs", "fc100", "mini_imagenet"])


Part = StrEnum("Part", ["train", "val", "test"])


def read_few_shot(
    data: FewShotData, *, root: Path | None, split: str | None, rotations: bool, quiet: bool = True
) -> "FewShotSplit":
    """Read a data set by name, with classes of rotated images if wanted."""
    from zsl import datasets

    if split is not None and data != FewShotData.omniglot:
        raise InvalidInputError(f"split {split!r} was given with {data.value}, which has only one split.")
    if root is None and data == FewShotData.mini_imagenet:
        raise InvalidInputError("mini_imagenet can't be fetched; wanted --root, the folder of its files.")
    options: dict[str, Any] = {} if split is None else {"split": split}
    if data == FewShotData.mini_imagenet:
        options["verbose"] = not quiet
    found: FewShotSplit = getattr(datasets, f"load_{data}")(root, **options)
    return found.with_rotations() if rotations else found


def groups_of(split: "FewShotSplit", y: "NDArray[np.int64]") -> "NDArray[np.int64]":
    """The group of each image, by the group of its class."""
    if split.groups is None:
        raise InvalidInputError(f"{split.name} has no groups of classes, which episodes within groups need.")
    return split.groups[y]


def backbone_classes() -> dict[str, type[Any]]:
    """The estimators that learn from images, by name."""
    from zsl.estimators import few_shot_methods

    return {name: kind for name, kind in few_shot_methods().items() if "backbone" in kind().get_params(deep=False)}


def open_model(name: str) -> Any:
    """Load a model folder, or one that the package ships by a name such as ``omniglot:PrototypicalClassifier``."""
    shipped, colon, kind = name.partition(":")
    if not colon or Path(name).exists():
        return load_classifier(name)
    known = backbone_classes()
    if kind not in known:
        raise InvalidInputError(
            f"{name!r} is no folder and names no class after the colon; known are {', '.join(known)}."
            + did_you_mean(kind, known)
        )
    return known[kind].from_pretrained(shipped)
