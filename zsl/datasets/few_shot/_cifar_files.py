"""The files of CIFAR-100: the authors' binary version, or one sheet per class with all its images."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zsl._files.archives import read_tar_member
from zsl._files.opening import read_whole, told
from zsl.datasets._reading import read_image
from zsl.exceptions import InvalidInputError

FOLDER, ARCHIVE = "cifar-100-binary", "cifar-100-binary.tar.gz"
COUNTS = {"train.bin": 500, "test.bin": 100}
_SHAPE = (3, 32, 32)
_ROWS, _COLUMNS = 20, 30  # of the sheet of a class


class CifarClass(NamedTuple):
    """A class: its name, the number of its superclass, and its parts in the two few-shot splits."""

    name: str
    superclass: int
    cifar_fs: str
    fc100: str


@cache
def classes() -> tuple[CifarClass, ...]:
    """The classes by name; classes and superclasses are numbered in this order, as by the authors."""
    table = json.loads((files("zsl.datasets.few_shot") / "cifar_splits.json").read_text(encoding="utf-8"))["classes"]
    superclasses = sorted({superclass for superclass, _, _ in table.values()})
    return tuple(
        CifarClass(name, superclasses.index(superclass), cifar_fs, fc100)
        for name, (superclass, cifar_fs, fc100) in sorted(table.items())
    )


def read_sheets(folder: Path) -> NDArray[np.uint8]:
    """All images, of shape (100, 600, 3, 32, 32), from ``<class>.webp`` with 20 rows of 30 images each."""
    paths = [folder / f"{known.name}.webp" for known in classes()]
    if missing := [path.name for path in paths if not path.is_file()]:
        raise InvalidInputError(f"{folder} lacks the sheets of {len(missing)} classes, the first {missing[0]}.")
    channels, height, width = _SHAPE
    images = np.empty((len(paths), _ROWS * _COLUMNS, *_SHAPE), dtype=np.uint8)
    for number, path in enumerate(paths):
        sheet = np.asarray(read_image(path))
        if sheet.shape != (_ROWS * height, _COLUMNS * width, channels):
            raise InvalidInputError(f"{path} has the shape {sheet.shape}; wanted 20 rows of 30 images of 32 x 32.")
        cells = sheet.reshape(_ROWS, height, _COLUMNS, width, channels).transpose(0, 2, 4, 1, 3)
        images[number] = cells.reshape(images.shape[1:])
    return images


def read_binary(place: Path) -> NDArray[np.uint8]:
    """All images, of shape (100, 600, 3, 32, 32), training images first, from the authors' folder or archive.

    A record is a byte for the superclass, one for the class, and the red, green and blue values row by row.
    """
    known = classes()
    images = np.empty((len(known), sum(COUNTS.values()), *_SHAPE), dtype=np.uint8)
    size, start = 2 + int(np.prod(_SHAPE)), 0
    for name, count in COUNTS.items():
        data = np.frombuffer(_content(place, name), dtype=np.uint8)
        if data.size != size * count * len(known):
            raise InvalidInputError(f"{place}: {name} has {data.size} bytes; wanted {size * count * len(known)}.")
        records = data.reshape(-1, size)
        numbers = records[:, 1]
        superclass = np.repeat([one.superclass for one in known], count)
        order = np.argsort(numbers, kind="stable")
        if not np.array_equal(numbers[order], np.repeat(np.arange(len(known)), count)):
            raise InvalidInputError(f"{place}: {name} doesn't hold {count} images of each of {len(known)} classes.")
        if not np.array_equal(records[order, 0], superclass):
            raise InvalidInputError(f"{place}: {name} assigns classes to other superclasses than CIFAR-100.")
        images[:, start : start + count] = records[order, 2:].reshape(len(known), count, *_SHAPE)
        start += count
    return images


def _content(place: Path, name: str) -> bytes:
    """One file of the folder, or of the archive, which isn't unpacked."""
    most = COUNTS[name] * len(classes()) * (2 + int(np.prod(_SHAPE)))
    try:
        if place.is_dir():
            return read_whole(place / name, most)
        return read_tar_member(place, f"{FOLDER}/{name}", most)
    except Exception as error:
        raise InvalidInputError(f"{place}: {name} can't be read: {told(error)}") from error
