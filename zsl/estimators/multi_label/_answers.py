"""Answers about classes that are told each on its own: log-odds, probabilities, labels, rankings."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit
from sklearn.utils.validation import check_is_fitted

from zsl._docs import documented_like
from zsl._labels import as_named_labels
from zsl._suggestions import did_you_mean
from zsl._typing import FloatArray, LabelArray
from zsl.estimators._calls import reads
from zsl.estimators._inputs import as_samples
from zsl.estimators._parameters import check_whole
from zsl.estimators._streaming import by_blocks
from zsl.estimators.multi_label._known import LinearClasses
from zsl.evaluation.answers.targets import Present, read_targets
from zsl.exceptions import InvalidInputError
from zsl.selection.scaling import Scaler

_BLOCK_ROWS = 4096


class AnswersEach:
    """Answer for each known class whether a sample has it."""

    classes_: LabelArray
    seen_bias_: float
    _classes: LinearClasses
    _scaler: Scaler
    _columns: LabelArray

    @reads
    @by_blocks
    def class_scores(self, X: ArrayLike, classes: ArrayLike | None = None) -> FloatArray:
        r"""Log-odds of each class, :math:`\log p(c | x) - \log(1 - p(c | x))`.

        Parameters
        ----------
        X : array of shape (n_samples, n_features)
            Samples.
        classes : array of shape (C,) or None, default=None
            Known classes, each once. None for all, `classes_`.

        Returns
        -------
        array of shape (n_samples, C)
            Real numbers, with columns in the order of `classes`.

        Raises
        ------
        InvalidInputError
            If a class isn't known or occurs twice.
        """
        return self._odds(X, self._asked(classes))

    @reads
    @by_blocks
    @documented_like(class_scores)
    def decision_function(self, X: ArrayLike, classes: ArrayLike | None = None) -> FloatArray:
        """Log-odds above the threshold of each class: 0 or more where `predict` answers 1.

        Returns
        -------
        array of shape (n_samples, C)
            Real numbers, with columns in the order of `classes`.
        """
        known = self._asked(classes)
        return self._odds(X, known) - known.thresholds

    @reads
    @by_blocks
    @documented_like(class_scores)
    def predict_proba(self, X: ArrayLike, classes: ArrayLike | None = None) -> FloatArray:
        """Probability of each class, on its own: rows don't sum to 1.

        Returns
        -------
        array of shape (n_samples, C)
            Probabilities, with columns in the order of `classes`.
        """
        probabilities: FloatArray = expit(self._odds(X, self._asked(classes)))
        return probabilities

    @reads
    @by_blocks
    def predict(self, X: ArrayLike, classes: ArrayLike | None = None) -> NDArray[np.int64]:
        """Predict which classes each sample has, each by its threshold.

        Parameters
        ----------
        X : array of shape (n_samples, n_features)
            Samples.
        classes : array of shape (C,) or None, default=None
            Known classes, each once: the unseen ones for conventional zero-shot prediction. None for all, `classes_`.

        Returns
        -------
        array of int of shape (n_samples, C)
            0 and 1, with columns in the order of `classes`.
        """
        known = self._asked(classes)
        return (self._odds(X, known) >= known.thresholds).astype(np.int64)

    @reads
    @documented_like(class_scores)
    def predict_labels(self, X: ArrayLike, classes: ArrayLike | None = None) -> list[tuple[Any, ...]]:
        """Predict the labels of each sample; what `predict` answers with 1.

        Returns
        -------
        list of tuple of label
            Labels per sample, none or several, in the order of `classes`.
        """
        labels = self._asked(classes).labels
        return [tuple(labels[row.astype(bool)].tolist()) for row in self.predict(X, classes)]

    @reads
    @by_blocks
    def top_classes(
        self, X: ArrayLike, classes: ArrayLike | None = None, *, k: int = 3
    ) -> tuple[LabelArray, FloatArray]:
        """Find the most probable classes of each sample, whether they pass their thresholds or not.

        Parameters
        ----------
        X : array of shape (n_samples, n_features)
            Samples.
        classes : array of shape (C,) or None, default=None
            The classes to choose among. None for all, `classes_`.
        k : int, default=3
            How many classes; all if there are fewer.

        Returns
        -------
        labels : array of shape (n_samples, k)
            The best classes, the best first; of equally good ones the first in `classes`.
        scores : array of shape (n_samples, k)
            Their log-odds, less `seen_bias_` for seen classes.

        Raises
        ------
        InvalidInputError
            If a class isn't known or occurs twice, or `k` isn't a whole number above 0.
        """
        check_whole("k", k)
        known = self._asked(classes)
        scores = self._odds(X, known) - self.seen_bias_ * known.seen
        best = np.argsort(-scores, axis=1, kind="stable")[:, :k]
        return known.labels[best], np.take_along_axis(scores, best, axis=1)

    @reads
    def score(self, X: ArrayLike, y: Any, *, classes: ArrayLike | None = None) -> float:
        r"""F1 of the predicted labels, over all samples and the classes of `y` together (micro).

        Parameters
        ----------
        X : array of shape (n_samples, n_features)
            Samples.
        y : DataFrame or array of shape (n_samples, n_columns), or sequence of sets of labels
            Which classes each has, as in `fit`.
        classes : array of shape (n_columns,) or None, default=None
            Labels of the columns, as in `fit`; None for those of the fit, if there are as many.

        Returns
        -------
        float
            :math:`2 \mathrm{TP} / (2 \mathrm{TP} + \mathrm{FP} + \mathrm{FN})`; 1 where nothing is there or predicted.

        Raises
        ------
        InvalidInputError
            If `X` or `y` cannot be used, they differ in length, or a class isn't known.
        """
        check_is_fitted(self)
        labels, present = self._truth(y, classes)
        found = self.predict(X, labels).astype(bool)
        if len(found) != len(present):
            raise InvalidInputError(f"X has {len(found)} samples and y {len(present)} rows; wanted one per sample.")
        size = int(found.sum() + present.sum())
        return 2 * int((found & present).sum()) / size if size else 1.0

    def _truth(self, y: Any, classes: Any) -> tuple[LabelArray, Present]:
        """Classes of `y`, all of them known, and which of them each sample has."""
        labels, present = read_targets(y, classes, self._columns)
        self._places("y", labels)
        return labels, present

    def _asked(self, classes: ArrayLike | None) -> LinearClasses:
        check_is_fitted(self)
        return self._classes if classes is None else self._classes.take(self._places("classes", classes))

    def _odds(self, X: ArrayLike, known: LinearClasses) -> FloatArray:
        samples = as_samples(self, X)
        cuts = (slice(start, start + _BLOCK_ROWS) for start in range(0, len(samples), _BLOCK_ROWS))
        return np.concatenate([known(self._scaler.of_unit(samples[cut])) for cut in cuts])

    def _places(self, name: str, given: Any) -> NDArray[np.intp]:
        """Positions of known classes, each named once, or of a single one."""
        labels = as_named_labels(name, given)
        found = self._classes.columns(labels)
        if not len(labels) or (len(set(found.tolist())) < len(found) and (found >= 0).all()):
            raise InvalidInputError(f"{name}={labels.tolist()[:10]}; wanted one class or more, each once.")
        if (found < 0).any():
            unknown = labels[found < 0][:5].tolist()
            raise InvalidInputError(
                f"{name} names {unknown}, which are not known; known are {self.classes_[:5].tolist()}"
                f"{' and so on' if len(self.classes_) > 5 else ''}." + did_you_mean(unknown, self.classes_.tolist())
            )
        return found
