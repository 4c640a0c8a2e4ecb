"""Paths down a tree, against loops and against what a floor is to do."""

import numpy as np
import pytest

from zsl.functional.scores.paths import adjusted, deepest, first_wrong, floor_for, likeliest_paths

CHILDREN = {0: np.array([1, 2]), 1: np.array([3, 4]), 2: np.array([5])}


def test_paths_are_those_of_a_loop():
    probabilities = np.random.default_rng(0).random((20, 6))
    nodes, values = likeliest_paths(probabilities, CHILDREN)
    for row, path in enumerate(nodes.tolist()):
        at, wanted = 0, [0]
        while at in CHILDREN:
            at = max(CHILDREN[at].tolist(), key=lambda node: probabilities[row, node])
            wanted.append(at)
        assert path[: len(wanted)] == wanted
        np.testing.assert_array_equal(values[row, : len(wanted)], probabilities[row, wanted])


def test_adjusted_values_fall_and_identity_changes_nothing():
    values = np.array([[1.0, 0.7, 0.4], [1.0, 0.6, np.nan]])
    specificity = np.array([[0.0, 0.5, 1.0], [0.0, 1.0, np.nan]])
    np.testing.assert_allclose(adjusted(values, specificity, 1.0, 0.0, 0.0), values)
    pushed = adjusted(values, specificity, 1.0, -9.0, 0.0)
    assert pushed[0, 1] == pushed[0, 2]
    assert (pushed[:, 0] == 1).all()


@pytest.mark.parametrize("confidence", [0.0, 0.5, 0.8, 0.9])
def test_a_floor_is_the_lowest_that_makes_the_share_right(confidence):
    rng = np.random.default_rng(1)
    values = np.sort(rng.random((300, 4)))[:, ::-1].copy()
    values[:, 0] = 1
    right = np.cumsum(rng.random((300, 4)) < 0.3, axis=1) == 0
    right[:, 0] = True
    wrong = np.sort(first_wrong(values, right))
    floor = floor_for(confidence, wrong, np.ones(300), 1.0)

    def correct(at):
        return right[np.arange(300), deepest(values, at)].sum()

    needed = np.ceil(confidence * 301)
    assert correct(floor) >= needed
    lower = wrong[wrong < np.nextafter(floor, -1)]
    assert not len(lower) or correct(lower[-1]) < max(needed, 1)


def test_too_few_samples_answer_the_root():
    assert floor_for(0.9, np.array([0.2, 0.4]), np.ones(2), 1.0) == np.inf
    assert deepest(np.array([[1.0, 0.9]]), np.inf).tolist() == [0]


def test_a_new_sample_is_right_as_often_as_asked():
    rng = np.random.default_rng(2)
    hits = []
    for _ in range(3000):
        wrong = rng.random(20)
        floor = floor_for(0.9, np.sort(wrong[:19]), np.ones(19), 1.0)
        hits.append(wrong[19] < floor)
    assert 0.885 <= np.mean(hits) <= 0.955  # between 0.9 and 0.9 + 1/20, with the noise of 3000 draws
