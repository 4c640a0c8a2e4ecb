"""Metrics: small cases worked by hand, and scipy as the peer of the interval."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from zsl.evaluation.metrics import accuracy_by_class, harmonic_mean, mean_confidence_interval, per_class_accuracy
from zsl.exceptions import InvalidInputError


def test_accuracy_by_class_worked_by_hand():
    found = accuracy_by_class(["b", "a", "b", "b", "a"], ["b", "b", "a", "b", "b"])
    assert list(found.items()) == [("a", 0.0), ("b", pytest.approx(2 / 3))]


def test_macro_accuracy_counts_classes_and_not_images():
    assert per_class_accuracy([0, 0, 0, 1], [0, 0, 0, 0]) == 0.5
    assert per_class_accuracy([0, 0, 0, 1], [0, 0, 1, 1]) == pytest.approx((2 / 3 + 1) / 2)


@pytest.mark.parametrize("metric", [per_class_accuracy, accuracy_by_class])
def test_a_number_is_not_its_text(metric):
    wanted = "y_true has numbers such as 1 and y_pred strings such as '1'; wanted labels of one kind"
    with pytest.raises(InvalidInputError, match=wanted):
        metric([1, 2], ["1", "2"])
    with pytest.raises(InvalidInputError, match="y_true has strings"):
        metric(np.array(["1", "2"], dtype=object), [1.0, 2.0])
    assert per_class_accuracy([1, 2], [1.0, 2.0]) == 1


@given(
    pairs=st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abcd")), min_size=1, max_size=20),
    repeated=st.sampled_from("abc"),
    times=st.integers(2, 5),
)
def test_macro_accuracy_does_not_change_when_a_class_is_repeated(pairs, repeated, times):
    more = pairs + [pair for pair in pairs if pair[0] == repeated] * (times - 1)
    assert per_class_accuracy(*zip(*more, strict=True)) == pytest.approx(per_class_accuracy(*zip(*pairs, strict=True)))


@pytest.mark.parametrize(
    ("y_true", "y_pred", "message"),
    [
        ([], [], "y_true has 0 labels and y_pred 0"),
        (["a"], ["a", "b"], "y_true has 1 labels and y_pred 2"),
        ([["a"]], ["a"], r"y_true holds \[.a.\], of type list, at position 0"),
        (["a"], [None], "y_pred has no label at position 0"),
    ],
)
def test_accuracy_refuses_labels_that_do_not_match(y_true, y_pred, message):
    with pytest.raises(InvalidInputError, match=message):
        per_class_accuracy(y_true, y_pred)


def test_harmonic_mean_worked_by_hand():
    assert harmonic_mean(0.5, 1.0) == pytest.approx(2 / 3)
    assert harmonic_mean(0.4, 0.4) == pytest.approx(0.4)
    assert harmonic_mean(1.0, 0.0) == 0
    assert harmonic_mean(0.0, 0.0) == 0


@pytest.mark.parametrize(
    ("seen", "unseen", "message"),
    [(1.5, 0.5, "seen=1.5"), (0.5, -0.1, "unseen=-0.1"), (float("nan"), 0.5, "seen=nan")],
)
def test_harmonic_mean_refuses_what_is_no_accuracy(seen, unseen, message):
    with pytest.raises(InvalidInputError, match=message):
        harmonic_mean(seen, unseen)


def test_confidence_interval_worked_by_hand():
    # Mean 2, standard deviation 1, and the 0.975 quantile of Student's t with 2 degrees of freedom, 4.302653.
    assert mean_confidence_interval([1, 2, 3]) == pytest.approx((2.0, 4.302653 / np.sqrt(3)), rel=1e-6)
    assert mean_confidence_interval([4.0]) == (4.0, float("inf"))
    assert mean_confidence_interval([5, 5, 5, 5]) == (5.0, 0.0)


def test_confidence_interval_agrees_with_scipy():
    values = np.random.default_rng(0).normal(size=9)
    mean, half = mean_confidence_interval(values, level=0.9)
    low, high = stats.t.interval(0.9, 8, loc=values.mean(), scale=stats.sem(values))
    assert (mean - half, mean + half) == pytest.approx((low, high))


@pytest.mark.parametrize(
    ("values", "level", "message"),
    [
        ([], 0.95, r"values=\[\]; wanted one finite number or more"),
        ([1.0, float("nan")], 0.95, "nan"),
        ([1.0], 1.0, "level=1.0"),
        ([1.0], 0.0, "level=0.0"),
    ],
)
def test_confidence_interval_refuses_what_it_cannot_use(values, level, message):
    with pytest.raises(InvalidInputError, match=message):
        mean_confidence_interval(values, level=level)
