"""A user's files and arrays: what is read from each form, how they become a split, and that bad ones are named."""

import sys

import numpy as np
import pandas as pd
import pytest

from zsl.datasets import load_features, read_features
from zsl.exceptions import InvalidInputError, MissingExtraError, SemanticsError
from zsl.semantics import Semantics

X = np.array([[0.5, 1.0], [2.0, -3.0], [4.0, 0.25], [1.0, 1.0], [2.0, 2.0], [3.0, 3.0]])
Y = ["ant", "ant", "bee", "bee", "cat", "cat"]
TABLE = {"ant": [6.0, 0.0], "bee": [6.0, 1.0], "cat": [4.0, 0.0]}
PARTS = ["train", "test_seen", "test_unseen", "pool", "train", "test_seen"]


def write(path, content):
    """Write an array, arrays, a table or text in the format that the ending tells."""
    match content:
        case bytes():
            path.write_bytes(content)
        case str():
            path.write_text(content, encoding="utf-8")
        case dict():
            np.savez(path, **content)
        case pd.DataFrame() if path.suffix == ".parquet":
            content.to_parquet(path)
        case pd.DataFrame():
            content.to_csv(path, index=False)
        case _:
            np.save(path, content)
    return path


def frame(**columns):
    return pd.DataFrame({"width": X[:, 0], "height": X[:, 1]} | columns)


WITH_LABELS = [
    ("a.npz", {"features": X, "label": Y}),
    ("a.npz", {"X": X, "label": Y, "other": np.zeros(3)}),
    ("a.csv", frame(label=Y)),
    ("A.CSV", "label,width,height\n" + "".join(f"{y} ,{a},{b}\n" for y, (a, b) in zip(Y, X, strict=True))),
    ("a.parquet", frame(label=Y)),
]


@pytest.mark.parametrize(("name", "content"), WITH_LABELS)
def test_features_and_labels_of_one_file(tmp_path, name, content):
    found, labels = read_features(write(tmp_path / name, content))
    np.testing.assert_array_equal(found, X)
    assert labels.tolist() == Y


@pytest.mark.parametrize(
    ("name", "content"), [("a.npy", X), ("a.npz", {"X": X}), ("a.csv", frame()), ("a.parquet", frame())]
)
def test_features_without_labels(tmp_path, name, content):
    found, labels = read_features(str(write(tmp_path / name, content)))
    np.testing.assert_array_equal(found, X)
    assert labels is None


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("y.npy", np.array(Y)),
        ("y.csv", pd.DataFrame({"species": Y})),
        ("y.csv", pd.DataFrame({"label": Y, "photographer": range(6)})),
        ("y.txt", "ant\n ant\n\nbee\nbee\ncat\ncat\n"),
    ],
)
def test_labels_of_a_file_of_their_own(tmp_path, name, content):
    features, labels = write(tmp_path / "a.npy", X), write(tmp_path / name, content)
    assert read_features(features, labels)[1].tolist() == Y
    split = load_features(features, labels, semantics=TABLE, unseen=["bee"])
    assert sorted([*split.y_train, *split.y_test_seen, *split.y_test_unseen]) == Y


@pytest.mark.parametrize(
    ("name", "content"), [("a.npz", {"X": X, "kind": Y}), ("a.csv", frame(kind=Y)), ("a.parquet", frame(kind=Y))]
)
def test_labels_by_name(tmp_path, name, content):
    path = write(tmp_path / name, content)
    found, labels = read_features(path, label_column="kind")
    np.testing.assert_array_equal(found, X)
    assert labels.tolist() == Y
    assert load_features(path, "kind", semantics=TABLE, unseen=["cat"]).unseen_classes.tolist() == ["cat"]


def test_labels_that_look_like_integers_become_integers(tmp_path):
    features = write(tmp_path / "a.npy", X[:3])
    for name, head in (("y.txt", ""), ("y.csv", "label\n")):
        for text, wanted in (("3\n-1\n3\n", [3, -1, 3]), ("3\n1\nthree\n", ["3", "1", "three"])):
            assert read_features(features, write(tmp_path / name, head + text))[1].tolist() == wanted
    assert read_features(write(tmp_path / "b.csv", "width,label\n1,3\n2,1\n"))[1].tolist() == [3, 1]


