"""Every estimator with semantics says which attributes a score difference comes from, and says the truth."""

import numpy as np
import pandas as pd
import pytest
import torch
from checks import is_unchanged, refused
from worlds import DESCRIBED, JOINT, Way, data

from zsl import (
    DAPClassifier,
    ESZSLClassifier,
    IAPClassifier,
    NPlusOneClassifier,
    RidgePrototypeClassifier,
    SAEClassifier,
)
from zsl.estimators import SeparateClassesClassifier
from zsl.estimators.catalog import CATALOG
from zsl.testing import LawData, fitted

ALONE = [name for name in DESCRIBED if not name.startswith(("FeatureGenerating", "Relation", *JOINT))]
"""Whose score of a class is a function of its semantic vector, of which the gradient is integrated."""
PAIRS = (("c0", "c8"), ("c7", "c9"))


def scores_of(estimator, x, among):
    """Scores of two classes, before and after calibration."""
    columns = [estimator.classes_.tolist().index(label) for label in among]
    plain, calibrated = (estimator.class_scores(x[None], calibrated=each)[0][columns] for each in (False, True))
    return plain, calibrated


def tolerance(plain):
    return 1.01 * 1e-4 * max(abs(plain[0] - plain[1]), 0.01 * np.abs(plain).max())


def explained(name):
    known = data(name)
    return known, known.fitted(DESCRIBED[name])


@pytest.mark.parametrize("name", DESCRIBED)
def test_contributions_add_up_and_change_their_sign_with_the_order(name):
    known, estimator = explained(name)
    for x, among, more in zip(known.queries, PAIRS, (False, True), strict=False):
        if more:
            estimator.add_classes(known.X_new, known.y_new)
        why = estimator.explain(x, among)
        plain, calibrated = scores_of(estimator, x, among)
        factor = 1.0
        if getattr(estimator, "balance", "") == "gate":
            sides = [0 if label in estimator.seen_classes_ else 1 for label in among]
            factor = np.prod([estimator._selection.gate.temperatures[side] for side in sides]) ** -0.5
        assert abs(why["contribution"].sum() - (calibrated[0] - calibrated[1])) <= factor * tolerance(plain) + 1e-12
        assert list(why.columns) == [*among, "contribution"]
        rows = why.loc[list(known.table.attributes)]
        np.testing.assert_array_equal(rows[list(among)].to_numpy().T, known.table.rows(np.array(among)))
        back = estimator.explain(x[None], among[::-1])["contribution"]
        assert set(back.index) == set(why.index)
        off = np.abs(back.reindex(why.index) + why["contribution"]).max()
        assert off <= 1e-9 * max(why["contribution"].abs().max(), 1e-3)


@pytest.mark.parametrize("name", [name for name in DESCRIBED if not name.startswith("Relation")])
def test_attributes_that_agree_get_nothing(name):
    known, estimator = explained(name)
    rows = known.table.rows(np.array(["c8", "c8"])).copy()
    rows[1, [1, 3]] += [0.4, -0.7]
    frame = pd.DataFrame(rows, index=["one", "two"], columns=known.table.attributes)
    why = estimator.add_classes(semantics=frame).explain(known.queries[0], ("one", "two"))
    differ = [known.table.attributes[place] for place in (1, 3)]
    others = [attribute for attribute in known.table.attributes if attribute not in differ]
    assert not why.loc[others, "contribution"].any()
    assert len(why) > len(differ)


@pytest.mark.parametrize("name", ALONE)
def test_attributes_get_what_classes_between_the_two_show(name):
    """The integral by difference quotients, from the scores of classes that are added on the way."""
    known, estimator = explained(name)
    if getattr(estimator, "balance", "") == "gate":
        return  # the same scores as without one
    x, (a, b) = known.queries[3], ("c1", "c8")
    first, last = known.table.rows(np.array([a, b]))
    n_steps, width, h = 40, len(first), 1e-4
    places = (np.arange(n_steps) + 0.5) / n_steps
    path = last + places[:, None] * (first - last)
    moved = h * np.diag(first - last)
    rows = np.concatenate([path[:, None] + moved, path[:, None] - moved], axis=1).reshape(-1, width)
    names = [f"z{place:05d}" for place in range(len(rows))]
    frame = pd.DataFrame(rows, index=names, columns=known.table.attributes)
    scores = estimator.add_classes(semantics=frame).class_scores(x[None], names)[0].reshape(n_steps, 2, width)
    wanted = ((scores[:, 0] - scores[:, 1]) / (2 * h)).mean(axis=0)
    found = estimator.explain(x, (a, b)).loc[list(known.table.attributes), "contribution"].to_numpy()
    np.testing.assert_allclose(found, wanted, atol=0.03 * np.abs(wanted).max())  # that of so few steps at kinks


