"""Labels in files: read alike in a class table and beside features, and refused in one line where they are none."""

import numpy as np
import pandas as pd
import pytest
from command import run

from zsl import ESZSLClassifier, load
from zsl.cli._shared import as_known
from zsl.datasets import load_features, read_features
from zsl.exceptions import InvalidInputError, SemanticsError

RNG = np.random.default_rng(0)
CENTRES = RNG.normal(size=(5, 6))
TABLE = CENTRES @ RNG.normal(size=(6, 3))


def write(folder, names, header="class,a,b,c\n", ending="txt"):
    """Class table, and features and labels of all classes but the last."""
    rows = [",".join([name, *map(str, row)]) for name, row in zip(names, TABLE.tolist(), strict=True)]
    (folder / "table.csv").write_text(header + "\n".join(rows) + "\n")
    codes = np.repeat(np.arange(4), 6)
    np.save(folder / "X.npy", CENTRES[codes] + 0.1 * RNG.normal(size=(24, 6)))
    labels = [names[code] for code in codes]
    if ending == "txt":
        (folder / "y.txt").write_text("\n".join(labels))
    elif ending == "csv":
        (folder / "y.csv").write_text("\n".join(["label", *labels]))
    return labels


def fit(folder, capsys, *more, ending="txt"):
    options = ("--semantics", folder / "table.csv", "-o", folder / "m", "--method", "ESZSLClassifier")
    return run(["fit", folder / "X.npy", folder / f"y.{ending}", *options, *more], capsys)


@pytest.mark.parametrize("ending", ["txt", "csv"])
@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (["001", "01", "1", "10", "2"], "U"),
        (["3", "1", "-2", "10", "0"], "i"),
        (["-0", "0", "1", "2", "3"], "U"),
        ([str(2**64 - 1 - place) for place in range(5)], "u"),
        ([str(10**25 + place) for place in range(5)], "U"),
        (["NA", "nan", "None", "1", "null"], "U"),
    ],
)
def test_a_label_file_and_a_class_table_are_read_alike(tmp_path, capsys, names, kind, ending):
    labels = write(tmp_path, names, ending=ending)
    code, out, err = fit(tmp_path, capsys, ending=ending)
    assert code == 0, err
    known = load(tmp_path / "m").classes_
    assert known.dtype.kind == kind
    assert sorted(map(str, known.tolist())) == sorted(names)  # none merged, none lost
    assert "of 4 seen classes" in out
    _, y = read_features(tmp_path / "X.npy", tmp_path / f"y.{ending}")
    assert [str(label) for label in y.tolist()] == labels


def test_a_file_of_labels_of_another_kind_than_the_table(tmp_path, capsys):
    write(tmp_path, ["1", "2", "3", "4", "five"])
    code, _, err = fit(tmp_path, capsys)
    assert code == 2
    assert "X.npy has numbers such as 1 and semantics describes strings such as '1'; wanted the same names" in err


def test_a_class_table_without_a_header(tmp_path, capsys):
    write(tmp_path, ["ant", "bee", "cat", "dog", "emu"], header="")
    code, _, err = fit(tmp_path, capsys)
    assert code == 2
    assert err.count("\n") == 1
    assert "table.csv starts with 'ant', " in err
    assert "--no-header reads the first line as a class" in err
    assert not (tmp_path / "m").exists()
    code, _, err = fit(tmp_path, capsys, "--no-header")
    assert code == 0, err
    assert load(tmp_path / "m").classes_.tolist() == ["ant", "bee", "cat", "dog", "emu"]
    with pytest.raises(SemanticsError, match="starts with 'ant'"):
        load_features(np.eye(2), ["ant", "bee"], semantics=tmp_path / "table.csv", unseen=["bee"])


