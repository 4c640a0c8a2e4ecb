"""The temperature: found again where it is known, best on held-out classes, stored, and without effect on labels."""

import copy

import numpy as np
import pytest
from classic import CLASSIC, small
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import log_softmax, softmax

from zsl import ESZSLClassifier, FeatureGeneratingClassifier, RelationClassifier
from zsl.datasets import make_zero_shot
from zsl.estimators.relation import _choose
from zsl.selection import calibration as _temperature
from zsl.selection import search as _search
from zsl.selection.calibration import columns_of, likeliest_temperature, sampled, stacked_temperature

IS_SEEN = np.array([True, True, False, True, False])


def drawn(temperature, n=20_000, seed=0, spread=1.0):
    """Scores, and true classes drawn by their softmax at this temperature."""
    rng = np.random.default_rng(seed)
    scores = spread * rng.normal(size=(n, 5))
    p = softmax(scores / temperature, axis=1)
    return scores, (p.cumsum(axis=1) < rng.random((n, 1))).sum(axis=1)


@pytest.mark.parametrize("temperature", [0.01, 0.3, 2.0])
def test_a_known_temperature_is_found_again(temperature):
    scores, truth = drawn(temperature, spread=2 * temperature)
    assert likeliest_temperature([(scores, truth)]) == pytest.approx(temperature, rel=0.03)
    lifted = scores - np.where(IS_SEEN, 0.0, 0.7)
    fold = lifted.astype(np.float32), IS_SEEN, truth
    assert stacked_temperature([fold, fold], 0.7) == pytest.approx(temperature, rel=0.1)


def test_no_other_temperature_is_more_likely():
    parts = [drawn(0.5, n=200, seed=seed) for seed in range(3)]

    def likelihood(temperature):
        return np.mean([log_softmax(t / temperature, axis=1)[np.arange(len(t)), y].mean() for t, y in parts])

    best = likelihood(likeliest_temperature(parts))
    assert best >= max(map(likelihood, np.geomspace(0.01, 100, 2001))) - 1e-9


def test_the_scale_of_the_scores_is_that_of_the_temperature():
    scores, truth = drawn(1.0, n=500)
    assert likeliest_temperature([(1e-3 * scores, truth)]) == pytest.approx(
        1e-3 * likeliest_temperature([(scores, truth)])
    )
    assert likeliest_temperature([(np.zeros((4, 3)), np.arange(4) % 3)]) > 0


def test_both_sides_weigh_the_same():
    """Repeating the images of one side changes nothing."""
    scores, truth = drawn(0.4, n=400)
    rows = np.concatenate([np.arange(400), np.repeat(np.flatnonzero(IS_SEEN[truth]), 5)])
    once = stacked_temperature([(scores, IS_SEEN, truth)], 0.2)
    assert stacked_temperature([(scores[rows], IS_SEEN, truth[rows])], 0.2) == pytest.approx(once)
    only = IS_SEEN[truth]
    assert stacked_temperature([(scores[only], IS_SEEN, truth[only])], 0.0) > 0


def test_as_many_images_of_both_sides_are_kept():
    is_seen = np.arange(10_000) % 10 != 0
    kept = sampled(is_seen, 80)
    assert len(set(kept.tolist())) == len(kept) == 2000
    assert is_seen[kept].sum() == 1000
    assert (np.diff(kept) > 0).all()
    assert len(sampled(is_seen, 4_000)) == 500
    assert len(sampled(is_seen, 80_000)) == 200
    assert_array_equal(sampled(is_seen[:500], 80), np.arange(500))
    assert_array_equal(sampled(np.ones(3, dtype=bool), 10), np.arange(3))


def test_columns_of_class_numbers_in_any_order():
    assert_array_equal(columns_of(np.array([4, 0, 7]), np.array([7, 4, 4, 0])), [2, 0, 0, 1])


@pytest.fixture(scope="module")
def world():
    return make_zero_shot(12, 4, n_features=12, n_attributes=5, n_per_class=10, noise=0.5, random_state=0)


SHELLS = ("ESZSLClassifier", "ALEClassifier", "ConSEClassifier", "FeatureGeneratingClassifier")
"""One of each way to fit and to choose; saving and loading are laws."""
RELATION = {"n_episodes": 5, "cv": 2, "relation_hidden": 8, "verbose": False}
KINDS = {
    **{name: lambda kind=CLASSIC[name], **given: small(kind, **given) for name in SHELLS},
    "RelationClassifier": lambda **given: RelationClassifier(**RELATION | given),
}


