"""In which precision a class table keeps its numbers."""

import copy
import pickle
import tracemalloc

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from zsl.exceptions import SemanticsError
from zsl.semantics import Semantics

DTYPES = {"half": np.float16, "single": np.float32, "double": np.float64}
ROWS = np.random.default_rng(0).normal(size=(5, 3))


def table(rows=ROWS, **options):
    return Semantics(rows, classes=range(len(rows)), **options)


@pytest.mark.parametrize("precision", DTYPES)
def test_numbers_are_rounded_once_and_looked_up_in_double_precision(precision):
    rounded = ROWS.astype(DTYPES[precision])
    for found in (table(precision=precision), table().in_precision(precision), table(rounded, precision=precision)):
        assert found.precision == precision
        assert found.vectors.dtype == DTYPES[precision]
        assert not found.vectors.flags.writeable
        assert_array_equal(found.vectors, rounded)
        for looked_up in (found.rows(range(5)), found.to_frame().to_numpy()):
            assert looked_up.dtype == np.float64
            assert_array_equal(looked_up, rounded)
        assert found == table(rounded)
        assert found.in_precision(precision) is found
        for same in (copy.deepcopy(found), pickle.loads(pickle.dumps(found)), found.select([1, 0]), found.drop([4])):
            assert same.precision == precision


def test_double_precision_is_the_default():
    assert table(ROWS.astype(np.float16)).precision == "double"


def test_the_finer_precision_wins_where_tables_meet():
    half, single = table(precision="half"), table(ROWS + 1, precision="single")
    other = Semantics(ROWS, classes=range(10, 15), precision="single")
    assert half.join(other).precision == other.join(half).precision == "single"
    assert half.beside(single).precision == single.beside(half).precision == "single"
    assert half.join(other.in_precision("half")).precision == "half"
    assert_array_equal(half.join(other).vectors[:5], half.vectors)
    assert other.align(half).dtype == np.float16


def test_everything_else_of_a_table_is_kept():
    names, cells = ["x", "y", "z"], ROWS > 0.5
    full = table(attributes=names, texts=list("abcde"), imputed=cells, blocks=[1, 2]).in_precision("half")
    assert full.attributes == tuple(names)
    assert full.texts == tuple((text,) for text in "abcde")
    assert_array_equal(full.imputed, cells)
    assert full.blocks == (1, 2)


@pytest.mark.parametrize(("precision", "end"), [("half", "65504"), ("single", r"3\.40282e\+38")])
def test_numbers_beyond_it_are_named(precision, end):
    rows = ROWS.copy()
    rows[3, 1] = -1e39
    for make in (lambda: table(rows, precision=precision), lambda: table(rows).in_precision(precision)):
        with pytest.raises(SemanticsError, match=rf"-1e\+39 for class 3, attribute 'a1'.*end at {end}.*{precision!r}"):
            make()


def test_the_largest_numbers_of_half_precision_are_not_refused():
    assert table([[65504.0, -65519.0]], precision="half").vectors.tolist() == [[65504.0, -65504.0]]


@pytest.mark.parametrize("row", [0, 4999])
@pytest.mark.parametrize(("value", "message"), [(np.nan, r"no value \(NaN\).*1 missing"), (np.inf, "holds inf for")])
def test_missing_numbers_of_large_tables_are_named(row, value, message):
    rows = np.ones((5000, 2))
    rows[row, 1] = value
    with pytest.raises(SemanticsError, match=message) as error:
        table(rows, precision="half")
    assert f"class {row}, attribute 'a1'" in str(error.value)


@pytest.mark.parametrize("precision", ["quarter", np.float16, None, ["half"], 16])
def test_other_precisions_are_refused(precision):
    for make in (lambda: table(precision=precision), lambda: table().in_precision(precision)):
        with pytest.raises(SemanticsError, match=r"precision=.*wanted 'half', 'single' or 'double'"):
            make()


def test_the_audit_computes_in_double_precision():
    rows = 60_000 + 32 * np.arange(12.0).reshape(4, 3)  # their sum lies beyond half precision
    half = table(rows, precision="half")
    assert str(half.audit([0, 1])) == str(table(half.vectors).audit([0, 1]))


def test_a_large_table_is_copied_once():
    rows = np.ones((50_000, 64), dtype=np.float32)
    classes = np.arange(len(rows))
    tracemalloc.start()
    found = Semantics(rows, classes=classes, precision="half")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    labels = 150 * len(rows)  # a list, a dict and an array of them
    assert found.vectors.nbytes == rows.nbytes / 2
    assert peak < 1.2 * found.vectors.nbytes + labels
