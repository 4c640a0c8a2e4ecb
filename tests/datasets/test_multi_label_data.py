"""Made-up samples with several classes."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from zsl import InvalidInputError
from zsl.datasets import make_multi_label


def test_samples_are_sums_of_what_their_classes_look_like():
    split = make_multi_label(6, 2, n_features=12, n_train=300, n_test=50, noise=0, random_state=3)
    looks = np.linalg.lstsq(split.y_train.to_numpy(dtype=float), split.X_train, rcond=None)[0]
    assert_allclose(split.y_train.to_numpy(dtype=float) @ looks, split.X_train, atol=1e-9)
    told = split.semantics.rows(list(split.y_test)) @ np.linalg.pinv(split.semantics.rows(list(split.y_train))) @ looks
    assert np.linalg.matrix_rank(told) <= 6
    assert split.unseen_classes == ["unseen_00", "unseen_01"]
    assert set(split.y_test.sum(axis=1)) == {1, 2, 3, 4}
    again = make_multi_label(6, 2, n_features=12, n_train=300, n_test=50, noise=0, random_state=3)
    assert_array_equal(again.X_test, split.X_test)


@pytest.mark.parametrize(("name", "value"), [("n_seen", 3), ("n_train", 0), ("noise", -1), ("n_unseen", 1.5)])
def test_bad_sizes_are_told(name, value):
    with pytest.raises(InvalidInputError, match=name):
        make_multi_label(**{name: value})
