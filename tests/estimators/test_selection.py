"""What is chosen on held-out seen classes, and that each parameter of the training takes part in it."""

import copy

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from zsl import ZSLError, make_zero_shot
from zsl.episodes.sampler import EpisodeSampler
from zsl.estimators._fold import Fold
from zsl.estimators._scaling import Scalings


def test_a_fold_learns_nothing_from_held_out_classes_and_images():
    rng = np.random.default_rng(0)
    X, table, codes = rng.normal(size=(24, 3)), rng.normal(size=(4, 2)), np.arange(24) % 4
    train = np.flatnonzero((codes < 3) & (np.arange(24) < 16))
    test = np.setdiff1d(np.arange(24), train)
    folds = []
    for shift in (0, 5):
        images, rows = X.copy(), table.copy()
        images[test] += shift
        rows[3] += shift
        folds.append(Fold(images, codes, rows, (train, test), Scalings("whiten", "standard"), rng))
    assert_array_equal(folds[0].X_train, folds[1].X_train)
    assert_array_equal(folds[0].semantics, folds[1].semantics)
    assert folds[0].kept.tolist() == [0, 1, 2]
    assert set(folds[0].y_held) == {3}
    assert sorted(folds[0].y_seen.tolist()) == [0, 0, 1, 1, 2, 2]


@pytest.mark.parametrize(
    ("world", "least", "most"),
    [({"relevance": 0.0}, 0, 1), ({"noise": 3.0}, 8, np.inf)],
    ids=["useless descriptions", "useless single images"],
)
def test_prior_strength_follows_what_descriptions_are_worth(small, world, least, most):
    world = {"noise": 0.1} | world
    split = make_zero_shot(16, 4, n_features=12, n_attributes=5, n_per_class=12, random_state=0, **world)
    estimator = small(semantics=split.semantics, random_state=0, seen_bias=0.0).fit(split.X_train, split.y_train)
    assert least <= estimator.prior_strength_ <= most


def test_the_best_length_of_training_is_taken(fitted):
    history = fitted.selection_["history"]
    assert [done for done, _ in history] == [8, 16, 24, 32, 40, 48, 56, 60]
    best = max(area for _, area in history)
    assert (fitted.n_episodes_, best) in [tuple(entry) for entry in history]


def test_bias_is_chosen_at_the_chosen_prior_strength(split, small, monkeypatch):
    strengths = []
    real = Fold.curves

    def curves(fold, network, shots, count):
        strengths.append(float(network.prior_strength))
        return real(fold, network, shots, count)

    monkeypatch.setattr(Fold, "curves", curves)
    estimator = small(semantics=split.semantics, random_state=0).fit(split.X_train, split.y_train)
    n_last = 2 * len(estimator.selection_["seen_bias"])  # both folds, each number of shots
    assert strengths[-n_last:] == [estimator.prior_strength_] * n_last


@pytest.mark.parametrize(
    ("described", "episode_mix", "drawn"),
    [
        (True, ((0, 1.0), (2, 1.0)), {0, 2}),
        (True, {3: 1.0, 1: 0.0}, {3}),
        (False, ((0, 1.0), (2, 1.0)), {2}),
        (False, ((0, 1.0),), {1, 5}),
    ],
)
def test_episodes_have_the_shots_asked_for(split, small, monkeypatch, described, episode_mix, drawn):
    shots = set()
    real = EpisodeSampler.draw
    monkeypatch.setattr(EpisodeSampler, "draw", lambda sampler, k: shots.add(k) or real(sampler, k))
    table = split.semantics if described else None
    small(semantics=table, episode_mix=episode_mix, random_state=0, n_folds=0).fit(split.X_train, split.y_train)
    assert shots == drawn


def test_bias_between_numbers_of_shots_is_interpolated(split, fitted):
    fitted._bias_shots, fitted._bias_values = (0, 1, 5), (4.0, 2.0, 1.0)
    label = split.unseen_classes[0]
    images = split.X_support[split.y_support == label]
    found = []
    for shots in (0, 1, 3, 5, 12):
        estimator = copy.deepcopy(fitted)
        if shots:
            estimator.add_classes(images[:shots], [label] * shots)
        plain, calibrated = (estimator.class_scores(images[:1], [label], calibrated=c)[0, 0] for c in (False, True))
        found.append(calibrated - plain)
    at_three = 2 - np.log(4 / 2) / np.log(6 / 2)  # on a line in log(1 + K) from 1 to 5
    np.testing.assert_allclose(found, [4, 2, at_three, 1, 1])


@pytest.fixture(scope="module")
def plain(split, small):
    return small(semantics=split.semantics, random_state=0, n_folds=0).fit(split.X_train, split.y_train)


@pytest.mark.parametrize(
    "parameters",
    [
        {"mapper_hidden": (32, 8)},
        {"relation_hidden": (4,)},
        {"similarity": "metric"},
        {"loss": "mse"},
        {"episode_mix": ((0, 1.0),)},
        {"n_episodes": 50},
        {"n_query": 20},
        {"learning_rate": 0.02},
        {"weight_decay": 1.0},
        {"relation_penalty": 1.0},
        {"scale": 5.0},
        {"semantic_noise": 0.0},
        {"feature_noise": 0.0},
        {"feature_scaling": "center"},
        {"semantic_scaling": "standard"},
        {"random_state": 1},
    ],
    ids=lambda parameters: next(iter(parameters)),
)
def test_each_parameter_has_an_effect(split, plain, small, parameters):
    given = {"semantics": split.semantics, "random_state": 0, "n_folds": 0} | parameters
    other = small(**given).fit(split.X_train, split.y_train)
    difference = other.class_scores(split.X_test_unseen) - plain.class_scores(split.X_test_unseen)
    assert np.abs(difference).max() > 1e-3


def test_relation_penalty_holds_the_score_near_the_cosine(split, plain, small):
    strict = small(semantics=split.semantics, random_state=0, n_folds=0, relation_penalty=1e3)
    strict.fit(split.X_train, split.y_train)
    loose, held = (estimator._network.relation.weight_out.norm() for estimator in (plain, strict))
    assert held < 0.2 * loose


def test_training_that_goes_astray_changes_nothing(split, fitted):
    before = fitted.class_scores(split.X_test_unseen)
    fitted.set_params(learning_rate=1e30, n_folds=0)
    with pytest.raises(ZSLError, match=r"loss is .* smaller learning_rate"):
        fitted.fit(split.X_train[:, :7], split.y_train)
    assert fitted.n_features_in_ == 12
    assert_array_equal(fitted.class_scores(split.X_test_unseen), before)
