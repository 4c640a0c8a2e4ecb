"""Comparisons: intervals against plain formulas and simulation, what is paired, and what is said."""

from dataclasses import replace

import numpy as np
import pytest
from nearest_prototype import NearestPrototype, gaussian_split
from scipy import stats

from benchmarks.robustness.coverage import drawn, truth
from zsl import InvalidInputError
from zsl.evaluation import BenchmarkResult, GZSLResult, Predictions, compare, evaluate_gzsl, run_benchmark
from zsl.evaluation.comparing.comparison import compare_best
from zsl.evaluation.comparing.resampling import FIGURES, Units, estimated


class Worse(NearestPrototype):
    """Gets a random half of the predictions among seen classes wrong, and counts by its random state."""

    def __init__(self, *, semantics=None, alpha=1e-3, seen_bias=0.0, random_state=None):
        super().__init__(semantics=semantics, alpha=alpha, seen_bias=seen_bias)
        self.random_state = random_state

    def class_scores(self, X, classes=None, *, calibrated=False):
        scores = super().class_scores(X, classes, calibrated=calibrated)
        return scores + np.random.default_rng(self.random_state).normal(size=scores.shape) * np.ptp(scores) / 6

    def predict(self, X, classes=None):
        known = self.classes_ if classes is None else np.asarray(classes)
        return known[self.class_scores(X, classes).argmax(axis=1)]


@pytest.fixture(scope="module")
def split():
    return gaussian_split(12, 6, n_per_class=16, noise=0.6)


@pytest.fixture(scope="module")
def result(split, tmp_path_factory):
    folder = tmp_path_factory.mktemp("cells")
    methods = {"good": NearestPrototype(), "worse": Worse(), "bad": Worse(alpha=1e3)}
    other = gaussian_split(10, 5, n_per_class=12, noise=0.4, seed=1)
    run_benchmark(methods, {"one": split, "two": other}, seeds=3, folder=folder, verbose=False)
    return BenchmarkResult.read(folder)


@pytest.fixture(scope="module")
def fits(split):
    made = NearestPrototype(semantics=split.semantics), Worse(semantics=split.semantics, random_state=0)
    return [evaluate_gzsl(estimator, split) for estimator in made]


def test_predictions_give_the_figures(fits):
    for fit in fits:
        flat = [np.full((1, n), 1 / n) for n in (12, 6)]
        found = Units.from_predictions(fit.predictions).figures(*flat)[:, 0]
        np.testing.assert_allclose(found, [getattr(fit, figure) for figure in FIGURES], atol=1e-12)


def test_area_with_ties_is_that_of_the_curve(fits):
    """Whole margins, so that steps of S and U coincide."""
    from zsl.evaluation.curves import margin_curve

    rng, kept = np.random.default_rng(0), fits[0].predictions
    margins = [rng.integers(-3, 4, size=len(side)).astype(float) for side in (kept.seen_true, kept.unseen_true)]
    hits = [rng.random(len(side)) < 0.7 for side in margins]
    marked = [np.where(hit, margin, -np.inf) for hit, margin in zip(hits, margins, strict=True)]
    tied = replace(kept, seen_margins=marked[0], unseen_margins=marked[1])
    weights = []
    for hit, true in zip(hits, (kept.seen_true, kept.unseen_true), strict=True):
        labels, code, counts = np.unique(true, return_inverse=True, return_counts=True)
        weights.append(hit / counts[code] / len(labels))
    wanted = margin_curve(margins[0], weights[0], margins[1], weights[1]).ausuc
    assert Units.from_predictions(tied).area.mean() == pytest.approx(wanted, abs=1e-12)


