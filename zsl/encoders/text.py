"""Sentences to vectors, by a named model, a local folder or any object that encodes."""

import os
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Any, Protocol

import numpy as np

from zsl._typing import FloatArray
from zsl.encoders._hub import here_or_from_hub
from zsl.exceptions import InvalidInputError

DEFAULT_TEXT_ENCODER = "sentence-transformers/all-MiniLM-L6-v2"
"""Hub name of the model that encodes class texts unless another one is named."""


class SentenceEncoder(Protocol):
    """Anything that turns a list of n texts into n rows of numbers, such as a `SentenceTransformer`."""

    def encode(self, sentences: list[str], /) -> Any:
        """Encode texts.

        Parameters
        ----------
        sentences : list of str, length n
            The texts.

        Returns
        -------
        array-like of shape (n, d)
            One row of numbers for each text, in order.
        """


def encode_texts(
    texts: Sequence[str],
    encoder: str | os.PathLike[str] | SentenceEncoder = DEFAULT_TEXT_ENCODER,
    *,
    batch_size: int = 32,
    offline: bool = False,
) -> FloatArray:
    """Encode texts one by one, as the encoder gives them: nothing is normalised here.

    Parameters
    ----------
    texts : sequence of str, length n
        The texts; none may be empty.
    encoder : str, path or object, default="sentence-transformers/all-MiniLM-L6-v2"
        A sentence-transformers model by hub name or local folder, or an object with ``encode(list of str)``. A named
        model is looked for on this machine first and on the hub only if it isn't here. The last two are kept in memory.
    batch_size : int, default=32
        Texts encoded at a time by a named model. An object passed as `encoder` sees all texts at once.
    offline : bool, default=False
        Never ask the hub for a named model.

    Returns
    -------
    ndarray of shape (n, d), float64
        One row a text.

    Raises
    ------
    InvalidInputError
        If a text is empty or no string, if the model cannot be loaded, or if what the encoder returns isn't n rows of
        finite numbers.
    """
    given = checked_texts(texts)
    if batch_size < 1:
        raise InvalidInputError(f"batch_size is {batch_size}; wanted 1 or more.")
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


def checked_texts(texts: Sequence[str]) -> list[str]:
    """Take texts as a list, after a look at each.

    Parameters
    ----------
    texts : sequence of str
        The texts.

    Returns
    -------
    list of str
        The same.

    Raises
    ------
    InvalidInputError
        If there is none, or one is empty or no string.
    """
    if isinstance(texts, str) or not isinstance(texts, Sequence):
        raise InvalidInputError(f"texts is of type {type(texts).__name__}; wanted a list of strings.")
    if not texts:
        raise InvalidInputError("texts is empty; wanted at least one string.")
    for position, text in enumerate(texts):
        if not isinstance(text, str):
            raise InvalidInputError(f"texts[{position}] is {text!r}, a {type(text).__name__}; wanted a string.")
        if not text.strip():
            raise InvalidInputError(f"texts[{position}] is empty; wanted a text that says something.")
    return list(texts)


def _checked(encoded: Any, n: int) -> FloatArray:
    """Turn what an encoder returned into a finite (n, d) array."""
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


@lru_cache(maxsize=2)
def _load(name: str, offline: bool = False) -> Any:
    """Load a sentence-transformers model by folder or hub name, quietly."""
    import sentence_transformers  # takes seconds and pulls in torch

    return here_or_from_hub(
        "encoder",
        name,
        lambda here: sentence_transformers.SentenceTransformer(name, **({"local_files_only": True} if here else {})),
        offline=offline,
    )