def test_a_class_may_be_called_none_or_na(tmp_path):
    labels = write(tmp_path / "y.csv", "label\nNone\nNA\nnan\n")
    assert read_features(write(tmp_path / "a.npy", X[:3]), labels)[1].tolist() == ["None", "NA", "nan"]


def test_single_precision_and_integers(tmp_path):
    assert read_features(write(tmp_path / "a.npy", X.astype(np.float32)))[0].dtype == np.float32
    assert read_features(write(tmp_path / "b.npy", X.astype(np.int16)))[0].dtype == np.float64


def test_numbered_columns_are_a_header(tmp_path):
    found, _ = read_features(write(tmp_path / "a.csv", pd.DataFrame(X).assign(label=Y)))
    np.testing.assert_array_equal(found, X)


@pytest.mark.parametrize(
    ("features", "labels"),
    [
        (X, Y),
        (X.tolist(), np.array(Y)),
        (frame(), pd.Series(Y)),
        (frame(label=Y), None),
        (frame(kind=Y), "kind"),
        (pd.DataFrame(X), Y),
    ],
)
def test_arrays_and_frames(features, labels):
    split = load_features(features, labels, semantics=TABLE, unseen=("bee",), random_state=0)
    assert split.seen_classes.tolist() == ["ant", "cat"]
    assert split.unseen_classes.tolist() == ["bee"]
    np.testing.assert_array_equal(split.X_test_unseen, X[2:4])
    assert split.X_support is None


def test_a_frame_is_left_as_it_was():
    given = frame(label=Y)
    load_features(given, semantics=TABLE, unseen=["bee"])
    pd.testing.assert_frame_equal(given, frame(label=Y))


def test_shares_and_seed():
    y = np.repeat(["ant", "bee", "cat"], 20)
    features = np.arange(120.0).reshape(60, 2)
    one, same, other = (
        load_features(
            features, y, semantics=TABLE, unseen=["bee"], test_size=0.25, pool_size=0.4, random_state=seed, name="bugs"
        )
        for seed in (0, 0, 1)
    )
    sizes = [len(part) for part in (one.X_train, one.X_test_seen, one.X_test_unseen, one.X_support)]
    assert sizes == [30, 10, 12, 8]
    np.testing.assert_array_equal(one.X_train, same.X_train)
    assert not np.array_equal(one.X_train, other.X_train)
    assert one.name == "bugs"


@pytest.mark.parametrize("form", ["path", "text", "frame", "dict", "Semantics"])
def test_forms_of_the_class_table(tmp_path, form):
    table = pd.DataFrame.from_dict(TABLE, orient="index", columns=["legs", "wings"])
    path = tmp_path / "classes.csv"
    table.to_csv(path, index_label="class")
    forms = {
        "path": path,
        "text": str(path),
        "frame": table,
        "dict": TABLE,
        "Semantics": Semantics.from_frame(table),
    }
    split = load_features(X, Y, semantics=forms[form], unseen=["bee"])
    np.testing.assert_array_equal(split.semantics.rows(["cat", "bee"]), [[4, 0], [6, 1]])


@pytest.mark.parametrize("form", ["array", "frame", "npz", "csv"])
def test_a_split_fixed_by_the_user(tmp_path, form):
    y = ["ant", "ant", "bee", "bee", "cat", "cat"]
    features, labels, parts = {
        "array": (X, y, PARTS),
        "frame": (frame(label=y, part=PARTS), None, "part"),
        "npz": (write(tmp_path / "a.npz", {"X": X, "label": y, "part": PARTS}), "label", "part"),
        "csv": (write(tmp_path / "a.csv", frame(label=y, part=PARTS)), None, "part"),
    }[form]
    split = load_features(features, labels, semantics=TABLE, split=parts)
    np.testing.assert_array_equal(split.X_train, X[[0, 4]])
    np.testing.assert_array_equal(split.X_test_seen, X[[1, 5]])
    np.testing.assert_array_equal(split.X_test_unseen, X[[2]])
    np.testing.assert_array_equal(split.X_support, X[[3]])
    assert split.y_support.tolist() == ["bee"]


