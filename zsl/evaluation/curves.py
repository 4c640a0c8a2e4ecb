"""S against U over all values of the seen-class bias: calibrated stacking and the area under the curve."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.integrate import trapezoid

from zsl._arguments import check_kind
from zsl._labels import as_labels, check_one_kind, coded
from zsl._typing import FloatArray, LabelArray
from zsl.evaluation._arrays import as_classes, as_matrix, check_lengths, is_among, is_equal, truth_first
from zsl.evaluation.metrics import harmonic_mean
from zsl.exceptions import InvalidInputError


@dataclass(frozen=True, eq=False)
class SeenUnseenCurve:
    r"""Accuracy on seen against accuracy on unseen classes, over all values of the seen-class bias.

    Calibrated stacking subtracts a bias :math:`\gamma` from the score of each seen class. A sample is then assigned to
    a seen class if the margin of the best seen class over the best unseen one exceeds :math:`\gamma`, so S and U are
    step functions that change at the margins only. A tie goes to the unseen class.

    Parameters
    ----------
    margins : array of shape (m,)
        The sorted distinct margins of all samples.
    seen, unseen : array of shape (m + 1,)
        S, which falls, and U, which rises, for a bias below the first margin, from each margin to the next, and from
        the last one on.
    """

    margins: FloatArray
    seen: FloatArray
    unseen: FloatArray

    @property
    def ausuc(self) -> float:
        r"""Area under the seen-unseen curve, in [0, 1].

        The points (U, S) of all biases from :math:`-\infty` to :math:`+\infty` are joined by straight lines, and the
        area between them and both axes is taken. W.-L. Chao, S. Changpinyo, B. Gong and F. Sha, "An Empirical Study and
        Analysis of Generalized Zero-Shot Learning for Object Recognition in the Wild", 2016, arXiv:1605.04253.
        """
        return float(trapezoid(self.seen, self.unseen))

    def at(self, gamma: float) -> tuple[float, float, float]:
        """Accuracies with one seen-class bias.

        Parameters
        ----------
        gamma : float
            The bias, in units of the scores.

        Returns
        -------
        tuple of float
            S, U and H.

        Raises
        ------
        InvalidInputError
            If `gamma` is nan.
        """
        if np.isnan(gamma):
            raise InvalidInputError("gamma=nan; wanted a number.")
        place = int(np.searchsorted(self.margins, gamma, side="right"))
        seen, unseen = float(self.seen[place]), float(self.unseen[place])
        return seen, unseen, harmonic_mean(seen, unseen)

    def best(self) -> tuple[float, float, float, float]:
        """The bias of largest H: the middle of the widest step that reaches it.

        This looks at the labels. On test samples the result is an upper bound and no measurement; to choose a bias,
        use it on held-out seen classes.

        Returns
        -------
        tuple of float
            The bias, which is always finite, and S, U and H there.
        """
        return best_bias([self])


def best_bias(curves: Sequence[SeenUnseenCurve]) -> tuple[float, float, float, float]:
    """The one bias of largest H, averaged over several curves.

    Parameters
    ----------
    curves : sequence of SeenUnseenCurve
        At least one, for example of several folds of held-out classes.

    Returns
    -------
    tuple of float
        The bias, which is always finite, and the averages of S, U and H there.

    Raises
    ------
    InvalidInputError
        If there are no curves.
    """
    check_kind("curves", curves, Sequence)
    for place, curve in enumerate(curves):
        check_kind(f"curves[{place}]", curve, SeenUnseenCurve)
    if not len(curves):
        raise InvalidInputError("curves is empty; wanted at least one curve to choose the bias on.")
    edges = np.unique(np.concatenate([curve.margins for curve in curves]))
    middle = (edges[:-1] + edges[1:]) / 2
    # Between two neighbouring numbers there is no middle; the lower one belongs to the step, the upper one doesn't.
    inner = np.where(middle < edges[1:], middle, edges[:-1])
    places = np.concatenate([[edges[0] - 1.0], inner, [edges[-1] + 1.0]])
    total = np.zeros((3, len(places)))
    for curve in curves:
        step = np.searchsorted(curve.margins, places, side="right")
        seen, unseen = curve.seen[step], curve.unseen[step]
        total += np.stack([seen, unseen, 2 * seen * unseen / np.maximum(seen + unseen, 1e-300)])
    mean = total / len(curves)
    width = np.concatenate([[0.0], np.diff(edges), [0.0]])
    top = np.flatnonzero(mean[2] >= mean[2].max() - 1e-12)
    choice = top[width[top].argmax()]
    seen, unseen, harmonic = mean[:, choice].tolist()
    return float(places[choice]), seen, unseen, harmonic


@truth_first()
def seen_unseen_curve(
    y_seen: ArrayLike,
    scores_seen: ArrayLike,
    y_unseen: ArrayLike,
    scores_unseen: ArrayLike,
    *,
    classes: ArrayLike,
    seen_classes: ArrayLike,
) -> SeenUnseenCurve:
    """Compute S and U for all values of the seen-class bias at once.

    Parameters
    ----------
    y_seen, y_unseen : arrays of shape (n_seen,) and (n_unseen,)
        Labels of test samples of seen and of unseen classes.
    scores_seen, scores_unseen : arrays of shape (n_seen, C) and (n_unseen, C)
        Their scores against all classes, without a bias. The former order, scores before labels, works as well.
    classes : array of shape (C,)
        The class of each column.
    seen_classes : array of shape (c,)
        Which of them are seen: at least one, and not all.

    Returns
    -------
    SeenUnseenCurve
        The curve. Takes time O(n (C + log n)).

    Raises
    ------
    InvalidInputError
        If shapes don't fit each other, a value isn't finite, there are no seen or no unseen classes, a class is
        named twice, or a label is on the wrong side: anything but a seen class in `y_seen`, or an unseen one in
        `y_unseen`.
    """
    return margin_curve(*sample_margins(y_seen, scores_seen, y_unseen, scores_unseen, classes, seen_classes))


def sample_margins(
    y_seen: ArrayLike,
    scores_seen: ArrayLike | Iterator[ArrayLike],
    y_unseen: ArrayLike,
    scores_unseen: ArrayLike | Iterator[ArrayLike],
    classes: ArrayLike,
    seen_classes: ArrayLike,
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Check scores, which may come in blocks, and find what `margin_curve` takes."""
    labels, own = as_classes("classes", classes), as_labels("seen_classes", seen_classes)
    y_seen, y_unseen = as_labels("y_seen", y_seen), as_labels("y_unseen", y_unseen)
    check_one_kind(classes=labels, seen_classes=own, y_seen=y_seen, y_unseen=y_unseen)
    known = set(own.tolist())
    is_seen = is_among(labels, known)
    if strangers := known - set(labels.tolist()):
        raise InvalidInputError(f"seen_classes names {min(strangers, key=str)!r}; wanted classes that have a column.")
    if is_seen.all() or not is_seen.any():
        raise InvalidInputError(
            f"seen_classes names {is_seen.sum()} of {len(labels)} classes; wanted at least one and not all."
        )
    seen = _margins("scores_seen", scores_seen, "y_seen", y_seen, labels, is_seen)
    unseen = _margins("scores_unseen", scores_unseen, "y_unseen", y_unseen, labels, ~is_seen)
    return *seen, *unseen


