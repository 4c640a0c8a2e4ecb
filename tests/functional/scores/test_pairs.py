"""Which pairs of classes a partly filled table tells apart, against loops over pairs, cells and urns."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from zsl.functional.scores.pairs import attribute_ranges, expected_splits, greatest_differences, pair_counts


@pytest.fixture(params=range(6))
def drawn(request):
    """Values in quarters with gaps, doubts of some of them, and pairs to tell apart."""
    rng = np.random.default_rng(request.param)
    scaled = rng.integers(0, 5, size=(7, 5)) / 4
    scaled[rng.random(scaled.shape) < 0.4] = np.nan
    doubt = rng.choice([0, 0, 0.1, 0.3, np.inf], size=scaled.shape)
    doubt[np.isnan(scaled)] = 0
    return scaled, doubt, rng.random(scaled.shape) < 0.2


def difference(x, y, u, v):
    return 0.0 if np.isnan(x + y) or np.isinf(u + v) else max(0.0, abs(x - y) - np.sqrt(u**2 + v**2))


@pytest.mark.parametrize("margin", [0.25, 0.5, 1.0])
def test_differences_pair_by_pair(drawn, margin):
    scaled, doubt, _ = drawn
    counts = pair_counts(scaled, doubt, margin)
    greatest, attribute = greatest_differences(scaled, doubt)
    for c in range(7):
        for d in range(7):
            own = [difference(*scaled[[c, d], k], *doubt[[c, d], k]) for k in range(5)]
            assert counts[c, d] == sum(each >= margin - 1e-9 for each in own)
            assert greatest[c, d] == pytest.approx(max(own))
            if max(own) > 0:
                assert own[attribute[c, d]] == pytest.approx(max(own))


@pytest.mark.parametrize("margin", [0.25, 0.5, 1.0])
def test_expected_splits_draw_by_draw(drawn, margin):
    """Every draw from the urn, one after the other, with the copy put back."""
    scaled, doubt, more = drawn
    open_ = np.isnan(scaled) | more
    counts = pair_counts(scaled, doubt, margin)
    together = counts < 2
    np.fill_diagonal(together, False)
    wanted = np.zeros(scaled.shape)
    for k in range(5):
        urn = [0.0, 1.0, *(scaled[c, k] for c in range(7) if not open_[c, k])]
        for c in np.flatnonzero(open_[:, k]):
            for d in np.flatnonzero(together[c]):
                if open_[d, k]:
                    apart = [abs(u - v) >= margin for u in urn for v in [*urn, u]]
                    wanted[c, k] += np.mean(apart) / 2
                else:
                    reach = margin + doubt[d, k] - 1e-9
                    wanted[c, k] += np.mean([abs(u - scaled[d, k]) >= reach for u in urn])
    assert_allclose(expected_splits(scaled, doubt, open_, together, margin), wanted, atol=1e-12)


def test_yes_and_no_follow_the_rule_of_succession():
    scaled = np.array([[1.0], [1.0], [0.0], [np.nan]])
    together = ~np.eye(4, dtype=bool)
    found = expected_splits(scaled, np.zeros((4, 1)), np.isnan(scaled), together, 0.5)
    yes = (2 + 1) / (3 + 2)
    assert_allclose(found[3, 0], 2 * (1 - yes) + yes)


def test_ranges():
    values = np.array([[0.2, 5, 30, np.nan, -3, 7], [0.4, 1, np.nan, np.nan, -1, 7]])
    low, high = attribute_ranges(values)
    assert_array_equal(low, [0, 1, 0, 0, -3, 0])
    assert_array_equal(high, [1, 5, 30, 1, -1, 7])
    low, high = attribute_ranges(-values[:, 2:3])
    assert (low[0], high[0]) == (-30, 0)
