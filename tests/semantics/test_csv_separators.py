"""Tables from spreadsheets: separators are noticed, decimal commas named or read, a lost header is said."""

import pytest

from zsl import Semantics
from zsl._files.separators import noticed
from zsl.datasets import load_features, read_features
from zsl.exceptions import InvalidInputError, SemanticsError
from zsl.semantics._csv import read_texts

COMMA = "class,legs,wings\nant,6,0.5\nbee,6,1\n"


@pytest.fixture
def write(tmp_path):
    def to_file(text, name="table.csv"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return to_file


@pytest.mark.parametrize(
    ("text", "sep"),
    [
        (COMMA, ","),
        (COMMA.replace(",", ";"), ";"),
        (COMMA.replace(",", "\t"), "\t"),
        ("zebra;0,5;1,0\nhorse;1,5;2,0\n", ";"),
        ("class,text\nant,six legs; small\nbee,wings; small\n", ","),
        ("ant,six legs; small\nbee,wings; small\n", ","),
        ("class;text\nant;small, six legs\nbee;wings\n", ";"),
        ('class;text\nant;"small; six legs"\n', ";"),
        ("ant\nbee\n", ","),
        ("a b;c\nd\n", ","),
        ("", ","),
    ],
)
def test_the_separator_that_divides_all_lines_alike(text, sep):
    assert noticed(text) == sep


def test_the_last_line_of_a_sample_does_not_count():
    assert noticed("a;b\n1;2\n3", whole=False) == ";"
    assert noticed("a;b\n1;2\n3") == ","


def test_a_long_file_is_told_by_its_start(write):
    rows = "".join(f"row_{number};{number},5;1\n" for number in range(9000))
    assert len(Semantics.from_csv(write(f"class;a;b\n{rows}"), decimal=",")) == 9000


@pytest.mark.parametrize("sep", [";", "\t"])
def test_class_tables_and_features_of_any_separator(write, sep):
    assert Semantics.from_csv(write(COMMA.replace(",", sep))) == Semantics.from_csv(write(COMMA, "comma.csv"))
    X, y = read_features(write("a,b,label\n1,2,x\n3,4,y\n".replace(",", sep), "f.tsv"))
    assert X.tolist() == [[1, 2], [3, 4]]
    assert y.tolist() == ["x", "y"]
    _, y = read_features(write("a,b\n1,2\n3,4\n"), write(f"n{sep}label\n1{sep}x\n2{sep}y\n", "labels.csv"))
    assert y.tolist() == ["x", "y"]
    assert read_texts(write(f"class{sep}text\nant{sep}a, b\n")) == {"ant": ["a, b"]}


def test_decimal_commas_are_named_and_read_on_request(write):
    table = write("class;legs;wings\nant;6;0,5\nbee;6;1\n")
    with pytest.raises(SemanticsError, match=r"table\.csv has '0,5' in line 2, a number with a decimal comma.*--dec"):
        Semantics.from_csv(table)
    assert Semantics.from_csv(table, decimal=",") == Semantics.from_csv(write(COMMA, "comma.csv"))
    features = write("a;b;label\n1,5;2;x\n3;4,25;y\n", "features.csv")
    with pytest.raises(InvalidInputError, match=r"features\.csv has '1,5' in the column 'a', .*decimal comma"):
        read_features(features)
    assert read_features(features, decimal=",")[0].tolist() == [[1.5, 2], [3, 4.25]]


@pytest.mark.parametrize(
    ("options", "message"), [({"sep": ";;"}, r"sep='?;;"), ({"sep": 3}, "sep"), ({"decimal": "·"}, "decimal")]
)
def test_what_is_no_separator_is_named(write, options, message):
    with pytest.raises(InvalidInputError, match=message):
        read_features(write(COMMA), **options)
    with pytest.raises(SemanticsError, match=message.replace("=", " is ")):
        Semantics.from_csv(write(COMMA), **options)


@pytest.mark.parametrize(
    "text", ["zebra,1,0,x\nhorse,0,1,x\n", "zebra;0,5;0\nhorse;0;1\n", "zebra\t1\t0\nhorse\t0\t1\n"]
)
def test_a_first_class_among_columns_that_are_mostly_numbers_is_not_lost(write, text):
    with pytest.raises(SemanticsError, match="look like a class and its numbers and not like a header"):
        Semantics.from_csv(write(text))


def test_years_are_a_header(write):
    assert Semantics.from_csv(write("class,legs,1990,1991,1992\nant,6,1,2,3\n")).classes.tolist() == ["ant"]


def test_names_alone_are_not_a_table_of_numbers(write):
    with pytest.raises(SemanticsError, match=r"has one column; wanted one of classes .*--texts"):
        Semantics.from_csv(write("zebra\nhorse\n"))


def test_splits_are_read_from_any_separator(write):
    rows = "".join(f"{number};{number % 3}.5;{'abc'[number % 3]}\n" for number in range(12))
    table = write("class;x;y\na;1;0\nb;0;1\nc;1;1\n")
    assert len(load_features(write(f"f;g;label\n{rows}", "f.csv"), semantics=table, unseen=["c"]).X_test_unseen) == 4
