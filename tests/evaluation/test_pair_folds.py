"""Folds that hold out pairs: what each leaves to train on."""

import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV

from zsl import ESZSLClassifier, RelationClassifier, Semantics
from zsl.evaluation import ClassKFold, PairKFold, t1_score
from zsl.evaluation.answers.pair_folds import spread_pairs
from zsl.exceptions import InvalidInputError
from zsl.semantics import class_pairs


def some_pairs(seed, n_states=4, n_objects=6, share=0.6):
    every = list(class_pairs([f"s{i}" for i in range(n_states)], range(n_objects)).items())
    chosen = np.random.default_rng(seed).permutation(len(every))[: round(share * len(every))]
    return dict(every[place] for place in sorted(chosen))


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("n_folds", [2, 3, 5])
def test_every_state_and_object_keeps_a_pair_and_folds_are_level(seed, n_folds):
    pairs = list(some_pairs(seed).values())
    fold = spread_pairs(pairs, n_folds)
    for number in range(n_folds):
        rest = [pair for pair, own in zip(pairs, fold.tolist(), strict=True) if own != number]
        assert {state for state, _ in rest} == {state for state, _ in pairs}
        assert {one for _, one in rest} == {one for _, one in pairs}
    counts = np.bincount(fold[fold >= 0], minlength=n_folds)
    assert counts.max() - counts.min() <= 3
    alone = [i for i in range(len(pairs)) if any(sum(p[k] == pairs[i][k] for p in pairs) == 1 for k in (0, 1))]
    assert set(alone) <= set(np.flatnonzero(fold == -1).tolist())


def test_classes_drawn_at_random_do_lose_a_state_where_pairs_do_not():
    """The reason for the splitter, on two states of few pairs."""
    pairs = {f"{s} {o}": (s, o) for s, o in [("a", 0), ("a", 1), ("b", 0), ("b", 1), ("b", 2), ("c", 1), ("c", 2)]}
    y = np.repeat(list(pairs), 4)

    def lost(splitter):
        return sum(
            {pairs[label][0] for label in y[train]} < {"a", "b", "c"}
            for seed in range(20)
            for train, _ in splitter(seed).split(y, y)
        )

    assert lost(lambda seed: ClassKFold(2, random_state=seed)) > 0
    assert lost(lambda seed: PairKFold(pairs, 2, random_state=seed)) == 0


def test_splits_are_those_of_samples():
    pairs = some_pairs(0)
    y = np.random.default_rng(0).permutation(np.repeat(list(pairs), 5))
    held = []
    for train, test in PairKFold(pairs, 3, seen_test_size=0.4, random_state=1).split(y, y):
        assert sorted([*train.tolist(), *test.tolist()]) == list(range(len(y)))
        new = set(y[test].tolist()) - set(y[train].tolist())
        assert all((y[test] == label).sum() == 2 for label in set(pairs) - new)
        held += sorted(new)
    assert len(held) == len(set(held)) >= len(pairs) - 2
    first, second = (list(PairKFold(pairs, 3, random_state=1).split(y, y)) for _ in range(2))
    assert all(
        np.array_equal(a, b) for one, two in zip(first, second, strict=True) for a, b in zip(one, two, strict=True)
    )


def data():
    rng = np.random.default_rng(0)
    states, objects = np.eye(3), rng.normal(size=(4, 3))
    table = Semantics.compose(
        Semantics(states, classes=["a", "b", "c"]), Semantics(objects, classes=["w", "x", "y", "z"])
    )
    pairs = class_pairs(["a", "b", "c"], ["w", "x", "y", "z"])
    labels = [label for label in table.classes.tolist() if label not in ("a x", "c z")]
    y = np.repeat(labels, 8)
    X = table.rows(y) @ rng.normal(size=(6, 12)) + 0.3 * rng.normal(size=(len(y), 12))
    return X, y, table, pairs


class Recording(PairKFold):
    """Keeps the labels that it is asked about."""

    def _iter_test_masks(self, X=None, y=None, groups=None):
        self.given = np.asarray(y)
        yield from super()._iter_test_masks(X, y, groups)


@pytest.mark.parametrize("kind", [ESZSLClassifier, RelationClassifier])
def test_estimators_choose_on_held_out_pairs_of_the_users_labels(kind):
    X, y, table, pairs = data()
    cv = Recording(pairs, 2, random_state=0)
    clf = kind(semantics=table, cv=cv).fit(X, y)
    assert cv.given.tolist() == y.tolist()
    assert clf.selection_["n_folds"] == 2
    assert set(clf.predict(X, classes=["a x", "c z"])) <= {"a x", "c z"}


def test_a_search_takes_it_as_well():
    X, y, table, pairs = data()
    search = GridSearchCV(ESZSLClassifier(semantics=table), {"cv": [None]}, cv=PairKFold(pairs, 2), scoring=t1_score)
    assert search.fit(X, y).best_score_ > 0.3


def test_bad_arguments_are_named():
    pairs = some_pairs(0)
    y = np.repeat(list(pairs), 2)
    with pytest.raises(InvalidInputError, match=r"y has 1 class\(es\) without a pair, \['s9 9'\]"):
        list(PairKFold(pairs).split([*y, "s9 9"], [*y, "s9 9"]))
    with pytest.raises(InvalidInputError, match="n_splits=1; wanted a whole number of 2 or more"):
        PairKFold(pairs, 1)
    with pytest.raises(InvalidInputError, match="pairs is of type list"):
        PairKFold(list(pairs.values()))
    apart = {"a": ("p", "x"), "b": ("q", "y")}
    with pytest.raises(InvalidInputError, match=r"y leaves \d of n_splits=2 folds without a pair to hold out"):
        list(PairKFold(apart, 2).split(["a", "b"], ["a", "b"]))
    assert repr(PairKFold(pairs, 3)) == f"PairKFold({len(pairs)} pairs, n_splits=3, random_state=None)"
