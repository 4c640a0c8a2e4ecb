"""The part of the few-shot shell that knows how sure scores are: temperature and threshold by number of shots."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from zsl.classes.pooled import KnownSupport, PooledSupport
from zsl.estimators._known_classes import KnownClassesClassifier
from zsl.selection.episodes import ShotCalibration
from zsl.selection.folds import class_splits

_ENOUGH = 20
"""Held-out classes that are enough to measure by; further folds of a number are left out."""


class CalibratedByShots(KnownClassesClassifier):
    """Divide scores by a temperature and reject below a threshold that go by the numbers of classes and their samples.

    Attributes
    ----------
    temperature_ : float
        What `predict_proba` divides scores by among all known classes, from likelihood on episodes of held-out
        classes: it goes by their number and their harmonic mean number of support samples; 1 if nothing was measured.
        The labels predicted don't depend on it.
    """

    _state: ClassVar[Mapping[str, Any]] = {"_calibration": ShotCalibration}
    _calibration: ShotCalibration
    """Missing in models that were saved before it was measured."""
    cv: Any = None

    def _measured(self) -> ShotCalibration:
        return getattr(self, "_calibration", ShotCalibration())

    def _temperature_among(self, classes: KnownSupport) -> float:
        return self._measured().temperature(max(len(classes), 1), _shots(classes))

    def _threshold_among(self, classes: KnownSupport, share: float) -> float | None:
        measured = self._measured()
        return measured.threshold(share, len(classes), _shots(classes)) if measured.has_thresholds else None

    def _why_no_threshold(self) -> str:
        if self.cv is None:
            return f", and fit held out no classes with cv=None; wanted {self._how_to_hold_out()}."
        found = f", and fit held out no classes with cv={self.cv!r}"
        return f"{found}; wanted four seen classes or more with two samples each."

    def _how_to_hold_out(self) -> str:
        """What makes `fit` hold out classes, in words."""
        return "cv=5, say, in the constructor"

    def _set_class_attributes(self) -> None:
        super()._set_class_attributes()
        self.temperature_ = self._temperature_among(self._classes)


def held_out_classes(cv: Any, X: NDArray[Any], codes: NDArray[np.intp]) -> Iterator[NDArray[np.bool_]]:
    """Which samples are those of held-out classes, for each fold; of a number of folds as few as are enough."""
    large = np.bincount(codes)[codes] > 1
    if cv is None or not large.any():
        return
    classes, numbers = np.unique(codes[large], return_inverse=True)
    n_held = 0
    for train, test in class_splits(cv, X if large.all() else X[large], numbers, known_too=False):
        held = np.setdiff1d(numbers[test], numbers[train])
        yield np.isin(codes, classes[held])
        n_held += len(held)
        if isinstance(cv, (int, np.integer)) and n_held >= _ENOUGH:
            return


def _shots(classes: KnownSupport) -> float:
    """The harmonic mean number of support samples: prototypes vary by the mean of its inverse."""
    if not len(classes):
        return 1.0
    counts = classes.counts if isinstance(classes, PooledSupport) else np.bincount(classes.codes)
    return float(1 / np.mean(1 / counts))
