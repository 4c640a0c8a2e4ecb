"""The class table: one row of numbers for each class, checked when made and never changed."""

from collections.abc import Sequence
from functools import partial
from typing import Any, NoReturn, final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from zsl._typing import FloatArray, LabelArray
from zsl.exceptions import SemanticsError
from zsl.persistence.codec import register
from zsl.semantics._audit import run_audit
from zsl.semantics._checks import as_blocks, as_mask, as_matrix, as_names, as_sentences, refuse_missing
from zsl.semantics._join import beside_parts, column_order, join_parts
from zsl.semantics._labels import count, label_array, listing, repeated
from zsl.semantics._parts import Parts
from zsl.semantics.builders import Builders
from zsl.semantics.findings import Audit


@final
class Semantics(Builders):
    """What is said of each class, as numbers: an immutable table of class × attribute.

    Parameters
    ----------
    vectors : array-like of shape (C, A)
        One row a class, finite numbers, kept as float64. Any scale will do; `audit` measures angles and lengths on the
        scale given.
    classes : array-like of shape (C,)
        Class labels, all strings or all integers, each once.
    attributes : sequence of str of length A or None, default=None
        Names of the columns, each once. None gives ``a0, a1, …``, or ``t0, t1, …`` where `texts` are given.
    texts : sequence of length C or None, default=None
        The sentence or sentences that each row was encoded from; an empty one for a class that has none.
    imputed : array-like of bool of shape (C, A) or None, default=None
        Cells that were filled in and not observed.
    blocks : sequence of int or None, default=None
        Widths of blocks of columns of different kinds, that estimators scale each for itself: see `beside`. None takes
        all columns for one block.

    Attributes
    ----------
    vectors : ndarray of shape (C, A), float64
        The table, read-only.
    classes : ndarray of shape (C,)
        Labels in the table's order, unicode or int64, read-only.
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
        If shapes don't fit each other, the table is empty, a name occurs twice, or a value is missing or not finite.

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

    vectors: FloatArray
    classes: LabelArray
    attributes: tuple[str, ...]
    texts: tuple[tuple[str, ...], ...] | None
    imputed: NDArray[np.bool_] | None
    blocks: tuple[int, ...]
    _positions: dict[Any, int]

    def __init__(
        self,
        vectors: ArrayLike,
        *,
        classes: Any,
        attributes: Sequence[str] | None = None,
        texts: Sequence[str | Sequence[str]] | None = None,
        imputed: ArrayLike | None = None,
        blocks: Sequence[int] | None = None,
    ) -> None:
        matrix = as_matrix(vectors)
        labels = label_array(classes, "classes")
        sentences = as_sentences(texts, len(matrix))
        names = as_names(attributes, matrix.shape[1], "a" if texts is None else "t")
        mask = as_mask(imputed, matrix.shape)
        if len(labels) != len(matrix):
            raise SemanticsError(
                f"classes has {count(len(labels), 'label')} for {count(len(matrix), 'row')} of vectors."
            )
        for kind, values in (("classes", labels.tolist()), ("attributes", names)):
            if twice := repeated(values):
                raise SemanticsError(f"{kind} holds {listing(twice)} more than once; wanted each name once.")
        refuse_missing(matrix, labels, names)
        for array in (matrix, labels, mask):
            if array is not None:
                array.setflags(write=False)
        self.__dict__.update(
            vectors=matrix,
            classes=labels,
            attributes=names,
            texts=sentences,
            imputed=mask,
            blocks=as_blocks(blocks, matrix.shape[1]),
            _positions={label: row for row, label in enumerate(labels.tolist())},
        )

    @classmethod
    def _from_parts(cls, parts: Parts) -> "Semantics":
        return cls(**parts)

    def rows(self, labels: Any) -> FloatArray:
        """Look up the row of each label.

        Parameters
        ----------
        labels : array-like of shape (n,)
            Class labels, in any order and number.

        Returns
        -------
        ndarray of shape (n, A)
            A new array.

        Raises
        ------
        SemanticsError
            If a label has no row.
        """
        found: FloatArray = self.vectors[self._find(labels)]
        return found

    def select(self, labels: Any) -> "Semantics":
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

    def drop(self, labels: Any) -> "Semantics":
        """Leave out some classes.

        Parameters
        ----------
        labels : array-like of shape (n,)
            The classes to leave out.

        Returns
        -------
        Semantics
            The smaller table, in the old order.

        Raises
        ------
        SemanticsError
            If a label has no row, or no class is left.
        """
        gone = set(self._find(labels))
        return self._take([row for row in range(len(self)) if row not in gone])

    def join(self, other: "Semantics") -> "Semantics":
        """Append the classes of another table.

        Columns are matched by name. Where a table's names were only generated (``a0, a1, …`` or ``t0, t1, …``) they say
        nothing, and columns are matched by position.

        Parameters
        ----------
        other : Semantics
            A table of other classes with the same attributes, in any order.

        Returns
        -------
        Semantics
            Both tables, this one first and with this one's attribute names.

        Raises
        ------
        SemanticsError
            If a class is in both tables, the kinds of labels differ, or the attributes don't match.
        """
        return self._from_parts(join_parts(self, other))

    def beside(self, other: "Semantics") -> "Semantics":
        """Put the columns of another table beside these, as blocks of their own.

        Estimators then scale each block for itself, by what the seen classes show: whatever their widths and units,
        sentences and attributes count the same.

        Parameters
        ----------
        other : Semantics
            A table with a row for each class of this one. Columns whose names this one has, too, are renamed:
            ``"name (2)"``, and so on.

        Returns
        -------
        Semantics
            The classes of this table, in its order, with the columns and sentences of both.

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
        return self._from_parts(beside_parts(self, other))

    def align(self, other: "Semantics") -> FloatArray:
        """Return the rows of another table with its columns in this table's order.

        Columns are matched as in `join`, but the other table may hold the same classes.

        Parameters
        ----------
        other : Semantics
            A table with the same attributes, in any order.

        Returns
        -------
        ndarray of shape (len(other), A)
            A new array.

        Raises
        ------
        SemanticsError
            If the attributes don't match.
        """
        aligned: FloatArray = other.vectors[:, column_order(self.attributes, other.attributes)]
        return aligned

    def to_frame(self) -> pd.DataFrame:
        """Copy the table into a data frame.

        Returns
        -------
        DataFrame
            Classes as index, attributes as columns; `from_frame` reads it back.
        """
        columns = pd.Index(self.attributes, name="attribute")
        return pd.DataFrame(self.vectors.copy(), index=pd.Index(self.classes, name="class"), columns=columns)

    def audit(self, seen: Any = None, *, max_cosine: float = 0.999, max_residual: float = 0.9) -> Audit:
        """Look for what harms transfer between classes without making the table unusable.

        The kinds of findings:

        - "duplicate-classes": classes with the same row.
        - "near-collinear-classes": classes whose rows, after the mean row is taken off, have a cosine above
          `max_cosine`.
        - "zero-classes": classes whose row is all zeros.
        - "constant-attributes": columns with one value for all classes.
        - "imputed-attributes": columns with cells that were filled in.

        and where `seen` is given:

        - "missing-classes": labels of `seen` without a row.
        - "constant-among-seen": columns with one value over the seen classes and others elsewhere; nothing can be
          learnt of them.
        - "outside-span": unseen classes far from what the seen ones span. With m the mean of the seen rows and P the
          orthogonal projection on the span of the seen rows minus m, the relative residual of a row s is
          ‖(s − m) − P(s − m)‖ / ‖s − m‖, from 0 (a map linear in the row is settled by the seen classes) to 1 (they
          say nothing of it). Where the seen rows span the whole space it is 0 for every class.

        Parameters
        ----------
        seen : array-like of labels or None, default=None
            Labels of the training data, each once or more. The label -1 stands for unlabelled and is passed over unless
            it is a class of the table.
        max_cosine : float, default=0.999
            Greatest cosine between two classes that isn't reported.
        max_residual : float, default=0.9
            Greatest relative residual that isn't reported.

        Returns
        -------
        Audit
            The findings; false if there are none.

        Raises
        ------
        SemanticsError
            If `seen` isn't a list of labels, or a threshold lies outside 0 to 1.
        """
        return run_audit(self, seen, max_cosine, max_residual)

    def _find(self, labels: Any) -> list[int]:
        """Return the row number of each label."""
        values = label_array(labels, "labels").tolist()
        if unknown := list(dict.fromkeys(label for label in values if label not in self._positions)):
            raise SemanticsError(
                f"labels holds {listing(unknown)}, which the class table has no row for; "
                f"its {count(len(self), 'class', 'classes')}: {listing(self.classes.tolist())}."
            )
        return [self._positions[label] for label in values]

    def _take(self, positions: list[int]) -> "Semantics":
        """Return the table of some rows."""
        return Semantics(
            self.vectors[positions],
            classes=self.classes[positions],
            attributes=self.attributes,
            texts=None if self.texts is None else [self.texts[row] for row in positions],
            imputed=None if self.imputed is None else self.imputed[positions],
            blocks=self.blocks,
        )

    def __len__(self) -> int:
        return len(self.classes)

    def __contains__(self, label: object) -> bool:
        return isinstance(label, (str, int, np.integer)) and not isinstance(label, bool) and label in self._positions

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Semantics):
            return NotImplemented
        return (
            self.classes.tolist() == other.classes.tolist()
            and self.attributes == other.attributes
            and self.blocks == other.blocks
            and np.array_equal(self.vectors, other.vectors)
        )

    def __hash__(self) -> int:
        return hash((tuple(self.classes.tolist()), self.attributes))

    def __repr__(self) -> str:
        rows, columns = self.vectors.shape
        return f"Semantics({count(rows, 'class', 'classes')} × {count(columns, 'attribute')})"

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"Semantics cannot be changed, so {name!r} cannot be set; make a new table.")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"Semantics cannot be changed, so {name!r} cannot be deleted; make a new table.")

    def __copy__(self) -> "Semantics":
        return self

    def __deepcopy__(self, memo: object) -> "Semantics":
        return self

    def __sklearn_clone__(self) -> "Semantics":
        """Let clones of an estimator share the table, which never changes.

        Returns
        -------
        Semantics
            This table.
        """
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        # Made anew on loading, since numpy forgets that an array is read-only.
        others = {name: getattr(self, name) for name in ("classes", "attributes", "texts", "imputed", "blocks")}
        return partial(Semantics, **others), (self.vectors,)


def _apart(table: Semantics) -> dict[str, Any]:
    """The parts of a table to store."""
    names = ("vectors", "attributes", "texts", "imputed", "blocks")
    return {name: getattr(table, name) for name in names} | {"labels": table.classes}


register(Semantics, _apart, lambda labels, vectors, **parts: Semantics(vectors, classes=labels, **parts))
