"""Accuracy over episodes: known answers, the same episodes for all, estimators of both kinds, wrong arguments."""

import math
from copy import deepcopy

import numpy as np
import pytest
import torch
from sklearn.base import BaseEstimator, clone
from sklearn.exceptions import NotFittedError
from sklearn.neighbors import KNeighborsClassifier, NearestCentroid

import zsl.evaluation.episodes
from zsl import PrototypicalClassifier, RidgePrototypeClassifier, SiameseClassifier
from zsl.datasets.synthetic import make_zero_shot
from zsl.episodes.few_shot import FewShotSampler
from zsl.estimators.relation import RelationClassifier
from zsl.evaluation.episodes import EpisodeResult, evaluate_episodes, measure_episodes, method_accuracies
from zsl.evaluation.few_shot_split import FewShotSplit
from zsl.evaluation.metrics import mean_confidence_interval
from zsl.exceptions import InvalidInputError
from zsl.methods.few_shot import FewShotMethod
from zsl.methods.metric.prototypical import PrototypicalNetwork
from zsl.semantics import Semantics

RNG = np.random.RandomState(0)
NAMES = np.array(["ape", "bee", "cow", "dog", "elk", "fox", "gnu", "hen"])
Y = np.tile(np.arange(8), 30)
MEANS = RNG.standard_normal((8, 6))
SEPARABLE = 20 * MEANS[Y] + RNG.standard_normal((240, 6))
BLURRED = MEANS[Y] + RNG.standard_normal((240, 6))
NOISE = RNG.standard_normal((240, 6))


def fitted(labels=(100, 101, 102), cls=PrototypicalClassifier, **options):
    """An estimator that has seen other classes."""
    return cls(**options).fit(np.random.RandomState(1).standard_normal((15, 6)), np.repeat(labels, 5))


def relation(labels=(100, 101, 102)):
    return fitted(labels, RelationClassifier, cv=None)


def ridge(labels=(100, 101, 102)):
    return fitted(labels, RidgePrototypeClassifier)


@pytest.mark.parametrize("make", [fitted, relation])
def test_chance_on_noise_and_all_right_where_classes_lie_apart(make):
    right = measure_episodes(make(), SEPARABLE, Y, n_episodes=20)
    assert right.mean == 1
    assert right.half_width == 0
    chance = measure_episodes(make(), NOISE, Y, n_episodes=60)
    assert chance.accuracies.shape == (60,)
    assert abs(chance.mean - 0.2) < 0.03
    assert (chance.n_way, chance.n_shot, chance.transductive) == (5, 1, False)


@pytest.mark.parametrize("cls", [RidgePrototypeClassifier, RelationClassifier])
@pytest.mark.parametrize("integers", [False, True])
def test_estimators_with_semantics_are_given_support_alone(cls, integers):
    split = make_zero_shot(noise=0.1, n_per_class=10, random_state=0)
    table, seen = split.semantics, split.y_train
    if integers:
        table = Semantics(table.vectors, classes=np.arange(len(table)))
        seen = np.searchsorted(split.semantics.classes, seen)
    options = {} if cls is RidgePrototypeClassifier else {"cv": None}
    model = cls(semantics=table, **options).fit(split.X_train, seen)
    found = measure_episodes(model, split.X_test_unseen, split.y_test_unseen, n_way=3, n_query=5, n_episodes=15)
    assert found.mean == 1
    mixed = np.random.RandomState(0).permutation(split.y_test_unseen)
    found = measure_episodes(model, split.X_test_unseen, mixed, n_way=3, n_query=5, n_episodes=100)
    assert abs(found.mean - 1 / 3) < 0.05
    assert len(model.classes_) == 25