def test_texts_without_a_header(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("zsl.semantics._texts.encode_texts", lambda texts, *_, **__: np.eye(len(texts)))
    names = ["ant", "bee", "cat", "dog", "emu"]
    write(tmp_path, names)
    (tmp_path / "table.csv").write_text("".join(f"{name},a photo of one {name}\n" for name in names))
    code, _, err = fit(tmp_path, capsys, "--texts")
    assert code == 2
    assert "starts with 'ant', 'a photo of one ant', which look like a class and its sentence" in err
    code, _, err = fit(tmp_path, capsys, "--texts", "--no-header")
    assert code == 0, err
    assert load(tmp_path / "m").classes_.tolist() == names
    (tmp_path / "new.csv").write_text("fly,a photo of one fly\n")
    monkeypatch.setattr("zsl.semantics._texts.encode_texts", lambda texts, *_, **__: np.ones((len(texts), 5)))
    add = ("predict", tmp_path / "m", tmp_path / "X.npy", "--add-semantics", tmp_path / "new.csv", "--texts")
    assert run([*add], capsys)[0] == 2
    code, out, err = run([*add, "--no-header", "--classes", "fly"], capsys)
    assert code == 0, err
    assert [line.split(",")[1] for line in out.splitlines()[1:]] == ["fly"] * 24


@pytest.mark.parametrize(
    ("labels", "complaint"),
    [
        (np.array([b"ant", b"bee"] * 12), "holds labels of type |S3, such as b'ant'"),
        (np.array([0.5, 1.0] * 12), "holds 0.5 at position 0"),
        (np.array([1.0, np.nan] * 12), "has no label at position 1; 12 missing in all"),
        (np.array(["2020-01-01"] * 24, dtype="M8[D]"), "holds labels of type datetime64[D]"),
        (np.ones(24, dtype=complex), "holds labels of type complex128"),
    ],
)
def test_arrays_that_are_no_labels_are_refused_in_a_line(tmp_path, capsys, labels, complaint):
    write(tmp_path, ["ant", "bee", "cat", "dog", "emu"])
    np.save(tmp_path / "y.npy", labels)
    code, _, err = fit(tmp_path, capsys, ending="npy")
    assert code == 2
    assert complaint in err
    assert err.count("\n") == 1


def test_labels_without_a_header(tmp_path):
    np.save(tmp_path / "X.npy", np.eye(3))
    (tmp_path / "y.csv").write_text("ant\nbee\nant\nbee\n")
    with pytest.raises(InvalidInputError, match=r"y.csv starts with 'ant', which stands below again"):
        read_features(tmp_path / "X.npy", tmp_path / "y.csv")
    pd.Series([0, 1, 0]).to_csv(tmp_path / "y.csv", index=False)  # whose header is 0
    assert read_features(tmp_path / "X.npy", tmp_path / "y.csv")[1].tolist() == [0, 1, 0]


def test_named_classes_are_of_the_kind_of_the_known_ones():
    assert as_known("7, -8", np.array([1, 2])) == [7, -8]
    assert as_known("001, 1", np.array(["1", "001"])) == ["001", "1"]
    assert as_known(str(2**64 - 1), np.array([2**64 - 1], dtype=np.uint64)) == [2**64 - 1]
    for names in ("01", "-0", "1, 1.0", "ant", "9" * 5000):
        with pytest.raises(InvalidInputError, match="aren't integers, but those of the data are"):
            as_known(names, np.array([1, 2]))


def test_a_table_of_integers_takes_every_type_of_them(tmp_path):
    write(tmp_path, ["0", "1", "2", "3", "4"])
    X, y = read_features(tmp_path / "X.npy", tmp_path / "y.txt")
    table = load_features(X, y, semantics=tmp_path / "table.csv", unseen=[3]).semantics
    plain = ESZSLClassifier(semantics=table).fit(X, y)
    for labels in (pd.Series(y, dtype="Int64"), pd.Series(y, dtype="uint8[pyarrow]"), y.astype(float), y.tolist()):
        assert ESZSLClassifier(semantics=table).fit(X, labels).predict(X).tolist() == plain.predict(X).tolist()
