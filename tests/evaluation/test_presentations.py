"""Accuracy by presentation: counts by hand, guessing, a case with a known answer, wrong arguments."""

import math
from copy import deepcopy

import numpy as np
import pytest
import torch
from sklearn.exceptions import NotFittedError

import zsl.evaluation.presentations
from zsl import MatchingClassifier, MemoryAugmentedClassifier
from zsl.evaluation.metrics import mean_confidence_interval
from zsl.evaluation.presentations import PresentationResult, by_presentation, measure_presentations
from zsl.exceptions import InvalidInputError
from zsl.methods.learners.mann import MemoryAugmentedNetwork

Y = np.repeat(["ape", "bee", "cow", "dog"], 6)
X = np.random.RandomState(0).standard_normal((24, 3))
SMALL = {"n_slots": 6, "slot_width": 4, "n_reads": 1, "n_hidden": 5, "n_tasks": 1, "n_episodes": 1, "random_state": 0}


@pytest.fixture(scope="module")
def fitted():
    return MemoryAugmentedClassifier(**SMALL).fit(X, Y)


def test_by_presentation_by_hand():
    label = torch.tensor([[1, 0, 0, 1, 1, 0], [0, 0, 0, 1, 1, 1]])
    right = torch.tensor([[1, 0, 1, 1, 0, 1], [0, 1, 1, 0, 0, 1]]).bool()
    # Episode 1: class 0 comes at steps 1, 2, 5 (wrong, right, right), class 1 at 0, 3, 4 (right, right, wrong).
    assert by_presentation(right, label, 2).tolist() == [[0.5, 1, 0.5], [0, 0.5, 1]]


def test_mean_and_interval():
    accuracies = np.array([[0.0, 0.5], [0.5, 1.0], [0.25, 0.75]])
    result = PresentationResult(accuracies, 2)
    np.testing.assert_allclose(result.mean, [0.25, 0.75])
    np.testing.assert_allclose(result.half_width, [mean_confidence_interval(column)[1] for column in accuracies.T])
    assert repr(result) == "2-way, % at presentation 1: 25.0 ± 62.1, 2: 75.0 ± 62.1 (3 episodes)"
    assert math.isinf(PresentationResult(accuracies[:1], 2).half_width[0])


def test_a_network_that_was_hardly_trained_guesses(fitted):
    before = deepcopy(fitted)
    result = measure_presentations(fitted, X, Y, n_way=4, n_presentations=5, n_episodes=300)
    assert result.accuracies.shape == (300, 5)
    assert result.n_way == 4
    assert np.abs(result.mean - 0.25).max() < 0.08
    for name, value in before.method_.state_dict().items():
        assert torch.equal(fitted.method_.state_dict()[name], value)
    np.testing.assert_array_equal(before.class_scores(X), fitted.class_scores(X))


def test_one_that_knows_the_classes_is_right_but_for_labels_not_shown_yet(fitted, monkeypatch):
    """It finds the first image of the same class; images carry their class number, and those of one class are equal."""

    def scores(self, images, label, n_way, *, generator):
        found = torch.zeros(*label.shape, n_way)
        for e, t in np.ndindex(*label.shape):
            for s in range(t):
                if torch.equal(images[e, s], images[e, t]):
                    found[e, t, label[e, s]] += 1
        return found - 1e-3 * torch.arange(n_way)  # of unknown ones it says the first

    monkeypatch.setattr(MemoryAugmentedNetwork, "sequence_scores", scores)
    numbers = np.unique(Y, return_inverse=True)[1]
    result = measure_presentations(fitted, np.eye(4)[numbers][:, :3], Y, n_way=4, n_presentations=3, n_episodes=10)
    np.testing.assert_array_equal(result.mean, [0.25, 1, 1])


def test_the_episodes_depend_on_the_seed_alone(fitted, monkeypatch):
    options = {"n_way": 3, "n_presentations": 4}
    first = measure_presentations(fitted, X, Y, n_episodes=270, **options)
    monkeypatch.setattr(zsl.evaluation.presentations, "_BLOCK_NUMBERS", 5000)
    again = measure_presentations(fitted, X, Y, n_episodes=270, **options)
    np.testing.assert_array_equal(first.accuracies, again.accuracies)
    few = measure_presentations(fitted, X, Y, n_episodes=20, **options)
    np.testing.assert_array_equal(few.accuracies, first.accuracies[:20])
    other = measure_presentations(fitted, X, Y, n_episodes=270, random_state=1, **options)
    assert not np.array_equal(first.accuracies, other.accuracies)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"n_way": 1}, "n_way=1; wanted a whole number of 2 or more"),
        ({"n_presentations": True}, "n_presentations=True; wanted a whole number"),
        ({"n_episodes": 0}, "n_episodes=0; wanted a whole number of 1"),
        ({"n_way": 5}, "there are 4 classes; an episode needs 5"),
        ({"n_presentations": 7}, "has 6 samples; an episode needs 7"),
        ({"y": Y[:-1]}, "X has 24 rows and y 23 labels"),
    ],
)
def test_wrong_arguments(fitted, change, text):
    given = {"X": X, "y": Y, "n_way": 4, "n_presentations": 3, "n_episodes": 1} | change
    with pytest.raises(InvalidInputError, match=text):
        measure_presentations(fitted, given.pop("X"), given.pop("y"), **given)


def test_other_estimators():
    with pytest.raises(NotFittedError):
        measure_presentations(MemoryAugmentedClassifier(), X, Y)
    with pytest.raises(InvalidInputError, match="fitted is a MatchingClassifier; wanted a fitted MemoryAugmented"):
        measure_presentations(MatchingClassifier(n_episodes=1).fit(X, Y), X, Y)
