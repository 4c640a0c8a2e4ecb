"""Several classes per sample: the closed form, what is held out, forms of y, classes that come and go, files."""

import pickle

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import expit
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import f1_score
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MultiLabelBinarizer, StandardScaler

from zsl import InvalidInputError, MultiLabelClassifier, SemanticsError, load
from zsl.datasets import make_multi_label
from zsl.evaluation import evaluate_multi_label


@pytest.fixture(scope="module")
def world():
    return make_multi_label(12, 4, n_features=20, n_attributes=6, n_train=400, n_test=200, random_state=1)


@pytest.fixture(scope="module")
def fitted(world):
    return MultiLabelClassifier(semantics=world.semantics).fit(world.X_train, world.y_train)


def unit(X, by):
    """Scaled as documented: length 1 as seen from the mean, then centred."""

    def direct(rows):
        rows = rows - by.mean(axis=0)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    return direct(X) - direct(by).mean(axis=0)


def oracle(world, alpha, penalty):
    """Log-odds by scikit-learn's ridge and logistic regressions and one linear system, without folds."""
    Z, Y = unit(world.X_train, world.X_train), world.y_train.to_numpy(dtype=float)
    share, n_classes = Y.mean(axis=0), Y.shape[1]
    ridge = Ridge(alpha=alpha * np.square(Z).sum() / Z.shape[1]).fit(Z, (Y - share) / np.sqrt(share * (1 - share)))
    S = world.semantics.rows(list(world.y_test))
    S = S - S[:n_classes].mean(axis=0)
    S /= np.linalg.norm(S, axis=1, keepdims=True)
    known, new = S[:n_classes], S[n_classes:]
    beta = new @ known.T @ np.linalg.inv(known @ known.T + penalty * np.eye(n_classes))
    logit = np.log((Y.sum(axis=0) + 1) / ((1 - Y).sum(axis=0) + 1))

    def told(values):
        return values.mean(axis=-1, keepdims=True) + (values - values.mean(axis=-1, keepdims=True)) @ beta.T

    scores = ridge.predict(Z)
    flat = np.stack([scores.ravel(), np.tile(logit, len(Z))], axis=1)
    curve = LogisticRegression(C=1e9, tol=1e-8, max_iter=1000).fit(flat, Y.ravel())
    test = ridge.predict(unit(world.X_test, world.X_train))
    own = []
    for c in range(n_classes):  # a soft target is a sample on either side, with weights
        yes = Y[:, c].sum()
        soft = np.where(Y[:, c] == 1, (yes + 1) / (yes + 2), 1 / (len(Y) - yes + 2))
        twice, weight = np.concatenate([scores[:, [c]]] * 2), np.concatenate([soft, 1 - soft])
        own.append(
            LogisticRegression(C=1e9, tol=1e-8, max_iter=1000).fit(twice, np.arange(2 * len(Y)) < len(Y), weight)
        )
    own = [one.decision_function(test[:, [c]]) for c, one in enumerate(own)]
    (slope, rate), offset = curve.coef_[0], curve.intercept_[0]
    return np.stack(own, axis=1), slope * told(test) + rate * told(logit[None]) + offset


def test_scores_are_those_of_ridge_and_logistic_regression(world):
    given = {"alpha": 1.0, "alpha_semantics": 0.3, "kernel": "linear", "cv": None}
    clf = MultiLabelClassifier(semantics=world.semantics, **given).fit(world.X_train, world.y_train)
    seen, unseen = oracle(world, 1.0, 0.3)
    assert_allclose(clf.class_scores(world.X_test, clf.seen_classes_), seen, atol=0.01, rtol=0.01)
    assert_allclose(clf.class_scores(world.X_test, clf.unseen_classes_), unseen, atol=0.01, rtol=0.01)
    assert_array_equal(clf.thresholds_, np.zeros(16))
    assert clf.selection_["n_folds"] == 0


def test_unseen_classes_are_found(world, fitted):
    assert fitted.unseen_classes_.tolist() == world.unseen_classes
    found = evaluate_multi_label(fitted, world.X_test, world.y_test)
    share = world.y_test[world.unseen_classes].to_numpy().mean()
    assert found.unseen.mean_average_precision > share + 0.15
    assert fitted.score(world.X_test, world.y_test[world.unseen_classes]) > 2 * share / (1 + share) + 0.1
    likely = fitted.predict_proba(world.X_test, world.unseen_classes) > 0.6
    assert likely.sum() > 20
    assert world.y_test[world.unseen_classes].to_numpy()[likely].mean() > 2 * share


