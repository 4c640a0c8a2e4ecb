"""Errors on unknown names say which known one is like them."""

import numpy as np
import pytest

import zsl
from zsl import ESZSLClassifier, InvalidInputError, Semantics, SemanticsError
from zsl._suggestions import did_you_mean

ANIMALS = ["chimpanzee", "lion", "polar+bear", "blue whale"]
METHODS = ["RidgePrototypeClassifier", "ESZSLClassifier", "RelationClassifier", "RelationNetworkClassifier"]


@pytest.mark.parametrize(
    ("given", "known", "wanted"),
    [
        ("chimpanzeee", ANIMALS, "'chimpanzee'"),
        ("Lion", ANIMALS, "'lion'"),
        ("Polar Bear", ANIMALS, "'polar+bear'"),
        ("blue_whale", ANIMALS, "'blue whale'"),
        ("whale", ANIMALS, "'blue whale'"),
        ("Ridge", METHODS, "'RidgePrototypeClassifier'"),
        ("eszl", METHODS, "'ESZSLClassifier'"),
        ("relation", METHODS, "'RelationClassifier' or 'RelationNetworkClassifier'"),
        ("APX", ["AWA1", "AWA2", "CUB", "SUN", "APY"], "'APY'"),
        ([7, "okapi", "lino"], ANIMALS, "'lion'"),
    ],
)
def test_the_likeliest_known_name_is_named(given, known, wanted):
    assert did_you_mean(given, known) == f" Did you mean {wanted}?"


@pytest.mark.parametrize("given", ["okapi", "", "+", [], [1, 2]])
def test_nothing_is_said_where_nothing_is_alike(given):
    assert did_you_mean(given, ANIMALS) == ""


def test_among_very_many_names_too():
    known = [f"class {number}" for number in range(100_000)]
    assert did_you_mean("Class 99998", known) == " Did you mean 'class 99998'?"


@pytest.fixture(scope="module")
def fitted():
    split = zsl.load_digits_zsl()
    names = np.array(["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"])
    table = split.semantics.to_frame().set_axis(names)
    return ESZSLClassifier(semantics=table, cv=None).fit(split.X_train, names[split.y_train]), split.X_train[:2], table


def test_errors_of_estimators_suggest_a_class(fitted):
    clf, X, _ = fitted
    with pytest.raises(InvalidInputError, match=r"not known.* Did you mean 'seven'\?"):
        clf.predict(X, classes=["Seven"])
    with pytest.raises(InvalidInputError, match=r"Did you mean 'eight'\?"):
        clf.remove_classes(["eigth"])
    with pytest.raises(InvalidInputError, match=r"wanted 'stacking' or 'gate'. Did you mean 'gate'\?"):
        ESZSLClassifier(semantics=clf.semantics, balance="gaet").fit(X, ["one", "two"])


def test_a_table_of_other_attributes_names_the_first_that_differs(fitted):
    clf, _, table = fitted
    row = table.iloc[:1].set_axis(["new"])
    renamed = row.rename(columns={"bar_bottom": "bar_botom"})
    with pytest.raises(
        SemanticsError, match=r"other lacks 'bar_bottom' and has 'bar_botom'.* Did you mean 'bar_bottom'"
    ):
        clf.add_classes(semantics=renamed)
    with pytest.raises(SemanticsError, match=r"other lacks 'bar_top'; wanted the 28 attributes of this table"):
        clf.add_classes(semantics=row.drop(columns="bar_top"))


def test_paths_point_to_what_reads_them(fitted, tmp_path):
    clf, _, _ = fitted
    for given in (["a.png", "b.png"], np.array(["a.png"]), [tmp_path / "a.png"], "a.png"):
        with pytest.raises(InvalidInputError, match=r"X holds paths or texts such as .*a.png.*ImageEncoder"):
            clf.predict(given)
    for path in ("traits.csv", tmp_path / "traits.csv"):
        with pytest.raises(SemanticsError, match=r"Semantics.from_csv\(.*traits.csv"):
            ESZSLClassifier(semantics=path).fit([[1.0], [2.0]], ["one", "two"])


def test_names_of_the_package_and_of_data_sets_are_suggested():
    with pytest.raises(AttributeError, match=r"no attribute 'RelationClasifier'. Did you mean 'RelationClassifier'"):
        zsl.RelationClasifier  # noqa: B018
    with pytest.raises(InvalidInputError, match=r"Did you mean 'APY'"):
        zsl.load_gbu("APX", "nowhere")
    with pytest.raises(SemanticsError, match=r"no row for.* Did you mean 'Zebra'"):
        Semantics([[1.0]], classes=["zebra"]).beside(Semantics([[1.0]], classes=["Zebra"]))
