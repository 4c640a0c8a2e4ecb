"""A list of names is a class table: each name is encoded itself."""

import numpy as np
import pandas as pd
import pytest

from zsl import Semantics, SemanticsError
from zsl.semantics import as_semantics
from zsl.semantics._csv import read_texts


class Letters:
    """Encodes a text as its numbers of a, b, c and spaces."""

    def encode(self, texts):
        return [[text.count(letter) for letter in "abc "] for text in texts]


NAMES = ["crab", "a_bear", "ab"]


@pytest.mark.parametrize(
    "names",
    [
        NAMES,
        tuple(NAMES),
        np.array(NAMES),
        np.array(NAMES, dtype=object),
        pd.Series(NAMES),
        pd.Series(NAMES, index=[7, 1, 4]),
        pd.Index(NAMES),
        pd.Categorical(NAMES),
        pd.array(NAMES, dtype="string"),
    ],
    ids=lambda names: type(names).__name__,
)
def test_names_stand_for_themselves_with_spaces_in_place_of_underscores(names):
    wanted = Semantics.from_texts({"crab": "crab", "a_bear": "a bear", "ab": "ab"}, encoder=Letters())
    for table in (Semantics.from_texts(names, encoder=Letters()), as_semantics(names, text_encoder=Letters())):
        assert table == wanted
        assert table.texts == (("crab",), ("a bear",), ("ab",))


def test_a_series_with_names_as_index_maps_them_to_sentences():
    sentences = pd.Series(["a crab", ["a cab", "b"]], index=["one", "two"])
    wanted = Semantics.from_texts({"one": "a crab", "two": ["a cab", "b"]}, encoder=Letters())
    assert as_semantics(sentences, text_encoder=Letters()) == wanted
    with pytest.raises(SemanticsError, match="semantics holds 'one' more than once"):
        as_semantics(pd.Series(["a", "b"], index=["one", "one"]), text_encoder=Letters())


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["a", "b", "a"], "semantics holds 'a' more than once; wanted each name once"),
        (["a", " "], "semantics holds an empty name at position 1"),
        ([], "semantics is empty"),
        (["a", None], "semantics has no label at position 1"),
        (["a", 3], "semantics mixes strings and numbers"),
        ([1, 2], "semantics is of type list; wanted .* or a list of class names"),
        (np.ones(3), "semantics is of type ndarray; wanted .* or a list of class names"),
        (pd.Series([1, 2]), "semantics is of type Series; wanted a dict .* or a list of class names"),
        ({"a", "b"}, "semantics is of type set; wanted .* or a list of class names"),
    ],
)
def test_what_is_no_list_of_names_is_refused(names, message):
    with pytest.raises(SemanticsError, match=message):
        as_semantics(names, text_encoder=Letters())


def test_a_file_of_names(tmp_path):
    path = tmp_path / "names.txt"
    for text in ("crab\na_bear\n\nab\n", "Name\ncrab\na_bear\nab\n"):
        path.write_text(text, encoding="utf-8")
        assert Semantics.from_texts(read_texts(path), encoder=Letters()).classes.tolist() == NAMES
    path.write_text("animal\ncrab\n", encoding="utf-8")
    assert list(read_texts(path, True)) == ["crab"]
    assert list(read_texts(path, False)) == ["animal", "crab"]
    path.write_text("crab\na bear\ncrab\n", encoding="utf-8")
    with pytest.raises(SemanticsError, match=r"names.txt holds 'crab' more than once"):
        read_texts(path)
    path.write_text("crab\na,bear\n", encoding="utf-8")
    with pytest.raises(SemanticsError, match="has 2 columns in line 2; wanted two, class and text, or one of names"):
        read_texts(path)
