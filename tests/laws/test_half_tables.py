"""A class table in half precision: the scores of its numbers, in a quarter of the memory and of the file."""

import copy
import pickle
from functools import cache

import numpy as np
import pytest
from checks import saved_and_loaded
from numpy.testing import assert_array_equal
from sklearn.base import clone
from worlds import DESCRIBED, data

from zsl import ClassIndex, ESZSLClassifier, RidgePrototypeClassifier, Semantics
from zsl.classes import represented
from zsl.datasets import make_zero_shot
from zsl.estimators._described_classes import SeparateClassesClassifier
from zsl.exceptions import SemanticsError
from zsl.scale import prototypes

LONG = ("ALEClassifier", "FeatureGeneratingClassifier", "Relation, both", "SSEClassifier")
NAMES = [name for name in DESCRIBED if not name.startswith("FeatureGenerating, ")]
SEPARATE = [name for name in NAMES if name not in LONG and isinstance(DESCRIBED[name](), SeparateClassesClassifier)]
ALL = [pytest.param(name, marks=pytest.mark.slow) if name in LONG else name for name in NAMES]
NEW = ["c95", "c96", "c97"]


@cache
def fitted(name):
    known = data(name)
    half = known.table.in_precision("half")
    assert (half.vectors != known.table.vectors).mean() > 0.9
    return [DESCRIBED[name](semantics=table).fit(known.X, known.y) for table in (half, half.in_precision("double"))]


def pair(name):
    """Estimators fitted on a table in half precision, and on the same numbers in double precision."""
    return copy.deepcopy(fitted(name))


def new_rows(name, scale=1.0):
    drawn = np.random.default_rng(3).normal(size=(len(NEW), data(name).table.vectors.shape[1]))
    return Semantics(scale * drawn, classes=NEW)


@pytest.mark.parametrize("name", ALL)
def test_scores_and_explanations_are_those_of_the_rounded_numbers(name):
    (half, double), known = pair(name), data(name)
    known.near(half.class_scores(known.queries), double.class_scores(known.queries))
    assert half._table.vectors.nbytes * 4 == double._table.vectors.nbytes
    assert half._classes.semantics.nbytes * 4 == double._classes.semantics.nbytes
    first, second = (each.explain(known.queries[0], ("c0", "c8"), max_steps=32) for each in (half, double))
    assert (first.dtypes == np.float64).all()
    known.near(*(shown["contribution"].loc[second.index].to_numpy() for shown in (first, second)))


@pytest.mark.parametrize("name", ALL)
def test_what_is_added_is_rounded_alike_and_what_lies_beyond_refused(name):
    (half, double), known = pair(name), data(name)
    with pytest.raises(SemanticsError, match=r"semantics .*class 'c9[567]'.*half precision end at 65504"):
        half.add_classes(semantics=new_rows(name, 1e6))
    assert not set(NEW) & set(half.classes_.tolist())
    half.add_classes(known.X_new, known.y_new, semantics=new_rows(name)).remove_classes("c8")
    double.add_classes(known.X_new, known.y_new, semantics=new_rows(name).in_precision("half")).remove_classes("c8")
    assert half._classes.semantics.dtype == np.float16
    assert double._classes.semantics.dtype == np.float64
    known.near(half.class_scores(known.queries), double.class_scores(known.queries))


@pytest.mark.parametrize("name", ALL)
def test_copies_keep_it_and_score_alike_to_the_bit(name, tmp_path):
    (half, double), known = pair(name), data(name)
    wanted = half.class_scores(known.queries)
    for again in (copy.deepcopy(half), pickle.loads(pickle.dumps(half)), saved_and_loaded(half, known)):
        assert again._table.precision == "half"
        assert again._classes.semantics.dtype == np.float16
        assert_array_equal(again.class_scores(known.queries), wanted)
    assert clone(half).semantics.precision == "half"
    sizes = []
    for number, each in enumerate((half, double)):
        each.save(tmp_path / str(number))
        sizes.append(sum(path.stat().st_size for path in (tmp_path / str(number)).iterdir()))
    cells = half._table.vectors.size + half._classes.semantics.size
    assert sizes[1] - sizes[0] >= 5 * cells  # six bytes per number, less what names of types differ by


@pytest.mark.parametrize("name", SEPARATE)
def test_many_classes_are_remembered_in_half_precision(name, monkeypatch):
    (half, double), known = pair(name), data(name)
    monkeypatch.setattr(represented, "BLOCK_CLASSES", 3)
    scores, wanted = (each.class_scores(known.queries) for each in (half, double))
    assert_array_equal(half.class_scores(known.queries), scores)
    kept = [
        rows._numbers.dtype for rows in (*half._represented.prepared._many.values(), *half._represented._many.values())
    ]
    assert [str(dtype) for dtype in kept] == ["torch.float16"]
    assert 0 < np.abs(scores - wanted).max() < 3e-3 * np.abs(wanted).max()
    labels, best = half.top_classes(known.queries, k=4)
    calibrated = half.class_scores(known.queries, calibrated=True)
    assert_array_equal(best, -np.sort(-calibrated, axis=1)[:, :4])
    assert_array_equal(labels, half.classes_[np.argsort(-calibrated, axis=1, kind="stable")[:, :4]])
    assert prototypes(half)["prototypes"].shape == prototypes(double)["prototypes"].shape


@pytest.mark.parametrize("kind", [ESZSLClassifier, RidgePrototypeClassifier])
@pytest.mark.parametrize("size", [1e-9, 1.0, 1e9])
def test_no_scale_of_samples_is_too_large_or_small_for_it(kind, size, monkeypatch):
    split = make_zero_shot(10, 40, n_features=16, n_attributes=8, n_per_class=10, random_state=0)
    monkeypatch.setattr(represented, "BLOCK_CLASSES", 7)
    table = split.semantics.in_precision("half")
    clf = kind(semantics=table, cv=None, feature_scaling="none").fit(size * split.X_train, split.y_train)
    double = clone(clf).set_params(semantics=table.in_precision("double")).fit(size * split.X_train, split.y_train)
    X = size * split.X_test_unseen
    assert (clf.predict(X) == double.predict(X)).mean() > 0.97


def test_a_shortlist_gives_the_scores_of_the_estimator(monkeypatch):
    split = make_zero_shot(10, 90, n_features=16, n_attributes=8, n_per_class=10, random_state=0)
    clf = RidgePrototypeClassifier(semantics=split.semantics.in_precision("half"), cv=None)
    clf.fit(split.X_train, split.y_train)
    monkeypatch.setattr(represented, "BLOCK_CLASSES", 7)
    labels, scores = ClassIndex(clf, n_candidates=90).fit(split.X_train).top_classes(split.X_test_unseen, k=5)
    exact = clf.top_classes(split.X_test_unseen, k=5)
    assert_array_equal(labels, exact[0])
    np.testing.assert_allclose(scores, exact[1], rtol=0, atol=1e-6 * np.abs(exact[1]).max())
