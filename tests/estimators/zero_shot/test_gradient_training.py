"""How the gradient methods are trained: batches, the length of training, seeds, and that each parameter counts."""

from functools import cache

import numpy as np
import pytest
import torch
from classic import GRADIENT, small
from numpy.testing import assert_array_equal

from zsl import ZSLError
from zsl.datasets import make_zero_shot
from zsl.estimators import (
    ALEClassifier,
    ClassNormalizationClassifier,
    ConSEClassifier,
    DAPClassifier,
    DEMClassifier,
    DeViSEClassifier,
    IAPClassifier,
    LatEmClassifier,
    SJEClassifier,
    SSEClassifier,
)
from zsl.estimators.zero_shot import _gradient
from zsl.estimators.zero_shot._gradient import N_CHECKS
from zsl.training.batches import Batches


@pytest.fixture(scope="module")
def world():
    return make_zero_shot(10, 3, n_features=12, n_attributes=5, n_per_class=8, noise=0.3, random_state=0)


def fit(kind, world, **parameters):
    return small(kind, semantics=world.semantics, **parameters).fit(world.X_train, world.y_train)


@pytest.mark.parametrize(("count", "size"), [(10, 3), (10, 5), (7, 10), (1, 1)])
def test_each_image_comes_once_before_any_comes_again(count, size):
    batches = Batches(count, size, torch.Generator().manual_seed(0))
    drawn = [batches.draw() for _ in range(20)]
    assert {len(batch) for batch in drawn} == {min(count, size)}
    order = torch.cat(drawn)
    rounds = order[: len(order) // count * count].reshape(-1, count)
    assert (rounds.sort(dim=1).values == torch.arange(count)).all()
    assert count == 1 or (rounds[0] != rounds[1]).any()


@pytest.mark.parametrize("name", GRADIENT)
def test_the_best_length_of_training_is_taken(world, name):
    estimator = fit(GRADIENT[name], world, n_steps=50)
    records = estimator.selection_["grid"]
    assert [record["n_steps"] for record in records] == [7, 14, 21, 28, 35, 42, 49, 50]
    assert len(records) == N_CHECKS
    best = max(records, key=lambda record: record["harmonic_mean"])
    assert estimator.n_steps_ == best["n_steps"] == estimator.selection_["params"]["n_steps"]
    assert estimator.seen_bias_ == best["seen_bias"]
    assert estimator.selection_["harmonic_mean"] == best["harmonic_mean"]


def test_the_chosen_length_is_a_fit_of_that_length(world):
    estimator = fit(ALEClassifier, world)
    again = fit(ALEClassifier, world, n_steps=estimator.n_steps_, early_stopping=False, cv=None)
    assert_array_equal(again.class_scores(world.X_test_unseen), estimator.class_scores(world.X_test_unseen))


def test_without_early_stopping_only_the_bias_is_chosen(world):
    estimator = fit(DEMClassifier, world, early_stopping=False)
    assert estimator.n_steps_ == 40
    assert len(estimator.selection_["grid"]) == 1
    assert estimator.selection_["n_folds"] == 2
    estimator = fit(DEMClassifier, world, early_stopping=False, seen_bias=0.25)
    assert estimator.selection_["n_folds"] == 0
    assert (estimator.seen_bias_, estimator.n_steps_) == (0.25, 40)


def test_a_given_bias_stays_while_the_length_is_chosen(world):
    estimator = fit(DEMClassifier, world, seen_bias=0.25)
    assert estimator.seen_bias_ == 0.25
    assert {record["seen_bias"] for record in estimator.selection_["grid"]} == {0.25}
    assert estimator.selection_["n_folds"] == 2


def test_folds_and_the_last_training_start_alike(world, monkeypatch):
    drawn = []
    real = DEMClassifier._build

    def build(self, n_features, n_attributes, n_classes, *, generator):
        drawn.append((n_classes, generator.initial_seed()))
        return real(self, n_features, n_attributes, n_classes, generator=generator)

    monkeypatch.setattr(DEMClassifier, "_build", build)
    fit(DEMClassifier, world, random_state=3)
    assert [n_classes for n_classes, _ in drawn] == [5, 5, 10]
    assert len({seed for _, seed in drawn}) == 1
    fit(DEMClassifier, world, random_state=4)
    assert drawn[-1][1] != drawn[0][1]


def test_a_generator_moves_on_and_a_seed_does_not(world):
    state = np.random.RandomState(0)
    first, second = (fit(ALEClassifier, world, random_state=state, cv=None) for _ in range(2))
    seeded = fit(ALEClassifier, world, random_state=0, cv=None)
    X = world.X_test_unseen
    assert_array_equal(first.class_scores(X), seeded.class_scores(X))
    assert not np.array_equal(first.class_scores(X), second.class_scores(X))


def test_more_images_a_step_than_there_are(world):
    large, exact = (fit(DEMClassifier, world, batch_size=size, cv=None) for size in (5000, 80))
    assert_array_equal(large.class_scores(world.X_test_seen), exact.class_scores(world.X_test_seen))


@pytest.mark.parametrize("name", GRADIENT)
def test_one_step_of_one_image(world, name):
    estimator = fit(GRADIENT[name], world, n_steps=1, batch_size=1)
    assert estimator.n_steps_ == 1
    assert np.isfinite(estimator.class_scores(world.X_test_unseen, calibrated=True)).all()


EFFECTS = [
    *[
        (ALEClassifier, {name: value})
        for name, value in {
            "margin": 0.1,
            "n_steps": 20,
            "batch_size": 16,
            "learning_rate": 0.01,
            "weight_decay": 1.0,
            "feature_scaling": "none",
            "semantic_scaling": "none",
            "random_state": 1,
        }.items()
    ],
    (ClassNormalizationClassifier, {"hidden": 8}),
    (ClassNormalizationClassifier, {"scale": 2.0}),
    (ClassNormalizationClassifier, {"output_relu": True}),
    (ConSEClassifier, {"top": 2}),
    (DAPClassifier, {"binarize": True}),
    (DEMClassifier, {"hidden": 8}),
    (DEMClassifier, {"output_relu": True}),
    (DeViSEClassifier, {"margin": 1.0}),
    (IAPClassifier, {"binarize": True}),
    (LatEmClassifier, {"n_maps": 2}),
    (LatEmClassifier, {"margin": 0.1}),
    (SJEClassifier, {"margin": 0.1}),
    (SSEClassifier, {"regularization": 1.0}),
    (SSEClassifier, {"alignment": 0.0}),
]


@pytest.fixture(scope="module")
def plain_of(world):
    return cache(lambda kind: fit(kind, world, cv=None))


@pytest.mark.parametrize(("kind", "parameters"), EFFECTS)
def test_each_parameter_has_an_effect(world, plain_of, kind, parameters):
    plain = plain_of(kind).class_scores(world.X_test_unseen)
    other = fit(kind, world, **({"cv": None} | parameters)).class_scores(world.X_test_unseen)
    assert np.abs(other - plain).max() > 1e-3 * np.abs(plain).max()


@pytest.mark.parametrize("name", GRADIENT)
def test_training_lowers_the_loss(world, name, monkeypatch):
    """The mean over the last steps is below that over the first ones."""
    losses = []
    real = _gradient.train

    def train(method, loss, **options):
        def noted():
            value = loss()
            losses.append(value.item())
            return value

        real(method, noted, **options)

    monkeypatch.setattr(_gradient, "train", train)
    fit(GRADIENT[name], world, cv=None, n_steps=100)
    assert len(losses) == 100
    assert np.mean(losses[-20:]) < 0.97 * np.mean(losses[:5])


def test_training_that_goes_astray_changes_nothing(world):
    estimator = fit(DEMClassifier, world)
    before = estimator.class_scores(world.X_test_unseen)
    estimator.set_params(learning_rate=1e30, cv=None)
    with pytest.raises(ZSLError, match=r"loss is .* smaller learning_rate"):
        estimator.fit(world.X_train[:, :7], world.y_train)
    assert estimator.n_features_in_ == 12
    assert_array_equal(estimator.class_scores(world.X_test_unseen), before)


def test_parameters_may_be_numbers_of_numpy(world):
    given = {"n_steps": np.int64(3), "batch_size": np.int32(16), "learning_rate": np.float32(0.01), "cv": np.int64(2)}
    assert fit(DEMClassifier, world, **given).n_steps_ <= 3


@pytest.mark.parametrize("verbose", [False, True])
def test_progress_is_named_by_fold(world, monkeypatch, verbose):
    labels = []
    real = _gradient.train

    def train(method, loss, *, progress, **options):
        labels.append(progress)
        real(method, loss, progress=None, **options)

    monkeypatch.setattr(_gradient, "train", train)
    fit(DEMClassifier, world, verbose=verbose)
    wanted = ["held-out classes 1/2", "held-out classes 2/2", "all seen classes"]
    assert labels == (wanted if verbose else [None] * 3)
