"""Training images by class, scaled: all seen classes, or those that are left when some play the unseen ones."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zsl._typing import FloatArray
from zsl.estimators._scaling import Scaler, Scalings
from zsl.functional.moments import Moments, unit_moments, unit_rows

Split = tuple[NDArray[np.intp], NDArray[np.intp]]


@dataclass(frozen=True, eq=False)
class TrainingPart:
    """Images that a method is trained on, their classes, and the scaling learned from them alone.

    Parameters
    ----------
    X : array of shape (n, d)
        Images, those of other parts as well.
    codes : array of shape (n,)
        Their class numbers.
    rows : array of shape (m,) or None
        The images of this part; None for all.
    classes : array of shape (c,)
        The class numbers of this part, sorted.
    moments : Moments
        Moments of the scaled images of this part, by class.
    scaler, semantic_scaler : Scaler
        Scaling of images that have length 1, and of semantic vectors.
    semantics : array of shape (c, A)
        Scaled semantic vectors of the classes of this part.
    """

    X: FloatArray
    codes: NDArray[np.intp]
    rows: NDArray[np.intp] | None
    classes: NDArray[np.intp]
    moments: Moments
    scaler: Scaler
    semantic_scaler: Scaler
    semantics: FloatArray

    @classmethod
    def of(
        cls,
        X: FloatArray,
        codes: NDArray[np.intp],
        rows: NDArray[np.intp] | None,
        moments: Moments,
        table: FloatArray | None,
        scalings: Scalings,
    ) -> "TrainingPart":
        """Scale a part with these moments of unit rows; without a table, the mean image of a class describes it."""
        classes = np.flatnonzero(moments.counts > 0)
        moments = moments.of(classes)
        scaler = Scaler.of_moments(scalings.features, moments)
        moments = moments.mapped(scaler.mean, scaler.factor)
        described = moments.sums / moments.counts[:, None] if table is None else table[classes]
        semantic_scaler = Scaler.fit("semantic_scaling", scalings.semantics, described)
        return cls(
            X, codes, rows, classes, moments, scaler, semantic_scaler, scalings.described(semantic_scaler, described)
        )

    def scaled(self, rows: NDArray[np.intp] | slice) -> FloatArray:
        """Scaled images."""
        return self.scaler(unit_rows(self.X[rows]))

    def images(self) -> tuple[FloatArray, NDArray[np.intp]]:
        """All scaled images of the part in single precision, and the row of `semantics` that describes each."""
        rows = np.arange(len(self.X)) if self.rows is None else self.rows
        blocks = [self.scaled(rows[start : start + 4096]).astype(np.float32) for start in range(0, len(rows), 4096)]
        return np.concatenate(blocks), np.searchsorted(self.classes, self.codes[rows])


@dataclass(frozen=True, eq=False)
class ClassFold:
    """Some seen classes play the unseen ones.

    Parameters
    ----------
    part : TrainingPart
        What is trained on.
    test : array of shape (t,)
        The images tested on, of classes that are trained on and of held-out ones.
    held : array of shape (h,)
        The class numbers that are held out.
    semantics : array of shape (C, A)
        Semantic vectors of all classes, scaled as those of the part.
    """

    part: TrainingPart
    test: NDArray[np.intp]
    held: NDArray[np.intp]
    semantics: FloatArray


def class_folds(
    X: FloatArray,
    codes: NDArray[np.intp],
    table: FloatArray,
    splits: Sequence[Split],
    moments: Sequence[Moments],
    scalings: Scalings,
) -> Iterator[ClassFold]:
    """One fold a split, with the moments of the images it trains on."""
    for (train, test), known in zip(splits, moments, strict=True):
        part = TrainingPart.of(X, codes, train, known, table, scalings)
        held = np.setdiff1d(codes[test], part.classes)
        yield ClassFold(part, test, held, scalings.described(part.semantic_scaler, table))


def fold_moments(X: FloatArray, codes: NDArray[np.intp], splits: Sequence[Split]) -> tuple[Moments, list[Moments]]:
    """Moments of all images brought to length 1, and of those that each split trains on.

    The latter are those of all images less those of the tested ones, which are fewer. As every class is held out once,
    the moments of the held-out images add up to those of all.
    """
    n_class = int(codes.max()) + 1
    held = [np.isin(codes[test], codes[train], invert=True) for train, test in splits]
    left_out = [unit_moments(X, codes, n_class, test[new]) for (_, test), new in zip(splits, held, strict=True)]
    if splits and sum(part.n for part in left_out) == len(X):
        whole = sum(left_out[1:], left_out[0])
    else:
        whole = unit_moments(X, codes, n_class)
    trained = []
    for (_, test), new, part in zip(splits, held, left_out, strict=True):
        trained.append(whole - part - unit_moments(X, codes, n_class, test[~new]))
    return whole, trained
