"""Damaged and hostile files: each way in which readers once failed is one error of the package that names the file."""

import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from mat_files import write_5

from zsl import InvalidInputError, WordVectors
from zsl._files import opening
from zsl.cli import main
from zsl.datasets import open_shards, read_features, write_shards
from zsl.datasets.few_shot._cifar_files import read_binary
from zsl.datasets.gbu._mat import read_mat
from zsl.semantics import Semantics

X = np.arange(6, dtype=np.float32).reshape(2, 3)


def header(text, data=b"\0" * 24, version=b"\1\0"):
    """A ``.npy`` file with that text as its header."""
    return b"\x93NUMPY" + version + len(text).to_bytes(2, "little") + text.encode("latin-1") + data


def npy(descr="'<f4'", order="False", shape="(2, 3)"):
    return header(f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}\n")


HEADERS = {
    "a tokenize.TokenError of numpy": (header("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3L"), "a dict"),
    "800 GB claimed": (npy(shape="(100000000000, 2)"), r"takes 800000000000 bytes, 24 are there"),
    "more than any memory": (npy(shape="(10000000000, 10000000000)"), "none that fits into memory"),
    "nothing, endlessly often": (npy("'<U0'", shape="(1000000000000,)"), "have no length"),
    "a shape that is nested": (header("(" * 5000), "a dict"),
    "a shape of truth": (npy(shape="(True, 3)"), "shape isn't a tuple"),
    "a negative shape": (npy(shape="(-1, 3)"), "shape isn't a tuple"),
    "an order that is none": (npy(order="2"), "order isn't"),
    "a structure": (npy("[('a', '<f4')]"), "wanted plain numbers or text"),
    "many numbers in one": (npy("'(100000,)f4'"), "wanted plain numbers or text"),
    "objects": (npy("'|O'"), "Object arrays could run code"),
    "another key": (header("{'descr': '<f4', 'fortran_order': False}"), "other keys"),
    "a longer header": (b"\x93NUMPY\2\0" + (2**31).to_bytes(4, "little"), "2147483648 characters"),
    "a header that ends early": (b"\x93NUMPY\1\0\xff\0{", "ends within its header"),
    "version 9": (header("{}", version=b"\x09\0"), "doesn't begin like an array file"),
    "data that end early": (npy()[:-1], "takes 24 bytes, 23 are there"),
    "truth of other values": (npy("'|b1'", shape="(24,)")[:-1] + b"\2", "truth values other than 0 and 1"),
}


@pytest.mark.parametrize("what", list(HEADERS))
def test_npy(tmp_path, what):
    content, message = HEADERS[what]
    (tmp_path / "a.npy").write_bytes(content)
    with pytest.raises(InvalidInputError, match=rf"a\.npy can't be read as an array of numbers or text: .*{message}"):
        read_features(tmp_path / "a.npy")
    np.save(tmp_path / "X.npy", X)
    with pytest.raises(InvalidInputError, match=rf"a\.npy can't be read as .*{message}"):
        read_features(tmp_path / "X.npy", tmp_path / "a.npy")
    folder = write_shards(tmp_path / "shards", [X])
    (folder / "X_000.npy").write_bytes(content)
    with pytest.raises(InvalidInputError, match=r"X_000\.npy (can't be read as an array of numbers|has shape)"):
        open_shards(folder)


@pytest.mark.parametrize("code", [0x110000, 0xFFFFFFFF, 0xD800])
def test_code_points_that_are_none(tmp_path, code):
    """A SystemError of Python, wherever the label was first looked at."""
    labels = np.array(["ab", "cd"])
    labels.view(np.uint32)[1] = code
    np.save(tmp_path / "y.npy", labels)
    np.save(tmp_path / "X.npy", X)
    np.savez(tmp_path / "X.npz", X=X, label=labels)
    for arguments in ((tmp_path / "X.npy", tmp_path / "y.npy"), (tmp_path / "X.npz",)):
        with pytest.raises(InvalidInputError, match="code points that Unicode doesn't have"):
            read_features(*arguments)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["<f4", ">f8", "|i1", "<U3", "|S2", "<c8", "|b1", "<M8[s]", ">u2"])
