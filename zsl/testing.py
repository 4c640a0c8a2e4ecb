"""The laws that every classifier with exchangeable classes obeys, as checks that outside authors run on theirs.

>>> from zsl import ESZSLClassifier
>>> from zsl.testing import check_estimator
>>> check_estimator(ESZSLClassifier())
"""

import copy
import pickle
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import clone

from zsl._typing import FloatArray, LabelArray
from zsl.datasets import make_zero_shot
from zsl.estimators.saving.folders import load
from zsl.semantics import Semantics

__all__ = ["LAWS", "LawData", "check_estimator", "fitted"]

Law = Callable[[Any, "LawData"], None]


@dataclass(frozen=True, eq=False)
class LawData:
    """A small set of seen and unseen classes that laws are checked on.

    Parameters
    ----------
    X, y : arrays of shape (n_samples, n_features) and (n_samples,)
        Samples of seen classes, and their labels.
    queries : array of shape (q, n_features)
        Samples of seen and unseen classes.
    X_new, y_new : arrays of shape (m, n_features) and (m,)
        Samples of unseen classes, and their labels.
    semantics : Semantics
        Descriptions of all classes.
    """

    X: FloatArray
    y: LabelArray
    queries: FloatArray
    X_new: FloatArray
    y_new: LabelArray
    semantics: Semantics
    _fits: dict[tuple[Any, ...], Any] = field(default_factory=dict, init=False, repr=False)

    @classmethod
    def small(cls, random_state: int = 0) -> "LawData":
        """Ten seen and three unseen classes of twelve features."""
        split = make_zero_shot(
            10,
            3,
            n_features=12,
            n_attributes=5,
            n_per_class=8,
            n_test_per_class=3,
            noise=0.3,
            random_state=random_state,
        )
        assert split.semantics is not None
        queries = np.concatenate([split.X_test_seen[::4], split.X_test_unseen[::3]])
        return cls(split.X_train, split.y_train, queries, split.X_test_unseen, split.y_test_unseen, split.semantics)


def check_estimator(estimator: Any, *, data: LawData | None = None, skip: tuple[str, ...] = ()) -> None:
    """Check that an estimator obeys the laws of this package's classifiers.

    It takes an estimator derived from a public shell of `zsl.estimators`, with its own parameters set to something
    small. scikit-learn's `sklearn.utils.estimator_checks.check_estimator` is a check of its own, which it should pass,
    too.

    Parameters
    ----------
    estimator : estimator
        An estimator that isn't fitted. It is cloned; `semantics` and `random_state` are set where it has them.
    data : LawData or None, default=None
        What to check on. None for a small synthetic set.
    skip : tuple of str, default=()
        Names of laws that don't apply, such as "check_batches" for a transductive estimator.

    Raises
    ------
    AssertionError
        Naming the law that is broken, and how.
    """
    known = LawData.small() if data is None else data
    for law in LAWS:
        if law.__name__ in skip:
            continue
        try:
            law(estimator, known)
        except AssertionError as error:
            raise AssertionError(f"{type(estimator).__name__} breaks {law.__name__}: {law.__doc__} {error}") from error


def fitted(estimator: Any, data: LawData, *, again: bool = False, **parameters: Any) -> Any:
    """Fit a clone with the class table where it takes one, and one seed.

    Parameters
    ----------
    estimator : estimator
        An estimator that isn't fitted.
    data : LawData
        What to fit on.
    again : bool, default=False
        Whether to fit anew where the same fit was made before; otherwise a copy of that is given.
    **parameters
        Other parameters to set, where the estimator has them.

    Returns
    -------
    estimator
        The fitted clone.
    """
    names = estimator.get_params(deep=False)
    given = {"semantics": data.semantics, "random_state": 0, "verbose": False} | parameters
    key = (type(estimator), repr(names), *parameters)
    if again or key not in data._fits:
        own = clone(estimator).set_params(**{n: v for n, v in given.items() if n in names})
        data._fits[key] = own.fit(data.X, data.y)
    return copy.deepcopy(data._fits[key])


def _scores(estimator: Any, X: FloatArray, classes: Any = None) -> FloatArray:
    scores: FloatArray = estimator.class_scores(X, classes, calibrated=True)
    return scores


def _same(found: Any, wanted: Any, what: str) -> None:
    assert np.array_equal(found, wanted), f"{what} differ."


def _near(found: FloatArray, wanted: FloatArray, what: str) -> None:
    scale = max(float(np.abs(wanted).max()), 1e-12)
    error = float(np.abs(found - wanted).max()) / scale
    assert error < 1e-5, f"{what} differ by {error:.1e} of the largest."


def _state(estimator: Any) -> dict[str, int]:
    return {name: id(value) for name, value in vars(estimator).items()}


def check_parameters(estimator: Any, data: LawData) -> None:
    """Parameters are stored untouched, and a clone has the same ones."""
    before = estimator.get_params(deep=False)
    after = clone(estimator).get_params(deep=False)
    assert set(before) == set(after), f"{sorted(before)} and {sorted(after)}"
    assert all(vars(estimator)[name] is value for name, value in before.items()), "A parameter was changed."


