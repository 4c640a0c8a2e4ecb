"""Class indices, retrievers and dialogues are saved with their estimators, whatever these are."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from saved import edit, edit_tensors
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from zsl import (
    AttributeDialogue,
    ClassIndex,
    ESZSLClassifier,
    InvalidInputError,
    ModelFileError,
    RidgePrototypeClassifier,
    ZeroShotPipeline,
    ZeroShotRetriever,
    load,
    save,
)
from zsl.datasets import make_zero_shot

WORLD = make_zero_shot(8, 40, n_features=12, n_attributes=5, n_per_class=8, n_test_per_class=2, random_state=0)
X = WORLD.X_test_unseen
KEPT = WORLD.semantics.select([*WORLD.seen_classes, *WORLD.unseen_classes[:30]])
NEW = WORLD.semantics.select(WORLD.unseen_classes[30:])


def classifier(piped):
    clf = RidgePrototypeClassifier(semantics=KEPT)
    return (make_pipeline(StandardScaler(), clf) if piped else clf).fit(WORLD.X_train, WORLD.y_train)


def grown(estimator):
    (estimator if hasattr(estimator, "add_classes") else estimator[-1]).add_classes(semantics=NEW)


@pytest.mark.parametrize("piped", [False, True])
@pytest.mark.parametrize("with_samples", [False, True])
def test_an_index_finds_the_same(piped, with_samples, tmp_path):
    pytest.importorskip("faiss")
    index = ClassIndex(classifier(piped), n_lists=6, n_probe="auto" if with_samples else 2, n_candidates=12)
    index.fit(X if with_samples else None)
    save(index, tmp_path / "m")
    loaded = load(tmp_path / "m")
    assert type(loaded) is ClassIndex
    assert (loaded.n_lists_, loaded.n_probe_) == (index.n_lists_, index.n_probe_)
    assert loaded.recall_ == pytest.approx(index.recall_, nan_ok=True)
    for _ in range(2):
        (labels, scores), (own_labels, own_scores) = (one.top_classes(X, k=4) for one in (loaded, index))
        assert_array_equal(labels, own_labels)
        assert_allclose(scores, own_scores, rtol=1e-12)  # products of rows round by where these lie in memory
        if "new" not in vars(index):
            index.new = grown(index.estimator), grown(loaded.estimator)
    del index.new
    save(index, tmp_path / "grown")
    assert_array_equal(load(tmp_path / "grown").top_classes(X, k=4)[0], index.top_classes(X, k=4)[0])


def test_an_index_without_listed_classes(tmp_path):
    pytest.importorskip("faiss")
    clf = RidgePrototypeClassifier(semantics=KEPT.select(WORLD.seen_classes)).fit(WORLD.X_train, WORLD.y_train)
    ClassIndex(clf).fit().save(tmp_path / "m")
    loaded = load(tmp_path / "m")
    assert_array_equal(loaded.predict(X), clf.predict(X))
    grown(loaded.estimator)
    assert_array_equal(loaded.predict(X), loaded.estimator.predict(X))


@pytest.mark.parametrize("piped", [False, True])
def test_a_retriever_keeps_its_gallery(piped, tmp_path):
    retriever = ZeroShotRetriever(classifier(piped)).fit(X)
    save(retriever, tmp_path / "m")
    loaded = load(tmp_path / "m")
    for asked in ({"classes": WORLD.unseen_classes[:3]}, {"semantics": NEW}, {"X": X[:2], "y": ["a", "b"]}):
        found, wanted = loaded.search(**asked), retriever.search(**asked)
        assert_array_equal(found.indices, wanted.indices)
        assert_array_equal(found.scores, wanted.scores)
    assert isinstance(loaded.estimator, ZeroShotPipeline) == piped


def test_a_dialogue(tmp_path):
    dialogue = AttributeDialogue(classifier(True), answer_noise=0.7)
    dialogue.save(tmp_path / "m")
    loaded = load(tmp_path / "m")
    given = {WORLD.semantics.attributes[0]: 1.0}
    assert loaded.answer_noise == 0.7
    assert_array_equal(loaded.predict_proba(X, given), dialogue.predict_proba(X, given))


def test_what_they_work_with_is_refused_by_name(tmp_path):
    clf = ESZSLClassifier(semantics=KEPT, cv=None)
    search = GridSearchCV(clf, {"seen_bias": [0.0]}, cv=2).fit(WORLD.X_train, WORLD.y_train)
    retriever = ZeroShotRetriever(search).fit(X)
    with pytest.raises(InvalidInputError, match="estimator is a GridSearchCV, which cannot be saved; wanted its best_"):
        retriever.save(tmp_path / "m")
    with pytest.raises(ValueError, match="not fitted"):
        ZeroShotRetriever(classifier(False)).save(tmp_path / "m")
    with pytest.raises(ValueError, match="not fitted"):
        AttributeDialogue(clf).save(tmp_path / "m")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda h: h["state"].update(n_probe_=7), "7 of 6 clusters"),
        (lambda h: h["state"].update(n_lists_=10**12), "shape"),
        (lambda h: h["state"].update(n_lists_=True), "n_lists_ is a bool"),
        (lambda h: h["state"].update(recall_="all"), "recall_ is a str"),
        (lambda h: h["state"].update(clusters=None), "in no cluster"),
        (lambda h: h["state"].update(estimator=3), "its estimator is a int"),
        (lambda h: h["state"]["estimator"].update(estimator="ClassIndex"), "don't fit"),
        (lambda h: h["parameters"].update(n_candidates=0), "don't fit"),
        (lambda h: h["parameters"].update(more=1), "don't fit"),
        (lambda h: h["state"].pop("recall_"), "it has"),
    ],
)
def test_altered_indices_are_refused(spoil, message, tmp_path):
    pytest.importorskip("faiss")
    ClassIndex(classifier(False), n_lists=6, n_probe=2).fit().save(tmp_path / "m")
    edit(tmp_path / "m", spoil)
    with pytest.raises(ModelFileError, match=message):
        load(tmp_path / "m")


def test_altered_galleries_are_refused(tmp_path):
    ZeroShotRetriever(classifier(False)).fit(X).save(tmp_path / "m")
    edit_tensors(tmp_path / "m", lambda t: t.update(_gallery=t["_gallery"][:, :3]))
    with pytest.raises(ModelFileError, match="don't fit together"):
        load(tmp_path / "m")
    ZeroShotRetriever(classifier(False)).fit(X).save(tmp_path / "n")
    edit_tensors(tmp_path / "n", lambda t: t.update(_gallery=np.zeros((0, 12))))
    with pytest.raises(ModelFileError, match="size of its gallery"):
        load(tmp_path / "n")
