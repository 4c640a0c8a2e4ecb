"""Generated features and an ordinary classifier: generators, light classifiers, and classes that come and go."""

import copy

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC

from zsl import ClassKFold, FeatureGeneratingClassifier, InvalidInputError, load
from zsl.datasets import make_zero_shot
from zsl.estimators.generative._light import LightClassifier
from zsl.estimators.generative._training import N_CHECKS, Training
from zsl.evaluation import per_class_accuracy
from zsl.selection.folds import class_splits

SMALL = {
    "n_steps": 60,
    "batch_size": 32,
    "learning_rate": 0.01,
    "hidden": 16,
    "n_latent": 4,
    "n_generated": 20,
    "cv": 2,
    "verbose": False,
    "random_state": 0,
}
GENERATORS = ("cvae", "wgan", "aligned_vae")


def small(world=None, **parameters):
    table = None if world is None else world.semantics
    return FeatureGeneratingClassifier(**SMALL | {"semantics": table} | parameters)


def fit(world, **parameters):
    return small(world, **parameters).fit(world.X_train, world.y_train)


@pytest.fixture(scope="module")
def world():
    return make_zero_shot(12, 4, n_features=12, n_attributes=5, n_per_class=10, noise=0.2, random_state=0)


@pytest.fixture(scope="module", params=GENERATORS)
def fitted_once(request, world):
    return fit(world, generator=request.param)


@pytest.fixture
def fitted(fitted_once):
    return copy.deepcopy(fitted_once)


@pytest.fixture
def cvae(cvae_once):
    return copy.deepcopy(cvae_once)


@pytest.fixture(scope="module")
def cvae_once(world):
    return fit(world)


def unseen_accuracy(estimator, split):
    return per_class_accuracy(split.y_test_unseen, estimator.predict(split.X_test_unseen, split.unseen_classes))


# What is learned.


@pytest.mark.parametrize("generator", GENERATORS)
def test_unseen_classes_are_recognised_far_above_chance(generator):
    """Chance is a quarter."""
    found = []
    for seed in range(2):
        split = make_zero_shot(20, 4, n_features=12, n_attributes=5, n_per_class=10, noise=0.2, random_state=seed)
        estimator = fit(split, generator=generator, cv=None, n_steps=120)
        found.append(unseen_accuracy(estimator, split))
    assert np.mean(found) > 0.5


@pytest.mark.parametrize("generator", GENERATORS)
def test_irrelevant_semantics_give_chance(generator):
    found, n_sets = [], 5
    for seed in range(n_sets):
        split = make_zero_shot(
            12, 4, n_features=12, n_attributes=5, n_per_class=8, noise=0.3, relevance=0.0, random_state=seed
        )
        found.append(unseen_accuracy(fit(split, generator=generator, cv=None, n_steps=30), split))
    assert abs(np.mean(found) - 0.25) < 2.6 * np.sqrt(0.25 * 0.75 / (n_sets * 4))


def test_support_images_help():
    found = []
    for seed in range(4):
        split = make_zero_shot(
            12, 4, n_features=16, n_attributes=6, n_per_class=10, noise=0.7, relevance=0.5, random_state=seed
        )
        estimator, row = fit(split, cv=None), []
        for shots in (0, 1, 5):
            rows = np.concatenate([np.flatnonzero(split.y_support == c)[:shots] for c in split.unseen_classes])
            grown = copy.deepcopy(estimator)
            row.append(
                unseen_accuracy(
                    grown.add_classes(split.X_support[rows], split.y_support[rows]) if shots else grown, split
                )
            )
        found.append(row)
    none, one, five = np.mean(found, axis=0)
    assert none < one < five


# What is generated.


def test_features_of_a_class_do_not_depend_on_the_others(world, fitted):
    row = world.semantics.rows(world.unseen_classes[:1])[0]
    before = fitted._space.generated(row, 7)
    fitted.remove_classes(world.unseen_classes[1:])
    assert_array_equal(fitted._space.generated(row, 7), before)
    assert not np.allclose(fitted._space.generated(row + 0.1, 7), before)


def test_shares_of_real_and_generated_images(world, cvae):
    """Weights of a class sum to 1; with K images the generated ones get κ / (κ + K) of it, and of their number."""
    label = world.unseen_classes[0]
    cvae.add_classes(world.X_support[world.y_support == label][:12], [label] * 12)
    cvae.add_classes(world.X_support[:3], ["pictured"] * 3)
    rows, codes, weights = cvae._space.samples(cvae._classes)
    names = cvae._classes.labels
    assert rows.shape == (len(codes), 12)
    assert_allclose(np.bincount(codes, weights), 1)
    numbers = dict(zip(names.tolist(), np.bincount(codes).tolist(), strict=True))
    assert numbers["pictured"] == 3
    assert numbers[label] == 12 + 5  # 4 / 16 of 20
    assert numbers[world.unseen_classes[1]] == 20
    assert numbers["seen_00"] == 10 + 6  # 4 / 14 of 20
    mine = weights[codes == cvae._classes.columns(np.array([label]))[0]]
    assert_allclose(np.sort(np.unique(np.round(mine, 12))), sorted({round(0.25 / 5, 12), round(0.75 / 12, 12)}))


