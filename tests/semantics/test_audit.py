"""The audit of a class table, on tables whose faults are known."""

import dataclasses

import numpy as np
import pytest

from zsl.exceptions import SemanticsError
from zsl.semantics import Audit, Finding, Semantics


def only(audit, kind):
    """The one finding of a kind."""
    (finding,) = [finding for finding in audit if finding.kind == kind]
    return finding


def kinds(audit):
    return [finding.kind for finding in audit]


def test_nothing_to_say():
    audit = Semantics([[1, 0], [0, 1], [1, 1]], classes=["a", "b", "c"]).audit(seen=["a", "b", "c", "a"])
    assert not audit
    assert len(audit) == 0
    assert str(audit) == "no findings"
    assert audit.to_frame().shape == (0, 4)


def test_one_class_has_nothing_to_differ_from():
    assert not Semantics([[1, 2]], classes=["a"]).audit(seen=["a"])


def test_audit_reads_as_text_frame_and_sequence():
    findings = (Finding("one", "First.", classes=("a",)), Finding("two", "Second.", attributes=("x",)))
    audit = Audit(findings)
    assert audit
    assert tuple(audit) == findings
    assert str(audit) == "one: First.\ntwo: Second."
    frame = audit.to_frame()
    assert frame["kind"].tolist() == ["one", "two"]
    assert frame["classes"].tolist() == [("a",), ()]
    for frozen in (audit, findings[0]):
        with pytest.raises(dataclasses.FrozenInstanceError):
            frozen.kind = "other"


def test_identical_rows_are_grouped_and_not_called_near_as_well():
    table = Semantics([[1, 2], [3, 0], [1, 2], [3, -0.0], [1, 2], [9, 9]], classes=list("abcdef"))
    groups = [finding.classes for finding in table.audit()]
    assert kinds(table.audit()) == ["duplicate-classes"] * 2
    assert groups == [("a", "c", "e"), ("b", "d")]


def test_all_rows_identical():
    audit = Semantics(np.full((3, 2), 0.1), classes=list("abc")).audit(seen=["a"])
    assert kinds(audit) == ["duplicate-classes", "constant-attributes"]


def test_near_collinear_after_centring():
    # The mean row is (0, 0): a and b lie at 0 and 1 degree (cosine .99985), c and d opposite.
    angle = np.deg2rad(1)
    a, b = np.array([1, 0]), np.array([np.cos(angle), np.sin(angle)])
    table = Semantics([a, b, -a - b + [0, 1], [0, -1]], classes=list("abcd"))
    finding = only(table.audit(), "near-collinear-classes")
    assert finding.classes == ("a", "b")
    assert "above 0.999" in finding.message
    assert "0.999848" in finding.message
    assert not table.audit(max_cosine=0.9999)
    # Far from the origin every cosine is near 1 before centring; nothing changes after it.
    moved = Semantics(table.vectors + 1000, classes=table.classes)
    assert [finding.classes for finding in moved.audit()] == [("a", "b")]


def test_chains_of_near_classes_make_one_group_across_blocks():
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(1500, 30))
    vectors[1400] = vectors[3] * 1.5
    vectors[1100] = vectors[3] * 2.5
    vectors[7] = vectors[1200] * 3
    groups = [finding.classes for finding in Semantics(vectors, classes=range(1500)).audit(max_cosine=0.99)]
    assert groups == [(3, 1100, 1400), (7, 1200)]


def test_zero_rows_and_constant_columns():
    audit = Semantics([[0, 0, 0], [1, 0, 2], [3, 0, 1]], classes=[1, 2, 3], attributes=["x", "y", "z"]).audit()
    assert only(audit, "zero-classes").classes == (1,)
    assert only(audit, "constant-attributes").attributes == ("y",)
    assert kinds(audit) == ["zero-classes", "constant-attributes"]


def test_imputed_cells_are_counted():
    table = Semantics(
        [[1, 0, 5], [0, 1, 3]],
        classes=["a", "b"],
        attributes=["x", "y", "z"],
        imputed=[[False, False, False], [True, False, True]],
    )
    finding = only(table.audit(), "imputed-attributes")
    assert finding.attributes == ("x", "z")
    assert finding.classes == ("b",)
    assert finding.message.startswith("2 of 6 values")


def test_labels_without_a_row():
    table = Semantics(np.eye(3), classes=["a", "b", "c"])
    finding = only(table.audit(seen=np.array(["z", "a", "y", "z"])), "missing-classes")
    assert finding.classes == ("y", "z")
    assert "'y', 'z' of the labels of seen have no row" in finding.message
    assert kinds(table.audit(seen=[4, -1])) == ["missing-classes"], "labels of another kind; no seen class, no span"


