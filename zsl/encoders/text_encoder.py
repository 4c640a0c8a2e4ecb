"""Vectors of length 1 from texts in templates, with a cache on disk."""

import hashlib
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import KW_ONLY, dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from tqdm import tqdm

from zsl._docs import documented_like
from zsl._typing import FloatArray
from zsl.encoders.text import DEFAULT_TEXT_ENCODER, SentenceEncoder, checked_texts, encode_texts
from zsl.exceptions import InvalidInputError

Template = str | Callable[[str], str]
_LOOKED_UP = 500
"""Texts looked up at a time; a database accepts few more parameters."""


@dataclass(eq=False, repr=False)
class TextEncoder(TransformerMixin, BaseEstimator):
    r"""Encode texts in templates by a sentence-transformers model, with a cache on disk.

    .. math:: v(t) = \frac{\sum_k u(e(p_k(t)))}{\|\sum_k u(e(p_k(t)))\|}, \qquad u(x) = x / \|x\|

    for the templates :math:`p_k` and the encoder :math:`e`: the prompt ensemble of A. Radford et al., "Learning
    Transferable Visual Models From Natural Language Supervision", 2021, arXiv:2103.00020.

    It serves wherever a `text_encoder` is accepted. As a transformer of scikit-learn it also lets a pipeline classify
    sentences by sentences.

    Parameters
    ----------
    model : str, path or object, default="sentence-transformers/all-MiniLM-L6-v2"
        A sentence-transformers model by hub name or local folder, or an object with ``encode(list of str)``, such as
        `WordVectors`.
    templates : str, callable, or sequence of them, default="{}"
        The form in which a text is encoded: a string with ``{}`` in place of the text, or a function from a string to a
        string.
    batch_size : int, default=32
        Texts encoded at a time.
    cache : path or None, default=None
        Folder that stores vectors, by model and text. Only for a model with a name.
    offline : bool, default=False
        Never ask the hub: a model that isn't on this machine is an error.
    verbose : bool, default=True
        Whether to show progress, in a terminal or notebook, when encoding takes more than two seconds.

    See Also
    --------
    WordVectors : Encodes a text as the mean of its word vectors.
    ImageEncoder : Encodes images.

    Examples
    --------
    >>> from zsl import TextEncoder
    >>> class Letters:
    ...     def encode(self, texts):
    ...         return [[text.count(letter) for letter in "abc"] for text in texts]
    >>> encoder = TextEncoder(Letters(), templates=["a {}", "b {}"])
    >>> encoder.encode(["c"]).round(2)
    array([[0.41, 0.41, 0.82]])
    """

    model: str | os.PathLike[str] | SentenceEncoder = DEFAULT_TEXT_ENCODER
    _: KW_ONLY
    templates: Template | Sequence[Template] = "{}"
    batch_size: int = 32
    cache: str | os.PathLike[str] | None = None
    offline: bool = False
    verbose: bool = True

    @documented_like(SentenceEncoder.encode)
    def encode(self, sentences: Sequence[str]) -> FloatArray:
        """Encode texts.

        Returns
        -------
        ndarray of shape (n, d), float64
            One row of length 1 per text, in order.

        Raises
        ------
        InvalidInputError
            If a text is empty or no string, a template has no place for it, the model can't be loaded or doesn't return
            n rows of finite numbers, not all of them zero, or there is a cache for a model without a name.
        """
        texts = checked_texts(sentences)
        given: Any = self.templates
        templates = [given] if isinstance(given, str) or callable(given) else list(given)
        if not templates:
            raise InvalidInputError("templates is empty; wanted one template or more.")
        filled = [[_filled(template, text) for template in templates] for text in texts]
        wanted = list(dict.fromkeys(prompt for prompts in filled for prompt in prompts))
        vectors = self._encoded(checked_texts(wanted))
        means = np.stack([np.mean([vectors[prompt] for prompt in prompts], axis=0) for prompts in filled])
        lengths = np.linalg.norm(means, axis=1, keepdims=True)
        if not lengths.all():
            raise InvalidInputError(f"model encodes {texts[int(np.argmin(lengths))]!r} as zeros; wanted a direction.")
        rows: FloatArray = means / lengths
        return rows

    def fit(self, X: Any = None, y: Any = None) -> Self:
        """Do nothing, since there is nothing to learn.

        Parameters
        ----------
        X, y : ignored
            Not used.

        Returns
        -------
        self
            The encoder.
        """
        return self

    def transform(self, X: Sequence[str]) -> FloatArray:
        """Encode texts, as `encode` does.

        Parameters
        ----------
        X : sequence or array of str, length n
            The texts.

        Returns
        -------
        ndarray of shape (n, d), float64
            One row of length 1 per text.
        """
        return self.encode(X.tolist() if isinstance(X, np.ndarray) else X)

    def _encoded(self, texts: list[str]) -> dict[str, FloatArray]:
        """The vector of each text, of length 1 unless it is zero."""
        name = os.fspath(self.model) if isinstance(self.model, (str, os.PathLike)) else None
        if self.cache is not None and name is None:
            kind = type(self.model).__name__
            raise InvalidInputError(
                f"cache={os.fspath(self.cache)!r} with a model of type {kind}; wanted a named model."
            )
        cache = None if self.cache is None or name is None else _TextCache(self.cache, name)
        known = {} if cache is None else cache.get(texts)
        missing = [text for text in texts if text not in known]
        # An object gets all texts at once and may divide them itself.
        size = max(1, len(missing)) if name is None else int(self.batch_size)
        with tqdm(
            total=len(missing), desc="texts", delay=2.0, leave=False, disable=None if self.verbose else True
        ) as bar:
            for start in range(0, len(missing), size):
                block = missing[start : start + size]
                vectors = encode_texts(block, self.model, batch_size=size, offline=self.offline)
                if cache is not None:
                    cache.put(block, vectors)
                known |= dict(zip(block, vectors, strict=True))
                bar.update(len(block))
        return {text: _unit(vector) for text, vector in known.items()}

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        tags.input_tags.two_d_array = False
        tags.input_tags.string = True
        return tags


