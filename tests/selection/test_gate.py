"""The gate between seen and unseen classes: its formula by hand, its temperatures, and what it is for."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.special import expit, log_softmax, softmax

from zsl.selection.gate import Gate, _temperature

SEEN = np.array([True, False, True, False, False])


def scored(n=300, gap=2.0, seed=0):
    """Scores of images of two seen and three unseen classes; the right class stands out by `gap`."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(5, size=n)
    return rng.normal(size=(n, 5)) + gap * np.eye(5)[truth], SEEN, truth


def test_two_classes_by_hand():
    gate = Gate((2.0, 0.5), (1.0, 7.0, -1.0, 7.0), 0.25)
    # with one class on each side the experts are sure, so that the gate alone decides
    scores = np.array([[4.0, 1.0], [0.0, 3.0]])
    share = expit(np.array([4 / 2 - 1 / 0.5 + 0.25, 0 / 2 - 3 / 0.5 + 0.25]))
    found = gate.log_probabilities(scores, np.array([True, False]))
    assert_allclose(np.exp(found), np.stack([share, 1 - share], axis=1))
    swapped = gate.log_probabilities(scores[:, ::-1], np.array([False, True]))
    assert_allclose(swapped, found[:, ::-1])


def test_three_classes_by_hand():
    gate = Gate((1.0, 2.0), (0.0, 1.0, 0.0, 0.0), np.log(2))
    scores = np.array([[np.log(3), 5.0, 0.0]])  # the seen expert says 3/4 and 1/4, the unseen one is sure
    share = expit(np.log(2) + np.log(3 / 4))  # odds of 3/2
    assert share == pytest.approx(0.6)
    expected = [0.6 * (0.6 * 3 / 4 + 0.4 / 2), 0.4, 0.6 * (0.6 * 1 / 4 + 0.4 / 2)]
    found = gate.log_probabilities(scores, np.array([True, False, True]))
    assert_allclose(np.exp(found), [expected])


def test_confidences_are_best_scores_and_best_log_probabilities_of_both_sides():
    scores, _, _ = scored(20)
    temperatures, offset = (0.7, 1.9), -0.3
    sides = [scores[:, SEEN] / 0.7, scores[:, ~SEEN] / 1.9]
    confidences = [
        f(side) for side in sides for f in (lambda s: s.max(axis=1), lambda s: log_softmax(s, 1).max(axis=1))
    ]
    for place, confidence in enumerate(confidences):
        gate = Gate(temperatures, tuple(np.eye(4)[place].tolist()), offset)
        of_seen = np.exp(gate.log_probabilities(scores, SEEN))[:, SEEN].sum(axis=1)
        assert_allclose(of_seen, expit(confidence + offset))


def test_probabilities_sum_to_one_and_those_of_the_seen_classes_to_the_share_of_the_gate():
    # the expert and the uniform distribution that smooths it both sum to one on their side
    data = scored()
    gate = Gate.fit([data])
    found = np.exp(gate.log_probabilities(data[0], SEEN))
    assert (found > 0).all()
    assert_allclose(found.sum(axis=1), 1)
    pure = Gate(gate.temperatures, gate.weights, gate.offset + 40)
    assert_allclose(np.exp(pure.log_probabilities(data[0], SEEN))[:, SEEN].sum(axis=1), 1)


@pytest.mark.parametrize("seen", [True, False])
def test_with_one_side_only_its_expert_answers_alone(seen):
    scores, _, _ = scored()
    gate = Gate((0.5, 3.0), (1.0, 2.0, 3.0, 4.0), 5.0)
    found = gate.log_probabilities(scores, np.full(5, seen))
    assert_allclose(found, np.log(softmax(scores / (0.5 if seen else 3.0), axis=1)))


@pytest.mark.parametrize("scale", [1e-12, 1e12])
def test_extreme_scores_stay_finite(scale):
    scores, _, _ = scored()
    found = Gate((1.0, 1.0), (1.0, 0.0, -1.0, 0.0), 0.0).log_probabilities(scale * scores, SEEN)
    assert np.isfinite(found).all()
    assert (found <= 0).all()


def drawn(temperature, seed=0, n=4000):
    """Labels of one side drawn from a softmax at a known temperature; the other side gets no image."""
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=(n, 5))
    p = softmax(scores[:, SEEN] / temperature, axis=1)
    return scores, SEEN, np.flatnonzero(SEEN)[(rng.random(n) > p[:, 0]).astype(int)]


@pytest.mark.parametrize("true", [0.2, 1.0, 4.0])
def test_the_temperature_that_labels_were_drawn_at_is_found(true):
    assert _temperature([drawn(true, n=20_000)], seen=True) == pytest.approx(true, rel=0.2)