def drawn_episodes(**options):
    """Positions of support and queries, as an estimator of the other kind gets them."""
    noted = []

    class Noting(BaseEstimator):
        def fit(self):
            self.classes_ = np.array([0, 1])
            return self

        def add_classes(self, X, y):
            self.support, self.labels = X[:, 0], y
            return self

        def predict(self, X, classes):
            noted.append([part.astype(int) for part in (self.support, self.labels, X[:, 0])])
            return classes[[0] * len(X)]

    measure_episodes(Noting().fit(), np.arange(240.0)[:, None], Y, **options)
    return noted


@pytest.mark.parametrize("numbers", [1, 3000, 2**24])
def test_estimators_get_the_same_episodes_whatever_their_kind_and_width(numbers, monkeypatch):
    monkeypatch.setattr(zsl.evaluation.episodes, "_BLOCK_NUMBERS", numbers)
    options = {"n_way": 4, "n_shot": 2, "n_query": 3, "n_episodes": 50, "random_state": 3}
    found = measure_episodes(fitted(), BLURRED, Y, **options)
    wide = measure_episodes(
        PrototypicalClassifier().fit(np.eye(60)[[0, 1, 2, 3]], [0, 0, 1, 1]), np.tile(BLURRED, 10), Y, **options
    )
    np.testing.assert_array_equal(wide.accuracies, found.accuracies)
    expected = []
    for support, labels, query in drawn_episodes(**options):
        codes = np.unique(labels, return_inverse=True)[1]
        peer = NearestCentroid().fit(BLURRED[support], Y[support])
        assert len(set(zip(codes.tolist(), Y[support].tolist(), strict=True))) == 4
        expected.append((peer.predict(BLURRED[query]) == Y[query]).mean())
    np.testing.assert_allclose(found.accuracies, expected)
    assert 0.3 < found.mean < 0.99


def test_one_shot_euclidean_pairs_are_nearest_neighbours():
    options = {"n_way": 3, "n_shot": 3, "n_query": 4, "n_episodes": 20}
    found = measure_episodes(fitted(cls=SiameseClassifier, loss="contrastive", n_episodes=1), BLURRED, Y, **options)
    expected = []
    for support, _, query in drawn_episodes(**options):
        peer = KNeighborsClassifier(1).fit(BLURRED[support], Y[support])
        expected.append((peer.predict(BLURRED[query]) == Y[query]).mean())
    np.testing.assert_allclose(found.accuracies, expected)


@pytest.mark.parametrize("make", [fitted, relation, ridge])
@pytest.mark.parametrize("labels", [[3, 4, 5], [-7.0, 0.0, 2.0], ["x", "y", "z"]])
def test_labels_of_any_kind_and_the_estimator_stays(make, labels):
    model = make(np.array(labels))
    before = deepcopy(model)
    found = [
        measure_episodes(model, BLURRED, names, n_episodes=10).accuracies
        for names in (Y, NAMES[Y], NAMES[Y].astype(object))
    ]
    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_array_equal(found[0], found[2])
    assert model.classes_.tolist() == before.classes_.tolist() == sorted(labels)
    np.testing.assert_array_equal(model.class_scores(NOISE), before.class_scores(NOISE))


@pytest.mark.parametrize("make", [fitted, relation, ridge])
@pytest.mark.parametrize("labels", [[3, 4, 5], ["x", "y", "z"]])
def test_estimators_that_forgot_all_classes(make, labels):
    model = make(np.array(labels))
    whole = measure_episodes(model, BLURRED, Y, n_episodes=10).accuracies
    forgot = measure_episodes(model.forget_classes(), BLURRED, Y, n_episodes=10).accuracies
    np.testing.assert_array_equal(forgot, whole)


def test_seeds():
    model = fitted()

    def accuracies(seed):
        return measure_episodes(model, BLURRED, Y, n_episodes=20, random_state=seed).accuracies

    np.testing.assert_array_equal(accuracies(1), accuracies(1))
    np.testing.assert_array_equal(accuracies(1), accuracies(np.random.RandomState(1)))
    assert (accuracies(1) != accuracies(2)).any()
    assert accuracies(None).shape == (20,)


