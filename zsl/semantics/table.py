"""The class table, and the forms in which it may be passed."""

from __future__ import annotations

import os
from typing import Any, Self, final

import numpy as np
import pandas as pd

from zsl._suggestions import did_you_mean
from zsl._typing import FloatArray, LabelArray
from zsl.encoders import SentenceEncoder
from zsl.exceptions import SemanticsError
from zsl.persistence.codec import register
from zsl.semantics._html import shown_in_html
from zsl.semantics._labels import count, label_array, listing
from zsl.semantics._precision import precision_of
from zsl.semantics.audit import Audit, run_audit, same_rows, zero_rows
from zsl.semantics.composing import Composing


@final
class Semantics(Composing):
    """Class table: an immutable matrix of class × attribute that describes each class in numbers.

    Parameters
    ----------
    vectors : array-like of shape (C, A)
        One row per class, finite numbers. Any scale will do; `audit` measures angles and lengths on the scale given.
    classes : array-like of shape (C,)
        Class labels, all strings or all whole numbers, each once. Whole real numbers such as 2.0 become integers.
    attributes : sequence of str of length A or None, default=None
        Names of the columns, each once. None gives ``a0, a1, …``, or ``t0, t1, …`` where `texts` are given.
    texts : sequence of length C or None, default=None
        The sentence or sentences that each row was encoded from; an empty one for a class that has none.
    imputed : array-like of bool of shape (C, A) or None, default=None
        Cells that were filled in and not observed.
    blocks : sequence of int or None, default=None
        Widths of blocks of columns of different kinds, each of which estimators scale separately: see `beside`. None
        means that all columns are one block.
    precision : {"double", "single", "half"}, default="double"
        What the numbers are kept in, in estimators and saved models, too: float64, float32 or float16. "half" takes a
        quarter of the memory and keeps three digits of numbers from 6e-5 to 65504. Estimators compute in double
        precision with the rounded numbers; what they remember of more than 2048 classes they keep in half precision
        then. Classes that are added to a fitted estimator are rounded as its own table is.

    Attributes
    ----------
    vectors : ndarray of shape (C, A), float64, float32 or float16
        The table, read-only.
    classes : ndarray of shape (C,)
        Labels in the table's order, unicode or int64 (uint64 for integers from 2⁶³), read-only.
    attributes : tuple of str
        Names of the columns.
    texts : tuple of tuples of str, or None
        Sentences of each class, None if no class has any.
    imputed : ndarray of bool of shape (C, A), or None
        Filled-in cells, read-only; None if there are none.
    blocks : tuple of int
        Widths of the blocks of columns.

    Raises
    ------
    SemanticsError
        If shapes don't fit each other, the table is empty, a name occurs twice, or a value is missing, not finite or
        beyond the range of the precision.

    See Also
    --------
    as_semantics : Turns a DataFrame or a dict into a class table.
    SemanticAlignment : Predicts the columns of one table from those of another.

    Examples
    --------
    >>> from zsl.semantics import Semantics
    >>> table = Semantics([[1, 0], [0, 1]], classes=["zebra", "horse"], attributes=["striped", "ridden"])
    >>> table
    Semantics(2 classes × 2 attributes)
    >>> table.rows(["horse", "zebra", "horse"])
    array([[0., 1.],
           [1., 0.],
           [0., 1.]])
    """

    def rows(self, labels: Any) -> FloatArray:
        """Look up the row of each label.

        Parameters
        ----------
        labels : array-like of shape (n,)
            Class labels, in any order and number.

        Returns
        -------
        ndarray of shape (n, A)
            A new array in double precision.

        Raises
        ------
        SemanticsError
            If a label has no row.
        """
        return self.vectors[self._find(labels)].astype(np.float64, copy=False)

    def select(self, labels: Any) -> Self:
        """Keep only some classes.

        Parameters
        ----------
        labels : array-like of shape (n,)
            The classes to keep, each once, in the order wanted.

        Returns
        -------
        Semantics
            The smaller table.

        Raises
        ------
        SemanticsError
            If a label has no row or occurs twice, or none is given.
        """
        return self._take(self._find(labels))

    def drop(self, labels: Any) -> Self:
        """Leave out some classes.

        Parameters
        ----------
        labels : array-like of shape (n,)
            The classes to leave out.

        Returns
        -------
        Semantics
            The smaller table, in the same order.

        Raises
        ------
        SemanticsError
            If a label has no row, or no class is left.
        """
        gone = set(self._find(list(labels) if isinstance(labels, (set, frozenset)) else labels))
        return self._take([row for row in range(len(self)) if row not in gone])

    def to_frame(self) -> pd.DataFrame:
        """Copy the table into a data frame.

        Returns
        -------
        DataFrame
            Classes as index, attributes as columns, in double precision; `from_frame` reads it back.
        """
        columns = pd.Index(self.attributes, name="attribute")
        return pd.DataFrame(
            self.vectors.astype(np.float64), index=pd.Index(self.classes, name="class"), columns=columns
        )

    def audit(self, seen: Any = None, *, max_cosine: float = 0.999, max_residual: float = 0.9) -> Audit:
        """Look for properties of the table that harm transfer between classes.

        The kinds of findings:

        - "duplicate-classes": classes with the same row.
        - "near-collinear-classes": classes whose rows, with the mean row subtracted, have a cosine above `max_cosine`.
        - "zero-classes": classes whose row is all zeros.
        - "constant-attributes": columns with one value for all classes.
        - "imputed-attributes": columns with cells that were filled in.

        and where `seen` is given:

        - "missing-classes": labels of `seen` without a row.
        - "constant-among-seen": columns with a single value over the seen classes and others elsewhere; nothing can
          be learnt from that.
        - "outside-span": unseen classes far from what the seen ones span. With m the mean of the seen rows and P the
          orthogonal projection on the span of the seen rows minus m, the relative residual of a row s is
          ‖(s − m) − P(s − m)‖ / ‖s − m‖, from 0 (the seen classes determine a map linear in the row) to 1 (they leave
          it open). Where the seen rows span the whole space it is 0 for every class.

        Parameters
        ----------
        seen : array-like of labels or None, default=None
            Labels of the training data, each once or more. The label -1 means "unlabelled" and is ignored unless it is
            a class of the table.
        max_cosine : float, default=0.999
            Largest cosine between two classes that isn't reported.
        max_residual : float, default=0.9
            Largest relative residual that isn't reported.

        Returns
        -------
        Audit
            The findings; false if there are none.

        Raises
        ------
        SemanticsError
            If `seen` isn't a list of labels, or a threshold lies outside 0 to 1.
        """
        return run_audit(self.in_precision("double"), seen, max_cosine, max_residual)

    def indistinct(self) -> Audit:
        """Look only for classes with the same row and for rows of zeros: a small part of `audit`.

        Returns
        -------
        Audit
            The findings "duplicate-classes" and "zero-classes"; false if there are none.
        """
        return Audit((*same_rows(self), *zero_rows(self)))

    def _find(self, labels: Any) -> list[int]:
        """The row number of each label."""
        values = label_array(labels, "labels").tolist()
        if unknown := list(dict.fromkeys(label for label in values if label not in self._positions)):
            raise SemanticsError(
                f"labels holds {listing(unknown)}, which the class table has no row for; "
                f"its {count(len(self), 'class', 'classes')}: {listing(self.classes.tolist())}."
                + did_you_mean(unknown, self._positions)
            )
        return [self._positions[label] for label in values]

    def _take(self, positions: list[int]) -> Self:
        """The table of some rows."""
        return type(self)(
            self.vectors[positions],
            classes=self.classes[positions],
            attributes=self.attributes,
            texts=None if self.texts is None else [self.texts[row] for row in positions],
            imputed=None if self.imputed is None else self.imputed[positions],
            blocks=self.blocks,
            precision=self.precision,
        )

    def __contains__(self, label: object) -> bool:
        return isinstance(label, (str, int, float, np.number)) and type(label) is not bool and label in self._positions

    def _repr_html_(self) -> str:
        return shown_in_html(self, self.audit)

    def __repr__(self) -> str:
        rows, columns = self.vectors.shape
        return f"Semantics({count(rows, 'class', 'classes')} × {count(columns, 'attribute')})"


