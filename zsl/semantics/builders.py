"""The ways to make a class table: from a frame, a CSV file, a mapping or texts."""

import os
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, Self

import pandas as pd

from zsl.encoders import DEFAULT_TEXT_ENCODER, SentenceEncoder
from zsl.semantics._csv import read_csv
from zsl.semantics._frames import Missing, frame_parts
from zsl.semantics._mappings import mapping_frame
from zsl.semantics._parts import Parts
from zsl.semantics._texts import text_parts


class Builders(ABC):
    """Alternative constructors of `zsl.semantics.Semantics`."""

    @classmethod
    @abstractmethod
    def _from_parts(cls, parts: Parts) -> Self: ...

    @classmethod
    def from_frame(cls, frame: pd.DataFrame, *, missing: Missing = "error", missing_value: float | None = None) -> Self:
        """Take the table from a data frame.

        Parameters
        ----------
        frame : DataFrame
            Classes as index, attributes as columns, numbers or bools inside. Columns that are simply numbered from 0
            count as not named.
        missing : {"error", "mean", "zero"}, default="error"
            What to do with a cell without a value: refuse it, fill in the attribute's mean over the classes that have
            it, or fill in 0. Filled cells are remembered in `imputed`.
        missing_value : float or None, default=None
            A number that stands for "no value", beside NaN.

        Returns
        -------
        Semantics
            The table, in the frame's order.

        Raises
        ------
        SemanticsError
            If a column isn't numeric, a cell is missing (and `missing` is "error"), or a name occurs twice.
        """
        return cls._from_parts(frame_parts(frame, missing, missing_value))

    @classmethod
    def from_csv(
        cls,
        path: str | os.PathLike[str],
        *,
        class_column: int | str = 0,
        sep: str = ",",
        missing: Missing = "error",
        missing_value: float | None = None,
    ) -> Self:
        """Read the table from a CSV file in UTF-8 with a header.

        Parameters
        ----------
        path : str or path
            The file. Spaces around names and cells are dropped. Class names that are all whole numbers become integers.
        class_column : int or str, default=0
            Position or name of the column of class names. All others are attributes.
        sep : str, default=","
            The character between fields.
        missing : {"error", "mean", "zero"}, default="error"
            What to do with a cell without a value (empty, NA, N/A, NaN, none, null or ?): see `from_frame`.
        missing_value : float or None, default=None
            A number that stands for "no value".

        Returns
        -------
        Semantics
            The table, in the file's order.

        Raises
        ------
        SemanticsError
            If the file isn't such a table, or as in `from_frame`.
        """
        return cls._from_parts(frame_parts(read_csv(path, class_column, sep), missing, missing_value))

    @classmethod
    def from_mapping(
        cls,
        mapping: Mapping[Any, Any],
        *,
        attributes: Sequence[str] | None = None,
        missing: Missing = "error",
        missing_value: float | None = None,
    ) -> Self:
        """Take the table from a dict of class → vector or class → attributes.

        Parameters
        ----------
        mapping : dict
            From class to a vector of A numbers, or from class to a dict or pandas Series of attribute → number.
        attributes : sequence of str or None, default=None
            Names and order of the attributes. None gives ``a0, a1, …`` for vectors, and for dicts every attribute
            named, in order of first mention.
        missing : {"error", "mean", "zero"}, default="error"
            What to do with a value that is NaN or, in a dict, None or not named: see `from_frame`.
        missing_value : float or None, default=None
            A number that stands for "no value".

        Returns
        -------
        Semantics
            The table, in the dict's order.

        Raises
        ------
        SemanticsError
            If vectors differ in length, forms are mixed, an attribute isn't among `attributes`, or as in `from_frame`.
        """
        return cls._from_parts(frame_parts(mapping_frame(mapping, attributes), missing, missing_value))

    @classmethod
    def from_texts(
        cls,
        texts: Mapping[Any, str | Sequence[str]],
        *,
        encoder: str | os.PathLike[str] | SentenceEncoder = DEFAULT_TEXT_ENCODER,
        batch_size: int = 32,
    ) -> Self:
        """Encode sentences about each class.

        Each sentence is encoded alone and brought to Euclidean length 1; a class's row is the mean over its sentences,
        brought to length 1 again.

        Parameters
        ----------
        texts : dict
            From class to a sentence or a list of sentences.
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
        return cls._from_parts(text_parts(texts, encoder, batch_size))
