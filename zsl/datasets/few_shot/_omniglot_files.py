"""The files of Omniglot: the authors' folders and ZIP archives, or one file of all drawings, reduced."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zsl._extras import needed
from zsl._files import npy
from zsl._files.archives import open_zip, read_member
from zsl._files.opening import read_whole, reading, told
from zsl._progress import progress
from zsl.encoders.images._files import open_image
from zsl.exceptions import InvalidInputError

N_DRAWINGS, N_RUNS, N_WAYS, SIDE = 20, 20, 20, 28
_MOST_BYTES, _MOST_PIXELS = 1 << 20, 1_000_000  # a drawing of 105 × 105 takes some 300 bytes
_DRAWING = re.compile(r"(?:.*/)?([^/]+/character\d\d)/\d+_(\d\d)\.png")
_OF_RUN = re.compile(r"(?:.*/)?(run\d\d/(?:training/class\d\d|test/item\d\d)\.png|run\d\d/class_labels\.txt)")


class Character(NamedTuple):
    """A character: its alphabet, its name, Lake et al.'s set, and its part in the split of Vinyals et al."""

    alphabet: str
    name: str
    evaluation: bool
    part: int


@cache
def characters() -> tuple[Character, ...]:
    """All characters: the background set before the evaluation set, each by alphabet and number."""
    table = json.loads((files("zsl.datasets.few_shot") / "omniglot_splits.json").read_text(encoding="utf-8"))[
        "alphabets"
    ]
    return tuple(
        Character(alphabet, f"{alphabet}/character{number:02d}", place == "evaluation", int(part))
        for alphabet, (place, parts) in sorted(table.items(), key=lambda item: (item[1][0], item[0]))
        for number, part in enumerate(parts, 1)
    )


def find(root: Path, stem: str) -> Path | None:
    """The folder or the ZIP archive of that name."""
    places = (root / stem, root / f"{stem}.zip")
    return next((place for place in places if place.is_dir() or (place.is_file() and place.suffix == ".zip")), None)


def read_drawings(places: list[Path]) -> NDArray[np.uint8]:
    """All drawings, of shape (characters, 20, 28, 28), from the authors' folders or archives."""
    names = [character.name for character in characters()]
    index = {name: number for number, name in enumerate(names)}
    images = np.empty((len(names), N_DRAWINGS, SIDE, SIDE), dtype=np.uint8)
    missing = np.ones((len(names), N_DRAWINGS), dtype=bool)
    with progress("drawings", missing.size) as bar:
        for place in places:
            for member, data in _members(place, (".png",)):
                match = _DRAWING.fullmatch(member)
                if match and match[1] in index and 1 <= int(match[2]) <= N_DRAWINGS:
                    where = index[match[1]], int(match[2]) - 1
                    images[where], missing[where] = _ink(data, f"{place}: {member}"), False
                    bar.update()
    if missing.any():
        character, drawing = np.argwhere(missing)[0]
        raise InvalidInputError(
            f"{' and '.join(str(place) for place in places)} lack {missing.sum()} of {missing.size} drawings, "
            f"the first {names[character]}, drawing {drawing + 1:02d}."
        )
    return images


def read_npz(path: Path) -> NDArray[np.uint8]:
    """All drawings, of shape (characters, 20, 28, 28), from the one file."""
    alphabets, numbers = (np.asarray(npy.read_npz(path, name)).tolist() for name in ("alphabet", "character"))
    known = [character.name for character in characters()]
    if [f"{alphabet}/{number}" for alphabet, number in zip(alphabets, numbers, strict=False)] != known:
        raise InvalidInputError(f"{path} has other characters than the {len(known)} of Omniglot in their order.")
    images, shape = np.asarray(npy.read_npz(path, "images")), (len(known), N_DRAWINGS, SIDE, SIDE)
    if images.shape != shape or images.dtype != np.uint8:
        raise InvalidInputError(f"{path}: images is {images.dtype} {images.shape}; wanted uint8 {shape}.")
    return images


def read_npz_runs(path: Path) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.int64]]:
    """The training images, test images and labels of the 20 runs, from the one file."""
    images = read_npz(path)
    found = []
    for name in ("run_train", "run_test"):
        index = np.asarray(npy.read_npz(path, name))
        if index.shape != (N_RUNS, N_WAYS, 2) or index.min() < 0 or (index >= images.shape[:2]).any():
            raise InvalidInputError(f"{path}: {name} isn't (20, 20, 2) indices of characters and drawings.")
        found.append(images[index[..., 0], index[..., 1]])
    return found[0], found[1], np.asarray(npy.read_npz(path, "run_label")).astype(np.int64)


def read_runs(place: Path) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.int64]]:
    """The training images, test images and labels of the 20 runs, from the authors' folder or archive."""
    found = {match[1]: data for name, data in _members(place, (".png", ".txt")) if (match := _OF_RUN.fullmatch(name))}
    images = np.empty((2, N_RUNS, N_WAYS, SIDE, SIDE), dtype=np.uint8)
    labels = np.empty((N_RUNS, N_WAYS), dtype=np.int64)
    for run in range(N_RUNS):
        folder = f"run{run + 1:02d}"
        train = [f"{folder}/training/class{number + 1:02d}.png" for number in range(N_WAYS)]
        test = [f"{folder}/test/item{number + 1:02d}.png" for number in range(N_WAYS)]
        if absent := [name for name in (*train, *test, f"{folder}/class_labels.txt") if name not in found]:
            raise InvalidInputError(f"{place} has no {absent[0]}; wanted the 20 runs of one-shot classification.")
        for part, names in enumerate((train, test)):
            images[part, run] = [_ink(found[name], f"{place}: {name}") for name in names]
        lines = found[f"{folder}/class_labels.txt"].decode("ascii", errors="replace").split("\n")
        pairs = dict(words for line in lines if len(words := line.split()) == 2)
        if set(pairs) != set(test) or not set(pairs.values()) <= set(train):
            raise InvalidInputError(f"{place}: {folder}/class_labels.txt doesn't name a class for each test item.")
        labels[run] = [train.index(pairs[name]) for name in test]
    return images[0], images[1], labels


def _members(place: Path, endings: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    """Name and content of the files with those endings, by name."""
    if place.is_dir():
        for file in sorted(path for path in place.rglob("*") if path.suffix in endings):
            with reading(file, "a file of Omniglot"):
                content = read_whole(file, _MOST_BYTES)
            yield file.relative_to(place).as_posix(), content
        return
    with open_zip(place) as archive:
        for name in sorted(archive.namelist()):
            if name.endswith(endings):
                yield name, read_member(archive, name, _MOST_BYTES)


def _ink(data: bytes, where: str) -> NDArray[np.uint8]:
    """A reduced drawing, 255 for ink and 0 for ground."""
    box = needed("PIL.Image", "images", f"Opening {where}").Resampling.BOX
    try:
        small = open_image(BytesIO(data), _MOST_PIXELS).convert("L").resize((SIDE, SIDE), box)
    except Exception as error:
        raise InvalidInputError(f"{where} can't be opened as an image: {told(error)}") from error
    return 255 - np.asarray(small)
