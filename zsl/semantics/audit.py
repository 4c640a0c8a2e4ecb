"""What harms transfer between the classes of a table, and how it is reported."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from zsl._escaping import html_table
from zsl._typing import FloatArray
from zsl.exceptions import SemanticsError
from zsl.semantics._labels import count, label_array, listing
from zsl.semantics._rows import LabelledRows


@dataclass(frozen=True)
class Finding:
    """One thing that harms transfer between classes.

    Parameters
    ----------
    kind : str
        Which check found it: see `Semantics.audit`.
    message : str
        What was found, in a sentence.
    classes : tuple of labels, default=()
        The classes concerned, all of them.
    attributes : tuple of str, default=()
        The attributes concerned, all of them.
    """

    kind: str
    message: str
    classes: tuple[Any, ...] = ()
    attributes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Audit:
    """The findings on a class table; false if there are none.

    Parameters
    ----------
    findings : tuple of Finding
        In the order of the checks.
    """

    findings: tuple[Finding, ...]

    def to_frame(self) -> pd.DataFrame:
        """Lay the findings out as a data frame.

        Returns
        -------
        DataFrame
            One row per finding, with the columns kind, message, classes and attributes.
        """
        columns = ["kind", "message", "classes", "attributes"]
        return pd.DataFrame([[getattr(f, name) for name in columns] for f in self.findings], columns=columns)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    def __len__(self) -> int:
        return len(self.findings)

    def _repr_html_(self) -> str:
        return html_table(
            ["finding", "what"], [(one.kind, one.message) for one in self], title=count(len(self), "finding")
        )

    def __str__(self) -> str:
        return "\n".join(f"{finding.kind}: {finding.message}" for finding in self) or "no findings"


def run_audit(table: LabelledRows, seen: Any, max_cosine: float, max_residual: float) -> Audit:
    """Run every check on the table."""
    for name, value in (("max_cosine", max_cosine), ("max_residual", max_residual)):
        if not 0 <= value <= 1:
            raise SemanticsError(f"{name} is {value}; wanted a number from 0 to 1.")
    findings = [*same_rows(table), *_near_rows(table, max_cosine), *zero_rows(table), *_columns(table)]
    if seen is not None:
        findings += _against_seen(table, label_array(seen, "seen").tolist(), max_residual)
    return Audit(tuple(findings))


def same_rows(table: LabelledRows) -> Iterator[Finding]:
    """Groups of classes with one row."""
    owners = _first_alike(table.vectors)
    for owner in np.flatnonzero(np.bincount(owners) > 1):
        group = _labels(table, owners == owner)
        text = f"{listing(group)} have the same row, so that nothing can tell them apart."
        yield Finding("duplicate-classes", text, classes=group)


def _first_alike(vectors: FloatArray) -> NDArray[np.intp]:
    """For each row the number of the first one that is the same, by a digest: sorted rows would be copies of all."""
    numbers: dict[bytes, int] = {}
    owners = np.empty(len(vectors), dtype=np.intp)
    for row, values in enumerate(vectors):
        digest = hashlib.blake2b((values + 0.0).tobytes(), digest_size=16).digest()  # -0.0 is 0.0
        owners[row] = numbers.setdefault(digest, row)
    return owners


def _near_rows(table: LabelledRows, max_cosine: float) -> Iterator[Finding]:
    """Groups of classes linked by a cosine above the threshold once the mean row is subtracted."""
    first = np.unique(_first_alike(table.vectors))
    centred = table.vectors[first] - table.vectors.mean(axis=0)
    lengths = np.linalg.norm(centred, axis=1)
    # A row that is the mean up to rounding has no direction.
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
            f"{listing(group)} point almost the same way: with the mean row subtracted, each has a cosine above "
            f"{max_cosine:g} with another of them (greatest {min(greatest, 1.0):.6f})."
        )
        yield Finding("near-collinear-classes", text, classes=group)


def zero_rows(table: LabelledRows) -> Iterator[Finding]:
    """Classes whose row is all zeros."""
    if zero := _labels(table, (table.vectors == 0).all(axis=1)):
        text = f"{listing(zero)} {_has(zero)} a row of zeros, which describes nothing."
        yield Finding("zero-classes", text, classes=zero)


def _columns(table: LabelledRows) -> Iterator[Finding]:
    """Columns of one value, columns with filled-in cells."""
    constant = _names(table, np.ptp(table.vectors, axis=0) == 0)
    if constant and len(table) > 1:
        text = f"{listing(constant)} {_has(constant)} the same value for every class and cannot distinguish them."
        yield Finding("constant-attributes", text, attributes=constant)
    if table.imputed is not None:
        names, labels = _names(table, table.imputed.any(axis=0)), _labels(table, table.imputed.any(axis=1))
        text = (
            f"{table.imputed.sum()} of {table.imputed.size} values were filled in, "
            f"in {listing(names)} for {listing(labels)}."
        )
        yield Finding("imputed-attributes", text, classes=labels, attributes=names)


def _against_seen(table: LabelledRows, labels: list[Any], max_residual: float) -> Iterator[Finding]:
    """Labels without a row, and what the seen classes leave open."""
    known = table.classes.tolist()
    wanted = set(labels) if -1 in known else set(labels) - {-1}
    missing = tuple(sorted(wanted.difference(known)))
    if missing:
        text = f"{listing(missing)} of the labels of seen {_has(missing)} no row in the table."
        yield Finding("missing-classes", text, classes=missing)
    is_seen = np.array([label in wanted for label in known])
    if not is_seen.any() or is_seen.all():
        return
    seen_rows = table.vectors[is_seen]
    settled = (np.ptp(seen_rows, axis=0) == 0) & (np.ptp(table.vectors, axis=0) > 0)
    if settled.any() and len(seen_rows) > 1:
        names = _names(table, settled)
        text = f"{listing(names)} {_has(names)} a single value over the seen classes: nothing can be learnt from that."
        yield Finding("constant-among-seen", text, attributes=names)
    residuals, rank = _residuals(seen_rows, table.vectors[~is_seen])
    far = np.flatnonzero(residuals > max_residual)
    if far.size:
        far = far[np.argsort(-residuals[far], kind="stable")]
        outside = table.classes[~is_seen][far]
        listed = [f"{label!r} {residuals[at]:.2f}" for label, at in zip(outside.tolist(), far, strict=True)]
        text = (
            f"{len(far)} of {count(len(residuals), 'unseen class', 'unseen classes')} have a relative residual above "
            f"{max_residual:g} outside the span of the {len(seen_rows)} seen ones "
            f"(rank {rank} of {table.vectors.shape[1]}): {listing(listed, 10, str)}."
        )
        yield Finding("outside-span", text, classes=tuple(outside.tolist()))


def _residuals(seen: FloatArray, unseen: FloatArray) -> tuple[FloatArray, int]:
    r"""Relative residuals of unseen rows after projection on the span of the seen ones, and the rank of that span.

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


def _labels(table: LabelledRows, chosen: Any) -> tuple[Any, ...]:
    """Labels of the chosen rows."""
    return tuple(table.classes[chosen].tolist())


def _names(table: LabelledRows, chosen: Any) -> tuple[str, ...]:
    """Names of the chosen columns."""
    return tuple(name for name, keep in zip(table.attributes, chosen, strict=True) if keep)


def _has(names: tuple[Any, ...]) -> str:
    """Verb for one or several names."""
    return "has" if len(names) == 1 else "have"
