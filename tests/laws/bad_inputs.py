"""What users pass by mistake, each by a name: bad samples, labels, classes and options, made from good ones."""

import datetime
import decimal
from pathlib import Path

import numpy as np
import pandas as pd
import scipy.sparse as sp
import torch


class Raises:
    """An array-like that can't be read."""

    def __array__(self, *args, **kwargs):
        raise RuntimeError("no array")

    def __len__(self):
        return 3


class Mute:
    """A value that can neither be compared nor shown."""

    __hash__ = None

    def __eq__(self, other):
        raise RuntimeError("no comparison")

    def __repr__(self):
        raise RuntimeError("no words")


def endless():
    """A list that holds itself."""
    found = []
    found.append(found)
    return found


def with_one(array, value, dtype=object):
    """The array with one entry replaced."""
    changed = np.array(array, dtype=dtype)
    changed.flat[0] = value
    return changed


NOT_ARRAYS = {
    "None": None,
    "a number": 3.0,
    "a word": "abc",
    "bytes": b"abc",
    "a dict": {"a": [1.0]},
    "a set": {1.0, 2.0},
    "an object": object(),
    "a type": int,
    "a function": len,
    "an iterator": iter([[1.0]]),
    "a path": Path("X.npy"),
    "a module": np,
    "an array that raises": Raises(),
    "a mute value": Mute(),
    "an endless list": endless(),
}
NOT_NUMBERS = {
    "NaN": np.nan,
    "infinity": np.inf,
    "minus infinity": -np.inf,
    "None": None,
    "pd.NA": pd.NA,
    "NaT": pd.NaT,
    "a word": "word",
    "a number as a word": "1",
    "bytes": b"1",
    "a dict": {"a": 1},
    "a complex number": 1j,
    "a list": None,
    "a timestamp": pd.Timestamp("2020-01-01"),
    "a date": datetime.date(2020, 1, 1),
    "a duration": datetime.timedelta(1),
    "np.datetime64": np.datetime64("2020-01-01"),
    "a huge integer": 10**400,
    "a huge decimal": decimal.Decimal("1e400"),
    "a decimal NaN": decimal.Decimal("NaN"),
    "an object": object(),
    "a mute value": Mute(),
}