def test_the_weight_of_unseen_classes(world):
    light, heavy = (fit(world, cv=None, unseen_weight=weight) for weight in (1.0, 30.0))
    _, codes, weights = heavy._space.samples(heavy._classes)
    assert_allclose(np.bincount(codes, weights), np.where(heavy._classes.seen, 1, 30))
    share = [np.isin(e.predict(world.X_test_seen), world.unseen_classes).mean() for e in (light, heavy)]
    assert share[0] < share[1]


@pytest.mark.parametrize("generator", ["cvae", "aligned_vae"])
def test_the_light_classifier_works_where_the_generator_says(world, generator):
    estimator = fit(world, generator=generator, cv=None)
    rows, codes, weights = estimator._space.samples(estimator._classes)
    assert rows.shape[1] == (12 if generator == "cvae" else 4)
    model = LogisticRegression(C=1 / len(rows), max_iter=500)
    model.fit(rows, codes, sample_weight=weights * len(rows) / weights.sum())
    moved = world.X_test_unseen - world.X_train.mean(axis=0)
    embedded = estimator._space.embed(moved / np.linalg.norm(moved, axis=1, keepdims=True))
    assert_allclose(estimator.class_scores(world.X_test_unseen), model.decision_function(embedded))


def test_only_the_light_classifier_is_fitted_again(world, cvae, monkeypatch):
    fits, real = [], LightClassifier.fit
    monkeypatch.setattr(LightClassifier, "fit", lambda *a: fits.append(a[-1]) or real(*a))
    monkeypatch.delattr(Training, "run")
    cvae.class_scores(world.X_test_seen)
    cvae.class_scores(world.X_test_seen[:3], cvae.classes_[::-1])
    assert fits == [16]
    cvae.add_classes(semantics={"new": [0.5] * 5})
    assert fits == [16]  # not before scores are asked for
    cvae.class_scores(world.X_test_seen)
    cvae.class_scores(world.X_test_seen, ["new", "seen_00"])
    cvae.predict(world.X_test_seen, ["seen_00", "new"])
    assert fits == [16, 17, 2]
    cvae.remove_classes("new").predict(world.X_test_seen)
    assert fits == [16, 17, 2, 16]


def test_a_single_class_has_nothing_to_be_told_apart(world, cvae):
    assert_array_equal(cvae.class_scores(world.X_test_seen, ["seen_00"]), np.zeros((len(world.X_test_seen), 1)))
    assert (cvae.predict_proba(world.X_test_seen, ["seen_00"]) == 1).all()


def test_two_classes_are_told_apart_by_their_difference(world, cvae):
    pair = ["seen_00", "seen_01"]
    scores = cvae.class_scores(world.X_test_seen, pair)
    assert_allclose(scores[:, 0], -scores[:, 1])
    mine = np.isin(world.y_test_seen, pair)
    assert (cvae.predict(world.X_test_seen[mine], pair) == world.y_test_seen[mine]).mean() > 0.9


# Classifiers of scikit-learn.


@pytest.mark.parametrize(
    "classifier",
    [
        KNeighborsClassifier(3),
        RandomForestClassifier(20, random_state=0),
        SVC(),
        LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.5),
    ],
    ids=lambda c: type(c).__name__,
)
def test_any_classifier_will_do(world, classifier):
    estimator = fit(world, classifier=classifier, cv=None, n_steps=200)
    assert not hasattr(classifier, "classes_")
    assert unseen_accuracy(estimator, world) > 0.4
    assert np.isfinite(estimator.predict_proba(world.X_test_unseen, world.unseen_classes[:2])).all()
    assert clone(estimator).classifier is not classifier


def test_a_classifier_changed_later_waits_for_the_next_fit(world):
    classifier = KNeighborsClassifier(3)
    estimator = fit(world, classifier=classifier, cv=None)
    before = estimator.class_scores(world.X_test_seen)
    classifier.set_params(n_neighbors=1)
    estimator.add_classes(semantics={"new": [0.5] * 5}).remove_classes("new")
    assert_array_equal(estimator.class_scores(world.X_test_seen), before)


def test_a_classifier_of_the_user_is_not_saved(world, tmp_path):
    estimator = fit(world, classifier=KNeighborsClassifier(), cv=None)
    with pytest.raises(InvalidInputError, match="classifier=KNeighborsClassifier cannot be saved"):
        estimator.save(tmp_path / "m")
    assert not list(tmp_path.iterdir())


def test_decision_values_of_pairs_are_refused(world):
    with pytest.raises(InvalidInputError, match=r"classifier=SVC gives decision values of shape .* wanted 16 per row"):
        fit(world, classifier=SVC(decision_function_shape="ovo"), cv=None).predict(world.X_test_seen)


# What is chosen on held-out classes.


