"""Vectors of length 1 from texts in templates, with a cache on disk."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, TransformerMixin

from zsl._docs import documented_like
from zsl._progress import progress
from zsl._typing import FloatArray
from zsl.encoders._names import NamedFeatures
from zsl.encoders._text_cache import TextCache
from zsl.encoders.text import DEFAULT_TEXT_ENCODER, SentenceEncoder, checked_texts, encode_texts
from zsl.exceptions import InvalidInputError

Template = str | Callable[[str], str]


@dataclass(eq=False, repr=False)
class TextEncoder(NamedFeatures, TransformerMixin, BaseEstimator):
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
        Folder that stores vectors, by model and text, each with a digest. Only for a model with a name. Damaged vectors
        are encoded again; a database that can't be read is renamed, with a warning.
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
    def encode(self, sentences: Sequence[str] | ArrayLike) -> FloatArray:
        """Encode texts.

        Parameters
        ----------
        sentences : sequence, array or column of str, length n
            The texts, as for `transform`.

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
        return self._encode(sentences, "texts")

    def _encode(self, sentences: Any, name: str) -> FloatArray:
        """The rows of the texts; `name` is that of the argument in errors."""
        texts = checked_texts(sentences, name)
        self._check_mark()
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

    def fit(self, X: Sequence[str] | ArrayLike | None = None, y: Any = None) -> Self:
        """Check the texts, if there are some; nothing is encoded or learned.

        Parameters
        ----------
        X : sequence, array or column of str, length n, or None, default=None
            The texts, as for `transform`.
        y : ignored
            Not used.

        Returns
        -------
        self
            The encoder.

        Raises
        ------
        InvalidInputError
            If a text is empty or no string.
        """
        self._sample = None if X is None else checked_texts(X, "X")[0]
        self._width = None
        return self

    def fit_transform(self, X: Sequence[str] | ArrayLike, y: Any = None) -> FloatArray:
        """Encode texts and remember the number of columns.

        Parameters
        ----------
        X : sequence, array or column of str, length n
            The texts, as for `transform`.
        y : ignored
            Not used.

        Returns
        -------
        ndarray of shape (n, d), float64
            One row of length 1 per text.

        Raises
        ------
        InvalidInputError
            As for `encode`.
        """
        rows = self._encode(X, "X")
        self._width = rows.shape[1]
        return rows

    def transform(self, X: Sequence[str] | ArrayLike) -> FloatArray:
        """Encode texts, as `encode` does.

        Parameters
        ----------
        X : sequence, array or column of str, length n
            The texts: a list, an array of shape (n,) or (n, 1), a Series, an Index, or a DataFrame of one column, as
            `ColumnTransformer` passes them.

        Returns
        -------
        ndarray of shape (n, d), float64
            One row of length 1 per text; a DataFrame after ``set_output(transform="pandas")``.

        Raises
        ------
        InvalidInputError
            As for `encode`.
        """
        return self._encode(X, "X")

    def _example(self) -> FloatArray:
        return self._encode([self._sample or "a"], "X")

    def _encoded(self, texts: list[str]) -> dict[str, FloatArray]:
        """The vector of each text, of length 1 unless it is zero."""
        name = os.fspath(self.model) if isinstance(self.model, (str, os.PathLike)) else None
        if self.cache is not None and name is None:
            kind = type(self.model).__name__
            raise InvalidInputError(
                f"cache={os.fspath(self.cache)!r} with a model of type {kind}; wanted a named model."
            )
        cache = None if self.cache is None or name is None else TextCache(self.cache, name)
        known = {} if cache is None else cache.get(texts)
        # An object gets all texts at once and may divide them itself.
        size = max(1, len(texts)) if name is None else int(self.batch_size)
        new = self._run([text for text in texts if text not in known], size, cache)
        if len({len(vector) for found in (known, new) for vector in found.values()}) > 1:
            known = self._run(list(known), size, cache)  # what is stored is of another model by the same name
        return {text: _unit(vector) for text, vector in (known | new).items()}

    def _run(self, texts: list[str], size: int, cache: TextCache | None) -> dict[str, FloatArray]:
        """The vector that the model gives to each text, which is then stored."""
        found: dict[str, FloatArray] = {}
        with progress("texts", len(texts), shown=self.verbose, delay=2.0) as bar:
            for start in range(0, len(texts), size):
                block = texts[start : start + size]
                vectors = encode_texts(block, self.model, batch_size=size, offline=self.offline)
                if cache is not None:
                    cache.put(block, vectors)
                found |= dict(zip(block, vectors, strict=True))
                bar.update(len(block))
        return found

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
