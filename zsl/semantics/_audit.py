"""What an honest reader of a class table would point out before training on it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from zsl._typing import FloatArray
from zsl.exceptions import SemanticsError
from zsl.semantics._labels import count, label_array, listing
from zsl.semantics.findings import Audit, Finding

if TYPE_CHECKING:
    from zsl.semantics.table import Semantics


def run_audit(table: "Semantics", seen: Any, max_cosine: float, max_residual: float) -> Audit:
    """Run every check on the table."""
    for name, value in (("max_cosine", max_cosine), ("max_residual", max_residual)):
        if not 0 <= value <= 1:
            raise SemanticsError(f"{name} is {value}; wanted a number from 0 to 1.")
    findings = [*_same_rows(table), *_near_rows(table, max_cosine), *_single_rows_and_columns(table)]
    if seen is not None:
        findings += _against_seen(table, label_array(seen, "seen").tolist(), max_residual)
    return Audit(tuple(findings))


def _same_rows(table: "Semantics") -> Iterator[Finding]:
    """Groups of classes with one row."""
    _, first, owners = np.unique(table.vectors, axis=0, return_index=True, return_inverse=True)
    owners = first[owners.ravel()]
    for owner in np.unique(owners):
        group = _labels(table, owners == owner)
        if len(group) > 1:
            text = f"{listing(group)} have the same row, so that nothing can tell them apart."
            yield Finding("duplicate-classes", text, classes=group)


def _near_rows(table: "Semantics", max_cosine: float) -> Iterator[Finding]:
    """Groups of classes linked by a cosine above the threshold once the mean row is taken off."""
    _, first = np.unique(table.vectors, axis=0, return_index=True)
    first.sort()
    centred = table.vectors[first] - table.vectors.mean(axis=0)
    lengths = np.linalg.norm(centred, axis=1)
    # A row that is the mean but for rounding has no direction.
    pointing = lengths > np.finfo(float).eps * np.abs(table.vectors).max() * len(table)
    units, first = centred[pointing] / lengths[pointing, None], first[pointing]
    pairs: list[NDArray[np.intp]] = []
    for start in range(0, len(units), 1024):  # never C × C cosines at once
        near = np.argwhere(units[start : start + 1024] @ units.T > max_cosine)
        near[:, 0] += start
        pairs.append(near[near[:, 0] < near[:, 1]])
    left, right = np.concatenate([np.empty((0, 2), dtype=np.intp), *pairs]).T
    links = coo_array((np.ones(len(left)), (left, right)), shape=(len(units), len(units)))
    _, owners = connected_components(links, directed=False)
    for owner in np.unique(owners[left]):
        rows = first[owners == owner]
        inside = owners[left] == owner
        greatest = (units[left[inside]] * units[right[inside]]).sum(axis=1).max()
        group = tuple(table.classes[rows].tolist())
        text = (
            f"{listing(group)} point almost the same way: once the mean row is taken off, each has a cosine above "
            f"{max_cosine:g} with another of them (greatest {min(greatest, 1.0):.6f})."
        )
        yield Finding("near-collinear-classes", text, classes=group)


def _single_rows_and_columns(table: "Semantics") -> Iterator[Finding]:
    """Rows of zeros, columns of one value, columns with filled-in cells."""
    zero = _labels(table, (table.vectors == 0).all(axis=1))
    if zero:
        yield Finding("zero-classes", f"nothing but zeros is said of {listing(zero)}.", classes=zero)
    constant = _names(table, np.ptp(table.vectors, axis=0) == 0)
    if constant and len(table) > 1:
        text = f"{listing(constant)} {_has(constant)} the same value for every class and so tell none apart."
        yield Finding("constant-attributes", text, attributes=constant)
    if table.imputed is not None:
        names, labels = _names(table, table.imputed.any(axis=0)), _labels(table, table.imputed.any(axis=1))
        text = (
            f"{table.imputed.sum()} of {table.imputed.size} values were filled in, "
            f"in {listing(names)} for {listing(labels)}."
        )
        yield Finding("imputed-attributes", text, classes=labels, attributes=names)


def _against_seen(table: "Semantics", labels: list[Any], max_residual: float) -> Iterator[Finding]:
    """What the seen classes leave open."""
    wanted = set(labels) if -1 in table else set(labels) - {-1}
    missing = tuple(sorted(label for label in wanted if label not in table))
    if missing:
        text = f"{listing(missing)} of the labels of seen {_has(missing)} no row in the table."
        yield Finding("missing-classes", text, classes=missing)
    is_seen = np.array([label in wanted for label in table.classes.tolist()])
    if not is_seen.any() or is_seen.all():
        return
    seen_rows = table.vectors[is_seen]
    settled = (np.ptp(seen_rows, axis=0) == 0) & (np.ptp(table.vectors, axis=0) > 0)
    if settled.any() and len(seen_rows) > 1:
        names = _names(table, settled)
        text = f"{listing(names)} {_has(names)} one value over the seen classes, so that nothing can be learnt of them."
        yield Finding("constant-among-seen", text, attributes=names)
    residuals, rank = _residuals(seen_rows, table.vectors[~is_seen])
    far = np.flatnonzero(residuals > max_residual)
    if far.size:
        far = far[np.argsort(-residuals[far], kind="stable")]
        outside = table.classes[~is_seen][far]
        listed = [f"{label!r} {residuals[at]:.2f}" for label, at in zip(outside.tolist(), far, strict=True)]
        shown = ", ".join(listed[:10]) + (f" and {len(listed) - 10} more" if len(listed) > 10 else "")
        text = (
            f"{len(far)} of {count(len(residuals), 'unseen class', 'unseen classes')} have a relative residual above "
            f"{max_residual:g} outside the span of the {len(seen_rows)} seen ones "
            f"(rank {rank} of {table.vectors.shape[1]}): {shown}."
        )
        yield Finding("outside-span", text, classes=tuple(outside.tolist()))


def _residuals(seen: FloatArray, unseen: FloatArray) -> tuple[FloatArray, int]:
    r"""Relative length of what is left of unseen rows after projection on the span of the seen ones.

    Both are centred by the seen mean :math:`m`. With the right singular vectors :math:`V_r` of the seen rows,
    :math:`\lVert (s - m)(I - V_r V_r^\top) \rVert / \lVert s - m \rVert`; 0 for a row that is the mean.
    """
    mean = seen.mean(axis=0)
    scale = max(np.abs(seen).max(), np.abs(unseen).max())
    rounding = 4 * np.finfo(float).eps * max(seen.shape) * scale
    _, sizes, right = np.linalg.svd(seen - mean, full_matrices=False)
    rank = int((sizes > rounding).sum())
    centred = unseen - mean
    lengths = np.linalg.norm(centred, axis=1)
    left_over = np.linalg.norm(centred - centred @ right[:rank].T @ right[:rank], axis=1)
    return np.divide(left_over, lengths, out=np.zeros_like(lengths), where=left_over > rounding), rank


def _labels(table: "Semantics", chosen: Any) -> tuple[Any, ...]:
    """Labels of the chosen rows."""
    return tuple(table.classes[chosen].tolist())


def _names(table: "Semantics", chosen: Any) -> tuple[str, ...]:
    """Names of the chosen columns."""
    return tuple(name for name, keep in zip(table.attributes, chosen, strict=True) if keep)


def _has(names: tuple[Any, ...]) -> str:
    """Verb for one or several names."""
    return "has" if len(names) == 1 else "have"
