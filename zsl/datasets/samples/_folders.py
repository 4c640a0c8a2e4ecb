"""What a folder holds: shards of features, class folders of images, such folders by part, or loose images."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import Any

from zsl.datasets._checks import PARTS
from zsl.datasets._image_folders import IMAGE_ENDINGS, folders_in, images_by_class, images_in
from zsl.datasets.samples._found import Columns, Found, found
from zsl.datasets.shards._files import SIDECAR
from zsl.datasets.shards.encoded import PLAN
from zsl.datasets.shards.features import open_shards
from zsl.exceptions import InvalidInputError


def in_folder(path: Path, labels: str | PathLike[str] | None, columns: Columns, integers: bool) -> Found:
    """The samples in a folder; names of class folders may become integers, as in a text file, if wanted."""
    if any((path / name).exists() for name in (SIDECAR, PLAN)):
        shards = open_shards(path)
        return found(path, "features", shards, own=shards.labels, labels=labels, columns=columns)
    loose, folders = images_in(path), folders_in(path)
    if loose and any(map(images_in, folders)):
        raise InvalidInputError(
            f"{path} holds {len(loose)} loose images, such as {loose[0].name}, beside folders of images; wanted the "
            "ones or the others."
        )
    if loose:
        names = [file.name for file in loose]
        return found(path, "images", loose, own=None, labels=labels, columns=columns, names=names)
    if not folders:
        raise InvalidInputError(
            f"{path} holds no images ({', '.join(IMAGE_ENDINGS)}), no folders of images and no {SIDECAR} of features; "
            "wanted one of them."
        )
    divided = _is_divided(path)
    places = {part: path / part for part in PARTS if (path / part).is_dir()} if divided else {"": path}
    rows: list[tuple[Path, Any, str]] = [
        (file, label, part)
        for part, place in places.items()
        for label, files in images_by_class(place, integers).items()
        for file in files
    ]
    return found(
        path,
        "images",
        [file for file, _, _ in rows],
        own=[label for _, label, _ in rows],
        labels=labels,
        columns=columns,
        names=[file.relative_to(path).as_posix() for file, _, _ in rows],
        parts=[part for _, _, part in rows] if divided else None,
    )


def _is_divided(path: Path) -> bool:
    """Whether the folders are those of parts, each with class folders within."""
    needed = [path / part for part in PARTS[:3]]
    return all(place.is_dir() and not images_in(place) for place in needed)
