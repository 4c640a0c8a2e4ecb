"""Training samples by class, scaled: all seen classes, or those that are left when some play the unseen ones."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zsl._typing import FloatArray, LabelArray, SampleRows
from zsl.evaluation.splits import ClassKFold
from zsl.exceptions import InvalidInputError
from zsl.functional.linear.moments import Moments
from zsl.functional.linear.origins import Origin
from zsl.selection.scaling import Scaler, Scalings
from zsl.selection.split_moments import Split, SplitMoments
from zsl.selection.tested import rows_to_test


@dataclass(frozen=True, eq=False)
class TrainingPart:
    """Samples that a method is trained on, their classes, and the scaling learned from them alone.

    Parameters
    ----------
    X, codes : arrays of shape (n, d) and (n,)
        Samples, those of other parts included, and their class numbers.
    rows, classes : array of shape (m,) or None, and array of shape (c,)
        The samples of this part, None for all, and its class numbers, sorted.
    moments : Moments
        Moments of the scaled samples of this part, by class.
    scaler, semantic_scaler : Scaler
        Scaling of samples, from their origin on, and of semantic vectors.
    semantics : array of shape (c, A)
        Scaled semantic vectors of the classes of this part.
    weights : array of shape (n,) or None
        How often each sample of all parts counts; None counts all once.
    """

    X: SampleRows
    codes: NDArray[np.intp]
    rows: NDArray[np.intp] | None
    classes: NDArray[np.intp]
    moments: Moments
    scaler: Scaler
    semantic_scaler: Scaler
    semantics: FloatArray
    weights: FloatArray | None = None

    @classmethod
    def of(
        cls,
        X: SampleRows,
        codes: NDArray[np.intp],
        rows: NDArray[np.intp] | None,
        moments: Moments,
        table: FloatArray | None,
        scalings: Scalings,
        origin: Origin,
        weights: FloatArray | None = None,
    ) -> "TrainingPart":
        """Scale a part by the moments of its samples, which have length 1 as seen from the origin.

        Without a table, class means describe the classes.
        """
        # Counts are differences of whole numbers, which are exact; of weights they aren't.
        own = moments.counts if weights is None else np.bincount(codes if rows is None else codes[rows])
        classes = np.flatnonzero(own > 0)
        moments = moments.of(classes)
        scaler = Scaler.of_moments(scalings.features, moments, origin)
        moments = moments.mapped(scaler.mean, scaler.factor)
        described = moments.sums / moments.counts[:, None] if table is None else table[classes]
        semantic_scaler = Scaler.fit("semantic_scaling", scalings.semantics, described, blocks=scalings.blocks)
        semantics = scalings.described(semantic_scaler, described)
        return cls(X, codes, rows, classes, moments, scaler, semantic_scaler, semantics, weights)

    def scaled(self, rows: NDArray[np.intp] | slice, *, single: bool = False) -> FloatArray:
        """Scaled samples of these rows in double precision, computed in that of the samples if `single` is enough."""
        if single:
            return self.scaler.of_samples(self.X[rows]).astype(np.float64, copy=False)
        return self.scaler.of_unit(self.X[rows])

    def samples(self) -> tuple[FloatArray, NDArray[np.intp]]:
        """All scaled samples of the part in single precision, and for each the row of `semantics` that describes it."""
        rows = np.arange(len(self.X)) if self.rows is None else self.rows
        return self.scaled_rows(rows), np.searchsorted(self.classes, self.codes[rows])

    def scaled_rows(self, rows: NDArray[np.intp]) -> FloatArray:
        """Scaled samples of many rows, in single precision."""
        found = np.empty((len(rows), self.X.shape[1]), dtype=np.float32)
        for start in range(0, len(rows), 4096):
            found[start : start + 4096] = self.scaled(rows[start : start + 4096])
        return found


@dataclass(frozen=True, eq=False)
class ClassFold:
    """A fold in which some seen classes play the unseen ones.

    Parameters
    ----------
    part : TrainingPart
        What is trained on.
    test, held : arrays of shape (t,) and (h,)
        The samples tested on, of classes that are trained on and of held-out ones, and the held-out class numbers.
    semantics : array of shape (C, A)
        Semantic vectors of all classes, scaled as those of the part.
    times : array of shape (t,) or None
        How often each sample tested on counts; None counts all once.
    """

    part: TrainingPart
    test: NDArray[np.intp]
    held: NDArray[np.intp]
    semantics: FloatArray
    times: FloatArray | None = None


def class_folds(
    X: SampleRows,
    codes: NDArray[np.intp],
    table: FloatArray,
    splits: Sequence[Split],
    moments: SplitMoments,
    scalings: Scalings,
    origin: Origin,
    weights: FloatArray | None = None,
) -> Iterator[ClassFold]:
    """One fold per split, tested on some of the samples that the split tests on."""
    for number, (train, test) in enumerate(splits):
        part = TrainingPart.of(X, codes, train, moments.known(number), table, scalings, origin, weights)
        held = np.setdiff1d(codes[test], part.classes)
        rows, times = rows_to_test(codes, train, test, weights)
        yield ClassFold(part, rows, held, scalings.described(part.semantic_scaler, table), times)


def class_splits(
    cv: Any, X: SampleRows, codes: NDArray[np.intp], labels: LabelArray | None = None, *, known_too: bool = True
) -> list[Split]:
    """Splits that hold out whole classes, from a splitter or for a number of folds.

    There are none without `cv`, or where there are too few classes to hold any out. With `known_too` each split has to
    test on samples of the other classes as well: for a number of folds on 20 % of them, but no more than say something.
    A splitter gets `labels` of the samples, one per class number, or else the numbers.
    """
    if cv is None:
        return []
    splitter = cv
    if isinstance(splitter, (int, np.integer)):
        counts = np.bincount(codes)
        n_splits = min(int(splitter), len(counts) // 2)
        if n_splits < 2 or counts.min() < 2:
            return []
        splitter = ClassKFold(n_splits, seen_test_size=0.2 if known_too else 0, random_state=0)
        X = codes  # which samples there are is all that it asks
    splits = list(splitter.split(X, codes if splitter is not cv or labels is None else labels[codes]))
    if splitter is not cv:
        splits = [_most_trained_on(codes, *split) for split in splits]
    for train, test in splits:
        known = np.isin(codes[test], codes[train])
        if known.all() or (known_too and not known.any()):
            wanted = "whole classes held out, and test samples of the others, too, as ClassKFold gives them"
            raise InvalidInputError(
                f"cv={cv!r} has a split without {'new' if known.all() else 'known'} classes "
                f"among its test samples; wanted {wanted}."
            )
    return splits


def _most_trained_on(codes: NDArray[np.intp], train: NDArray[np.intp], test: NDArray[np.intp]) -> Split:
    """A split with those test samples of its training classes that a fold isn't tested on trained on, too."""
    known = np.bincount(codes[train], minlength=int(codes.max()) + 1) > 0
    left = np.zeros(len(codes), dtype=bool)
    left[test] = known[codes[test]]
    left[rows_to_test(codes, train, test)[0]] = False
    if not left.any():
        return train, test
    return np.sort(np.concatenate([train, np.flatnonzero(left)])), test[~left[test]]
