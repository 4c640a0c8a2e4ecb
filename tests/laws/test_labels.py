"""One rule for labels in every classifier: their form makes no difference, their type stays, nothing is confused."""

import copy

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from worlds import BARE, DESCRIBED, SUPPORTED, TRAINED_AGAIN, WAYS, data

from zsl import InvalidInputError, load
from zsl.estimators.catalog import CATALOG

NAMES = [entry.name for entry in CATALOG if entry.knows] + ["ESZSLClassifier, without semantics"]
assert set(NAMES) <= {*DESCRIBED, *SUPPORTED, *TRAINED_AGAIN, *BARE}


class Foreign:
    """Stands for a series of a library that isn't installed: nothing is known of it but that numpy can read it."""

    def __init__(self, values):
        self.values = values

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.values)

    def __len__(self):
        return len(self.values)


ANY = {
    "list": list,
    "tuple": tuple,
    "objects": lambda values: np.array(values, dtype=object),
    "scalars": lambda values: list(np.array(values)),
    "series": pd.Series,
    "index": pd.Index,
    "category": lambda values: pd.Series(values, dtype="category"),
    "foreign": Foreign,
}
NUMBERS = ANY | {
    "int8": lambda values: np.array(values, dtype=np.int8),
    "uint64": lambda values: np.array(values, dtype=np.uint64),
    "float64": lambda values: np.array(values, dtype=np.float64),
    "floats": lambda values: [float(value) for value in values],
    "Int64": lambda values: pd.Series(values, dtype="Int64"),
    "UInt8": lambda values: pd.array(values, dtype="UInt8"),
    "Float64": lambda values: pd.array(values, dtype="Float64"),
    "Arrow": lambda values: pd.Series(values, dtype="int64[pyarrow]"),
}
STRINGS = ANY | {
    "unicode": lambda values: np.array(values, dtype="<U40"),
    "numpy's string": lambda values: np.array(values, dtype=np.dtypes.StringDType()),
    "string": lambda values: pd.Series(values, dtype="string"),
    "Arrow": lambda values: pd.Series(values, dtype="string[pyarrow]"),
}
FORMS = [("numbers", form) for form in NUMBERS] + [("strings", form) for form in STRINGS]


def as_form(kind, form, values):
    return (NUMBERS if kind == "numbers" else STRINGS)[form](values)


def number(labels):
    """Names such as c7 as numbers, -0 and gaps not left out."""
    return [3 * int(label[1:]) for label in np.asarray(labels).tolist()]


def fit(name, kind, convert=np.asarray, **more):
    """Fit with labels of a kind, in a form; of numbers, the table is one of numbers, too."""
    world, estimator = data(name), WAYS[name](**more)
    if kind == "numbers" and getattr(estimator, "semantics", None) is not None:
        frame = world.table.to_frame()
        estimator.set_params(semantics=frame.set_axis(number(frame.index), axis="index"))
    return estimator.fit(world.X, convert(given(world.y, kind)))


def given(labels, kind):
    return number(labels) if kind == "numbers" else labels.tolist()


_fits = {}


def fitted(name, kind):
    """A copy of what was fitted once."""
    if (name, kind) not in _fits:
        _fits[name, kind] = fit(name, kind)
    return copy.deepcopy(_fits[name, kind])


@pytest.mark.parametrize("name", NAMES)
def test_a_form_of_the_training_labels_changes_nothing_but_their_type(name):
    """Real numbers stay such, and find the rows of a table of integers; their predictions are equal in value."""
    world, plain = data(name), fitted(name, "numbers")
    other = fit(name, "numbers", NUMBERS["Float64"])
    assert other.classes_.dtype == np.float64
    assert other.classes_.tolist() == plain.classes_.tolist()
    assert_array_equal(other.class_scores(world.queries), plain.class_scores(world.queries))
    assert_array_equal(other.predict(world.queries), plain.predict(world.queries))


@pytest.mark.parametrize("name", NAMES)
def test_labels_that_come_later_are_found_in_any_form(name, tmp_path):
    """Added, asked for, removed, and after loading: by value, and in the type that was fitted."""
    world = data(name)
    X_new, y_new, few = world.X_new[::2], world.y_new[::2], world.queries[:3]
    for kind, forms in (("numbers", NUMBERS), ("strings", STRINGS)):
        base, later = fitted(name, kind), given(y_new, kind)
        every = sorted({*base.classes_.tolist(), *later})
        if name not in TRAINED_AGAIN:  # where adding is training, which is tried below
            for form, convert in forms.items():
                other = copy.deepcopy(base).add_classes(X_new, convert(later))
                assert other.classes_.dtype == base.classes_.dtype, form
                assert other.classes_.tolist() == every, form
            assert_array_equal(
                copy.deepcopy(base).add_classes(X_new, np.array(later)).class_scores(few), other.class_scores(few)
            )
        base.save(tmp_path / kind)
        for own in (base, load(tmp_path / kind)):
            some = own.classes_[[4, 1]].tolist()
            for form, convert in forms.items():
                assert own._asked(convert(some)).labels.tolist() == some, form
                left = copy.deepcopy(own).remove_classes(convert(some))
                assert left.classes_.tolist() == [label for label in own.classes_.tolist() if label not in some], form
            predicted = own.predict(few, convert(some))
            assert_array_equal(predicted, own.predict(few, own.classes_[[4, 1]]))
            assert predicted.dtype == own.classes_.dtype
            assert own.predict(few, some[0]).tolist() == [some[0]] * len(few)  # a single one
            copy.deepcopy(own).remove_classes(np.asarray(some[0]))


