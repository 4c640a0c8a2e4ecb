"""Splits: what they hold, what they refuse, and that class-wise folds hold out whole classes."""

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.neighbors import KNeighborsClassifier

from zsl.evaluation.splits import ClassKFold, GZSLSplit
from zsl.exceptions import InvalidInputError, SemanticsError
from zsl.semantics import Semantics

ANIMALS = ["ant", "bee", "cat", "dog"]


def table(classes=ANIMALS):
    return Semantics.from_frame(pd.DataFrame(np.eye(len(classes)), index=list(classes)))


def parts(**changes):
    """A valid split of two seen and one unseen class, with one image in each test part."""
    return {
        "X_train": [[0.0, 1.0], [1.0, 0.0], [2.0, 2.0]],
        "y_train": ["cat", "ant", "cat"],
        "X_test_seen": [[0.0, 2.0]],
        "y_test_seen": ["cat"],
        "X_test_unseen": [[3.0, 3.0]],
        "y_test_unseen": ["bee"],
    } | changes


def images(*counts):
    """One feature, the number of the image, and `counts[i]` images of animal i in a fixed mixed order."""
    y = np.random.default_rng(0).permutation(np.repeat(ANIMALS[: len(counts)], counts))
    return np.arange(len(y), dtype=float)[:, None], y


def test_classes_are_sorted_and_known_from_the_labels():
    split = GZSLSplit(**parts(), semantics=table(), name="toy", info={"encoder": "none"})
    assert split.seen_classes.tolist() == ["ant", "cat"]
    assert split.unseen_classes.tolist() == ["bee"]
    assert split.info == {"encoder": "none"}


def test_repr_counts_what_the_split_holds():
    split = GZSLSplit(
        **parts(X_support=[[4.0, 4.0], [5.0, 5.0]], y_support=["bee", "bee"]), semantics=table(), name="toy"
    )
    assert repr(split) == (
        "GZSLSplit('toy': 2 seen and 1 unseen classes, 2 features, class table of 4 columns; "
        "samples: 3 training, 1 seen test, 1 unseen test, 2 support)"
    )
    assert "no class table; samples: 3 training, 1 seen test, 1 unseen test, no support" in repr(GZSLSplit(**parts()))


def test_arrays_are_read_only_views_of_the_originals():
    X = np.zeros((3, 2), dtype=np.float32)
    split = GZSLSplit(**parts(X_train=X))
    with pytest.raises(ValueError, match="read-only"):
        split.X_train[0, 0] = 1
    with pytest.raises(ValueError, match="read-only"):
        split.y_test_unseen[0] = "ant"
    assert np.shares_memory(split.X_train, X)
    assert X.flags.writeable
    assert split.X_train.dtype == np.float32


def test_fields_cannot_be_replaced():
    with pytest.raises(AttributeError):
        GZSLSplit(**parts()).X_train = np.zeros((3, 2))