def test_answers_agree(world, fitted):
    X, odds = world.X_test[:40], fitted.class_scores(world.X_test[:40])
    assert_allclose(fitted.predict_proba(X), expit(odds))
    assert_allclose(fitted.decision_function(X), odds - fitted.thresholds_)
    predicted = fitted.predict(X)
    assert_array_equal(predicted, odds >= fitted.thresholds_)
    assert [set(labels) for labels in fitted.predict_labels(X)] == [
        set(fitted.classes_[row == 1].tolist()) for row in predicted
    ]
    labels, scores = fitted.top_classes(X, k=2)
    biased = odds - fitted.seen_bias_ * np.isin(fitted.classes_, fitted.seen_classes_)
    assert_array_equal(labels[:, 0], fitted.classes_[biased.argmax(axis=1)])
    assert_allclose(scores[:, 0], biased.max(axis=1))
    asked = ["unseen_01", "seen_03"]
    assert_allclose(fitted.predict_proba(X, asked), expit(odds[:, [fitted.classes_.tolist().index(c) for c in asked]]))


def test_thresholds_are_those_of_best_f1_on_held_out_samples(world):
    """Scores without their fold by scikit-learn; the best F1 over all thresholds is reached by that of the class."""
    given = {"alpha": 0.3, "alpha_semantics": 0.3, "kernel": "linear"}
    clf = MultiLabelClassifier(semantics=world.semantics, **given).fit(world.X_train, world.y_train)
    Z, Y = unit(world.X_train, world.X_train), world.y_train.to_numpy(dtype=float)
    left, fold = np.empty_like(Y), np.empty(len(Z), dtype=int)
    fold[np.random.RandomState(0).permutation(len(Z))] = np.arange(len(Z)) % 5
    for number in range(5):
        train = fold != number
        p = Y[train].mean(axis=0)
        penalty = 0.3 * np.square(Z[train] - Z[train].mean(axis=0)).sum() / Z.shape[1]
        ridge = Ridge(alpha=penalty).fit(Z[train], (Y[train] - p) / np.sqrt(p * (1 - p)))
        left[~train] = ridge.predict(Z[~train])
    own = clf._classes.take(np.arange(12))
    for c in range(12):
        best = max(f1_score(Y[:, c], left[:, c] >= cut) for cut in left[:, c])
        # The threshold is one of log-odds; by the class's curve it is one of scores.
        slope = np.linalg.norm(own.weight[:, c]) / np.linalg.norm(oracle_weight(Z, Y, 0.3)[:, c])
        offset = own.intercept[c] - slope * oracle_intercept(Z, Y, 0.3)[c]
        assert_allclose(f1_score(Y[:, c], slope * left[:, c] + offset >= own.thresholds[c]), best, atol=1e-9)


def oracle_ridge(Z, Y, alpha):
    p = Y.mean(axis=0)
    return Ridge(alpha=alpha * np.square(Z).sum() / Z.shape[1]).fit(Z, (Y - p) / np.sqrt(p * (1 - p)))


def oracle_weight(Z, Y, alpha):
    return oracle_ridge(Z, Y, alpha).coef_.T


def oracle_intercept(Z, Y, alpha):
    return oracle_ridge(Z, Y, alpha).intercept_


def test_unseen_classes_have_no_part_in_training(world, fitted):
    rows = world.semantics.to_frame()
    rows.loc[world.unseen_classes] *= -3
    other = MultiLabelClassifier(semantics=rows).fit(world.X_train, world.y_train)
    seen = fitted.seen_classes_
    assert_array_equal(other.class_scores(world.X_test, seen), fitted.class_scores(world.X_test, seen))
    assert other.selection_ == fitted.selection_


