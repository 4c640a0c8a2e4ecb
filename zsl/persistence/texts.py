"""Strings as tensors: labels by their characters, all of one width, and sentences one after the other."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from zsl.exceptions import ModelFileError

PARTS = ("letters", "lengths", "counts")
_LAST, _SURROGATES = 0x10FFFF, (0xD800, 0xDFFF)
_WIDEST_ALONE = 2**16


def characters(strings: NDArray[np.str_]) -> NDArray[np.uint32]:
    """Code points of strings, one row each; zeros fill it up."""
    width = max(strings.dtype.itemsize // 4, 1)
    wide = np.ascontiguousarray(strings.astype(f"<U{width}"))
    return wide.view(np.uint32).reshape(*strings.shape, width)


def strings(codes: NDArray[np.uint32]) -> NDArray[np.str_]:
    """Strings of such rows, or an error where they are none."""
    if codes.dtype != np.uint32 or codes.ndim != 2 or not codes.shape[1] > 0:
        raise ModelFileError(f"The model has labels of the type {codes.dtype} and the shape {codes.shape}.")
    low, high = _SURROGATES
    if (codes > _LAST).any() or ((codes >= low) & (codes <= high)).any():
        raise ModelFileError("The model has labels with characters that don't exist.")
    if not len(codes) and codes.shape[1] > _WIDEST_ALONE:
        raise ModelFileError(f"The model has no labels, and room for {codes.shape[1]} characters each.")
    found: NDArray[np.str_] = codes.view(f"<U{codes.shape[1]}")[:, 0]
    return found


def are_sentences(value: Any) -> bool:
    """Whether a value is a tuple of tuples of strings."""
    return (
        isinstance(value, tuple)
        and len(value) > 0
        and all(isinstance(entry, tuple) and all(isinstance(text, str) for text in entry) for entry in value)
    )


def of_sentences(value: tuple[tuple[str, ...], ...]) -> dict[str, NDArray[Any]]:
    """All sentences as bytes, how many bytes each has, and how many sentences each class has."""
    encoded = [text.encode("utf-8") for entry in value for text in entry]
    found = (
        np.frombuffer(b"".join(encoded), dtype=np.uint8),
        np.array([len(text) for text in encoded], dtype=np.int64),
        np.array([len(entry) for entry in value], dtype=np.int64),
    )
    return dict(zip(PARTS, found, strict=True))


def sentences(letters: NDArray[Any], lengths: NDArray[Any], counts: NDArray[Any]) -> tuple[tuple[str, ...], ...]:
    """Sentences put together again, or an error where the parts are none."""
    whole = letters.tobytes()
    for part, total in ((lengths, len(whole)), (counts, len(lengths))):
        if part.dtype != np.int64 or part.ndim != 1 or (part < 0).any() or (part > total).any() or part.sum() != total:
            raise ModelFileError("The model has sentences whose lengths don't add up.")
    if letters.dtype != np.uint8:
        raise ModelFileError(f"The model has sentences of the type {letters.dtype}.")
    ends = np.cumsum(lengths).tolist()
    texts = [whole[start:end].decode("utf-8") for start, end in zip([0, *ends], ends, strict=False)]
    ends = np.cumsum(counts).tolist()
    return tuple(tuple(texts[start:end]) for start, end in zip([0, *ends], ends, strict=False))
