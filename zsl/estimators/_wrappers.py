"""Wrappers of scikit-learn that hand on other names of classes than the user's, by which no class table can be read.

`VotingClassifier`, `StackingClassifier`, `BaggingClassifier`, the wrappers of `sklearn.multiclass`, and
`cross_val_predict` with probabilities number the classes before they fit a clone. Where the classes of the table are
numbers, too, every sample would get the row of another class without a word. Nothing about the numbers tells them from
the user's own, so the call that they come by is looked up.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import FrameType

from zsl._labels import are_strings
from zsl._typing import LabelArray
from zsl.exceptions import InvalidInputError

_VALIDATION = "sklearn.model_selection._validation"
_NUMBERING = {
    ("sklearn.ensemble._base", "_fit_single_estimator"): "A VotingClassifier or StackingClassifier",
    ("sklearn.ensemble._bagging", "_parallel_build_estimators"): "A BaggingClassifier",
    ("sklearn.multiclass", "_fit_binary"): "A OneVsRestClassifier or another wrapper of sklearn.multiclass",
    (_VALIDATION, "_fit_and_predict"): "cross_val_predict with scores or probabilities",
}
_CALIBRATING = ("sklearn.calibration", "_fit_classifier_calibrator_pair")


def refuse_wrappers(labels: LabelArray, described: LabelArray) -> None:
    """Refuse to fit with a class table where the call came by a wrapper that would confuse its rows or its columns.

    Parameters
    ----------
    labels : array of shape (C,)
        The classes fitted on.
    described : array of shape (D,)
        The classes of the table.

    Raises
    ------
    InvalidInputError
        If a wrapper has numbered the classes, or would take the scores of classes without samples for those of others.
    """
    for name, frame in _callers():
        if name in _NUMBERING and not are_strings(labels) and _is_numbering(name, frame):
            raise InvalidInputError(
                f"{_NUMBERING[name]} numbers the classes from 0 before it fits, so that y no longer names rows of "
                "semantics; wanted the estimator fitted by itself. GridSearchCV, cross_validate and "
                "cross_val_predict(method='predict') keep labels as they are."
            )
        if name == _CALIBRATING and (more := set(described.tolist()) - set(frame.f_locals["classes"].tolist())):
            raise InvalidInputError(
                f"A CalibratedClassifierCV takes classes of y only, and semantics describes {len(more)} more; wanted "
                "semantics.select(np.unique(y)), or the estimator by itself, whose probabilities are calibrated by "
                "temperature_."
            )


def _callers() -> Iterator[tuple[tuple[str, str], FrameType]]:
    """The functions that led here, each by module and name."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        yield (frame.f_globals.get("__name__", ""), frame.f_code.co_name), frame
        frame = frame.f_back


def _is_numbering(name: tuple[str, str], frame: FrameType) -> bool:
    """Whether such a call has numbered the classes; `cross_val_predict` does so for scores only."""
    return name[0] != _VALIDATION or frame.f_locals["method"] != "predict"
