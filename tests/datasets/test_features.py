"""A user's files: what is read from each format, and that every unusable one is named with what was found."""

import sys

import numpy as np
import pandas as pd
import pytest

from zsl.datasets import load_features
from zsl.evaluation.splits import GZSLSplit
from zsl.exceptions import InvalidInputError, MissingExtraError

X = np.array([[0.5, 1.0], [2.0, -3.0], [4.0, 0.25]])
Y = ["ant", "bee", "ant"]


def write(path, content):
    """Write an array, a table or text in the format that the ending tells."""
    match path.suffix:
        case ".npy":
            np.save(path, content)
        case ".npz":
            np.savez_compressed(path, **content)
        case ".parquet":
            content.to_parquet(path)
        case ".csv" if isinstance(content, pd.DataFrame):
            content.to_csv(path, index=False)
        case _ if isinstance(content, bytes):
            path.write_bytes(content)
        case _:
            path.write_text(content, encoding="utf-8")
    return path


def frame(**columns):
    return pd.DataFrame({"width": X[:, 0], "height": X[:, 1]} | columns)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.npz", {"features": X, "labels": Y}),
        ("a.npz", {"X": X, "y": Y, "other": np.zeros(3)}),
        ("a.csv", frame(label=Y)),
        ("a.csv", frame(species=Y)),
        ("A.CSV", "label,width,height\nant,0.5,1\nbee,2,-3\nant,4,0.25\n"),
        ("a.parquet", frame(label=Y)),
    ],
)
def test_features_and_labels_of_one_file(tmp_path, name, content):
    found = load_features(write(tmp_path / name, content))
    np.testing.assert_array_equal(found.X, X)
    assert found.y.tolist() == Y
    assert found.semantics is None


@pytest.mark.parametrize(
    ("name", "content"), [("a.npy", X), ("a.npz", {"X": X}), ("a.csv", frame()), ("a.parquet", frame())]
)
def test_features_without_labels(tmp_path, name, content):
    found = load_features(str(write(tmp_path / name, content)))
    np.testing.assert_array_equal(found.X, X)
    assert found.y is None


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("y.npy", np.array(Y)),
        ("y.npz", {"labels": Y}),
        ("y.csv", pd.DataFrame({"species": Y})),
        ("y.csv", pd.DataFrame({"label": Y, "photographer": ["x", "y", "z"]})),
        ("y.parquet", pd.DataFrame({"number": [1, 2, 3], "species": Y})),
        ("y.txt", "ant\n bee\n\nant\n"),
    ],
)
def test_labels_of_a_file_of_their_own(tmp_path, name, content):
    found = load_features(write(tmp_path / "a.npy", X), write(tmp_path / name, content))
    assert found.y.tolist() == Y


def test_label_column_belongs_to_the_file_that_holds_the_labels(tmp_path):
    table = write(tmp_path / "a.csv", frame(kind=[3, 1, 3]))
    found = load_features(table, label_column="kind")
    np.testing.assert_array_equal(found.X, X)
    assert found.y.tolist() == [3, 1, 3]
    labels = write(tmp_path / "y.csv", pd.DataFrame({"kind": [7, 8, 9], "label": Y}))
    assert load_features(table, labels, label_column="kind").y.tolist() == [7, 8, 9]
    assert load_features(table, labels, label_column="kind").X.shape == (3, 3)


def test_integer_labels_stay_integers_and_text_stays_text(tmp_path):
    features = write(tmp_path / "a.npy", X)
    assert load_features(features, write(tmp_path / "y.txt", "3\n-1\n3\n")).y.tolist() == [3, -1, 3]
    assert load_features(features, write(tmp_path / "z.txt", "3\n1\nthree\n")).y.tolist() == ["3", "1", "three"]
    assert load_features(features, write(tmp_path / "y.csv", "y\n3\n1\n3\n")).y.tolist() == [3, 1, 3]


def test_a_class_may_be_called_none_or_na(tmp_path):
    labels = write(tmp_path / "y.csv", "label\nNone\nNA\nnan\n")
    assert load_features(write(tmp_path / "a.npy", X), labels).y.tolist() == ["None", "NA", "nan"]


def test_single_precision_and_integers(tmp_path):
    assert load_features(write(tmp_path / "a.npy", X.astype(np.float32))).X.dtype == np.float32
    assert load_features(write(tmp_path / "b.npy", X.astype(np.int16))).X.dtype == np.float64


def test_numbered_columns_are_a_header(tmp_path):
    found = load_features(write(tmp_path / "a.csv", pd.DataFrame(X).assign(label=Y)))
    np.testing.assert_array_equal(found.X, X)


def test_a_parquet_table_may_have_lost_some_of_its_rows(tmp_path):
    found = load_features(write(tmp_path / "a.parquet", frame(label=Y)[1:]))
    np.testing.assert_array_equal(found.X, X[1:])
    assert found.y.tolist() == Y[1:]


