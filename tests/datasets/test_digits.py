"""The digits, their attribute table, and where shipped files are looked for."""

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_digits

from zsl.datasets import _files, load_digits_zsl
from zsl.exceptions import InvalidInputError


def graded():
    return pd.read_csv(_files.data_path("digits_attributes.csv"), index_col="digit")


def test_every_image_is_used_once():
    split = load_digits_zsl()
    X = np.concatenate([split.X_train, split.X_test_seen, split.X_test_unseen, split.X_support])
    pixels = load_digits().data / 16
    np.testing.assert_array_equal(X[np.lexsort(X.T)], pixels[np.lexsort(pixels.T)])
    assert split.seen_classes.tolist() == list(range(7))
    assert split.unseen_classes.tolist() == [7, 8, 9]


def test_labels_stay_with_their_images():
    digits = load_digits()
    label_of = {tuple(x): y for x, y in zip(digits.data / 16, digits.target, strict=True)}
    split = load_digits_zsl(unseen=[0, 4])
    for part in ("train", "test_seen", "test_unseen", "support"):
        X, y = getattr(split, f"X_{part}"), getattr(split, f"y_{part}")
        assert [label_of[tuple(x)] for x in X] == y.tolist()


def test_the_default_split_is_fixed_and_the_seed_moves_it():
    np.testing.assert_array_equal(load_digits_zsl().X_train, load_digits_zsl().X_train)
    assert not np.array_equal(load_digits_zsl().X_train, load_digits_zsl(random_state=1).X_train)


def test_an_unseen_digit_has_to_be_a_digit():
    with pytest.raises(InvalidInputError, match=r"not in y: \[10\]"):
        load_digits_zsl(unseen=[1, 10])


def test_grades_are_quarters_and_use_the_whole_scale():
    table = graded()
    assert table.index.tolist() == list(range(10))
    assert set(np.unique(table.to_numpy())) == {0, 0.25, 0.5, 0.75, 1}
    assert (table.max() > table.min()).all()
    assert not table.duplicated().any()


def test_the_table_reaches_the_split():
    semantics = load_digits_zsl().semantics
    np.testing.assert_array_equal(semantics.rows(np.arange(10)), graded().to_numpy())
    assert list(semantics.attributes) == graded().columns.tolist()


def test_topology_is_what_everybody_knows():
    table = graded()
    assert table.index[table["hole_whole"] == 1].tolist() == [0]
    assert table.index[table["hole_upper"] == 1].tolist() == [8, 9]
    assert table.index[table["hole_lower"] == 1].tolist() == [6, 8]


def test_ink_grades_follow_the_ink():
    """A loose check against typing errors: the grades and the mean ink of a place go together over the digits."""
    digits = load_digits()
    means = np.stack([digits.images[digits.target == label].mean(axis=0) for label in range(10)])
    rows = {"top": [0, 1], "upper": [2], "middle": [3, 4], "lower": [5], "bottom": [6, 7]}
    columns = {"left": [1, 2], "centre": [3, 4], "right": [5, 6]}
    for row, pixels in rows.items():
        for column, others in columns.items():
            ink = means[:, pixels][:, :, others].mean(axis=(1, 2))
            assert np.corrcoef(ink, graded()[f"ink_{row}_{column}"])[0, 1] > 0.5, (row, column)


def test_an_installed_package_finds_its_own_copy_first(tmp_path, monkeypatch):
    package, checkout = tmp_path / "zsl", tmp_path / "data"
    (package / "_data").mkdir(parents=True)
    checkout.mkdir()
    monkeypatch.setattr(_files, "files", lambda name: tmp_path / name)
    (checkout / "a.csv").write_text("checkout")
    assert _files.data_path("a.csv") == checkout / "a.csv"
    (package / "_data" / "a.csv").write_text("installed")
    assert _files.data_path("a.csv") == package / "_data" / "a.csv"
    with pytest.raises(FileNotFoundError, match=r"Data file 'b\.csv' is missing; looked in .*_data and .*data\."):
        _files.data_path("b.csv")
