"""Paths down the tree, and the node of each that is certain enough."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from zsl._arguments import check_flag, shown
from zsl._docs import documented_like
from zsl._typing import FloatArray, LabelArray
from zsl.estimators._calls import reads
from zsl.estimators._parameters import check_number
from zsl.estimators.ranks._evidence import Evidence
from zsl.estimators.ranks._folds import probabilities_of
from zsl.estimators.wrapped.around import AroundFitted
from zsl.exceptions import InvalidInputError
from zsl.functional.scores.paths import deepest
from zsl.taxonomy import Taxonomy
from zsl.taxonomy.known import KnownTree

_BLOCK = 4096


def _has_scores(ranks: Any) -> bool:
    """Whether the wrapped classifier has scores, as those of this package do."""
    return hasattr(getattr(ranks, "estimator_", ranks.estimator), "class_scores")


class AnswersByRank(AroundFitted):
    """The predictions of `RankClassifier`."""

    taxonomy_: Taxonomy
    evidence_: Evidence

    @reads
    def predict(self, X: Any, classes: ArrayLike | None = None) -> LabelArray:
        """Predict the class of each sample, however uncertain it is.

        Parameters
        ----------
        X : array of shape (n_samples, n_features), or samples as the estimator takes them
            Samples.
        classes : array of shape (C,) or None, default=None
            The classes to choose among, None for all. For an estimator that can choose, as those of this package.

        Returns
        -------
        array of shape (n_samples,)
            Labels, as from the wrapped classifier.

        Raises
        ------
        InvalidInputError
            If a class isn't known, or the estimator can't choose among some.
        """
        check_is_fitted(self, "estimator_")
        labels: LabelArray = self._asked_of("predict", X, classes)
        return labels

    @reads
    @documented_like(predict)
    def predict_proba(self, X: Any, classes: ArrayLike | None = None) -> FloatArray:
        """Give the probability of each class.

        Returns
        -------
        array of shape (n_samples, C)
            Those of the wrapped classifier, with columns in the order of `classes`.
        """
        check_is_fitted(self, "estimator_")
        found: FloatArray = self._asked_of("predict_proba", X, classes)
        return found

    class_scores = available_if(_has_scores)(AroundFitted.class_scores)

    def _asked_of(self, method: str, X: Any, classes: ArrayLike | None) -> Any:
        """What the wrapped classifier answers."""
        own = self.estimator_
        if classes is None:
            return getattr(own, method)(X)
        if not hasattr(own, "class_scores"):
            raise InvalidInputError(
                f"classes={shown(classes)}, and the estimator is a {type(own).__name__}, which knows no other than all "
                "classes; wanted None."
            )
        return getattr(own, method)(X, classes)

    @reads
    @documented_like(predict)
    def predict_node_proba(self, X: Any) -> pd.DataFrame:
        """Sum the probabilities of the classes below each class and group.

        Returns
        -------
        DataFrame of shape (n_samples, node)
            Unadjusted probabilities; columns are the nodes of the tree, the root first, with the index of `X` if that
            is a DataFrame. Groups without a known class have 0.
        """
        check_is_fitted(self, "estimator_")
        found = self._tree().node_probabilities(probabilities_of(self.estimator_, X))
        return pd.DataFrame(found, index=_index(X, len(found)), columns=pd.Index(self.taxonomy_.nodes, name="node"))

    @reads
    @documented_like(predict)
    def predict_path(self, X: Any) -> tuple[NDArray[np.object_], FloatArray]:
        """Walk down the tree, to the likeliest child each time.

        Returns
        -------
        labels : array of objects of shape (n_samples, depth + 1)
            The nodes passed, the root first, the class last, and None behind it.
        probabilities : array of shape (n_samples, depth + 1)
            Their adjusted probabilities, falling; NaN behind the class.
        """
        check_is_fitted(self, "estimator_")
        nodes, values = self._paths(X)
        labels = np.append(self.taxonomy_.nodes.astype(object), [None])
        return labels[nodes], values

    @reads
    @documented_like(predict)
    def predict_rank(self, X: Any, confidence: float = 0.9, *, as_frame: bool = False) -> Any:
        """Answer with the deepest class or group that is certain enough.

        Parameters
        ----------
        confidence : float in [0, 1), default=0.9
            The share of answers that are to be right, over samples as held out in `fit`: the true class, or a group
            above it.
        as_frame : bool, default=False
            Whether to tell more than the labels.

        Returns
        -------
        array of shape (n_samples,), or DataFrame of shape (n_samples, 3 or 4)
            Labels of classes and groups; of objects if one are strings and the other numbers. As a frame, with the
            index of `X` if that is one: "label"; "rank", its name, if ranks have names; "depth", 0 for the root; and
            "probability", the adjusted one.

        Raises
        ------
        InvalidInputError
            If `confidence` is out of range.
        """
        check_is_fitted(self, "estimator_")
        check_number("confidence", confidence, least=0, below=1)
        check_flag("as_frame", as_frame)
        nodes, values = self._paths(X)
        rows, place = np.arange(len(nodes)), deepest(values, self.evidence_.floor(float(confidence)))
        answers = nodes[rows, place]
        labels: LabelArray = self.taxonomy_.nodes[answers]
        if not as_frame:
            return labels
        columns: dict[str, Any] = {"label": labels}
        if self.taxonomy_.ranks is not None:
            columns["rank"] = np.array(self.taxonomy_.ranks, dtype=object)[answers]
        columns |= {"depth": self.taxonomy_.depths[answers], "probability": values[rows, place]}
        return pd.DataFrame(columns, index=_index(X, len(nodes)))

    def _paths(self, X: Any) -> tuple[NDArray[np.intp], FloatArray]:
        """Places of the nodes on each path, and their adjusted probabilities."""
        probabilities, tree = probabilities_of(self.estimator_, X), self._tree()
        blocks = [tree.paths(probabilities[start : start + _BLOCK]) for start in range(0, len(probabilities), _BLOCK)]
        nodes, values = (np.concatenate(part) for part in zip(*blocks, strict=True))
        return nodes, self.evidence_.adjusted(tree, nodes, values)

    def _tree(self) -> KnownTree:
        """The tree with the classes that are known now."""
        return KnownTree(self.taxonomy_, self.estimator_.classes_)


def _index(X: Any, length: int) -> pd.Index[Any]:
    index: pd.Index[Any] = X.index if isinstance(X, (pd.DataFrame, pd.Series)) else pd.RangeIndex(length)
    return index