def test_what_numpy_writes_is_read_as_by_numpy(tmp_path, dtype, order):
    from zsl._files.npy import read_npy, read_npz

    for shape in ((2, 3), (6,), (), (0, 3), (1, 2, 3)):
        array = np.arange(int(np.prod(shape))).astype("i8").astype(dtype).reshape(shape, order=order)
        np.save(tmp_path / "a.npy", array)
        np.savez_compressed(tmp_path / "a.npz", a=array)
        for found in (read_npy(tmp_path / "a.npy"), read_npz(tmp_path / "a.npz", "a")):
            known = np.load(tmp_path / "a.npy")
            assert (found.dtype, found.shape, found.flags.f_contiguous) == (
                known.dtype,
                shape,
                known.flags.f_contiguous,
            )
            assert found.tobytes() == known.tobytes()


def packed(path, method=zipfile.ZIP_DEFLATED, content=None, names=("X.npy",)):
    stream = io.BytesIO()
    np.save(stream, X)
    with zipfile.ZipFile(path, "w", method) as archive:
        for name in names:
            archive.writestr(name, stream.getvalue() if content is None else content)
    return path


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_npz(tmp_path, monkeypatch):
    path = packed(tmp_path / "a.npz", zipfile.ZIP_LZMA)
    with pytest.raises(InvalidInputError, match="packed by another method than deflation"):
        read_features(path)
    content = bytearray(packed(path).read_bytes())
    at = content.rfind(b"PK\1\2")
    content[at + 6] = 99  # a version of the format that zipfile doesn't know: a NotImplementedError
    path.write_bytes(content)
    with pytest.raises(InvalidInputError, match=r"a\.npz can't be read as arrays of numbers or text"):
        read_features(path)
    with pytest.raises(InvalidInputError, match="it holds 2 arrays named 'X'"):
        read_features(packed(path, names=("X.npy", "X.npy")))
    with pytest.raises(InvalidInputError, match=r"takes 800000000000 bytes, \d+ are there"):
        read_features(packed(path, content=npy(shape="(100000000000, 2)")))
    monkeypatch.setattr(opening, "ALWAYS_ALLOWED", 1 << 20)
    content = header("{'descr': '<f4', 'fortran_order': False, 'shape': (1000000, 3), }", b"\0" * 12_000_000)
    with pytest.raises(InvalidInputError, match=r"unpacks from .* to 12,000,.* bytes; at most 1 MiB or 200 times"):
        read_features(packed(path, content=content))
    monkeypatch.setenv(opening.VARIABLE, "2000")
    assert read_features(path)[0].shape == (1_000_000, 3)
    monkeypatch.setenv(opening.VARIABLE, "many")
    with pytest.raises(InvalidInputError, match="ZSL_MAX_UNPACK_RATIO is 'many'; wanted a number"):
        read_features(path)


def test_parquet(tmp_path, monkeypatch):
    """Every byte of the footer changed was a KeyError, TypeError or error of Arrow now and then."""
    path = tmp_path / "a.parquet"
    pd.DataFrame({"a": [1.0, 2.0], "label": ["x", "y"]}).to_parquet(path)
    whole = path.read_bytes()
    refused = 0
    for at in range(0, len(whole), 11):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x41]) + whole[at + 1 :])
        try:
            read_features(path)
        except InvalidInputError:
            refused += 1
    assert refused > 30


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (pd.DataFrame({"a": np.zeros(2_000_000)}), "it unpacks from"),
        (pd.DataFrame({"a": np.zeros(3000), "label": ["x" * 10_000] * 3000}), "its text unpacks from"),
    ],
)
def test_parquet_bombs(tmp_path, monkeypatch, frame, message):
    path = tmp_path / "a.parquet"
    frame.to_parquet(path)
    assert path.stat().st_size < 70_000
    monkeypatch.setattr(opening, "ALWAYS_ALLOWED", 1 << 20)
    with pytest.raises(InvalidInputError, match=rf"a\.parquet can't be read as a table: {message} .* at most 1 MiB or"):
        read_features(path)
    monkeypatch.setenv(opening.VARIABLE, "20000")
    assert len(read_features(path)[0]) == len(frame)


def test_parquet_of_labels_that_are_no_text(tmp_path):
    path = tmp_path / "data.parquet"
    pd.DataFrame({"label": ["ant", "bee"], "a": [1.0, 2.0]}).to_parquet(path, compression=None, use_dictionary=False)
    content = path.read_bytes()
    assert content.count(b"bee") >= 1
    path.write_bytes(content.replace(b"bee", b"b\xffe"))
    with pytest.raises(InvalidInputError, match=r"data\.parquet can't be read as a table"):
        read_features(path, label_column="label")