def test_the_interval_of_t1_is_student_s(fits):
    """The mean over classes of one side: the bootstrap's variance is that of the usual formula."""
    values = np.array([*fits[0].t1_by_class.values()])
    low, high = stats.t.interval(0.9, len(values) - 1, values.mean(), stats.sem(values))
    found = fits[0].intervals(level=0.9, n_draws=20_000)
    np.testing.assert_allclose(found.loc["t1", ["low", "high"]].to_numpy(), np.clip([low, high], 0, 1), atol=0.004)
    assert found["value"].tolist() == [getattr(fits[0], figure) for figure in FIGURES]
    assert (found["low"] <= found["value"]).all()
    bare = replace(fits[0], predictions=None).intervals(level=0.9)
    assert np.isnan(bare.loc["ausuc", "low"])
    assert bare.loc["seen", "low"] == pytest.approx(found.loc["seen", "low"], abs=0.01)


def test_the_difference_is_that_of_paired_classes(fits):
    difference = np.array([*fits[0].seen_by_class.values()]) - np.array([*fits[1].seen_by_class.values()])
    low, high = stats.t.interval(0.95, len(difference) - 1, difference.mean(), stats.sem(difference))
    row = compare(*fits, n_draws=20_000).table.loc[("gaussian", "seen")]
    assert row["difference"] == pytest.approx(difference.mean())
    np.testing.assert_allclose([row["low"], row["high"]], np.clip([low, high], -1, 1), atol=0.006)
    assert compare(fits[0], fits[0]).interval == (0, 0)


def test_over_samples_is_stratified_by_class(fits):
    one, other = (fit.predictions for fit in fits)
    difference = one.seen_hits.astype(float) - other.seen_hits
    classes = [difference[one.seen_true == label] for label in np.unique(one.seen_true)]
    error = np.sqrt(sum(stats.sem(part) ** 2 for part in classes)) / len(classes)
    found = compare(*fits, over="samples", n_draws=10_000, figure="seen")
    half = (found.interval[1] - found.interval[0]) / 2
    assert half == pytest.approx(stats.t.ppf(0.975, len(difference) - len(classes)) * error, rel=0.03)
    assert "AUSUC is left out" in str(found)
    assert "seen and" in found.sentence


@pytest.mark.parametrize("sizes", [(20, 6, 10, (0, 0)), (20, 6, 10, (4, 0))], ids=["closed forms", "seeds"])
def test_coverage(sizes):
    """95 of 100 intervals hold the truth; at 150 worlds, 88 to 100 do with a probability of over 99.9 %."""
    rng, held, n = np.random.default_rng(1), np.zeros(5), 150
    wanted = truth(0, sizes[3][0]) - truth(1, sizes[3][1])
    for _ in range(n):
        arms = [[Units.from_predictions(fit) for fit in arm] for arm in drawn(rng, *sizes)]
        found, _ = estimated(arms, (1.0, -1.0), 200, rng)
        held += np.abs(found.value - wanted) <= found.half(0.95)
    assert (held / n >= 0.88).all(), held / n


def test_methods_of_a_benchmark(result):
    found = compare("good", "bad", within=result)
    assert found.names == ("good", "bad")
    assert list(dict.fromkeys(found.table.index.get_level_values(0))) == ["one", "two", "(mean)"]
    frame = result.to_frame().set_index(["data", "method"])
    for data in ("one", "two"):
        row = found.table.loc[(data, "harmonic_mean")]
        assert row["a"] == pytest.approx(frame.loc[(data, "good"), "harmonic_mean"])
        assert row["b"] == pytest.approx(frame.loc[(data, "bad"), "harmonic_mean"])
    own = found.table.xs("harmonic_mean", level=1)["difference"]
    assert found.difference == pytest.approx((own["one"] + own["two"]) / 2)
    back = compare("bad", "good", within=result)
    assert back.difference == -found.difference
    assert back.interval == pytest.approx((-found.interval[1], -found.interval[0]), abs=0.02)
    assert compare("good", "bad", within=result).table.equals(found.table)
    assert "3 random states of bad" in str(found)


