"""Class tables of pairs of a state and an object."""

import numpy as np
import pandas as pd
import pytest

from zsl.exceptions import SemanticsError
from zsl.semantics import Semantics, class_pairs

STATES = Semantics([[1, 0], [0, 2], [3, 3]], classes=["wet", "dry", "old"], attributes=["shiny", "fluffy"])
OBJECTS = Semantics([[1, 5, 2], [4, 0, 7]], classes=["cat", "dog"], attributes=["small", "fluffy", "loud"])


def test_rows_are_those_of_state_and_object_beside_each_other():
    table = Semantics.compose(STATES, OBJECTS)
    assert table.classes.tolist() == ["wet cat", "wet dog", "dry cat", "dry dog", "old cat", "old dog"]
    assert table.attributes == ("shiny", "fluffy", "small", "fluffy (2)", "loud")
    assert table.blocks == (2, 3)
    expected = [np.concatenate([s, o]) for s in STATES.vectors for o in OBJECTS.vectors]
    np.testing.assert_array_equal(table.vectors, expected)


def test_the_closed_world_has_the_given_pairs_in_their_order():
    table = Semantics.compose(STATES, OBJECTS, pairs=[("old", "dog"), ("wet", "cat")])
    assert table.classes.tolist() == ["old dog", "wet cat"]
    np.testing.assert_array_equal(table.vectors, [[3, 3, 4, 0, 7], [1, 0, 1, 5, 2]])


@pytest.mark.parametrize(
    "pairs",
    [
        np.array([["old", "dog"], ["wet", "cat"]]),
        pd.DataFrame({"state": ["old", "wet"], "object": ["dog", "cat"]}),
        [["old", "dog"], np.array(["wet", "cat"])],
        {"old dog": ("old", "dog"), "wet cat": ["wet", "cat"]},
    ],
)
def test_pairs_come_in_many_forms(pairs):
    assert Semantics.compose(STATES, OBJECTS, pairs=pairs).classes.tolist() == ["old dog", "wet cat"]
    assert class_pairs(STATES.classes, OBJECTS.classes, pairs) == {"old dog": ("old", "dog"), "wet cat": ("wet", "cat")}


def test_products_of_all_columns():
    table = Semantics.compose(STATES, OBJECTS, interaction="outer")
    assert table.blocks == (2, 3, 6)
    products = np.einsum("sa,ob->soab", STATES.vectors, OBJECTS.vectors).reshape(6, 6)
    np.testing.assert_array_equal(table.vectors[:, 5:], products)
    assert table.attributes[5:8] == ("shiny × small", "shiny × fluffy", "shiny × loud")


def test_products_of_equal_columns():
    narrow = Semantics(OBJECTS.vectors[:, :2], classes=OBJECTS.classes)
    table = Semantics.compose(STATES, narrow, interaction="elementwise")
    assert table.blocks == (2, 2, 2)
    np.testing.assert_array_equal(table.vectors[:, 4:], table.vectors[:, :2] * table.vectors[:, 2:4])


def test_what_was_filled_in_and_said_stays_known():
    holes = Semantics.from_frame(pd.DataFrame({"a": [1.0, np.nan], "b": [2.0, 3.0]}, index=["x", "y"]), missing="zero")
    said = Semantics([[1.0], [2.0]], classes=["p", "q"], texts=["a p", "a q"], precision="single")
    table = Semantics.compose(holes, said, interaction="outer")
    np.testing.assert_array_equal(table.imputed[2], [True, False, False, True, False])
    assert not table.imputed[:2].any()
    assert table.texts[1] == ("a q",)
    assert table.precision == "double"
    assert Semantics.compose(said, said.in_precision("half")).precision == "single"


def test_other_forms_of_tables_and_labels_of_numbers():
    table = Semantics.compose({"red": [1.0], "blue": [0.0]}, pd.DataFrame({"loop": [1, 0]}, index=[8, 7]))
    assert table.classes.tolist() == ["red 8", "red 7", "blue 8", "blue 7"]
    assert class_pairs(["red", "blue"], [8, 7])["blue 7"] == ("blue", 7)


def test_a_template_and_labels_of_the_users_own():
    assert class_pairs(["wet"], ["cat"], template="a {object} that is {state}") == {"a cat that is wet": ("wet", "cat")}
    table = Semantics.compose(STATES, OBJECTS, pairs={7: ("wet", "cat"), 3: ("dry", "dog")})
    assert table.classes.tolist() == [7, 3]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"pairs": [("wet", "cow")]},
            r"pairs holds \('wet', 'cow'\), and 'cow' is no object; wanted one of 'cat', 'dog'",
        ),
        ({"pairs": [("wett", "cat")]}, r"'wett' is no state.*Did you mean 'wet'\?"),
        ({"pairs": [("wet", "cat"), ("wet", "cat")]}, "pairs holds .* more than once"),
        ({"pairs": {"a": ("wet", "cat"), "b": ("wet", "cat")}}, "pairs holds .* more than once"),
        ({"pairs": []}, "pairs is empty; wanted one pair or more"),
        ({"pairs": "wet cat"}, "pairs='wet cat'; wanted a list of"),
        ({"pairs": 3}, "pairs=3; wanted a list of"),
        ({"pairs": ["ab"]}, "pairs holds 'ab'; wanted pairs of a state and an object"),
        ({"pairs": [("wet", "cat", "dog")]}, "pairs holds .*; wanted pairs"),
        ({"pairs": [("wet", ["cat"])]}, "pairs holds .*; wanted pairs"),
        ({"template": "{state}"}, r"template='\{state\}'; wanted a format string of both"),
        ({"template": "{state} {object} {place}"}, "template=.*; wanted a format string"),
        ({"template": "{state} {object"}, "template=.*; wanted a format string"),
        ({"template": 3}, "template=3; wanted a format string"),
        ({"interaction": "product"}, "interaction='product'; wanted 'outer', 'elementwise' or None"),
        ({"interaction": "elementwise"}, "with 2 columns of states and 3 of objects"),
        ({"states": 3}, "states is of type int"),
        ({"objects": "objects.csv"}, "objects is the text 'objects.csv'"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    given = {"states": STATES, "objects": OBJECTS} | arguments
    with pytest.raises(SemanticsError, match=message):
        Semantics.compose(given.pop("states"), given.pop("objects"), **given)


def test_two_pairs_of_one_name_are_refused():
    with pytest.raises(SemanticsError, match=r"calls .* all 'a b c'; wanted one name for each"):
        class_pairs(["a", "a b"], ["b c", "c"])
    with pytest.raises(SemanticsError, match="states holds 'a' more than once"):
        class_pairs(["a", "a"], ["b"])
    with pytest.raises(SemanticsError, match="objects is empty"):
        class_pairs(["a"], [])
