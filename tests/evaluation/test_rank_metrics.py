"""Measures of answers by rank, against sets of ancestors."""

import numpy as np
import pytest

from zsl import InvalidInputError
from zsl.evaluation import accuracy_specificity_curve, rank_metrics
from zsl.taxonomy import Taxonomy

TREE = Taxonomy({"animal": {"cat": ["lion", "tiger"], "dog": ["wolf"]}, "plant": ["rose"]})


def line(node):
    return {node, *TREE.ancestors(node)} - {"root"}


def test_figures_are_those_of_sets_of_ancestors():
    rng = np.random.default_rng(0)
    truth, answers = rng.choice(TREE.classes, 200), rng.choice(TREE.nodes, 200)
    found = rank_metrics(truth, answers, taxonomy=TREE)
    pairs = [(line(t), line(v)) for t, v in zip(truth.tolist(), answers.tolist(), strict=True)]
    both = sum(len(t & v) for t, v in pairs)
    precision, recall = both / sum(len(v) for _, v in pairs), both / sum(len(t) for t, _ in pairs)
    assert found.precision == pytest.approx(precision)
    assert found.recall == pytest.approx(recall)
    assert found.f1 == pytest.approx(2 * precision * recall / (precision + recall))
    assert found.accuracy == pytest.approx(np.mean([v <= t for t, v in pairs]))
    assert found.exact == pytest.approx(np.mean(truth == answers))
    assert found.depth == pytest.approx(np.mean([len(v) for _, v in pairs]))
    assert found.distance == pytest.approx(np.mean([len(t ^ v) for t, v in pairs]))
    gain = [1 - np.log(len(TREE.leaves_of(v))) / np.log(4) for v in answers.tolist()]
    assert found.specificity == pytest.approx(np.mean(gain))
    assert found.information == pytest.approx(np.mean([g * (v <= t) for g, (t, v) in zip(gain, pairs, strict=True)]))
    assert found.by_depth["share"].sum() == pytest.approx(1)
    assert (found.by_depth["share"] * found.by_depth["accuracy"]).sum() == pytest.approx(found.accuracy)
    assert found.to_series()["exact"] == found.exact


def test_the_right_answer_for_a_stranger_is_its_deepest_known_group():
    known = ["lion", "wolf", "rose"]
    found = rank_metrics(["tiger", "tiger", "tiger"], ["cat", "animal", "lion"], taxonomy=TREE, known=known)
    assert found.exact == pytest.approx(1 / 3)
    assert found.accuracy == pytest.approx(2 / 3)


def test_roots_only():
    found = rank_metrics(["lion", "wolf"], ["root", "root"], taxonomy=TREE)
    assert (found.accuracy, found.precision, found.recall, found.f1, found.depth) == (1, 1, 0, 0, 0)


def test_the_curve_is_that_of_all_floors():
    rng = np.random.default_rng(1)
    paths = [["root", *TREE.ancestors(leaf)[-2::-1], leaf] for leaf in rng.choice(TREE.classes, 60).tolist()]
    labels = np.full((60, 4), None, dtype=object)
    values = np.full((60, 4), np.nan)
    for row, path in enumerate(paths):
        labels[row, : len(path)] = path
        values[row, : len(path)] = [1.0, *np.sort(rng.integers(1, 9, len(path) - 1) / 10)[::-1]]
    truth = rng.choice(TREE.classes, 60)
    curve = accuracy_specificity_curve(truth, (labels, values), taxonomy=TREE)
    assert (curve.accuracy[0], curve.specificity[0]) == (1, 0)
    for floor, accuracy, specificity in zip(curve.floors, curve.accuracy, curve.specificity, strict=True):
        answers = [[*row[:1], *row[1:][v[1:] >= floor]][-1] for row, v in zip(labels, values, strict=True)]
        found = rank_metrics(truth, answers, taxonomy=TREE)
        assert found.accuracy == pytest.approx(accuracy)
        assert found.specificity == pytest.approx(specificity)
    assert curve.at(0.0) == curve.specificity.max()
    assert 0 < curve.area < 1
    perfect = accuracy_specificity_curve([path[-1] for path in paths], (labels, values), taxonomy=TREE)
    assert perfect.area == pytest.approx(1)


@pytest.mark.parametrize(
    ("truth", "answers", "message"),
    [
        (["lion"], ["cat", "dog"], "y_true has 1 labels and y_rank 2"),
        ([], [], "y_true has 0"),
        (["cat"], ["cat"], "y_true names .'cat'., groups"),
        (["lyon"], ["cat"], "y_true='lyon'"),
        (["lion"], ["cats"], "y_rank='cats' is not in .*Did you mean 'cat'"),
    ],
)
def test_what_is_refused(truth, answers, message):
    with pytest.raises(InvalidInputError, match=message):
        rank_metrics(truth, answers, taxonomy=TREE)


def test_curves_want_paths():
    with pytest.raises(InvalidInputError, match="paths has shapes"):
        accuracy_specificity_curve(["lion"], ([["root"]], [[1.0, 0.5]]), taxonomy=TREE)
    with pytest.raises(InvalidInputError, match="accuracy=2"):
        accuracy_specificity_curve(["lion"], ([["root", "plant"]], [[1.0, 0.5]]), taxonomy=TREE).at(2)
