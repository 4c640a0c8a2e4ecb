"""The curve of S against U: cases worked by hand, and a plain argmax with the bias subtracted as the peer."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from zsl.evaluation.curves import SeenUnseenCurve, best_bias, seen_unseen_curve
from zsl.evaluation.metrics import harmonic_mean, per_class_accuracy
from zsl.exceptions import InvalidInputError

CLASSES = np.array(["ant", "bee", "cat", "dog"])
SEEN = ["ant", "cat"]
# Quarters are exact in binary, so that a margin equals a bias without rounding and ties are ties.
EXACT = st.integers(-12, 12).map(lambda number: number / 4)
ANY = st.floats(-1e6, 1e6, allow_subnormal=False)


@st.composite
def problems(draw, values):
    """Arguments of `seen_unseen_curve`: two seen and two unseen classes, one to eight test images of each kind."""
    n_seen, n_unseen = draw(st.integers(1, 8)), draw(st.integers(1, 8))
    return {
        "scores_seen": draw(arrays(np.float64, (n_seen, 4), elements=values)),
        "y_seen": draw(arrays("<U3", n_seen, elements=st.sampled_from(["ant", "cat"]))),
        "scores_unseen": draw(arrays(np.float64, (n_unseen, 4), elements=values)),
        "y_unseen": draw(arrays("<U3", n_unseen, elements=st.sampled_from(["bee", "dog"]))),
        "classes": CLASSES,
        "seen_classes": SEEN,
    }


def brute_force(problem, gamma):
    """S and U of the definition: argmax of the scores less the bias, with unseen classes first where there is a tie."""
    order = np.array([1, 3, 0, 2])
    bias = np.array([gamma, 0.0, gamma, 0.0])

    def accuracy(part):
        scores = (problem[f"scores_{part}"] - bias)[:, order]
        return per_class_accuracy(problem[f"y_{part}"], CLASSES[order][scores.argmax(axis=1)])

    return accuracy("seen"), accuracy("unseen")


def worked_example():
    """Margins of the seen images 3, 1 and 2 (the last is a wrong seen class), of the unseen ones 2 and -1."""
    return {
        "scores_seen": [[5, 2, 0, 0], [0, 0, 1, 0], [2, 0, 0, 0]],
        "y_seen": ["ant", "cat", "cat"],
        "scores_unseen": [[2, 0, 0, 0], [0, 0, 0, 1]],
        "y_unseen": ["bee", "dog"],
        "classes": CLASSES,
        "seen_classes": SEEN,
    }


def test_curve_worked_by_hand():
    curve = seen_unseen_curve(**worked_example())
    assert curve.margins.tolist() == [-1, 1, 2, 3]
    # "ant" is right below 3; of the two images of "cat" one is right below 1 and one is taken for "ant".
    assert curve.seen.tolist() == pytest.approx([0.75, 0.75, 0.5, 0.5, 0.0])
    assert curve.unseen.tolist() == pytest.approx([0.0, 0.5, 0.5, 1.0, 1.0])
    assert curve.ausuc == pytest.approx(0.75 * 0.5 + 0.5 * 0.5)


def test_curve_at_a_margin_gives_the_image_to_the_unseen_class():
    curve = seen_unseen_curve(**worked_example())
    assert curve.at(2.0) == pytest.approx((0.5, 1.0, 2 / 3))
    assert curve.at(1.999) == pytest.approx((0.5, 0.5, 0.5))
    assert curve.at(float("-inf")) == pytest.approx((0.75, 0.0, 0.0))
    assert curve.at(float("inf")) == pytest.approx((0.0, 1.0, 0.0))


def test_best_bias_lies_in_the_middle_of_its_step():
    curve = seen_unseen_curve(**worked_example())
    assert curve.best() == pytest.approx((2.5, 0.5, 1.0, 2 / 3))


def test_best_bias_of_two_curves_serves_their_average():
    # Alone, the first curve is at its best from 0 to 4 and the second from 3 to 9; both are from 3 to 4.
    first = SeenUnseenCurve(np.array([0.0, 4.0]), np.array([1.0, 1.0, 0.0]), np.array([0.0, 1.0, 1.0]))
    second = SeenUnseenCurve(np.array([3.0, 9.0]), np.array([0.5, 0.5, 0.0]), np.array([0.0, 0.5, 0.5]))
    assert best_bias([first, second]) == pytest.approx((3.5, 0.75, 0.75, 0.75))


def test_best_bias_takes_the_widest_of_equally_good_steps():
    edges = np.array([0.0, 1.0, 2.0, 5.0])
    curve = SeenUnseenCurve(edges, np.array([1, 1, 0.5, 1, 0]), np.array([0, 0.5, 0.5, 0.5, 1]))
    assert curve.best()[0] == 3.5


def test_best_bias_needs_a_curve():
    with pytest.raises(InvalidInputError, match="curves is empty"):
        best_bias([])


def test_single_margin_has_a_finite_best_bias():
    curve = seen_unseen_curve(
        [[1.0, 0.0]], ["ant"], [[1.0, 0.0]], ["bee"], classes=["ant", "bee"], seen_classes=["ant"]
    )
    gamma, *found = curve.best()
    assert np.isfinite(gamma)
    assert found == list(curve.at(gamma))


def test_best_bias_between_neighbouring_numbers_is_still_the_best():
    # Only a bias in [lower, upper) is right for all, and the middle of these two is rounded to the upper one.
    lower = np.nextafter(1.0, 2.0)
    upper = np.nextafter(lower, 2.0)
    curve = SeenUnseenCurve(np.array([lower, upper]), np.array([1.0, 1.0, 0.0]), np.array([0.0, 1.0, 1.0]))
    assert curve.best() == (lower, 1.0, 1.0, 1.0)


@given(problem=problems(EXACT), gamma=st.integers(-30, 30).map(lambda number: number / 8))
def test_curve_is_the_argmax_with_the_bias_taken_off(problem, gamma):
    seen, unseen = brute_force(problem, gamma)
    assert seen_unseen_curve(**problem).at(gamma) == pytest.approx((seen, unseen, harmonic_mean(seen, unseen)))


@given(problem=problems(ANY))
def test_seen_falls_and_unseen_rises_from_end_to_end(problem):
    curve = seen_unseen_curve(**problem)
    assert (np.diff(curve.seen) <= 0).all()
    assert (np.diff(curve.unseen) >= 0).all()
    assert curve.seen[-1] == pytest.approx(0)
    assert curve.unseen[0] == 0
    assert (np.diff(curve.margins) > 0).all()


@given(problem=problems(ANY))
def test_area_is_a_share(problem):
    assert 0 <= seen_unseen_curve(**problem).ausuc <= 1


def test_area_of_scores_that_one_bias_sets_right_is_one():
    y = np.arange(5)
    scores = np.eye(10) + np.repeat([3.0, 0.0], 5)
    curve = seen_unseen_curve(y, scores[:5], y + 5, scores[5:], classes=range(10), seen_classes=range(5))
    former = seen_unseen_curve(scores[:5], y, scores[5:], y + 5, classes=range(10), seen_classes=range(5))
    assert curve.ausuc == former.ausuc == pytest.approx(1)
    assert curve.best() == pytest.approx((3.0, 1.0, 1.0, 1.0))


@given(problem=problems(ANY))
def test_best_is_the_maximum_over_all_steps(problem):
    curve = seen_unseen_curve(**problem)
    gamma, *found = curve.best()
    below = curve.margins[0] - 1
    assert np.isfinite(gamma)
    assert found == pytest.approx(curve.at(gamma))
    assert found[-1] == pytest.approx(max(curve.at(place)[-1] for place in [below, *curve.margins]))


@given(problem=problems(EXACT))
def test_best_is_the_maximum_over_a_grid_of_plain_predictions(problem):
    grid = np.arange(-8, 8.01, 0.125)
    assert seen_unseen_curve(**problem).best()[-1] == pytest.approx(
        max(harmonic_mean(*brute_force(problem, gamma)) for gamma in grid)
    )


@given(problem=problems(EXACT), shift=st.integers(-5, 5))
def test_a_shift_of_the_seen_scores_shifts_the_bias(problem, shift):
    moved = {
        **problem,
        "scores_seen": problem["scores_seen"] + [shift, 0, shift, 0],
        "scores_unseen": problem["scores_unseen"] + [shift, 0, shift, 0],
    }
    before, after = seen_unseen_curve(**problem), seen_unseen_curve(**moved)
    assert after.margins == pytest.approx(before.margins + shift)
    assert after.ausuc == before.ausuc


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"seen_classes": CLASSES}, "seen_classes names 4 of 4 classes"),
        ({"seen_classes": ["emu"]}, "seen_classes names 'emu'; wanted classes that have a column"),
        ({"seen_classes": [["ant"]]}, r"seen_classes holds \[.ant.\], of type list"),
        ({"classes": ["ant", "bee", "cat"]}, "scores_seen has 4 columns; wanted one per class, 3"),
        ({"classes": ["ant", None, "cat", "dog"]}, "classes has no label at position 1"),
        ({"scores_seen": np.zeros((0, 4)), "y_seen": []}, r"scores_seen has shape \(0, 4\)"),
        ({"scores_unseen": [[0, 0, np.nan, 0]] * 2}, "scores_unseen holds nan in row 0, column 2"),
        ({"scores_unseen": [[0, 0, 0, 0]]}, "scores_unseen has 1 rows and y_unseen 2 labels"),
        ({"y_seen": ["ant", "bee", "cat"]}, "y_seen holds 'bee'; wanted classes of that side"),
        ({"classes": ["ant", "bee", "cat", "cat"]}, "names a class twice"),
        ({"y_unseen": ["bee", "emu"]}, "y_unseen holds 'emu'; wanted"),
        ({"y_unseen": ["bee", "cat"]}, "y_unseen holds 'cat'; wanted"),
    ],
)
def test_curve_names_the_argument_that_is_wrong(changes, message):
    with pytest.raises(InvalidInputError, match=message):
        seen_unseen_curve(**{**worked_example(), **changes})


def test_a_bias_has_to_be_a_number():
    with pytest.raises(InvalidInputError, match="gamma=nan"):
        seen_unseen_curve(**worked_example()).at(float("nan"))
