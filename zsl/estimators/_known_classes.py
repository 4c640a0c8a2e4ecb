"""The shell of every classifier whose classes come and go."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from inspect import signature
from time import perf_counter
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from zsl._labels import are_strings, as_named_labels, coded
from zsl._progress import LOGGER
from zsl._suggestions import did_you_mean
from zsl._typing import FloatArray, LabelArray
from zsl.estimators._calls import changes, refusing_weights
from zsl.estimators._inputs import as_samples, as_targets
from zsl.estimators._predictions import PredictsClasses
from zsl.estimators._state import Stateful, check_finite, check_together
from zsl.exceptions import InvalidInputError
from zsl.selection.calibration import Confidence
from zsl.training.fingerprint import fingerprint_of
from zsl.training.journal import journaling


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
    feature_names_in_ : array of shape (n_features,)
        Names of the columns, if X was a DataFrame with string names.
    """

    _state: ClassVar[Mapping[str, Any]] = {"_classes": Any, "_confidence": Confidence}
    classes_: LabelArray
    seen_classes_: LabelArray
    unseen_classes_: LabelArray
    _classes: Any
    _takes_steps: ClassVar[bool] = False
    """Whether `fit` trains in steps, which checkpoints may be taken of."""
    _fits_by_blocks: ClassVar[bool] = False
    """Whether `fit` reads samples on disk block by block."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        own = vars(cls).get("fit")
        if own is not None and "sample_weight" not in signature(own).parameters:
            cls.fit = refusing_weights(own)  # type: ignore[method-assign]

    @refusing_weights
    def fit(self, X: ArrayLike, y: ArrayLike, *, checkpoint: Any = None) -> Self:
        """Fit on samples of the seen classes.

        Parameters
        ----------
        X : array of shape (n_samples, n_features), or (n_samples, channel, height, width) with a backbone
            Training samples: finite numbers. With a backbone, whole numbers go from 0 to 255, and grey images may come
            as (n_samples, height, width); later images have to be of the same scale and order of axes, where whole
            numbers count as 255ths, so that real numbers from 0 to 1 may stand beside them.
        y : array of shape (n_samples,)
            Their labels, at least two different ones: the seen classes. Where the estimator has `semantics`, each of
            them needs a row there; classes with a row but no samples become the unseen classes.
        checkpoint : str, path, Checkpoint or None, default=None
            A folder that training is saved in while it runs, once a minute, at the end of each fold, and when the
            process is asked to stop (SIGINT, SIGTERM); see `zsl.training.Checkpoint` for how often. The same call goes
            on from there, with bit-identical weights on a CPU. Only for estimators that are trained in steps: those
            with a closed form refuse it. None saves nothing.

        Returns
        -------
        self
            The fitted estimator.

        Raises
        ------
        InvalidInputError
            If a parameter is out of range, samples have a shape or values that don't fit, `y` has only one class, or
            `checkpoint` is no folder of this fit.
        CheckpointError
            If a checkpoint can't be written, such as on a full disk.
        SemanticsError
            If `semantics` cannot be used, or a class of `y` has no row.
        ValueError
            If `X` or `y` has a wrong shape, is empty, or holds values that are missing or infinite.

        Notes
        -----
        Labels are all strings, or all whole numbers (True and False are 1 and 0), in any array or list: of numpy,
        pandas, polars, Arrow. They keep their type, and are compared by value: 2 and 2.0 are one class, "1" and 1, or
        "01" and "1", are two.
        """
        return self._fit_whole(X, y, checkpoint)

    @abstractmethod
    def _fit_checked(self, X: ArrayLike, y: ArrayLike) -> None:
        """Check everything, then fit; what a subclass takes besides comes by keyword."""

    @changes
    def _fit_whole(self, X: ArrayLike, y: ArrayLike, checkpoint: Any, **options: Any) -> Self:
        """Fit, or leave the estimator as it was."""
        if checkpoint is not None and not self._takes_steps:
            raise InvalidInputError(
                f"checkpoint={checkpoint!r}, but a {type(self).__name__} isn't trained in steps; wanted None."
            )
        self._check_parameters()
        began, data = perf_counter(), {"X": X, "y": y, **options, **self._started_from()}
        with journaling(checkpoint, lambda: fingerprint_of(self, data)):
            self._fit_checked(X, y, **options)
        self._set_class_attributes()
        sizes = len(self.seen_classes_), len(self.classes_), perf_counter() - began
        LOGGER.info("%s: fitted on %d of %d known classes in %.1f s", type(self).__name__, *sizes)
        return self

    def _started_from(self) -> dict[str, Any]:
        """What beside parameters and data decides what a fit gives, by name."""
        return {}

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
        samples = as_samples(self, X, name)
        self._check_magnitude(name, samples)
        return samples

    def _check_magnitude(self, name: str, X: FloatArray) -> None:
        """Refuse features of a size that a subclass can't compute with, beyond what no sums can be taken of."""

    def _check_labelled(self, X: ArrayLike | None, y: ArrayLike | None) -> tuple[FloatArray, LabelArray]:
        """Check support samples and their labels, which may be of classes known or new."""
        if X is None or y is None:
            raise InvalidInputError("X and y go together; add_classes was given only one of them, or neither.")
        samples, labels = self._check_samples(X), as_targets(y)
        if len(samples) != len(labels):
            raise InvalidInputError(f"X has {len(samples)} samples and y {len(labels)} labels; wanted one per sample.")
        return samples, labels

    def _set_state(self, state: dict[str, Any]) -> None:
        super()._set_state(state)
        self._set_class_attributes()

    def _check_state(self) -> None:
        self._check_scores()

    def _check_scores(self) -> None:
        """Score a blank sample, so that parts of a wrong shape show now and not at the first prediction.

        What is stored has to be the size of all that this takes: whoever calls it has held `n_features_in_` against the
        shape of a tensor.
        """
        embedded = self._embed(np.zeros((1, self.n_features_in_)))
        self._check_width(embedded.shape[1])
        known = self._classes.take(np.arange(min(2, len(self._classes))))
        if len(known):
            check_finite(self._calibrated(self._score(embedded, known), known))

    def _check_width(self, width: int) -> None:
        """Refuse samples of known classes that are embedded in another space than samples to predict are."""
        found = getattr(self._classes, "width", None)
        check_together(found is None or found == width, f"known samples have {found} features, new ones {width}")

    @changes
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
        keep = remaining(self._columns("labels", labels), len(self._classes))
        before, self._classes = self._classes, self._classes.take(keep)
        self._set_class_attributes()
        self._follow(before, ())
        return self

    def _follow(self, before: Any, changed: Sequence[LabelArray]) -> None:
        """Take over what was computed for the classes before, except the changed ones; a subclass may."""

    @changes
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
        return self._classes.take(self._columns("classes", classes))

    def _columns(self, name: str, given: Any) -> NDArray[np.intp]:
        """Positions of known classes, each named once, or of a single one."""
        labels = as_named_labels(name, given)
        if not len(labels):
            raise InvalidInputError(f"{name} has shape {labels.shape}; wanted one label or more, shape (n_labels,).")
        columns: NDArray[np.intp] = self._classes.columns(labels)
        if (columns < 0).any():
            unknown = labels[columns < 0][:5].tolist()
            known = f"{self.classes_[:5].tolist()}{' and so on' if len(self.classes_) > 5 else ''}"
            raise InvalidInputError(
                f"{name} names {unknown}, which are not known; known are {known}."
                + did_you_mean(unknown, self.classes_.tolist())
            )
        if len(set(columns.tolist())) < len(columns):
            raise InvalidInputError(f"{name} names a class more than once: {labels.tolist()[:10]}.")
        return columns

    def _check_kind(self, name: str, labels: LabelArray) -> None:
        """Refuse strings beside known numbers, and numbers beside known strings."""
        known = self._classes.labels
        if len(known) and len(labels) and are_strings(labels) != are_strings(known):
            wanted = "strings" if are_strings(known) else "numbers"
            raise InvalidInputError(f"{name} has the label {labels.tolist()[0]!r}; wanted {wanted} only, as in fit.")

    def _set_class_attributes(self) -> None:
        self.classes_ = self._classes.labels.copy()
        self.seen_classes_ = self._classes.labels[self._classes.seen]
        self.unseen_classes_ = self._classes.labels[~self._classes.seen]


def remaining(columns: NDArray[np.intp], n_classes: int) -> NDArray[np.bool_]:
    """Which classes are left without those of `columns`; at least one has to be."""
    keep = np.ones(n_classes, dtype=bool)
    keep[columns] = False
    if not keep.any():
        raise InvalidInputError(f"labels names all {n_classes} classes; wanted at least one to remain.")
    return keep


def labels_and_codes(y: LabelArray) -> tuple[LabelArray, NDArray[np.intp]]:
    """The different labels of training samples, two or more, and the number of each sample's among them."""
    labels, codes = coded(y)
    if len(labels) < 2:
        raise InvalidInputError(f"y has one class or none, {labels.tolist()}; wanted two or more.")
    return labels, codes
