"""Selection on held-out classes against full tables of scores, and the folds that it works on."""

import dataclasses

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.model_selection import KFold

from zsl.datasets import make_zero_shot
from zsl.estimators import ESZSLClassifier
from zsl.estimators._parameters import check_number, check_whole
from zsl.evaluation import ClassKFold
from zsl.evaluation.curves import best_bias, seen_unseen_curve
from zsl.exceptions import InvalidInputError
from zsl.functional.linear.moments import unit_moments
from zsl.functional.linear.origins import unit_rows
from zsl.methods.compatibility import CompatibilityMethod
from zsl.methods.linear.eszsl import ESZSL
from zsl.methods.linear.ridge import RidgePrototypes
from zsl.methods.linear.sae import SAE
from zsl.methods.linear.sync import SynC
from zsl.selection import calibration as _temperature
from zsl.selection import search as _search
from zsl.selection.calibration import Confidence
from zsl.selection.folds import TrainingPart, class_folds
from zsl.selection.gate import Gate
from zsl.selection.scaling import Scaler, Scalings
from zsl.selection.search import Margins, score_fold, search, with_gate
from zsl.selection.split_moments import SplitMoments

SCALINGS = Scalings("center", "center")
METHODS = {
    "eszsl": lambda part: ESZSL.solve(
        part.moments, part.semantics, {"alpha_features": [0.01, 0.1, 1.0], "alpha_semantics": [0.1, 1.0]}
    ),
    "ridge": lambda part: RidgePrototypes.solve(part.moments, part.semantics, {"alpha": [0.01, 1.0]}),
    "sae": lambda part: SAE.solve(part.moments, part.semantics, {"alpha": [0.1, 1.0]}, direction="semantic"),
    "sync": lambda part: SynC.solve(part.moments, part.semantics, {"alpha": [0.1, 1.0], "width": [0.1, 0.3]}),
    "no closed form": lambda part: [({"seed": seed}, Turned(seed)) for seed in (0, 1)],
}


class Turned(CompatibilityMethod):
    """Map semantics at random; kept in single precision, so that the search must ask for more."""

    def __init__(self, seed):
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        self.weight = torch.nn.Parameter(torch.randn(4, 10, generator=generator))

    def embed(self, X):
        return X

    def represent(self, S):
        return S @ self.weight


@pytest.fixture(scope="module")
def world():
    """Images of 12 classes of different size, their class numbers and their semantics."""
    split = make_zero_shot(12, 2, n_features=10, n_attributes=4, n_per_class=15, noise=0.8, random_state=0)
    labels, codes = np.unique(split.y_train, return_inverse=True)
    keep = np.random.default_rng(0).random(len(codes)) < 0.9
    return split.X_train[keep], codes[keep], split.semantics.rows(labels)


def folds_of(world, splits=None, scalings=SCALINGS, origin=None):
    X, codes, table = world
    splits = list(ClassKFold(3, random_state=0).split(X, codes)) if splits is None else splits
    origin = scalings.origin(X) if origin is None else origin
    moments = SplitMoments(X, codes, len(table), splits, origin)
    return list(class_folds(X, codes, table, splits, moments, scalings, origin))


def part_of(world, table, scalings):
    X, codes, _ = world
    origin = scalings.origin(X)
    return TrainingPart.of(X, codes, None, unit_moments(X, codes, 12, origin=origin), table, scalings, origin)


def measured(path):
    """Scores of the test samples of a fold along a path of methods."""

    def measure(fold):
        found = list(path(fold.part))
        return zip([point for point, _ in found], score_fold([method for _, method in found], fold), strict=True)

    return measure


def full_table(method, fold, table):
    """Scores of all test images of a fold against all classes, in the order of class numbers, at once."""
    X = torch.as_tensor(fold.part.scaled(fold.test))
    S = fold.part.semantic_scaler.unit(table)
    with torch.inference_mode():
        return method.double()(X, torch.as_tensor(S)).numpy()


def curve_of(scores, fold):
    truth = fold.part.codes[fold.test]
    on_seen = np.isin(truth, fold.part.classes)
    return seen_unseen_curve(
        truth[on_seen],
        scores[on_seen],
        truth[~on_seen],
        scores[~on_seen],
        classes=np.arange(scores.shape[1]),
        seen_classes=fold.part.classes,
    )


