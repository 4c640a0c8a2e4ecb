"""Class tables put together: one under the other, or side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zsl._labels import are_strings, joined
from zsl._suggestions import did_you_mean
from zsl._typing import FloatArray
from zsl.exceptions import SemanticsError
from zsl.semantics._labels import count, listing
from zsl.semantics._precision import finer
from zsl.semantics._rows import LabelledRows
from zsl.semantics.builders import Builders


class Combining(Builders):
    """The methods of `zsl.semantics.Semantics` that take another table."""

    def join(self, other: Self | pd.DataFrame | Mapping[Any, Any]) -> Self:
        """Append the classes of another table.

        Columns are matched by name, or by position where a table has generated names only (``a0, a1, …`` or
        ``t0, t1, …``).

        Parameters
        ----------
        other : Semantics, DataFrame or dict
            A table of other classes with the same attributes, in any order.

        Returns
        -------
        Semantics
            Both tables, this one first and with this one's attribute names, in the finer precision of the two.

        Raises
        ------
        SemanticsError
            If a class is in both tables, the kinds of labels differ, or the attributes don't match.
        """
        other = self._as_table(other)
        if are_strings(self.classes) != are_strings(other.classes):
            raise SemanticsError(
                f"other has labels such as {other.classes[0].item()!r} and this table such as "
                f"{self.classes[0].item()!r}; wanted one kind of label."
            )
        if overlap := [label for label in other._positions if label in self._positions]:
            raise SemanticsError(f"other holds {listing(overlap)}, which this table has a row for already.")
        order = self._column_order(other)
        return type(self)(
            np.concatenate([self.vectors, other.vectors[:, order]]),
            classes=joined(self.classes, other.classes, "other"),
            attributes=self.attributes,
            texts=_sentences(self) + _sentences(other),
            imputed=np.concatenate([_mask(self), _mask(other)[:, order]]),
            blocks=self.blocks,
            precision=finer(self.vectors, other.vectors),
        )

    def beside(self, other: Self | pd.DataFrame | Mapping[Any, Any]) -> Self:
        """Put the columns of another table beside those of this one, as separate blocks.

        Estimators then scale each block separately, by the seen classes: sentences and attributes carry the same
        weight, whatever their widths and units.

        Parameters
        ----------
        other : Semantics, DataFrame or dict
            A table with one row per class of this one. Columns whose names occur in both are renamed to
            ``"name (2)"``, and so on.

        Returns
        -------
        Semantics
            The classes of this table, in its order, with the columns and sentences of both, in the finer precision.

        Raises
        ------
        SemanticsError
            If `other` has no row for a class of this table.

        Examples
        --------
        >>> from zsl.semantics import Semantics
        >>> table = Semantics([[1, 0], [0, 1]], classes=["zebra", "horse"], attributes=["striped", "ridden"])
        >>> both = table.beside(Semantics([[300], [500]], classes=["zebra", "horse"], attributes=["weight"]))
        >>> both.attributes, both.blocks
        (('striped', 'ridden', 'weight'), (2, 1))
        """
        other = self._as_table(other)
        if missing := [label for label in self._positions if label not in other._positions]:
            raise SemanticsError(
                f"other has no row for {listing(missing)}; wanted one for each class of this table."
                + did_you_mean(missing, other._positions)
            )
        rows = [other._positions[label] for label in self._positions]
        names = list(self.attributes)
        for name in other.attributes:
            number, free = 2, name
            while free in names:
                number, free = number + 1, f"{name} ({number})"
            names.append(free)
        theirs = _sentences(other)
        return type(self)(
            np.concatenate([self.vectors, other.vectors[rows]], axis=1),
            classes=self.classes,
            attributes=names,
            texts=[sentences + theirs[row] for sentences, row in zip(_sentences(self), rows, strict=True)],
            imputed=np.concatenate([_mask(self), _mask(other)[rows]], axis=1),
            blocks=self.blocks + other.blocks,
            precision=finer(self.vectors, other.vectors),
        )

    def align(self, other: Self | pd.DataFrame | Mapping[Any, Any]) -> FloatArray:
        """Bring the columns of another table into this table's order.

        Columns are matched as in `join`, but the other table may hold the same classes.

        Parameters
        ----------
        other : Semantics, DataFrame or dict
            A table with the same attributes, in any order.

        Returns
        -------
        ndarray of shape (len(other), A)
            The rows of the other table, a new array of its precision.

        Raises
        ------
        SemanticsError
            If the attributes don't match.
        """
        other = self._as_table(other)
        aligned: FloatArray = other.vectors[:, self._column_order(other)]
        return aligned

    def _as_table(self, other: Any) -> Self:
        return other if isinstance(other, type(self)) else self._from_any(other, name="other")

    def _column_order(self, other: Self) -> list[int]:
        """Which column of the other table belongs to each of this one."""
        mine, theirs = self.attributes, other.attributes
        if set(mine) == set(theirs):
            return [theirs.index(name) for name in mine]
        if not self._is_named or not other._is_named:
            if len(mine) == len(theirs):
                return list(range(len(mine)))
            raise SemanticsError(f"other has {count(len(theirs), 'attribute')}; wanted the {len(mine)} of this table.")
        lacking = [name for name in mine if name not in theirs]
        further = [name for name in theirs if name not in mine]
        found = " and ".join(
            [f"lacks {listing(lacking)}"] * bool(lacking) + [f"has {listing(further)}, unknown here"] * bool(further)
        )
        raise SemanticsError(
            f"other {found}; wanted the {count(len(mine), 'attribute')} of this table." + did_you_mean(further, lacking)
        )


def _sentences(table: LabelledRows) -> tuple[tuple[str, ...], ...]:
    """The sentences of each class, none where there are none."""
    return table.texts or ((),) * len(table)


def _mask(table: LabelledRows) -> NDArray[np.bool_]:
    """The filled-in cells, all False where there are none."""
    return np.zeros(table.vectors.shape, dtype=np.bool_) if table.imputed is None else table.imputed
