"""MATLAB files: both versions give the same arrays, and spoiled ones are named."""

import sys

import numpy as np
import pytest
from mat_files import cell, write_5, write_73
from scipy.io import savemat
from scipy.sparse import eye_array

from zsl.datasets.gbu._mat import read_mat
from zsl.exceptions import InvalidInputError, MissingExtraError

NUMBERS = np.arange(6, dtype=np.float32).reshape(2, 3)
WORDS = ["polar+bear", "Bär", "", "𝛼 ray"]


WRITERS = pytest.mark.parametrize("write", [write_5, write_73])


@WRITERS
def test_both_versions_give_the_same(tmp_path, write):
    path = write(tmp_path / "a.mat", numbers=NUMBERS, words=WORDS, word=" one word ", other=NUMBERS)
    found = read_mat(path, ["numbers", "words", "word", "absent"])
    assert set(found) == {"__header__", "numbers", "words", "word"}
    np.testing.assert_array_equal(found["numbers"], NUMBERS)
    assert found["numbers"].dtype == np.float32
    assert found["words"] == WORDS
    assert found["word"] == ["one word"]
    assert found["__header__"].startswith("MATLAB ")


def test_rows_of_characters_are_strings(tmp_path):
    path = tmp_path / "a.mat"
    savemat(path, {"words": np.array(["ant ", "lion"])})
    assert read_mat(path, ["words"])["words"] == ["ant", "lion"]


def test_rows_of_characters_in_hdf5(tmp_path):
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "a.mat", "w") as file:
        rows = np.array([[ord(letter) for letter in word] for word in ("ant ", "lion")], dtype=np.uint16)
        file.create_dataset("words", data=rows.T).attrs["MATLAB_class"] = np.bytes_("char")
    assert read_mat(tmp_path / "a.mat", ["words"]) == {"__header__": "", "words": ["ant", "lion"]}


def test_an_empty_string_in_hdf5(tmp_path):
    assert read_mat(write_73(tmp_path / "a.mat", word=""), ["word"])["word"] == []


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (eye_array(3).tocsc(), "is sparse"),
        (np.array([[1j]]), "neither real numbers nor strings"),
        ({"field": 1.0}, "neither real numbers nor strings"),
        (cell([np.ones((1, 2))]), "a cell that isn't one string"),
        (cell([np.array(["ant ", "lion"])]), "a cell that isn't one string"),
    ],
)
def test_what_is_neither_numbers_nor_strings_is_refused(tmp_path, value, message):
    path = tmp_path / "a.mat"
    savemat(path, {"thing": value})
    with pytest.raises(InvalidInputError, match=rf"a\.mat can't be read as a MATLAB file: thing.*{message}"):
        read_mat(path, ["thing"])


def test_what_is_neither_in_hdf5_is_refused(tmp_path):
    h5py = pytest.importorskip("h5py")
    path = tmp_path / "a.mat"
    with h5py.File(path, "w") as file:
        file.create_group("struct")
        file.create_dataset("bytes", data=np.bytes_("ant"))
        numbers = file.create_dataset("numbers", data=NUMBERS)
        file.create_dataset("cells", data=np.array([[numbers.ref]], dtype=h5py.ref_dtype))
        file.create_dataset("text", data=NUMBERS).attrs["MATLAB_class"] = np.bytes_("char")
    for name, message in (
        ("struct", "neither real numbers nor strings"),
        ("bytes", "neither real numbers nor strings"),
        ("cells", "a cell that isn't one string"),
        ("text", "isn't a matrix of characters"),
    ):
        with pytest.raises(InvalidInputError, match=f"{name}.*{message}"):
            read_mat(path, [name])


@WRITERS
@pytest.mark.parametrize("share", [0.0, 0.05, 0.3, 0.6, 0.9])
def test_a_cut_off_file_is_named(tmp_path, write, share):
    path = write(tmp_path / "a.mat", numbers=np.random.default_rng(0).random((40, 40)), words=WORDS)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(InvalidInputError, match=r"a\.mat can't be read as a MATLAB file"):
        read_mat(path, ["numbers", "words"])


def test_version_73_without_h5py_says_what_to_install(tmp_path, monkeypatch):
    path = write_73(tmp_path / "a.mat", numbers=NUMBERS)
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(MissingExtraError, match=r"a MATLAB 7\.3 file, needs h5py: pip install 'zslearn\[matlab\]'"):
        read_mat(path, ["numbers"])