def test_nested_parquet(tmp_path):
    path = tmp_path / "a.parquet"
    pd.DataFrame({"a": [[1.0], [2.0, 3.0]]}).to_parquet(path)
    with pytest.raises(InvalidInputError, match="column 'a' is nested; wanted numbers or text"):
        read_features(path)


VARIABLES = {"a": np.arange(6.0).reshape(2, 3), "b": ["one", "two"], "c": "word", "d": np.eye(2, dtype=np.uint8)}


def test_every_byte_of_a_matlab_file(tmp_path):
    """The reader of scipy ended the process at 35 of 2,145 such changes."""
    path = write_5(tmp_path / "a.mat", **VARIABLES)
    whole = path.read_bytes()
    for at in range(len(whole)):
        for value in (0xFF, whole[at] ^ 1):
            path.write_bytes(whole[:at] + bytes([value]) + whole[at + 1 :])
            try:
                found = read_mat(path, VARIABLES)
            except InvalidInputError as error:
                assert "a.mat can't be read as a MATLAB file" in str(error)  # noqa: PT017
            else:
                assert set(found) <= {*VARIABLES, "__header__"}


@pytest.mark.parametrize("deflated", [False, True])
def test_matlab_5_is_read_as_by_scipy(tmp_path, deflated):
    from scipy.io import loadmat, savemat

    arrays = {
        f"v{number}": array
        for number, array in enumerate(
            [
                np.arange(6.0).reshape(2, 3), np.arange(24, dtype=np.int16).reshape(2, 3, 4), np.zeros((0, 0)),
                np.zeros((3, 0)), np.array([True, False]), np.float32(2.5), np.arange(3, dtype=np.uint64),
                np.arange(3, dtype=np.int8), np.array([[np.nan, np.inf]]),
            ]
        )
    }  # fmt: skip
    savemat(tmp_path / "a.mat", arrays, do_compression=deflated)
    known, found = loadmat(tmp_path / "a.mat"), read_mat(tmp_path / "a.mat", arrays)
    for name in arrays:
        assert (found[name].dtype, found[name].strides) == (known[name].dtype, known[name].strides)
        np.testing.assert_array_equal(found[name], known[name])


@pytest.mark.parametrize("name", ["awa1", "awa2", "cub", "sun", "apy"])
def test_real_matlab_files_are_read_as_by_scipy(name):
    from scipy.io import loadmat

    path = Path(__file__).parents[3] / "shared/data/gbu" / name / "att_splits.mat"
    if not path.is_file():
        pytest.skip(f"{path} isn't there")
    known = {key: value for key, value in loadmat(path).items() if not key.startswith("__")}
    found = read_mat(path, known)
    for key, value in known.items():
        if value.dtype == object:
            assert found[key] == [str(cell.item()).strip() for cell in value.ravel(order="F")]
        else:
            assert (found[key].dtype, found[key].strides) == (value.dtype, value.strides)
            np.testing.assert_array_equal(found[key], value)


def test_a_matlab_bomb_is_refused(tmp_path, monkeypatch):
    from scipy.io import savemat

    savemat(tmp_path / "a.mat", {"a": np.zeros((1000, 1000))}, do_compression=True)
    monkeypatch.setattr(opening, "ALWAYS_ALLOWED", 1 << 20)
    with pytest.raises(InvalidInputError, match=r"a variable unpacks from .* at most 1 MiB"):
        read_mat(tmp_path / "a.mat", ["a"])
    monkeypatch.setenv(opening.VARIABLE, "2000")
    assert read_mat(tmp_path / "a.mat", ["a"])["a"].shape == (1000, 1000)


def test_hdf5_that_leads_elsewhere_or_claims_much(tmp_path):
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "other.mat", "w") as file:
        file["a"] = X
    with h5py.File(tmp_path / "a.mat", "w") as file:
        file["outside"] = h5py.ExternalLink(str(tmp_path / "other.mat"), "a")
        file["soft"] = h5py.SoftLink("/huge")
        file.create_dataset("huge", (10**6, 10**6), dtype="f8", chunks=(100, 100))
        file.create_dataset("raw", (2, 3), dtype="f4", external=[(str(tmp_path / "other.mat"), 0, 24)])
    for name, message in (
        ("outside", "is a link"),
        ("soft", "is a link"),
        ("huge", "unpacks from .* to 8,000,000,000,000 bytes"),
        ("raw", "lies in another file"),
    ):
        with pytest.raises(InvalidInputError, match=rf"a\.mat can't be read as a MATLAB file: {name} {message}"):
            read_mat(tmp_path / "a.mat", [name])