def test_class_table_and_split(tmp_path):
    table = write(tmp_path / "classes.csv", "class,wings,legs\nant,0,6\nbee,4,6\n")
    found = load_features(write(tmp_path / "a.npz", {"X": X, "y": ["ant", "bee", "ant"]}), semantics=table)
    np.testing.assert_array_equal(found.semantics.rows(["bee", "ant"]), [[4, 6], [0, 6]])
    split = GZSLSplit.from_arrays(*found, unseen=["bee"], random_state=0)
    assert split.unseen_classes.tolist() == ["bee"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.npz", {"Z": X}, "has no array features or X"),
        ("a.npy", np.array([{"a": 1}], dtype=object), "can't be read as an array of numbers or text: Object arrays"),
        ("a.npz", {"X": X, "y": np.array(Y, dtype=object)}, "can't be read as an array .* Object arrays"),
        ("a.npz", "no archive", "can't be read as an array"),
        ("a.npy", np.zeros(3), r"features of .*a\.npy has shape \(3,\)"),
        ("a.npy", np.array([[1.0, np.nan]]), "holds nan in row 0, column 1"),
        ("a.npz", {"X": X, "y": Y[:2]}, r"features of .*a\.npz has 3 rows, labels of .*a\.npz 2 labels"),
        ("a.csv", "", "can't be read as a table: No columns to parse"),
        ("a.csv", "width,height\n1,\n", "holds nan in row 0, column 1"),
        ("a.csv", "width,height,label\n1,two,ant\n", r"columns that aren't numeric, \['height'\]"),
        ("a.csv", "width,height,label\n1,2,ant\n3,4,\n", r"labels of .*a\.csv has no label at position 1"),
        ("a.csv", frame().to_csv(), "has columns without a name"),
        ("a.csv", "width,height\n1,2,ant\n3,4,bee\n", "has columns without a name"),
        ("a.csv", "0.5,1.0,ant\n2.0,3.0,bee\n", r"starts with \['0.5', '1.0', 'ant'\], which look like values"),
        ("a.csv", "5,3,ant\n2,3,bee\n", "which look like values; wanted a header line"),
        ("a.parquet", "no table", "can't be read as a table"),
        ("a.parquet", frame(depth=pd.array([1, None, 2], dtype="Int64")), "holds nan in row 1, column 2"),
        ("a.parquet", frame(label=pd.array([1, None, 2], dtype="Int64")), "has no label at position 1, and 1 missing"),
        ("a.txt", "1\n2\n", "ends in '.txt'; wanted features as .npy, .npz, .csv or .parquet"),
        ("a", "1\n2\n", "ends in ''; wanted features"),
    ],
)
def test_unusable_features_are_named(tmp_path, name, content, message):
    path = tmp_path / name
    path.write_text(content) if isinstance(content, str) else write(path, content)
    with pytest.raises(InvalidInputError, match=message) as raised:
        load_features(path)
    assert str(path) in str(raised.value)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("y.npz", {"X": X}, "has no array labels or y"),
        ("y.npy", np.array([["ant"], ["bee"], ["ant"]]), r"has shape \(3, 1\)"),
        ("y.txt", "ant\nbee\n", "3 rows, labels of .* 2 labels"),
        ("y.csv", "first,second\n1,2\n", r"has columns \['first', 'second'\]; wanted one named label"),
        ("y.txt", b"caf\xe9\n", "can't be read as text"),
        ("y.json", "[]", "ends in '.json'; wanted labels as"),
    ],
)
def test_unusable_labels_are_named(tmp_path, name, content, message):
    labels = write(tmp_path / name, content)
    with pytest.raises(InvalidInputError, match=message) as raised:
        load_features(write(tmp_path / "a.npy", X), labels)
    assert str(labels) in str(raised.value)


def test_a_file_with_labels_takes_no_second_set(tmp_path):
    labels = write(tmp_path / "y.txt", "ant\nbee\nant\n")
    with pytest.raises(InvalidInputError, match=r"a\.csv holds labels already, and .*y\.txt would be a second set"):
        load_features(write(tmp_path / "a.csv", frame(label=Y)), labels)


def test_a_named_label_column_has_to_be_there(tmp_path):
    with pytest.raises(InvalidInputError, match=r"has no column 'kind'; its columns are \['width', 'height'\]"):
        load_features(write(tmp_path / "a.csv", frame()), label_column="kind")


@pytest.mark.parametrize("argument", ["features", "labels", "semantics"])
def test_a_missing_file_is_named(tmp_path, argument):
    paths = {"features": write(tmp_path / "a.npy", X)} | {argument: tmp_path / "absent.csv"}
    with pytest.raises(InvalidInputError, match=r"absent\.csv is not a file"):
        load_features(**paths)


def test_parquet_without_pyarrow_says_what_to_install(tmp_path, monkeypatch):
    path = write(tmp_path / "a.parquet", frame())
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'zslearn\[parquet\]'"):
        load_features(path)