BAD = {
    "strings beside numbers": (["a", 1], "mixes strings and numbers, 'a' at position 0 and 1 at position 1"),
    "truth values beside numbers": ([True, 2], "mixes truth values and numbers"),
    "none": (["a", None], "no label at position 1"),
    "NaN": ([1.0, np.nan], "no label at position 1"),
    "NA": (pd.array([1, None], dtype="Int64"), "no label at position 1"),
    "NA of strings": (pd.Series(["a", None], dtype="string"), "no label at position 1"),
    "NaT": ([pd.NaT, pd.NaT], "no label at position 0; 2 missing"),
    "masked": (np.ma.array([1, 2], mask=[False, True]), "no label at position 1"),
    "bytes": ([b"a", b"b"], "holds b'a', of type bytes, at position 0"),
    "an array of bytes": (np.array([b"a", b"b"]), r"labels of type \|S1, such as b'a'"),
    "times": (pd.date_range("2020", periods=2), "labels of type datetime64"),
    "lists": ([[1], [2, 3]], r"holds \[1\], of type list, at position 0"),
    "tuples": (pd.MultiIndex.from_tuples([(1, 2), (3, 4)]), r"holds \(1, 2\), of type tuple"),
    "objects": ([object(), object()], "of type object, at position 0"),
    "shares": ([0.5, 1.0], "Unknown label type: .* holds 0.5 at position 0"),
    "infinity": ([1.0, np.inf], "holds inf at position 1"),
    "too large": ([1, 2**64], "64 bits don't hold together, one of 65 bits at position 1"),
    "too far apart": ([-1, 2**63], "64 bits don't hold together"),
    "a set": ({1, 2}, "is of type set; wanted a one-dimensional list"),
    "a dict": ({1: 2, 3: 4}, "is of type dict; wanted a one-dimensional list"),
    "null at the end": (["a\0", "a"], "ends in a null character"),
}


@pytest.mark.parametrize("name", NAMES)
def test_what_is_no_label_is_refused_everywhere_and_changes_nothing(name):
    world = data(name)
    for kind in ("numbers", "strings"):
        own = fitted(name, kind)
        before, scores = {key: id(value) for key, value in vars(own).items()}, own.class_scores(world.queries[:3])
        for bad, message in BAD.values():
            calls = (
                ("y", own.fit, (world.X[:2], bad)),
                ("y", own.add_classes, (world.X[:2], bad)),
                ("classes", own.predict, (world.queries, bad)),
                ("labels", own.remove_classes, (bad,)),
            )
            for argument, call, given_to_it in calls:
                with pytest.raises(InvalidInputError, match=message) as caught:
                    call(*given_to_it)
                assert argument in str(caught.value)
        assert {key: id(value) for key, value in vars(own).items()} == before
        assert_array_equal(own.class_scores(world.queries[:3]), scores)


@pytest.mark.parametrize("name", NAMES)
def test_numbers_and_strings_never_match(name):
    world = data(name)
    for kind, others in (("numbers", "strings"), ("strings", "numbers")):
        own = fitted(name, kind)
        alike = [str(label) for label in own.classes_.tolist()[:2]] if kind == "numbers" else [0, 1]
        with pytest.raises(InvalidInputError, match="not known"):
            own.predict(world.queries, alike)
        with pytest.raises(InvalidInputError, match="not known"):
            own.remove_classes(alike)
        with pytest.raises(InvalidInputError, match=f"y has the label .*; wanted {kind} only"):
            own.add_classes(world.X_new, given(world.y_new, others))


@pytest.mark.parametrize("name", NAMES)
def test_large_integers_stay_apart(name, tmp_path):
    """Neighbours above 2⁵³, which real numbers merge, and above 2⁶³, which signed integers don't have."""
    world, few = data(name), data(name).queries[:3]
    names = {label: 2**63 + place for place, label in enumerate(sorted({*world.y.tolist(), *world.y_new.tolist()}))}
    way = WAYS[name]()
    if getattr(way, "semantics", None) is not None:
        frame = world.table.to_frame()
        way.set_params(semantics=frame.set_axis([names[label] for label in frame.index], axis="index"))
    own = way.fit(world.X, pd.Series([names[label] for label in world.y.tolist()], dtype="UInt64"))
    plain = fitted(name, "strings")
    assert own.classes_.dtype == np.uint64
    assert own.classes_.tolist() == [names[label] for label in plain.classes_.tolist()]
    assert own.predict(few).tolist() == [names[label] for label in plain.predict(few).tolist()]
    own.add_classes(world.X_new, [names[label] for label in world.y_new.tolist()])
    assert own.classes_.tolist() == sorted(
        {names[label] for label in {*plain.classes_.tolist(), *world.y_new.tolist()}}
    )
    own.save(tmp_path / "model")
    assert load(tmp_path / "model").classes_.tolist() == own.classes_.tolist()


def test_a_network_that_is_trained_again_takes_labels_in_other_forms():
    for name in TRAINED_AGAIN:
        world, base = data(name), fitted(name, "numbers")
        wanted = copy.deepcopy(base).add_classes(world.X_new, np.array(number(world.y_new)))
        other = copy.deepcopy(base).add_classes(world.X_new, NUMBERS["floats"](number(world.y_new)))
        assert other.classes_.dtype == np.int64
        assert_array_equal(other.class_scores(world.queries), wanted.class_scores(world.queries))


@pytest.mark.parametrize(("kind", "form"), FORMS)
def test_every_form_is_fitted_on(kind, form):
    for name in ("ESZSLClassifier", "SimpleShotClassifier"):
        world, plain = data(name), fitted(name, kind)
        own = fit(name, kind, lambda values: as_form(kind, form, values))
        assert_array_equal(own.classes_, plain.classes_)
        assert own.classes_.dtype.kind in ("iuf" if kind == "numbers" else "UO")
        assert_array_equal(own.class_scores(world.queries), plain.class_scores(world.queries))
