"""The class table: what it holds, what it refuses, and that nothing changes it."""

import copy
import pickle
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone

from zsl.exceptions import SemanticsError
from zsl.semantics import Semantics


def animals(**options):
    options = {"classes": ["zebra", "horse", "bee"], "attributes": ["striped", "legs"]} | options
    return Semantics([[1, 4], [0, 4], [1, 6]], **options)


def test_holds_what_it_was_given():
    table = animals()
    assert table.vectors.dtype == np.float64
    assert table.classes.dtype.kind == "U"
    assert table.classes.tolist() == ["zebra", "horse", "bee"]
    assert table.attributes == ("striped", "legs")
    assert table.texts is None
    assert table.imputed is None
    assert len(table) == 3
    assert repr(table) == "Semantics(3 classes × 2 attributes)"
    assert repr(table.select(["bee"])) == "Semantics(1 class × 2 attributes)"


@pytest.mark.parametrize("classes", [[3, 1, 2], np.array([3, 1, 2], dtype=np.uint8), (np.int32(3), 1, 2)])
def test_integer_labels_become_int64(classes):
    table = animals(classes=classes)
    assert table.classes.dtype == np.int64
    assert table.classes.tolist() == [3, 1, 2]
    assert np.int16(3) in table


def test_contains_takes_labels_only():
    assert "bee" in animals()
    assert np.str_("bee") in animals()
    assert "wasp" not in animals()
    numbers = animals(classes=[1, 2, 3])
    assert 1 in numbers
    assert True not in numbers
    assert 1.0 in numbers
    assert 1.5 not in numbers
    assert None not in numbers
    assert [1] not in numbers


def test_names_are_generated_where_none_are_given():
    assert animals(attributes=None).attributes == ("a0", "a1")
    assert animals(attributes=None, texts=["z", ["h", "i"], "b"]).attributes == ("t0", "t1")
    assert animals(texts=["z", ["h", "i"], []]).texts == (("z",), ("h", "i"), ())
    assert animals(texts=[[], [], []]).texts is None


def test_later_changes_of_the_input_do_not_reach_the_table():
    vectors, classes, imputed = np.eye(2), np.array(["a", "b"]), np.array([[True, False], [False, False]])
    table = Semantics(vectors, classes=classes, imputed=imputed)
    vectors[:] = 7
    classes[:] = "c"
    imputed[:] = False
    np.testing.assert_array_equal(table.vectors, np.eye(2))
    assert table.classes.tolist() == ["a", "b"]
    np.testing.assert_array_equal(table.imputed, [[True, False], [False, False]])


def reloaded(table):
    return pickle.loads(pickle.dumps(table))


@pytest.mark.parametrize("way", [lambda table: table, copy.copy, copy.deepcopy, clone, reloaded])
def test_copies_are_equal_and_read_only(way):
    table = animals(texts=["z", "h", []], imputed=np.eye(3, 2, dtype=bool))
    twin = way(table)
    assert twin == table
    assert hash(twin) == hash(table)
    assert twin.texts == table.texts
    np.testing.assert_array_equal(twin.imputed, table.imputed)
    for array in (twin.vectors, twin.classes, twin.imputed):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = array[1]
    with pytest.raises(AttributeError, match="'vectors' cannot be set"):
        twin.vectors = np.eye(2)
    with pytest.raises(AttributeError, match="'classes' cannot be deleted"):
        del twin.classes


def test_clone_is_the_table_itself():
    table = animals()
    assert clone(table) is table
    assert copy.deepcopy({"semantics": table})["semantics"] is table


def test_generated_names_survive_pickling_of_a_joined_table():
    plain = Semantics([[1, 2]], classes=["a"])
    worded = Semantics([[3, 4]], classes=["b"], texts=["words"])
    joined = plain.join(worded)
    assert joined.attributes == ("a0", "a1")
    assert reloaded(joined) == joined


def test_equality_looks_at_labels_names_and_numbers():
    assert animals() == animals()
    assert animals() != animals(classes=["zebra", "horse", "wasp"])
    assert animals() != animals(classes=[1, 2, 3])
    assert animals() != animals(attributes=["striped", "wings"])
    assert animals() != Semantics([[1, 4], [0, 4], [1, 7]], classes=animals().classes, attributes=animals().attributes)
    assert animals() != "animals"
    assert hash(Semantics([[0.0]], classes=[1])) == hash(Semantics([[-0.0]], classes=[1]))


