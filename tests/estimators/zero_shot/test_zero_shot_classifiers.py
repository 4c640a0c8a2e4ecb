"""The classic zero-shot estimators from the outside: what they learn, know and refuse."""

import copy

import numpy as np
import pytest
from classic import CLASSIC, CLOSED, GRADIENT, small
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from zsl import ClassKFold, InvalidInputError, SemanticsError, SemanticsWarning
from zsl.datasets import make_zero_shot
from zsl.estimators import ALEClassifier, DAPClassifier, ESZSLClassifier, RidgePrototypeClassifier, SAEClassifier
from zsl.evaluation import harmonic_score, per_class_accuracy, t1_score


@pytest.fixture(scope="module")
def world():
    return make_zero_shot(12, 4, n_features=12, n_attributes=5, n_per_class=8, noise=0.2, random_state=0)


@pytest.fixture(scope="module", params=CLASSIC)
def kind(request):
    return CLASSIC[request.param]


@pytest.fixture(scope="module")
def fitted_once(kind, world):
    return small(kind, semantics=world.semantics).fit(world.X_train, world.y_train)


@pytest.fixture
def fitted(fitted_once):
    return copy.deepcopy(fitted_once)


def unseen_accuracy(estimator, split):
    return per_class_accuracy(split.y_test_unseen, estimator.predict(split.X_test_unseen, split.unseen_classes))


# What they learn.

LINEAR = {**CLOSED, "SAEClassifier, semantic": lambda **more: SAEClassifier(direction="semantic", **more)}


@pytest.mark.parametrize("name", LINEAR)
def test_a_linear_link_is_found(name):
    found = []
    for seed in range(3):
        split = make_zero_shot(noise=0.5, n_test_per_class=10, random_state=seed)
        estimator = LINEAR[name](semantics=split.semantics).fit(split.X_train, split.y_train)
        found.append(unseen_accuracy(estimator, split))
        assert found[-1] >= 0.95
        seen = per_class_accuracy(split.y_test_seen, estimator.predict(split.X_test_seen, split.seen_classes))
        assert seen >= 0.95


@pytest.mark.parametrize("name", GRADIENT)
def test_gradient_methods_are_far_above_chance(name):
    """Chance is a quarter."""
    found = []
    for seed in range(2):
        split = make_zero_shot(20, 4, n_features=12, n_attributes=5, n_per_class=10, noise=0.2, random_state=seed)
        estimator = small(GRADIENT[name], semantics=split.semantics, cv=None, n_steps=100)
        found.append(unseen_accuracy(estimator.fit(split.X_train, split.y_train), split))
    assert np.mean(found) > 0.5


@pytest.mark.parametrize("name", CLASSIC)
def test_irrelevant_semantics_give_chance(name):
    """Nothing of the unseen classes leaks into the fit: with useless descriptions they are guessed.

    At worst all images of a class go the same way, so that a data set of four classes counts as four throws.
    """
    found, n_sets, n_unseen = [], 10, 4
    for seed in range(n_sets):
        split = make_zero_shot(
            12, n_unseen, n_features=12, n_attributes=5, n_per_class=8, noise=0.3, relevance=0.0, random_state=seed
        )
        estimator = small(CLASSIC[name], semantics=split.semantics, cv=None, n_steps=15)
        found.append(unseen_accuracy(estimator.fit(split.X_train, split.y_train), split))
    chance = 1 / n_unseen
    assert abs(np.mean(found) - chance) < 2.6 * np.sqrt(chance * (1 - chance) / (n_sets * n_unseen))


# Support images.


@pytest.mark.parametrize("name", [*CLOSED, "ALEClassifier"])
def test_support_images_help(name):
    found = []
    for seed in range(5):
        split = make_zero_shot(
            12, 4, n_features=16, n_attributes=6, n_per_class=10, noise=0.7, relevance=0.5, random_state=seed
        )
        row = []
        estimator = small(CLASSIC[name], semantics=split.semantics, cv=None).fit(split.X_train, split.y_train)
        for shots in (0, 1, 5):
            grown = copy.deepcopy(estimator)
            if shots:
                grown.add_classes(*support(split, shots))
            row.append(unseen_accuracy(grown, split))
        found.append(row)
    none, one, five = np.mean(found, axis=0)
    assert one > none + 0.02
    assert five > one + 0.02


