"""Drawings rendered in states: what is in which part, and what the images and their features show."""

import numpy as np
import pytest
from scipy.signal import correlate2d

from zsl import ESZSLClassifier, Semantics
from zsl.datasets import load_composed_digits, make_composed
from zsl.datasets._drawing import STATES, render, summary
from zsl.evaluation import PairKFold, evaluate_composed
from zsl.exceptions import InvalidInputError, SemanticsError

PARTS = ("train", "test_seen", "test_unseen")
DIGITS = load_composed_digits()


def drawings(n=120):
    """Strokes down, across, and both."""
    ink = np.zeros((n, 8, 8))
    ink[: 2 * n // 3, :, 3:5] = 1
    ink[n // 3 :, 3:5] = 1
    return ink, np.repeat(["stroke", "cross", "dash"], n // 3)


def test_the_digits_divide_as_described():
    assert sum(len(getattr(DIGITS, f"y_{part}")) for part in PARTS) == 1797
    assert (len(DIGITS.pairs), len(DIGITS.seen_classes), len(DIGITS.unseen_classes)) == (90, 52, 22)
    assert DIGITS.semantics.blocks == (6, 28)
    for split in (DIGITS, load_composed_digits(random_state=7, unseen_size=0.5)):
        seen = split.seen_pairs
        for side, known in enumerate((STATES, range(10))):
            assert all(sum(pair[side] == part for pair in seen) >= 2 for part in known)
        shown = {split.pairs[label] for part in PARTS for label in getattr(split, f"y_{part}").tolist()}
        assert len(shown) == 74
        assert not shown & {("striped", 1), ("dotted", 4), ("checked", 7), ("yellow", 8), ("purple", 3)}
    counts = {label: (DIGITS.y_test_seen == label).sum() for label in DIGITS.seen_classes}
    train = {label: (DIGITS.y_train == label).sum() for label in DIGITS.seen_classes}
    assert all(count == round(0.25 * (count + train[label])) for label, count in counts.items())


def test_a_seed_fixes_everything_and_moves_it():
    first, again, other = (make_composed(*drawings(), states=STATES[3:], random_state=seed) for seed in (0, 0, 1))
    for part in PARTS:
        np.testing.assert_array_equal(getattr(again, f"X_{part}"), getattr(first, f"X_{part}"))
        assert getattr(again, f"y_{part}").tolist() == getattr(first, f"y_{part}").tolist()
    assert other.unseen_classes.tolist() != first.unseen_classes.tolist()
    assert not np.isin(other.X_train[:, 0], first.X_train[:, 0]).any()


def test_pixels_and_summary_are_of_the_same_images():
    pixels = make_composed(*drawings(), states=["red", "dotted", "blue"], features="pixels", random_state=3)
    short = make_composed(*drawings(), states=["red", "dotted", "blue"], random_state=3)
    images = np.round(255 * pixels.X_train.reshape(-1, 32, 32, 3)).astype(np.uint8)
    np.testing.assert_allclose(summary(images), short.X_train)
    assert pixels.y_train.tolist() == short.y_train.tolist()


def test_ink_has_the_colour_and_the_texture_of_its_state():
    ink = np.zeros((len(STATES) * 20, 8, 8))
    ink[:, 2:6, 1:7] = 1
    states = np.repeat(STATES, 20).tolist()
    images = render(ink, states, 32, np.random.RandomState(0)) / 255
    inner, paper = images[:, 10:22, 8:24], images[:, :4]
    assert paper.min(axis=(1, 2, 3)).mean() > 0.7
    mean = {state: inner[np.array(states) == state].mean(axis=(0, 1, 2)) for state in STATES}
    for state, channel in (("red", 0), ("green", 1), ("blue", 2)):
        assert mean[state].argmax() == channel
    assert mean["yellow"][:2].min() > mean["yellow"][2] + 0.3
    assert mean["black"].max() < 0.2
    spread = {state: inner[np.array(states) == state].std(axis=(1, 2)).mean() for state in STATES}
    assert min(spread[state] for state in STATES[6:]) > 3 * max(spread[state] for state in STATES[:6])


def test_the_summary_is_what_it_says():
    images = np.random.RandomState(0).randint(0, 256, (3, 32, 32, 3)).astype(np.uint8)
    found = summary(images)
    assert found.shape == (3, 64 + 64 + 40)
    np.testing.assert_allclose(summary(images[1:2])[0], found[1], err_msg="depends on other images")
    dark = 1 - images[1].mean(axis=2) / 255
    np.testing.assert_allclose(found[1, :64], dark.reshape(8, 4, 8, 4).mean(axis=(1, 3)).ravel())
    np.testing.assert_allclose((found[:, 64:128] ** 2).sum(axis=1), 1)
    assert found[1, 64 + 63] ** 2 == pytest.approx((images[1] >= 192).all(axis=2).mean())
    whole = correlate2d(dark - dark.mean(), dark - dark.mean())
    lags = [(i, j) for i in range(5) for j in range(-4, 5) if (i, j) > (0, 0)]
    np.testing.assert_allclose(found[1, 128:], [whole[31 + i, 31 + j] / whole[31, 31] for i, j in lags], atol=1e-12)


def test_unseen_pairs_are_recognised():
    """By chance one of 74 is right."""
    clf = ESZSLClassifier(semantics=DIGITS.semantics, cv=PairKFold(DIGITS.pairs, 3, random_state=0))
    closed = evaluate_composed(clf, DIGITS)
    assert closed.unseen > 0.85
    assert closed.seen > 0.8
    assert closed.state_accuracy > closed.harmonic_mean


def test_objects_of_which_nothing_but_the_name_is_known():
    split = make_composed(*drawings(), states=["red", "blue", "green"], random_state=0)
    np.testing.assert_array_equal(split.info["objects"].vectors, np.eye(3))
    result = evaluate_composed(ESZSLClassifier(semantics=split.semantics, cv=None), split)
    assert result.best_unseen > 0.9


INK, Y = drawings()


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"drawings": INK[0]}, InvalidInputError, r"drawings has shape \(8, 8\)"),
        ({"drawings": 2 * INK}, InvalidInputError, "drawings holds values from 0.0 to 2.0"),
        ({"drawings": INK * np.nan}, InvalidInputError, "drawings holds values from nan"),
        ({"y": Y[:5]}, InvalidInputError, "drawings has 120 rows and y 5 labels"),
        ({"states": "red"}, InvalidInputError, "states='red'; wanted a list of states"),
        ({"states": ["red", "wet"]}, InvalidInputError, r"states=\['red', 'wet'\]; wanted two or more of"),
        ({"states": ["red", "red"]}, InvalidInputError, "states=.*each once"),
        ({"states": ["red", "blue"], "y": Y[::-1]}, InvalidInputError, "y and states leave no pair to keep unseen"),
        ({"absent": [("red", "cow")]}, SemanticsError, r"absent holds \('red', 'cow'\), and 'cow' is no object"),
        ({"objects": {"stroke": [1.0]}}, SemanticsError, r"objects has no row for \['cross', 'dash'\]"),
        ({"features": "edges"}, InvalidInputError, "features='edges'; wanted 'summary' or 'pixels'"),
        ({"image_size": 8}, InvalidInputError, "image_size=8; wanted a whole number of 16 or more"),
        ({"unseen_size": 1}, InvalidInputError, r"unseen_size=1; wanted a share in \(0, 1\)"),
        ({"test_size": "half"}, InvalidInputError, r"test_size='half'; wanted a share"),
        ({"random_state": -1}, InvalidInputError, "random_state=-1"),
        ({"drawings": INK[:6], "y": ["p", "p", "q", "q", "r", "r"]}, InvalidInputError, r"2 drawing\(s\) of 'p'"),
    ],
)
def test_bad_arguments_are_named(arguments, error, message):
    with pytest.raises(error, match=message):
        make_composed(**{"drawings": INK, "y": Y} | arguments)


def test_the_table_may_be_any_form():
    table = {"stroke": [1.0, 0.0], "cross": [1.0, 1.0], "dash": [0.0, 1.0]}
    split = make_composed(INK, Y, table, states=["red", "blue", "dotted"], random_state=0)
    assert split.info["objects"] == Semantics.from_mapping(table)
