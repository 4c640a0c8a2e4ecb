"""The rule of labels by itself: what is taken, in which type, and when two labels are the same."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zsl import InvalidInputError
from zsl._labels import are_strings, as_labels, as_named_labels, check_one_kind, from_text, joined

INTEGERS = st.integers(-(2**63), 2**63 - 1)
LARGE = st.integers(0, 2**64 - 1)
WHOLE = st.floats(allow_nan=False, allow_infinity=False).map(np.floor).map(float)
STRINGS = st.text().filter(lambda text: not text.endswith("\0"))
LABELS = st.one_of(*(st.lists(kind, min_size=1) for kind in (INTEGERS, LARGE, WHOLE, STRINGS, st.booleans())))


@given(LABELS)
def test_labels_come_back_by_value(values):
    found = as_labels("y", values)
    assert found.ndim == 1
    assert found.dtype.kind in "Uiufb"
    assert found.tolist() == values
    assert as_labels("y", found).tolist() == values
    assert not np.signbit(found[found == 0]).any() if found.dtype.kind == "f" else True
    objects = np.empty(len(values), dtype=object)
    objects[:] = values
    assert as_labels("y", objects).tolist() == values
    assert are_strings(found) == isinstance(values[0], str)


@given(LABELS, LABELS)
def test_new_labels_stand_behind_known_ones_without_a_change_of_value(known, new):
    first, second = as_labels("y", known), as_labels("y", new)
    if are_strings(first) != are_strings(second):
        with pytest.raises(InvalidInputError, match="wanted labels of one kind"):
            joined(first, second)
        return
    try:
        both = joined(first, second)
    except InvalidInputError:
        assert max(map(abs, known + new)) > 2**53  # nothing smaller is refused
        return
    assert both.tolist() == known + new
    if all(isinstance(label, (int, float)) and abs(label) < 2**31 and label == int(label) for label in new):
        assert both.dtype == first.dtype or first.dtype.kind in "bu"


@given(st.lists(st.one_of(INTEGERS, STRINGS, st.booleans(), st.none(), st.binary(), WHOLE), min_size=1))
def test_kinds_are_never_mixed(values):
    kinds = {"text" if isinstance(v, str) else "truth" if isinstance(v, bool) else "number" for v in values}
    if len(kinds) == 1 and not any(value is None or isinstance(value, bytes) for value in values):
        return
    with pytest.raises(InvalidInputError, match=r"^y (mixes|has no label|holds)"):
        as_labels("y", values)


@given(st.lists(st.one_of(INTEGERS.map(str), st.from_regex(r"\A-?0*[0-9]{1,25}\Z"), STRINGS)))
def test_a_file_reads_as_it_would_be_written(texts):
    """Nothing is merged that is written differently, and numbers print as they stood."""
    found = from_text(texts)
    assert [str(label) for label in found] == texts
    assert len(set(found)) == len(set(texts))
    if any(isinstance(label, int) for label in found):
        as_labels("y", [label for label in found if label != ""])


@pytest.mark.parametrize(
    ("texts", "wanted"),
    [
        (["1", "2"], [1, 2]),
        (["-1", "0", ""], [-1, 0, ""]),
        (["001", "1"], ["001", "1"]),
        (["-0"], ["-0"]),
        (["+1"], ["+1"]),
        (["1.0"], ["1.0"]),
        (["1_000"], ["1_000"]),
        (["٣"], ["٣"]),
        ([str(2**64 - 1)], [2**64 - 1]),
        (["-1", str(2**63)], ["-1", str(2**63)]),
        (["9" * 5000], ["9" * 5000]),
        ([], []),
    ],
)
def test_numbers_in_text(texts, wanted):
    assert from_text(texts) == wanted


@pytest.mark.parametrize(
    ("known", "new", "kind"),
    [
        (np.array([1, 2]), [3.0], np.int64),
        (np.array([1, 2], dtype=np.int8), [3], np.int8),
        (np.array([1, 2], dtype=np.int8), [300], np.int64),
        (np.array([1, 2]), [2**63], np.uint64),
        (np.array([2**63], dtype=np.uint64), [1], np.uint64),
        (np.array([5], dtype=np.uint64), [-1], np.int64),
        (np.array([1.0]), [2], np.float64),
        (np.array([1.0], dtype=np.float32), [2**24 + 1], np.float64),
        (np.array([True]), [0], np.bool_),
        (np.array([True]), [2], np.int64),
        (np.array(["a"]), np.array(["bee"], dtype="<U40"), "<U3"),
        (np.array(["a"], dtype=object), ["bee"], object),
        (np.array(["a"])[:0], [7], np.int64),
    ],
)
def test_the_type_that_labels_have_together(known, new, kind):
    both = joined(known, as_labels("y", new))
    assert both.dtype == kind
    assert both.tolist() == [*known.tolist(), *np.asarray(new).tolist()]


def test_a_single_label_may_be_named():
    for single in ("ant", np.str_("ant"), np.array("ant"), ["ant"], ("ant",)):
        assert as_named_labels("classes", single).tolist() == ["ant"]
    for single in (3, np.int8(3), np.array(3), 3.0, range(3, 4)):
        assert as_named_labels("classes", single).tolist() == [3]


def test_subclasses_of_plain_types_count_as_these():
    class Name(str):
        def __str__(self):
            return "something else"

    assert as_labels("y", [Name("ant")]).tolist() == ["ant"]
    assert as_labels("y", [np.int64(2**63 - 1), np.uint64(2**64 - 1)]).tolist() == [2**63 - 1, 2**64 - 1]
    assert as_labels("y", [1, 2.0]).dtype == np.int64


def test_parts_of_one_kind():
    check_one_kind(y=np.array([1]), classes=np.array([2.0]), others=np.array([], dtype=str))
    with pytest.raises(InvalidInputError, match="y has numbers such as 1 and names strings such as 'a'; wanted labels"):
        check_one_kind(y=np.array([1]), classes=np.array([2]), names=np.array(["a"]))