def support(split, shots):
    """The first images of each class."""
    rows = np.concatenate([np.flatnonzero(split.y_support == label)[:shots] for label in split.unseen_classes])
    return split.X_support[rows], split.y_support[rows]


@pytest.mark.parametrize("name", [*CLOSED, "DEMClassifier"])
def test_a_class_known_by_images_only_is_recognised(world, name):
    estimator = small(CLASSIC[name], semantics=world.semantics).fit(world.X_train, world.y_train)
    label = world.unseen_classes[0]
    estimator.remove_classes([label]).add_classes(world.X_support[world.y_support == label], ["pictured"] * 20)
    predicted = estimator.predict(world.X_test_unseen, [*world.unseen_classes[1:], "pictured"])
    assert (predicted[world.y_test_unseen == label] == "pictured").mean() > 0.8
    assert (predicted[world.y_test_unseen != label] == "pictured").mean() < 0.3


def test_many_images_outweigh_the_description(world, fitted):
    label = world.unseen_classes[0]
    X = world.X_support[world.y_support == label]
    only = copy.deepcopy(fitted).remove_classes([label]).add_classes(X, [label] * len(X))
    for _ in range(100):
        fitted.add_classes(X, [label] * len(X))
    many, images = (e.class_scores(world.X_test_unseen, [label]) for e in (fitted, only))
    assert_allclose(many, images, atol=0.02 * np.ptp(images) + 1e-9)


def test_the_bias_stays_with_support_images(world, fitted):
    fitted.add_classes(*support(world, 4))
    plain, calibrated = (fitted.class_scores(world.X_test_seen, calibrated=c) for c in (False, True))
    lift = (calibrated - plain)[0]
    unseen = np.isin(fitted.classes_, fitted.unseen_classes_)
    assert_allclose(lift[unseen], fitted.seen_bias_, atol=1e-12)
    assert not lift[~unseen].any()


def test_without_semantics_they_are_few_shot_classifiers(world, kind):
    estimator = small(kind, n_steps=200).fit(world.X_train, world.y_train)
    assert estimator.unseen_classes_.size == 0
    assert estimator.selection_["n_folds"] == 0
    estimator.add_classes(world.X_support, world.y_support)
    assert unseen_accuracy(estimator, world) > 0.45  # chance is a quarter
    with pytest.raises(SemanticsError, match="fitted without any"):
        estimator.add_classes(semantics={"new": [1.0, 2.0]})


# What goes in and out.


def test_fitted_attributes(world, fitted):
    assert_array_equal(fitted.classes_, world.semantics.classes)
    assert_array_equal(fitted.seen_classes_, world.seen_classes)
    assert_array_equal(fitted.unseen_classes_, world.unseen_classes)
    assert fitted.n_features_in_ == 12
    assert fitted.selection_["n_folds"] == 2
    assert 0 <= fitted.selection_["harmonic_mean"] <= 1
    for name, value in fitted.selection_["params"].items():
        assert getattr(fitted, f"{name}_") == value
    assert repr(fitted).endswith("12 seen and 4 unseen classes")


@pytest.mark.parametrize("kind", [RidgePrototypeClassifier, ALEClassifier])
def test_searches_and_pipelines(world, kind):
    cv = ClassKFold(3, random_state=0)
    pipeline = make_pipeline(StandardScaler(), small(kind, semantics=world.semantics))
    step = kind.__name__.lower()
    grid = {f"{step}__feature_scaling": ["center", "whiten"], "standardscaler": [StandardScaler(), "passthrough"]}
    search = GridSearchCV(pipeline, grid, cv=cv, scoring=harmonic_score).fit(world.X_train, world.y_train)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert set(search.predict(world.X_test_unseen)) <= set(world.semantics.classes)
    scores = cross_val_score(pipeline, world.X_train, world.y_train, cv=cv, scoring=t1_score)
    assert scores.mean() > 0.25  # chance


def test_classes_that_share_a_row_are_warned_of(world):
    table = world.semantics.to_frame()
    table.loc["unseen_01"] = table.loc["unseen_00"]
    with pytest.warns(SemanticsWarning, match="unseen_00"):
        ESZSLClassifier(semantics=table).fit(world.X_train, world.y_train)


# What they refuse.

