"""Questions and answers about attributes: the posterior by hand, on several estimators, and on digits."""

import copy

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import entropy, norm
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from zsl import (
    AttributeDialogue,
    ClassKFold,
    ConSEClassifier,
    InvalidInputError,
    PrototypicalClassifier,
    RelationClassifier,
    RidgePrototypeClassifier,
    Semantics,
    load_digits_zsl,
)
from zsl.datasets import make_zero_shot
from zsl.evaluation import harmonic_score

FAST = {"n_episodes": 5, "cv": 2, "relation_hidden": 8, "verbose": False}
NAMES = list("abcde")


@pytest.fixture(scope="module")
def world():
    return make_zero_shot(8, 4, n_features=20, n_attributes=5, noise=0.3, random_state=0)


@pytest.fixture(scope="module")
def table(world):
    """Attributes of different units; the last is the same for all classes."""
    frame = world.semantics.to_frame() * [1, 10, 1, 1, 1] + [0, 50, 0, 0, 0]
    frame.columns = NAMES
    frame["e"] = 0.1
    return Semantics.from_frame(frame)


@pytest.fixture(scope="module", params=[RidgePrototypeClassifier, ConSEClassifier, RelationClassifier])
def fitted(request, world, table):
    own = FAST | {"random_state": 0} if request.param is RelationClassifier else {}
    return request.param(semantics=table, **own).fit(world.X_train, world.y_train)


def bayes(prior, S, sigma, noise, answers):
    """Posterior of each image by the definition, one image and answer at a time; `answers` is a frame."""
    posterior = prior.copy()
    for image in range(len(prior)):
        for name, value in answers.iloc[image].items():
            k = NAMES.index(name)
            if not np.isnan(value) and sigma[k] > 1e-9:
                posterior[image] *= norm.pdf(value, S[:, k], noise * sigma[k])
    return posterior / posterior.sum(axis=1, keepdims=True)


def test_without_answers_it_is_the_estimator(fitted, world):
    dialogue = AttributeDialogue(fitted)
    for classes in (None, world.unseen_classes[::-1]):
        assert_array_equal(
            dialogue.predict(world.X_test_seen, classes=classes), fitted.predict(world.X_test_seen, classes)
        )
        assert_array_equal(
            dialogue.predict_proba(world.X_test_seen, classes=classes), fitted.predict_proba(world.X_test_seen, classes)
        )


@pytest.mark.parametrize("noise", [0.2, 1.0])
def test_answers_multiply_the_prior_by_their_likelihood(fitted, world, table, noise):
    dialogue = AttributeDialogue(fitted, answer_noise=noise)
    X, sigma = world.X_test_unseen[:6], table.vectors.std(axis=0)
    rng = np.random.default_rng(0)
    said = pd.DataFrame(rng.normal(size=(6, 3)) * [1, 10, 1] + [0, 50, 0], columns=["c", "b", "e"])
    said.iloc[0] = np.nan
    said.iloc[1, 0] = np.nan
    for classes in (None, world.unseen_classes[::-1]):
        labels = fitted.classes_ if classes is None else classes
        expected = bayes(fitted.predict_proba(X, classes), table.rows(labels), sigma, noise, said)
        found = dialogue.predict_proba(X, said, classes=classes)
        assert_allclose(found, expected, rtol=1e-7, atol=1e-12)
        assert_array_equal(dialogue.predict(X, said, classes=classes), labels[expected.argmax(axis=1)])
        assert_allclose(dialogue.attributes(X, said, classes=classes), expected @ table.rows(labels))
    same = pd.DataFrame({"b": [60.0] * 6, "a": [0.5] * 6})
    assert_allclose(dialogue.predict_proba(X, {"a": 0.5, "b": 60}), dialogue.predict_proba(X, same))