DIGITS = "9" * 5000


def test_integers_of_thousands_of_digits(tmp_path):
    """Python refuses to convert them; as labels they are text, as all numbers beyond 64 bits."""
    np.save(tmp_path / "X.npy", X)
    (tmp_path / "y.txt").write_text(f"1\n{DIGITS}\n")
    (tmp_path / "y.csv").write_text(f"label\n1\n{DIGITS}\n")
    (tmp_path / "X.csv").write_text(f"a,label\n1,1\n2,{DIGITS}\n")
    (tmp_path / "S.csv").write_text(f"class,a\n1,1\n{DIGITS},2\n")
    for arguments in (("X.npy", "y.txt"), ("X.npy", "y.csv"), ("X.csv",)):
        assert read_features(*(tmp_path / name for name in arguments))[1].tolist() == ["1", DIGITS]
    assert Semantics.from_csv(tmp_path / "S.csv").classes.tolist() == ["1", DIGITS]
    (tmp_path / "X.csv").write_text(f"a,label\n{DIGITS},1\n2,2\n")
    with pytest.raises(InvalidInputError, match=r"X\.csv"):
        read_features(tmp_path / "X.csv")


@pytest.mark.parametrize("name", ["9" * 5000 + ".npy", "a\0.npy"])
def test_paths_that_no_file_can_have(name):
    with pytest.raises(InvalidInputError, match="is not a file"):
        read_features(name)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes of POSIX")
@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("a.npy", read_features),
        ("a.npz", read_features),
        ("a.csv", read_features),
        ("a.parquet", read_features),
        ("a.mat", lambda path: read_mat(path, ["a"])),
        ("a.csv", Semantics.from_csv),
        ("a.txt", lambda path: WordVectors(path).encode(["a"])),
        ("a.parquet", lambda path: WordVectors(path).encode(["a"])),
        ("shards.json", lambda path: open_shards(path.parent)),
        ("train.bin", lambda path: read_binary(path.parent)),
    ],
)
def test_a_pipe_in_place_of_a_file_is_refused_at_once(tmp_path, name, read):
    os.mkfifo(tmp_path / name)
    with pytest.raises(InvalidInputError, match=r"is not a (regular )?file"):
        read(tmp_path / name)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"format": 1, "format": 2}', "a key twice"),
        ('{"rows": NaN}', "NaN, which isn't JSON"),
        ("[" * 100_000, "recursion"),
        ("9" * 5000, "digits"),
    ],
)
def test_json(tmp_path, text, message):
    folder = write_shards(tmp_path / "shards", [X])
    (folder / "shards.json").write_text(text)
    with pytest.raises(InvalidInputError, match=rf"shards\.json can't be read as JSON: .*{message}"):
        open_shards(folder)


def test_a_list_of_shards_that_is_too_long(tmp_path, monkeypatch):
    folder = write_shards(tmp_path / "shards", [X])
    monkeypatch.setattr("zsl._files.json.read_json.__defaults__", (100,))
    with pytest.raises(InvalidInputError, match="it has more than 100 bytes"):
        open_shards(folder)


def test_the_command_line_shows_no_traceback(tmp_path, monkeypatch, capsys):
    (tmp_path / "X.npy").write_bytes(HEADERS["a tokenize.TokenError of numpy"][0])
    arguments = ["zsl", "fit", str(tmp_path / "X.npy"), "-o", str(tmp_path / "model")]
    monkeypatch.setattr(sys, "argv", arguments)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert told.startswith("zsl: error: ")
    assert "X.npy can't be read as an array of numbers or text" in told


def test_fuzzing_finds_nothing(tmp_path):
    """A quick look; `python -m benchmarks.robustness.fuzz --count 50000` is the long one."""
    root = Path(__file__).parents[2]
    given = ["--count", "150", "--seed", "0", "--keep", str(tmp_path)]
    readers = ["mat5", "npy", "npz", "csv", "parquet", "labels", "class_table"]
    readers += ["shards", "encoding", "words", "words_gzip", "omniglot", "cifar"]
    command = [sys.executable, "-m", "benchmarks.robustness.fuzz", *given, "--target", *readers]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=300, check=False)
    traces = "\n".join(path.read_text()[-2000:] for path in tmp_path.glob("*.trace"))
    assert done.returncode == 0, f"{given}\n{done.stdout}\n{done.stderr}\n{traces}"
    assert f"all            {150 * len(readers):11,}" in done.stdout
