"""A prior of the classes, for every classifier: what it does to labels and probabilities, and what is refused."""

import numpy as np
import pandas as pd
import pytest
from checks import is_unchanged, refused
from numpy.testing import assert_allclose, assert_array_equal
from worlds import WAYS, data

from zsl import InvalidInputError

NAMES = [name for name in WAYS if "," not in name] + ["ESZSL, gate", "ESZSLClassifier, without semantics"]
METHODS = ("predict_proba", "predict_log_proba", "predict", "top_classes")


@pytest.fixture(params=NAMES)
def known(request):
    own = data(request.param)
    return own.fitted(WAYS[request.param]), own


def drawn(n, seed=0):
    """Weights of classes."""
    return np.random.default_rng(seed).uniform(0.1, 2.0, size=n)


def test_even_weights_change_nothing(known):
    fitted, own = known
    even = np.full(len(fitted.classes_), 0.1)
    for method in METHODS:
        plain, under = (getattr(fitted, method)(own.queries, **given) for given in ({}, {"prior": even}))
        for one, other in zip(*(part if isinstance(part, tuple) else (part,) for part in (plain, under)), strict=True):
            assert_array_equal(one, other)


def test_probabilities_are_weighted_and_their_scale_changes_nothing(known):
    fitted, own = known
    weights = drawn(len(fitted.classes_))
    under = fitted.predict_proba(own.queries, prior=weights)
    plain = fitted.predict_proba(own.queries) * weights
    assert_allclose(under, plain / plain.sum(axis=1, keepdims=True), rtol=1e-7, atol=1e-12)
    assert_allclose(fitted.predict_proba(own.queries, prior=1000 * weights), under, rtol=1e-9)
    assert_allclose(np.exp(fitted.predict_log_proba(own.queries, prior=weights)), under, rtol=1e-9, atol=1e-300)
    by_label = pd.Series(weights, index=fitted.classes_).sample(frac=1, random_state=0)
    for prior in (by_label, by_label.to_dict(), by_label.to_dict() | {"another": 3.0}):
        assert_array_equal(fitted.predict_proba(own.queries, prior=prior), under)


def test_labels_and_ranks_agree_with_probabilities(known):
    fitted, own = known
    weights = drawn(len(fitted.classes_), seed=1) ** 3
    logarithms = fitted.predict_log_proba(own.queries, prior=weights)
    labels, scores = fitted.top_classes(own.queries, k=3, prior=weights)
    assert_array_equal(labels, fitted.classes_[np.argsort(-logarithms, axis=1, kind="stable")[:, :3]])
    assert (np.diff(scores, axis=1) <= 0).all()
    assert_array_equal(fitted.predict(own.queries, prior=weights), labels[:, 0])


def test_a_class_of_weight_zero_is_left_out(known):
    fitted, own = known
    weights = drawn(len(fitted.classes_))
    weights[[1, 4]] = 0
    rest = fitted.classes_[weights > 0]
    among = {"classes": rest, "prior": weights[weights > 0]}
    under = fitted.predict_proba(own.queries, prior=weights)
    assert not under[:, [1, 4]].any()
    assert_array_equal(under[:, weights > 0], fitted.predict_proba(own.queries, **among))
    assert np.isneginf(fitted.predict_log_proba(own.queries, prior=weights)[:, [1, 4]]).all()
    assert_array_equal(fitted.predict(own.queries, prior=weights), fitted.predict(own.queries, **among))
    assert fitted.top_classes(own.queries, k=99, prior=weights)[0].shape[1] == len(rest)
    only = (fitted.classes_ == fitted.classes_[2]).astype(int)
    assert set(fitted.predict(own.queries, prior=only).tolist()) == {fitted.classes_[2]}


