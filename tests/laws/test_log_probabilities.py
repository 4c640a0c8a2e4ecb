"""Every classifier gives logarithms of its probabilities, finite where probabilities are rounded to 0."""

import numpy as np
import pytest
from worlds import WAYS, data

NAMES = [name for name in WAYS if "images" not in name and "Conv4" not in name and "maps" not in name]


@pytest.mark.parametrize("name", NAMES)
def test_logarithms_are_those_of_the_probabilities(name):
    known = data(name)
    estimator = known.fitted(WAYS[name])
    for classes in (None, estimator.classes_[[3, 0, 1]]):
        probabilities, logarithms = (
            method(known.queries, classes) for method in (estimator.predict_proba, estimator.predict_log_proba)
        )
        assert np.isfinite(logarithms).all()
        np.testing.assert_allclose(np.exp(logarithms), probabilities, rtol=1e-9, atol=1e-300)
        np.testing.assert_allclose(np.exp(logarithms).sum(axis=1), 1)


def test_what_is_rounded_to_zero_has_a_finite_logarithm():
    known = data("ESZSLClassifier")
    estimator = known.fitted(WAYS["ESZSLClassifier"])
    estimator.temperature_ = 1e-4
    probabilities, logarithms = estimator.predict_proba(known.queries), estimator.predict_log_proba(known.queries)
    assert (probabilities == 0).any()
    assert np.isfinite(logarithms).all()
    scores = estimator.class_scores(known.queries, calibrated=True)
    np.testing.assert_allclose(logarithms - logarithms[:, :1], (scores - scores[:, :1]) / 1e-4, atol=1e-6)
