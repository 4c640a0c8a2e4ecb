"""Batches of images through an encoder that the user brings."""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from zsl._typing import FloatArray, LabelArray
from zsl.encoders.images._files import UNREADABLE, open_image
from zsl.evaluation._arrays import as_matrix
from zsl.exceptions import InvalidInputError

Encoder = Callable[[list[Any]], Any]


def check_arguments(encoder: Any, takes: str, batch_size: int, on_error: str) -> None:
    """Raise before any file is opened if an argument can't be worked with."""
    if not callable(encoder):
        raise InvalidInputError(
            f"encoder={encoder!r}; wanted a function from a list of images to an array of shape (n_images, "
            "n_features), as there is no default encoder."
        )
    if takes not in ("images", "paths"):
        raise InvalidInputError(f"takes={takes!r}; wanted 'images' or 'paths'.")
    if on_error not in ("raise", "skip"):
        raise InvalidInputError(f"on_error={on_error!r}; wanted 'raise' or 'skip'.")
    if isinstance(batch_size, bool) or not isinstance(batch_size, (int, np.integer)) or batch_size < 1:
        raise InvalidInputError(f"batch_size={batch_size!r}; wanted an integer of 1 or more.")


def encode(
    files: dict[Any, list[Path]], encoder: Any, takes: str, batch_size: int, on_error: str, verbose: bool
) -> tuple[FloatArray, LabelArray, list[Path]]:
    """Encode batch by batch, so that only one batch of images is held at a time."""
    todo = [(path, label) for label, paths in files.items() for path in paths]
    kept: list[tuple[Path, Any]] = []
    skipped: list[str] = []
    parts: list[FloatArray] = []
    with tqdm(total=len(todo), desc="images", disable=not verbose, leave=False) as bar:
        for start in range(0, len(todo), batch_size):
            given, opened = [], []
            for path, label in todo[start : start + batch_size]:
                image = path if takes == "paths" else _opened(path, skipped if on_error == "skip" else None)
                if image is not None:
                    given.append(image)
                    opened.append((path, label))
            if given:
                parts.append(_checked(encoder(given), len(given), parts))
                kept += opened
            bar.update(len(todo[start : start + batch_size]))
    if lost := sorted(set(files) - {label for _, label in kept}, key=str):
        raise InvalidInputError(f"No image can be opened of the classes {lost[:5]}; the first problem: {skipped[0]}.")
    if skipped:
        warnings.warn(
            f"{len(skipped)} files can't be opened and are left out: {'; '.join(skipped[:5])}"
            f"{' and others' if len(skipped) > 5 else ''}.",
            stacklevel=3,
        )
    return np.concatenate(parts), np.array([label for _, label in kept]), [path for path, _ in kept]


def _opened(path: Path, skipped: list[str] | None) -> Any:
    """The image, or None if it can't be opened and is to be skipped."""
    try:
        return open_image(path)
    except UNREADABLE as error:
        problem = f"{path} ({str(error).replace(f' {str(path)!r}', '')})"
        if skipped is None:
            raise InvalidInputError(f"{problem} can't be opened as an image; on_error='skip' leaves it out.") from error
        skipped.append(problem)
        return None


def _checked(features: Any, n_images: int, before: list[FloatArray]) -> FloatArray:
    """What the encoder returned for one batch, as an array that fits the ones before."""
    if hasattr(features, "detach"):
        features = features.detach().cpu()
    X = as_matrix("what encoder returned", features)
    if len(X) != n_images:
        raise InvalidInputError(f"encoder returned {len(X)} rows for {n_images} images; wanted one row an image.")
    if before and X.shape[1] != before[0].shape[1]:
        raise InvalidInputError(
            f"encoder returned {X.shape[1]} features, {before[0].shape[1]} before; wanted one width."
        )
    return X