def check_seeds(estimator: Any, data: LawData) -> None:
    """The same seed gives the same model, bit for bit on a CPU."""
    first, second = (_scores(fitted(estimator, data, again=True), data.queries) for _ in range(2))
    _same(first, second, "Scores of two fits")


def check_batches(estimator: Any, data: LawData) -> None:
    """The scores of a query depend neither on the other queries of its batch nor on their order."""
    own = fitted(estimator, data)
    together = _scores(own, data.queries)
    _near(np.concatenate([_scores(own, row[None]) for row in data.queries]), together, "Scores alone and together")
    _near(_scores(own, data.queries[::-1])[::-1], together, "Scores in either order")


def check_class_order(estimator: Any, data: LawData) -> None:
    """Permuting classes permutes scores."""
    own = fitted(estimator, data)
    order = own.classes_[::-1]
    _near(_scores(own, data.queries, order)[:, ::-1], _scores(own, data.queries), "Scores of permuted classes")


def check_labels(estimator: Any, data: LawData) -> None:
    """Predictions are labels of known classes, in the type that they came in."""
    own = fitted(estimator, data)
    predicted = own.predict(data.queries)
    assert predicted.dtype.kind == own.classes_.dtype.kind, f"labels of type {predicted.dtype}"
    assert set(predicted.tolist()) <= set(own.classes_.tolist()), "A predicted label is unknown."
    assert set(np.unique(data.y).tolist()) <= set(own.seen_classes_.tolist()), "A class of y isn't seen."
    total = own.predict_proba(data.queries).sum(axis=1)
    assert np.allclose(total, 1), "Probabilities don't sum to 1."


def check_support(estimator: Any, data: LawData) -> None:
    """Support samples may come in any order."""
    first, second = fitted(estimator, data), fitted(estimator, data)
    first.add_classes(data.X_new, data.y_new)
    second.add_classes(data.X_new[::-1], data.y_new[::-1])
    _near(_scores(second, data.queries), _scores(first, data.queries), "Scores with permuted support")


def check_removal(estimator: Any, data: LawData) -> None:
    """A class that is added and removed again leaves predictions among the others as they were."""
    own = fitted(estimator, data)
    seen = own.seen_classes_
    before = own.predict(data.queries, seen)
    own.add_classes(data.X_new, data.y_new)
    extra = [label for label in own.classes_.tolist() if label not in set(seen.tolist())]
    own.remove_classes(extra)
    _same(own.classes_, seen, "Classes after removal")
    assert (own.predict(data.queries) == before).mean() > 0.9, "Predictions among the seen classes differ."


def check_failing_calls(estimator: Any, data: LawData) -> None:
    """A call that raises changes nothing, and names the argument."""
    own = fitted(estimator, data)
    before = _state(own)
    calls: tuple[Callable[[], Any], ...] = (
        lambda: own.fit(data.X, data.y[:-1]),
        lambda: own.fit(np.where(np.arange(data.X.shape[1]) == 0, np.nan, data.X), data.y),
        lambda: own.add_classes(data.X_new[:, :-1], data.y_new),
        lambda: own.add_classes(data.X_new, data.y_new[:-1]),
        lambda: own.remove_classes(["no such class"]),
        lambda: own.predict(data.queries[:, :-1]),
    )
    for call in calls:
        try:
            call()
        except ValueError:
            assert _state(own) == before, "The estimator was changed."
            continue
        raise AssertionError("A wrong call didn't raise a ValueError.")


def check_pickling(estimator: Any, data: LawData) -> None:
    """A pickled copy and a deep copy predict the same, bit for bit."""
    own = fitted(estimator, data)
    wanted = _scores(own, data.queries)
    _same(_scores(pickle.loads(pickle.dumps(own)), data.queries), wanted, "Scores of a pickled copy")
    _same(_scores(copy.deepcopy(own), data.queries), wanted, "Scores of a deep copy")


def check_saving(estimator: Any, data: LawData) -> None:
    """A saved estimator predicts the same when it is loaded, bit for bit, and takes new classes alike."""
    own = fitted(estimator, data)
    with tempfile.TemporaryDirectory() as folder:
        own.save(Path(folder) / "model")
        loaded = load(Path(folder) / "model", known=[type(estimator)])
    _same(_scores(loaded, data.queries), _scores(own, data.queries), "Scores of a loaded estimator")
    for each in (own, loaded):
        each.add_classes(data.X_new, data.y_new)
    _same(_scores(loaded, data.queries), _scores(own, data.queries), "Scores with classes added after loading")


def check_unseen_classes(estimator: Any, data: LawData) -> None:
    """Unseen classes have no part in training."""
    if "semantics" not in estimator.get_params(deep=False):
        return
    seen = np.unique(data.y)
    whole, part = fitted(estimator, data), fitted(estimator, data, semantics=data.semantics.select(seen))
    _same(_scores(whole, data.queries, seen), _scores(part, data.queries, seen), "Scores of seen classes")
    assert set(whole.unseen_classes_.tolist()) == set(data.semantics.classes.tolist()) - set(seen.tolist())


LAWS: tuple[Law, ...] = (
    check_parameters,
    check_seeds,
    check_batches,
    check_class_order,
    check_labels,
    check_support,
    check_removal,
    check_failing_calls,
    check_pickling,
    check_saving,
    check_unseen_classes,
)