@pytest.mark.parametrize(
    ("vectors", "options", "message"),
    [
        ([[1], [2]], {"classes": ["a", "a"]}, "classes holds 'a' more than once"),
        ([[1, 2]], {"classes": ["a"], "attributes": ["x", "x"]}, "attributes holds 'x' more than once"),
        ([[1, 2]], {"classes": ["a"], "attributes": ["x"]}, "attributes has 1 name for 2 columns"),
        ([[1, 2]], {"classes": ["a"], "attributes": "xy"}, "attributes is the string 'xy'"),
        ([[1, 2]], {"classes": ["a"], "attributes": ["x", 2]}, "attributes holds 2, a int"),
        ([[1, np.nan]], {"classes": ["a"], "attributes": ["x", "y"]}, "class 'a', attribute 'y'.*missing='mean'"),
        ([[1], [-np.inf]], {"classes": [4, 5]}, "holds -inf for class 5, attribute 'a0'"),
        ([["x"]], {"classes": ["a"]}, "vectors has dtype <U1"),
        ([[1j]], {"classes": ["a"]}, "vectors has dtype complex128"),
        ([[1, 2], [1]], {"classes": ["a", "b"]}, "rows of different lengths"),
        ([1, 2], {"classes": ["a", "b"]}, r"vectors has shape \(2,\)"),
        (np.empty((0, 3)), {"classes": []}, "at least one class and one attribute"),
        (np.empty((1, 0)), {"classes": ["a"]}, "at least one class and one attribute"),
        ([[1]], {"classes": ["a", "b"]}, "classes has 2 labels for 1 row"),
        ([[1]], {"classes": "a"}, "classes is of type str"),
        ([[1]], {"classes": 3}, "classes is of type int"),
        ([[1]], {"classes": np.array([["a"]])}, r"classes has shape \(1, 1\)"),
        ([[1]], {"classes": [True]}, "classes holds True, of type bool, at position 0"),
        ([[1], [2]], {"classes": ["a", None]}, "classes has no label at position 1; 1 missing"),
        ([[1], [2]], {"classes": np.array([1.0, 2.5])}, "classes holds 2.5 at position 1"),
        ([[1], [2]], {"classes": ["a", 1]}, "classes mixes strings and numbers, 'a' at position 0 and 1 at position 1"),
        ([[1], [2]], {"classes": ["a", " "]}, "classes holds an empty name at position 1"),
        ([[1]], {"classes": [2**64]}, "holds whole numbers that 64 bits don't hold"),
        ([[1]], {"classes": ["a"], "texts": "a"}, "texts has 1 entries"),
        ([[1]], {"classes": ["a"], "texts": ["a", "b"]}, "texts has 2 entries for 1 row"),
        ([[1]], {"classes": ["a"], "imputed": [[1]]}, "imputed has shape .* dtype int64; wanted bool"),
        ([[1]], {"classes": ["a"], "imputed": [True]}, r"wanted bool of shape \(1, 1\)"),
    ],
)
def test_refuses(vectors, options, message):
    with pytest.raises(SemanticsError, match=message):
        Semantics(vectors, **options)


def test_rows_are_looked_up_in_the_order_asked_and_are_a_copy():
    table = animals()
    rows = table.rows(np.array(["bee", "zebra", "bee"]))
    np.testing.assert_array_equal(rows, [[1, 6], [1, 4], [1, 6]])
    rows[:] = 0
    np.testing.assert_array_equal(table.rows(["bee"]), [[1, 6]])
    assert table.rows([]).shape == (0, 2)


def test_unknown_labels_are_named():
    with pytest.raises(SemanticsError, match=r"labels holds 'wasp', 'ant', .*its 3 classes: 'zebra', 'horse', 'bee'"):
        animals().rows(["wasp", "bee", "ant", "wasp"])
    with pytest.raises(SemanticsError, match="labels holds 1, which"):
        animals().drop([1])
    many = Semantics(np.ones((9, 1)), classes=range(9))
    with pytest.raises(SemanticsError, match=r"holds 9, which.* 0, 1, 2, 3, 4 and 4 more"):
        many.rows([9])


def test_select_and_drop_keep_everything_that_belongs_to_a_class():
    table = animals(texts=["z", "h", "b"], imputed=[[True, False], [False, False], [False, True]])
    part = table.select(["bee", "horse"])
    assert part.classes.tolist() == ["bee", "horse"]
    assert part.texts == (("b",), ("h",))
    np.testing.assert_array_equal(part.vectors, [[1, 6], [0, 4]])
    np.testing.assert_array_equal(part.imputed, [[False, True], [False, False]])
    assert table.drop({"horse"}) == table.select(["zebra", "bee"])
    assert table.drop([]) == table
    assert table.select(["horse"]).imputed is None
    with pytest.raises(SemanticsError, match="'bee' more than once"):
        table.select(["bee", "bee"])
    with pytest.raises(SemanticsError, match="at least one class"):
        table.drop(table.classes)