def test_minus_one_is_unlabelled_unless_it_is_a_class():
    numbers = Semantics([[0, 0], [1, 0], [0, 1], [3, 2]], classes=[0, 1, 2, 3])
    assert "missing-classes" not in kinds(numbers.audit(seen=[-1, 0, 1, 2]))
    table = Semantics([[1, 0], [2, 0], [0, 1]], classes=[-1, 1, 2])
    # a1 can be constant among the seen ones only if both rows count as seen.
    assert kinds(table.audit(seen=[-1, 1])) == ["constant-among-seen"]


def test_residual_by_hand():
    # Seen rows lie on the first axis around their mean (1, 0, 0). Unseen rows less that mean: (3, 4, 0) with residual
    # 4/5, (0, 0, 2) with residual 1, (-5, 0, 0) and (0, 0, 0) with residual 0.
    table = Semantics(
        [[0, 0, 0], [2, 0, 0], [4, 4, 0], [1, 0, 2], [-4, 0, 0], [1, 0, 0]], classes=["s", "t", "p", "q", "r", "m"]
    )
    finding = only(table.audit(seen=["s", "t"]), "outside-span")
    assert finding.classes == ("q",)
    finding = only(table.audit(seen=["s", "t"], max_residual=0.79), "outside-span")
    assert finding.classes == ("q", "p")
    assert finding.message == (
        "2 of 4 unseen classes have a relative residual above 0.79 outside the span of the 2 seen ones (rank 1 of 3): "
        "'q' 1.00, 'p' 0.80."
    )
    assert only(table.audit(seen=["s", "t"]), "constant-among-seen").attributes == ("a1", "a2")


def test_residual_agrees_with_least_squares_and_ignores_a_common_shift():
    rng = np.random.default_rng(1)
    vectors = rng.normal(size=(12, 9))
    centred = vectors - vectors[:5].mean(axis=0)
    fitted = np.linalg.lstsq(centred[:5].T, centred[5:].T, rcond=None)[0]
    expected = np.linalg.norm(centred[5:].T - centred[:5].T @ fitted, axis=0) / np.linalg.norm(centred[5:], axis=1)
    threshold = float(np.median(expected)) + 1e-9
    for shift in (0, 50):
        table = Semantics(vectors + shift, classes=range(12))
        finding = only(table.audit(seen=range(5), max_residual=threshold), "outside-span")
        assert set(finding.classes) == set(5 + np.flatnonzero(expected > threshold))


@pytest.mark.parametrize("n_seen", [5, 6, 20])
def test_seen_classes_that_span_everything_leave_nothing_outside(n_seen):
    vectors = np.random.default_rng(2).normal(size=(n_seen + 4, 4))
    assert not Semantics(vectors, classes=range(n_seen + 4)).audit(seen=range(n_seen), max_residual=0)


def test_many_seen_classes_may_still_leave_a_direction_open():
    rng = np.random.default_rng(3)
    vectors = np.column_stack([rng.normal(size=(20, 3)), np.r_[np.zeros(18), 9, 9]])
    audit = Semantics(vectors, classes=range(20), attributes=["x", "y", "z", "wings"]).audit(seen=range(18))
    assert only(audit, "constant-among-seen").attributes == ("wings",)
    assert set(only(audit, "outside-span").classes) == {18, 19}
    assert "rank 3 of 4" in only(audit, "outside-span").message


def test_a_single_seen_class_spans_nothing_and_long_lists_are_cut():
    vectors = np.random.default_rng(4).normal(size=(14, 20))
    audit = Semantics(vectors, classes=range(14)).audit(seen=[0])
    finding = only(audit, "outside-span")
    assert len(finding.classes) == 13
    assert "rank 0 of 20" in finding.message
    assert finding.message.endswith(" and 3 more.")
    assert kinds(audit) == ["outside-span"], "one class makes every attribute constant, which says nothing more"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"max_cosine": 1.5}, "max_cosine is 1.5"),
        ({"max_residual": -0.1}, "max_residual is -0.1"),
        ({"max_residual": np.nan}, "max_residual is nan"),
        ({"seen": [1.5]}, "seen holds 1.5 at position 0"),
        ({"seen": "ab"}, "seen is of type str"),
    ],
)
def test_audit_refuses(options, message):
    with pytest.raises(SemanticsError, match=message):
        Semantics(np.eye(2), classes=["a", "b"]).audit(**options)
