"""How good answers with classes and groups of a tree are: right, and how specific."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from zsl._arguments import shown
from zsl._arrays import host_array
from zsl._files.opening import reading
from zsl._typing import FloatArray
from zsl.exceptions import InvalidInputError
from zsl.taxonomy import Taxonomy, as_taxonomy
from zsl.taxonomy.known import KnownTree


@dataclass(frozen=True, eq=False)
class RankResult:
    r"""How good answers with classes and groups are; means over samples, in [0, 1] where nothing else is said.

    With :math:`A(v)` a node and all above it except the root, for true nodes t and answers v.

    Parameters
    ----------
    accuracy : float
        Share of right answers: the true node or one above it. The root is always right.
    exact : float
        Share of answers that are the true node itself.
    precision, recall, f1 : float
        :math:`\sum |A(v) \cap A(t)|` over :math:`\sum |A(v)|`, over :math:`\sum |A(t)|`, and the harmonic mean of both:
        S. Kiritchenko et al., "Learning and Evaluation in the Presence of Class Hierarchies: Application to Text
        Categorization", 2006, doi:10.1007/11766247_34; recommended by C. N. Silla and A. A. Freitas, "A Survey of
        Hierarchical Classification across Different Application Domains", 2011, doi:10.1007/s10618-010-0175-9. The
        precision of nothing but roots is 1.
    specificity : float
        :math:`1 - \log n_v / \log C` for :math:`n_v` of C classes below an answer: the information gain of Deng et al.
        2012, right or wrong, as a share of that of a class.
    information : float
        The same, with 0 for wrong answers.
    depth : float
        Edges from the root to an answer, 0 or more.
    distance : float
        Edges between answer and true node, by way of their lowest common ancestor, 0 or more.
    by_depth : DataFrame
        For each depth at which answers are, the "share" of the samples and their "accuracy".
    """

    accuracy: float
    exact: float
    precision: float
    recall: float
    f1: float
    specificity: float
    information: float
    depth: float
    distance: float
    by_depth: pd.DataFrame

    def to_series(self) -> pd.Series:
        """Copy all figures except `by_depth`.

        Returns
        -------
        Series
            Figures by name.
        """
        return pd.Series({name: value for name, value in vars(self).items() if name != "by_depth"}, dtype=float)


def rank_metrics(y_true: ArrayLike, y_rank: ArrayLike, *, taxonomy: Any, known: Any = None) -> RankResult:
    """Measure answers with classes and groups.

    Parameters
    ----------
    y_true : array of shape (n_samples,)
        True classes, leaves of the tree.
    y_rank : array of shape (n_samples,)
        Answers, any nodes of the tree, as `zsl.RankClassifier.predict_rank` gives them.
    taxonomy : Taxonomy or what makes one
        The tree; see `zsl.taxonomy.as_taxonomy`.
    known : array of labels or None, default=None
        The classes that could be answered. The true node of a stranger, any other class, is then its deepest group with
        one of them below, and specificity goes by them. None for all.

    Returns
    -------
    RankResult
        The figures.

    Raises
    ------
    InvalidInputError
        If there are no samples, `y_true` and `y_rank` differ in length, or hold what isn't in the tree.

    Examples
    --------
    >>> from zsl.evaluation import rank_metrics
    >>> tree = {"cats": ["lion", "tiger"], "dogs": ["wolf", "fox"]}
    >>> found = rank_metrics(["lion", "tiger", "wolf"], ["lion", "cats", "cats"], taxonomy=tree)
    >>> round(found.accuracy, 3), round(found.exact, 3), round(found.depth, 3), round(found.f1, 3)
    (0.667, 0.333, 1.333, 0.6)
    """
    tree, truth, answers = _as_places(y_true, y_rank, taxonomy)
    span = _span(tree, known)
    target = span.nearest_known(truth)
    shared = _shared_depth(tree, target, answers)
    depths = tree.depths[answers]
    right = shared == depths
    n_answered, n_true, n_shared = float(depths.sum()), float(tree.depths[target].sum()), float(shared.sum())
    precision = n_shared / n_answered if n_answered else 1.0
    recall = n_shared / n_true if n_true else 1.0
    specificity = np.nan_to_num(span.specificity[answers])
    by_depth = pd.DataFrame({"depth": depths, "share": 1 / len(depths), "accuracy": right}).groupby("depth")
    return RankResult(
        accuracy=float(right.mean()),
        exact=float((answers == target).mean()),
        precision=precision,
        recall=recall,
        f1=2 * precision * recall / (precision + recall) if precision + recall else 0.0,
        specificity=float(specificity.mean()),
        information=float((specificity * right).mean()),
        depth=float(depths.mean()),
        distance=float((depths + tree.depths[target] - 2 * shared).mean()),
        by_depth=by_depth.agg({"share": "sum", "accuracy": "mean"}),
    )


@dataclass(frozen=True, eq=False)
class AccuracySpecificityCurve:
    """What is gained in accuracy by answering less specifically, floor by floor.

    Parameters
    ----------
    floors : array of shape (n,)
        Floors, falling, which the probability of an answer has to clear; the first is above all, so that the root is
        always answered.
    accuracy : array of shape (n,)
        Share of right answers at each floor, from 1 on.
    specificity : array of shape (n,)
        Mean specificity of the answers, from 0 on; see `RankResult`.
    """

    floors: FloatArray
    accuracy: FloatArray
    specificity: FloatArray

    @property
    def area(self) -> float:
        """Mean specificity over all accuracies in [0, 1], the larger the better; 1 if all answers are exact."""
        x, y = self.accuracy[::-1], self.specificity[::-1]
        return float(x[0] * y[0] + np.diff(x) @ (y[1:] + y[:-1]) / 2)

    def at(self, accuracy: float) -> float:
        """Read the specificity at an accuracy.

        Parameters
        ----------
        accuracy : float
            In [0, 1].

        Returns
        -------
        float
            The largest mean specificity of answers that are right at least so often.

        Raises
        ------
        InvalidInputError
            If `accuracy` is out of range.
        """
        if not isinstance(accuracy, (int, float)) or not 0 <= accuracy <= 1:
            raise InvalidInputError(f"accuracy={accuracy!r}; wanted a number in [0, 1].")
        return float(self.specificity[self.accuracy >= accuracy - 1e-12].max())


def accuracy_specificity_curve(
    y_true: ArrayLike, paths: tuple[Any, Any], *, taxonomy: Any, known: Any = None
) -> AccuracySpecificityCurve:
    """Trace accuracy against specificity over all floors, as Deng et al. 2012 do over their multiplier.

    Parameters
    ----------
    y_true : array of shape (n_samples,)
        True classes, leaves of the tree.
    paths : tuple of two arrays of shape (n_samples, depth + 1)
        Nodes down the tree and their falling probabilities, as `zsl.RankClassifier.predict_path` gives them.
    taxonomy : Taxonomy or what makes one
        The tree; see `zsl.taxonomy.as_taxonomy`.
    known : array of labels or None, default=None
        The classes that could be answered; see `rank_metrics`.

    Returns
    -------
    AccuracySpecificityCurve
        One point per different probability.

    Raises
    ------
    InvalidInputError
        If there are no samples, lengths differ, or a label isn't in the tree.

    Examples
    --------
    >>> from zsl.evaluation import accuracy_specificity_curve
    >>> paths = [["root", "cats", "lion"], ["root", "cats", "lion"]], [[1.0, 0.9, 0.6], [1.0, 0.8, 0.5]]
    >>> tree = {"cats": ["lion", "tiger"], "dogs": ["fox"]}
    >>> curve = accuracy_specificity_curve(["lion", "tiger"], paths, taxonomy=tree)
    >>> curve.accuracy.tolist(), curve.specificity.round(2).tolist()
    ([1.0, 1.0, 1.0, 1.0, 0.5], [0.0, 0.18, 0.37, 0.68, 1.0])
    """
    if not isinstance(paths, (tuple, list)) or len(paths) != 2:
        raise InvalidInputError(f"paths={shown(paths)}; wanted nodes and probabilities, as from predict_path.")
    with reading("paths", "nodes and probabilities"):
        labels, values = np.array(paths[0], dtype=object), np.array(paths[1], dtype=np.float64)
    if labels.ndim != 2 or labels.shape != values.shape:
        raise InvalidInputError(
            f"paths has shapes {labels.shape} and {values.shape}; wanted two of (n_samples, depth)."
        )
    tree, truth, _ = _as_places(y_true, labels[:, 0], taxonomy)
    span = _span(tree, known)
    places = {
        label: tree.place(label, "paths") for label in dict.fromkeys(labels.ravel().tolist()) if label is not None
    }
    nodes = np.array([[places.get(label, -1) for label in row] for row in labels.tolist()], dtype=np.intp)
    right = span.on_line(nodes, truth).astype(np.float64)
    specific = np.where(nodes >= 0, np.nan_to_num(span.specificity[nodes]), 0.0)
    there = nodes[:, 1:] >= 0
    steps = values[:, 1:][there], np.diff(right, axis=1)[there], np.diff(specific, axis=1)[there]
    order = np.argsort(-steps[0], kind="stable")
    floors, accuracy, specificity = steps[0][order], *(np.cumsum(step[order]) / len(nodes) for step in steps[1:])
    last = np.append(np.flatnonzero(np.diff(floors)), len(floors) - 1)
    return AccuracySpecificityCurve(
        np.append(np.inf, floors[last]), np.append(0.0, accuracy[last]) + 1, np.append(0.0, specificity[last])
    )


def _span(tree: Taxonomy, known: Any) -> KnownTree:
    """The part of the tree that could be answered."""
    if known is None:
        return KnownTree(tree, tree.classes)
    places = tree.places_of(known, "known")
    if not len(places) or len(set(places.tolist())) < len(places):
        raise InvalidInputError(f"known={shown(known)}; wanted one class or more, each once.")
    return KnownTree(tree, known)


def _as_places(y_true: Any, y_rank: Any, taxonomy: Any) -> tuple[Taxonomy, NDArray[np.intp], NDArray[np.intp]]:
    """The tree, and the places of true classes and answers."""
    tree = as_taxonomy(taxonomy)
    truth = tree.places_of(y_true, "y_true")
    answers: Sequence[Any] = host_array("y_rank", y_rank).ravel().tolist()
    if len(answers) != len(truth) or not len(truth):
        raise InvalidInputError(
            f"y_true has {len(truth)} labels and y_rank {len(answers)}; wanted the same number, and at least one."
        )
    if odd := [label for label in answers if not isinstance(label, (str, int, float))]:
        raise InvalidInputError(f"y_rank holds {shown(odd[0])}; wanted classes and groups of the taxonomy.")
    places = {label: tree.place(label, "y_rank") for label in dict.fromkeys(answers)}
    return tree, truth, np.array([places[label] for label in answers], dtype=np.intp)


def _shared_depth(tree: Taxonomy, one: NDArray[np.intp], other: NDArray[np.intp]) -> NDArray[np.intp]:
    """Depths of lowest common ancestors, pair by pair."""
    one, other = one.copy(), other.copy()
    while (apart := one != other).any():
        deeper = apart & (tree.depths[one] >= tree.depths[other])
        behind = apart & (tree.depths[other] >= tree.depths[one])
        one[deeper], other[behind] = tree.parents[one[deeper]], tree.parents[other[behind]]
    return tree.depths[one]
