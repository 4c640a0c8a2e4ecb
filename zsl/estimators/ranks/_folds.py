"""Held-out samples of known classes, of classes known by their description only, and of strangers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.model_selection import StratifiedKFold
from sklearn.utils import _safe_indexing

from zsl._arguments import as_random_state
from zsl._labels import distinct
from zsl._typing import FloatArray, LabelArray
from zsl.estimators.ranks._evidence import HeldOut
from zsl.estimators.saving.models import as_savable
from zsl.evaluation._arrays import is_among
from zsl.evaluation.splits import ClassKFold
from zsl.exceptions import InvalidInputError
from zsl.taxonomy import Taxonomy
from zsl.taxonomy.known import KnownTree


def fitted(estimator: Any, X: Any, y: LabelArray) -> Any:
    """A fitted clone; of a search, its best estimator."""
    own = clone(estimator).fit(X, y)
    return as_savable(getattr(own, "best_estimator_", own))


def probabilities_of(estimator: Any, X: Any) -> FloatArray:
    """Probabilities of the estimator's classes."""
    if not hasattr(estimator, "predict_proba"):
        raise InvalidInputError(
            f"estimator is a {type(estimator).__name__}, which has no predict_proba; wanted a classifier that has."
        )
    found: FloatArray = estimator.predict_proba(X)
    return found


def held_out(
    estimator: Any, X: Any, y: LabelArray, taxonomy: Taxonomy, cv: Any, random_state: Any, *, whole_classes: bool
) -> list[HeldOut]:
    """Samples that clones of the estimator weren't fitted on, fold by fold."""
    found: list[HeldOut] = []
    for train, test in _splits(cv, X, y, random_state, whole_classes=whole_classes):
        own = fitted(estimator, _safe_indexing(X, train), y[train])
        found += sides_of(own, _safe_indexing(X, test), y[test], distinct(y[train]), taxonomy, distinct(y))
    return found


def sides_of(
    own: Any, X: Any, y: LabelArray, seen: LabelArray, taxonomy: Taxonomy, candidates: LabelArray | None = None
) -> Iterator[HeldOut]:
    """Samples by what a fitted estimator knows of their classes, among candidates that it knows or all.

    Those of unseen classes are strangers as well, where the candidates are without these.
    """
    known, probabilities = own.classes_, probabilities_of(own, X)
    among = np.ones(len(known), dtype=bool) if candidates is None else is_among(known, candidates.tolist())
    is_seen, is_known = is_among(y, seen.tolist()), is_among(y, known[among].tolist())
    without = among & ~is_among(known, distinct(y[~is_seen]).tolist())
    for side, rows, columns in (
        ("seen", is_seen & is_known, among),
        ("unseen", ~is_seen & is_known, among),
        ("stranger", ~is_seen, without),
    ):
        if rows.any() and columns.any():
            kept = probabilities[np.ix_(rows, columns)]
            total = kept.sum(axis=1, keepdims=True)
            kept = np.where(total > 0, kept / np.where(total > 0, total, 1), 1 / kept.shape[1])
            yield HeldOut.of(side, KnownTree(taxonomy, known[columns]), kept, y[rows])


def _splits(cv: Any, X: Any, y: LabelArray, random_state: Any, *, whole_classes: bool) -> list[Any]:
    """Splits of a splitter, or of folds of whole classes or of samples."""
    if not isinstance(cv, (int, np.integer)):
        return list(cv.split(X, y))
    least, n_classes = int(np.unique(y, return_counts=True)[1].min()), len(distinct(y))
    if whole_classes and n_classes < 2 * cv:
        raise InvalidInputError(f"cv={cv} for {n_classes} classes in y; wanted two classes or more in each fold.")
    if not whole_classes and least < cv:
        raise InvalidInputError(f"cv={cv} and y has a class of {least} samples; wanted {cv} or more of each.")
    seed = as_random_state(random_state)
    splitter = (
        ClassKFold(int(cv), random_state=seed)
        if whole_classes
        else StratifiedKFold(cv, shuffle=True, random_state=seed)
    )
    return list(splitter.split(np.zeros(len(y)), y))