def test_permuting_classes_permutes_probabilities(known):
    fitted, own = known
    weights, order = drawn(len(fitted.classes_)), np.random.default_rng(0).permutation(len(fitted.classes_))
    own.near(
        fitted.predict_proba(own.queries, fitted.classes_[order], prior=weights[order]),
        fitted.predict_proba(own.queries, prior=weights)[:, order],
    )
    own.near(
        fitted.estimate_prior(own.queries, fitted.classes_[order]).to_numpy(),
        fitted.estimate_prior(own.queries).to_numpy()[order],
    )


def test_estimating_is_passing_on_the_estimate(known):
    fitted, own = known
    for classes in (None, fitted.classes_[[5, 0, 3]]):
        estimate = fitted.estimate_prior(own.queries, classes)
        assert estimate.index.tolist() == (fitted.classes_ if classes is None else classes).tolist()
        assert (estimate > 0).all()
        assert_allclose(estimate.sum(), 1)
        found = [fitted.predict_proba(own.queries, classes, prior=prior) for prior in ("estimate", estimate)]
        assert_array_equal(*found)


def test_transport_goes_by_the_prior(known):
    fitted, own = known
    n = len(fitted.classes_)
    plain = fitted.predict(own.queries, rescale="transport")
    assert set(plain.tolist()) <= set(fitted.classes_.tolist())
    assert_array_equal(fitted.predict(own.queries, prior=np.full(n, 7.0), rescale="transport"), plain)
    weights = np.where(np.arange(n) < 2, 1e6, 1.0)
    found = fitted.predict(own.queries, prior=weights, rescale="transport")
    assert np.isin(found, fitted.classes_[:2]).mean() > np.isin(plain, fitted.classes_[:2]).mean()
    weights[:2] = 0
    among = fitted.predict(own.queries, fitted.classes_[2:], rescale="transport")
    assert_array_equal(fitted.predict(own.queries, prior=weights, rescale="transport"), among)


def test_what_is_no_prior_is_refused_and_changes_nothing(known):
    fitted, own = known
    labels, n = fitted.classes_.tolist(), len(fitted.classes_)
    before = vars(fitted).copy()
    weights = dict.fromkeys(labels, 1.0)
    calls = [
        ("equal", "prior='equal'; wanted a mapping"),
        (3, "prior=3; wanted"),
        (np.ones(n + 1), f"prior has shape ({n + 1},); wanted ({n},)"),
        (np.zeros(n), "the weight 0 for all classes"),
        (weights | {labels[2]: -1}, f"the weight -1.0 for {labels[2]!r}; wanted a finite number"),
        (np.where(np.arange(n) == 2, np.inf, 1.0), f"for {labels[2]!r}; wanted a finite number of 0 or more"),
        (weights | {labels[2]: np.nan}, f"the weight nan for {labels[2]!r}"),
        (weights | {labels[2]: "many"}, f"the weight 'many' for {labels[2]!r}"),
        (dict.fromkeys(labels[1:], 1.0), f"no weight for 1 of the {n} classes: [{labels[0]!r}]"),
        (pd.Series(1.0, index=[labels[0], *labels]), f"prior names the class {labels[0]!r} more than once"),
    ]
    for prior, message in calls:
        for method in METHODS:
            refused(lambda p=prior, m=method: getattr(fitted, m)(own.queries, prior=p), message, kind=InvalidInputError)
        assert is_unchanged(fitted, before)
    refused(
        lambda: fitted.predict(own.queries, prior=weights, rescale="csls"),
        "prior was given with rescale='csls'; wanted rescale='transport' or None",
        kind=InvalidInputError,
    )
    refused(lambda: fitted.predict(own.queries, ["nothing"], prior="estimate"), "classes names ['nothing']")
    assert is_unchanged(fitted, before)


def test_an_unfitted_one_estimates_nothing():
    make = WAYS["ESZSLClassifier"]
    refused(lambda: make().estimate_prior(np.ones((2, 3))), "not fitted")
    refused(lambda: make().predict(np.ones((2, 3)), prior="estimate"), "not fitted")