def test_classes_come_and_go(world, fitted):
    table = world.semantics.to_frame()
    first = MultiLabelClassifier(semantics=table.loc[list(world.y_train)]).fit(world.X_train, world.y_train)
    assert not len(first.unseen_classes_)
    first.add_classes(semantics=table.loc[world.unseen_classes, table.columns[::-1]])
    assert_allclose(first.class_scores(world.X_test), fitted.class_scores(world.X_test), atol=1e-10)
    first.remove_classes(["seen_00", "unseen_03"])
    kept = [label for label in fitted.classes_.tolist() if label not in ("seen_00", "unseen_03")]
    assert first.classes_.tolist() == kept
    assert_allclose(first.predict_proba(world.X_test), fitted.predict_proba(world.X_test, kept), atol=1e-10)
    before = vars(first).copy()
    for change, message in [
        (lambda: first.add_classes(semantics=table.loc[["seen_01"]]), "again"),
        (lambda: first.add_classes(semantics=table.loc[["seen_00"]].iloc[:, 1:]), "doesn't fit the table"),
        (lambda: first.remove_classes("zebra"), "zebra"),
        (lambda: first.remove_classes(kept), "at least one"),
        (lambda: first.remove_classes([]), "one class or more"),
    ]:
        with pytest.raises(InvalidInputError, match=message):
            change()
    assert vars(first) == before
    with pytest.raises(SemanticsError, match="fitted without any"):
        MultiLabelClassifier().fit(world.X_train, world.y_train).add_classes(semantics=table)


def test_y_comes_in_many_forms(world, fitted):
    names, matrix = np.array(list(world.y_train)), world.y_train.to_numpy()
    sets = [set(names[row].tolist()) for row in matrix]
    expected = fitted.predict_proba(world.X_test)
    for y, given in [
        (matrix.astype(int), {"classes": names}),
        (matrix.tolist(), {"classes": names}),
        (list(matrix), {"classes": names}),
        (sets, {}),
        ([tuple(labels) for labels in sets], {"classes": names}),
        (pd.Series([sorted(labels) for labels in sets]), {}),
        (world.y_train.astype(float), {}),
    ]:
        again = clone(fitted).fit(world.X_train, y, **given)
        assert_array_equal(again.classes_, fitted.classes_)
        assert_allclose(again.predict_proba(world.X_test), expected)
    binarizer = MultiLabelBinarizer()
    assert_array_equal(
        clone(fitted).fit(world.X_train, binarizer.fit_transform(sets), classes=binarizer.classes_).classes_[:12], names
    )
    assert_allclose(fitted.score(world.X_train, sets), fitted.score(world.X_train, world.y_train))
    predicted = fitted.predict(world.X_train, names)
    assert_allclose(fitted.score(world.X_train, matrix), f1_score(matrix, predicted, average="micro"))


def test_columns_without_a_sample_are_unseen_classes(world, fitted):
    y = world.y_train.assign(**dict.fromkeys(world.unseen_classes, False))
    again = clone(fitted).fit(world.X_train, y)
    assert_allclose(again.predict_proba(world.X_test), fitted.predict_proba(world.X_test))
    y["seen_02"] = True  # and what all have is always told
    assert clone(fitted).fit(world.X_train, y).predict(world.X_test, "seen_02").all()


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (None, "target y is None"),
        (["a", "b"] * 200, "wanted an indicator matrix"),
        ([["a"], "b"] * 200, "y "),
        (np.zeros((400, 3)), "no sample with a class"),
        (np.full((400, 3), 2), "y has 2 at row 0"),
        (np.full((400, 3), np.nan), "y has NaN"),
        (np.ones((3, 3), dtype=int), "400 samples and y 3 rows"),
        ([set()] * 400, "no label"),
        ([{"zebra"}, {"seen_00"}] * 200, "zebra"),
        (np.eye(12, dtype=int)[np.arange(400) % 12], "wanted a DataFrame with classes as columns"),
    ],
)
def test_bad_targets_are_told_and_change_nothing(world, fitted, y, message):
    clf = pickle.loads(pickle.dumps(fitted))
    before = vars(clf).copy()
    with pytest.raises(InvalidInputError, match=message):
        clf.fit(world.X_train, y)
    assert vars(clf) == before


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("alpha", 0),
        ("alpha_semantics", -1),
        ("kernel", "cube"),
        ("feature_scaling", "whiten"),
        ("cv", 1),
        ("seen_bias", "none"),
        ("semantics", 3),
    ],
)
def test_bad_parameters_are_told(world, name, value):
    with pytest.raises(InvalidInputError, match=name):
        MultiLabelClassifier(**{"semantics": world.semantics, name: value}).fit(world.X_train, world.y_train)