def margin_curve(
    margin_seen: FloatArray, weight_seen: FloatArray, margin_unseen: FloatArray, weight_unseen: FloatArray
) -> SeenUnseenCurve:
    """Compute the curve from the margins of single samples, those of seen and those of unseen classes.

    A margin is the best score among the classes of the sample's own side, seen or unseen, minus that of the other side.
    A weight is what the sample adds to S or U if it is assigned to its own side: 0 if the best class there is a wrong
    one, else 1 divided by the number of samples of its class and by the number of classes of the side.
    """
    margins = np.unique(np.concatenate([margin_seen, -margin_unseen]))
    # A seen sample is right while the bias is below its margin, an unseen one from its margin on.
    seen = weight_seen.sum() - _cumulated(margins, margin_seen, weight_seen)
    unseen = _cumulated(margins, -margin_unseen, weight_unseen)
    return SeenUnseenCurve(margins, np.clip(seen, 0, 1), np.clip(unseen, 0, 1))


def _margins(
    X_name: str, scores: Any, y_name: str, truth: LabelArray, labels: LabelArray, own: NDArray[np.bool_]
) -> tuple[FloatArray, FloatArray]:
    """Best score among the columns `own` minus best of the others, and the macro weight of each hit.

    Scores come in one table, or in an iterator over those of successive samples.
    """
    margins, best = [], []
    for given in scores if isinstance(scores, Iterator) else [scores]:
        table = as_matrix(X_name, given)
        if table.shape[1] != len(labels):
            raise InvalidInputError(f"{X_name} has {table.shape[1]} columns; wanted one per class, {len(labels)}.")
        best.append(table[:, own].argmax(axis=1))
        margins.append(table[:, own].max(axis=1) - table[:, ~own].max(axis=1))
    check_lengths(X_name, range(sum(map(len, margins))), y_name, truth)
    margin, place = np.concatenate(margins), np.concatenate(best)
    values, code = coded(truth)
    astray = set(values.tolist()) - set(labels[own].tolist())
    if astray:
        raise InvalidInputError(f"{y_name} holds {min(astray, key=str)!r}; wanted classes of that side only.")
    hit, counts = is_equal(labels[own][place], truth), np.bincount(code)
    return margin, hit / counts[code] / len(values)


def _cumulated(margins: FloatArray, at: FloatArray, weight: FloatArray) -> FloatArray:
    """Sum of the weights at or below each margin, with 0 before the first."""
    steps = np.bincount(np.searchsorted(margins, at), weights=weight, minlength=len(margins))
    return np.concatenate([[0.0], np.cumsum(steps)])
