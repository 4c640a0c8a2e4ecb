"""Word vectors from a file: GloVe's and word2vec's text format, and Parquet."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal, Self

import numpy as np

from zsl._docs import documented_like
from zsl._extras import needed
from zsl._files.opening import existing
from zsl._files.parquet import open_parquet
from zsl._typing import FloatArray
from zsl.encoders._word_lines import read_lines
from zsl.encoders.text import SentenceEncoder, checked_texts
from zsl.exceptions import InvalidInputError


class WordVectors:
    r"""Encode a text as the mean vector of its words.

    Word vectors are the oldest descriptions of unseen classes: R. Socher, M. Ganjoo, C. Manning and A. Ng, "Zero-Shot
    Learning Through Cross-Modal Transfer", 2013, arXiv:1301.3666. The vectors of J. Pennington, R. Socher and C.
    Manning, "GloVe: Global Vectors for Word Representation", 2014, doi:10.3115/v1/D14-1162, and of T. Mikolov et al.,
    "Distributed Representations of Words and Phrases and their Compositionality", 2013, arXiv:1310.4546, come as such
    files.

    A text that is itself an entry, possibly with ``_`` or ``-`` for its blanks, gets the vector of that entry; any
    other text is divided at all characters that are neither letters nor digits, and the vectors of its words are
    averaged. The file is read once per call, and only the vectors of these words are kept.

    Parameters
    ----------
    path : str or path
        A text file with a word and its d numbers on each line, separated by blanks or tabs, with or without a first
        line with their numbers, in UTF-8 or Latin-1, and perhaps packed by gzip; the last d fields are the numbers,
        since a word may hold blanks. Or a Parquet file (``.parquet``) whose first column has the words and the others
        the numbers, which needs the extra ``zslearn[parquet]``.
    lower : bool, default=True
        Whether to convert texts to lower case first, as in the files of GloVe.
    on_missing : {"raise", "skip"}, default="raise"
        What to do about an unknown word: raise an error, or leave it out of the mean. A text without any known word is
        an error.
    """

    def __init__(
        self, path: str | os.PathLike[str], *, lower: bool = True, on_missing: Literal["raise", "skip"] = "raise"
    ) -> None:
        if on_missing not in ("raise", "skip"):
            raise InvalidInputError(f"on_missing={on_missing!r}; wanted 'raise' or 'skip'.")
        self.path = Path(path)
        self.lower = lower
        self.on_missing = on_missing
        self._found: dict[str, FloatArray] = {}
        self._digest: str | None = None

    def digest(self) -> str:
        """Compute the sha256 of the file, by which models that were saved with it know it again.

        Returns
        -------
        str
            64 hexadecimal digits.

        Raises
        ------
        InvalidInputError
            If there is no such file.
        """
        with existing(self.path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def _expecting(self, digest: str) -> Self:
        """The same word vectors, which refuse a file of another digest before they read it."""
        self._digest = digest
        return self

    @documented_like(SentenceEncoder.encode)
    def encode(self, sentences: Sequence[str]) -> FloatArray:
        """Encode texts.

        Returns
        -------
        ndarray of shape (n, d), float64
            One mean vector per text.

        Raises
        ------
        InvalidInputError
            If a text is empty, a word or all words of a text are unknown, or the file has another format.
        MissingExtraError
            If a Parquet file is given and pyarrow isn't installed.
        """
        texts = [text.lower() if self.lower else text for text in checked_texts(sentences)]
        self._look_up({entry for text in texts for entry in [*_whole(text), *_words(text)]} - set(self._found))
        return np.stack([self._mean(text) for text in texts])

    def _mean(self, text: str) -> FloatArray:
        for entry in _whole(text):
            if entry in self._found:
                return self._found[entry]
        words = _words(text)
        missing = [word for word in words if word not in self._found]
        if missing and (self.on_missing == "raise" or len(missing) == len(words)):
            raise InvalidInputError(f"{self.path.name} has no vector of {missing} in the text {text!r}.")
        mean: FloatArray = np.mean([self._found[word] for word in words if word in self._found], axis=0)
        return mean

    def _look_up(self, wanted: set[str]) -> None:
        if not wanted:
            return
        existing(self.path)
        if self._digest is not None and self.digest() != self._digest:
            raise InvalidInputError(f"{self.path} isn't the file that the model was saved with: its sha256 differs.")
        entries = _parquet(self.path, wanted) if self.path.suffix == ".parquet" else read_lines(self.path, wanted)
        found = dict(entries)
        widths = {len(vector) for vector in [*found.values(), *self._found.values()]}
        if len(widths) > 1:
            raise InvalidInputError(f"{self.path} has vectors of {sorted(widths)} numbers; wanted one width.")
        if bad := [word for word, vector in found.items() if not np.isfinite(vector).all()]:
            raise InvalidInputError(f"{self.path} has a value that isn't finite in the vector of {bad[0]!r}.")
        self._found |= found


def _whole(text: str) -> list[str]:
    """The forms in which a text may be a single entry of a file."""
    joined = ["_".join(_words(text)), "-".join(_words(text))] if len(_words(text)) > 1 else []
    return [text.strip(), *joined]


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text) or [text.strip()]


def _parquet(path: Path, wanted: set[str]) -> Iterator[tuple[str, FloatArray]]:
    """Entries of a Parquet file."""
    parquet = needed("pyarrow.parquet", "parquet", f"Reading {path}")
    with open_parquet(path, "words and their numbers") as opened, parquet.ParquetFile(opened) as file:
        for batch in file.iter_batches():
            words = batch.column(0).to_pylist()
            rows = [row for row, word in enumerate(words) if isinstance(word, str) and word in wanted]
            if rows:
                columns = [batch.column(number).take(rows) for number in range(1, batch.num_columns)]
                numbers = np.stack([column.to_numpy(zero_copy_only=False) for column in columns], axis=1)
                yield from zip((words[row] for row in rows), numbers.astype(np.float64), strict=True)
