"""Few-shot adapters as estimators: texts alone, samples beside them, what is chosen, and what is refused."""

import copy
import math

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from saved import edit
from sklearn.metrics import log_loss

from zsl import (
    AnchoredProbeClassifier,
    BlendedProbeClassifier,
    InvalidInputError,
    KernelResidualClassifier,
    ModelFileError,
    PromptClassifier,
    Semantics,
    SemanticsError,
    load,
)
from zsl.estimators.joint._base import MOST_ADAPTERS
from zsl.evaluation import harmonic_mean
from zsl.functional.linear.origins import unit_rows
from zsl.selection.calibration import likeliest_temperature

KINDS = [KernelResidualClassifier, BlendedProbeClassifier, AnchoredProbeClassifier]
LABELS = [f"c{number:02}" for number in range(15)]
UNSEEN = LABELS[12:]
FIXED = {"scale": 12.0, "seen_bias": 0.0}
every = pytest.mark.parametrize("kind", KINDS)


def drawn(n, seed):
    """Samples around the texts of their classes, all moved alike, as two encoders do."""
    rng = np.random.default_rng(0)
    texts = rng.normal(size=(len(LABELS), 24))
    own, shift = texts + 0.9 * rng.normal(size=texts.shape), 1.5 * rng.normal(size=24)
    codes = np.repeat(np.arange(len(LABELS)), n)
    noise = np.random.default_rng(seed).normal(size=(len(codes), 24))
    return texts, own[codes] + shift + 2.0 * noise, np.array(LABELS)[codes]


TEXTS, X, Y = drawn(6, 1)
QUERIES, TRUTH = drawn(20, 2)[1:]
TABLE = Semantics(TEXTS, classes=LABELS)
SEEN = ~np.isin(Y, UNSEEN)


@every
def test_samples_add_to_texts(kind):
    plain = PromptClassifier(semantics=TABLE).fit(X, Y).score(QUERIES, TRUTH)
    one = np.arange(len(X)) % 6 == 0
    few = kind(semantics=TABLE).fit(X[one], Y[one]).score(QUERIES, TRUTH)
    many = kind(semantics=TABLE).fit(X, Y).score(QUERIES, TRUTH)
    assert few > plain - 0.02
    assert many > max(few, plain) + 0.05
    assert many > kind().fit(X, Y).score(QUERIES, TRUTH) - 0.05


@every
def test_classes_without_samples_are_known_by_their_texts(kind):
    clf = kind(semantics=TABLE).fit(X[SEEN], Y[SEEN])
    assert clf.unseen_classes_.tolist() == UNSEEN
    prompts = PromptClassifier(semantics=TABLE).fit(X[SEEN], Y[SEEN])
    assert_array_equal(clf.predict(QUERIES, UNSEEN), prompts.predict(QUERIES, UNSEEN))
    assert_allclose(clf.class_scores(QUERIES, UNSEEN), clf.scale_ * prompts.class_scores(QUERIES, UNSEEN))


@every
def test_the_bias_balances_classes_with_samples_and_those_without(kind):
    chosen = kind(semantics=TABLE).fit(X[SEEN], Y[SEEN])
    assert chosen.selection_["n_folds"] == 3
    assert chosen.seen_bias_ > 0
    none = kind(semantics=TABLE, seen_bias=0.0, cv=None).fit(X[SEEN], Y[SEEN])
    new = np.isin(TRUTH, UNSEEN)
    figures = []
    for clf in (chosen, none):
        hit = clf.predict(QUERIES) == TRUTH
        figures.append(harmonic_mean(hit[~new].mean(), hit[new].mean()))
    assert figures[0] > figures[1]
    lift = chosen.class_scores(QUERIES, calibrated=True) - chosen.class_scores(QUERIES)
    assert_allclose(lift, np.where(np.isin(LABELS, UNSEEN), chosen.seen_bias_, 0.0) * np.ones((len(QUERIES), 1)))
    # With samples of its own a new class is ahead by less, and by nothing once it has as many as those of fit.
    usual = np.unique(Y[SEEN], return_counts=True)[1].mean()
    own = X[UNSEEN[0] == Y]
    for n in (1, 2, math.ceil(usual)):
        grown = copy.deepcopy(chosen).add_classes(own[np.arange(n) % len(own)], [UNSEEN[0]] * n)
        lift = grown.class_scores(QUERIES, calibrated=True) - grown.class_scores(QUERIES)
        share = max(0.0, 1 - math.log1p(n) / math.log1p(usual))
        assert_allclose(lift[:, 12], share * chosen.seen_bias_, atol=1e-9)
        assert_allclose(lift[:, 13], chosen.seen_bias_)
    chosen.add_classes(X[SEEN][:1], Y[SEEN][:1])
    lift = chosen.class_scores(QUERIES, calibrated=True) - chosen.class_scores(QUERIES)
    assert_allclose(lift[:, :12], 0.0, atol=1e-9)


