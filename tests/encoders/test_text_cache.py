"""The cache of texts: whatever happens to its file, the vectors are right."""

import inspect
import os
import sqlite3
import subprocess
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from zsl import InvalidInputError, TextEncoder
from zsl.encoders import text
from zsl.encoders._text_cache import TextCache

TEXTS = [f"a{'b' * number} c" for number in range(12)]


class Letters:
    """Counts letters, and remembers what it was asked."""

    def __init__(self, letters="abc"):
        self.letters, self.asked = letters, []

    def encode(self, sentences, **_):
        self.asked += sentences
        return np.array([[sentence.count(letter) for letter in self.letters] for sentence in sentences], dtype=float)


@pytest.fixture
def named(monkeypatch):
    model = Letters()
    monkeypatch.setattr(text, "_load", lambda name, offline: model)
    return model


@pytest.fixture
def encode(named, tmp_path):
    return lambda texts=TEXTS: TextEncoder("some-model", cache=tmp_path, verbose=False).encode(texts)


@pytest.fixture
def database(encode, tmp_path):
    encode()
    (found,) = tmp_path.glob("*.sqlite")
    return found


def change(database, statement):
    with sqlite3.connect(database) as opened:
        opened.execute(statement)
    opened.close()


def test_bit_flips_and_truncations_change_no_vector(encode, database, named):
    """150 bit flips and 50 truncations: the same vectors, or the database is set aside and the same vectors."""
    wanted, whole, rng = encode(), database.read_bytes(), np.random.default_rng(0)
    misses = set_aside = 0
    for trial in range(200):
        spoiled = bytearray(whole)
        if trial < 150:
            spoiled[rng.integers(len(whole))] ^= 1 << rng.integers(8)
        else:
            spoiled = spoiled[: rng.integers(len(whole))]
        database.write_bytes(spoiled)
        named.asked.clear()
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            assert_array_equal(encode(), wanted)
            assert_array_equal(encode(), wanted)
        misses += bool(named.asked)
        set_aside += bool(caught)
        assert all("can't be read" in str(warning.message) for warning in caught)
    assert misses > 50
    assert set_aside > 25


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE vectors_2 SET numbers = zeroblob(24)",
        "UPDATE vectors_2 SET numbers = zeroblob(16), width = 2",
        "UPDATE vectors_2 SET numbers = zeroblob(25)",
        "UPDATE vectors_2 SET numbers = 'text'",
        "UPDATE vectors_2 SET width = 4",
        "UPDATE vectors_2 SET width = 'three'",
        "UPDATE vectors_2 SET digest = zeroblob(32)",
        "UPDATE vectors_2 SET digest = (SELECT max(digest) FROM vectors_2)",
        "UPDATE vectors_2 SET numbers = (SELECT max(numbers) FROM vectors_2)",
        "DELETE FROM vectors_2",
    ],
)
def test_a_row_that_does_not_fit_its_digest_is_a_miss(encode, database, named, statement):
    wanted = encode()
    change(database, statement)
    named.asked.clear()
    assert_array_equal(encode(), wanted)
    assert len(named.asked) >= len(TEXTS) - 1
    named.asked.clear()
    assert_array_equal(encode(), wanted)
    assert named.asked == []


def test_rows_of_another_model_or_text_are_not_believed(encode, database, named, tmp_path):
    """Digests know the model and the text."""
    rows = sqlite3.connect(database).execute("SELECT * FROM vectors_2").fetchall()
    other = TextCache(tmp_path, "another-model")
    other.put(["zzz"], np.zeros((1, 3)))
    with sqlite3.connect(other.path) as opened:
        opened.executemany("INSERT INTO vectors_2 VALUES (?, ?, ?, ?)", rows)
    opened.close()
    assert other.get(TEXTS) == {}
    change(database, f"UPDATE vectors_2 SET key = 'x' WHERE key = '{rows[0][0]}'")
    change(database, f"UPDATE vectors_2 SET key = '{rows[0][0]}' WHERE key = '{rows[1][0]}'")
    wanted = TextEncoder(Letters()).encode(TEXTS)
    assert_array_equal(encode(), wanted)