def test_the_question_is_the_one_whose_answer_tells_most(fitted, world, table):
    """Drawn by hand: draw the class, draw the answer, predict again, and look at the entropy."""
    dialogue = AttributeDialogue(fitted)
    X, sigma = world.X_test_unseen[:2], table.vectors.std(axis=0)
    prior = fitted.predict_proba(X)
    rng = np.random.default_rng(0)
    gains = np.zeros((2, 5))
    for image in range(2):
        for k, name in enumerate(NAMES[:4]):
            classes = rng.choice(len(prior[0]), p=prior[image], size=4000)
            answers = table.rows(fitted.classes_)[classes, k] + 0.5 * sigma[k] * rng.normal(size=4000)
            after = dialogue.predict_proba(np.repeat(X[[image]], 4000, axis=0), pd.DataFrame({name: answers}))
            gains[image, k] = entropy(prior[image]) - entropy(after, axis=1).mean()
    asked = dialogue.questions(X)
    for image in range(2):
        chosen = NAMES.index(asked["attribute"][image])
        assert_allclose(asked["gain"][image], gains[image, chosen], atol=0.05)
        assert gains[image, chosen] > gains[image].max() - 0.05


def test_nothing_is_asked_twice(fitted, world):
    dialogue = AttributeDialogue(fitted)
    X, said = world.X_test_unseen[:3], pd.DataFrame(np.nan, index=range(3), columns=NAMES)
    asked = []
    for _ in range(5):
        found = dialogue.questions(X, said)
        asked.append(found["attribute"].tolist())
        for image, name in enumerate(found["attribute"]):
            said.loc[image, name] = 0.1
    assert [sorted(names) for names in zip(*asked, strict=True)] == [NAMES] * 3
    assert asked[-1] == ["e"] * 3  # the same for all classes, so it tells nothing
    done = dialogue.questions(X, said)
    assert done["attribute"].isna().all()
    assert (done["gain"] == 0).all()


def test_separating_attributes(fitted, world, table):
    one, other = world.seen_classes[0], world.unseen_classes[1]
    found = AttributeDialogue(fitted).separating(one, other)
    a, b = table.rows([one, other])
    expected = pd.Series(((a - b) / table.vectors.std(axis=0))[:4], index=NAMES[:4])
    assert_allclose(found["difference"][NAMES[:4]], expected)
    assert found["difference"]["e"] == 0
    assert_array_equal(found.index[:4], expected.abs().sort_values(ascending=False).index)
    assert_array_equal(found[one], pd.Series(a, NAMES)[found.index])
    assert_array_equal(found[other], pd.Series(b, NAMES)[found.index])


def test_frames_keep_their_index(world, table):
    clf = RidgePrototypeClassifier(semantics=table).fit(world.X_train, world.y_train)
    dialogue, X = AttributeDialogue(clf), pd.DataFrame(world.X_test_seen[:2], index=["x", "y"])
    assert dialogue.attributes(X).index.tolist() == ["x", "y"]
    assert dialogue.attributes(X).columns.tolist() == NAMES
    assert dialogue.questions(X).index.tolist() == ["x", "y"]
    said = pd.DataFrame({"a": [0.1, np.nan]}, index=["x", "y"])
    assert dialogue.predict_proba(X, said).shape == (2, 12)
    with pytest.raises(InvalidInputError, match="different indexes"):
        dialogue.predict(X, said.reset_index(drop=True))


def test_pipelines_and_searches_are_looked_through(world, table):
    model = make_pipeline(StandardScaler(), RidgePrototypeClassifier(semantics=table, cv=None))
    model.fit(world.X_train, world.y_train)
    found = AttributeDialogue(model).predict_proba(world.X_test_seen, {"a": 0.5})
    inner = AttributeDialogue(model[-1]).predict_proba(model[0].transform(world.X_test_seen), {"a": 0.5})
    assert_allclose(found, inner)
    search = GridSearchCV(model, {"ridgeprototypeclassifier__alpha": [1.0]}, cv=ClassKFold(2), scoring=harmonic_score)
    search.fit(world.X_train, world.y_train)
    assert_array_equal(AttributeDialogue(search).predict(world.X_test_seen), search.predict(world.X_test_seen))


def test_a_class_ruled_out_comes_back_by_answers(world, table):
    class Sure(RidgePrototypeClassifier):
        def predict_proba(self, X, classes=None):
            return np.eye(12)[np.zeros(len(X), dtype=int)]

    clf = Sure(semantics=table).fit(world.X_train, world.y_train)
    right = clf.classes_[5]
    truth = dict(zip(NAMES, table.rows([right])[0], strict=True))
    dialogue = AttributeDialogue(clf, answer_noise=0.01)
    assert dialogue.predict(world.X_test_seen[:1], truth).tolist() == [right]


