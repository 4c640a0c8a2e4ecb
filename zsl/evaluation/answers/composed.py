"""Compositional zero-shot learning: fit on seen pairs of state and object, then measure on seen and unseen ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zsl._arguments import check_kind
from zsl._escaping import html_table
from zsl._labels import as_labels, check_one_kind
from zsl._typing import FloatArray, LabelArray
from zsl.evaluation._arrays import as_count, is_among, some
from zsl.evaluation._fitted import check_known_classes, check_seen_classes, competing, fit_clone, open_fitted
from zsl.evaluation.answers.composed_split import ComposedSplit
from zsl.evaluation.curves import SeenUnseenCurve, margin_curve
from zsl.evaluation.metrics import harmonic_mean
from zsl.exceptions import InvalidInputError

FIGURES = (
    *("seen", "unseen", "harmonic_mean", "state_accuracy", "object_accuracy", "seen_bias"),
    *("best_seen", "best_unseen", "best_harmonic_mean", "auc"),
)


@dataclass(frozen=True, eq=False, repr=False)
class ComposedResult:
    r"""Accuracies of compositional zero-shot learning on one split.

    Accuracies are averaged over samples, as in the papers, and not over classes as in `GZSLResult`. Two groups of
    figures are told apart: those with the bias that the estimator chose itself, on held-out seen pairs, which are the
    result; and those over all biases, which look at the test labels and are upper lines.

    Parameters
    ----------
    seen, unseen : float
        S and U: share of the samples of seen and of unseen pairs whose pair is among the k best, with the bias that the
        estimator chose.
    state_accuracy, object_accuracy : float
        Share of all test samples whose predicted pair, the best one, has the right state and the right object.
    curve : SeenUnseenCurve
        S and U for all values of the bias.
    k : int
        How many pairs count as the answer.
    n_classes, n_unseen : int
        How many pairs competed, and how many of them are unseen.
    seen_bias : float or None, default=None
        The bias that the estimator chose, None if it has none.
    name : str, default=""
        Name of the data set.
    """

    seen: float
    unseen: float
    state_accuracy: float
    object_accuracy: float
    curve: SeenUnseenCurve
    k: int
    n_classes: int
    n_unseen: int
    seen_bias: float | None = None
    name: str = ""

    @property
    def harmonic_mean(self) -> float:
        """H of S and U."""
        return harmonic_mean(self.seen, self.unseen)

    @property
    def best_seen(self) -> float:
        """The largest S of all biases: that among seen pairs only."""
        return float(self.curve.seen.max())

    @property
    def best_unseen(self) -> float:
        """The largest U of all biases: that among unseen pairs only."""
        return float(self.curve.unseen.max())

    @property
    def best_harmonic_mean(self) -> float:
        """The largest H of all biases, chosen on the test labels: an upper line of H, not a result."""
        return self.curve.best()[-1]

    @property
    def auc(self) -> float:
        """Area under the seen-unseen curve over all biases."""
        return self.curve.ausuc

    def to_dict(self) -> dict[str, str | int | float | None]:
        """Put what was measured into one flat record, for a row of a table or a JSON file.

        Returns
        -------
        dict of str to scalar
            Name, numbers of pairs, k, accuracies and bias.
        """
        counts = {"n_classes": self.n_classes, "n_unseen": self.n_unseen, "k": self.k}
        return {"name": self.name, **counts, **{figure: getattr(self, figure) for figure in FIGURES}}

    def _told(self) -> tuple[str, list[tuple[str, str, str]]]:
        """A heading, and figures with their meaning."""
        bias = "no bias" if self.seen_bias is None else f"the bias {self.seen_bias:.4g} that was chosen in fit"
        best = "" if self.k == 1 else f", one of the {self.k} best right"
        heading = f"{self.name or 'pairs'}: {self.n_classes} pairs, {self.n_unseen} of them unseen{best}"
        rows = [
            ("S", self.seen, f"samples of seen pairs, {bias}"),
            ("U", self.unseen, "samples of unseen pairs, the same"),
            ("H", self.harmonic_mean, "harmonic mean of both"),
            ("state", self.state_accuracy, "state of the best pair, all samples"),
            ("object", self.object_accuracy, "object of the best pair, all samples"),
            ("best S", self.best_seen, "among seen pairs only"),
            ("best U", self.best_unseen, "among unseen pairs only"),
            ("best H", self.best_harmonic_mean, "with the bias that suits the test labels best: an upper line"),
            ("AUC", self.auc, "area under the seen-unseen curve, all biases"),
        ]
        return heading, [(name, f"{value:.3f}", meaning) for name, value, meaning in rows]

    def __str__(self) -> str:
        heading, figures = self._told()
        return "\n  ".join([heading, *(f"{name:<6} {value}  {meaning}" for name, value, meaning in figures)])

    def _repr_html_(self) -> str:
        heading, figures = self._told()
        return html_table(["figure", "value", "meaning"], figures, title=heading, notes=[])

    def __repr__(self) -> str:
        return (
            f"ComposedResult({self.name!r}: S {self.seen:.3f}, U {self.unseen:.3f}, H {self.harmonic_mean:.3f}, "
            f"AUC {self.auc:.3f})"
        )


def evaluate_composed(
    estimator: Any, split: ComposedSplit, *, classes: ArrayLike | None = None, k: int = 1
) -> ComposedResult:
    r"""Fit a clone on the seen pairs of a split, then measure it on seen and unseen pairs.

    The protocol of S. Purushwalkam, M. Nickel, A. Gupta and M. Ranzato, "Task-Driven Modular Networks for Zero-Shot
    Compositional Learning", ICCV 2019, arXiv:1905.05908: all pairs compete, a bias :math:`\gamma` is subtracted from
    the scores of seen pairs (there it is added to those of unseen ones, which is the same), and S and U are measured
    over all :math:`\gamma`; their best harmonic mean and the area under the curve are the figures of the papers.
    Beside them stand S, U and H with the bias that the estimator chose, since the best one is chosen on the test
    labels. Departures: the curve is exact, not taken at some biases, and ties count as wrong.

    Parameters
    ----------
    estimator : estimator
        Zero-shot estimator whose class table holds the unseen pairs, or a pipeline or search that ends in one. Stays as
        it is. With ``cv=PairKFold(split.pairs)`` it chooses bias and regularisation on held-out seen pairs.
    split : ComposedSplit
        The data set.
    classes : "all", array-like of labels or None, default=None
        The pairs that compete. None means those of the split, seen and unseen (closed world); "all" means every pair
        that the estimator knows (open world); a list, such as of `zsl.semantics.feasible_pairs`, has all seen pairs and
        some others. A test sample whose pair isn't among them counts as wrong.
    k : int, default=1
        A sample is right if its pair is among the k best; at most as many as there are seen pairs, or unseen ones.

    Returns
    -------
    ComposedResult
        Seen, unseen, harmonic mean, area under the curve, and the accuracy of states and of objects.

    Raises
    ------
    InvalidInputError
        If the fitted estimator doesn't know an unseen pair of the split, `classes` leaves out a seen pair or holds no
        unseen one, or `k` is out of range.

    See Also
    --------
    measure_composed : Measure an estimator that is fitted already.
    evaluate_gzsl : Accuracies averaged over classes.
    """
    check_kind("split", split, ComposedSplit)
    return measure_composed(fit_clone(estimator, split)[0], split, classes=classes, k=k)


def measure_composed(
    fitted: Any, split: ComposedSplit, *, classes: ArrayLike | None = None, k: int = 1
) -> ComposedResult:
    """Measure a fitted estimator on seen and unseen pairs, as `evaluate_composed` does.

    Parameters
    ----------
    fitted : estimator
        Zero-shot estimator fitted on the seen pairs of the split, or a pipeline or search that ends in one.
    split : ComposedSplit
        The data set.
    classes : "all", array-like of labels or None, default=None
        The pairs that compete: see `evaluate_composed`.
    k : int, default=1
        How many pairs count as the answer.

    Returns
    -------
    ComposedResult
        The figures.

    Raises
    ------
    InvalidInputError
        As in `evaluate_composed`, or if the pairs that the estimator was fitted on aren't the seen ones of the split.
    """
    opened = open_fitted(fitted, "fitted")
    check_kind("split", split, ComposedSplit)
    model = opened.estimator
    check_seen_classes(model, split)
    check_known_classes(model, split)
    among = _competing(model, split, classes)
    own = is_among(among, split.seen_classes.tolist())
    as_count("k", k, most=int(min(own.sum(), (~own).sum())))
    parts = []
    for X, y, side in (
        (split.X_test_seen, split.y_test_seen, own),
        (split.X_test_unseen, split.y_test_unseen, ~own),
    ):
        samples = opened.transform(X)
        found = ranked(model.class_scores(samples, classes=among), among, y, side, k)
        answer = model.class_scores(samples, classes=among, calibrated=True)
        hit = ranked(answer, among, y, np.ones(len(among), dtype=bool), k).hit
        parts.append((y, found, hit, among[answer.argmax(axis=1)]))
    (y_seen, seen, hit_seen, best_seen), (y_unseen, unseen, hit_unseen, best_unseen) = parts
    truth, best = [*y_seen.tolist(), *y_unseen.tolist()], [*best_seen.tolist(), *best_unseen.tolist()]
    state, one = (_agreeing(split.pairs, truth, best, side) for side in range(2))
    bias = getattr(model, "seen_bias_", None)
    return ComposedResult(
        seen=float(hit_seen.mean()),
        unseen=float(hit_unseen.mean()),
        state_accuracy=state,
        object_accuracy=one,
        curve=margin_curve(seen.margin, seen.hit / len(y_seen), unseen.margin, unseen.hit / len(y_unseen)),
        k=k,
        n_classes=len(among),
        n_unseen=int((~own).sum()),
        seen_bias=None if bias is None else float(bias),
        name=split.name,
    )


class Ranked(NamedTuple):
    """Whether each sample can be right, and how much may be taken from its own side before it is wrong."""

    hit: NDArray[np.bool_]
    margin: FloatArray


def ranked(scores: FloatArray, classes: LabelArray, truth: LabelArray, own: NDArray[np.bool_], k: int) -> Ranked:
    """Place the true class of each sample among the k best of its own side and of the other one.

    With r rivals on the own side that score as much or more, it is among the k best as long as its score exceeds the
    (k − r)-th best of the other side; with r ≥ k never. The difference of the two is the margin.
    """
    column = {label: place for place, label in enumerate(classes.tolist())}
    place = np.array([column.get(label, -1) for label in truth.tolist()])
    value = scores[np.arange(len(scores)), place]
    rivals = (scores[:, own] >= value[:, None]).sum(axis=1) - 1
    hit = (place >= 0) & (rivals < k)
    if own.all():
        return Ranked(hit, np.full(len(hit), np.inf))
    others = -np.partition(-scores[:, ~own], range(k), axis=1)
    return Ranked(hit, value - others[np.arange(len(hit)), np.where(hit, k - 1 - rivals, 0)])


def _competing(model: Any, split: ComposedSplit, classes: Any) -> LabelArray:
    """The classes that compete, in the order of the estimator's."""
    known = model.classes_
    if classes is None:
        return competing(model, split)[1]
    if isinstance(classes, str):
        if classes != "all":
            raise InvalidInputError(f"classes={classes!r}; wanted 'all', a list of labels, or None.")
        wanted = known
    else:
        wanted = as_labels("classes", classes)
        check_one_kind(classes_=known, classes=wanted)
    named = set(wanted.tolist())
    for lacking, what in (
        (named - set(known.tolist()), "class(es) that the estimator doesn't know"),
        (named - set(split.pairs), "class(es) that aren't pairs of the split"),
    ):
        if lacking:
            raise InvalidInputError(f"classes has {len(lacking)} {what}: {some(lacking)}.")
    if left_out := set(split.seen_classes.tolist()) - named:
        raise InvalidInputError(f"classes lacks {len(left_out)} seen pair(s), {some(left_out)}; wanted all of them.")
    if not named - set(split.seen_classes.tolist()):
        raise InvalidInputError("classes has no pair but the seen ones; wanted some unseen ones, too.")
    found: LabelArray = known[is_among(known, named)]
    return found


def _agreeing(pairs: Mapping[Any, tuple[Any, Any]], truth: list[Any], best: list[Any], side: int) -> float:
    """Share of the samples whose predicted pair has the right state, or the right object."""
    return float(np.mean([pairs[a][side] == pairs[b][side] for a, b in zip(truth, best, strict=True)]))
