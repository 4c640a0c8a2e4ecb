"""Columns of one class table told from those of another."""

import pickle

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score

from zsl import InvalidInputError, Semantics, SemanticsError
from zsl.datasets import read_cifar100_attributes
from zsl.semantics import SemanticAlignment

NAMES = [f"class {number:02}" for number in range(14)]


@pytest.fixture
def tables():
    """A source of two blocks, and a target that depends on it up to noise; one column of it is constant."""
    rng = np.random.default_rng(0)
    source = rng.normal(size=(14, 6)) + 1
    target = source @ rng.normal(size=(6, 4)) + 0.3 * rng.normal(size=(14, 4))
    target[:, 2] = 7.0
    blocks = Semantics(source, classes=NAMES, attributes=list("abcdef"), blocks=(4, 2))
    return blocks, Semantics(target[::-1], classes=NAMES[::-1], attributes=list("wxyz"))


def scaled(source):
    """Each block brought to root mean square length 1, as documented."""
    centred = source.vectors - source.vectors.mean(axis=0)
    factors = [1 / np.sqrt(np.square(part).sum(axis=1).mean()) for part in np.split(centred, [4], axis=1)]
    return centred * np.repeat(factors, [4, 2])


def left_out(source, target, alpha):
    """Fit again without each class."""
    rows, wanted = scaled(source), target.rows(source.classes)
    penalty = alpha * np.square(rows).sum(axis=1).mean()
    told = np.empty_like(wanted)
    for row in range(len(rows)):
        others = np.arange(len(rows)) != row
        told[row] = Ridge(alpha=penalty).fit(rows[others], wanted[others]).predict(rows[[row]])[0]
    return wanted, told


def test_quality_is_that_of_fits_without_the_class(tables):
    source, target = tables
    alignment = SemanticAlignment(alpha=0.1).fit(source, target)
    wanted, told = left_out(source, target, 0.1)
    mean_of_others = (wanted.sum(axis=0) - wanted) / (len(wanted) - 1)
    for column, name in enumerate("wxyz"):
        found = alignment.quality_.loc[name]
        if name == "y":
            assert found.isna().all()
            continue
        errors = np.square(wanted - told)[:, column].sum() / np.square(wanted - mean_of_others)[:, column].sum()
        assert_allclose(found["r2"], 1 - errors)
        assert_allclose(found["correlation"], np.corrcoef(wanted[:, column], told[:, column])[0, 1])


def test_alpha_is_the_best_of_those_given_by_classes_left_out(tables):
    source, target = tables
    alphas = [1e-4, 1e-2, 1.0, 100.0]
    found = SemanticAlignment(alpha=alphas).fit(source, target)
    means = []
    for alpha in alphas:
        wanted, told = left_out(source, target, alpha)
        means.append(r2_score(wanted[:, [0, 1, 3]], told[:, [0, 1, 3]], multioutput="uniform_average"))
    assert found.alpha_ == alphas[int(np.argmax(means))]
    assert SemanticAlignment().fit(source, target).quality_["r2"].mean() > 0.8


def test_new_classes_are_told_in_the_columns_of_the_target(tables):
    source, target = tables
    alignment = SemanticAlignment(alpha=0.1).fit(source, target.drop(NAMES[:2]))
    assert alignment.n_classes_ == 12
    new = Semantics(source.rows(NAMES[:2])[:, ::-1], classes=["p", "q"], attributes=list("fedcba"), texts=["P.", "Q."])
    told = alignment.translate(new)
    assert told.attributes == target.attributes
    assert told.texts == (("P.",), ("Q.",))
    assert told.imputed.all()
    error = np.abs(told.vectors - target.rows(NAMES[:2])).mean()
    assert error < 0.5 * np.abs(target.vectors.mean(axis=0) - target.rows(NAMES[:2])).mean()
    assert len(target.join(told)) == 16
    frame = pd.DataFrame(source.rows(NAMES[:2]), index=["p", "q"], columns=list("abcdef"))
    assert_allclose(alignment.translate(frame).vectors, told.vectors)


def test_coefficients_are_steps_of_the_source(tables):
    source, target = tables
    alignment = SemanticAlignment(alpha=0.1).fit(source, target)
    rows = source.vectors[:2].copy()
    rows[1] = rows[0]
    rows[1, 4] += 1
    told = alignment.translate(Semantics(rows, classes=["p", "q"], attributes=list("abcdef"))).vectors
    assert_allclose(told[1] - told[0], alignment.coef_.loc["e"])


def test_sentences_go_through_the_encoder(tables):
    class Letters:
        def encode(self, sentences, **options):
            return np.array([[text.count(letter) for letter in "abcde"] for text in sentences], dtype=float)

    texts = {"one": "aab", "two": "abb", "three": "ccab", "four": "ddd", "five": "bcc"}
    facts = {name: {"has a": float("a" in text), "length": len(text)} for name, text in texts.items()}
    found = SemanticAlignment(alpha=0.1, text_encoder=Letters()).fit(texts, facts)
    encoded = Semantics.from_texts(texts | {"six": "aabc"}, encoder=Letters())
    expected = SemanticAlignment(alpha=0.1).fit(encoded, facts).translate(encoded.select(["six"]))
    assert found.n_classes_ == 5
    assert_allclose(found.translate({"six": "aabc"}).vectors, expected.vectors)
    assert np.ptp(found.translate({"p": "aaa", "q": "dcd"}).vectors[:, 0]) > 0.1


def test_clone_and_pickle(tables):
    alignment = SemanticAlignment(alpha=[0.1, 1.0])
    assert clone(alignment).alpha == [0.1, 1.0]
    alignment.fit(*tables)
    loaded = pickle.loads(pickle.dumps(alignment))
    assert_array_equal(loaded.translate(tables[0]).vectors, alignment.translate(tables[0]).vectors)


def test_bad_input_is_told_and_changes_nothing(tables):
    source, target = tables
    with pytest.raises(NotFittedError):
        SemanticAlignment().translate(source)
    alignment = SemanticAlignment(alpha=0.1).fit(source, target)
    before = vars(alignment).copy()
    with pytest.raises(SemanticsError, match="2 classes in common; wanted three"):
        alignment.fit(source, target.select(NAMES[:2]))
    with pytest.raises(SemanticsError, match="is of type list"):
        alignment.fit(source, [1, 2])
    with pytest.raises(SemanticsError, match="rows doesn't fit the source"):
        alignment.translate({"new": [1.0, 2.0]})
    for alpha in (0, "best", [], [1.0, -1.0], True, float("nan")):
        with pytest.raises(InvalidInputError, match="alpha="):
            alignment.set_params(alpha=alpha).fit(source, target)
    alignment.set_params(alpha=0.1)
    assert vars(alignment) == before


def test_a_target_without_any_difference(tables):
    source, _ = tables
    same = Semantics(np.ones((14, 2)), classes=NAMES)
    alignment = SemanticAlignment().fit(source, same)
    assert alignment.quality_.isna().all(axis=None)
    assert_allclose(alignment.translate(source).vectors, 1.0)


def test_attributes_of_cifar_are_told_from_other_attributes():
    table = read_cifar100_attributes()
    names = list(table.attributes)
    frame = table.to_frame()
    alignment = SemanticAlignment().fit(frame[names[:40]], frame[names[40:]])
    assert alignment.quality_["correlation"].mean() > 0.4
    rng = np.random.default_rng(0)
    shuffled = frame[names[40:]].set_axis(rng.permutation(frame.index))
    assert SemanticAlignment().fit(frame[names[:40]], shuffled).quality_["r2"].mean() < 0.05
