"""The split for few-shot learning: what it holds, what it refuses, and the classes that turned images make."""

import re

import numpy as np
import pytest
import torch

from zsl.datasets import FewShotSplit
from zsl.exceptions import InvalidInputError


def images(n, channels=1, side=2, first=0):
    """Images whose pixels count up from `first`."""
    count = n * channels * side * side
    return np.arange(first, first + count).astype(np.uint8).reshape(n, channels, side, side)


def arguments(**changed):
    """Classes a and b to train on, c to choose on, d to test on."""
    given = {
        "X_train": images(3),
        "y_train": [0, 1, 0],
        "X_val": images(1, first=50),
        "y_val": [2],
        "X_test": images(2, first=100),
        "y_test": [3, 3],
        "names": ("a", "b", "c", "d"),
        "groups": [7, 7, 8, 9],
        "name": "toy",
        "info": {"source": "here"},
    }
    return given | changed


def test_a_split_holds_what_it_was_given():
    given = arguments()
    split = FewShotSplit(**given)
    for part in ("train", "val", "test"):
        X, y = split.part(part)
        np.testing.assert_array_equal(X, given[f"X_{part}"])
        assert y.dtype == np.int64
        assert y.tolist() == given[f"y_{part}"]
        assert X is getattr(split, f"X_{part}")
    assert split.names == ("a", "b", "c", "d")
    assert split.groups.tolist() == [7, 7, 8, 9]
    assert (split.name, split.info) == ("toy", {"source": "here"})


def test_images_are_shared_and_contiguous():
    X = images(3)
    split = FewShotSplit(**arguments(X_train=X))
    assert np.shares_memory(torch.from_numpy(split.X_train).numpy(), X)
    turned = FewShotSplit(**arguments(X_train=X.transpose(0, 1, 3, 2)))
    assert turned.X_train.flags.c_contiguous
    np.testing.assert_array_equal(turned.X_train[0, 0], [[0, 2], [1, 3]])


def test_a_split_tells_counts_and_no_pixels():
    text = repr(FewShotSplit(**arguments()))
    assert text == (
        "FewShotSplit('toy': train 2 classes, 3 images; val 1 classes, 1 images; test 1 classes, 2 images; "
        "each 1 x 2 x 2)"
    )


def test_there_may_be_no_validation_part_and_no_groups():
    split = FewShotSplit(**arguments(X_val=images(0), y_val=np.array([], dtype=int), groups=None))
    assert split.part("val")[0].shape == (0, 1, 2, 2)
    assert split.groups is None
    turned = split.with_rotations()
    assert turned.X_val.shape == (0, 1, 2, 2)
    assert turned.groups is None


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"X_train": images(3).astype(float)}, "X_train has dtype float64 and shape (3, 1, 2, 2); wanted uint8"),
        ({"X_val": images(1)[0]}, "X_val has dtype uint8 and shape (1, 2, 2); wanted uint8 (n, channels"),
        ({"y_train": [0.0, 1.0, 0.0]}, "y_train has dtype float64 and shape (3,); wanted integers (n,)"),
        ({"y_test": [[3], [3]]}, "y_test has dtype int64 and shape (2, 1); wanted integers (n,)"),
        ({"y_test": [3]}, "X_test has 2 images, y_test 1 numbers"),
        ({"X_test": images(0), "y_test": np.array([], int)}, "X_test has no images"),
        ({"X_train": images(0), "y_train": np.array([], int)}, "X_train has no images"),
        ({"y_test": [3, 4]}, "y_test runs from 3 to 4; wanted indices into the 4 names"),
        ({"y_train": [-1, 1, 0]}, "y_train runs from -1 to 1"),
        ({"X_test": images(2, side=3)}, "The shapes of the images differ"),
        ({"names": ("a", "b", "a", "d")}, "names has ['a'] more than once"),
        ({"groups": [1, 2]}, "groups has 2 numbers; wanted one per name"),
        ({"groups": ["x", "x", "x", "x"]}, "groups has dtype <U1"),
        ({"y_val": [1]}, "y_train and y_val share 1 classes, ['b']"),
        ({"y_test": [0, 3]}, "y_train and y_test share 1 classes, ['a']"),
        ({"y_test": [2, 3]}, "y_val and y_test share 1 classes, ['c']"),
    ],
)
def test_what_is_no_split_is_refused(changed, message):
    with pytest.raises(InvalidInputError, match=re.escape(message)):
        FewShotSplit(**arguments(**changed))


def test_an_unknown_part():
    with pytest.raises(InvalidInputError, match="part='valid'; wanted one of train, val, test"):
        FewShotSplit(**arguments()).part("valid")


def test_turned_images_are_classes_of_their_own():
    turned = FewShotSplit(**arguments()).with_rotations()
    assert turned.names[:5] == ("a", "a@90", "a@180", "a@270", "b")
    assert turned.groups.tolist() == [7] * 8 + [8] * 4 + [9] * 4
    assert turned.y_train.tolist() == [0, 4, 0, 1, 5, 1, 2, 6, 2, 3, 7, 3]
    assert turned.y_val.tolist() == [8, 9, 10, 11]
    # The image 0 1 / 2 3, turned counterclockwise by quarters.
    first = turned.X_train[[0, 3, 6, 9], 0].tolist()
    assert first == [[[0, 1], [2, 3]], [[1, 3], [0, 2]], [[3, 2], [1, 0]], [[2, 0], [3, 1]]]
    assert (turned.name, turned.info) == ("toy", {"source": "here"})


def test_channels_are_not_mixed_by_turning():
    split = FewShotSplit(
        **arguments(**{f"X_{part}": images(n, 3) for part, n in (("train", 3), ("val", 1), ("test", 2))})
    )
    turned = split.with_rotations()
    for turn in range(4):
        for channel in range(3):
            found = turned.X_test[2 * turn + 1, channel]
            np.testing.assert_array_equal(found, np.rot90(split.X_test[1, channel], turn))


def test_only_some_parts_may_be_turned():
    split = FewShotSplit(**arguments())
    turned = split.with_rotations(["train"])
    assert len(turned.y_train) == 12
    assert turned.y_test.tolist() == [12, 12]
    assert [turned.names[number] for number in turned.y_test] == ["d", "d"]
    np.testing.assert_array_equal(turned.X_test, split.X_test)


def test_what_cannot_be_turned():
    with pytest.raises(InvalidInputError, match="part='valid'"):
        FewShotSplit(**arguments()).with_rotations(["valid"])
    wide = {f"X_{part}": np.zeros((n, 1, 2, 3), np.uint8) for part, n in (("train", 3), ("val", 1), ("test", 2))}
    split = FewShotSplit(**arguments(**wide))
    with pytest.raises(InvalidInputError, match="The images are 2 x 3; wanted square ones"):
        split.with_rotations()
