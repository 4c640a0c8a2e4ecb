"""Shards: what is written comes back by every kind of index, in pieces, and files that changed are noticed."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zsl.datasets import ShardedFeatures, load_features, open_shards, read_features, write_shards
from zsl.exceptions import InvalidInputError

X = np.arange(21, dtype=np.float32).reshape(7, 3)
Y = ["ant", "ant", "bee", "bee", "bee", "cat", "cat"]
SIZES = [2, 4, 1]


def blocks(features=X, sizes=SIZES):
    return iter(np.split(features, np.cumsum(sizes)[:-1]))


@pytest.fixture
def folder(tmp_path):
    return write_shards(tmp_path / "deep" / "shards", blocks(), Y)


def change(folder, **content):
    path = folder / "shards.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **content}))


def test_what_is_written(folder):
    assert sorted(path.name for path in folder.iterdir()) == [
        "X_000.npy",
        "X_001.npy",
        "X_002.npy",
        "shards.json",
        "y.npy",
    ]
    listed = json.loads((folder / "shards.json").read_text())
    assert (listed["rows"], listed["width"], np.dtype(listed["dtype"])) == (7, 3, np.float32)
    assert [entry["rows"] for entry in listed["files"]] == SIZES


def test_what_comes_back(folder):
    features = open_shards(str(folder), verify=True)
    assert isinstance(features, ShardedFeatures)
    assert (features.shape, features.ndim, features.dtype, len(features)) == ((7, 3), 2, np.float32, 7)
    assert features.labels.tolist() == Y
    np.testing.assert_array_equal(np.asarray(features), X)
    assert np.asarray(features, dtype=np.float64).dtype == np.float64
    np.testing.assert_array_equal(list(features), X)
    assert repr(features) == f"ShardedFeatures({str(folder)!r}: 3 files, shape (7, 3), float32)"
    with pytest.raises(ValueError, match="without a copy"):
        np.asarray(features, copy=False)


rows = st.integers(-7, 6)
ends = st.none() | st.integers(-9, 9)
indices = st.one_of(
    rows,
    rows.map(np.int64),
    st.builds(slice, ends, ends, st.none() | st.integers(-3, 3).filter(bool)),
    st.lists(rows),
    st.lists(rows).map(lambda found: np.array(found, dtype=np.int16)),
    st.lists(st.booleans(), min_size=7, max_size=7),
    st.lists(st.booleans(), min_size=7, max_size=7).map(np.array),
)


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    return open_shards(write_shards(tmp_path_factory.mktemp("shards"), blocks()))


@given(index=indices)
@settings(max_examples=200, deadline=None)
def test_indexing_is_that_of_numpy(opened, index):
    wanted = X[np.asarray(index, dtype=np.intp) if isinstance(index, list) and not index else index]
    found = opened[index]
    assert type(found) is np.ndarray
    assert found.flags.writeable
    assert found.dtype == X.dtype
    np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize(
    ("index", "message"),
    [
        (7, "index 7; there are 7 rows"),
        ([0, -8], "index -8; there are 7 rows"),
        ([True, False], "wanted an integer, a slice, a list of integers or a mask of 7 rows"),
        (True, "a mask of 7 rows"),
        (1.0, "index 1.0; wanted"),
        ((0, 1), r"index \(0, 1\); wanted"),
        ([[0], [1]], "index .*; wanted"),
        (None, "index None; wanted"),
        ("a", "index 'a'; wanted"),
    ],
)
def test_other_indices_are_named(opened, index, message):
    with pytest.raises(IndexError, match=message):
        opened[index]


def test_only_blocks_that_hold_the_rows_are_read(folder):
    class Refusing:
        def __getitem__(self, _):
            raise AssertionError("read")

    features = open_shards(folder)
    features._files = [features._files[0], Refusing(), features._files[2]]
    np.testing.assert_array_equal(features[[0, 6]], X[[0, 6]])
    with pytest.raises(AssertionError):
        features[2]


def test_blocks_are_written_one_by_one(tmp_path):
    def stream():
        for number in range(3):
            if number:
                assert (tmp_path / f"X_{number - 1:03d}.npy").is_file()
            yield np.full((2, 2), number)

    write_shards(tmp_path, stream())
    np.testing.assert_array_equal(open_shards(tmp_path)[::2], [[0, 0], [1, 1], [2, 2]])


def test_without_labels(tmp_path):
    features = open_shards(write_shards(tmp_path, [X]))
    assert features.labels is None
    features.verify()


@pytest.mark.parametrize("y", [np.arange(7), pd.Series(Y), np.array(Y, dtype=object)])
def test_forms_of_labels(tmp_path, y):
    assert open_shards(write_shards(tmp_path, [X], y)).labels.tolist() == list(y)


@pytest.mark.parametrize(
    ("given_blocks", "y", "message"),
    [
        ([], None, "blocks is empty"),
        ([X, X[0]], None, r"block 1 has shape \(3,\) and dtype float32"),
        ([X, X[:0]], None, r"block 1 has shape \(0, 3\)"),
        ([[["a"]]], None, "block 0 has shape .* dtype <U1; wanted real numbers"),
        ([X, X[:, :2]], None, "block 1 has 2 features of float32, block 0 3 of float32; wanted one width and type"),
        ([X, X.astype(np.float64)], None, "block 1 has 3 features of float64"),
        ([X], Y[:5], "y has 5 labels, blocks 7 rows"),
        ([X], np.ones(7), "y has dtype float64; wanted integers or strings"),
        ([X], [*Y[:6], None], "y has no label at position 6"),
    ],
)
def test_what_cannot_be_written_is_named(tmp_path, given_blocks, y, message):
    with pytest.raises(InvalidInputError, match=message):
        write_shards(tmp_path, given_blocks, y)
    with pytest.raises(InvalidInputError, match=r"has no shards\.json; wanted a folder that write_shards finished"):
        open_shards(tmp_path)


def test_nothing_is_overwritten(folder, tmp_path):
    (tmp_path / "file").touch()
    for path in (folder, tmp_path / "file"):
        with pytest.raises(InvalidInputError, match="is a file or holds shards already"):
            write_shards(path, [X])


def test_changed_files_are_found_by_their_sums(folder):
    for name in ("X_001.npy", "y.npy"):
        content = bytearray((folder / name).read_bytes())
        content[-4] ^= 1
        (folder / name).write_bytes(content)
    features = open_shards(folder)
    with pytest.raises(InvalidInputError, match=r"aren't as they were written: X_001\.npy, y\.npy\.$"):
        features.verify()
    (folder / "X_000.npy").unlink()
    with pytest.raises(InvalidInputError, match=r"X_000\.npy \(missing\), X_001\.npy, y\.npy"):
        open_shards(folder, verify=True)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (np.zeros((4, 2), np.float32), r"X_001\.npy has shape \(4, 2\) and dtype float32; shards\.json lists \(4, 3\)"),
        (np.zeros((4, 3)), r"dtype float64; shards\.json lists .* float32"),
        (np.array([[{}] * 3] * 4, dtype=object), r"X_001\.npy can't be read as an array of numbers"),
        (b"", r"X_001\.npy can't be read as an array of numbers"),
        (None, r"X_001\.npy can't be read as an array of numbers"),
    ],
)
def test_files_that_are_not_as_listed_are_named(folder, content, message):
    path = folder / "X_001.npy"
    if isinstance(content, np.ndarray):
        np.save(path, content)
    else:
        path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(InvalidInputError, match=message):
        open_shards(folder)


def test_labels_that_are_not_as_listed_are_named(folder):
    np.save(folder / "y.npy", np.array(Y[:5]))
    with pytest.raises(InvalidInputError, match=r"y\.npy has 5 labels; shards\.json lists 7 rows"):
        open_shards(folder)


ENTRY = {"file": "X_000.npy", "rows": 7, "sha256": ""}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"format": "other"}, "isn't a list of shards of version 1"),
        ({"version": 2}, "isn't a list of shards of version 1"),
        ({"files": []}, "is corrupt"),
        ({"files": {}}, "is corrupt"),
        ({"files": [{**ENTRY, "file": "../X_000.npy"}]}, "is corrupt"),
        ({"files": [{**ENTRY, "file": "/X_000.npy"}]}, "is corrupt"),
        ({"files": [{**ENTRY, "rows": "7"}]}, "is corrupt"),
        ({"files": [ENTRY["file"]]}, "is corrupt"),
        ({"files": [ENTRY], "rows": 8}, "is corrupt"),
        ({"labels": {**ENTRY, "file": "z.npy"}}, "is corrupt"),
        ({"labels": "y.npy"}, "is corrupt"),
        ({"dtype": "object"}, "is corrupt"),
        ({"dtype": "no type"}, "is corrupt"),
        ({"width": -3}, "is corrupt"),
    ],
)
def test_a_corrupt_list_is_named(folder, content, message):
    change(folder, **content)
    with pytest.raises(InvalidInputError, match=rf"shards\.json {message}"):
        open_shards(folder)


@pytest.mark.parametrize("text", ["", "[]", "{", "[" * 100_000])
def test_a_list_that_is_no_json_object_is_named(folder, text):
    (folder / "shards.json").write_text(text)
    with pytest.raises(InvalidInputError, match=r"shards\.json (can't be read as JSON|isn't a list of shards)"):
        open_shards(folder)


def test_readers_take_a_folder_of_shards(folder, tmp_path):
    features, labels = read_features(folder)
    assert type(features) is np.ndarray
    np.testing.assert_array_equal(features, X)
    assert features.dtype == np.float32
    assert labels.tolist() == Y
    table = {"ant": [1.0, 0.0], "bee": [0.0, 1.0], "cat": [1.0, 1.0]}
    for given_features in (folder, str(folder), open_shards(folder)):
        split = load_features(given_features, semantics=table, unseen=["bee"])
        np.testing.assert_array_equal(split.X_test_unseen, X[2:5])
    bare = write_shards(tmp_path / "bare", [X])
    assert read_features(bare)[1] is None
    np.testing.assert_array_equal(
        load_features(open_shards(bare), Y, semantics=table, unseen=["bee"]).X_test_unseen, X[2:5]
    )
    for path, column in ((bare, "label"), (folder, "kind")):
        with pytest.raises(InvalidInputError, match=rf"{re.escape(str(path))} has no column '{column}'"):
            load_features(path, column, semantics=table, unseen=["bee"])


def test_a_folder_without_shards_is_named(tmp_path):
    with pytest.raises(InvalidInputError, match=r"has no shards\.json"):
        read_features(Path(tmp_path))
