"""A CSV file without a header doesn't lose its first class: the first line is told from a header, or the user says."""

import pytest

from zsl import Semantics
from zsl.exceptions import SemanticsError
from zsl.semantics._csv import read_texts


@pytest.fixture
def write(tmp_path):
    def to_file(text):
        path = tmp_path / "table.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return to_file


@pytest.mark.parametrize(
    "text",
    [
        "ant,6,0\nbee,6,1\n",
        "ant,0,1\nbee,1,1\n",
        "ant,0\nbee,1\n",
        "7,.5,-1e3\n8,.25,2\n",
        "ant,true,no data\nbee,6,1\n".replace("no data", "NA"),
        "ant,,1\nbee,6,1\n",
        "class,1990,1991\nant,6,1\n",
    ],
)
def test_a_first_line_of_values_is_refused_and_may_be_read_either_way(write, text):
    path = write(text)
    with pytest.raises(SemanticsError, match=r"starts with .* look like a class and its numbers .*header=False"):
        Semantics.from_csv(path)
    whole = Semantics.from_csv(path, header=False, missing="zero")
    assert len(whole) == len(text.splitlines())
    assert whole.attributes[0] == "a0"
    below = Semantics.from_csv(path, header=True, missing="zero")
    assert len(below) == len(whole) - 1
    assert below.classes.tolist() == [
        str(label) if below.classes.dtype.kind == "U" else label for label in below.classes.tolist()
    ]


@pytest.mark.parametrize(
    "text",
    [
        "class,legs,wings\nant,6,0\n",
        ",0,1\nant,6,0\n",
        "class,0,1\nant,6,0\n",
        "animal,legs,0\nant,6,0\n",
        "n,a\n1,2\n",
    ],
)
def test_a_header_is_a_header(write, text):
    path = write(text)
    assert len(Semantics.from_csv(path)) == 1
    assert Semantics.from_csv(path) == Semantics.from_csv(path, header=True)


def test_a_frame_that_pandas_wrote_comes_back(tmp_path):
    frame = Semantics([[1, 0], [0, 1]], classes=["ant", "bee"]).to_frame()
    frame.columns = range(2)
    frame.to_csv(tmp_path / "a.csv")
    frame.rename_axis(None).to_csv(tmp_path / "b.csv")
    for name in ("a.csv", "b.csv"):
        assert Semantics.from_csv(tmp_path / name).classes.tolist() == ["ant", "bee"]


def test_class_columns_without_a_header_go_by_position(write):
    path = write("6,ant\n6,bee\n")
    assert Semantics.from_csv(path, header=False, class_column=1).classes.tolist() == ["ant", "bee"]
    with pytest.raises(SemanticsError, match="class_column is 'ant'; wanted the position of one of the 2 columns"):
        Semantics.from_csv(path, header=False, class_column="ant")
    with pytest.raises(SemanticsError, match="header is 0; wanted True, False or None"):
        Semantics.from_csv(path, header=0)


def test_names_with_leading_zeros_stay_strings(write):
    assert Semantics.from_csv(write("class,a\n001,1\n01,2\n1,3\n")).classes.tolist() == ["001", "01", "1"]
    assert Semantics.from_csv(write("class,a\n-0,1\n")).classes.tolist() == ["-0"]
    assert Semantics.from_csv(write(f"class,a\n{2**64 - 1},1\n")).classes.tolist() == [2**64 - 1]


@pytest.mark.parametrize("first", ["class,text", "Label,what it is", "animal,sentence", ",description"])
def test_texts_with_a_header(write, first):
    path = write(f'{first}\nant,an ant\nbee,a bee\nant,"small, with six legs"\n')
    assert read_texts(path) == {"ant": ["an ant", "small, with six legs"], "bee": ["a bee"]}


def test_texts_without_a_header(write):
    path = write("7,an ant\n8,a bee\n")
    with pytest.raises(SemanticsError, match=r"starts with '7', 'an ant', which look like a class and its sentence"):
        read_texts(path)
    assert read_texts(path, False) == {7: ["an ant"], 8: ["a bee"]}
    assert read_texts(path, True) == {8: ["a bee"]}
    with pytest.raises(SemanticsError, match="has 3 columns in line 2; wanted two, class and text"):
        read_texts(write("class,text\nant,an ant,small\n"))