def test_pickle_keeps_everything():
    split = GZSLSplit(**parts(), semantics=table(), name="toy")
    copy = pickle.loads(pickle.dumps(split))
    assert repr(copy) == repr(split)
    np.testing.assert_array_equal(copy.X_train, split.X_train)
    np.testing.assert_array_equal(copy.semantics.vectors, split.semantics.vectors)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"X_train": [[0.0], [1.0], [2.0]]}, r"numbers of features differ: \{'X_train': 1, 'X_test_seen': 2"),
        ({"y_train": ["cat", "ant"]}, "X_train has 3 rows and y_train 2 labels"),
        ({"X_test_seen": [[0.0, np.nan]]}, "X_test_seen holds nan in row 0, column 1"),
        ({"X_test_unseen": [[np.inf, 0.0]]}, "X_test_unseen holds inf in row 0, column 0"),
        ({"X_test_unseen": [3.0, 3.0]}, r"X_test_unseen has shape \(2,\)"),
        ({"X_test_seen": np.zeros((0, 2)), "y_test_seen": []}, r"X_test_seen has shape \(0, 2\)"),
        ({"X_train": [["a", "b"]] * 3}, "X_train has dtype <U1; wanted real numbers"),
        ({"y_train": [["cat"], ["ant"], ["cat"]]}, r"y_train holds \[.cat.\], of type list"),
        (
            {"y_train": np.array(["cat", 1, "cat"], dtype=object)},
            "y_train mixes strings and numbers, .cat. at position 0 and 1 at position 1",
        ),
        ({"y_train": np.array(["cat", None, "cat"], dtype=object)}, "y_train has no label at position 1"),
        ({"y_test_unseen": [np.nan]}, "y_test_unseen has no label at position 0"),
        ({"y_test_unseen": ["cat"]}, r"1 classes of y_train and y_test_unseen, which have to differ: \['cat'\]"),
        ({"y_test_seen": ["dog"]}, r"1 classes of y_test_seen that y_train doesn't have: \['dog'\]"),
        ({"X_support": [[0.0, 0.0]], "y_support": ["cat"]}, r"1 classes of y_support that .*: \['cat'\]"),
        ({"X_support": [[0.0, 0.0]]}, "X_support and y_support go together"),
        ({"X_support": [[0.0]], "y_support": ["bee"]}, "'X_support': 1"),
    ],
)
def test_an_unusable_part_is_named(changes, message):
    with pytest.raises(InvalidInputError, match=message):
        GZSLSplit(**parts(**changes))


def test_every_class_needs_its_row():
    with pytest.raises(SemanticsError, match=r"1 classes without a row in semantics: \['bee'\]"):
        GZSLSplit(**parts(), semantics=table(["ant", "cat", "dog"]))


class Letters:
    """Encodes a text as its numbers of a, b and c."""

    def encode(self, texts, **_):
        return np.array([[text.count(letter) for letter in "abc"] for text in texts], dtype=float)


ROWS = {label: row.tolist() for label, row in zip(ANIMALS, np.eye(4), strict=True)}


@pytest.mark.parametrize(
    "given",
    [
        pd.DataFrame(ROWS, index=list("pqrs")).T,
        ROWS,
        {label: dict(zip("pqrs", row, strict=True)) for label, row in ROWS.items()},
        Semantics.from_mapping(ROWS),
    ],
    ids=["frame", "vectors", "attributes", "semantics"],
)
def test_class_table_in_every_form(given):
    X, y = images(4, 4, 4, 4)
    for split in (GZSLSplit(**parts(), semantics=given), GZSLSplit.from_arrays(X, y, given, unseen=["bee"])):
        assert isinstance(split.semantics, Semantics)
        np.testing.assert_array_equal(split.semantics.rows(ANIMALS), np.eye(4))


def test_class_table_of_texts(monkeypatch):
    monkeypatch.setattr("zsl.semantics.builders.DEFAULT_TEXT_ENCODER", Letters())
    split = GZSLSplit(**parts(), semantics={"ant": "a b", "bee": ["bbb", "c"], "cat": "cab"})
    np.testing.assert_array_equal(
        split.semantics.rows(["ant", "cat"]),
        Semantics.from_texts({"ant": "a b", "cat": "cab"}, encoder=Letters()).rows(["ant", "cat"]),
    )


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (pd.DataFrame(np.eye(3), index=["ant", "cat", "dog"]), r"1 classes without a row in semantics: \['bee'\]"),
        ({"ant": [0], "cat": [1]}, r"1 classes without a row in semantics: \['bee'\]"),
        (np.eye(4), "semantics is of type ndarray; wanted a Semantics, a DataFrame"),
    ],
)
def test_class_table_that_cannot_be_used_is_named(given, message):
    with pytest.raises(SemanticsError, match=message):
        GZSLSplit(**parts(), semantics=given)