@pytest.fixture(scope="module", params=KINDS)
def make(request):
    return KINDS[request.param]


def fit(make, world, **given):
    return make(semantics=world.semantics, random_state=0, **given).fit(world.X_train, world.y_train)


@pytest.fixture(scope="module")
def folds(make, world):
    """A fitted estimator, and the scores that its temperature was chosen on."""
    seen = []

    def spied(scored, bias):
        seen.append((scored, bias))
        return stacked_temperature(scored, bias)

    with pytest.MonkeyPatch.context() as patch:
        for module in (_search, _choose):
            patch.setattr(module, "stacked_temperature", spied)
        fitted = fit(make, world)
    scored, bias = seen[-1]  # a relation term is trained at a temperature of its own, chosen first
    return fitted, scored, bias


def test_held_out_images_are_no_less_likely_than_at_one(folds):
    fitted, scored, bias = folds
    assert bias == pytest.approx(fitted.seen_bias_)
    assert len(scored) == 2

    def likelihood(temperature):
        found = []
        for scores, is_seen, truth in scored:
            table = log_softmax((scores + np.where(is_seen, 0.0, bias)) / temperature, axis=1)
            own = table[np.arange(len(truth)), truth]
            found += [own[is_seen[truth]].mean(), own[~is_seen[truth]].mean()]
        return np.mean(found)

    assert likelihood(fitted.temperature_) >= likelihood(1.0)
    for factor in (0.9, 1.1):
        assert likelihood(fitted.temperature_) >= likelihood(factor * fitted.temperature_) - 1e-6


def test_probabilities_are_the_softmax_at_the_temperature(folds, world):
    fitted, *_ = folds
    scores = fitted.class_scores(world.X_test_unseen, calibrated=True)
    assert fitted.temperature_ > 0
    assert fitted.temperature_ != 1
    assert_allclose(fitted.predict_proba(world.X_test_unseen), softmax(scores / fitted.temperature_, axis=1), rtol=1e-9)
    likeliest = fitted.classes_[fitted.predict_proba(world.X_test_unseen).argmax(axis=1)]
    assert_array_equal(likeliest, fitted.predict(world.X_test_unseen))
    other = copy.deepcopy(fitted)
    other.temperature_ = 7.0
    assert_array_equal(other.decision_function(world.X_test_seen), fitted.decision_function(world.X_test_seen))


def test_a_refit_without_held_out_classes_takes_it_back(folds, world):
    fitted = copy.deepcopy(folds[0])
    fitted.set_params(cv=None).fit(world.X_train, world.y_train)
    assert fitted.temperature_ == 1.0
    scores = fitted.class_scores(world.X_test_unseen, calibrated=True)
    assert_allclose(fitted.predict_proba(world.X_test_unseen), softmax(scores, axis=1), rtol=1e-9)


@pytest.mark.parametrize("kind", [ESZSLClassifier, FeatureGeneratingClassifier, RelationClassifier])
def test_a_given_bias_is_the_one_it_is_chosen_with(world, kind):
    make = KINDS[kind.__name__]
    found = {bias: fit(make, world, seen_bias=bias) for bias in (0.0, 50.0)}
    assert [each.seen_bias_ for each in found.values()] == [0.0, 50.0]
    assert found[0.0].temperature_ < found[50.0].temperature_


def test_a_gate_has_the_temperature_one(world):
    fitted = ESZSLClassifier(semantics=world.semantics, balance="gate").fit(world.X_train, world.y_train)
    assert fitted.temperature_ == 1.0
    fitted.set_params(balance="stacking").fit(world.X_train, world.y_train)
    assert fitted.temperature_ != 1.0


def test_relations_without_semantics_choose_it_with_one_support_image(world):
    fitted = RelationClassifier(**RELATION, random_state=0).fit(world.X_train, world.y_train)
    assert fitted.temperature_ not in (0.0, 1.0)


def test_fitting_is_repeatable_where_images_are_left_out(world, monkeypatch):
    monkeypatch.setattr(_temperature, "_MOST_SAMPLES", 12)
    first, again = (fit(KINDS["ESZSLClassifier"], world) for _ in range(2))
    assert first.temperature_ == again.temperature_
    monkeypatch.undo()
    assert first.seen_bias_ == fit(KINDS["ESZSLClassifier"], world).seen_bias_