def test_bad_questions_are_told(world, fitted):
    with pytest.raises(NotFittedError):
        MultiLabelClassifier().predict(world.X_test)
    with pytest.raises(InvalidInputError, match=r"not known.*Did you mean"):
        fitted.predict(world.X_test, ["seen_0"])
    with pytest.raises(InvalidInputError, match="each once"):
        fitted.predict(world.X_test, ["seen_00", "seen_00"])
    with pytest.raises(InvalidInputError, match="k=0"):
        fitted.top_classes(world.X_test, k=0)
    with pytest.raises(InvalidInputError, match="200 samples and y 3 rows"):
        fitted.score(world.X_test, world.y_test[:3])
    with pytest.raises(ValueError, match="20 features"):
        fitted.predict(world.X_test[:, :3])
    with pytest.raises(InvalidInputError, match="sample_weight"):
        clone(fitted).fit(world.X_train, world.y_train, sample_weight=np.ones(400))


@pytest.mark.parametrize("options", [{}, {"kernel": "rbf", "seen_bias": 0.5}, {"semantics": None}])
def test_a_saved_model_is_the_same_bit_for_bit(world, tmp_path, options):
    X = pd.DataFrame(world.X_train, columns=[f"p{place}" for place in range(20)])
    clf = MultiLabelClassifier(**{"semantics": world.semantics} | options).fit(X, world.y_train)
    clf.save(tmp_path / "m")
    loaded, query = load(tmp_path / "m"), pd.DataFrame(world.X_test, columns=X.columns)
    for method in ("predict", "predict_proba", "decision_function"):
        assert_array_equal(getattr(loaded, method)(query), getattr(clf, method)(query))
    assert loaded.selection_ == clf.selection_
    assert loaded.kernel == clf.kernel
    if clf.semantics is not None:
        rows = world.semantics.to_frame().iloc[:1].set_axis(["new"])
        assert_array_equal(
            loaded.add_classes(semantics=rows).predict_proba(query),
            clf.add_classes(semantics=rows).predict_proba(query),
        )


def test_pipelines_searches_and_samples_of_any_scale(world, fitted):
    model = make_pipeline(StandardScaler(), MultiLabelClassifier(semantics=world.semantics, cv=2))
    assert model.fit(world.X_train, world.y_train).score(world.X_test, world.y_test) > 0.4
    assert cross_val_score(clone(fitted), world.X_train, world.y_train, cv=KFold(2)).min() > 0.5
    search = GridSearchCV(MultiLabelClassifier(semantics=world.semantics, cv=None), {"alpha": [0.3, 1e6]}, cv=KFold(2))
    assert search.fit(world.X_train, world.y_train).best_params_ == {"alpha": 0.3}
    moved = clone(fitted).fit(1e3 * world.X_train + 7, world.y_train)
    assert_allclose(moved.predict_proba(1e3 * world.X_test + 7), fitted.predict_proba(world.X_test), atol=1e-5)
    assert "<DataFrame of 16 classes>" in repr(MultiLabelClassifier(semantics=world.semantics.to_frame()))


def test_few_of_all_is_enough(world):
    """One class, three classes, one sample per class: nothing is chosen, and nothing breaks."""
    for n_classes, n in ((1, 400), (3, 400), (12, 5)):
        y = world.y_train.iloc[:n, :n_classes]
        clf = MultiLabelClassifier(semantics=world.semantics).fit(world.X_train[:n], y)
        assert np.isfinite(clf.decision_function(world.X_test)).all()
        assert len(clf.classes_) == 16


def test_columns_without_names_have_to_be_those_of_fit(world, fitted):
    with pytest.raises(InvalidInputError, match="y has 16 columns without names, and 12 classes are known"):
        fitted.score(world.X_test, world.y_test.to_numpy())
    assert fitted.score(world.X_test, world.y_test.to_numpy(), classes=world.y_test.columns) > 0
    assert repr(world).startswith("MultiLabelSplit(12 seen and 4 unseen classes, 20 features")
