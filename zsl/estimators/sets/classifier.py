"""Prediction sets: the classes that a sample may be of, with a probability that is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np
from numpy.random import RandomState
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from zsl._arguments import as_random_state, check_estimator, check_flag
from zsl._docs import documented_like
from zsl._labels import as_labels
from zsl._typing import FloatArray, LabelArray
from zsl.estimators._calls import changes, lock_of, reads, snapshot
from zsl.estimators._parameters import Folds, check_number, check_value, whole
from zsl.estimators._state import check_together
from zsl.estimators.saving.applications import SavedWithEstimator
from zsl.estimators.sets._calibration import Calibration
from zsl.estimators.sets._folds import HeldOut, Samples, by_fitted
from zsl.estimators.sets._scoring import Score, Scoring
from zsl.evaluation._fitted import open_fitted
from zsl.exceptions import InvalidInputError, InvalidTypeError
from zsl.functional.scores.conformal import Standing

Conditional = Literal["group", "class", "none"]


class ConformalClassifier(SavedWithEstimator, ClassifierMixin, BaseEstimator):
    r"""Answer with a set of classes that holds the true one with the probability asked for.

    A class c is in the set of a sample x if its score is no greater than a threshold,

    .. math:: C(x) = \{c : s(x, c) \le \hat q_{g(c)}\},

    which is a quantile of the scores of true classes on calibration samples. There is one for seen and one for unseen
    classes, since samples of the latter are harder: Mondrian conformal prediction, V. Vovk, "Conditional Validity of
    Inductive Conformal Predictors", 2012, arXiv:1209.2673, with two groups of classes.

    - **Seen classes.** A share of the samples of each class is held out from all fits. Test samples that are
      exchangeable with these get sets of at least the coverage asked for, on average over them, whatever the estimator
      is worth, as long as the classes that compete are those of `fit`.
    - **Unseen classes.** Folds of seen classes play unseen ones: a clone is fitted without them, and scores their
      samples beside the classes that it was fitted on and, where they are fewer than the unseen classes, some of these,
      so that about as many new classes compete as later. The quantile is that of a sample of one more class, each class
      weighing the same (`zsl.functional.scores.conformal.conformal_quantile`). **This is no guarantee.** It would be
      one if unseen classes were exchangeable with seen ones, and if the clones were the estimator itself. They are
      fitted on fewer classes, which makes sets somewhat too large; and if unseen classes differ from seen ones more
      than these among each other, coverage is lower. Measure it where you can (`zsl.evaluation.measure_sets`).

    An empty set says that no class fits: the sample is likely a stranger. Sets of score "aps" and "raps" are empty only
    with `reject` or `randomized`, those of "lac" where all probabilities are low, too.

    Parameters
    ----------
    estimator : estimator
        A zero- or few-shot estimator, or a pipeline or search that ends in one. It is cloned, and stays as it is; with
        ``cv="prefit"`` it is fitted, and used as it is.
    coverage : float in (0, 1), default=0.9
        The probability, :math:`1 - \alpha`, that a set holds the true class.
    score : {"aps", "raps", "lac"}, default="aps"
        "aps" adds up the probabilities of all classes that are likelier, so that the size of a set goes by how unsure
        its sample is. "raps" adds a `penalty` per rank, against very large sets. "lac" takes the probability alone: the
        smallest sets on average, at the cost of hard samples.
    conditional : {"group", "class", "none"}, default="group"
        Among which classes the coverage holds. "group": among seen and among unseen classes. "class": for each seen
        class of its own, and among unseen ones; a class with too few calibration samples (nine are the least for 90 %)
        is in every set. "none": over all classes known, if a sample is of each of them with equal probability; unseen
        ones may be covered less than that.
    include_best : bool, default=False
        Whether the likeliest class is always in the set, so that none is empty.
    reject : float in [0, 1 - coverage), default=0.0
        The share of samples of known classes, seen or unseen, that may get an empty set since their best calibrated
        score is lower than that of all others. More sets of strangers are empty then. The thresholds make up for it, so
        that the coverage stays.
    randomized : bool, default=False
        Whether "aps" and "raps" draw which share of a class's own probability counts, as in the papers: the coverage is
        then met exactly, also where the likeliest class alone covers more, and sets depend on the order of samples.
    penalty : float, default=0.01
        What "raps" adds for each rank beyond `n_free`, 0 or more.
    n_free : int, default=5
        How many ranks cost nothing.
    n_shots : int, default=0
        Support samples of each class that plays an unseen one, given to the clone by ``add_classes``: as many as the
        new classes will have. Few-shot estimators need 1 or more for a threshold of new classes.
    calibration_size : float in [0, 1), default=0.2
        Share of the samples of each class that is held out to calibrate seen classes. With 0 all samples are fitted on,
        and seen classes are calibrated on what the folds hold out of them, by the clones: without guarantee.
    cv : int, splitter, "prefit" or None, default=5
        Folds of whole classes that play unseen ones, as `ClassKFold` gives them, each of which takes a fit. None leaves
        unseen classes without a threshold. With "prefit" the samples given to `fit` are for calibration alone, none of
        which the estimator was fitted on; those of classes that it knows without training samples calibrate these.
    random_state : int, RandomState or None, default=0
        Which samples and classes are held out.
    verbose : bool, default=False
        Whether to draw a bar.

    Attributes
    ----------
    estimator_ : estimator
        The fitted clone, or with "prefit" the estimator itself.
    calibrated_classes_ : array of shape (class,)
        The classes that count as seen, sorted; all others have the threshold of unseen ones.
    thresholds_ : dict of str to float
        The largest scores of "seen" and "unseen" classes at `coverage`, with all known classes competing; NaN where
        there is no single one. Infinite with too few samples or classes.

    See Also
    --------
    zsl.evaluation.measure_sets : Coverage and size of the sets on a split.

    Examples
    --------
    >>> from zsl import ConformalClassifier, RidgePrototypeClassifier, load_digits_zsl
    >>> split = load_digits_zsl()
    >>> clf = ConformalClassifier(RidgePrototypeClassifier(semantics=split.semantics), cv=3, coverage=0.8)
    >>> clf = clf.fit(split.X_train, split.y_train)
    >>> clf.predict_set(split.X_test_seen[:4], as_labels=True)
    """

    _state: ClassVar[Mapping[str, Any]] = {
        "calibrated_classes_": NDArray[Any],
        "_calibration": Calibration,
        "_seed": int,
    }

    def __init__(
        self,
        estimator: Any,
        *,
        coverage: float = 0.9,
        score: Score = "aps",
        conditional: Conditional = "group",
        include_best: bool = False,
        reject: float = 0.0,
        randomized: bool = False,
        penalty: float = 0.01,
        n_free: int = 5,
        n_shots: int = 0,
        calibration_size: float = 0.2,
        cv: Any = 5,
        random_state: int | RandomState | None = 0,
        verbose: bool = False,
    ) -> None:
        self.estimator = estimator
        self.coverage = coverage
        self.score = score
        self.conditional = conditional
        self.include_best = include_best
        self.reject = reject
        self.randomized = randomized
        self.penalty = penalty
        self.n_free = n_free
        self.n_shots = n_shots
        self.calibration_size = calibration_size
        self.cv = cv
        self.random_state = random_state
        self.verbose = verbose

    @changes
    def fit(self, X: Any, y: ArrayLike) -> Self:
        """Fit the estimator and its clones, and calibrate.

        Parameters
        ----------
        X : array of shape (n_samples, n_features), or samples as the first step of a pipeline takes them
            Training samples; with ``cv="prefit"`` calibration samples.
        y : array of shape (n_samples,)
            Their labels.

        Returns
        -------
        self
            The fitted classifier. A call that raises changes nothing.

        Raises
        ------
        InvalidInputError
            If a parameter is out of range, `X` and `y` don't fit each other or the estimator, nothing can be held out,
            or a class has no more samples than `n_shots`.
        """
        self._check_parameters()
        labels = as_labels("y", y)
        rng = as_random_state(self.random_state)
        n_samples = _count(X)
        if n_samples != len(labels):
            raise InvalidInputError(f"X has {n_samples} samples and y {len(labels)} labels; wanted one per sample.")
        self._seed = int(rng.randint(2**31 - 1))
        samples = Samples(X, labels)
        if isinstance(self.cv, str):
            found = by_fitted(self.estimator, samples)
        else:
            held_out = HeldOut(float(self.calibration_size), self.cv, int(self.n_shots), rng, bool(self.verbose))
            found = held_out.calibrated(self.estimator, samples)
        self.estimator_, self.calibrated_classes_, self._calibration = found
        return self

    @reads
    def predict_set(
        self,
        X: Any,
        classes: ArrayLike | None = None,
        *,
        coverage: float | None = None,
        as_labels: bool = False,
    ) -> Any:
        """Predict the set of classes that each sample may be of.

        Parameters
        ----------
        X : samples
            As the estimator takes them.
        classes : array of shape (C,) or None, default=None
            The classes that compete. None for all, `classes_`. Seen or unseen ones alone have thresholds of their own,
            which were calibrated among such.
        coverage : float in (0, 1) or None, default=None
            Another coverage than the `coverage` of the constructor.
        as_labels : bool, default=False
            Whether to give labels.

        Returns
        -------
        bool array of shape (n_samples, C), or list of arrays of labels
            Whether each class is in the set, with columns in the order of `classes`; or with `as_labels` the labels of
            each set, the likeliest first.

        Raises
        ------
        InvalidInputError
            If a class isn't known, an argument is out of range, or an unseen class is asked for and none was
            calibrated.
        """
        check_is_fitted(self, "estimator_")
        check_flag("as_labels", as_labels)
        level = self._level(coverage)
        opened = open_fitted(self.estimator_)
        own: Any = snapshot(opened.estimator)
        labels = own._asked(classes).labels
        samples = opened.transform(X)
        probabilities = own.predict_proba(samples, labels)
        groups = self._groups(labels)
        scoring = self._scoring()
        limits = self._calibration.thresholds(scoring, groups, level + float(self.reject), self.conditional)
        found = scoring(Standing.of(probabilities), "prediction") <= limits
        if self.reject:
            best = own.class_scores(samples, labels, calibrated=True).max(axis=1)
            found[best < self._calibration.floor(groups, float(self.reject))] = False
        if self.include_best:
            found[np.arange(len(found)), probabilities.argmax(axis=1)] = True
        return _listed(found, probabilities, labels) if as_labels else found

    @reads
    def predict(self, X: Any, classes: ArrayLike | None = None) -> LabelArray:
        """Predict the likeliest class, as the fitted estimator does.

        Parameters
        ----------
        X : samples
            As the estimator takes them.
        classes : array of shape (C,) or None, default=None
            The classes to choose among, None for all.

        Returns
        -------
        array of shape (n_samples,)
            Labels.
        """
        own, samples = self._opened(X)
        labels: LabelArray = own.predict(samples, classes)
        return labels

    @reads
    @documented_like(predict)
    def predict_proba(self, X: Any, classes: ArrayLike | None = None) -> FloatArray:
        """Give the probability of each class, as the fitted estimator does.

        Returns
        -------
        array of shape (n_samples, C)
            Rows that sum to 1, with columns in the order of `classes`.
        """
        own, samples = self._opened(X)
        found: FloatArray = own.predict_proba(samples, classes)
        return found

    @reads
    @documented_like(predict)
    def class_scores(self, X: Any, classes: ArrayLike | None = None, *, calibrated: bool = False) -> FloatArray:
        """Score samples against classes, as the fitted estimator does.

        Parameters
        ----------
        calibrated : bool, default=False
            Whether the seen-class bias is applied.

        Returns
        -------
        array of shape (n_samples, C)
            Scores, higher for a better match, with columns in the order of `classes`.
        """
        own, samples = self._opened(X)
        found: FloatArray = own.class_scores(samples, classes, calibrated=calibrated)
        return found

    def add_classes(self, X: Any = None, y: ArrayLike | None = None, *, semantics: Any = None) -> Self:
        """Make classes known to the fitted estimator, or known better; new ones get the threshold of unseen classes.

        Parameters
        ----------
        X : samples or None, default=None
            Support samples, as the estimator takes them.
        y : array of shape (n_samples,) or None, default=None
            Their labels.
        semantics : DataFrame, mapping, Semantics or None, default=None
            Rows of classes, where the estimator takes such.

        Returns
        -------
        self
            The classifier, whose `estimator_` is changed in place. A call that raises changes nothing.

        Raises
        ------
        InvalidInputError
            If nothing is given, only one of `X` and `y` is, or an array doesn't fit.
        SemanticsError
            If the rows cannot be used.
        """
        check_is_fitted(self, "estimator_")
        with lock_of(self):
            opened = open_fitted(self.estimator_)
            own: Any = opened.estimator
            given = {} if semantics is None else {"semantics": semantics}
            own.add_classes(None if X is None else opened.transform(X), y, **given)
        return self

    def remove_classes(self, labels: ArrayLike) -> Self:
        """Let the fitted estimator forget classes.

        Parameters
        ----------
        labels : label or array of labels
            Known classes. At least one has to stay.

        Returns
        -------
        self
            The classifier, whose `estimator_` is changed in place. A call that raises changes nothing.

        Raises
        ------
        InvalidInputError
            If a label isn't known, or no class would be left.
        """
        check_is_fitted(self, "estimator_")
        with lock_of(self):
            open_fitted(self.estimator_).estimator.remove_classes(labels)
        return self

    @property
    def classes_(self) -> LabelArray:
        """All classes that the fitted estimator knows, sorted."""
        return open_fitted(self.estimator_).estimator.classes_

    @property
    def seen_classes_(self) -> LabelArray:
        """Those with training samples."""
        return open_fitted(self.estimator_).estimator.seen_classes_

    @property
    def unseen_classes_(self) -> LabelArray:
        """The others."""
        own: Any = open_fitted(self.estimator_).estimator
        found: LabelArray = own.unseen_classes_
        return found

    @property
    def thresholds_(self) -> dict[str, float]:
        """The largest scores of seen and of unseen classes at `coverage`, with all known classes competing."""
        groups = self._groups(self.classes_)
        level = float(self.coverage + self.reject)
        limits = self._calibration.thresholds(self._scoring(), groups, level, self.conditional)
        sides = {"seen": limits[groups >= 0], "unseen": limits[groups < 0]}
        return {name: float(own[0]) if len(set(own.tolist())) == 1 else np.nan for name, own in sides.items()}

    def _level(self, coverage: float | None) -> float:
        if coverage is None:
            return float(self.coverage)
        check_number("coverage", coverage, above=0, below=1)
        if coverage + self.reject >= 1:
            raise InvalidInputError(f"coverage={coverage} and reject={self.reject}; wanted a sum below 1.")
        return float(coverage)

    def _groups(self, labels: LabelArray) -> NDArray[np.intp]:
        """The number of each class among the calibrated ones, -1 for another; these need a threshold, too."""
        numbers = {label: number for number, label in enumerate(self.calibrated_classes_.tolist())}
        groups = np.array([numbers.get(label, -1) for label in labels.tolist()], dtype=np.intp)
        if self._calibration.unseen is None and (groups < 0).any():
            one = labels[groups < 0].tolist()[0]
            raise InvalidInputError(
                f"{one!r} is no class that was calibrated, and no classes played unseen ones in fit (cv={self.cv!r}, "
                f"n_shots={self.n_shots}); wanted cv=5, say, four seen classes or more, and for an estimator without "
                "semantics n_shots=1 or more; or classes=calibrated_classes_."
            )
        return groups

    def _opened(self, X: Any) -> tuple[Any, Any]:
        """The fitted estimator as it is now, and samples as it takes them."""
        check_is_fitted(self, "estimator_")
        opened = open_fitted(self.estimator_)
        return snapshot(opened.estimator), opened.transform(X)

    def _scoring(self) -> Scoring:
        return Scoring(self.score, float(self.penalty), int(self.n_free), self._seed if self.randomized else None)

    def _check_parameters(self) -> None:
        check_estimator("estimator", self.estimator)
        check_number("coverage", self.coverage, above=0, below=1)
        check_value("score", self.score, Score)
        check_value("conditional", self.conditional, Conditional)
        for name in ("include_best", "randomized", "verbose"):
            check_flag(name, getattr(self, name))
        check_number("reject", self.reject, least=0, below=1)
        self._level(self.coverage)
        check_number("penalty", self.penalty, least=0)
        check_value("n_free", self.n_free, Annotated[int, whole(0)])
        check_value("n_shots", self.n_shots, Annotated[int, whole(0)])
        check_number("calibration_size", self.calibration_size, least=0, below=1)
        check_value("cv", self.cv, Folds | Literal["prefit"])
        if self.cv is None and not self.calibration_size:
            raise InvalidInputError("cv=None and calibration_size=0 leave nothing to calibrate on; wanted one of them.")

    def _prepared(self) -> Self:
        ready = snapshot(self)
        ready.estimator = self.estimator_
        return SavedWithEstimator._prepared(ready)

    def _take_parts(self, parts: dict[str, Any]) -> None:
        super()._take_parts(parts)
        self.estimator_ = self.estimator

    def _check_parts(self) -> None:
        self._check_parameters()
        self._groups(self.classes_)
        n_seen = len(self.calibrated_classes_)
        check_together(bool((self._calibration.seen.codes < n_seen).all()), f"it has {n_seen} calibrated classes")

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "estimator_")


def _count(X: Any) -> int:
    """The number of samples, of whatever kind."""
    shape = getattr(X, "shape", None)
    if isinstance(X, (str, bytes)) or not (hasattr(X, "__len__") if shape is None else len(shape)):
        raise InvalidTypeError(f"X is of type {type(X).__name__}; wanted samples as the estimator takes them.")
    return len(X) if shape is None else int(shape[0])


def _listed(found: NDArray[np.bool_], probabilities: FloatArray, labels: LabelArray) -> list[LabelArray]:
    """The labels of each set, the likeliest first."""
    order = np.argsort(-probabilities, axis=1, kind="stable")
    inside = np.take_along_axis(found, order, axis=1)
    return [labels[columns[kept]] for columns, kept in zip(order, inside, strict=True)]