def test_longer_runs_begin_with_the_same_episodes():
    short, long = (measure_episodes(fitted(), BLURRED, Y, n_episodes=n).accuracies for n in (64, 100))
    np.testing.assert_array_equal(long[:64], short)


def test_groups_keep_classes_of_an_episode_together():
    groups = np.array(["old", "new"])[Y % 2]
    for support, _, query in drawn_episodes(n_way=4, n_query=2, n_episodes=40, groups=groups):
        assert len(set(Y[support] % 2) | set(Y[query] % 2)) == 1


def test_imbalance_makes_shares_uneven():
    even, uneven = (
        [np.bincount(Y[query], minlength=8).max() for *_, query in drawn_episodes(n_episodes=30, imbalance=a)]
        for a in (None, 0.2)
    )
    assert set(even) == {15}
    assert np.mean(uneven) > 20
    found = measure_episodes(fitted(), SEPARABLE, Y, n_episodes=5, imbalance=2)
    assert found.mean == 1


def test_unlabelled_images_reach_the_methods_that_use_them():
    labels = np.repeat([0, 1, 2, 3], 20)
    X = np.random.RandomState(4).standard_normal((80, 6))
    model = PrototypicalClassifier(refinement="soft_kmeans", n_episodes=1, n_unlabeled=1, random_state=0).fit(X, labels)
    without = measure_episodes(model, 2 * BLURRED, Y, n_episodes=200, n_query=5)
    plain = measure_episodes(fitted(), 2 * BLURRED, Y, n_episodes=200, n_query=5)
    np.testing.assert_array_equal(without.accuracies, plain.accuracies)
    more = measure_episodes(model, 2 * BLURRED, Y, n_episodes=200, n_query=5, n_unlabeled=10, n_distractors=1)
    assert more.mean > without.mean + 0.03


class Centred(FewShotMethod):
    """Subtracts the mean of what is embedded together, and notes the sizes."""

    transductive = batch_statistics = True

    def __init__(self):
        super().__init__(None)
        self.sizes = []

    def embed(self, X):
        self.sizes.append(len(X))
        return X - X.mean(0)

    def scores(self, support, label, query, n_way, unlabeled=None):
        return PrototypicalNetwork(None).scores(support, label, query, n_way)


def test_statistics_of_the_batch_are_those_of_support_and_of_queries():
    model = fitted()
    model.method_ = Centred()
    options = {"n_way": 3, "n_shot": 2, "n_query": 4, "n_episodes": 40}
    found = measure_episodes(model, BLURRED, Y, **options)
    assert model.method_.sizes == [6, 12] * 40
    assert found.transductive
    expected = []
    for support, _, query in drawn_episodes(**options):
        centred = BLURRED - BLURRED[support].mean(0)
        peer = NearestCentroid().fit(centred[support], Y[support])
        expected.append((peer.predict(BLURRED[query] - BLURRED[query].mean(0)) == Y[query]).mean())
    np.testing.assert_allclose(found.accuracies, expected)


def test_method_accuracies_by_hand():
    embedded = torch.tensor([[0.0], [1.0], [10.0], [2.0]])  # the last one is nearer to the other class
    sampler = FewShotSampler(
        torch.tensor([0, 0, 1, 1]), n_way=2, n_shot=1, n_query=1, generator=torch.Generator().manual_seed(0)
    )
    found = method_accuracies(PrototypicalNetwork(None), embedded, sampler, 400)
    # Supports (0 or 1, 10): the query 2 is predicted wrong, the other right. Supports (0 or 1, 2): 10 and 0 are right,
    # and 1 lies in the middle of 0 and 2, which goes to whichever class has the number 0.
    assert set(found.tolist()) == {0.5, 1.0}
    assert abs(found.mean() - (0.5 + 0.5 + 1 + 0.75) / 4) < 0.04


