"""Ways to make a class table: from a frame, a CSV file, a mapping or texts."""

import os
from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
import pandas as pd

from zsl._docs import documented_like
from zsl.encoders import DEFAULT_TEXT_ENCODER, SentenceEncoder, encode_texts
from zsl.exceptions import SemanticsError
from zsl.semantics._csv import read_csv
from zsl.semantics._frames import Missing, frame_parts, mapping_frame
from zsl.semantics._labels import label_array
from zsl.semantics._rows import LabelledRows


class Builders(LabelledRows):
    """Alternative constructors of `zsl.semantics.Semantics`."""

    @classmethod
    def from_frame(cls, frame: pd.DataFrame, *, missing: Missing = "error", missing_value: float | None = None) -> Self:
        """Make a table from a data frame.

        Parameters
        ----------
        frame : DataFrame
            Classes as index, attributes as columns, numbers or bools inside. Columns that are merely numbered
            from 0 count as unnamed.
        missing : {"error", "mean", "zero"}, default="error"
            What to do with a cell without a value: refuse it, fill in the attribute's mean over the classes that have
            it, or fill in 0. Filled cells are marked in `imputed`.
        missing_value : float or None, default=None
            A number that means "no value", in addition to NaN.

        Returns
        -------
        Semantics
            The table, in the frame's order.

        Raises
        ------
        SemanticsError
            If a column isn't numeric, a cell is missing (and `missing` is "error"), or a name occurs twice.
        """
        return cls(**frame_parts(frame, missing, missing_value))

    @classmethod
    @documented_like(from_frame)
    def from_csv(
        cls,
        path: str | os.PathLike[str],
        *,
        class_column: int | str = 0,
        sep: str | None = None,
        decimal: str = ".",
        header: bool | None = None,
        missing: Missing = "error",
        missing_value: float | None = None,
    ) -> Self:
        """Read the table from a CSV file in UTF-8, by default with a header.

        Parameters
        ----------
        path : str or path
            The file. Spaces around names and cells are dropped. Class names become integers if each of them is written
            as a whole number prints, such as 7 or -12; one 007 makes strings of all. A cell that is empty, NA, N/A,
            NaN, none, null or ? has no value.
        class_column : int or str, default=0
            Position or name of the column of class names. All others are attributes.
        sep : str or None, default=None
            The character between fields. None takes the comma, or else the semicolon or tab, whichever divides all
            lines into the same number of fields.
        decimal : {".", ","}, default="."
            The character before decimals.
        header : bool or None, default=None
            Whether the first line names the columns. Without a header they are called ``a0, a1, …``. None wants a
            header, and refuses a first line with nothing but values beside the class, which would lose that class; it
            takes columns that are numbered from 0 beside an empty cell, or one such as "class", as pandas writes them.

        Returns
        -------
        Semantics
            The table, in the file's order.

        Raises
        ------
        SemanticsError
            If the file isn't such a table, its first line looks like values and not like a header, or as in
            `from_frame`.
        """
        frame = read_csv(path, class_column, sep, header, decimal)
        try:
            return cls(**frame_parts(frame, missing, missing_value))
        except SemanticsError as error:
            raise SemanticsError(f"{os.fspath(path)}: {error}") from error

    @classmethod
    @documented_like(from_frame)
    def from_mapping(
        cls,
        mapping: Mapping[Any, Any],
        *,
        attributes: Sequence[str] | None = None,
        missing: Missing = "error",
        missing_value: float | None = None,
    ) -> Self:
        """Make a table from a dict of class → vector or class → attributes.

        Parameters
        ----------
        mapping : dict
            Maps each class to a vector of A numbers, or to a dict or pandas Series of attribute → number. NaN and, in
            dicts, None and absent attributes have no value.
        attributes : sequence of str or None, default=None
            Names and order of the attributes. None gives ``a0, a1, …`` for vectors, and for dicts every attribute
            named, in order of first mention.

        Returns
        -------
        Semantics
            The table, in the dict's order.

        Raises
        ------
        SemanticsError
            If vectors differ in length, forms are mixed, an attribute isn't among `attributes`, or as in `from_frame`.
        """
        return cls(**frame_parts(mapping_frame(mapping, attributes), missing, missing_value))

    @classmethod
    def from_texts(
        cls,
        texts: Mapping[Any, str | Sequence[str]],
        *,
        encoder: str | os.PathLike[str] | SentenceEncoder = DEFAULT_TEXT_ENCODER,
        batch_size: int = 32,
    ) -> Self:
        """Make a table by encoding sentences about each class.

        Each sentence is encoded separately and scaled to Euclidean length 1; the row of a class is the mean over its
        sentences, scaled to length 1 again.

        Parameters
        ----------
        texts : dict
            Maps each class to a sentence or a list of sentences.
        encoder : str, path or object, default="sentence-transformers/all-MiniLM-L6-v2"
            Model name, local folder, or object with ``encode``: see `zsl.encoders.encode_texts`.
        batch_size : int, default=32
            Sentences encoded at a time by a named model.

        Returns
        -------
        Semantics
            The table, with the sentences in `texts` and attributes named ``t0, t1, …``.

        Raises
        ------
        SemanticsError
            If a class has no sentence or an empty one.
        InvalidInputError
            If the encoder cannot be loaded or doesn't return numbers.
        """
        return cls(**_text_parts(texts, encoder, batch_size))

    @classmethod
    def _from_any(
        cls, value: Any, encoder: str | os.PathLike[str] | SentenceEncoder | None = None, name: str = "semantics"
    ) -> Self:
        """A table from whatever form a user passes, other than a table."""
        if isinstance(value, pd.DataFrame):
            return cls.from_frame(value)
        if not isinstance(value, Mapping):
            raise SemanticsError(
                f"{name} is of type {type(value).__name__}; wanted a Semantics, a DataFrame of class × attribute, "
                "or a dict from class to vector, sentence or list of sentences."
            )
        if any(_is_text(row) for row in value.values()):
            return cls.from_texts(value, encoder=DEFAULT_TEXT_ENCODER if encoder is None else encoder)
        return cls.from_mapping(value)


