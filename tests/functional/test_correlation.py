"""Correlation of columns against numpy's, and values to try."""

import numpy as np
import pytest

from zsl.exceptions import InvalidInputError
from zsl.functional.linear.correlation import column_correlation
from zsl.functional.linear.grids import values_to_try


def test_equals_numpys_and_is_nan_where_a_side_is_constant() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(20, 4)), rng.normal(size=(20, 4))
    b[:, 1] += a[:, 1]
    a[:, 2], b[:, 3] = 0.1, 7
    found = column_correlation(a, b)
    np.testing.assert_allclose(found[:2], [np.corrcoef(a[:, i], b[:, i])[0, 1] for i in (0, 1)])
    assert np.isnan(found[2:]).all()


@pytest.mark.parametrize(("value", "values"), [("auto", (1.0, 2.0)), (3, (3.0,)), (np.array([1, 4]), (1.0, 4.0))])
def test_values_to_try(value: object, values: tuple[float, ...]) -> None:
    assert values_to_try("alpha", value, (1.0, 2.0)) == values


@pytest.mark.parametrize("value", [0, -1.0, "ridge", [], [1, None], True, float("inf"), np.ones((2, 2))])
def test_a_value_that_cannot_be_tried_is_named(value: object) -> None:
    with pytest.raises(InvalidInputError, match="alpha="):
        values_to_try("alpha", value, (1.0,))