def assert_same_curve(found, expected):
    """Compare as functions of the bias, since neighbouring margins may differ by rounding alone."""
    places = np.concatenate([expected.margins - 1e-7, expected.margins + 1e-7, [-1e9, 1e9]])
    assert_allclose([found.at(p) for p in places], [expected.at(p) for p in places], atol=1e-12)
    assert found.ausuc == pytest.approx(expected.ausuc, abs=1e-9)


@pytest.mark.parametrize("block", [1, 7, 2048])
@pytest.mark.parametrize("method", METHODS)
def test_margins_and_curves_are_those_of_the_full_table(world, monkeypatch, method, block):
    monkeypatch.setattr(_search, "BLOCK_ROWS", block)
    for fold in folds_of(world):
        methods = [found for _, found in METHODS[method](fold.part)]
        margins = score_fold(methods, fold)
        assert len(margins) == len(methods)
        truth = fold.part.codes[fold.test]
        for found, one in zip(margins, methods, strict=True):
            scores = full_table(one, fold, world[2])
            seen_best, held_best = scores[:, fold.part.classes].max(axis=1), scores[:, fold.held].max(axis=1)
            on_seen = np.isin(truth, fold.part.classes)
            assert_array_equal(found.is_seen, on_seen)
            assert_allclose(found.own, np.where(on_seen, seen_best, held_best), atol=1e-9)
            assert_allclose(found.other, np.where(on_seen, held_best, seen_best), atol=1e-9)
            assert_same_curve(found.curve(), curve_of(scores, fold))
            table, trained, column = found.scored
            columns = np.concatenate([fold.part.classes, fold.held])
            assert_allclose(table, scores[:, columns], rtol=1e-5, atol=1e-6)
            assert_array_equal(columns[column], truth)
            assert_array_equal(columns[trained], fold.part.classes)


@pytest.mark.parametrize("block", [1, 7, 2048])
def test_scores_are_kept_of_as_many_images_of_both_sides(world, monkeypatch, block):
    (fold, *_) = folds_of(world)
    methods = [found for _, found in METHODS["eszsl"](fold.part)]
    whole = score_fold(methods, fold)
    monkeypatch.setattr(_search, "BLOCK_ROWS", block)
    monkeypatch.setattr(_temperature, "_MOST_SAMPLES", 10)
    kept = _temperature.sampled(whole[0].is_seen, 1)
    for found, every in zip(score_fold(methods, fold), whole, strict=True):
        table, trained, column = found.scored
        assert trained[column].sum() == 5
        assert_allclose(table, every.scored[0][kept], rtol=1e-5, atol=1e-6)
        assert_array_equal(column, every.scored[2][kept])


def test_the_weights_are_shares_of_the_accuracy_by_class(world):
    (fold, *_) = folds_of(world)
    ((_, method),) = list(METHODS["ridge"](fold.part))[:1]
    (margins,) = score_fold([method], fold)
    scores, truth = full_table(method, fold, world[2]), fold.part.codes[fold.test]
    for side, classes in ((margins.is_seen, fold.part.classes), (~margins.is_seen, fold.held)):
        hits = classes[scores[:, classes].argmax(axis=1)] == truth
        tested = np.unique(truth[side])
        accuracy = np.mean([hits[truth == c].mean() for c in tested])
        assert margins.weight[side].sum() == pytest.approx(accuracy)
        for c in tested:
            assert_allclose(margins.weight[truth == c], hits[truth == c] / (truth == c).sum() / len(tested))


def test_margins_by_hand():
    margins = Margins(
        np.array([2.0, 1.0, 0.0]),
        np.array([1.0, 3.0, 1.5]),
        np.array([0.5, 0.5, 1.0]),
        np.array([True, True, False]),
        (np.zeros((0, 2)), np.array([True, False]), np.zeros(0, dtype=int)),
    )
    # with a bias of 0 the first seen image is right; the unseen one is 1.5 behind the seen classes
    assert margins.curve().at(0.0) == (0.5, 0.0, 0.0)
    assert margins.curve().at(-2.5) == (1.0, 0.0, 0.0)
    assert margins.curve().at(1.6) == (0.0, 1.0, 0.0)


def test_methods_of_different_kinds_are_scored_side_by_side(world):
    (fold, *_) = folds_of(world)
    methods = [method for kind in METHODS for _, method in METHODS[kind](fold.part)]
    order = np.random.default_rng(0).permutation(len(methods))
    together = score_fold([methods[i] for i in order], fold)
    for place, number in enumerate(order):
        (alone,) = score_fold([methods[number]], fold)
        assert_allclose(together[place].own, alone.own, atol=1e-9)
        assert_allclose(together[place].other, alone.other, atol=1e-9)
        assert_array_equal(together[place].weight, alone.weight)