def bad_samples(X):
    """Arrays of the length of `X` that hold no samples."""
    X = np.asarray(X, dtype=np.float64)
    n, d = X.shape
    frame = pd.DataFrame(X, columns=[f"f{place}" for place in range(d)])
    listed = with_one(X, None)
    listed[0, 0] = [1.0]
    columns = {
        "words": "a",
        "dates": pd.Timestamp("2020-01-01"),
        "dates of a zone": pd.Timestamp("2020-01-01", tz="UTC"),
        "durations": pd.Timedelta(3, "s"),
        "periods": pd.Period("2020-01"),
        "intervals": pd.Interval(0, 1),
        "categories": pd.Categorical(["a"] * n),
        "strings": pd.array(["1"] * n, dtype="string"),
        "missing values": pd.array([None] + [1.0] * (n - 1), dtype="Float64"),
        "Arrow strings": pd.array(["1"] * n, dtype="string[pyarrow]"),
        "missing Arrow values": pd.Series([None] + [1.0] * (n - 1), dtype="double[pyarrow]").to_numpy(dtype=object),
        "complex numbers": 1j,
    }
    return {
        **NOT_ARRAYS,
        **{f"objects with {name}": with_one(X, value) for name, value in NOT_NUMBERS.items() if name != "a list"},
        **{f"a frame with a column of {name}": frame.assign(f0=value) for name, value in columns.items()},
        "objects with a list": listed,
        "an empty list": [],
        "no rows": X[:0],
        "no columns": X[:, :0],
        "one dimension": X[:, 0],
        "three dimensions": X[:, :, None],
        "rows of different lengths": [[1.0], [1.0, 2.0]] * (n // 2),
        "a series of lists": pd.Series(X.tolist()),
        "NaN": with_one(X, np.nan, np.float64),
        "infinity": with_one(X, np.inf, np.float32),
        "infinity in half precision": with_one(X, np.inf, np.float16),
        "beyond double precision": with_one(X, np.longdouble("1e4000"), np.longdouble),
        "lists of huge integers": [[10**400] * d] * n,
        "complex numbers": X.astype(complex),
        "dates": np.zeros((n, d), "M8[s]"),
        "durations": np.zeros((n, d), "m8[s]"),
        "not a time": np.full((n, d), np.datetime64("NaT")),
        "words": np.full((n, d), "a"),
        "numbers as words": X.astype(str),
        "lists of words": [["a"] * d] * n,
        "bytes": np.full((n, d), b"1"),
        "records": np.zeros((n, d), [("a", float)]),
        "rows of records": np.zeros(n, [("a", float), ("b", float)]),
        "void": np.zeros((n, d), "V8"),
        "masked values": np.ma.array(X, mask=X.mean() < X),
        "a sparse matrix": sp.csr_matrix(X),
        "a sparse array": sp.coo_array(X),
        "a matrix": X.view(np.matrix),
        "a complex tensor": torch.zeros(n, d, dtype=torch.complex64),
        "a sparse tensor": torch.tensor(X).to_sparse(),
        "a tensor without data": torch.zeros(n, d, device="meta"),
        "a tensor with NaN": torch.full((n, d), float("nan")),
        "bfloat16 with infinity": torch.full((n, d), float("inf"), dtype=torch.bfloat16),
        "tensors of different lengths": [torch.zeros(1 + place % 2) for place in range(n)],
        "column names of two kinds": frame.rename(columns={"f0": 0}),
    }


def of_another_width(X):
    """Samples, but not those that were fitted on."""
    X = np.asarray(X)
    return {"too wide": np.hstack([X, X]), "too narrow": X[:, :1]}


def bad_labels(y):
    """What are no labels for as many samples."""
    y, n = np.asarray(y), len(y)
    values = {
        **{name: value for name, value in NOT_NUMBERS.items() if "word" not in name and name != "bytes"},
        "a tuple": None,
        "a frozenset": frozenset([1]),
    }
    twins = with_one(y.astype(object), None)
    twins[0] = (1, 2)
    numbers = np.arange(n) % 3
    return {
        **NOT_ARRAYS,
        **{f"objects with {name}": with_one(y.astype(object), value) for name, value in values.items()},
        "objects with a tuple": twins,
        "none": [],
        "too few": y[:-1],
        "two columns": np.stack([y, y], axis=1),
        "a frame": pd.DataFrame({"a": y, "b": y}),
        "measurements": np.linspace(0, 1, n),
        "NaN": with_one(numbers, np.nan, np.float64),
        "infinity": with_one(numbers, np.inf, np.float64),
        "complex numbers": numbers + 0j,
        "records": np.zeros(n, [("a", int)]),
        "void": np.zeros(n, "V8"),
        "a sparse matrix": sp.csr_matrix(numbers),
        "lists of different lengths": [[1], [1, 2]] * (n // 2),
        "missing values": pd.array([None] + [1] * (n - 1), dtype="Int64"),
        "a complex tensor": torch.zeros(n, dtype=torch.complex64),
        "a tensor without data": torch.zeros(n, device="meta"),
    }


def bad_classes(known):
    """What are no known classes, each once."""
    first, second, *_ = known = np.asarray(known).tolist()
    return {
        **{name: value for name, value in NOT_ARRAYS.items() if name != "None"},
        "an unknown one": ["no such class"],
        "an unknown number": [-5],
        "none": [],
        "one twice": [first, first],
        "two dimensions": [[first, second], [second, first]],
        "lists of different lengths": [[first], [first, second]],
        "None among them": [first, None],
        "NaN": [float("nan")],
        "pd.NA": [pd.NA],
        "a complex number": [1j],
        "a dict among them": [{}],
        "a huge integer": [10**400],
        "half": [0.5],
        "bytes": [b"a"],
        "dates": np.arange(3).astype("M8[D]"),
        "a slice": slice(3),
        "a sparse matrix": sp.csr_matrix([[1, 2]]),
        "records": np.zeros(2, [("a", int)]),
        "bfloat16": torch.full((2,), 0.5, dtype=torch.bfloat16),
        "masked values": np.ma.array([1, 2], mask=[1, 0]),
    }


BAD_OPTIONS = {
    "k": [0, -1, 1.5, "a", None, True, 10**400, 2**63, float("nan"), [1], np.array([1, 2]), 1j, object(), Mute()],
    "calibrated": ["bogus", 3, None, [True], np.array([True, False]), float("nan"), object(), Mute()],
    "reject": ["a", 1, -1, float("nan"), [0.1], np.array([0.1, 0.2]), 10**400, True, 1j, object(), Mute()],
    "rescale": ["a", 1, ["csls"], np.array([1, 2]), {}, object(), Mute()],
    "prior": ["a", b"a", 1, [], {}, {1}, [[1]], ["a", "b"], {"a": 1}, pd.Series([1.0]), np.eye(2), object(), Mute()],
}
"""For options of the predicting methods."""
BAD_VALUES = [
    *BAD_OPTIONS["k"][1:],
    float("inf"),
    -(10**400),
    decimal.Decimal(1),
    {},
    {1},
    [],
    ["a", 1],
    [[1], [2]],
    [float("nan")],
    [10**400],
    b"a",
    int,
    len,
    slice(2),
    pd.NA,
    np.datetime64("NaT"),
    np.complex128(1),
    np.ones((2, 2)),
    torch.ones(2),
    torch.tensor(1.5),
    np.random.default_rng(0),
    np.random,
]
"""For parameters of any kind; some are good for some of them."""
