"""Prediction sets: the classes that a sample may be of, with a probability that is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
from numpy.random import RandomState
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from zsl._arguments import as_random_state, check_flag
from zsl._labels import as_labels
from zsl.estimators._calls import changes, reads, snapshot
from zsl.estimators._parameters import check_number
from zsl.estimators._state import check_together
from zsl.estimators.saving.applications import SavedWithEstimator
from zsl.estimators.sets._calibration import Calibration
from zsl.estimators.sets._fitted import OfFitted
from zsl.estimators.sets._folds import HeldOut, Samples, by_fitted
from zsl.estimators.sets._scoring import Score, Scoring
from zsl.estimators.sets._settings import Conditional, check_settings, check_sum, count_of, groups_of, listed, standing
from zsl.exceptions import InvalidInputError
from zsl.functional.scores.conformal import Standing


class ConformalClassifier(SavedWithEstimator, OfFitted, ClassifierMixin, BaseEstimator):
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

    An empty set says that no class fits: the sample is likely a stranger. Sets by "aps" and "raps" are empty only with
    `reject` or `randomized`, those by "lac" also where all probabilities are low.

    Parameters
    ----------
    estimator : estimator
        A zero- or few-shot estimator, or a pipeline or search that ends in one. It is cloned, and stays as it is; with
        ``cv="prefit"`` it is fitted, and used as it is.
    coverage : float in (0, 1), default=0.9
        The probability, :math:`1 - \alpha`, that a set holds the true class.
    conformity_score : {"aps", "raps", "lac"}, default="aps"
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
        The share of samples of known classes, seen or unseen, that may get an empty set: those whose best calibrated
        score is the lowest. Sets of strangers are then empty more often. The thresholds make up for it, so that the
        coverage stays.
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
        The fitted clone, or with "prefit" the estimator itself, until classes come or go, which leave it as it is.
    calibrated_classes_ : array of shape (class,)
        The classes that count as seen, sorted; all others have the threshold of unseen ones.
    thresholds_ : dict of str to float
        The largest scores of "seen" and "unseen" classes at `coverage`, with all known classes competing; NaN where
        there is no single one, or none. Infinite with too few samples or classes.

    See Also
    --------
    zsl.evaluation.measure_sets : Coverage and size of the sets on a split.

    Examples
    --------
    >>> from zsl import ConformalClassifier, RidgePrototypeClassifier, load_digits_zsl
    >>> split = load_digits_zsl()
    >>> clf = ConformalClassifier(RidgePrototypeClassifier(semantics=split.semantics), cv=3, coverage=0.8)
    >>> clf = clf.fit(split.X_train, split.y_train)
    >>> clf.predict_set(split.X_test_seen[:3], as_labels=True)
    [array([1]), array([4]), array([6])]
    >>> clf.predict_set(split.X_test_seen).shape
    (316, 10)
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
        conformity_score: Score = "aps",
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
        self.conformity_score = conformity_score
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
        check_settings(self)
        labels = as_labels("y", y)
        rng = as_random_state(self.random_state)
        if count_of(X) != len(labels):
            raise InvalidInputError(f"X has {count_of(X)} samples and y {len(labels)} labels; wanted one per sample.")
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
            If a class isn't known, an argument or a parameter is out of range, or an unseen class is asked for and
            none was calibrated.
        """
        check_is_fitted(self, "estimator_")
        check_settings(self)
        check_flag("as_labels", as_labels)
        level = self._level(coverage)
        own, samples = self._opened(X)
        labels = own._asked(classes).labels
        probabilities = own.predict_proba(samples, labels)
        groups, scoring = groups_of(self, labels), self._scoring()
        limits = self._calibration.thresholds(scoring, groups, level + float(self.reject), self.conditional)
        found = scoring(Standing.of(probabilities), "prediction") <= limits
        if self.reject:
            best = own.class_scores(samples, labels, calibrated=True).max(axis=1)
            found[best < self._calibration.floor(groups, float(self.reject))] = False
        if self.include_best:
            found[np.arange(len(found)), probabilities.argmax(axis=1)] = True
        return listed(found, probabilities, labels) if as_labels else found

    @property
    def thresholds_(self) -> dict[str, float]:
        """The largest scores of seen and of unseen classes at `coverage`, with all known classes competing."""
        groups = standing(self, self.classes_)
        check_settings(self)
        if self._calibration.unseen is None:  # none but calibrated classes can compete
            groups = groups[groups >= 0]
        level = float(self.coverage + self.reject)
        limits = self._calibration.thresholds(self._scoring(), groups, level, self.conditional)
        sides = {"seen": limits[groups >= 0], "unseen": limits[groups < 0]}
        return {name: float(own[0]) if len(set(own.tolist())) == 1 else np.nan for name, own in sides.items()}

    def _level(self, coverage: float | None) -> float:
        if coverage is None:
            return float(self.coverage)
        check_number("coverage", coverage, above=0, below=1)
        check_sum(coverage, self.reject)
        return float(coverage)

    def _scoring(self) -> Scoring:
        seed = self._seed if self.randomized else None
        return Scoring(self.conformity_score, float(self.penalty), int(self.n_free), seed)

    def _prepared(self) -> Self:
        ready = snapshot(self)
        ready.estimator = self.estimator_
        return SavedWithEstimator._prepared(ready)

    def _take_parts(self, parts: dict[str, Any]) -> None:
        super()._take_parts(parts)
        self.estimator_ = self.estimator

    def _check_parts(self) -> None:
        check_settings(self)
        n_seen = len(self.calibrated_classes_)
        check_together(bool((self._calibration.seen.codes < n_seen).all()), f"it has {n_seen} calibrated classes")