@every
def test_added_samples_and_texts_are_those_of_a_fit(kind):
    fixed = FIXED | ({"n_steps": 40} if kind is BlendedProbeClassifier else {"penalty": 0.5})
    whole = kind(semantics=TABLE, **fixed).fit(X, Y)
    later = kind(semantics=TABLE.drop(UNSEEN), **fixed).fit(X[SEEN], Y[SEEN])
    later.add_classes(X[~SEEN], Y[~SEEN], semantics=TABLE.select(UNSEEN))
    assert_array_equal(later.class_scores(QUERIES), whole.class_scores(QUERIES))
    before = whole.class_scores(QUERIES, LABELS[:12])
    assert_array_equal(whole.remove_classes(UNSEEN).class_scores(QUERIES), before)


@every
def test_scores_are_logits_of_probabilities_that_can_be_trusted(kind):
    for n_shots in (1, 3, 6):
        rows = np.arange(len(X)) % 6 < n_shots
        clf = kind(semantics=TABLE).fit(X[rows], Y[rows])
        p = clf.predict_proba(QUERIES)
        flat = log_loss(TRUTH, np.full_like(p, 1 / len(LABELS)))
        assert log_loss(TRUTH, p) < 0.6 * flat
        assert abs(p.max(axis=1).mean() - (clf.predict(QUERIES) == TRUTH).mean()) < 0.25


@every
def test_the_scale_is_that_of_texts_that_have_learned_nothing(kind):
    clf = kind(semantics=TABLE, cv=None).fit(X, Y)
    codes = np.searchsorted(LABELS, Y)
    order = np.random.default_rng(0).permutation(len(X))
    cosines = unit_rows(X) @ unit_rows(TEXTS).T
    assert_allclose(clf.scale_, 1 / likeliest_temperature([(cosines[order], codes[order])], doubt=1.0), rtol=1e-4)
    assert kind(semantics=TABLE, scale=33.0).fit(X, Y).scale_ == 33.0
    useless = Semantics(np.random.default_rng(5).normal(size=TEXTS.shape), classes=LABELS)
    assert kind(semantics=useless, cv=None).fit(X, Y).scale_ == 5.0


def test_the_penalty_is_chosen_where_samples_can_be_left_out():
    clf = KernelResidualClassifier(semantics=TABLE).fit(X, Y)
    assert clf.penalty_ in (0.03, 0.1, 0.3, 1.0, 3.0)
    rng = np.random.default_rng(0)
    noise = KernelResidualClassifier(semantics=TABLE).fit(X, rng.permutation(Y))
    assert noise.penalty_ == 3.0 > clf.penalty_
    assert KernelResidualClassifier(semantics=TABLE).fit(X[::6], Y[::6]).penalty_ == 0.3


@every
def test_a_class_without_a_text_has_the_mean_text(kind):
    clf = kind(semantics=TABLE, **FIXED).fit(X[SEEN], Y[SEEN]).add_classes(X[-6:], ["shown"] * 6)
    assert_allclose(clf.method_.texts[-1], unit_rows(TEXTS).mean(axis=0), atol=1e-12)
    assert (clf.predict(QUERIES[TRUTH == "c14"], [*LABELS[:12], "shown"]) == "shown").mean() > 0.4


@every
def test_samples_beyond_the_most_are_left_out_whatever_their_order(kind):
    order = np.random.default_rng(1).permutation(len(X))
    first = kind(semantics=TABLE, max_samples=4).fit(X, Y)
    second = kind(semantics=TABLE, max_samples=4).fit(X[order], Y[order])
    assert set(first._classes.counts) == {4}
    assert_allclose(second.class_scores(QUERIES), first.class_scores(QUERIES), atol=1e-9)


@every
def test_an_adapter_is_fitted_once_for_the_same_classes(kind):
    clf = kind(semantics=TABLE).fit(X[SEEN], Y[SEEN])
    clf.predict(QUERIES)
    before = clf.method_
    clf.predict(QUERIES[:3])
    assert clf.method_ is before
    clf.add_classes(X[~SEEN], Y[~SEEN])
    assert clf.method_ is not before
    assert copy.deepcopy(clf).predict(QUERIES).tolist() == clf.predict(QUERIES).tolist()


@every
def test_other_widths_and_odd_files_are_refused(kind, tmp_path):
    with pytest.raises(SemanticsError, match="semantics has 24 columns and X 23 features"):
        kind(semantics=TABLE).fit(X[:, :-1], Y)
    with pytest.raises(InvalidInputError, match="scale=0"):
        kind(semantics=TABLE, scale=0).fit(X, Y)
    clf = kind(semantics=TABLE, cv=None).fit(X, Y)
    for change in ({"scale": -1.0}, {"scale": 0.0}, {"scale": "much"}):
        clf.save(tmp_path / "m")

        def odd(header, change=change):
            (content,) = header["state"]["_selection"].values()
            content["params"].update(change)

        edit(tmp_path / "m", odd)
        with pytest.raises(ModelFileError):
            load(tmp_path / "m")


def test_not_every_choice_of_classes_is_kept():
    clf = KernelResidualClassifier(semantics=TABLE, **FIXED).fit(X, Y)
    before = clf.predict_proba(QUERIES[:5])
    for start in range(MOST_ADAPTERS + 3):
        clf.predict(QUERIES[:2], [LABELS[start % 15], LABELS[(start + 1 + start // 15) % 15]])
    assert len(clf._adapters) == MOST_ADAPTERS
    assert_array_equal(clf.predict_proba(QUERIES[:5]), before)
