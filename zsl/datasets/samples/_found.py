"""Samples that were found and are not encoded yet, so that their labels can be checked first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, Literal

from zsl._labels import as_labels
from zsl._typing import LabelArray
from zsl.datasets._sources import read_labels
from zsl.exceptions import InvalidInputError

Kind = Literal["features", "images", "texts"]


@dataclass(frozen=True, eq=False)
class Found:
    """What lies at a path: the features, or the files or texts to encode."""

    path: Path
    kind: Kind
    items: Any
    """A matrix of features, paths of images, or texts."""
    labels: LabelArray | None = None
    names: tuple[str, ...] | None = None
    """The file of each sample, or its text; features have none."""
    parts: LabelArray | None = None

    @property
    def home(self) -> Path:
        """The folder beside whose content encoded features are kept."""
        return self.path if self.path.is_dir() else self.path.parent


@dataclass(frozen=True)
class Columns:
    """Which columns of a table mean what, and how its cells are written."""

    label: str = "label"
    text: str | None = None
    part: str | None = None
    sep: str | None = None
    decimal: str = "."


def found(
    path: Path,
    kind: Kind,
    items: Any,
    *,
    own: Any,
    labels: str | PathLike[str] | None,
    columns: Columns,
    names: Sequence[str] | None = None,
    parts: Any = None,
) -> Found:
    """What was found, with labels of its `own` or from a file of labels."""
    if labels is not None and own is not None:
        raise InvalidInputError(f"{path} has labels of its own, and {labels} would be a second set.")
    given = read_labels(labels, columns.label, columns.sep) if labels is not None else own
    y = None if given is None else as_labels(f"labels for {path}", given)
    for what, values in (("labels", y), ("parts", parts)):
        if values is not None and len(values) != len(items):
            raise InvalidInputError(f"{path} has {len(items)} samples and {len(values)} {what}; wanted one of each.")
    divided = None if parts is None else as_labels(f"the parts in {path}", parts)
    return Found(path, kind, items, y, None if names is None else tuple(names), divided)
