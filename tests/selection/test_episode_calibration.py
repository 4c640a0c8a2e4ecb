"""Temperature and thresholds by number of shots and ways: against Gaussian classes, where all that is known."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.special import log_softmax

from zsl.methods.frozen.simple_shot import SimpleShot
from zsl.selection.calibration import Confidence, likeliest_temperature
from zsl.selection.episodes import Held, ShotCalibration

WIDTH = 4


def drawn(n_classes, n_each, noise=1.0, seed=0):
    """Samples of Gaussian classes whose centres are Gaussian, too."""
    rng = np.random.default_rng(seed)
    codes = np.repeat(np.arange(n_classes), n_each)
    return rng.normal(size=(n_classes, WIDTH))[codes] * 3 + noise * rng.normal(size=(len(codes), WIDTH)), codes


def held(n_classes=40, n_each=40, **more):
    X, codes = drawn(n_classes, n_each, **more)
    return Held(SimpleShot(None, n_features=WIDTH, transform="none").double(), lambda rows: rows, X, codes)


def test_squared_distances_to_means_want_twice_the_variance_and_more_with_few_shots():
    # With many shots exp(-d² / 2σ²) is the likelihood; a mean of K samples itself varies by σ² / K.
    found = ShotCalibration.measured([held(noise=1.5)], n_queries=3000)
    assert found.shots == (1, 2, 5, 20)
    assert found.ways == ((5, 20),) * 4
    assert_allclose(found.temperature(20, 20), 2 * 1.5**2 * (1 + 1 / 20), rtol=0.1)
    assert_allclose(found.temperature(20, 1), 2 * 1.5**2 * 2, rtol=0.2)
    by_shot = [found.temperature(10, shot) for shot in (1, 1.5, 2, 5, 20, 100)]
    assert by_shot == sorted(by_shot, reverse=True)
    assert by_shot[-1] == by_shot[-2]


@pytest.mark.parametrize("n_way", [5, 20, 30])
@pytest.mark.parametrize("shot", [1, 5])
def test_as_many_are_rejected_as_are_asked_for(n_way, shot):
    found = ShotCalibration.measured([held()], n_queries=4000)
    rejected = []
    for seed in range(1, 31):
        by_class = drawn(n_way, 20 + shot, seed=seed)[0].reshape(n_way, -1, WIDTH)
        means, queries = by_class[:, :shot].mean(axis=1), by_class[:, shot:].reshape(-1, WIDTH)
        best = -np.square(queries[:, None] - means).sum(axis=2).min(axis=1)
        rejected.append((best < found.threshold(0.1, n_way, shot)).mean())
    assert_allclose(np.mean(rejected), 0.1, atol=0.05)


def test_folds_of_few_and_small_classes():
    few = ShotCalibration.measured([held(3, 3), held(2, 2)])
    assert few.shots == (1, 2)
    assert few.ways == ((2, 2), (3, 3))
    assert few.has_thresholds
    nothing = ShotCalibration.measured([held(3, 1)])
    assert nothing == ShotCalibration.measured([]) == ShotCalibration()
    assert nothing.temperature(5, 1) == 1.0
    assert not nothing.has_thresholds
    assert not ShotCalibration.measured([held(5, 3)], thresholds=False).has_thresholds
    assert ShotCalibration.measured([held(9, 3)], most_ways=4).ways == ((4, 4), (4, 4))


def test_classes_that_are_told_apart_without_error_make_nothing_certain():
    found = ShotCalibration.measured([held(noise=1e-3)])
    assert found.temperature(5, 5) > 100 * 2 * 1e-3**2  # that of the noise alone


def test_doubt_counts_rows_of_any_class():
    table, truth = np.array([[2.0, 0.0], [0.0, 1.0], [3.0, 0.0]]), np.array([0, 1, 0])
    found = likeliest_temperature([(table, truth)], doubt=0.5)
    grid = np.exp(np.linspace(-3, 3, 2001))
    rows = [log_softmax(table / t, axis=1) for t in grid]
    wanted = [row[np.arange(3), truth].sum() + 0.5 * row.mean() for row in rows]
    assert_allclose(found, grid[np.argmax(wanted)], rtol=0.01)


def test_growth_by_ways_is_that_between_the_two_measured():
    rng = np.random.default_rng(0)

    def fold(n_way):
        return rng.normal(size=(2000, n_way)), np.zeros(n_way, dtype=bool), rng.integers(n_way, size=2000)

    few, many = fold(4), fold(16)
    found = Confidence.of_ways([few], [many])
    for table, n_way in ((few, 4), (many, 16)):
        assert_allclose((table[0].max(axis=1) < found.threshold(0.1, n_way)).mean(), 0.1, atol=2e-3)
    assert Confidence.of_ways([few]) == Confidence.of_folds([few])
