"""What every method obeys, whatever it computes. A new method joins the list and owes no test of its own for these."""

import copy

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from zsl import RelationClassifier, load
from zsl.datasets import make_zero_shot
from zsl.estimators import (
    ALEClassifier,
    DAPClassifier,
    ESZSLClassifier,
    FeatureGeneratingClassifier,
    PromptClassifier,
    zero_shot_methods,
)

SMALL = {"n_episodes": 5, "cv": 2, "relation_hidden": 8, "verbose": False}
CLASSIC = {
    "n_steps": 40,
    "batch_size": 32,
    "learning_rate": 0.01,
    "cv": 2,
    "verbose": False,
    "hidden": 16,
    "n_generated": 20,
}


def classic(kind, **fixed):
    """Make estimators of one kind from a table and a seed, with those of the small settings that they have."""
    taken = set(kind().get_params())

    def make(table, **more):
        given = CLASSIC | {"semantics": table} | more | fixed
        return kind(**{name: value for name, value in given.items() if name in taken})

    return make


METHODS = {
    "relation": lambda table, **more: RelationClassifier(semantics=table, **SMALL | more),
    "relation, metric": lambda table, **more: RelationClassifier(semantics=table, similarity="metric", **SMALL | more),
    "relation, both": lambda table, **more: RelationClassifier(semantics=table, similarity="both", **SMALL | more),
    "relation, euclidean": lambda table, **more: RelationClassifier(
        semantics=table, similarity="metric", kernel="linear", metric="euclidean", **SMALL | more
    ),
    "relation, joint": lambda table, **more: RelationClassifier(semantics=table, joint=True, **SMALL | more),
    "relation, few-shot": lambda table, **more: RelationClassifier(**SMALL | more),
    **{
        name.removesuffix("Classifier"): classic(kind)
        for name, kind in zero_shot_methods().items()
        if kind is not RelationClassifier
    },
    **{
        f"{kind.__name__.removesuffix('Classifier')}, few-shot": classic(kind, semantics=None)
        for kind in (ALEClassifier, DAPClassifier, ESZSLClassifier)
    },
    "ESZSL, gate": classic(ESZSLClassifier, balance="gate"),
    **{
        f"FeatureGenerating, {kind}": classic(FeatureGeneratingClassifier, generator=kind)
        for kind in ("wgan", "aligned_vae")
    },
    "Prompt": classic(PromptClassifier),
    "Prompt, auto": classic(PromptClassifier, seen_bias="auto", temperature="auto"),
    "Prompt, few-shot": classic(PromptClassifier, semantics=None),
}


def _is_closed_form(estimator):
    """Whether a relation network has no relation term: only supports of held-out classes are drawn, for its choices."""
    return isinstance(estimator, RelationClassifier) and not estimator.method_.sizes.n_hidden


@pytest.fixture(scope="module", params=METHODS)
def name(request):
    return request.param


@pytest.fixture(scope="module")
def split(name):
    # Prompts, and texts of a joint space, are as wide as images.
    n_attributes = 10 if name.startswith("Prompt") or name == "relation, joint" else 5
    return make_zero_shot(8, 3, n_features=10, n_attributes=n_attributes, n_per_class=10, random_state=1)


@pytest.fixture(scope="module")
def make(name):
    return METHODS[name]


@pytest.fixture(scope="module")
def fitted_once(make, split):
    return make(split.semantics, random_state=0).fit(split.X_train, split.y_train)


@pytest.fixture
def fitted(fitted_once):
    return copy.deepcopy(fitted_once)


def test_permuting_classes_permutes_scores(fitted, split):
    order = np.random.default_rng(0).permutation(len(fitted.classes_))
    scores = fitted.class_scores(split.X_test_seen, calibrated=True)
    permuted = fitted.class_scores(split.X_test_seen, fitted.classes_[order], calibrated=True)
    np.testing.assert_allclose(permuted, scores[:, order], rtol=1e-10, atol=1e-12)