def _filled(template: Template, text: str) -> str:
    if not isinstance(template, str):
        return template(text)
    if "{}" not in template:
        raise InvalidInputError(f"templates has {template!r}; wanted a string with {{}} where the text goes.")
    return template.replace("{}", text)


def _unit(vector: FloatArray) -> FloatArray:
    length = float(np.linalg.norm(vector))
    return vector / length if length else vector


class _TextCache:
    """A folder with one database per model, by name or folder; several processes may use it at once."""

    def __init__(self, folder: str | os.PathLike[str], model: str) -> None:
        self.path = Path(folder) / f"{hashlib.sha256(_identity(model).encode()).hexdigest()[:24]}.sqlite"
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self._open() as database:
                database.execute("CREATE TABLE IF NOT EXISTS vectors (text TEXT PRIMARY KEY, vector BLOB NOT NULL)")
        except (OSError, sqlite3.Error) as error:
            raise InvalidInputError(f"cache={os.fspath(folder)!r} can't be used: {error}.") from error

    def get(self, texts: Sequence[str]) -> dict[str, FloatArray]:
        """The vectors of the texts that are stored."""
        found: dict[str, FloatArray] = {}
        with self._open() as database:
            for start in range(0, len(texts), _LOOKED_UP):
                block = texts[start : start + _LOOKED_UP]
                marks = ",".join("?" * len(block))
                rows = database.execute(f"SELECT text, vector FROM vectors WHERE text IN ({marks})", block)
                found |= {text: np.frombuffer(vector, dtype=np.float64) for text, vector in rows}
        return found

    def put(self, texts: Sequence[str], vectors: FloatArray) -> None:
        """Store the vector of each text; a stored one stays."""
        rows = [(text, vector.astype(np.float64).tobytes()) for text, vector in zip(texts, vectors, strict=True)]
        with self._open() as database:
            database.executemany("INSERT OR IGNORE INTO vectors VALUES (?, ?)", rows)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self.path, timeout=60)) as database, database:
            yield database


def _identity(model: str) -> str:
    """The name of a hub model; for a local folder its path, and the size and time of each of its files."""
    folder = Path(model)
    if not folder.is_dir():
        return model
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    facts = [f"{path.relative_to(folder)} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in files]
    return "\n".join([str(folder.resolve()), *facts])
