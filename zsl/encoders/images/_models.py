"""The parameter `model` as a function from RGB images to rows of features."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from zsl._typing import FloatArray
from zsl.encoders.images._hub import MOST_RATIO, encode_by_name
from zsl.encoders.images._lite0 import LITE0, SIZE, lite0_features, stack
from zsl.encoders.images._pooling import pooled
from zsl.encoders.text import UntrustedName
from zsl.exceptions import InvalidInputError

_WANTED = f"wanted {LITE0!r}, a model by hub name or local folder, an object with an encode method or a torch module"


@dataclass(frozen=True)
class ImageModel:
    """A function from a list of RGB images to (n, d), and its requirements on them."""

    run: Callable[[list[Any]], Any]
    side: int | None = None  # of its input square, if known
    most_ratio: int | None = None  # of the longer side to the shorter


def find_model(model: Any, image_size: int | None, pooling: str, device: str) -> ImageModel:
    """The model behind the parameter; nothing is loaded yet."""
    if isinstance(model, UntrustedName):
        model.refuse("image_encoder")
    if isinstance(model, (str, os.PathLike)):
        name = os.fspath(model)
        if name == LITE0:
            if pooling not in ("auto", "mean"):
                raise InvalidInputError(f"pooling={pooling!r}; model={LITE0!r} averages: wanted 'auto' or 'mean'.")
            size = image_size or SIZE
            return ImageModel(lambda images: lite0_features(images, size, device), size)
        _only_auto(image_size, "auto", f"model {name!r}")
        return ImageModel(lambda images: encode_by_name(name, images, pooling, device), most_ratio=MOST_RATIO)
    if callable(getattr(model, "encode", None)):
        _only_auto(image_size, pooling, f"model, a {type(model).__name__} with an encode method,")
        return ImageModel(model.encode)
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(model, torch.nn.Module):
        return _module(model, image_size or SIZE, pooling)
    raise InvalidInputError(f"model is of type {type(model).__name__}; {_WANTED}.")


def checked(found: Any, n: int, width: int | None) -> FloatArray:
    """Features of n images as finite rows of one width, in single precision."""
    if hasattr(found, "detach"):
        found = found.detach().cpu().float().numpy()
    try:
        rows: FloatArray = np.asarray([np.asarray(row) for row in found] if isinstance(found, list) else found)
        rows = rows.astype(np.float32)
    except (TypeError, ValueError) as error:
        raise InvalidInputError(f"model returned something that isn't an array of numbers: {error}.") from error
    if rows.ndim != 2 or len(rows) != n or rows.shape[1] == 0 or rows.shape[1] != (width or rows.shape[1]):
        raise InvalidInputError(f"model returned shape {rows.shape} for {n} image(s); wanted ({n}, {width or 'd'}).")
    if not np.isfinite(rows).all():
        raise InvalidInputError(f"model returned {(~np.isfinite(rows)).sum()} number(s) that aren't finite.")
    return rows


def _module(module: Any, size: int, pooling: str) -> ImageModel:
    def run(images: list[Any]) -> Any:
        import torch

        place = next((tensor.device for tensor in module.parameters()), torch.device("cpu"))
        with _evaluating(module), torch.inference_mode():
            return pooled(module(stack(images, size, place)), pooling)

    return ImageModel(run, size)


@contextmanager
def _evaluating(module: Any) -> Iterator[None]:
    """Evaluation mode; afterwards each part returns to its own mode."""
    modes = [(part, part.training) for part in module.modules()]
    module.eval()
    try:
        yield
    finally:
        for part, mode in modes:
            part.training = mode


def _only_auto(image_size: int | None, pooling: str, what: str) -> None:
    if image_size is not None:
        raise InvalidInputError(f"image_size={image_size}; {what} has its own preprocessing: wanted None.")
    if pooling != "auto":
        raise InvalidInputError(f"pooling={pooling!r}; {what} pools by itself: wanted 'auto'.")
