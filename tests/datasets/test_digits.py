"""The digits, their attribute table, and where shipped files are looked for."""

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_digits

from zsl import _resources, load_digits_zsl
from zsl.exceptions import InvalidInputError


def graded():
    return pd.read_csv(_resources.data_path("digits_attributes.csv"), index_col="digit")


def test_every_image_is_used_once():
    split = load_digits_zsl()
    X = np.concatenate([split.X_train, split.X_test_seen, split.X_test_unseen, split.X_support])
    pixels = load_digits().data / 16
    np.testing.assert_array_equal(X[np.lexsort(X.T)], pixels[np.lexsort(pixels.T)])
    assert X.min() == 0
    assert X.max() == 1
    assert split.seen_classes.tolist() == list(range(7))
    assert split.unseen_classes.tolist() == [7, 8, 9]
    assert split.y_train.dtype.kind == "i"
    assert (split.name, split.info["version"]) == ("digits", "zsl-1")


def test_labels_stay_with_their_images():
    digits = load_digits()
    label_of = {tuple(x): y for x, y in zip(digits.data / 16, digits.target, strict=True)}
    split = load_digits_zsl(unseen=[0, 4])
    for part in ("train", "test_seen", "test_unseen", "support"):
        X, y = getattr(split, f"X_{part}"), getattr(split, f"y_{part}")
        assert [label_of[tuple(x)] for x in X] == y.tolist()


@pytest.mark.parametrize(("test_size", "pool_size"), [(0.25, 0.3), (0.5, 0.1)])
def test_shares_hold_within_each_digit(test_size, pool_size):
    split = load_digits_zsl(test_size=test_size, pool_size=pool_size)
    count = np.bincount(load_digits().target)
    assert np.bincount(split.y_test_seen).tolist() == [round(test_size * n) for n in count[:7]]
    assert np.bincount(split.y_support)[7:].tolist() == [round(pool_size * n) for n in count[7:]]


def test_without_a_pool_every_unseen_image_is_tested_on():
    split = load_digits_zsl(unseen=np.array([3]), pool_size=0)
    assert split.X_support is None
    assert len(split.X_test_unseen) == (load_digits().target == 3).sum()


def test_the_default_split_is_fixed_and_the_seed_moves_it():
    np.testing.assert_array_equal(load_digits_zsl().X_train, load_digits_zsl().X_train)
    assert not np.array_equal(load_digits_zsl().X_train, load_digits_zsl(random_state=1).X_train)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"unseen": [1, 10]}, r"unseen=\[1, 10\]; wanted one to nine of the digits"),
        ({"unseen": ["1"]}, r"unseen=\['1'\]; wanted one to nine"),
        ({"unseen": [True]}, r"unseen=\[True\]; wanted one to nine"),
        ({"unseen": range(10)}, "wanted one to nine"),
        ({"unseen": [7, 7]}, r"unseen=\[7, 7\]; wanted at least one class, and each once"),
        ({"unseen": []}, r"unseen=\[\]; wanted at least one class"),
        ({"unseen": 7}, "unseen=7; wanted a list of classes"),
        ({"unseen": "789"}, "unseen='789'; wanted a list of classes"),
        ({"test_size": 0}, r"test_size=0; wanted a share in \(0, 1\)"),
        ({"pool_size": 1.0}, r"pool_size=1.0; wanted a share in \[0, 1\)"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(InvalidInputError, match=message):
        load_digits_zsl(**arguments)


def test_the_table_is_whole():
    table = graded()
    assert table.index.tolist() == list(range(10))
    assert set(np.unique(table.to_numpy())) == {0, 0.25, 0.5, 0.75, 1}
    assert (table.max() > table.min()).all()
    assert not table.duplicated().any()
    assert not table.T.duplicated().any()


def test_no_attribute_names_one_digit_only():
    assert ((graded() > 0).sum() > 1).all()


def test_the_table_reaches_the_split_and_passes_the_audit():
    split = load_digits_zsl()
    np.testing.assert_array_equal(split.semantics.rows(np.arange(10)), graded().to_numpy())
    assert list(split.semantics.attributes) == graded().columns.tolist()
    kinds = {finding.kind for finding in split.semantics.audit(split.seen_classes)}
    assert not kinds & {"duplicate-classes", "near-collinear-classes", "constant-attributes", "missing-classes"}


def test_every_attribute_is_explained():
    text = _resources.data_path("README.md").read_text(encoding="utf-8")
    assert [name for name in graded() if f"`{name}`" not in text] == []


def test_topology_is_what_everybody_knows():
    table = graded()
    assert table.index[table["hole_upper"] == 1].tolist() == [8, 9]
    assert table.index[table["hole_lower"] == 1].tolist() == [6, 8]
    assert table.loc[0, ["hole_upper", "hole_lower"]].tolist() == [0.5, 0.5]
    assert table.index[table["stroke_ends"] == 0].tolist() == [0, 8]


def test_grades_of_places_follow_the_ink():
    """A loose check against typing errors: the grades and the mean ink of a place go together over the digits."""
    digits = load_digits()
    means = np.stack([digits.images[digits.target == label].mean(axis=0) for label in range(10)])
    rows = {"upper": [2], "middle": [3, 4], "lower": [5]}
    columns = {"left": [1, 2], "centre": [3, 4], "right": [5, 6]}
    for row, pixels in rows.items():
        for column, others in columns.items():
            ink = means[:, pixels][:, :, others].mean(axis=(1, 2))
            assert np.corrcoef(ink, graded()[f"{column}_{row}"])[0, 1] > 0.5, (row, column)


def test_an_installed_package_finds_its_own_copy_first(tmp_path, monkeypatch):
    package, checkout = tmp_path / "zsl", tmp_path / "data"
    (package / "_data").mkdir(parents=True)
    checkout.mkdir()
    monkeypatch.setattr(_resources, "files", lambda name: tmp_path / name)
    (checkout / "a.csv").write_text("checkout")
    assert _resources.data_path("a.csv") == checkout / "a.csv"
    (package / "_data" / "a.csv").write_text("installed")
    assert _resources.data_path("a.csv") == package / "_data" / "a.csv"
    with pytest.raises(FileNotFoundError, match=r"Data file 'b\.csv' is missing; looked in .*_data and .*data\."):
        _resources.data_path("b.csv")