COMMON = [
    ("prior_strength", 0.0),
    ("prior_strength", "auto"),
    ("prior_strength", np.inf),
    ("seen_bias", "none"),
    ("seen_bias", None),
    ("seen_bias", np.nan),
    ("balance", "luck"),
    ("balance", None),
    ("cv", 1),
    ("cv", True),
    ("cv", 2.5),
    ("cv", "five"),
    ("feature_scaling", "minmax"),
    ("semantic_scaling", "whiten"),
]
STEPS = [
    ("n_steps", 0),
    ("n_steps", 2.5),
    ("n_steps", True),
    ("batch_size", 0),
    ("learning_rate", 0.0),
    ("learning_rate", "fast"),
    ("weight_decay", -1.0),
    ("device", "abacus"),
]
OWN = {
    "ALEClassifier": [("margin", 0.0)],
    "ClassNormalizationClassifier": [("hidden", 0), ("scale", 0.0)],
    "ConSEClassifier": [("top", 0), ("top", 1.5)],
    "DEMClassifier": [("hidden", -1)],
    "DeViSEClassifier": [("margin", -1.0)],
    "ESZSLClassifier": [
        ("alpha_features", 0.0),
        ("alpha_features", "small"),
        ("alpha_semantics", []),
        ("alpha_semantics", [1.0, -1.0]),
        ("alpha_semantics", None),
        ("alpha_features", True),
        ("alpha_features", object()),
    ],
    "LatEmClassifier": [("margin", 0.0), ("n_maps", 0)],
    "RidgePrototypeClassifier": [("alpha", np.inf), ("metric", "manhattan")],
    "SAEClassifier": [("alpha", [[1.0]]), ("direction", "both")],
    "SJEClassifier": [("margin", 0.0)],
    "SSEClassifier": [("regularization", 0.0), ("alignment", -1.0)],
    "SynCClassifier": [("alpha", -1.0), ("width", 0.0)],
}
OWN["ESZSLClassifier"] += COMMON
OWN["ALEClassifier"] += COMMON + STEPS
WRONG = [(name, parameter, value) for name, own in OWN.items() for parameter, value in own]


@pytest.mark.parametrize(("name", "parameter", "value"), WRONG)
def test_bad_parameters_are_named(world, name, parameter, value):
    estimator = small(CLASSIC[name], semantics=world.semantics).set_params(**{parameter: value})
    with pytest.raises(InvalidInputError, match=f"{parameter}=.*wanted"):
        estimator.fit(world.X_train, world.y_train)
    assert not hasattr(estimator, "classes_")


@pytest.mark.parametrize("kind", [ESZSLClassifier, ALEClassifier])
def test_folds_that_hold_out_no_class_are_refused(world, kind):
    estimator = small(kind, semantics=world.semantics, cv=KFold(3, shuffle=True, random_state=0))
    with pytest.raises(InvalidInputError, match="cv"):
        estimator.fit(world.X_train, world.y_train)


@pytest.mark.parametrize(
    "parameters", [{"prior_strength": -1.0}, {"seen_bias": "none"}, {"balance": "luck"}, {"semantics": None}]
)
@pytest.mark.parametrize("kind", [ESZSLClassifier, ALEClassifier])
def test_parameters_set_later_wait_for_the_next_fit(world, kind, parameters):
    fitted = small(kind, semantics=world.semantics).fit(world.X_train, world.y_train)
    fitted.add_classes(world.X_support, world.y_support)
    before = fitted.class_scores(world.X_test_unseen, calibrated=True)
    fitted.set_params(**parameters)
    with pytest.raises(ValueError, match=r"wanted|NaN"):
        fitted.fit(world.X_train * np.nan if "semantics" in parameters else world.X_train, world.y_train)
    assert_array_equal(fitted.class_scores(world.X_test_unseen, calibrated=True), before)


@pytest.mark.filterwarnings("ignore::zsl.SemanticsWarning")
def test_binary_tables_are_the_same_either_way(world):
    table = (world.semantics.to_frame() > 0).astype(float)
    soft, hard = (
        small(DAPClassifier, semantics=table, binarize=binarize, cv=None).fit(world.X_train, world.y_train)
        for binarize in (False, True)
    )
    assert_allclose(soft.class_scores(world.X_test_seen), hard.class_scores(world.X_test_seen), rtol=1e-6)