@pytest.mark.parametrize("kind", [DAPClassifier, IAPClassifier])
@pytest.mark.parametrize("binarize", [False, True])
def test_likelihood_ratios_of_attributes_are_shown_as_they_are(kind, binarize):
    known = data(kind.__name__)
    estimator = known.fitted(Way(kind, binarize=binarize, semantics=known.table))
    method, x = estimator.method_, known.queries[1]
    first, last = (
        method.represent(torch.as_tensor(known.table.rows(np.array([label])))).numpy()[0] for label in ("c0", "c8")
    )
    present = method.embed(torch.as_tensor(estimator._scaler.of_unit(x[None])))[0].numpy()
    prior = method.prior.numpy()
    ratio = np.log(present / prior) - np.log((1 - present) / (1 - prior))
    found = estimator.explain(x, ("c0", "c8")).loc[list(known.table.attributes), "contribution"]
    np.testing.assert_allclose(found, (first - last) * ratio, atol=1e-9 * np.abs(ratio).max())


@pytest.mark.parametrize("kind", [ESZSLClassifier, RidgePrototypeClassifier, SAEClassifier])
def test_permuting_attributes_permutes_rows(kind):
    known, order = data(kind.__name__), np.array([3, 0, 4, 1, 2])
    turned = known.table.to_frame().iloc[:, order]
    given = {"seen_bias": 0.0, "cv": None}
    whys = [
        kind(semantics=table, **given).fit(known.X, known.y).explain(known.queries[0], ("c0", "c8"))
        for table in (known.table, turned)
    ]
    off = whys[0]["contribution"] - whys[1]["contribution"].reindex(whys[0].index)
    assert np.abs(off).max() <= 1e-7 * whys[0]["contribution"].abs().max()


@pytest.mark.parametrize("name", DESCRIBED)
def test_what_cannot_be_explained_is_refused_and_changes_nothing(name):
    known, estimator = explained(name)
    x, before = known.queries[0], dict(vars(estimator))
    refused(lambda: estimator.explain(x, ("c0", "unicorn")), "among", "unicorn", "not known")
    refused(lambda: estimator.explain(x, ("c0",)), "among", "two known classes")
    refused(lambda: estimator.explain(known.queries[:2]), "x has shape (2, 10)", "wanted one sample")
    refused(lambda: estimator.explain(x[:-1]), "x", "9 features", "10 features")
    refused(lambda: estimator.explain(x, max_steps=0), "max_steps=0")
    assert is_unchanged(estimator, before)
    estimator.add_classes(known.X_new[:1], ["pictured"])
    refused(lambda: estimator.explain(x, ("pictured", "c0")), "['pictured'], without semantics")


def test_all_estimators_with_semantics_explain_and_others_do_not():
    for entry in CATALOG:
        if entry.knows:
            assert hasattr(entry.load(), "explain") == (entry.knows in ("semantics", "texts")), entry.name
    assert not hasattr(NPlusOneClassifier(), "explain")


class Squared(SeparateClassesClassifier):
    """An estimator of an outside author, in numpy: nothing that PyTorch could differentiate."""

    def _fit(self, X, codes, labels, table):
        means = np.stack([X[codes == code].mean(axis=0) for code in range(len(labels))])
        self._map = np.linalg.lstsq(np.tanh(table.rows(labels)), means, rcond=None)[0]
        from zsl.classes.represented import RepresentedClasses

        self._represented = RepresentedClasses()
        return self._first_classes(X, codes, labels, table)

    def _embed(self, X):
        return X.astype(np.float64)

    def _represent(self, classes):
        total = (1 + classes.counts)[:, None]
        return torch.as_tensor((np.tanh(classes.semantics) @ self._map + classes.sums) / total)

    def _compare(self, embedded, represented):
        return -np.square(embedded[:, None] - represented.numpy()).sum(axis=2)

    def _bias(self, classes):
        return np.where(classes.seen, -1.0, 0.0)

    def _measure(self):
        return "euclidean"


def test_an_outside_estimator_explains_without_a_word_more():
    known = LawData.small()
    own = fitted(Squared(), known)
    among = ("seen_00", "unseen_00")
    for more in (False, True):
        if more:
            own.add_classes(known.X_new, known.y_new)
        why = own.explain(known.queries[0], among)
        scores = own.class_scores(known.queries[:1], among, calibrated=True)[0]
        assert why["contribution"].sum() == pytest.approx(scores[0] - scores[1], rel=1e-4)
        assert why.loc["(seen-class bias)", "contribution"] == -1
        assert ("(support samples)" in why.index) == more
