"""The sentences and attributes of the CIFAR-100 classes, and the guide beside them."""

import re

from zsl._resources import data_path
from zsl.datasets import read_cifar100_attributes, read_cifar100_descriptions


def described():
    return read_cifar100_descriptions().reset_index()


def graded():
    return read_cifar100_attributes().to_frame()


def test_both_tables_have_the_same_hundred_classes_in_order():
    classes = described()["class"].tolist()
    assert len(classes) == len(set(classes)) == 100
    assert classes == sorted(classes)
    assert graded().index.tolist() == classes


def test_grades_are_steps_of_a_quarter():
    assert not graded().isna().any(axis=None)
    assert graded().isin([0, 0.25, 0.5, 0.75, 1]).all(axis=None)


def test_every_attribute_tells_classes_apart_and_none_belongs_to_one_class():
    table = graded()
    assert ((table > 0).sum() >= 2).all()
    assert (table.nunique() >= 2).all()
    assert table.columns.is_unique


def test_no_two_classes_are_alike():
    assert not graded().duplicated().any()


def test_the_guide_explains_every_attribute():
    guide = data_path("cifar100/README.md").read_text(encoding="utf-8")
    explained = re.findall(r"^\| `(\w+)` \|(?: [^|]+ \|){4}$", guide, flags=re.MULTILINE)
    assert explained == graded().columns.tolist()


def test_descriptions_are_different_sentences():
    table = described()
    assert table.columns.tolist() == ["class", "name", "superclass", "description"]
    assert table["description"].is_unique
    assert table["description"].str.fullmatch(r"[A-Z].*[^.]\.").all()
    assert table["description"].str.split().str.len().between(8, 40).all()


def test_names_are_the_classes_with_spaces():
    table = described()
    assert table["name"].tolist() == table["class"].str.replace("_", " ").tolist()
    assert table["superclass"].str.fullmatch(r"[a-z -]+").all()
    assert table["superclass"].nunique() == 19