def test_a_long_list_of_classes_is_cut():
    labels = [f"class {number}" for number in range(9)]
    with pytest.raises(InvalidInputError, match=r"9 classes of y_test_seen .* 'class 4'\] and others"):
        GZSLSplit(**parts(X_test_seen=np.zeros((9, 2)), y_test_seen=labels))


def test_the_number_one_is_not_the_text_one():
    with pytest.raises(InvalidInputError, match="y_train has numbers such as 1 and y_test_unseen strings such as '1'"):
        GZSLSplit(**parts(y_train=[1, 2, 1], y_test_seen=[1], y_test_unseen=["1"]))
    with pytest.raises(InvalidInputError, match=r"not in y: \['1'\]"):
        GZSLSplit.from_arrays(np.eye(3), [1, 2, 3], unseen=["1"])


def test_from_arrays_deals_out_each_image_once_and_by_class():
    X, y = images(10, 20, 10, 5)
    split = GZSLSplit.from_arrays(X, y, table(), unseen=["dog", "bee"], support_size=0.4, random_state=0)
    dealt = np.concatenate([split.X_train, split.X_test_seen, split.X_test_unseen, split.X_support]).ravel()
    assert sorted(dealt) == X.ravel().tolist()
    for part in ("train", "test_seen", "test_unseen", "support"):
        features = getattr(split, f"X_{part}").ravel().astype(int)
        assert features.tolist() == sorted(features)
        assert getattr(split, f"y_{part}").tolist() == y[features].tolist()
    labels, counts = np.unique(split.y_test_seen, return_counts=True)
    assert dict(zip(labels, counts, strict=True)) == {"ant": 2, "cat": 2}
    labels, counts = np.unique(split.y_support, return_counts=True)
    assert dict(zip(labels, counts, strict=True)) == {"bee": 8, "dog": 2}


def test_from_arrays_repeats_with_its_random_state():
    X, y = images(10, 10)
    first, again, other = (GZSLSplit.from_arrays(X, y, unseen=["bee"], random_state=seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first.X_train, again.X_train)
    assert not np.array_equal(first.X_train, other.X_train)


def test_from_arrays_without_support_pool():
    X, y = images(4, 4)
    split = GZSLSplit.from_arrays(X, y, unseen=["bee"], support_size=0, random_state=0)
    assert split.X_support is None
    assert split.y_support is None
    assert len(split.X_test_unseen) == 4


def test_the_only_image_of_a_class_is_trained_on_or_tested_on():
    X, y = images(1, 1, 4)
    split = GZSLSplit.from_arrays(X, y, unseen=["bee"], seen_test_size=0.99, random_state=0)
    assert sorted(split.y_train) == ["ant", "cat"]
    assert split.y_test_seen.tolist() == ["cat"] * 3
    assert split.y_test_unseen.tolist() == ["bee"]
    assert split.X_support is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"unseen": []}, "has to name classes of y"),
        ({"unseen": ["emu", "bee"]}, r"not in y: \['emu'\]"),
        ({"unseen": ["ant", "bee"]}, "names every class of y"),
        ({"unseen": ["bee"], "seen_test_size": 0}, r"seen_test_size=0; wanted a share in \(0, 1\)"),
        ({"unseen": ["bee"], "seen_test_size": 1.0}, "seen_test_size=1.0"),
        ({"unseen": ["bee"], "support_size": 1.0}, r"support_size=1.0; wanted a share in \[0, 1\)"),
        ({"unseen": ["bee"], "support_size": float("nan")}, "support_size=nan"),
    ],
)
def test_from_arrays_names_the_argument_that_is_wrong(arguments, message):
    with pytest.raises(InvalidInputError, match=message):
        GZSLSplit.from_arrays(*images(4, 4), **arguments)


def test_from_arrays_compares_lengths():
    with pytest.raises(InvalidInputError, match="X has 8 rows and y 7 labels"):
        GZSLSplit.from_arrays(np.zeros((8, 1)), ["ant", "bee"] * 3 + ["ant"], unseen=["bee"])