def test_a_fixed_split_needs_no_pool():
    parts = ["test_unseen" if part == "pool" else part for part in PARTS]
    assert load_features(X, Y, semantics=TABLE, split=parts).X_support is None


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.npz", {"Z": X}, r"has the arrays \['Z'\]; wanted one named features or X"),
        ("a.npy", np.array([{"a": 1}], dtype=object), "can't be read as an array of numbers or text: Object arrays"),
        ("a.npz", {"X": X, "label": np.array(Y, dtype=object)}, "can't be read as an array .* Object arrays"),
        ("a.npz", "no archive", "can't be read as arrays"),
        ("a.npy", np.zeros(3), r"features of .*a\.npy has shape \(3,\)"),
        ("a.npy", np.array(["x", "y"])[:, None], "has dtype <U1; wanted real numbers"),
        ("a.npy", np.array([[1.0, np.nan], [np.inf, 0]]), "holds nan in row 0, column 1, and 2 such"),
        ("a.npz", {"X": X, "label": Y[:2]}, "has 6 rows and .* 2 labels"),
        ("a.csv", "", "can't be read as a table: No columns to parse"),
        ("a.csv", "width,height\n1,\n", "holds nan in row 0, column 1"),
        ("a.csv", "width,height\n1,NaN\n", "holds nan in row 0, column 1, and 1 such"),
        ("a.csv", "width,height,label\n1,two,ant\n", r"columns that aren't numeric, \['height'\]"),
        ("a.csv", "width,height,label\n1,2,ant\n3,4,\n", "has no label at position 1; 1 missing"),
        ("a.csv", "width,height,label\n1,2,7\n3,4,\n", "has no label at position 1; 1 missing"),
        ("a.csv", frame().to_csv(), "has columns without a name"),
        ("a.csv", "width,height\n1,2,ant\n3,4,bee\n", "has columns without a name"),
        ("a.csv", "0.5,1.0,ant\n2.0,3.0,bee\n", r"starts with \['0.5', '1.0', 'ant'\], which look like values"),
        ("a.parquet", "no table", "can't be read as a table"),
        ("a.parquet", frame(label=pd.array([1, None, 2, 3, 4, 5], dtype="Int64")), "no label at position 1; 1"),
        ("a.txt", "1\n2\n", "ends in '.txt'; wanted features as .npy, .npz, .csv or .parquet"),
        ("a", "1\n2\n", "ends in ''; wanted features"),
    ],
)
def test_unusable_features_are_named(tmp_path, name, content, message):
    path = write(tmp_path / name, content)
    with pytest.raises(InvalidInputError, match=message) as raised:
        read_features(path)
    assert str(path) in str(raised.value)


def test_array_files_under_each_others_ending(tmp_path):
    np.save(tmp_path / "b.npy", X)
    (tmp_path / "b.npy").rename(tmp_path / "b.npz")
    np.savez(tmp_path / "c.npz", X=X)
    (tmp_path / "c.npz").rename(tmp_path / "c.npy")
    for name in ("b.npz", "c.npy"):
        with pytest.raises(InvalidInputError, match=f"{name} can't be read as"):
            read_features(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("y.npy", np.array([["ant"], ["bee"]]), r"has shape \(2, 1\)"),
        ("y.txt", "ant\nbee\n", "6 rows and labels .* 2 labels"),
        ("y.csv", "first,second\n1,2\n", r"has no column 'label'; found \['first', 'second'\]"),
        ("y.txt", b"caf\xe9\n", "can't be read as text"),
        ("y.json", "[]", "ends in '.json'; wanted labels as .npy, .csv or .txt"),
    ],
)
def test_unusable_labels_are_named(tmp_path, name, content, message):
    with pytest.raises(InvalidInputError, match=message):
        read_features(write(tmp_path / "a.npy", X), write(tmp_path / name, content))


def test_a_missing_label_column_lists_what_was_found(tmp_path):
    path = write(tmp_path / "a.csv", frame())
    for call in (
        lambda: read_features(path, label_column="kind"),
        lambda: load_features(path, "kind", semantics=TABLE, unseen=["bee"]),
    ):
        with pytest.raises(InvalidInputError, match=r"has no column 'kind'; found \['width', 'height'\]"):
            call()
    with pytest.raises(InvalidInputError, match=r"no column 'label'; found \['width', 'height'\]"):
        load_features(path, semantics=TABLE, unseen=["bee"])
    with pytest.raises(InvalidInputError, match="features has no column 'label'; found no named columns"):
        load_features(X, semantics=TABLE, unseen=["bee"])
    wide = pd.DataFrame(np.zeros((6, 12)))
    with pytest.raises(InvalidInputError, match="'9'] and others"):
        load_features(wide, semantics=TABLE, unseen=["bee"])


