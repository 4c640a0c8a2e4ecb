"""Synthetic data and a small zero-shot estimator that follows the contract of the real ones."""

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import Ridge
from sklearn.utils.validation import check_is_fitted, validate_data

from zsl.evaluation.splits import GZSLSplit
from zsl.semantics import Semantics


def gaussian_split(n_seen, n_unseen, *, n_per_class, noise, related=True, seed=0):
    """Classes whose means in 12 features are linear in 6 attributes, or unrelated to them; half are test images."""
    rng = np.random.default_rng(seed)
    names = [f"seen_{number:02d}" for number in range(n_seen)] + [f"unseen_{number:02d}" for number in range(n_unseen)]
    attributes, weights = rng.normal(size=(len(names), 6)), rng.normal(size=(6, 12)) / np.sqrt(6)
    means = attributes @ weights if related else rng.normal(size=(len(names), 12))
    X = np.repeat(means, n_per_class, axis=0) + noise * rng.normal(size=(len(names) * n_per_class, 12))
    return GZSLSplit.from_arrays(
        X,
        np.repeat(names, n_per_class),
        Semantics(attributes, classes=names),
        unseen=names[n_seen:],
        seen_test_size=0.5,
        support_size=0.5,
        random_state=seed,
        name="gaussian",
    )


class NearestPrototype(ClassifierMixin, BaseEstimator):
    """Nearest prototype: class means for seen classes, ridge regression from semantics to class means for others.

    Support images count as much as the semantics do: prototype = (mapped semantics + sum of images) / (1 + K).
    """

    def __init__(self, *, semantics=None, alpha=1e-3, seen_bias=0.0):
        self.semantics = semantics
        self.alpha = alpha
        self.seen_bias = seen_bias

    def fit(self, X, y):
        X, y = validate_data(self, X, y)
        self.seen_classes_ = np.unique(y)
        self._sums = {label: X[y == label].mean(axis=0) for label in self.seen_classes_.tolist()}
        self._counts = dict.fromkeys(self._sums, 1)
        self.seen_bias_ = self.seen_bias
        if self.semantics is not None:
            means = np.stack(list(self._sums.values()))
            ridge = Ridge(alpha=self.alpha).fit(self.semantics.rows(self.seen_classes_), means)
            rows = ridge.predict(self.semantics.vectors).reshape(-1, X.shape[1])
            for label, mapped in zip(self.semantics.classes.tolist(), rows, strict=True):
                if label not in self._sums:
                    self._sums[label], self._counts[label] = mapped, 1
        self.classes_ = np.array(sorted(self._sums))
        return self

    def add_classes(self, X, y):
        for x, label in zip(validate_data(self, X, reset=False), y.tolist(), strict=True):
            self._sums[label] = self._sums.get(label, 0) + x
            self._counts[label] = self._counts.get(label, 0) + 1
        self.classes_ = np.array(sorted(self._sums))
        return self

    def remove_classes(self, labels):
        for label in labels.tolist():
            del self._sums[label], self._counts[label]
        self.classes_ = np.array(sorted(self._sums))
        return self

    def class_scores(self, X, classes=None, *, calibrated=False):
        check_is_fitted(self)
        X = validate_data(self, X, reset=False)
        labels = (self.classes_ if classes is None else classes).tolist()
        prototypes = np.stack([self._sums[label] / self._counts[label] for label in labels])
        scores = -((X[:, None] - prototypes) ** 2).sum(axis=2)
        if calibrated:
            scores -= self.seen_bias_ * np.isin(labels, self.seen_classes_)
        return scores

    def predict(self, X, classes=None):
        among = self.classes_ if classes is None else classes
        return among[self.class_scores(X, among, calibrated=True).argmax(axis=1)]