@pytest.mark.parametrize("shuffle", [True, False])
def test_each_class_is_held_out_whole_in_one_fold(shuffle):
    X, y = images(6, 9, 12, 3)
    folds = ClassKFold(3, shuffle=shuffle, random_state=0 if shuffle else None)
    held_out = []
    for train, test in folds.split(X, y):
        assert sorted([*train, *test]) == list(range(len(y)))
        unseen = set(y) - set(y[train])
        held_out += unseen
        for label in set(y) - unseen:
            wanted = {"ant": 1, "bee": 2, "cat": 2, "dog": 1}[label]
            assert (y[test] == label).sum() == wanted
    assert sorted(held_out) == ANIMALS


def test_unshuffled_folds_worked_by_hand():
    y = ["b", "a", "c", "a", "b", "c", "a", "b"]
    found = [(train.tolist(), test.tolist()) for train, test in ClassKFold(2, shuffle=False).split(y, y)]
    assert found == [([2], [0, 1, 3, 4, 5, 6, 7]), ([0, 1, 3, 4], [2, 5, 6, 7])]


def test_without_seen_test_images_only_held_out_classes_are_tested():
    X, y = images(4, 4, 4, 4)
    for train, test in ClassKFold(4, seen_test_size=0, random_state=1).split(X, y):
        assert len(test) == 4
        assert not set(y[train]) & set(y[test])


def test_the_only_image_of_a_class_that_is_not_held_out_is_trained_on():
    y = ["a", "b", "b"]
    found = [(train.tolist(), test.tolist()) for train, test in ClassKFold(2, shuffle=False).split(y, y)]
    assert found == [([1], [0, 2]), ([0], [1, 2])]


def test_shuffling_repeats_with_its_random_state():
    X, y = images(8, 8, 8, 8)
    first, again, other = ([test.tolist() for _, test in ClassKFold(2, random_state=s).split(X, y)] for s in (0, 0, 5))
    assert first == again
    assert first != other


def test_folds_go_into_a_grid_search_and_score_only_what_they_should():
    X, y = images(8, 8, 8)
    X[:, 0] = np.unique(y, return_inverse=True)[1]
    search = GridSearchCV(
        KNeighborsClassifier(), {"n_neighbors": [1, 3]}, cv=ClassKFold(3, seen_test_size=0.25, random_state=0)
    ).fit(X, y)
    # Of the 8 + 2 + 2 test images only the 4 of classes that were trained on can be right, and all of them are.
    assert search.best_score_ == pytest.approx(4 / 12)
    assert search.n_splits_ == 3
    assert cross_val_score(DummyClassifier(), X, y, cv=ClassKFold(3, seen_test_size=0)).tolist() == [0, 0, 0]


def test_repr_shows_the_parameters():
    assert repr(ClassKFold(3)) == "ClassKFold(n_splits=3, random_state=None, seen_test_size=0.2, shuffle=True)"
    assert ClassKFold(3).get_n_splits() == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_splits": 1}, "n_splits=1; wanted a whole number of 2 or more"),
        ({"n_splits": "x"}, "n_splits='x'; wanted a whole number of 2 or more"),
        ({"seen_test_size": 1}, "seen_test_size=1"),
        ({"seen_test_size": -0.1}, "seen_test_size=-0.1"),
        ({"shuffle": False, "random_state": 0}, "random_state=0 has no effect"),
    ],
)
def test_folds_refuse_parameters_out_of_range(arguments, message):
    with pytest.raises(InvalidInputError, match=message):
        ClassKFold(**arguments)


def test_folds_need_labels_of_enough_classes():
    X, y = images(4, 4)
    with pytest.raises(InvalidInputError, match="y has 2 classes, fewer than n_splits=3"):
        next(ClassKFold(3).split(X, y))
    with pytest.raises(InvalidInputError, match="y=None"):
        next(ClassKFold(3).split(X))
