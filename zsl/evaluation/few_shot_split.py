"""Images divided by class for few-shot learning."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zsl._arguments import shown
from zsl._arrays import host_array
from zsl.exceptions import InvalidInputError

PARTS = ("train", "val", "test")


@dataclass(frozen=True, eq=False, repr=False)
class FewShotSplit:
    """Images in three parts that share no class, from which few-shot episodes are drawn.

    The arrays are checked when the split is made. Arrays of the right type aren't copied, and they stay writable, so
    that ``torch.from_numpy`` shares their memory.

    Parameters
    ----------
    X_train, X_val, X_test : uint8 array of shape (n, channels, height, width)
        Images of the training, validation and test classes. Only `X_val` may be empty.
    y_train, y_val, y_test : integer array of shape (n,)
        Their class numbers, each an index into `names`.
    names : tuple of str
        The name of each class, each name once. Not every class needs to have images.
    groups : integer array of shape (n_names,) or None, default=None
        The group of each class, such as the alphabet of a character. Episodes within one group are harder.
    name : str, default=""
        Name of the data set.
    info : mapping of str to str, default={}
        Where the data come from.

    Raises
    ------
    InvalidInputError
        If an array has a wrong shape or type, there are no images to train or test on, a class number has no name, or
        parts share a class.

    See Also
    --------
    GZSLSplit : Features divided for generalized zero-shot learning.
    """

    X_train: NDArray[np.uint8]
    y_train: NDArray[np.int64]
    X_val: NDArray[np.uint8]
    y_val: NDArray[np.int64]
    X_test: NDArray[np.uint8]
    y_test: NDArray[np.int64]
    names: tuple[str, ...]
    groups: NDArray[np.int64] | None = None
    name: str = ""
    info: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", tuple(str(name) for name in self.names))
        object.__setattr__(self, "info", dict(self.info))
        if len(set(self.names)) < len(self.names):
            twice = sorted(name for name in set(self.names) if self.names.count(name) > 1)
            raise InvalidInputError(f"names has {twice[:5]} more than once; wanted each name once.")
        for part in PARTS:
            X, y = _images(f"X_{part}", getattr(self, f"X_{part}")), _integers(f"y_{part}", getattr(self, f"y_{part}"))
            if len(X) != len(y):
                raise InvalidInputError(
                    f"X_{part} has {len(X)} images, y_{part} {len(y)} numbers; wanted one per image."
                )
            if not len(X) and part != "val":
                raise InvalidInputError(f"X_{part} has no images; wanted some.")
            if len(y) and not 0 <= y.min() <= y.max() < len(self.names):
                raise InvalidInputError(
                    f"y_{part} runs from {y.min()} to {y.max()}; wanted indices into the {len(self.names)} names."
                )
            object.__setattr__(self, f"X_{part}", X)
            object.__setattr__(self, f"y_{part}", y)
        if self.groups is not None:
            object.__setattr__(self, "groups", _integers("groups", self.groups))
            if len(self.groups) != len(self.names):
                raise InvalidInputError(f"groups has {len(self.groups)} numbers; wanted one per name.")
        self._check_parts()

    def part(self, name: str) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        """Return the images and class numbers of one part.

        Parameters
        ----------
        name : {"train", "val", "test"}
            The part.

        Returns
        -------
        X : uint8 array of shape (n_images, channels, height, width)
            The images.
        y : int64 array of shape (n_images,)
            Their class numbers.

        Raises
        ------
        InvalidInputError
            If there is no such part.
        """
        if name not in PARTS:
            raise InvalidInputError(f"part={shown(name)}; wanted one of {', '.join(PARTS)}.")
        return getattr(self, f"X_{name}"), getattr(self, f"y_{name}")

    def with_rotations(self, parts: Iterable[str] = PARTS) -> FewShotSplit:
        """Add three classes for each class: its images rotated by 90, 180 and 270 degrees.

        This is usual with Omniglot since A. Santoro et al., "Meta-Learning with Memory-Augmented Neural Networks",
        2016. Class c rotated by r quarter turns counterclockwise has the number 4 c + r in every part, a name such as
        "a@90", and the group of c.

        Parameters
        ----------
        parts : iterable of {"train", "val", "test"}, default=("train", "val", "test")
            The parts to rotate. In the others the images stay as they are, with the new class numbers.

        Returns
        -------
        FewShotSplit
            The larger split. Each part has first all images unrotated, then all rotated by 90 degrees, and so on.

        Raises
        ------
        InvalidInputError
            If there is no such part, or the images aren't square.
        """
        turned = set(parts)
        for part in turned:
            self.part(part)
        height, width = self.X_train.shape[2:]
        if height != width:
            raise InvalidInputError(f"The images are {height} x {width}; wanted square ones to rotate.")
        changes: dict[str, Any] = {}
        for part in PARTS:
            X, y = self.part(part)
            n_turns = 4 if part in turned else 1
            images = np.empty((n_turns, *X.shape), dtype=np.uint8)
            for turn in range(n_turns):
                images[turn] = np.rot90(X, turn, axes=(2, 3))
            changes[f"X_{part}"] = images.reshape(-1, *X.shape[1:])
            changes[f"y_{part}"] = (np.arange(n_turns)[:, None] + 4 * y).ravel()
        names = tuple(name + turn for name in self.names for turn in ("", "@90", "@180", "@270"))
        groups = None if self.groups is None else np.repeat(self.groups, 4)
        return replace(self, names=names, groups=groups, **changes)

    def __repr__(self) -> str:
        counts = "; ".join(
            f"{part} {len(np.unique(y))} classes, {len(y)} images" for part in PARTS for _, y in (self.part(part),)
        )
        return f"FewShotSplit({self.name!r}: {counts}; each {' x '.join(str(n) for n in self.X_train.shape[1:])})"

    def _check_parts(self) -> None:
        shapes = {f"X_{part}": self.part(part)[0].shape[1:] for part in PARTS}
        if len(set(shapes.values())) > 1:
            raise InvalidInputError(f"The shapes of the images differ: {shapes}; wanted one shape.")
        classes = {part: set(self.part(part)[1].tolist()) for part in PARTS}
        for first, second in (("train", "val"), ("train", "test"), ("val", "test")):
            if both := sorted(classes[first] & classes[second]):
                raise InvalidInputError(
                    f"y_{first} and y_{second} share {len(both)} classes, {[self.names[c] for c in both[:5]]}; "
                    "wanted each class in one part."
                )


def _images(name: str, X: Any) -> NDArray[np.uint8]:
    images = host_array(name, X)
    if images.dtype != np.uint8 or images.ndim != 4:
        raise InvalidInputError(
            f"{name} has dtype {images.dtype} and shape {images.shape}; wanted uint8 (n, channels, height, width)."
        )
    return np.ascontiguousarray(images)


def _integers(name: str, y: Any) -> NDArray[np.int64]:
    numbers = host_array(name, y)
    if numbers.dtype.kind not in "iu" or numbers.ndim != 1:
        raise InvalidInputError(f"{name} has dtype {numbers.dtype} and shape {numbers.shape}; wanted integers (n,).")
    return numbers.astype(np.int64, copy=False)
