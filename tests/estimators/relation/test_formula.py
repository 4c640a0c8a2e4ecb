"""The fitted estimator beside its formula, written down in numpy."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from reference import Reference, unit

from zsl import RelationClassifier
from zsl.datasets import make_zero_shot

PLAIN = {"kernel": "linear", "metric": "cosine", "similarity": "metric", "cv": None, "feature_root": False}


@pytest.fixture(scope="module")
def world():
    return make_zero_shot(10, 4, n_features=8, n_attributes=8, n_per_class=10, noise=0.4, random_state=0)


@pytest.fixture(scope="module")
def uneven(world):
    """Training samples of which some classes have few."""
    keep = np.random.default_rng(0).random(len(world.y_train)) < np.where(world.y_train < "seen_05", 1.0, 0.3)
    return world.X_train[keep], world.y_train[keep]


def fit(world, uneven, **given):
    return RelationClassifier(semantics=world.semantics, **PLAIN | given).fit(*uneven)


@pytest.mark.parametrize("center", [True, False])
def test_scores_are_those_of_the_formula(world, uneven, center):
    clf = fit(world, uneven, joint=False, feature_scaling="center" if center else "none")
    wanted = Reference(*uneven, world.semantics.to_frame(), center=center)
    assert_allclose(clf.class_scores(world.X_test_unseen), wanted.scores(world.X_test_unseen, clf.classes_), atol=1e-5)


@pytest.mark.parametrize("alpha", [0.01, 3.0])
def test_the_penalty_is_that_of_the_formula(world, uneven, alpha):
    clf = fit(world, uneven, joint=False, feature_scaling="center", alpha=alpha)
    wanted = Reference(*uneven, world.semantics.to_frame(), alpha=alpha)
    assert_allclose(clf.class_scores(world.X_test_unseen), wanted.scores(world.X_test_unseen, clf.classes_), atol=1e-5)


def test_class_texts_of_a_joint_space_are_those_of_the_formula(world, uneven):
    clf = fit(world, uneven, joint=True, feature_scaling="center")
    weight = clf.selection_["params"]["joint"]
    assert weight == 0.3
    wanted = Reference(*uneven, world.semantics.to_frame(), joint=weight)
    assert_allclose(clf.class_scores(world.X_test_unseen), wanted.scores(world.X_test_unseen, clf.classes_), atol=1e-5)
    plain = Reference(*uneven, world.semantics.to_frame()).scores(world.X_test_unseen, clf.classes_)
    assert np.abs(clf.class_scores(world.X_test_unseen) - plain).max() > 0.01


def test_support_is_pooled_as_in_the_formula(world, uneven):
    clf = fit(world, uneven, joint=False, feature_scaling="center", prior_strength=2.5)
    labels, counts = np.unique(world.y_support, return_counts=True)
    clf.add_classes(world.X_support, world.y_support)
    wanted = Reference(*uneven, world.semantics.to_frame())
    sums = np.array([wanted.embed(world.X_support[world.y_support == label]).sum(axis=0) for label in labels])
    rows = (2.5 * wanted.mapped(labels) + sums) / (2.5 + counts)[:, None]
    found = clf.class_scores(world.X_test_unseen, labels)
    assert_allclose(found, wanted.embed(world.X_test_unseen) @ unit(rows).T, atol=1e-5)


def test_square_roots_are_those_of_the_features(world, uneven):
    X, y = np.maximum(uneven[0], 0), uneven[1]  # as after a ReLU: the least value of each feature is 0
    assert (X.min(axis=0) == 0).all()
    rooted = fit(world, (X, y), feature_root=True)
    plain = fit(world, (np.sqrt(X), y))
    tested = np.maximum(world.X_test_unseen, 0)
    assert_allclose(rooted.class_scores(tested), plain.class_scores(np.sqrt(tested)), atol=1e-5)


def test_square_roots_start_at_the_least_value_of_each_feature_in_training(world, uneven):
    low = uneven[0].min(axis=0)
    rooted = fit(world, uneven, feature_root=True)
    plain = fit(world, (np.sqrt(uneven[0] - low), uneven[1]))
    tested = np.sqrt(np.maximum(world.X_test_unseen - low, 0))
    assert_allclose(rooted.class_scores(world.X_test_unseen), plain.class_scores(tested), atol=1e-5)


@pytest.mark.parametrize("scaling", ["whiten", "standard", "center", "none"])
def test_class_means_of_moments_are_means_of_scaled_samples(world, uneven, scaling):
    """Their mean is divided by the root mean square length in place of the length of each sample."""
    from zsl.estimators.relation._space import Origins, SeenClasses
    from zsl.functional.linear.moments import unit_moments

    X, labels = uneven
    codes = np.unique(labels, return_inverse=True)[1]
    origins = Origins.of(X, X.min(axis=0), False, scaling)
    seen = SeenClasses.of_moments(
        unit_moments(X, codes, int(codes.max()) + 1, origin=origins.lengths), scaling, origins
    )
    rows = seen.space.scaler(unit(X))
    means = np.array([rows[codes == number].mean(axis=0) for number in range(codes.max() + 1)])
    assert_allclose(seen.means, means / np.sqrt(np.square(rows).sum(axis=1).mean()), rtol=1e-4, atol=1e-6)


def test_the_relation_term_is_added_at_its_gate(world, uneven):
    import torch

    from zsl.functional.scores.relation import relation_scores_pairwise

    given = {"joint": False, "feature_scaling": "center", "random_state": 0, "verbose": False, "n_episodes": 20}
    clf = fit(world, uneven, similarity="both", relation_hidden=5, **given)
    method, plain = clf.method_, Reference(*uneven, world.semantics.to_frame())
    assert method.sizes.n_hidden == 5
    rows = [torch.as_tensor(part) for part in (plain.embed(world.X_test_unseen), unit(plain.mapped(clf.classes_)))]
    term = relation_scores_pairwise(*rows, method.query_half, method.class_half, method.hidden_bias, method.weight_out)
    wanted = plain.scores(world.X_test_unseen, clf.classes_) + term.numpy()
    assert_allclose(clf.class_scores(world.X_test_unseen), wanted, atol=1e-5)
    assert term.abs().max() > 5e-5
