"""The class where it is certain, and the group that it belongs to where it isn't."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from numpy.random import RandomState
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import _num_samples, check_is_fitted

from zsl._arguments import check_estimator
from zsl._labels import as_labels, distinct
from zsl.estimators._calls import changes, snapshot
from zsl.estimators._parameters import Folds, check_number, check_seed, check_value, number
from zsl.estimators.ranks._answers import AnswersByRank
from zsl.estimators.ranks._evidence import Evidence
from zsl.estimators.ranks._folds import fitted, held_out, sides_of
from zsl.estimators.ranks._growing import PlacedClasses, check_places
from zsl.estimators.saving.applications import SavedWithEstimator
from zsl.exceptions import InvalidInputError, InvalidTypeError
from zsl.taxonomy import Taxonomy, as_taxonomy


class RankClassifier(AnswersByRank, PlacedClasses, SavedWithEstimator, ClassifierMixin, BaseEstimator):
    r"""Answer with the class where it is certain enough, and otherwise with the group that it belongs to.

    The wrapped classifier's probabilities are summed over the classes below each node of a tree. A sample goes down
    from the root, to the likeliest child each time, and is answered with the deepest node v on its way whose adjusted
    probability clears a floor:

    .. math:: p_v = \sum_{c \preceq v} p(c \mid x), \qquad q_v = \sigma(a \operatorname{logit} p_v - b s_v + c) \ge \tau

    with how specific the node is, :math:`s_v = 1 - \log n_v / \log C` for :math:`n_v` of C classes. The logistic curve
    and the floor are found on held-out samples of the training classes: the floor is the lowest one at which a share
    `confidence` of their answers is right (`zsl.functional.scores.paths.floor_for`), that is, the true class or a group
    above it.

    The trade-off is that of J. Deng, J. Krause, A. C. Berg and L. Fei-Fei, "Hedging Your Bets: Optimizing
    Accuracy-Specificity Trade-offs in Large Scale Visual Recognition", 2012, doi:10.1109/CVPR.2012.6248086; a floor on
    a path, chosen for a target accuracy, is that of S. Goren, I. Galil and R. El-Yaniv, "Hierarchical Selective
    Classification", 2024, arXiv:2405.11533. Departures from them: paths go down from the root, not up from the
    likeliest class; the curve takes specificity into account; and held-out samples stand for what will be met: samples
    of classes that were trained on, of held-out classes known by their descriptions only, and of held-out classes that
    aren't known at all, for which groups are the right answers (strangers: K. Lee et al., "Hierarchical Novelty
    Detection for Visual Object Recognition", 2018, arXiv:1804.00722). The guarantee of split conformal prediction is
    approximate here: folds are fitted on fewer classes, and unseen classes may be harder than held-out ones.

    Parameters
    ----------
    estimator : estimator
        A classifier with `predict_proba`: zero-shot, few-shot, a pipeline, a search, or one of scikit-learn. Clones of
        it are fitted.
    taxonomy : Taxonomy, path, DataFrame, mapping, Series, or pairs
        The tree, in which each class that the estimator knows is a leaf; see `zsl.taxonomy.Taxonomy`. Other classes may
        be in it, too.
    unseen_share : float in [0, 1] or "auto", default="auto"
        Which share of the samples to predict is expected to be of unseen classes; the confidence is met over this
        mixture, in which classes of one side count the same. "auto" is the share of unseen ones among the known
        classes.
    stranger_share : float in [0, 1), default=0.0
        Which share of all samples is expected to be of classes that aren't known at all. The more, the earlier a group
        is answered.
    cv : int, splitter or "prefit", default=5
        Folds to hold out samples by: of whole classes (`ClassKFold`) where unseen classes or strangers are expected,
        else of samples. With "prefit", the estimator is fitted already, and `fit` takes samples held out from that.
    random_state : int, RandomState or None, default=0
        Draws the folds.

    Attributes
    ----------
    estimator_ : estimator
        The wrapped one, fitted on all samples; with a search, the best one.
    taxonomy_ : Taxonomy
        The tree.
    classes_, seen_classes_, unseen_classes_ : array
        The classes that `estimator_` knows.

    See Also
    --------
    zsl.taxonomy.Taxonomy : The tree.
    zsl.evaluation.rank_metrics : How good such answers are.

    Examples
    --------
    >>> from zsl import RankClassifier, RidgePrototypeClassifier, load_digits_zsl
    >>> split = load_digits_zsl()
    >>> tree = {"round": [0, 3, 6, 8, 9], "straight": [1, 2, 4, 5, 7]}
    >>> clf = RankClassifier(RidgePrototypeClassifier(semantics=split.semantics), taxonomy=tree, cv=3)
    >>> clf = clf.fit(split.X_train, split.y_train)
    >>> clf.predict_rank(split.X_test_unseen[:4], confidence=0.8, as_frame=True).columns.tolist()
    ['label', 'depth', 'probability']
    """

    _state: ClassVar[Mapping[str, Any]] = {"taxonomy_": Taxonomy, "evidence_": Evidence}

    def __init__(
        self,
        estimator: Any,
        *,
        taxonomy: Any,
        unseen_share: float | str = "auto",
        stranger_share: float = 0.0,
        cv: Any = 5,
        random_state: int | RandomState | None = 0,
    ) -> None:
        self.estimator = estimator
        self.taxonomy = taxonomy
        self.unseen_share = unseen_share
        self.stranger_share = stranger_share
        self.cv = cv
        self.random_state = random_state

    @changes
    def fit(self, X: Any, y: ArrayLike) -> Self:
        """Fit the wrapped classifier, and find out on held-out samples how far down the tree it can be trusted.

        Parameters
        ----------
        X : array of shape (n_samples, n_features), or samples as the estimator takes them
            Training samples; with ``cv="prefit"`` samples that the estimator wasn't fitted on.
        y : array of shape (n_samples,)
            Their labels, all of them leaves of the tree.

        Returns
        -------
        self
            The fitted classifier. A call that raises changes nothing.

        Raises
        ------
        InvalidInputError
            If a parameter is out of range, `taxonomy` isn't a tree or lacks a class, the estimator has no
            `predict_proba`, or there are too few classes or samples to hold some out.
        """
        self._check_parameters()
        tree, labels = as_taxonomy(self.taxonomy), as_labels("y", y)
        _check_count(X, len(labels))
        check_places(tree, distinct(labels), "y", "each class of y as a leaf")
        prefit = isinstance(self.cv, str)
        own = self.estimator if prefit else fitted(self.estimator, X, labels)
        check_is_fitted(own)
        check_places(tree, own.classes_, "the classes of estimator", "each known class as a leaf")
        self.estimator_, self.taxonomy_ = own, tree
        shares = self._shares()
        if prefit:
            parts = list(sides_of(own, X, labels, self.seen_classes_, tree))
        else:
            whole = shares["unseen"] > 0 or shares["stranger"] > 0
            parts = held_out(self.estimator, X, labels, tree, self.cv, self.random_state, whole_classes=whole)
        parts = [part for part in parts if shares[part.side] > 0]
        if not parts:
            wanted = " or ".join(side for side, share in shares.items() if share > 0)
            raise InvalidInputError(f"cv={self.cv!r} holds out no samples of {wanted} classes; wanted some.")
        self.evidence_ = Evidence.of(parts, shares)
        return self

    def _shares(self) -> dict[str, float]:
        """Which share of the samples to predict is of seen and unseen classes, and of strangers."""
        if isinstance(self.unseen_share, str):
            unseen = len(self.unseen_classes_) / len(self.classes_)
        else:
            unseen = float(self.unseen_share)
        known = 1 - float(self.stranger_share)
        return {"seen": known * (1 - unseen), "unseen": known * unseen, "stranger": float(self.stranger_share)}

    def _check_parameters(self) -> None:
        check_estimator("estimator", self.estimator)
        check_value("unseen_share", self.unseen_share, Annotated[float, number(least=0, most=1)] | Literal["auto"])
        check_number("stranger_share", self.stranger_share, least=0, below=1)
        if self.cv is None:
            raise InvalidInputError("cv=None; wanted a whole number of 2 or more, a splitter or 'prefit'.")
        check_value("cv", self.cv, Folds | Literal["prefit"])
        check_seed("random_state", self.random_state)

    def _check_fitted(self) -> None:
        check_is_fitted(self, "estimator_")

    def _prepared(self) -> Self:
        """The fitted classifier and the tree in place of the parameters, which may be of other kinds."""
        ready = snapshot(self)
        ready.estimator, ready.taxonomy = self.estimator_, self.taxonomy_
        return super(RankClassifier, ready)._prepared()

    def _take_parts(self, parts: dict[str, Any]) -> None:
        super()._take_parts(parts)
        self.estimator_, self.taxonomy = self.estimator, self.taxonomy_

    def _check_parts(self) -> None:
        check_number("stranger_share", self.stranger_share, least=0, below=1)
        check_places(self.taxonomy_, self.classes_, "the classes", "a leaf for each")


def _check_count(X: Any, n_labels: int) -> None:
    """Refuse what holds no samples, or another number of them."""
    try:
        found = _num_samples(X)
    except TypeError as error:
        raise InvalidTypeError(
            f"X is of type {type(X).__name__}; wanted samples, as the estimator takes them."
        ) from error
    if found != n_labels:
        raise InvalidInputError(f"X has {found} samples and y {n_labels} labels; wanted one per sample.")
