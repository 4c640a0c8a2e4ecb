"""Vectors of sentences, by a named model, a local folder or any object that encodes."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NoReturn, Protocol

import numpy as np
from numpy.typing import ArrayLike

from zsl._typing import FloatArray
from zsl.encoders._hub import here_or_from_hub
from zsl.exceptions import InvalidInputError

DEFAULT_TEXT_ENCODER = "sentence-transformers/all-MiniLM-L6-v2"
"""Hub name of the model that encodes class texts unless another one is named."""


class UntrustedName(str):
    """The name of an encoder as a model file gives it: kept for the record, and not used.

    A name may be that of a local folder, and what lies there may be somebody else's code.
    """

    def refuse(self, argument: str) -> NoReturn:
        """Raise the error that says how an encoder is named that may be used; `argument` is that of `zsl.load`."""
        raise InvalidInputError(
            f"{argument}={str(self)!r} was named by the file of the model, and is not used on its word; wanted "
            f"zsl.load(path, {argument}=...) with the encoder of your choice, or zsl.load(path, trusted=True) if you "
            f"know where the file comes from (--{argument.replace('_', '-')} or --trusted on the command line)."
        )


class SentenceEncoder(Protocol):
    """Any object that turns a list of n texts into n rows of numbers, such as a `SentenceTransformer`."""

    def encode(self, sentences: list[str], /) -> Any:
        """Encode texts.

        Parameters
        ----------
        sentences : sequence of str, length n
            The texts; none may be empty.

        Returns
        -------
        array-like of shape (n, d)
            One row of numbers per text, in order.
        """


def encode_texts(
    texts: Sequence[str] | ArrayLike,
    encoder: str | os.PathLike[str] | SentenceEncoder = DEFAULT_TEXT_ENCODER,
    *,
    batch_size: int = 32,
    offline: bool = False,
) -> FloatArray:
    """Encode texts as the encoder does, without normalization.

    Parameters
    ----------
    texts : sequence, array or column of str, length n
        The texts; none may be empty. A table of one column is one, too.
    encoder : str, path or object, default="sentence-transformers/all-MiniLM-L6-v2"
        A sentence-transformers model by hub name or local folder, or an object with ``encode(list of str)``. The hub is
        asked only if the model isn't on this machine. The last two models are kept in memory.
    batch_size : int, default=32
        Texts encoded at a time by a named model. An object gets all texts at once.
    offline : bool, default=False
        Never ask the hub for a named model.

    Returns
    -------
    ndarray of shape (n, d), float64
        One row per text.

    Raises
    ------
    InvalidInputError
        If there is no text, one is empty or no string, the model cannot be loaded, or the encoder doesn't return n rows
        of finite numbers.
    """
    given = checked_texts(texts)
    if batch_size < 1:
        raise InvalidInputError(f"batch_size is {batch_size}; wanted 1 or more.")
    if isinstance(encoder, UntrustedName):
        encoder.refuse("text_encoder")
    if isinstance(encoder, (str, os.PathLike)):
        encode: Callable[[list[str]], Any] = partial(
            _load(os.fspath(encoder), offline).encode, batch_size=batch_size, show_progress_bar=False
        )
    elif callable(getattr(encoder, "encode", None)):
        encode = encoder.encode
    else:
        raise InvalidInputError(
            f"encoder is of type {type(encoder).__name__}; wanted the name of a sentence-transformers model, "
            "a local folder or an object with an encode method."
        )
    return _checked(encode(given), len(given))


def checked_texts(texts: Any, name: str = "texts") -> list[str]:
    """The texts of a list, array, column or table of one column as a list of at least one, none of them empty."""
    found = _listed(texts, name)
    if not found:
        raise InvalidInputError(f"{name} is empty; wanted at least one string.")
    for position, text in enumerate(found):
        if not isinstance(text, str):
            raise InvalidInputError(f"{name}[{position}] is {text!r}, a {type(text).__name__}; wanted a string.")
        if not text.strip():
            raise InvalidInputError(f"{name}[{position}] is empty; wanted some words.")
    return found


def _listed(texts: Any, name: str) -> list[Any]:
    """The items of a list, or of an array, column or table of one column."""
    if isinstance(texts, Sequence) and not isinstance(texts, (str, bytes)):
        return list(texts)
    if not hasattr(texts, "__array__"):
        raise InvalidInputError(f"{name} is of type {type(texts).__name__}; wanted a list of strings.")
    array = np.asarray(texts, dtype=object)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        raise InvalidInputError(f"{name} has shape {array.shape}; wanted one column of strings, shape (n,) or (n, 1).")
    items: list[Any] = array.tolist()
    return items


def _checked(encoded: Any, n: int) -> FloatArray:
    """The output of an encoder as a finite (n, d) array."""
    try:
        vectors = np.asarray(encoded, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidInputError(f"encoder returned something that isn't an array of numbers: {error}.") from error
    if vectors.ndim != 2 or vectors.shape[0] != n or vectors.shape[1] == 0:
        raise InvalidInputError(f"encoder returned shape {vectors.shape} for {n} text(s); wanted ({n}, d) with d ≥ 1.")
    bad = np.flatnonzero(~np.isfinite(vectors).all(axis=1))
    if bad.size:
        raise InvalidInputError(f"encoder returned a value that isn't finite for texts[{bad[0]}].")
    return vectors


_LOADED: dict[str, Any] = {}
_MOST_LOADED = 2


def _load(name: str, offline: bool = False) -> Any:
    """A sentence-transformers model by folder or hub name; the last two stay loaded, however they were asked for."""
    found = _LOADED.get(name)
    if found is None:
        import sentence_transformers  # takes seconds and pulls in torch

        found = here_or_from_hub(
            "encoder",
            name,
            lambda here: sentence_transformers.SentenceTransformer(
                name, **({"local_files_only": True} if here else {})
            ),
            offline=offline,
        )
        for other in list(_LOADED)[: len(_LOADED) - _MOST_LOADED + 1]:
            _LOADED.pop(other, None)
        _LOADED[name] = found
    return found
