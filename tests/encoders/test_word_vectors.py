"""Word vectors from text and Parquet files: whole entries, means of words, and what isn't there."""

import gzip
import time

import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from zsl import InvalidInputError, Semantics, WordVectors

ENTRIES = {"bear": [1, 0, 0], "polar": [0, 1, 0], "pickup_truck": [0, 0, 4], "truck": [0, 0, 2], "ice-cream": [5, 5, 5]}


def write(folder, kind):
    if kind == "parquet":
        path = folder / "vectors.parquet"
        pd.DataFrame([[word, *numbers] for word, numbers in ENTRIES.items()], columns=list("wxyz")).to_parquet(path)
        return path
    path = folder / "vectors.txt"
    lines = [" ".join([word, *map(str, numbers)]) for word, numbers in ENTRIES.items()]
    head = [f"{len(ENTRIES)} 3"] if kind == "word2vec" else []
    path.write_text("\n".join([*head, *lines, "a word with blanks 1 2 3"]) + "\n", encoding="utf-8")
    return path


@pytest.fixture(params=["glove", "word2vec", "parquet"])
def path(request, tmp_path):
    return write(tmp_path, request.param)


def test_a_text_is_its_entry_or_the_mean_of_its_words(path):
    found = WordVectors(path).encode(
        ["Bear", "polar bear", "pickup truck", "pickup_truck", "ice cream", "bear, truck!"]
    )
    assert_array_equal(found, [[1, 0, 0], [0.5, 0.5, 0], [0, 0, 4], [0, 0, 4], [5, 5, 5], [0.5, 0, 1]])


def test_words_that_are_missing_are_named_or_left_out(path):
    with pytest.raises(InvalidInputError, match=r"has no vector of \['brown'\] in the text 'brown bear'"):
        WordVectors(path).encode(["brown bear"])
    skipping = WordVectors(path, on_missing="skip")
    assert_array_equal(skipping.encode(["brown bear"]), [[1, 0, 0]])
    with pytest.raises(InvalidInputError, match=r"\['brown', 'owl'\]"):
        skipping.encode(["brown owl"])


def test_capitals_stay_if_wanted(path):
    with pytest.raises(InvalidInputError, match="no vector of"):
        WordVectors(path, lower=False).encode(["Bear"])


def test_a_number_may_be_a_word(tmp_path):
    (tmp_path / "v.txt").write_text("2 3\nbear 1 2 3\n2 4 5 6\n")
    assert_array_equal(WordVectors(tmp_path / "v.txt").encode(["2"]), [[4, 5, 6]])


GLOVE = "on .1 .2\non name@domain.com .5 .5\nat 3 .5 .5\n. . . .7 .7\nä .3 .4\n2007 8 9\npolar bear 6 6\n"


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("sep", [" ", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
def test_the_last_fields_are_the_numbers(tmp_path, encoding, sep, packed):
    """Entries may hold blanks; "on name@domain.com" used to break or change what "on" was."""
    content = GLOVE.encode(encoding).replace(b" .", sep.encode() + b".")
    path = tmp_path / "v.txt"
    path.write_bytes(gzip.compress(content) if packed else content)
    found = WordVectors(path).encode(["on", "ä", "2007", "Polar Bear", "on"])
    assert_array_equal(found, [[0.1, 0.2], [0.3, 0.4], [8, 9], [6, 6], [0.1, 0.2]])
    with pytest.raises(InvalidInputError, match=r"no vector of \['at'\]"):  # the file has "at 3" only
        WordVectors(path).encode(["at"])


@pytest.mark.parametrize(("content", "told"), [("on 1".encode("utf-16"), "UTF-16"), (b"PK\3\4...", "a ZIP archive")])
def test_other_files_are_told(tmp_path, content, told):
    (tmp_path / "v.txt").write_bytes(content)
    with pytest.raises(InvalidInputError, match=rf"v\.txt can't be read as words and their numbers: it is .*{told}"):
        WordVectors(tmp_path / "v.txt").encode(["on"])


def test_the_time_is_linear_in_the_length_of_a_field(tmp_path):
    """Digits that end in no number took the square of their length."""
    (tmp_path / "v.txt").write_text(f"on 1 {'9' * 100_000}x\nbee 1 2\n")
    start = time.process_time()
    with pytest.raises(InvalidInputError, match="line 1: could not convert"):
        WordVectors(tmp_path / "v.txt").encode(["on"])
    assert time.process_time() - start < 2


def test_a_bomb_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "v.txt"
    path.write_bytes(gzip.compress(b"on 1 2\n" * 200_000))
    monkeypatch.setattr("zsl._files.opening.ALWAYS_ALLOWED", 1 << 20)
    with pytest.raises(InvalidInputError, match="at most 1 MiB or 200 times its packed size"):
        WordVectors(path).encode(["on"])
    monkeypatch.setenv("ZSL_MAX_UNPACK_RATIO", "2000")
    assert_array_equal(WordVectors(path).encode(["on"]), [[1, 2]])


def test_they_describe_classes(path):
    table = Semantics.from_texts({"a": "polar bear", "b": ["truck", "bear"]}, encoder=WordVectors(path))
    assert table.vectors.shape == (2, 3)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("bear 1 2\ntruck 1\n", "line 2 has 1 numbers, others 2"),
        ("bear 1 x\ntruck 1 2\n", "line 1: could not convert"),
        ("bear one\n", "none of its first lines is a word and its numbers"),
        ("", "none of its first lines"),
        ("bear " + "1 " * 600_000, "a line of more than 1,048,576 bytes"),
        ("bear 1 nan\ntruck 1 2\n", "isn't finite in the vector of 'bear'"),
    ],
)
def test_spoiled_files_are_told(tmp_path, content, message):
    (tmp_path / "v.txt").write_text(content)
    with pytest.raises(InvalidInputError, match=message):
        WordVectors(tmp_path / "v.txt").encode(["bear", "truck"])


def test_files_that_are_not_there_are_told(tmp_path):
    for name in ("v.txt", "v.parquet"):
        with pytest.raises(InvalidInputError, match=rf"{name} is not a file"):
            WordVectors(tmp_path / name).encode(["bear"])
    (tmp_path / "v.parquet").write_text("no parquet")
    with pytest.raises(InvalidInputError, match="can't be read as words"):
        WordVectors(tmp_path / "v.parquet").encode(["bear"])
    with pytest.raises(InvalidInputError, match="on_missing='drop'"):
        WordVectors("v.txt", on_missing="drop")