def test_a_fold_without_images_of_seen_classes_scores_the_held_out_ones(world):
    X, codes, _ = world
    splits = list(ClassKFold(3, seen_test_size=0, random_state=0).split(X, codes))
    for fold in folds_of(world, splits):
        ((_, method),) = list(METHODS["ridge"](fold.part))[:1]
        (margins,) = score_fold([method], fold)
        assert not margins.is_seen.any()
        scores, truth = full_table(method, fold, world[2]), codes[fold.test]
        hits = fold.held[scores[:, fold.held].argmax(axis=1)] == truth
        accuracy = np.mean([hits[truth == c].mean() for c in fold.held])
        assert margins.curve().at(1e9)[:2] == (0.0, pytest.approx(accuracy))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("bias", [None, 0.0, 0.05])
def test_the_choice_is_that_of_the_full_tables(world, method, bias):
    folds = folds_of(world)
    selection = search(measured(METHODS[method]), iter(folds), bias)
    points = [point for point, _ in METHODS[method](folds[0].part)]
    tables = [[full_table(m, fold, world[2]) for _, m in METHODS[method](fold.part)] for fold in folds]
    harmonic = []
    for number, point in enumerate(points):
        curves = [curve_of(table[number], fold) for table, fold in zip(tables, folds, strict=True)]
        figures = selection.figures[number]
        assert {name: figures[name] for name in point} == point
        gamma, *expected = best_bias(curves) if bias is None else (bias, *np.mean([c.at(bias) for c in curves], axis=0))
        assert figures["seen_bias"] == pytest.approx(gamma, abs=1e-9)
        assert_allclose([figures[name] for name in ("seen", "unseen", "harmonic_mean")], expected, atol=1e-9)
        harmonic.append(expected[2])
    best = int(np.argmax(harmonic))
    assert selection.params == points[best]
    assert selection.harmonic_mean == pytest.approx(harmonic[best])
    assert selection.seen_bias == selection.figures[best]["seen_bias"]
    assert (selection.n_folds, selection.gate) == (3, None)
    if bias is not None:
        assert selection.seen_bias == bias

    scored = []
    for table, fold in zip(tables, folds, strict=True):
        is_seen = np.isin(np.arange(12), fold.part.classes)
        lifted = table[best] + np.where(is_seen, 0.0, selection.seen_bias)
        scored.append((lifted, is_seen, fold.part.codes[fold.test]))
    expected = Confidence.of_folds(scored)
    assert_allclose(selection.confidence.quantiles, expected.quantiles, atol=1e-9)
    assert selection.confidence.n_classes == 12


@pytest.mark.parametrize("bias", [None, 0.0])
def test_of_equal_points_the_first_is_taken(world, bias):
    def path(part):
        good = RidgePrototypes.solve(part.moments, part.semantics, {"alpha": [0.1, 0.1, 0.1]})
        yield {"place": 0}, Turned(0)
        for place, (_, method) in enumerate(good, start=1):
            yield {"place": place}, method

    selection = search(measured(path), folds_of(world), bias)
    first, *others = (entry["harmonic_mean"] for entry in selection.figures)
    assert first < others[0] == others[1] == others[2]
    assert selection.params == {"place": 1}


def test_a_harmonic_mean_of_nought_everywhere_still_gives_a_point(world):
    X, codes, _ = world
    splits = list(ClassKFold(3, seen_test_size=0, random_state=0).split(X, codes))
    selection = search(measured(METHODS["ridge"]), folds_of(world, splits), None)
    assert selection.params == {"alpha": 0.01}
    assert selection.harmonic_mean == 0
    assert np.isfinite(selection.seen_bias)


@pytest.mark.parametrize("block", [7, 2048])
@pytest.mark.parametrize("method", METHODS)
def test_the_gate_is_fitted_on_the_full_tables_of_the_chosen_point(world, monkeypatch, method, block):
    monkeypatch.setattr(_search, "BLOCK_ROWS", block)
    folds = folds_of(world)
    selection = search(measured(METHODS[method]), folds, None)

    def fit(fold):
        return next(m for point, m in METHODS[method](fold.part) if point == selection.params)

    gated = with_gate(selection, ((fit(fold), fold) for fold in folds))
    scored = []
    for fold in folds:
        is_seen = np.isin(np.arange(12), fold.part.classes)
        scored.append((full_table(fit(fold), fold, world[2]), is_seen, fold.part.codes[fold.test]))
    expected = Gate.fit(scored)
    assert_allclose(gated.gate.temperatures, expected.temperatures, rtol=1e-3)
    assert_allclose(gated.gate.weights, expected.weights, rtol=1e-2, atol=1e-2)
    best = [expected.log_probabilities(scores, is_seen).max(axis=1) for scores, is_seen, _ in scored]
    assert_allclose(gated.confidence.quantiles, np.quantile(np.concatenate(best), np.arange(201) / 200), atol=1e-2)
    assert gated.temperature == 1.0
    assert (
        dataclasses.replace(gated, gate=None, confidence=selection.confidence, temperature=selection.temperature)
        == selection
    )


