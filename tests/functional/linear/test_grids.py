"""Values to try."""

import numpy as np
import pytest

from zsl.exceptions import InvalidInputError
from zsl.functional.linear.grids import values_to_try


@pytest.mark.parametrize(("value", "values"), [("auto", (1.0, 2.0)), (3, (3.0,)), (np.array([1, 4]), (1.0, 4.0))])
def test_values_to_try(value: object, values: tuple[float, ...]) -> None:
    assert values_to_try("alpha", value, (1.0, 2.0)) == values


@pytest.mark.parametrize("value", [0, -1.0, "ridge", [], [1, None], True, float("inf"), np.ones((2, 2))])
def test_a_value_that_cannot_be_tried_is_named(value: object) -> None:
    with pytest.raises(InvalidInputError, match="alpha="):
        values_to_try("alpha", value, (1.0,))
