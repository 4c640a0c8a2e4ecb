"""Zero-shot retrieval: the description of a class as the query, images of many classes as the gallery."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils.validation import column_or_1d

from zsl._typing import FloatArray, LabelArray
from zsl.evaluation._fitted import open_fitted
from zsl.exceptions import InvalidInputError
from zsl.functional.scores.retrieval import average_precision, found_at_k


@dataclass(frozen=True, eq=False, repr=False)
class RetrievalResult:
    """How well the images of each class are found by what is known of the class.

    Parameters
    ----------
    average_precision : mapping of label to float
        Average precision of each query class over the whole gallery, in (0, 1].
    precision : mapping of int to mapping of label to float
        For each k, the share of the first k images that are of the class. In a smaller gallery all images count.
    recall : mapping of int to mapping of label to float
        For each k, the share of the images of the class that are among the first k.
    n_images : int
        Size of the gallery.
    """

    average_precision: Mapping[Any, float]
    precision: Mapping[int, Mapping[Any, float]]
    recall: Mapping[int, Mapping[Any, float]]
    n_images: int

    @property
    def mean_average_precision(self) -> float:
        """Mean average precision over the classes, mAP@all."""
        return float(np.mean(list(self.average_precision.values())))

    def mean_precision(self, k: int) -> float:
        """Average the precision at `k` over the classes.

        Parameters
        ----------
        k : int
            One of those that were measured.

        Returns
        -------
        float
            Precision, in [0, 1].
        """
        return float(np.mean(list(self.precision[k].values())))

    def mean_recall(self, k: int) -> float:
        """Average the recall at `k` over the classes.

        Parameters
        ----------
        k : int
            One of those that were measured.

        Returns
        -------
        float
            Recall, in [0, 1].
        """
        return float(np.mean(list(self.recall[k].values())))

    def __repr__(self) -> str:
        at = [f"P@{k} {self.mean_precision(k):.3f}, R@{k} {self.mean_recall(k):.3f}" for k in self.precision]
        what = f"{len(self.average_precision)} classes in {self.n_images} images"
        return f"{what}: mAP {self.mean_average_precision:.3f}{''.join(f', {text}' for text in at)}"


def measure_retrieval(
    scores: ArrayLike, y: ArrayLike, classes: ArrayLike, *, k: int | Sequence[int] = 10
) -> RetrievalResult:
    """Measure rankings of a gallery, given by scores. Images of equal scores count as if in random order.

    Parameters
    ----------
    scores : array of shape (image, query)
        Score of each image for each query, higher for a better match.
    y : array of shape (image,)
        Class of each image.
    classes : array of shape (query,)
        The class that each query asks for, each once.
    k : int or sequence of int, default=10
        Lengths of the rankings that precision and recall are measured at.

    Returns
    -------
    RetrievalResult
        By class, and on average.

    Raises
    ------
    InvalidInputError
        If the gallery is empty, shapes don't fit, a score isn't finite, or the gallery has no image of a query's class.
    """
    table, labels, asked = np.asarray(scores, dtype=np.float64), column_or_1d(y), column_or_1d(classes)
    lengths = (k,) if np.ndim(k) == 0 else tuple(np.atleast_1d(k).tolist())
    _check(table, labels, asked, lengths)
    relevant = {label: labels == label for label in asked.tolist()}
    found = {
        length: {
            label: found_at_k(column, relevant[label], length) for label, column in zip(relevant, table.T, strict=True)
        }
        for length in map(int, lengths)
    }
    return RetrievalResult(
        {label: average_precision(column, relevant[label]) for label, column in zip(relevant, table.T, strict=True)},
        {at: {label: n / min(at, len(table)) for label, n in counts.items()} for at, counts in found.items()},
        {at: {label: n / relevant[label].sum() for label, n in counts.items()} for at, counts in found.items()},
        len(table),
    )


def evaluate_retrieval(
    estimator: Any,
    X: ArrayLike,
    y: ArrayLike,
    classes: ArrayLike | None = None,
    *,
    k: int | Sequence[int] = 10,
) -> RetrievalResult:
    """Measure how a fitted estimator ranks a gallery of images for each class.

    Parameters
    ----------
    estimator : estimator
        A fitted zero-shot estimator, or a pipeline or search that ends in one.
    X : array of shape (image, feature)
        The gallery.
    y : array of shape (image,)
        Class of each image.
    classes : array of shape (query,) or None, default=None
        The classes to ask for. None for all known classes of which the gallery has images.
    k : int or sequence of int, default=10
        Lengths of the rankings that precision and recall are measured at.

    Returns
    -------
    RetrievalResult
        By class, and on average.

    Raises
    ------
    InvalidInputError
        As in `measure_retrieval`, or if a class isn't known.
    """
    fitted = open_fitted(estimator)
    if not len(np.asarray(y)):
        raise InvalidInputError("y is empty; wanted a gallery of one image or more.")
    asked: LabelArray = (
        np.intersect1d(fitted.estimator.classes_, column_or_1d(y))
        if classes is None
        else np.atleast_1d(np.asarray(classes))
    )
    if not len(asked):
        raise InvalidInputError("y has no class that the estimator knows; wanted images of one class or more.")
    scores: FloatArray = fitted.estimator.class_scores(fitted.transform(X), asked)
    return measure_retrieval(scores, y, asked, k=k)


def _check(table: FloatArray, labels: LabelArray, asked: LabelArray, lengths: tuple[Any, ...]) -> None:
    if table.ndim != 2 or table.shape != (len(labels), len(asked)):
        raise InvalidInputError(
            f"scores has shape {table.shape}, y {labels.shape} and classes {asked.shape}; wanted (image, query)."
        )
    if not table.size:
        raise InvalidInputError(f"scores has shape {table.shape}; wanted one image and one query or more.")
    if not np.isfinite(table).all():
        raise InvalidInputError("scores has values that aren't finite; wanted numbers.")
    if len(set(asked.tolist())) < len(asked):
        raise InvalidInputError(f"classes names a class more than once: {asked.tolist()[:10]}.")
    for length in lengths:
        if isinstance(length, bool) or not isinstance(length, (int, np.integer)) or length < 1:
            raise InvalidInputError(f"k={length!r}; wanted a whole number of 1 or more.")
    if absent := [label for label in asked.tolist() if label not in set(labels.tolist())]:
        raise InvalidInputError(f"classes names {absent[:5]}, of which the gallery has no image.")
