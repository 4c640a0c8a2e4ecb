"""How a draft is made, and what is made of it: names, tables, CSV files."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import pandas as pd

from zsl.exceptions import SemanticsError
from zsl.semantics._frames import Missing
from zsl.semantics.authoring import _files
from zsl.semantics.authoring._cells import Cells
from zsl.semantics.authoring._findings import as_table
from zsl.semantics.table import Semantics, as_semantics


class Conversions(Cells):
    """Constructors of `zsl.semantics.AttributeDraft`, and the forms that it is turned into."""

    @classmethod
    def empty(cls, classes: Any, attributes: Sequence[str]) -> Self:
        """Start from names alone.

        Parameters
        ----------
        classes : array-like of shape (C,)
            Class labels.
        attributes : sequence of str
            What may be asked about each class: candidates, from which `question` chooses.

        Returns
        -------
        AttributeDraft
            A draft whose cells are all open.

        Raises
        ------
        SemanticsError
            If a name is empty or occurs twice, or there is none.
        """
        shape = tuple(len(part) if hasattr(part, "__len__") else 0 for part in (classes, attributes))
        return cls(np.full(shape, np.nan), classes=classes, attributes=attributes)

    @classmethod
    def from_semantics(cls, table: Any) -> Self:
        """Go on with a class table.

        Parameters
        ----------
        table : Semantics, DataFrame or dict
            The table, without missing values. Cells marked in its `imputed` become "imputed", all others "typed".

        Returns
        -------
        AttributeDraft
            A draft without open cells; see `extend`.

        Raises
        ------
        SemanticsError
            If the table cannot be used.
        """
        found = as_semantics(table)
        imputed = np.zeros(found.vectors.shape, dtype=np.bool_) if found.imputed is None else found.imputed
        return cls(
            found.vectors,
            classes=found.classes,
            attributes=found.attributes,
            sources=np.where(imputed, "imputed", "typed"),
        )

    @classmethod
    def from_csv(
        cls,
        path: str | os.PathLike[str],
        *,
        class_column: int | str = 0,
        sep: str | None = None,
        decimal: str = ".",
    ) -> Self:
        """Read a draft that `to_csv` wrote, or any class table as CSV with a header, in which cells may be empty.

        A table may be edited by hand, in a spreadsheet for example, columns and rows added, left out or moved: values
        other than those that were filled in count as typed.

        Parameters
        ----------
        path : str or path
            The file, in UTF-8, as in `Semantics.from_csv`. Sources of its values are read from the file beside it
            which ends in ``.sources.csv``; without it all values count as typed.
        class_column : int or str, default=0
            Position or name of the column of class names.
        sep : str or None, default=None
            The character between fields; None notices it.
        decimal : {".", ","}, default="."
            The character before decimals.

        Returns
        -------
        AttributeDraft
            The draft, without a history for `undo`.

        Raises
        ------
        SemanticsError
            If a file isn't such a table, or holds what is no number, or no source.
        """
        content = _files.read(path, class_column, sep, decimal)
        try:
            return cls(**content)
        except SemanticsError as error:
            raise SemanticsError(f"{os.fspath(path)}: {error}") from error

    def to_csv(self, path: str | os.PathLike[str], *, sep: str = ",", decimal: str = ".") -> None:
        """Write the table with its empty cells, and beside it the source of each value.

        ``draft.csv`` is read by `from_csv`, by `Semantics.from_csv(path, missing="mean")`, and by spreadsheets.
        ``draft.sources.csv`` has the same rows and columns with "typed", "asked", or "sentence 0.73 ± 0.21": the value
        that was filled in, with its standard error. Each file is written whole or not at all. Names are written as they
        are; blanks around them aren't read back, and names that are all whole numbers are read as such.

        Parameters
        ----------
        path : str or path
            The file of the table; a draft that stands there is replaced.
        sep : str, default=","
            The character between fields.
        decimal : {".", ","}, default="."
            The character before decimals in the table.

        Raises
        ------
        SemanticsError
            If `sep` is no single character, or that before decimals.
        """
        _files.write(self, path, sep, decimal)

    def to_frame(self) -> pd.DataFrame:
        """Copy the values into a data frame.

        Returns
        -------
        DataFrame of shape (C, A)
            Classes as index, attributes as columns, NaN for open cells.
        """
        columns = pd.Index(self.attributes, name="attribute", dtype=object)
        return pd.DataFrame(self.values.copy(), index=pd.Index(self.classes, name="class"), columns=columns)

    def to_semantics(self, *, missing: Missing = "error") -> Semantics:
        """Turn the draft into a class table; attributes without any value are left out.

        Parameters
        ----------
        missing : {"error", "mean", "zero"}, default="error"
            What to do with open cells: refuse them, fill in the attribute's mean over the classes that have it, or 0.

        Returns
        -------
        Semantics
            The table, in which all cells that no person gave are marked in `imputed`.

        Raises
        ------
        SemanticsError
            If a cell of an attribute with values is open (and `missing` is "error"), or all cells are.
        """
        return as_table(self, missing, ~self.given)