def test_result_tells_its_interval():
    accuracies = np.array([0.5, 0.7, 0.6, 0.8])
    result = EpisodeResult(accuracies, 5, 1, False)
    mean, half = mean_confidence_interval(accuracies)
    assert (result.mean, result.half_width) == (pytest.approx(mean), half)
    assert half == pytest.approx(3.182446 * np.std(accuracies, ddof=1) / 2, rel=1e-6)
    assert repr(result) == "5-way 1-shot: 65.00 ± 20.54 % (4 episodes, inductive)"
    assert repr(EpisodeResult(np.array([0.5, 0.5]), 20, 5, True)).endswith("50.00 ± 0.00 % (2 episodes, transductive)")
    assert repr(EpisodeResult(accuracies, 20, 5, True)).startswith("20-way 5-shot: ")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"n_way": 1}, "n_way=1; wanted a whole number of 2 or more"),
        ({"n_shot": 0}, "n_shot=0; wanted a whole number of 1"),
        ({"n_query": 2.0}, "n_query=2.0; wanted a whole number"),
        ({"n_episodes": True}, "n_episodes=True; wanted"),
        ({"n_unlabeled": -1}, "n_unlabeled=-1; wanted a whole number of 0"),
        ({"n_distractors": "1"}, "n_distractors='1'; wanted"),
        ({"imbalance": 0}, "imbalance=0; wanted a number above 0, or None"),
        ({"imbalance": math.inf}, "imbalance=inf; wanted"),
        ({"imbalance": math.nan}, "imbalance=nan; wanted"),
        ({"n_way": 9}, "there are 8 classes; an episode needs 9"),
        ({"n_shot": 20}, "y has 30 samples of class 0; an episode needs 35 of each class \\(8 of 8"),
        ({"n_unlabeled": 15, "y": NAMES[Y]}, "y has 30 samples of class 'ape'; an episode needs 31"),
        ({"y": Y[:-1]}, "X has 240 rows and y 239 labels"),
        ({"groups": Y[:-1]}, "groups has shape .239,. and X 240 samples"),
        ({"groups": np.arange(240) // 120}, "groups puts samples of one class in .0, 1.; wanted one"),
        ({"groups": np.arange(240) // 120, "y": NAMES[Y]}, "groups puts samples of one class in .0, 1."),
        ({"groups": Y % 2}, "the largest group has 4 classes; an episode needs 5"),
    ],
)
def test_wrong_arguments(options, said):
    with pytest.raises(InvalidInputError, match=said):
        measure_episodes(fitted(), **{"X": NOISE, "y": Y} | options)


def test_evaluation_fits_a_clone_on_the_training_part():
    drawings = np.random.RandomState(5).randint(0, 256, (120, 1, 16, 16)).astype(np.uint8)
    numbers = np.repeat(np.arange(12), 10)
    few_shot = FewShotSplit(
        drawings[:50], numbers[:50], drawings[:0], numbers[:0], drawings[50:], numbers[50:], tuple("abcdefghijkl")
    )
    zero_shot = make_zero_shot(noise=1.0, n_per_class=20, random_state=0)
    options = {"n_way": 3, "n_shot": 2, "n_query": 5, "n_episodes": 20, "random_state": 4}
    for estimator, split, X, y in (
        (SiameseClassifier(backbone="conv4", n_way=3), few_shot, few_shot.X_test, few_shot.y_test),
        (SiameseClassifier(), zero_shot, zero_shot.X_test_unseen, zero_shot.y_test_unseen),
    ):
        estimator.set_params(n_episodes=2, n_query=2, random_state=0)
        found = evaluate_episodes(estimator, split, **options)
        fitted = clone(estimator).fit(split.X_train, split.y_train)
        np.testing.assert_array_equal(found.accuracies, measure_episodes(fitted, X, y, **options).accuracies)
        assert (found.n_way, found.n_shot) == (3, 2)
        assert not hasattr(estimator, "classes_")


def test_unfitted_estimators_are_refused():
    with pytest.raises(NotFittedError):
        measure_episodes(PrototypicalClassifier(), NOISE, Y)
