"""The shell of every classifier whose classes come and go."""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, column_or_1d, validate_data

from zsl._typing import FloatArray, LabelArray
from zsl.estimators._predictions import PredictsClasses
from zsl.estimators._state import Stateful, check_finite
from zsl.exceptions import InvalidInputError
from zsl.functional.linear.origins import check_magnitude


@contextmanager
def all_or_nothing(estimator: object) -> Iterator[None]:
    """Bring back all attributes of the estimator if the block raises, whatever it raises."""
    before = vars(estimator).copy()
    try:
        yield
    except BaseException:
        estimator.__dict__ = before
        raise


class KnownClassesClassifier(Stateful, PredictsClasses, ClassifierMixin, BaseEstimator):
    """Score samples against the classes that are known, predict among all or some of them, forget some.

    A subclass embeds samples (`_embed`), scores them (`_score`), and keeps what it knows of its classes in `_classes`:
    an immutable value with `labels`, `seen`, `columns` and `take`, as `ClassRegistry` has them.

    Attributes
    ----------
    classes_ : array of shape (C,)
        All known classes, sorted.
    seen_classes_, unseen_classes_ : array
        Those with training samples, and the others.
    n_features_in_ : int
        Width of X.
    feature_names_in_ : array of shape (n_features_in_,)
        Names of the columns, if X was a DataFrame with string names.
    """

    _state: ClassVar[tuple[str, ...]] = ("_classes", "_confidence")
    _classes: Any

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Fit on samples of the seen classes.

        Parameters
        ----------
        X : array of shape (n_samples, n_features), or (n_samples, channel, height, width) with a backbone
            Training samples: finite numbers. With a backbone, whole numbers go from 0 to 255, and grey images may come
            as (n_samples, height, width).
        y : array of shape (n_samples,)
            Their labels, at least two different ones: the seen classes. Where the estimator has `semantics`, each of
            them needs a row there; classes with a row but no samples become the unseen classes.

        Returns
        -------
        self
            The fitted estimator.

        Raises
        ------
        InvalidInputError
            If a parameter is out of range, samples have a shape or values that don't fit, or `y` has only one class.
        SemanticsError
            If `semantics` cannot be used, or a class of `y` has no row.
        ValueError
            If `X` or `y` has a wrong shape, is empty, or holds values that are missing or infinite.
        """
        return self._fit_whole(X, y)

    @abstractmethod
    def _fit_checked(self, X: ArrayLike, y: ArrayLike) -> None:
        """Check everything, then fit; what a subclass takes besides comes by keyword."""

    def _fit_whole(self, X: ArrayLike, y: ArrayLike, **options: Any) -> Self:
        """Fit, or leave the estimator as it was."""
        with all_or_nothing(self):
            self._check_parameters()
            self._fit_checked(X, y, **options)
            self._set_class_attributes()
        return self

    @abstractmethod
    def add_classes(self, X: ArrayLike | None = None, y: ArrayLike | None = None) -> Self:
        """Make classes known, or known better, without fitting again.

        Parameters
        ----------
        X : array of samples or None, default=None
            Support samples of classes, known or new, in the form of those fitted on. Those of a class that has some
            already add to them.
        y : array of shape (n_samples,) or None, default=None
            Their labels.

        Returns
        -------
        self
            The estimator, changed in place. A call that raises changes nothing.

        Raises
        ------
        InvalidInputError
            If nothing is given, only one of `X` and `y` is, or an array doesn't fit.
        """

    def _check_samples(self, X: ArrayLike, name: str = "X") -> FloatArray:
        """Check samples against those fitted on."""
        try:
            samples: FloatArray = validate_data(self, X, reset=False, dtype=[np.float64, np.float32])
        except ValueError as error:
            if name == "X":
                raise
            raise InvalidInputError(f"{name}: {error}") from error
        self._check_magnitude(name, samples)
        return samples

    def _check_magnitude(self, name: str, X: FloatArray) -> None:
        """Refuse features that can't be computed with because of their size."""
        check_magnitude(name, X)

    def _check_labelled(self, X: ArrayLike | None, y: ArrayLike | None) -> tuple[FloatArray, LabelArray]:
        """Check support samples and their labels, which may be of classes known or new."""
        if X is None or y is None:
            raise InvalidInputError("X and y go together; add_classes was given only one of them, or neither.")
        samples, labels = self._check_samples(X), column_or_1d(y)
        if len(samples) != len(labels):
            raise InvalidInputError(f"X has {len(samples)} samples and y {len(labels)} labels; wanted one per sample.")
        return samples, labels

    def _set_state(self, state: dict[str, Any]) -> None:
        super()._set_state(state)
        self._set_class_attributes()

    def _check_state(self) -> None:
        self._check_scores((1, self.n_features_in_))

    def _check_scores(self, shape: tuple[int, ...], classes: Any = None) -> None:
        """Score a blank sample, so that parts of a wrong shape show now and not at the first prediction."""
        embedded = self._embed(np.zeros(shape, dtype=np.float32 if len(shape) > 2 else np.float64))
        known = self._classes if classes is None else classes
        if len(known):
            check_finite(self._calibrated(self._score(embedded, known), known))

    def remove_classes(self, labels: ArrayLike) -> Self:
        """Forget classes: they are no longer predicted, and their semantics and support samples are dropped.

        Parameters
        ----------
        labels : label or array of labels
            Known classes. At least one has to stay.

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
            raise InvalidInputError(f"labels names all {len(keep)} classes; wanted at least one to remain.")
        before, self._classes = self._classes, self._classes.take(keep)
        self._set_class_attributes()
        self._follow(before, ())
        return self

    def _follow(self, before: Any, changed: Sequence[LabelArray]) -> None:
        """Take over what was computed for the classes before, except the changed ones; a subclass may."""

    def forget_classes(self) -> Self:
        """Forget all classes, so that those added next are the only ones; what was learned stays.

        Samples without a label that were kept beside the classes are forgotten, too.

        Returns
        -------
        self
            The estimator, changed in place.
        """
        check_is_fitted(self)
        self._classes = self._classes.take(np.zeros(len(self._classes), dtype=bool))
        self._set_class_attributes()
        return self

    def _asked(self, classes: ArrayLike | None) -> Any:
        """What is known of the classes that are asked for."""
        if not len(self._classes):
            raise InvalidInputError("No classes are known; add some with add_classes.")
        if classes is None:
            return self._classes
        return self._classes.take(self._columns("classes", np.atleast_1d(np.asarray(classes))))

    def _columns(self, name: str, labels: LabelArray) -> NDArray[np.intp]:
        """Positions of known classes, each named once."""
        if labels.ndim != 1 or not len(labels):
            raise InvalidInputError(f"{name} has shape {labels.shape}; wanted one label or more, shape (n_labels,).")
        columns: NDArray[np.intp] = self._classes.columns(labels)
        if (columns < 0).any():
            unknown = labels[columns < 0][:5].tolist()
            known = f"{self.classes_[:5].tolist()}{' and so on' if len(self.classes_) > 5 else ''}"
            raise InvalidInputError(f"{name} names {unknown}, which are not known; known are {known}.")
        if len(set(columns.tolist())) < len(columns):
            raise InvalidInputError(f"{name} names a class more than once: {labels.tolist()[:10]}.")
        return columns

    def _check_kind(self, name: str, labels: LabelArray) -> None:
        """Refuse labels that cannot be sorted together with the known ones, and real numbers as those of samples."""
        if len(self._classes):
            strings = isinstance(self._classes.labels.tolist()[0], str)
            others = [label for label in labels.tolist() if isinstance(label, str) != strings]
            if others:
                wanted = "strings" if strings else "numbers"
                raise InvalidInputError(f"{name} has the label {others[0]!r}; wanted {wanted} only, as in fit.")
        if name == "y":
            check_classification_targets(labels)

    def _set_class_attributes(self) -> None:
        self.classes_ = self._classes.labels.copy()
        self.seen_classes_ = self._classes.labels[self._classes.seen]
        self.unseen_classes_ = self._classes.labels[~self._classes.seen]


def labels_and_codes(y: LabelArray) -> tuple[LabelArray, NDArray[np.intp]]:
    """The different labels of training samples, two or more, and the number of each sample's among them."""
    check_classification_targets(y)
    labels, codes = np.unique(y, return_inverse=True)
    if len(labels) < 2:
        raise InvalidInputError(f"y has one class or none, {labels.tolist()}; wanted two or more.")
    return labels, codes.astype(np.intp)