def test_permuting_the_support_changes_nothing(fitted, split):
    order = np.random.default_rng(0).permutation(len(split.X_support))
    other = copy.deepcopy(fitted).add_classes(split.X_support[order], split.y_support[order])
    fitted.add_classes(split.X_support, split.y_support)
    np.testing.assert_allclose(
        other.class_scores(split.X_test_seen), fitted.class_scores(split.X_test_seen), rtol=1e-9, atol=1e-10
    )


def test_support_in_parts_is_support_at_once(fitted, split):
    other = copy.deepcopy(fitted)
    for X, y in zip(np.array_split(split.X_support, 3), np.array_split(split.y_support, 3), strict=True):
        other.add_classes(X, y)
    fitted.add_classes(split.X_support, split.y_support)
    np.testing.assert_allclose(
        other.class_scores(split.X_test_seen), fitted.class_scores(split.X_test_seen), rtol=1e-9, atol=1e-10
    )


def test_a_query_does_not_depend_on_its_neighbours(fitted, split):
    scores = fitted.class_scores(split.X_test_seen)
    alone = np.concatenate([fitted.class_scores(row[None]) for row in split.X_test_seen[:5]])
    np.testing.assert_allclose(alone, scores[:5], rtol=1e-10, atol=1e-12)
    twice = fitted.class_scores(np.repeat(split.X_test_seen[:4], 2, axis=0))
    np.testing.assert_allclose(twice[::2], twice[1::2], rtol=1e-10, atol=1e-12)


def test_the_same_seed_gives_the_same_model(fitted, make, split):
    again = make(split.semantics, random_state=0).fit(split.X_train, split.y_train)
    assert_array_equal(again.class_scores(split.X_test_seen), fitted.class_scores(split.X_test_seen))
    if "random_state" not in fitted.get_params() or _is_closed_form(fitted):
        return  # a closed form draws nothing
    other = make(split.semantics, random_state=1).fit(split.X_train, split.y_train)
    assert not np.array_equal(other.class_scores(split.X_test_seen), fitted.class_scores(split.X_test_seen))


def test_unseen_classes_have_no_part_in_training(fitted, make, split):
    """Their rows may as well come later: fitting looks at nothing but the seen classes."""
    later = make(split.semantics.select(split.seen_classes), random_state=0).fit(split.X_train, split.y_train)
    seen = split.seen_classes
    assert_array_equal(
        later.class_scores(split.X_test_unseen, seen, calibrated=True),
        fitted.class_scores(split.X_test_unseen, seen, calibrated=True),
    )
    if fitted.unseen_classes_.size:
        later.add_classes(semantics=split.semantics.drop(seen))
        assert_array_equal(later.predict_proba(split.X_test_unseen), fitted.predict_proba(split.X_test_unseen))


@pytest.mark.parametrize("kind", ["strings", "integers"])
def test_relabelling_classes_relabels_predictions(fitted, make, split, kind):
    def renamed(labels):
        if kind == "strings":
            return np.array([f"class {label}" for label in labels.tolist()])
        return 10 + 3 * np.searchsorted(split.semantics.classes, labels)

    table = split.semantics.to_frame()
    table.index = renamed(table.index.to_numpy())
    other = make(table, random_state=0).fit(split.X_train, renamed(split.y_train))
    assert_array_equal(other.predict(split.X_test_seen), renamed(fitted.predict(split.X_test_seen)))


def test_a_saved_model_is_the_same_bit_for_bit(fitted, split, tmp_path):
    fitted.add_classes(split.X_support, split.y_support).save(tmp_path / "model")
    loaded = load(tmp_path / "model")
    assert_array_equal(loaded.predict_proba(split.X_test_unseen), fitted.predict_proba(split.X_test_unseen))


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (np.zeros((0, 10)), "0 sample"),
        (np.full((2, 10), np.nan), "X contains NaN"),
        (np.full((2, 10), np.inf), "X contains infinity"),
        (np.zeros((2, 9)), "X has 9 features.*10 features"),
        (np.zeros(10), "2D array"),
    ],
)
def test_bad_queries_are_named(fitted, X, message):
    with pytest.raises(ValueError, match=message):
        fitted.predict(X)