def as_semantics(value: Any, *, text_encoder: str | os.PathLike[str] | SentenceEncoder | None = None) -> Semantics:
    """Return the class table that `value` describes.

    Parameters
    ----------
    value : Semantics, DataFrame, dict, or list of str
        A `Semantics` is returned as it is. A frame has classes as index and attributes as columns. A dict maps each
        class to a vector, a dict of attribute → value, a sentence, or a list of sentences. A list of names is read by
        `Semantics.from_texts`.
    text_encoder : str, path, object or None, default=None
        Encoder of sentences and names: see `zsl.encoders.encode_texts`. None means the default model. Of no use for
        numbers.

    Returns
    -------
    Semantics
        The table.

    Raises
    ------
    SemanticsError
        If `value` is of another type, or the table cannot be used as given.
    InvalidInputError
        If the sentences cannot be encoded.
    """
    return value if isinstance(value, Semantics) else Semantics._from_any(value, text_encoder)


_STORED = ("vectors", "attributes", "texts", "imputed", "blocks")
register(
    Semantics,
    lambda table: {name: getattr(table, name) for name in _STORED} | {"labels": table.classes},
    lambda labels, vectors, **parts: Semantics(vectors, classes=labels, precision=precision_of(vectors.dtype), **parts),
    labels=LabelArray,
)
