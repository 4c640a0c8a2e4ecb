"""Encoding of images and texts, with features kept beside the data: only what is new or changed is encoded."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zsl._files.opening import reading
from zsl._files.writing import put
from zsl._progress import progress
from zsl._typing import FloatArray
from zsl.datasets._reading import file_sha256
from zsl.datasets.samples._encoders import fingerprint
from zsl.datasets.samples._found import Found
from zsl.encoders import ImageEncoder, TextEncoder
from zsl.encoders._text_cache import TextCache
from zsl.encoders.images._inputs import opened
from zsl.evaluation._arrays import as_matrix
from zsl.exceptions import InvalidInputError
from zsl.semantics._labels import listing

FOLDER = ".zsl_cache"
"""Where features are kept, beside the data."""

_BLOCK = 128
"""Samples encoded before their features are kept: what an interruption may lose."""


class Kept:
    """Features by the content of what they were encoded from; a folder that can't be used is no error."""

    def __init__(self, home: Path, identity: str | None) -> None:
        folder = home / FOLDER
        self.problem = f"{folder} is a link" if identity is not None and folder.is_symlink() else ""
        self._cache = None if identity is None or self.problem else TextCache(folder, identity)

    def get(self, keys: Sequence[str]) -> dict[str, FloatArray]:
        """The features that are kept of these contents."""
        if self._cache is None or not self._cache.path.exists():
            return {}
        try:
            return self._cache.get(keys)
        except InvalidInputError as error:
            return self._give_up(error)

    def put(self, keys: Sequence[str], rows: FloatArray) -> None:
        """Keep features."""
        if self._cache is None:
            return
        try:
            self._cache.put(keys, rows)
            ignored = self._cache.path.parent / ".gitignore"
            if not ignored.exists():
                put(ignored, [b"*\n"])
        except (InvalidInputError, OSError) as error:
            self._give_up(error)

    def _give_up(self, error: Exception) -> dict[str, FloatArray]:
        self._cache, self.problem = None, str(error)
        return {}


@dataclass(frozen=True, eq=False)
class Encoded:
    """Features, and what became of the samples."""

    X: FloatArray
    positions: NDArray[np.intp]
    """Positions of the rows among the samples; others couldn't be opened."""
    n_kept: int
    """How many rows were kept from an earlier time."""
    problem: str
    """Why features can't be kept, if so."""


def encode_found(
    found: Found, encoder: ImageEncoder | TextEncoder, *, cache: bool, skip: bool, verbose: bool
) -> Encoded:
    """Encode what isn't kept, block by block."""
    kept = Kept(found.home, fingerprint(encoder) if cache else None)
    keys = [_content(item) if found.kind == "images" else item for item in found.items]
    items = dict(zip(keys, found.items, strict=True))
    known = kept.get(keys)
    lost: dict[str, str] = {}
    n_kept = sum(key in known for key in keys)
    todo = [key for key in items if key not in known]
    with progress(found.kind, len(todo), shown=verbose and bool(todo)) as bar:
        for start in range(0, len(todo), _BLOCK):
            block = todo[start : start + _BLOCK]
            new, problems = _encode(encoder, {key: items[key] for key in block}, skip)
            if new and known and len(next(iter(new.values()))) != len(next(iter(known.values()))):
                return encode_found(found, encoder, cache=False, skip=skip, verbose=verbose)  # another model, same name
            if new:
                kept.put(list(new), np.stack(list(new.values())))
            known, lost = known | new, lost | problems
            bar.update(len(block))
    positions = np.array([place for place, key in enumerate(keys) if key in known], dtype=np.intp)
    if not len(positions):
        first = next(iter(lost))
        raise InvalidInputError(f"{found.path} has no image that can be opened: {items[first]} ({lost[first]}).")
    if lost:
        names = [f"{items[key]} ({problem})" for key, problem in lost.items()]
        warnings.warn(f"{len(names)} images can't be opened and are left out: {listing(names, 3, str)}.", stacklevel=3)
    X = as_matrix(f"features of {found.path}", np.stack([known[keys[place]] for place in positions]))
    return Encoded(X.astype(np.float32) if found.kind == "images" else X, positions, n_kept, kept.problem)


def _content(path: Path) -> str:
    """What an image is known by: the digest of its file."""
    with reading(path, "an image"):
        return f"sha256 {file_sha256(path)}"


def _encode(encoder: Any, items: dict[str, Any], skip: bool) -> tuple[dict[str, FloatArray], dict[str, str]]:
    """The rows of items by their keys, and what is wrong with those that can't be opened, if these may be skipped."""
    keys, problems = list(items), {}
    if skip and isinstance(encoder, ImageEncoder):
        for key, item in items.items():
            try:
                opened(item, encoder.max_pixels)
            except ValueError as error:
                problems[key] = str(error)
        keys = [key for key in keys if key not in problems]
    if not keys:
        return {}, problems
    given = [items[key] for key in keys]
    if isinstance(encoder, ImageEncoder):
        rows = encoder._encode(given, skip=False, verbose=False).features
    else:
        rows = encoder.encode(given)
    return dict(zip(keys, rows, strict=True)), problems