def test_the_estimator_stays_as_it_was(fitted, world):
    before, scores = copy.copy(vars(fitted)), fitted.class_scores(world.X_test_seen)
    dialogue = AttributeDialogue(fitted)
    dialogue.predict(world.X_test_seen, {"a": 1.0})
    dialogue.questions(world.X_test_seen)
    assert {name: id(value) for name, value in vars(fitted).items()} == {n: id(v) for n, v in before.items()}
    assert_array_equal(fitted.class_scores(world.X_test_seen), scores)


def test_bad_answers_are_told(fitted, world):
    dialogue, X = AttributeDialogue(fitted), world.X_test_seen[:2]
    for given, message in (
        ([1, 2], "given is of type list"),
        ({"zebra": 1.0}, r"given has \['zebra'\]"),
        ({"a": "much"}, r"given\['a'\] is 'much'"),
        ({"a": float("nan")}, r"given\['a'\] is nan"),
        (pd.DataFrame({"a": [1.0]}), "1 rows for 2 samples"),
        (pd.DataFrame({"a": [1.0, np.inf]}), "infinite values"),
        (pd.DataFrame({"a": ["x", "y"]}), "given is not numeric"),
        (pd.DataFrame(np.ones((2, 2)), columns=["a", "a"]), "an attribute twice"),
    ):
        with pytest.raises(InvalidInputError, match=message):
            dialogue.predict_proba(X, given)
    with pytest.raises(InvalidInputError, match="not known"):
        dialogue.separating("zebra", fitted.classes_[0])
    with pytest.raises(InvalidInputError, match="more than once"):
        dialogue.separating(fitted.classes_[0], fitted.classes_[0])
    with pytest.raises(InvalidInputError, match="not known"):
        dialogue.predict(X, {"a": 1.0}, classes=["zebra"])
    with pytest.raises(InvalidInputError, match="answer_noise=0"):
        AttributeDialogue(fitted, answer_noise=0).predict(X)


def test_estimators_without_attributes_are_refused(world, table):
    few = PrototypicalClassifier().fit(world.X_train, world.y_train)
    bare = RidgePrototypeClassifier().fit(world.X_train, world.y_train)
    for clf in (few, bare):
        with pytest.raises(InvalidInputError, match="without a class table"):
            AttributeDialogue(clf).attributes(world.X_test_seen)
    clf = RidgePrototypeClassifier(semantics=table)
    with pytest.raises(NotFittedError):
        AttributeDialogue(clf).attributes(world.X_test_seen)
    dialogue = AttributeDialogue(clf.fit(world.X_train, world.y_train))
    clf.add_classes(world.X_support[:3], ["new"] * 3)
    assert dialogue.predict(world.X_test_seen).shape == (len(world.X_test_seen),)
    with pytest.raises(InvalidInputError, match=r"classes has \['new'\], known by samples only"):
        dialogue.predict(world.X_test_seen, {"a": 1.0})
    assert set(dialogue.predict(world.X_test_seen, {"a": 1.0}, classes=world.unseen_classes)) <= set(
        world.unseen_classes
    )
    assert clone(AttributeDialogue(clf, answer_noise=0.2)).answer_noise == 0.2


def test_true_answers_help_with_digits_that_were_never_seen():
    split = load_digits_zsl()
    clf = RidgePrototypeClassifier(semantics=split.semantics).fit(split.X_train, split.y_train)
    dialogue = AttributeDialogue(clf)
    X, y = split.X_test_unseen, split.y_test_unseen
    truth = pd.DataFrame(split.semantics.rows(y), columns=split.semantics.attributes)
    said = pd.DataFrame(np.nan, index=truth.index, columns=truth.columns)
    found = [(dialogue.predict(X) == y).mean()]
    for _ in range(3):
        for name, images in dialogue.questions(X, said).groupby("attribute").groups.items():
            said.loc[images, name] = truth.loc[images, name]
        found.append((dialogue.predict(X, said) == y).mean())
    assert found[1] > found[0] + 0.1
    assert found[3] > 0.9
    wrong = pd.DataFrame(split.semantics.rows(np.where(y == 7, 8, 7)), columns=truth.columns)
    assert (dialogue.predict(X, wrong.where(said.notna())) == y).mean() < found[0]