def test_sentences(result, fits):
    assert compare(*fits, names=("x\ny", "z")).sentence.startswith("x y beats z by 0.")
    back = compare(fits[1], fits[0], names=("z", "x"))
    assert back.sentence.startswith("x beats z by 0.")
    assert back.difference < 0
    same = compare(fits[0], replace(fits[0], name="other"), names=("p", "q")).sentence
    assert same == (
        "No difference in H can be told between p and q on gaussian: 0.000 (95 % interval 0.000 to 0.000, from "
        "resampling 12 seen and 6 unseen classes)."
    )
    lines = compare_best(result)
    assert len(lines) == 3
    assert lines[1].startswith("On these very classes: ")
    assert "the two of the largest H among 3 methods" in lines[2]


def test_a_side_of_one_class_has_no_interval():
    kept = Predictions(np.array([0, 1, 2]), *(np.array(x) for x in ([0, 1], [0, 1], [2, 2], [2, 0], [2, 2], [1.0, 1.0],
                                                                   [0.5, -0.5])))  # fmt: skip
    fit = GZSLResult({2: 1.0}, {0: 1.0, 1: 1.0}, {2: 0.5}, None, 0.0, predictions=kept)
    found = compare(fit, fit, figure="unseen")
    assert np.isnan(found.interval).all()
    assert found.sentence.endswith("One class alone gives no interval.")
    assert compare(fit, fit, figure="seen").interval == (0, 0)


def test_cells_without_predictions(result, tmp_path):
    result.to_json(tmp_path / "all.json")
    bare = BenchmarkResult.read(tmp_path / "all.json")
    assert bare.cells == result.cells
    found, whole = (compare("good", "bad", within=one) for one in (bare, result))
    assert found.table.index.get_level_values(1).unique().tolist() == list(FIGURES[:4])
    assert found.difference == pytest.approx(whole.difference)
    with pytest.raises(InvalidInputError, match="a: 1 of 1 fits on 'one' kept no predictions, which over='samples'"):
        compare("good", "bad", within=bare, over="samples")
    with pytest.raises(InvalidInputError, match="figure='ausuc' takes predictions"):
        compare("good", "bad", within=bare, figure="ausuc")
    old = BenchmarkResult([{k: v for k, v in cell.items() if k != "classes"} for cell in bare.cells])
    with pytest.raises(InvalidInputError, match="kept no accuracies of classes"):
        compare("good", "bad", within=old)
    assert "can't be compared" in compare_best(old)[0]


def test_bad_arguments(result, fits, split):
    alone = BenchmarkResult([cell for cell in result.cells if cell["method"] == "good"])
    assert compare(alone, alone, figure="t1").names == ("a", "b")
    other = evaluate_gzsl(NearestPrototype(semantics=split.semantics), gaussian_split(12, 5, n_per_class=8, noise=0.5))
    for arguments, complaint in (
        ((fits[0], 3), "b is 3; wanted a GZSLResult"),
        ((fits[0], []), r"b is \[\]; wanted a GZSLResult"),
        ((fits[0], "good"), "b='good' is a name; wanted within="),
        ((result, fits[0]), "a is a benchmark of 3 methods"),
        ((fits[0], other), "a and b were measured on other test classes of 'gaussian'"),
    ):
        with pytest.raises(InvalidInputError, match=complaint):
            compare(*arguments)
    for options, complaint in (
        ({"figure": "h"}, "figure='h'; wanted one of t1"),
        ({"over": "seeds"}, "over='seeds'; wanted one of classes, samples"),
        ({"level": 1}, "level=1; wanted a number in"),
        ({"n_draws": 10}, "n_draws=10; wanted"),
        ({"random_state": -1}, "random_state=-1; wanted"),
        ({"names": ("x",)}, "names=.*wanted two names"),
        ({"within": 3}, "within is of type int"),
    ):
        with pytest.raises(InvalidInputError, match=complaint):
            compare(*fits, **options)
    with pytest.raises(InvalidInputError, match="a='best' is no method of the benchmark; known are"):
        compare("best", "bad", within=result)