@pytest.mark.parametrize("seen", [True, False])
def test_the_temperature_is_that_of_largest_likelihood(seen):
    folds = [scored(n, gap, seed) for n, gap, seed in ((300, 1.0, 0), (30, 3.0, 1))]
    own = SEEN if seen else ~SEEN

    def likelihood(temperature):
        values = []
        for scores, _, truth in folds:
            rows = own[truth]
            table = log_softmax(scores[rows][:, own] / temperature, axis=1)
            place = [np.flatnonzero(own).tolist().index(t) for t in truth[rows]]
            values.append(table[np.arange(len(table)), place].mean())  # folds count the same, whatever their size
        return np.mean(values)

    found = _temperature(folds, seen=seen)
    grid = np.logspace(-2, 2, 2001)
    best = grid[np.argmax([likelihood(t) for t in grid])]
    assert found == pytest.approx(best, rel=0.01)
    assert likelihood(found) >= likelihood(best) - 1e-9


def test_temperatures_come_in_units_of_the_score():
    scores, is_seen, truth = scored(gap=1.0)
    plain, large = (
        _temperature([(scores, SEEN, truth)], seen=True),
        _temperature([(1000 * scores, SEEN, truth)], seen=True),
    )
    assert large == pytest.approx(1000 * plain, rel=1e-3)
    gate, other = (Gate.fit([(unit * scores, is_seen, truth)]) for unit in (1.0, 1000.0))
    assert_allclose(
        gate.log_probabilities(scores, SEEN), other.log_probabilities(1000 * scores, SEEN), rtol=1e-3, atol=1e-3
    )


def test_scores_that_are_all_the_same_are_survived():
    scores, is_seen, truth = np.zeros((10, 5)), SEEN, np.arange(10) % 5
    found = Gate.fit([(scores, is_seen, truth)]).log_probabilities(scores, SEEN)
    assert_allclose(np.exp(found)[:, SEEN], 1 / 4, atol=1e-3)  # sides of equal weight, one half for two seen classes
    assert_allclose(np.exp(found)[:, ~SEEN], 1 / 6, atol=1e-3)


def test_separable_sides_are_told_apart():
    rng = np.random.default_rng(0)
    scores, _, truth = scored(400, gap=1.0)
    on_seen = SEEN[truth]
    scores[np.ix_(on_seen, SEEN)] += 6
    scores[np.ix_(~on_seen, ~SEEN)] += 6
    train = rng.random(400) < 0.5
    test = ~train
    gate = Gate.fit([(scores[train], SEEN, truth[train])])
    found = gate.log_probabilities(scores[test], SEEN)
    assert (SEEN[found.argmax(axis=1)] == on_seen[test]).mean() > 0.97
    share = np.exp(found)[:, SEEN].sum(axis=1)
    assert share[on_seen[test]].min() > share[~on_seen[test]].max()


def test_a_seen_side_that_scores_too_high_throughout_is_put_right():
    scores, _, truth = scored(600, gap=3.0)
    scores[:, SEEN] += 5
    found = Gate.fit([(scores, SEEN, truth)]).log_probabilities(scores, SEEN)
    unseen = ~SEEN[truth]
    before, after = ((table.argmax(axis=1) == truth) for table in (scores, found))
    assert before[unseen].mean() < 0.2
    assert after[unseen].mean() > 0.6
    assert after[~unseen].mean() > 0.6


def test_order_of_columns_and_of_images_does_not_matter():
    scores, is_seen, truth = scored()
    order, images = np.array([3, 0, 4, 1, 2]), np.random.default_rng(0).permutation(300)
    plain = Gate.fit([(scores, is_seen, truth)])
    mixed = Gate.fit([(scores[images][:, order], is_seen[order], np.argsort(order)[truth[images]])])
    expected = plain.log_probabilities(scores, is_seen)[images][:, order]
    assert_allclose(mixed.log_probabilities(scores[images][:, order], is_seen[order]), expected, atol=1e-3)


def test_folds_may_hold_out_other_classes():
    """Columns of a fold are its own: a gate of two folds with different sides is that of the same data relabelled."""
    first, (scores, _, truth) = scored(seed=0), scored(seed=1)
    order = np.array([1, 0, 3, 4, 2])
    moved = scores[:, order], SEEN[order], np.argsort(order)[truth]
    gate, expected = Gate.fit([first, moved]), Gate.fit([first, (scores, SEEN, truth)])
    assert_allclose(gate.temperatures, expected.temperatures, rtol=1e-6)
    assert_allclose(gate.weights, expected.weights, atol=1e-3)
    assert_allclose(gate.offset, expected.offset, atol=1e-3)