def splits_of(kind, codes):
    """Pairs of training and test images, as splitters of different kinds give them."""
    rng = np.random.default_rng(0)
    images = np.arange(len(codes))

    def hold_out(*classes, share=0.0):
        test = np.isin(codes, classes) | (rng.random(len(codes)) < share)
        return images[~test], images[test]

    return {
        "each class once": list(ClassKFold(4, random_state=0).split(codes, codes)),
        "no seen image tested": list(ClassKFold(4, seen_test_size=0, random_state=0).split(codes, codes)),
        "a class twice": [hold_out(0, 1, 2, share=0.2), hold_out(2, 3, 4, share=0.2)],
        "the same classes twice": [hold_out(0, 1, 2, 3, 4, 5, share=0.1), hold_out(0, 1, 2, 3, 4, 5, share=0.2)],
        "one fold": [hold_out(7, share=0.3)],
        "half of the images left out": [tuple(part[::2] for part in hold_out(c, share=0.2)) for c in (3, 4)],
        "not in order": [tuple(rng.permutation(part) for part in hold_out(5, share=0.2))],
        "test images trained on, too": [(images[codes != 5], images[(codes == 5) | (images % 4 == 0)])],
    }[kind]


KINDS = [
    "each class once",
    "no seen image tested",
    "a class twice",
    "the same classes twice",
    "one fold",
    "half of the images left out",
    "not in order",
    "test images trained on, too",
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("scaling", ["none", "center", "standard", "whiten"])
def test_the_moments_of_a_fold_are_those_of_its_scaled_training_images(world, kind, scaling):
    X, codes, table = world
    splits = splits_of(kind, codes)
    folds = folds_of(world, splits, Scalings(scaling, "standard"))
    assert len(folds) == len(splits)
    for fold, (train, test) in zip(folds, splits, strict=True):
        part = fold.part
        kept = np.unique(codes[train])
        assert_array_equal(part.classes, kept)
        assert_array_equal(fold.held, np.setdiff1d(codes[test], kept))
        assert_array_equal(fold.test, np.sort(test))
        directions = unit_rows(X - (0 if scaling == "none" else X.mean(axis=0)))
        scaler = Scaler.fit("s", scaling, directions[train], codes[train])
        rows = scaler(directions[train])
        assert_allclose(part.scaler.of_unit(X), scaler(directions), rtol=1e-5, atol=1e-5)
        assert_allclose(part.scaled(train), rows, rtol=1e-5, atol=1e-5)
        assert_array_equal(part.moments.counts, [(codes[train] == c).sum() for c in kept])
        assert_allclose(part.moments.sums, [rows[codes[train] == c].sum(axis=0) for c in kept], rtol=1e-5, atol=1e-4)
        assert_allclose(part.moments.gram, rows.T @ rows, rtol=1e-5, atol=1e-4)
        semantic = Scaler.fit("s", "standard", table[kept])
        assert_allclose(part.semantics, semantic.unit(table[kept]))
        assert_allclose(fold.semantics, semantic.unit(table))


def test_training_images_are_given_in_single_precision_with_the_row_of_their_class(world):
    _, codes, table = world
    for fold in folds_of(world):
        images, places = fold.part.samples()
        assert images.dtype == np.float32
        assert_allclose(images, fold.part.scaled(fold.part.rows), atol=1e-6)
        assert_array_equal(fold.part.classes[places], codes[fold.part.rows])
    whole = part_of(world, table, SCALINGS)
    images, places = whole.samples()
    assert_allclose(images, whole.scaled(slice(None)), atol=1e-6)
    assert_array_equal(places, codes)


def test_without_a_table_the_mean_image_describes_a_class(world):
    _, codes, _ = world
    part = part_of(world, None, Scalings("center", "none", unit=False))
    means = np.array([part.scaled(np.flatnonzero(codes == c)).mean(axis=0) for c in range(12)])
    assert_allclose(part.semantics, means, atol=1e-12)
    unit = part_of(world, None, Scalings("center", "none"))
    assert_allclose(unit.semantics, means / np.linalg.norm(means, axis=1, keepdims=True), atol=1e-10)


def test_scores_come_from_folds_that_learn_nothing_of_held_out_classes(world):
    X, codes, table = world
    (split, *_) = ClassKFold(3, random_state=0).split(X, codes)
    origin = SCALINGS.origin(X)  # the one thing that is learned of all samples
    (fold,) = folds_of(world, [split], origin=origin)
    X, table = X.copy(), table.copy()
    X[fold.test] = -9 * X[fold.test] + 1
    table[fold.held] += 100
    (other,) = folds_of((X, codes, table), [split], origin=origin)
    assert_allclose(other.part.moments.gram, fold.part.moments.gram, atol=1e-10)
    assert_allclose(other.part.scaler.mean, fold.part.scaler.mean, atol=1e-12)
    assert_array_equal(other.part.semantics, fold.part.semantics)


@pytest.mark.parametrize("scaling", ["none", "center", "standard", "whiten"])
def test_scaling_learned_from_moments_is_that_learned_from_rows(world, scaling):
    X, codes, _ = world
    rows = unit_rows(X)
    found = Scaler.of_moments(scaling, unit_moments(X, codes, 12))
    expected = Scaler.fit("feature_scaling", scaling, rows, codes)
    assert_allclose(found(rows), expected(rows), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("level", [0.02, 0.5, 0.7, 0.9])
def test_a_feature_that_never_varies_is_not_blown_up(dtype, level):
    # in single precision a sum of squares less the squared mean leaves more than nought
    X = unit_rows(np.random.default_rng(1).normal(size=(300, 20)))
    X = np.column_stack([np.sqrt(1 - level**2) * X, np.full(300, level)]).astype(dtype)
    assert Scaler.of_moments("standard", unit_moments(X, np.zeros(300, dtype=int), 1)).factor[-1] == 1


@pytest.mark.parametrize("balance", ["stacking", "gate"])
def test_a_splitter_that_holds_out_no_class_is_named(balance):
    split = make_zero_shot(6, 2, n_features=8, n_attributes=4, n_per_class=10, random_state=0)
    estimator = ESZSLClassifier(semantics=split.semantics, cv=KFold(3, shuffle=True, random_state=0), balance=balance)
    with pytest.raises(InvalidInputError, match="cv"):
        estimator.fit(split.X_train, split.y_train)


def test_a_gate_without_tested_images_of_seen_classes_is_named():
    split = make_zero_shot(6, 2, n_features=8, n_attributes=4, n_per_class=10, random_state=0)
    estimator = ESZSLClassifier(semantics=split.semantics, cv=ClassKFold(3, seen_test_size=0), balance="gate")
    with pytest.raises(InvalidInputError, match="cv"):
        estimator.fit(split.X_train, split.y_train)


@pytest.mark.parametrize("value", [2, np.int64(2), 10**9])
def test_whole_numbers_pass(value):
    check_whole("k", value, 2)


@pytest.mark.parametrize("value", [1, 0, -3, 2.0, True, "2", None])
def test_what_is_no_whole_number_in_range_is_named(value):
    with pytest.raises(InvalidInputError, match=f"k={value!r}; wanted a whole number of 2 or more"):
        check_whole("k", value, 2)


@pytest.mark.parametrize("value", [0, 0.5, np.float32(3), np.int64(1)])
def test_numbers_pass(value):
    check_number("a", value)
    check_number("a", value, least=0)
    check_number("a", value + 1, above=0)


@pytest.mark.parametrize(
    ("value", "limits", "wanted"),
    [
        (float("nan"), {}, "a number that is finite"),
        (float("inf"), {}, "a number that is finite"),
        (True, {}, "a number that is finite"),
        ("1", {"above": 0}, "a number above 0"),
        (0, {"above": 0}, "a number above 0"),
        (-1, {"above": 0}, "a number above 0"),
        (-0.1, {"least": 0}, "a number of 0 or more"),
        (None, {"least": 0.5}, r"a number of 0\.5 or more"),
    ],
)
def test_what_is_no_number_in_range_is_named(value, limits, wanted):
    with pytest.raises(InvalidInputError, match=f"a={value!r}; wanted {wanted}"):
        check_number("a", value, **limits)
