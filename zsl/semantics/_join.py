"""Put the rows of one class table under those of another, or its columns beside them."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from zsl.exceptions import SemanticsError
from zsl.semantics._checks import is_generated
from zsl.semantics._labels import count, listing
from zsl.semantics._parts import Parts

if TYPE_CHECKING:
    from zsl.semantics.table import Semantics


def join_parts(table: "Semantics", other: "Semantics") -> Parts:
    """Check that the tables go together and stack them."""
    if not isinstance(other, type(table)):
        raise SemanticsError(f"other is of type {type(other).__name__}; wanted a Semantics.")
    if table.classes.dtype.kind != other.classes.dtype.kind:
        raise SemanticsError(
            f"other has labels such as {other.classes[0].item()!r} and this table such as "
            f"{table.classes[0].item()!r}; wanted one kind of label."
        )
    if overlap := [label for label in other.classes.tolist() if label in table]:
        raise SemanticsError(f"other holds {listing(overlap)}, which this table has a row for already.")
    order = column_order(table.attributes, other.attributes)
    texts = None
    if table.texts is not None or other.texts is not None:
        texts = (table.texts or ((),) * len(table)) + (other.texts or ((),) * len(other))
    return Parts(
        vectors=np.concatenate([table.vectors, other.vectors[:, order]]),
        classes=np.concatenate([table.classes, other.classes]),
        attributes=table.attributes,
        texts=texts,
        imputed=np.concatenate([_mask(table), _mask(other)[:, order]]),
        blocks=table.blocks,
    )


def beside_parts(table: "Semantics", other: "Semantics") -> Parts:
    """Look up the classes of the first table in the other and put the columns side by side."""
    if not isinstance(other, type(table)):
        raise SemanticsError(f"other is of type {type(other).__name__}; wanted a Semantics.")
    if missing := [label for label in table.classes.tolist() if label not in other]:
        raise SemanticsError(f"other has no row for {listing(missing)}; wanted one for each class of this table.")
    other = other.select(table.classes)
    names = list(table.attributes)
    for name in other.attributes:
        number, free = 2, name
        while free in names:
            number, free = number + 1, f"{name} ({number})"
        names.append(free)
    texts = None
    if table.texts is not None or other.texts is not None:
        none = ((),) * len(table)
        texts = [mine + theirs for mine, theirs in zip(table.texts or none, other.texts or none, strict=True)]
    return Parts(
        vectors=np.concatenate([table.vectors, other.vectors], axis=1),
        classes=table.classes,
        attributes=names,
        texts=texts,
        imputed=np.concatenate([_mask(table), _mask(other)], axis=1),
        blocks=table.blocks + other.blocks,
    )


def column_order(mine: tuple[str, ...], theirs: tuple[str, ...]) -> list[int]:
    """Return which of their columns belongs to each of mine."""
    if set(mine) == set(theirs):
        return [theirs.index(name) for name in mine]
    if len(mine) != len(theirs):
        raise SemanticsError(f"other has {count(len(theirs), 'attribute')}; wanted the {len(mine)} of this table.")
    if is_generated(mine) or is_generated(theirs):
        return list(range(len(mine)))
    raise SemanticsError(
        f"other lacks the attributes {listing(name for name in mine if name not in theirs)} of this table "
        f"and has {listing(name for name in theirs if name not in mine)} instead."
    )


def _mask(table: "Semantics") -> NDArray[np.bool_]:
    """Return the filled-in cells, all False where there are none."""
    return np.zeros(table.vectors.shape, dtype=np.bool_) if table.imputed is None else table.imputed
