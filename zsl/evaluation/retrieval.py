"""Zero-shot retrieval: the description of a class as the query, samples of many classes as the gallery."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from zsl._arrays import doubles
from zsl._escaping import html_table
from zsl._labels import as_labels, as_named_labels, check_one_kind
from zsl.evaluation._arrays import as_classes, as_count, is_among, truth_first
from zsl.evaluation._fitted import open_fitted
from zsl.exceptions import InvalidInputError
from zsl.functional.scores.retrieval import average_precision, found_at_k


@dataclass(frozen=True, eq=False, repr=False)
class RetrievalResult:
    """How well the samples of each class are found by what is known of the class.

    Parameters
    ----------
    average_precision : mapping of label to float
        Average precision of each query class over the whole gallery, in (0, 1].
    precision, recall : mapping of int to mapping of label to float
        For each k, the share of the first k samples that are of the class, or of all samples of a smaller gallery, and
        the share of the samples of the class that are among the first k.
    n_samples : int
        Size of the gallery.
    """

    average_precision: Mapping[Any, float]
    precision: Mapping[int, Mapping[Any, float]]
    recall: Mapping[int, Mapping[Any, float]]
    n_samples: int

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

    def _repr_html_(self) -> str:
        return html_table(
            ["best k", "precision", "recall"],
            [(k, self.mean_precision(k), self.mean_recall(k)) for k in self.precision],
            title=f"{len(self.average_precision)} classes in {self.n_samples} samples: "
            f"mean average precision {self.mean_average_precision:.3f}",
            notes=["Means over the classes."],
        )

    def __repr__(self) -> str:
        at = [f"P@{k} {self.mean_precision(k):.3f}, R@{k} {self.mean_recall(k):.3f}" for k in self.precision]
        what = f"{len(self.average_precision)} classes in {self.n_samples} samples"
        return f"{what}: mAP {self.mean_average_precision:.3f}{''.join(f', {text}' for text in at)}"


@truth_first()
def retrieval_metrics(
    y: ArrayLike, scores: ArrayLike, classes: ArrayLike, *, k: int | Sequence[int] = 10
) -> RetrievalResult:
    """Measure rankings of a gallery, given by scores. Samples of equal scores count as if in random order.

    Parameters
    ----------
    y : array of shape (sample,)
        Class of each sample.
    scores : array of shape (sample, query)
        Score of each sample for each query, higher for a better match. The former order, scores before labels, works
        as well.
    classes : array of shape (query,)
        The class that each query asks for, each once.
    k : int or sequence of int, default=10
        Lengths of the rankings at which precision and recall are measured.

    Returns
    -------
    RetrievalResult
        By class, and on average.

    Raises
    ------
    InvalidInputError
        If the gallery is empty, shapes don't fit, a score isn't finite, or the gallery has no sample of a query's
        class.

    See Also
    --------
    measure_retrieval : Measure a fitted estimator.
    """
    table, labels, asked = (
        doubles("scores", scores),
        as_labels("y", y),
        as_classes("classes", classes),
    )
    if table.shape != (len(labels), len(asked)) or not table.size:
        raise InvalidInputError(
            f"scores has shape {table.shape}, y {labels.shape} and classes {asked.shape}; wanted (sample, query), "
            "both above 0."
        )
    if not np.isfinite(table).all():
        raise InvalidInputError("scores has values that aren't finite; wanted numbers.")
    check_one_kind(y=labels, classes=asked)
    lengths = [as_count("k", length) for length in ([k] if np.ndim(k) == 0 else np.atleast_1d(k).tolist())]
    relevant = {label: labels == label for label in asked.tolist()}
    if absent := [label for label, own in relevant.items() if not own.any()]:
        raise InvalidInputError(f"classes names {absent[:5]}, of which the gallery has no sample.")
    columns = dict(zip(relevant, table.T, strict=True))
    found = {
        length: {label: found_at_k(column, relevant[label], length) for label, column in columns.items()}
        for length in lengths
    }
    return RetrievalResult(
        {label: average_precision(column, relevant[label]) for label, column in columns.items()},
        {at: {label: n / min(at, len(table)) for label, n in counts.items()} for at, counts in found.items()},
        {at: {label: n / relevant[label].sum() for label, n in counts.items()} for at, counts in found.items()},
        len(table),
    )


def measure_retrieval(
    fitted: Any,
    X: ArrayLike,
    y: ArrayLike,
    classes: ArrayLike | None = None,
    *,
    k: int | Sequence[int] = 10,
) -> RetrievalResult:
    """Measure how a fitted estimator ranks a gallery of samples for each class.

    Parameters
    ----------
    fitted : estimator
        A fitted zero-shot estimator, or a pipeline or search that ends in one.
    X : array of shape (sample, feature)
        The gallery.
    y : array of shape (sample,)
        Class of each sample.
    classes : array of shape (query,) or None, default=None
        The classes to ask for. None for all known classes of which the gallery has samples.
    k : int or sequence of int, default=10
        Lengths of the rankings at which precision and recall are measured.

    Returns
    -------
    RetrievalResult
        By class, and on average.

    Raises
    ------
    InvalidInputError
        As in `retrieval_metrics`, or if a class isn't known.

    See Also
    --------
    retrieval_metrics : Measure rankings that are given by scores.
    """
    opened = open_fitted(fitted, "fitted")
    labels, known = as_labels("y", y), opened.estimator.classes_
    if not len(labels):
        raise InvalidInputError("y is empty; wanted a gallery of one sample or more.")
    check_one_kind(y=labels, classes_=known)
    asked = known[is_among(known, labels.tolist())] if classes is None else as_named_labels("classes", classes)
    if not len(asked):
        raise InvalidInputError("y has no class that the estimator knows; wanted samples of one class or more.")
    scores = opened.estimator.class_scores(opened.transform(X), asked)
    return retrieval_metrics(labels, scores, asked, k=k)