def test_a_model_that_has_another_width_now(encode, database, named):
    """Under the same hub name: stored vectors of the old width don't meet new ones."""
    named.letters = "abcd"
    found = encode([*TEXTS, "dada"])
    assert_array_equal(found, TextEncoder(Letters("abcd")).encode([*TEXTS, "dada"]))


@pytest.mark.parametrize("content", [b"", b"no database at all" * 100, b"SQLite format 3\0" + b"\xff" * 4000])
def test_a_broken_database_is_set_aside(encode, database, named, content, tmp_path):
    wanted = encode()
    database.write_bytes(content)
    database.with_name(f"{database.name}-journal").write_bytes(b"of the old one")
    if content:
        with pytest.warns(UserWarning, match=r"can't be read \(.*\); it is now .*\.broken-"):
            assert_array_equal(encode(), wanted)
        (aside,) = [path for path in tmp_path.glob("*.broken-*") if not path.name.endswith("-journal")]
        assert aside.read_bytes() == content
    named.asked.clear()
    encode()
    named.asked.clear()
    assert_array_equal(encode(), wanted)
    assert named.asked == []


def test_another_table_by_the_same_name(encode, database, named):
    wanted = encode()
    change(database, "DROP TABLE vectors_2")
    change(database, "CREATE TABLE vectors_2 (other TEXT)")
    with pytest.warns(UserWarning, match="no such column"):
        assert_array_equal(encode(), wanted)


def test_a_cache_of_before_is_left_and_filled_anew(encode, named, tmp_path):
    path = TextCache(tmp_path, "some-model").path
    change(path, "CREATE TABLE vectors (text TEXT PRIMARY KEY, vector BLOB NOT NULL)")
    change(path, "INSERT INTO vectors VALUES ('a', zeroblob(24))")
    assert_array_equal(encode(["a"]), [[1, 0, 0]])


def test_texts_that_utf8_cannot_write(encode, named):
    assert_array_equal(encode(["a\ud800", "b\0"]), [[1, 0, 0], [0, 1, 0]])
    named.asked.clear()
    encode(["a\ud800", "b\0"])
    assert named.asked == []


def test_a_locked_or_full_database_is_an_error_and_stays(encode, database, monkeypatch):
    before = database.read_bytes()

    class Locked(sqlite3.OperationalError):
        sqlite_errorcode = sqlite3.SQLITE_BUSY

    def refuse(*_, **__):
        raise Locked("database is locked")

    monkeypatch.setattr("zsl.encoders._text_cache.sqlite3.connect", refuse)
    with pytest.raises(InvalidInputError, match="can't be used: database is locked"):
        encode()
    assert database.read_bytes() == before


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes with names")
def test_a_pipe_in_place_of_the_database(encode, named, tmp_path):
    os.mkfifo(TextCache(tmp_path, "some-model").path)
    with pytest.raises(InvalidInputError, match="no regular file"):
        encode()


def share(folder, name="m"):
    """Look texts up and store them, block by block, as several processes or threads do at once."""
    for start in range(0, 300, 7):
        block = [f"a{'b' * (number % 40)} c{number}" for number in range(start, min(start + 7, 300))]
        wanted = np.array([[float(text.count(letter)) for letter in "abc"] for text in block])
        found = TextCache(folder, name).get(block)
        assert all(np.array_equal(found[text], row) for text, row in zip(block, wanted, strict=True) if text in found)
        TextCache(folder, name).put(block, wanted)


def test_processes_and_threads_share_a_cache_even_a_broken_one(tmp_path):
    TextCache(tmp_path, "m").path.write_bytes(b"broken" * 500)
    program = (
        "import sys, warnings, numpy as np\nfrom zsl.encoders._text_cache import TextCache\n"
        f"{inspect.getsource(share)}\nwarnings.simplefilter('ignore')\nshare(sys.argv[1])\n"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(share, [tmp_path] * 4)) == [None] * 4
    errors = [process.communicate(timeout=120)[1] for process in running]
    assert [process.returncode for process in running] == [0, 0], errors
    assert len(TextCache(tmp_path, "m").get([f"a{'b' * (number % 40)} c{number}" for number in range(300)])) == 300