def test_a_file_with_labels_takes_no_second_set(tmp_path):
    path, labels = write(tmp_path / "a.csv", frame(label=Y)), write(tmp_path / "y.txt", "\n".join(Y))
    for call in (
        lambda: read_features(path, labels),
        lambda: load_features(path, labels, semantics=TABLE, unseen=["bee"]),
    ):
        with pytest.raises(InvalidInputError, match=r"a\.csv has a column 'label', and .*y\.txt would be a second set"):
            call()


def test_columns_of_one_name_are_refused():
    twice = pd.DataFrame(X, columns=["width", "width"])
    with pytest.raises(InvalidInputError, match=r"features has columns of one name, \['width'\]"):
        load_features(twice, Y, semantics=TABLE, unseen=["bee"])


@pytest.mark.parametrize("argument", ["features", "labels", "semantics"])
def test_a_missing_file_is_named(tmp_path, argument):
    arguments = {"features": X, "labels": Y, "semantics": TABLE} | {argument: tmp_path / "absent.csv"}
    with pytest.raises(InvalidInputError, match=r"absent\.csv is not a file"):
        load_features(**arguments, unseen=["bee"])
    if argument == "features":
        with pytest.raises(InvalidInputError, match=r"absent\.csv is not a file"):
            read_features(tmp_path / "absent.csv")


def test_a_missing_label_file_given_as_text_is_named():
    with pytest.raises(InvalidInputError, match=r"absent\.csv is not a file"):
        load_features(X, "absent.csv", semantics=TABLE, unseen=["bee"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "unseen and split: neither given"),
        ({"unseen": ["bee"], "split": PARTS}, "unseen and split: both given"),
        ({"unseen": "bee"}, "unseen='bee'; wanted a list of classes"),
        ({"unseen": ["bee", "bee"]}, "wanted at least one class, and each once"),
        ({"unseen": ["dog"]}, r"unseen=\['dog'\] has to name classes of y"),
        ({"unseen": ["ant", "bee", "cat"]}, "names every class of y"),
        ({"unseen": ["bee"], "test_size": 0}, "test_size=0"),
        ({"unseen": ["bee"], "pool_size": -0.1}, "pool_size=-0.1"),
        ({"split": ["test", *PARTS[1:]]}, r"split holds \['test'\]; wanted train, test_seen, test_unseen, pool"),
        ({"split": PARTS[:4]}, "features has 6 rows and split 4"),
        ({"split": ["pool", "train"] * 3}, "split has no row of test_seen, test_unseen"),
        ({"split": ["test_unseen", *PARTS[1:]]}, "classes of y_test_seen that y_train doesn't have"),
        ({"split": "part"}, "features has no column 'part'"),
    ],
)
def test_a_division_that_cannot_be_is_named(arguments, message):
    with pytest.raises(InvalidInputError, match=message):
        load_features(X, Y, semantics=TABLE, **arguments)


def test_features_that_are_no_numbers_are_named():
    colours = X.astype(object)
    colours[1, 0] = "red"
    with pytest.raises(InvalidInputError, match=r"features holds a str at \(1, 0\)"):
        load_features(colours, Y, semantics=TABLE, unseen=["bee"])
    with pytest.raises(InvalidInputError, match=r"features has columns that aren't numeric, \['colour'\]"):
        load_features(frame(colour=Y), Y, semantics=TABLE, unseen=["bee"])
    with pytest.raises(InvalidInputError, match="labels has no label at position 2"):
        load_features(X, [*Y[:2], None, *Y[3:]], semantics=TABLE, unseen=["bee"])


def test_a_class_without_a_row_is_named():
    with pytest.raises(SemanticsError, match=r"without a row in semantics: \['cat'\]"):
        load_features(X, Y, semantics={"ant": [1.0], "bee": [2.0]}, unseen=["bee"])


def test_parquet_without_pyarrow_says_what_to_install(tmp_path, monkeypatch):
    path = write(tmp_path / "a.parquet", frame())
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'zslearn\[parquet\]'"):
        read_features(path)
