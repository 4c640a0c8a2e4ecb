"""The shell of every classifier whose classes come and go: scores, predictions, removal."""

from abc import ABC, abstractmethod
from typing import Any, Literal, Self

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted, validate_data
from torch import Tensor

from zsl._typing import FloatArray, LabelArray
from zsl.estimators._atomic import all_or_nothing
from zsl.estimators._checks import check_whole
from zsl.estimators._saving import SavesModel
from zsl.exceptions import InvalidInputError
from zsl.functional.scores.rescaling import csls, mutual_proximity
from zsl.functional.scores.top_k import top_k
from zsl.selection.confidence import Confidence


class KnownClassesClassifier(SavesModel, ClassifierMixin, BaseEstimator, ABC):
    """Score images against the classes that are known, predict among all or some of them, forget some.

    A subclass says how images are embedded (`_embed`) and scored (`_score`), and keeps what it knows of its classes in
    `_classes`: an immutable value with `labels`, `seen`, `columns` and `take`, as `ClassRegistry` has them.
    """

    _classes: Any
    _confidence = Confidence()
    """How well samples of known classes score at best, measured on held-out seen classes; empty if none were."""

    @abstractmethod
    def _embed(self, X: FloatArray) -> FloatArray:
        """Embed checked images as (n, d), each on its own."""

    @abstractmethod
    def _score(self, embedded: FloatArray, classes: Any) -> FloatArray:
        """Score embedded images against classes, (n, C), without a bias."""

    @abstractmethod
    def _fit_checked(self, X: ArrayLike, y: ArrayLike) -> None:
        """Check everything, then fit; what a subclass takes besides comes by keyword."""

    def _fit_whole(self, X: ArrayLike, y: ArrayLike, **options: Any) -> Self:
        """Fit, or leave the estimator as it was."""
        with all_or_nothing(self):
            self._fit_checked(X, y, **options)
        return self

    def _calibrated(self, scores: FloatArray, classes: Any) -> FloatArray:
        """Set right that scores favour the seen classes; a subclass says how."""
        return scores

    def _check_images(self, X: ArrayLike, name: str = "X") -> FloatArray:
        """Check images against those fitted on."""
        try:
            images: FloatArray = validate_data(self, X, reset=False, dtype=[np.float64, np.float32])
        except ValueError as error:
            if name == "X":
                raise
            raise InvalidInputError(f"{name}: {error}") from error
        return images

    def remove_classes(self, labels: ArrayLike) -> Self:
        """Forget classes: they are no longer predicted, and their semantics and support images are dropped.

        Parameters
        ----------
        labels : label or array of labels
            Known classes. One at least has to stay.

        Returns
        -------
        self
            The estimator, changed in place. A call that raises changes nothing.

        Raises
        ------
        InvalidInputError
            If a label isn't known, or no class would be left.
        """
        check_is_fitted(self)
        columns = self._columns("labels", np.atleast_1d(np.asarray(labels)))
        keep = np.ones(len(self._classes), dtype=bool)
        keep[columns] = False
        if not keep.any():
            raise InvalidInputError(f"labels names all {len(keep)} classes; wanted at least one to stay.")
        self._classes = self._classes.take(keep)
        self._set_class_attributes()
        return self

    def forget_classes(self) -> Self:
        """Forget all classes, so that those added next are the only ones; what was learned stays.

        Images without a label that were kept beside the classes are forgotten, too.

        Returns
        -------
        self
            The estimator, changed in place.
        """
        check_is_fitted(self)
        self._classes = self._classes.take(np.zeros(len(self._classes), dtype=bool))
        self._set_class_attributes()
        return self

    def class_scores(self, X: ArrayLike, classes: ArrayLike | None = None, *, calibrated: bool = False) -> FloatArray:
        """Score images against classes.

        Parameters
        ----------
        X : array of shape (n_samples, n_features)
            Images.
        classes : array of shape (C,) or None, default=None
            Known classes, each once. None for all, `classes_`.
        calibrated : bool, default=False
            Whether the seen-class bias is applied.

        Returns
        -------
        array of shape (n_samples, C)
            Real scores, higher for a better match, with columns in the order of `classes`.

        Raises
        ------
        InvalidInputError
            If a class isn't known or occurs twice.
        """
        check_is_fitted(self)
        images, known = self._check_images(X), self._asked(classes)
        scores = self._score(self._embed(images), known)
        return self._calibrated(scores, known) if calibrated else scores

    def top_classes(
        self, X: ArrayLike, classes: ArrayLike | None = None, *, k: int = 5
    ) -> tuple[LabelArray, FloatArray]:
        """Find the best classes of each image.

        Of very many classes only some are compared with some of the images at a time, so that scores take bounded
        memory; but not by estimators that score classes only beside each other, or calibrate by a gate.

        Parameters
        ----------
        X : array of shape (n_samples, n_features)
            Images.
        classes : array of shape (C,) or None, default=None
            The classes to choose among. None for all, `classes_`.
        k : int, default=5
            How many classes; all if there are fewer.

        Returns
        -------
        labels : array of shape (n_samples, k)
            The best classes, the best first; of equally good ones the first in `classes`.
        scores : array of shape (n_samples, k)
            Their calibrated scores.

        Raises
        ------
        InvalidInputError
            If a class isn't known or occurs twice, or `k` isn't a whole number above 0.
        """
        check_is_fitted(self)
        check_whole("k", k)
        images, known = self._check_images(X), self._asked(classes)
        values, columns = self._top(images, known, int(k))
        return known.labels[columns.numpy()], values.numpy()

    def _asked(self, classes: ArrayLike | None) -> Any:
        """What is known of the classes that are asked for."""
        if not len(self._classes):
            raise InvalidInputError("No classes are known; add_classes makes some known.")
        if classes is None:
            return self._classes
        return self._classes.take(self._columns("classes", np.atleast_1d(np.asarray(classes))))

    def _top(self, images: FloatArray, classes: Any, k: int) -> tuple[Tensor, Tensor]:
        """The best calibrated scores of checked images, (n, k), falling, and their columns."""
        return top_k(torch.as_tensor(self._calibrated(self._score(self._embed(images), classes), classes)), k)

    def decision_function(self, X: ArrayLike) -> FloatArray:
        """Calibrated scores over `classes_`.

        Parameters
        ----------
        X : array of shape (n_samples, n_features)
            Images.

        Returns
        -------
        array of shape (n_samples, C), or (n_samples,) for two classes
            Scores with the seen-class bias applied; for two classes, that of the second minus that of the first.
        """
        scores = self.class_scores(X, calibrated=True)
        return scores[:, 1] - scores[:, 0] if scores.shape[1] == 2 else scores

    def predict_proba(self, X: ArrayLike, classes: ArrayLike | None = None) -> FloatArray:
        r"""Softmax of the calibrated scores.

        .. math:: p(c | x) = \exp(g(x, c) / T) / \textstyle\sum_{c'} \exp(g(x, c') / T)

        with T = `temperature_` where the estimator has one, and 1 otherwise.

        Parameters
        ----------
        X : array of shape (n_samples, n_features)
            Images.
        classes : array of shape (C,) or None, default=None
            The classes to choose among. None for all, `classes_`.

        Returns
        -------
        array of shape (n_samples, C)
            Probabilities, rows summing to 1, with columns in the order of `classes`.
        """
        scores = self.class_scores(X, classes, calibrated=True)
        scores = np.exp((scores - scores.max(axis=1, keepdims=True)) / getattr(self, "temperature_", 1.0))
        probabilities: FloatArray = scores / scores.sum(axis=1, keepdims=True)
        return probabilities

    def predict(
        self,
        X: ArrayLike,
        classes: ArrayLike | None = None,
        *,
        rescale: Literal["csls", "mutual_proximity"] | None = None,
        reject: float | None = None,
        reject_label: Any = None,
    ) -> LabelArray:
        """Predict the class of each image.

        Parameters
        ----------
        X : array of shape (n_samples, n_features)
            Images.
        classes : array of shape (C,) or None, default=None
            The classes to choose among: the unseen ones for conventional zero-shot prediction. None for all,
            `classes_`, which is generalized zero-shot prediction.
        rescale : {"csls", "mutual_proximity"} or None, default=None
            Rescale the calibrated scores against hubs, with all of `X` as the reference:
            `zsl.functional.scores.rescaling`. This makes the prediction transductive, so that it depends on the other
            images.
        reject : float in [0, 1) or None, default=None
            Answer `reject_label` where the best calibrated score is lower than that of this share of the images of
            known classes, measured on held-out seen classes.
        reject_label : label or None, default=None
            What stands for "none of these". None stands for -1 among numbers, and "none" among strings.

        Returns
        -------
        array of shape (n_samples,)
            Labels.

        Raises
        ------
        InvalidInputError
            If an option isn't as said, a class isn't known, or `reject` is given and no classes were held out in `fit`.
        """
        check_is_fitted(self)
        threshold = None if reject is None else self._threshold(reject, classes)
        if rescale not in (None, "csls", "mutual_proximity"):
            raise InvalidInputError(f"rescale={rescale!r}; wanted 'csls', 'mutual_proximity' or None.")
        if rescale is None:
            labels, best = self.top_classes(X, classes, k=1)
            predicted, confidence = labels[:, 0], best[:, 0]
        else:
            scores = self.class_scores(X, classes, calibrated=True)
            confidence = scores.max(axis=1)
            scores = csls(scores) if rescale == "csls" else mutual_proximity(scores)
            predicted = self._asked(classes).labels[scores.argmax(axis=1)]
        return predicted if threshold is None else _rejected(predicted, confidence < threshold, reject_label)

    def _threshold(self, reject: float, classes: ArrayLike | None) -> float:
        if isinstance(reject, bool) or not isinstance(reject, (int, float, np.number)) or not 0 <= reject < 1:
            raise InvalidInputError(f"reject={reject!r}; wanted a share in [0, 1).")
        if not self._confidence:
            raise InvalidInputError(self._why_no_threshold())
        return self._confidence.threshold(float(reject), len(self._asked(classes)))

    def _why_no_threshold(self) -> str:
        """Why there is nothing to read a reject threshold from, and which parameter changes that."""
        if not hasattr(self, "cv"):
            return f"reject was given; a {type(self).__name__} holds out no classes, so it has no threshold."
        if self.cv is None:
            return (
                "reject was given and cv=None, so that fit held out no classes; wanted cv=5, say, in the constructor."
            )
        return (
            f"reject was given, and fit held out no classes with cv={self.cv!r}; wanted class descriptions, four seen "
            "classes or more with two samples each, and something to choose (seen_bias='auto')."
        )

    def _columns(self, name: str, labels: LabelArray) -> NDArray[np.intp]:
        if labels.ndim != 1 or not len(labels):
            raise InvalidInputError(f"{name} has shape {labels.shape}; wanted one label or more in one dimension.")
        columns: NDArray[np.intp] = self._classes.columns(labels)
        if (columns < 0).any():
            unknown = labels[columns < 0][:5].tolist()
            known = f"{self.classes_[:5].tolist()}{' and so on' if len(self.classes_) > 5 else ''}"
            raise InvalidInputError(f"{name} names {unknown}, which are not known; known are {known}.")
        if len(set(columns.tolist())) < len(columns):
            raise InvalidInputError(f"{name} names a class more than once: {labels.tolist()[:10]}.")
        return columns

    def _check_kind(self, name: str, labels: LabelArray) -> None:
        """Refuse labels that cannot be sorted together with the known ones."""
        if not len(self._classes):
            return
        strings = isinstance(self._classes.labels.tolist()[0], str)
        others = [label for label in labels.tolist() if isinstance(label, str) != strings]
        if others:
            wanted = "strings" if strings else "numbers"
            raise InvalidInputError(f"{name} has the label {others[0]!r}; wanted {wanted} only, as those fitted on.")

    def _set_class_attributes(self) -> None:
        self.classes_ = self._classes.labels.copy()
        self.seen_classes_ = self._classes.labels[self._classes.seen]
        self.unseen_classes_ = self._classes.labels[~self._classes.seen]


def _rejected(predicted: LabelArray, where: NDArray[np.bool_], label: Any) -> LabelArray:
    """Put a label in place of some; the array becomes wide enough for it."""
    strings = isinstance(predicted.tolist()[0], str)
    if label is None:
        label = "none" if strings else -1
    if isinstance(label, str) != strings:
        wanted = "a string" if strings else "a number"
        raise InvalidInputError(f"reject_label={label!r}; wanted {wanted}, as the labels fitted on.")
    kind = object if predicted.dtype.kind == "O" else np.result_type(predicted, np.asarray([label]))
    found = predicted.astype(kind)
    found[where] = label
    return found