@given(st.permutations(["zebra", "horse", "bee"]), st.integers(1, 2))
def test_select_then_join_is_select(order, cut):
    table = animals(texts=["z", "h", "b"], imputed=[[True, False], [False, False], [False, True]])
    joined, whole = table.select(order[:cut]).join(table.select(order[cut:])), table.select(order)
    assert joined == whole
    assert joined.texts == whole.texts
    np.testing.assert_array_equal(joined.imputed, whole.imputed)


def test_join_matches_columns_by_name():
    other = Semantics([[8, 0]], classes=["ant"], attributes=["legs", "striped"], imputed=[[True, False]])
    joined = animals().join(other)
    assert joined.attributes == ("striped", "legs")
    np.testing.assert_array_equal(joined.rows(["ant", "bee"]), [[0, 8], [1, 6]])
    assert np.argwhere(joined.imputed).tolist() == [[3, 1]]


def test_join_matches_unnamed_columns_by_position():
    joined = animals().join(Semantics([[0, 8]], classes=["ant"]))
    assert joined.attributes == ("striped", "legs")
    np.testing.assert_array_equal(joined.rows(["ant"]), [[0, 8]])
    worded = Semantics([[0, 8]], classes=["ant"], texts=["an ant"])
    assert animals().join(worded).texts == ((), (), (), ("an ant",))
    assert worded.join(animals()).texts == (("an ant",), (), (), ())
    swapped = Semantics([[8, 0]], classes=["ant"], attributes=["a1", "a0"])
    np.testing.assert_array_equal(animals(attributes=None).join(swapped).rows(["ant"]), [[0, 8]])


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (animals().select(["bee", "horse"]), "other holds 'bee', 'horse', which"),
        (Semantics([[1, 2]], classes=[1]), "other has labels such as 1 and this table such as 'zebra'"),
        (Semantics([[1, 2, 3]], classes=["ant"]), "other has 3 attributes; wanted the 2"),
        (
            Semantics([[1, 2]], classes=["ant"], attributes=["legs", "wings"]),
            "other lacks 'striped' and has 'wings', unknown here; wanted the 2 attributes",
        ),
        ([[1, 2]], "other is of type list"),
    ],
)
def test_join_refuses(other, message):
    with pytest.raises(SemanticsError, match=message):
        animals().join(other)


def test_other_tables_come_in_every_form():
    rows = {"ant": [0, 8], "wasp": [1, 6]}
    table = Semantics.from_mapping(rows)
    for form in (rows, table, Semantics.from_mapping(rows, attributes=["striped", "legs"]).to_frame()):
        assert animals().join(form) == animals().join(table)
        np.testing.assert_array_equal(animals().align(form), table.vectors)
        assert table.beside(form).blocks == (2, 2)


def test_frame_and_back():
    table = animals()
    frame = table.to_frame()
    assert frame.loc["bee", "legs"] == 6
    assert Semantics.from_frame(frame) == table
    frame.loc["bee", "legs"] = 0
    assert table == animals()
    numbered = animals(classes=[2, 0, 1], attributes=None)
    assert Semantics.from_frame(numbered.to_frame()) == numbered


def test_import_brings_in_no_model_library():
    code = "import sys, zsl.semantics; print(sorted({'torch', 'sentence_transformers'} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_columns_of_two_tables_stand_side_by_side():
    numbers = Semantics([[1, 0], [0, 1]], classes=["a", "b"], attributes=["x", "t0"])
    sentences = Semantics([[5, 6], [7, 8], [9, 9]], classes=["b", "a", "c"], texts=["of b", "of a", "of c"])
    both = numbers.beside(sentences)
    np.testing.assert_array_equal(both.vectors, [[1, 0, 7, 8], [0, 1, 5, 6]])
    assert both.attributes == ("x", "t0", "t0 (2)", "t1")
    assert both.texts == (("of a",), ("of b",))
    assert both.blocks == (2, 2)
    assert both.beside(numbers).blocks == (2, 2, 2)
    assert both.select(["b"]).blocks == pickle.loads(pickle.dumps(both)).blocks == (2, 2)
    assert both != Semantics(both.vectors, classes=both.classes, attributes=both.attributes)
    with pytest.raises(SemanticsError, match="other has no row for 'c'"):
        sentences.beside(numbers)
    with pytest.raises(SemanticsError, match="other is of type list"):
        numbers.beside([[1], [2]])


@pytest.mark.parametrize("blocks", [(1,), (1, 2), (2, 0), (1.0, 1.0), (True, 1)])
def test_blocks_make_up_the_columns(blocks):
    with pytest.raises(SemanticsError, match="wanted widths that add up to the 2 columns"):
        Semantics([[1, 0], [0, 1]], classes=["a", "b"], blocks=blocks)
