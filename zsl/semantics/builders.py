"""Ways to make a class table: from a frame, a CSV file, a mapping or texts."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, Self

import pandas as pd

from zsl._docs import documented_like
from zsl.encoders import DEFAULT_TEXT_ENCODER, SentenceEncoder
from zsl.exceptions import SemanticsError
from zsl.semantics._csv import read_csv
from zsl.semantics._frames import Missing, frame_parts, mapping_frame
from zsl.semantics._rows import LabelledRows
from zsl.semantics._texts import are_names, by_class, is_text, text_parts


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
        texts: Mapping[Any, str | Sequence[str]] | Sequence[str],
        *,
        encoder: str | os.PathLike[str] | SentenceEncoder = DEFAULT_TEXT_ENCODER,
        batch_size: int = 32,
    ) -> Self:
        """Make a table by encoding sentences about each class, or its name.

        Each sentence is encoded separately and scaled to Euclidean length 1; the row of a class is the mean over its
        sentences, scaled to length 1 again.

        Parameters
        ----------
        texts : dict, or sequence of str
            Maps each class to a sentence or a list of sentences. Of a list, array or Series of names each is encoded
            itself, with spaces in place of underscores; a Series whose index holds strings maps these to sentences.
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
            If a class has no sentence or an empty one, or a name in a list is empty or occurs twice.
        InvalidInputError
            If the encoder cannot be loaded or doesn't return numbers.
        """
        return cls(**text_parts(texts, encoder, batch_size))

    @classmethod
    def _from_any(
        cls, value: Any, encoder: str | os.PathLike[str] | SentenceEncoder | None = None, name: str = "semantics"
    ) -> Self:
        """A table from whatever form a user passes, other than a table."""
        if isinstance(value, pd.DataFrame):
            return cls.from_frame(value)
        if are_names(value) or isinstance(value, pd.Series):
            value = by_class(value, name)
        if isinstance(value, (str, os.PathLike)):
            path = os.fspath(value)
            raise SemanticsError(
                f"{name} is the text {path!r}; wanted a class table, such as Semantics.from_csv({path!r})."
            )
        if not isinstance(value, Mapping):
            raise SemanticsError(
                f"{name} is of type {type(value).__name__}; wanted a Semantics, a DataFrame of class × attribute, "
                "a dict from class to vector, sentence or list of sentences, or a list of class names."
            )
        if any(is_text(row) for row in value.values()):
            return cls.from_texts(value, encoder=DEFAULT_TEXT_ENCODER if encoder is None else encoder)
        return cls.from_mapping(value)
