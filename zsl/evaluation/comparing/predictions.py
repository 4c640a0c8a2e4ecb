"""What a generalized zero-shot measurement predicted for each test sample, as arrays and as a compact file."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from zsl._files.npy import read_npz, read_npz_names
from zsl._files.opening import read_whole
from zsl._typing import FloatArray, LabelArray
from zsl.evaluation._arrays import as_labels, is_equal
from zsl.evaluation.metrics import accuracy_by_class

_CODES = ("seen_true", "seen_predicted", "unseen_true", "unseen_predicted", "t1_predicted")
_MARGINS = ("seen_margins", "unseen_margins")
_LARGEST = 1 << 30


@dataclass(frozen=True, eq=False)
class Predictions:
    """True and predicted labels of all test samples, in the order of the split.

    Parameters
    ----------
    classes : array of shape (C,)
        All classes that compete.
    seen_true, seen_predicted : arrays of shape (n_seen,)
        Labels of the seen test samples, and those predicted among all classes.
    unseen_true, unseen_predicted, t1_predicted : arrays of shape (n_unseen,)
        Labels of the unseen test samples, those predicted among all classes, and those among the unseen classes.
    seen_margins, unseen_margins : arrays of shape (n_seen,) and (n_unseen,)
        Best score among the classes of the sample's own side, seen or unseen, minus the best of the other side, without
        a seen-class bias; -inf where the best class of the own side is a wrong one. The seen-unseen curve follows from
        them.
    """

    classes: LabelArray
    seen_true: LabelArray
    seen_predicted: LabelArray
    unseen_true: LabelArray
    unseen_predicted: LabelArray
    t1_predicted: LabelArray
    seen_margins: FloatArray
    unseen_margins: FloatArray

    @property
    def seen_hits(self) -> NDArray[np.bool_]:
        """Which seen samples are right among all classes."""
        return is_equal(self.seen_true, self.seen_predicted)

    @property
    def unseen_hits(self) -> NDArray[np.bool_]:
        """Which unseen samples are right among all classes."""
        return is_equal(self.unseen_true, self.unseen_predicted)

    @property
    def t1_hits(self) -> NDArray[np.bool_]:
        """Which unseen samples are right among the unseen classes."""
        return is_equal(self.unseen_true, self.t1_predicted)

    def by_class(self) -> list[dict[str, Any]]:
        """Count by class.

        Returns
        -------
        list of dict
            One per class that competes, of JSON values: ``class``; ``seen``, whether it is; ``n_test``, its test
            samples; ``accuracy`` among all classes and ``t1`` among the unseen ones, None without test samples.
        """
        found = [
            accuracy_by_class(true, predicted)
            for true, predicted in (
                (self.seen_true, self.seen_predicted),
                (self.unseen_true, self.unseen_predicted),
                (self.unseen_true, self.t1_predicted),
            )
        ]
        labels, counts = np.unique(np.concatenate([self.seen_true, self.unseen_true]), return_counts=True)
        n_test = dict(zip(labels.tolist(), counts.tolist(), strict=True))
        return [
            {
                "class": label,
                "seen": label not in found[1],
                "n_test": n_test.get(label, 0),
                "accuracy": found[0].get(label, found[1].get(label)),
                "t1": found[2].get(label),
            }
            for label in self.classes.tolist()
        ]

    def packed(self) -> bytes:
        """Pack into a ``.npz`` file: numbers of classes, in as few bytes as they need, and margins.

        Returns
        -------
        bytes
            The content of the file.
        """
        place = {label: number for number, label in enumerate(self.classes.tolist())}
        kind = np.min_scalar_type(len(place))
        arrays: dict[str, Any] = {
            name: np.array([place[label] for label in getattr(self, name).tolist()], kind) for name in _CODES
        }
        stream = io.BytesIO()
        np.savez_compressed(stream, **arrays, **{name: getattr(self, name) for name in _MARGINS})
        return stream.getvalue()

    @classmethod
    def read(cls, path: Path, digest: str, rows: Sequence[Mapping[str, Any]]) -> Self:
        """The content of a file with this sha256, for classes as `by_class` tells them.

        Raises
        ------
        ValueError
            If it has another digest, or its parts don't fit together or to the classes.
        """
        if hashlib.sha256(read_whole(path, _LARGEST)).hexdigest() != digest:
            raise ValueError(f"the digest of {path.name} is another")
        if sorted(read_npz_names(path)) != sorted((*_CODES, *_MARGINS)):
            raise ValueError(f"{path.name} holds other arrays than it should")
        codes, margins = ({name: read_npz(path, name) for name in names} for names in (_CODES, _MARGINS))
        classes = as_labels("classes", [row["class"] for row in rows])
        for name, part in (codes | margins).items():
            length = len(codes["seen_true" if name.startswith("seen") else "unseen_true"])
            kind = "u" if name in codes else "f"
            if part.shape != (length,) or part.dtype.kind != kind or not length or np.isnan(part).any():
                raise ValueError(f"{path.name} holds {name} of another kind than it should")
            if name in codes and part.max() >= len(classes):
                raise ValueError(f"{path.name} holds {name} of more classes than there are")
        found = cls(classes, **{name: classes[part] for name, part in codes.items()}, **margins)
        if found.by_class() != list(rows):
            raise ValueError(f"{path.name} has other accuracies of classes")
        return found


def accuracies(rows: Sequence[Mapping[str, Any]]) -> tuple[dict[Any, float], dict[Any, float], dict[Any, float]]:
    """Accuracies of seen and of unseen classes, and T1 of these, from rows as `Predictions.by_class` gives them."""
    tested = [row for row in rows if row["n_test"]]
    seen = {row["class"]: row["accuracy"] for row in tested if row["seen"]}
    unseen = {row["class"]: row["accuracy"] for row in tested if not row["seen"]}
    return seen, unseen, {row["class"]: row["t1"] for row in tested if not row["seen"]}