def test_the_grid(world):
    estimator = fit(world, n_generated=(5, 10), unseen_weight=[1.0, 4.0])
    grid = estimator.selection_["grid"]
    assert len(grid) == N_CHECKS * 4
    assert sorted({record["n_steps"] for record in grid}) == [15, 30, 45, 60]
    best = max(grid, key=lambda record: record["harmonic_mean"])
    for name in ("n_steps", "n_generated", "unseen_weight"):
        assert getattr(estimator, f"{name}_") == estimator.selection_["params"][name] == best[name]
    assert estimator.seen_bias_ == best["seen_bias"]
    assert estimator.selection_["n_folds"] == 2
    assert estimator._space.n_generated == best["n_generated"]


def test_a_given_bias_and_a_fixed_schedule(world):
    estimator = fit(world, seen_bias=0.25, early_stopping=False)
    assert (estimator.seen_bias_, estimator.n_steps_, estimator.selection_["n_folds"]) == (0.25, 60, 0)
    estimator = fit(world, seen_bias=0.25)
    assert {record["seen_bias"] for record in estimator.selection_["grid"]} == {0.25}
    lift = estimator.class_scores(world.X_test_seen, calibrated=True) - estimator.class_scores(world.X_test_seen)
    assert_allclose(lift, np.where(np.isin(estimator.classes_, world.seen_classes), 0.0, 0.25) + 0 * lift, atol=1e-12)


def test_the_chosen_length_is_a_fit_of_that_length(world, cvae):
    again = fit(world, n_steps=cvae.n_steps_, cv=None)
    assert_array_equal(again.class_scores(world.X_test_unseen), cvae.class_scores(world.X_test_unseen))


def test_rejection_is_measured_on_held_out_classes(world, cvae):
    share = (cvae.predict(world.X_test_seen, reject=0.2) == "none").mean()
    assert 0 < share < 0.6
    with pytest.raises(InvalidInputError, match="reject"):
        fit(world, cv=None).predict(world.X_test_seen, reject=0.2)


def test_folds_of_classes(world):
    X, codes = world.X_train, np.unique(world.y_train, return_inverse=True)[1]
    assert class_splits(None, X, codes) == []
    assert class_splits(3, X[codes < 3], codes[codes < 3]) == []
    assert len(class_splits(ClassKFold(3, random_state=1), X, codes)) == 3
    with pytest.raises(InvalidInputError, match="without new classes"):
        class_splits(KFold(3, shuffle=True, random_state=0), X, codes)


# Classes, files and errors.


def test_without_semantics_it_is_a_few_shot_classifier(world, tmp_path):
    estimator = small().fit(world.X_train, world.y_train).add_classes(world.X_support, world.y_support)
    assert unseen_accuracy(estimator, world) > 0.6
    assert estimator.selection_["n_folds"] == 0
    estimator.save(tmp_path / "m")
    assert_array_equal(load(tmp_path / "m").class_scores(world.X_test_seen), estimator.class_scores(world.X_test_seen))


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("generator", "oracle"),
        ("generator", None),
        ("classifier", KNeighborsClassifier),
        ("classifier", "svm"),
        ("n_generated", 0),
        ("n_generated", (10, 2.5)),
        ("n_generated", ()),
        ("unseen_weight", 0.0),
        ("unseen_weight", []),
        ("hidden", 0),
        ("n_latent", True),
        ("n_steps", 0),
        ("batch_size", 1.5),
        ("max_samples", 0),
        ("learning_rate", 0.0),
        ("prior_strength", -1.0),
        ("semantic_noise", -0.1),
        ("weight_decay", -1.0),
        ("seen_bias", "none"),
        ("feature_scaling", "minmax"),
        ("semantic_scaling", "whiten"),
        ("cv", 1),
        ("cv", "five"),
        ("device", "abacus"),
    ],
)
def test_bad_parameters_are_named(world, parameter, value):
    with pytest.raises(InvalidInputError, match=f"{parameter}=.*wanted"):
        fit(world, **{parameter: value})


EFFECTS = {
    "generator": "wgan",
    "n_generated": 5,
    "hidden": 8,
    "n_latent": 2,
    "semantic_noise": 0.0,
    "n_steps": 20,
    "batch_size": 16,
    "learning_rate": 0.001,
    "weight_decay": 10.0,
    "feature_scaling": "none",
    "semantic_scaling": "none",
    "prior_strength": 40.0,
    "unseen_weight": 4.0,
    "max_samples": 3,
    "random_state": 1,
}


@pytest.fixture(scope="module")
def plain_once(world):
    return fit(world, cv=None)


@pytest.mark.parametrize("name", EFFECTS)
def test_each_parameter_has_an_effect(world, plain_once, name):
    plain = plain_once.class_scores(world.X_test_unseen)
    other = fit(world, cv=None, **{name: EFFECTS[name]}).class_scores(world.X_test_unseen)
    assert np.abs(other - plain).max() > 1e-3 * np.abs(plain).max()
