"""Represented classes are prepared once, and scores of single-precision samples hardly depend on the batch."""

import copy

import numpy as np
import pytest
from numpy.testing import assert_allclose
from worlds import DESCRIBED, WAYS, data

from zsl.estimators._described_classes import SeparateClassesClassifier

SEPARATE = [name for name in DESCRIBED if isinstance(WAYS[name](), SeparateClassesClassifier)]


def counting(estimator, counts):
    """The estimator, which notes how many classes it prepares at a time."""
    own = type(estimator)

    class Counting(own):
        def _prepare(self, classes):
            counts.append(len(classes))
            return super()._prepare(classes)

    counted = copy.copy(estimator)
    counted.__class__ = Counting
    return counted


@pytest.mark.parametrize("name", SEPARATE)
def test_classes_are_prepared_once(name):
    given, counts = data(name), []
    estimator = counting(given.fitted(WAYS[name]), counts)
    if not estimator.scores_alone:
        pytest.skip("scores depend on the other classes")
    first = estimator.class_scores(given.queries)
    estimator.predict(given.queries)
    estimator.top_classes(given.queries[:1], k=2)
    assert counts == [len(estimator.classes_)]
    assert np.isfinite(first).all()


@pytest.mark.parametrize("name", SEPARATE)
def test_scores_in_single_precision_are_those_of_the_sample_alone(name):
    given = data(name)
    if given.transductive:
        pytest.skip("scores depend on the other samples")
    estimator, queries = given.fitted(WAYS[name]), given.queries.astype(np.float32)
    scores = estimator.class_scores(queries)
    alone = np.concatenate([estimator.class_scores(query[None]) for query in queries])
    assert_allclose(alone, scores, rtol=0, atol=1e-5 * np.abs(scores).max())