def _text_parts(
    texts: Mapping[Any, Any], encoder: str | os.PathLike[str] | SentenceEncoder, batch_size: int
) -> dict[str, Any]:
    """Scale each encoded sentence, and then each class's mean of several sentences, to length 1."""
    if not isinstance(texts, Mapping):
        raise SemanticsError(
            f"texts is of type {type(texts).__name__}; wanted a dict of class → sentence or sentences."
        )
    if not texts:
        raise SemanticsError("texts is empty; wanted at least one class.")
    classes = label_array(list(texts), "classes (the keys of texts)")
    groups = [_sentences(label, value) for label, value in texts.items()]
    encoded = encode_texts([sentence for group in groups for sentence in group], encoder, batch_size=batch_size)
    lengths = np.linalg.norm(encoded, axis=1, keepdims=True)
    owners = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
    if not lengths.all():
        owner = owners[int(np.argmin(lengths))]
        raise SemanticsError(f"texts of class {classes[owner].item()!r} are encoded as a vector of zeros.")
    bounds = np.searchsorted(owners, np.arange(len(groups)))
    sums = np.add.reduceat(encoded / lengths, bounds)
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    if not lengths.all():
        owner = int(np.argmin(lengths))
        raise SemanticsError(f"texts of class {classes[owner].item()!r} cancel each other: their mean is zero.")
    several = np.array([[len(group) > 1] for group in groups])
    return {"vectors": np.where(several, sums / lengths, sums), "classes": classes, "texts": groups}


def _is_text(value: Any) -> bool:
    """Whether a value is a sentence or a non-empty list of sentences."""
    if isinstance(value, (list, tuple)):
        return bool(value) and all(isinstance(sentence, str) for sentence in value)
    return isinstance(value, str)


def _sentences(label: Any, value: Any) -> tuple[str, ...]:
    """The sentences of one class, none of them empty."""
    if not _is_text(value):
        raise SemanticsError(f"texts gives class {label!r} {value!r}; wanted a sentence or a list of sentences.")
    sentences = (value,) if isinstance(value, str) else tuple(value)
    if not all(sentence.strip() for sentence in sentences):
        raise SemanticsError(f"texts gives class {label!r} an empty sentence; wanted words.")
    return sentences
