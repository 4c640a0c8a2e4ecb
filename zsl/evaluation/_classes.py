"""Which classes compete, and whether an estimator and a split agree on them."""

from collections.abc import Iterable
from typing import Any

from zsl._typing import LabelArray
from zsl.evaluation._arrays import is_among
from zsl.evaluation._fitted import ZeroShotEstimator
from zsl.evaluation.splits import GZSLSplit
from zsl.exceptions import InvalidInputError


def some(labels: Iterable[Any]) -> str:
    """Up to five labels in sorted order, for a message."""
    ordered = sorted(labels, key=str)
    return f"{ordered[:5]}{' and others' if len(ordered) > 5 else ''}"


def competing(estimator: ZeroShotEstimator, split: GZSLSplit) -> tuple[LabelArray, LabelArray]:
    """The unseen classes of the split, and all of them, out of those that the estimator knows."""
    known, unseen = estimator.classes_, split.unseen_classes.tolist()
    return known[is_among(known, unseen)], known[is_among(known, [*split.seen_classes.tolist(), *unseen])]


def check_seen_classes(estimator: ZeroShotEstimator, split: GZSLSplit) -> None:
    """Raise unless all seen classes of the split, and none of its unseen ones, had training images."""
    trained, seen = set(estimator.seen_classes_.tolist()), set(split.seen_classes.tolist())
    leaked, left_out = trained & set(split.unseen_classes.tolist()), seen - trained
    if leaked:
        raise InvalidInputError(
            f"The estimator was fitted on images of {len(leaked)} unseen class(es) of the split, {some(leaked)}; "
            "wanted one fitted on its seen classes."
        )
    if left_out:
        raise InvalidInputError(
            f"The estimator was fitted without images of {len(left_out)} seen class(es) of the split, {some(left_out)};"
            " wanted one fitted on all of its seen classes."
        )


def check_known_classes(estimator: ZeroShotEstimator, split: GZSLSplit) -> None:
    """Raise unless the estimator knows each unseen class of the split."""
    unknown = set(split.unseen_classes.tolist()) - set(estimator.classes_.tolist())
    if unknown:
        remedy = (
            "semantics=split.semantics" if split.semantics is not None else "semantics, of which the split has none,"
        )
        raise InvalidInputError(
            f"The estimator doesn't know {len(unknown)} of {len(split.unseen_classes)} unseen classes of the split, "
            f"{some(unknown)}; wanted an estimator with {remedy} or with support images of them."
        )
