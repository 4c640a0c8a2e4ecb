"""What every classifier obeys, whatever it computes: one function per law, from a way to make it and data for it."""

import copy
import pickle
import tempfile
from dataclasses import dataclass, field
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from torch import nn

from zsl import InvalidInputError, load


@dataclass(eq=False)
class Data:
    """Samples of seen and new classes, labelled by strings, and what is known of these beside the samples.

    Parameters
    ----------
    X, y : arrays
        Training samples of the seen classes.
    X_new, y_new : arrays
        Support samples of classes, some of which are new.
    queries : array
        Samples of all classes.
    table : Semantics or None
        Rows of all classes, for estimators that are fitted with some.
    pool : array or None
        Samples without a label, for estimators that take some.
    encoder : nn.Module or None
        What `load` wants beside the folder.
    transductive : bool
        Whether the scores of a sample depend on the others of the call.
    tolerance : float
        Relative error that rounding may make.
    """

    X: Any
    y: Any
    X_new: Any
    y_new: Any
    queries: Any
    table: Any = None
    pool: Any = None
    encoder: Any = None
    transductive: bool = False
    tolerance: float = 1e-9
    _fitted: dict[Any, Any] = field(default_factory=dict)

    def fitted(self, make):
        """An estimator fitted on the training samples, of its own to change; it is fitted once."""
        if make not in self._fitted:
            self._fitted[make] = make().fit(self.X, self.y)
        estimator = copy.deepcopy(self._fitted[make])
        return estimator if self.pool is None else estimator.add_classes(X_unlabeled=self.pool)

    def near(self, actual, wanted):
        """Compare scores up to rounding."""
        assert_allclose(actual, wanted, rtol=self.tolerance, atol=self.tolerance * max(np.abs(wanted).max(), 1e-3))


def saved_and_loaded(estimator, data):
    """What comes back from a folder."""
    with tempfile.TemporaryDirectory() as folder:
        estimator.save(Path(folder) / "model")
        assert [path.name for path in Path(folder).iterdir()] == ["model"]
        return load(Path(folder) / "model", encoder=data.encoder)


def is_unchanged(estimator, before):
    """Whether an estimator holds the very same objects as before."""
    return vars(estimator).keys() == before.keys() and all(vars(estimator)[key] is before[key] for key in before)


def refused(call, *wanted, kind=ValueError):
    """Whether a call is refused with all these words in the message."""
    message = None
    try:
        call()
    except kind as error:
        message = str(error)
    assert message is not None, f"nothing was refused; wanted an error with {wanted}"
    missing = [part for part in wanted if part not in message]
    assert not missing, f"{message} lacks {missing}"


def weights(estimator):
    """Tensors of the fitted method."""
    return {} if estimator.method_ is None else estimator.method_.state_dict()


# Scores and predictions.


def check_permuting_classes_permutes_scores(make, data):
    fitted = data.fitted(make)
    order = np.random.default_rng(0).permutation(len(fitted.classes_))
    for calibrated in (False, True):
        scores = fitted.class_scores(data.queries, calibrated=calibrated)
        permuted = fitted.class_scores(data.queries, fitted.classes_[order], calibrated=calibrated)
        data.near(permuted, scores[:, order])


def check_a_query_does_not_depend_on_its_neighbours(make, data):
    fitted = data.fitted(make)
    scores = fitted.class_scores(data.queries)
    alone = np.concatenate([fitted.class_scores(query[None]) for query in data.queries[:5]])
    if data.transductive:
        assert np.abs(alone - scores[:5]).max() > 1e-3 * np.abs(scores).max()
        return
    data.near(alone, scores[:5])
    twice = fitted.class_scores(np.repeat(data.queries[:4], 2, axis=0))
    data.near(twice[::2], twice[1::2])


def check_scores_probabilities_and_labels_agree(make, data):
    fitted = data.fitted(make)
    scores = fitted.class_scores(data.queries, calibrated=True)
    assert_array_equal(fitted.decision_function(data.queries), scores)
    exponentials = np.exp((scores - scores.max(axis=1, keepdims=True)) / getattr(fitted, "temperature_", 1.0))
    assert_allclose(fitted.predict_proba(data.queries), exponentials / exponentials.sum(axis=1, keepdims=True))
    assert_array_equal(fitted.predict(data.queries), fitted.classes_[scores.argmax(axis=1)])
    labels, best = fitted.top_classes(data.queries, k=2)
    assert_array_equal(labels, fitted.classes_[np.argsort(-scores, axis=1, kind="stable")[:, :2]])
    data.near(best, -np.sort(-scores, axis=1)[:, :2])


def check_only_the_balance_of_sides_is_calibrated(make, data):
    fitted = data.fitted(make)
    lift = fitted.class_scores(data.queries, calibrated=True) - fitted.class_scores(data.queries)
    if getattr(fitted, "balance", "stacking") == "gate":
        return  # changes all scores
    unseen = np.isin(fitted.classes_, fitted.unseen_classes_)
    assert not lift[:, ~unseen].any()
    if unseen.any() and hasattr(fitted, "seen_bias_"):
        scale = 1e-12 * np.abs(fitted.class_scores(data.queries)).max()
        assert_allclose(lift[:, unseen], fitted.seen_bias_, atol=scale + 1e-12)


# Classes that come and go.


def check_permuting_the_support_changes_nothing(make, data):
    fitted = data.fitted(make)
    order = np.random.default_rng(0).permutation(len(data.X_new))
    other = copy.deepcopy(fitted).add_classes(data.X_new[order], data.y_new[order])
    fitted.add_classes(data.X_new, data.y_new)
    data.near(other.class_scores(data.queries), fitted.class_scores(data.queries))


def check_support_in_parts_is_support_at_once(make, data):
    fitted = data.fitted(make)
    other = copy.deepcopy(fitted)
    for X, y in zip(np.array_split(data.X_new, 3), np.array_split(data.y_new, 3), strict=True):
        other.add_classes(X, y)
    fitted.add_classes(data.X_new, data.y_new)
    assert_array_equal(other.classes_, fitted.classes_)
    data.near(other.class_scores(data.queries), fitted.class_scores(data.queries))


def check_remaining_classes_score_as_before(make, data):
    fitted = data.fitted(make)
    gone = fitted.classes_[[1, 4]].tolist()
    rest = [label for label in fitted.classes_.tolist() if label not in gone]
    among = fitted.class_scores(data.queries, rest)
    fitted.remove_classes(gone)
    assert fitted.classes_.tolist() == rest
    assert_array_equal(fitted.class_scores(data.queries), among)
    refused(lambda: fitted.remove_classes(gone[0]), "labels names", gone[0], kind=InvalidInputError)
    refused(lambda: fitted.remove_classes(rest), "labels names all", kind=InvalidInputError)
    refused(lambda: fitted.predict(data.queries, gone), "classes names", gone[0], kind=InvalidInputError)
    assert fitted.classes_.tolist() == rest


def check_a_removed_class_comes_back_as_new(make, data):
    fitted = data.fitted(make)
    label = fitted.seen_classes_[0]
    fitted.remove_classes(label).add_classes(data.X_new[:1], [label])
    assert label in fitted.classes_
    assert label in fitted.unseen_classes_
    assert label not in fitted.seen_classes_


def check_added_classes_go_without_a_trace(make, data):
    fitted = data.fitted(make)
    before, classes = fitted.class_scores(data.queries), fitted.classes_.tolist()
    fitted.add_classes(data.X_new[:3], ["z"] * 3)
    if fitted.get_params().get("semantics") is not None:
        row = np.full(len(data.table.attributes), 0.5)
        fitted.add_classes(data.X_new[3:5], ["zz"] * 2, semantics={"zz": row}).add_classes(semantics={"zzz": row})
        assert {"zz", "zzz"} <= set(fitted.unseen_classes_)
        fitted.remove_classes(["zz", "zzz"])
    assert np.isfinite(fitted.class_scores(data.queries, calibrated=True)).all()
    fitted.remove_classes("z")
    assert fitted.classes_.tolist() == classes
    data.near(fitted.class_scores(data.queries), before)


def check_classes_added_after_forgetting_are_the_only_ones(make, data):
    fitted = data.fitted(make).forget_classes()
    assert len(fitted.classes_) == len(fitted.seen_classes_) == 0
    refused(lambda: fitted.predict(data.queries), "No classes are known", kind=InvalidInputError)
    fitted.add_classes(data.X_new, data.y_new)
    assert fitted.classes_.tolist() == np.unique(data.y_new).tolist()
    assert len(fitted.seen_classes_) == 0
    other = copy.deepcopy(data._fitted[make])
    other.add_classes(data.X_new[:1], ["z"]).remove_classes(np.setdiff1d(other.classes_, ["z"]))
    other.add_classes(data.X_new, data.y_new).remove_classes("z")
    data.near(fitted.class_scores(data.queries), other.class_scores(data.queries))


# Training.


def check_the_same_seed_gives_the_same_model(make, data):
    fitted = data.fitted(make)
    state, drawn = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    again = make().fit(data.X, data.y)
    assert torch.equal(torch.get_rng_state(), state)  # the generators of everybody are left alone
    if "random_state" in fitted.get_params():
        assert_array_equal(np.random.get_state()[1], drawn)  # noqa: NPY002
    first = weights(fitted)
    assert all(torch.equal(value, weights(again)[name]) for name, value in first.items())
    if data.pool is None:
        assert_array_equal(again.class_scores(data.queries), fitted.class_scores(data.queries))
    if "random_state" in fitted.get_params() and is_trained(fitted):
        other = make(random_state=1).fit(data.X, data.y)
        assert any(not torch.equal(value, weights(other)[name]) for name, value in first.items())


def is_trained(fitted):
    """Whether anything was drawn at random: not by a closed form, nor where a method has no parameters."""
    sizes = getattr(fitted.method_, "sizes", None)
    if hasattr(sizes, "n_hidden"):  # a relation network without a relation term
        return bool(sizes.n_hidden)
    trained = {"n_steps", "n_episodes"} & set(fitted.get_params())
    return bool(trained) and fitted.method_ is not None and any(True for _ in fitted.method_.parameters())


def check_unseen_classes_have_no_part_in_training(make, data):
    """What describes or shows them may as well come later: fitting looks at nothing but the seen classes."""
    fitted = data.fitted(make)
    seen = np.unique(data.y)
    if fitted.get_params().get("semantics") is None:
        before, scores = copy.deepcopy(weights(fitted)), fitted.class_scores(data.queries, seen)
        new = ~np.isin(data.y_new, seen)
        fitted.add_classes(data.X_new[new], data.y_new[new])
        assert all(torch.equal(value, before[name]) for name, value in weights(fitted).items())
        data.near(fitted.class_scores(data.queries, seen), scores)
        return
    later = make(semantics=data.table.select(seen)).fit(data.X, data.y)
    for calibrated in (False, True):
        assert_array_equal(
            later.class_scores(data.queries, seen, calibrated=calibrated),
            fitted.class_scores(data.queries, seen, calibrated=calibrated),
        )
    later.add_classes(semantics=data.table.drop(seen))
    assert_array_equal(later.predict_proba(data.queries), fitted.predict_proba(data.queries))


def renamed(kind, labels):
    """Other names for classes, in the same order."""
    numbers = np.array([int(label[1:]) for label in labels.tolist()])
    if kind == "integers":
        return 10 + 3 * numbers
    names = np.array([f"class {number:02}" for number in numbers])
    return names.astype(object) if kind == "objects" else names


def check_relabelling_classes_relabels_predictions(make, data):
    fitted = data.fitted(make) if data.pool is None else make().fit(data.X, data.y)
    fitted.add_classes(data.X_new, data.y_new)
    for kind in ("integers", "objects"):
        more = {}
        if fitted.get_params().get("semantics") is not None:
            more["semantics"] = table = data.table.to_frame()
            table.index = pd.Index(renamed(kind, table.index.to_numpy()))
        other = make(**more).fit(data.X, renamed(kind, data.y))
        other.add_classes(data.X_new, renamed(kind, data.y_new))
        predicted = other.predict(data.queries)
        assert_array_equal(predicted, renamed(kind, fitted.predict(data.queries)))
        assert predicted.dtype == other.classes_.dtype
        assert predicted.dtype.kind == {"integers": "i", "objects": "O"}[kind]
        assert_array_equal(other.unseen_classes_, renamed(kind, fitted.unseen_classes_))
        if kind == "objects":
            assert_array_equal(saved_and_loaded(other, data).predict(data.queries), predicted)


def check_gradients_reach_every_parameter(make, data):
    """Without weight decay, only a gradient moves a parameter; a single step moves all but those behind a zero."""
    start, later = (
        dict(make(n_episodes=n, weight_decay=0.0).fit(data.X, data.y).method_.named_parameters()) for n in (1, 8)
    )
    still = [name for name, value in later.items() if torch.equal(value, start[name])]
    assert not still


def check_few_classes_leave_nothing_to_choose_on(make, data):
    seen = np.unique(data.y)
    three = np.isin(data.y, seen[:3])
    estimator = make().fit(data.X[three], data.y[three])
    assert estimator.selection_["n_folds"] == 0
    assert np.isnan(estimator.selection_["harmonic_mean"])
    assert estimator.seen_classes_.tolist() == seen[:3].tolist()
    if estimator.seen_bias == "auto":
        assert estimator.seen_bias_ == 0
    if estimator.semantics is not None:
        assert estimator.unseen_classes_.size == len(data.table) - 3


def check_a_class_of_one_sample(make, data):
    label = data.y[0]
    keep = (data.y != label) | (np.arange(len(data.y)) == 0)
    estimator = make().fit(data.X[keep], data.y[keep])
    assert label in estimator.seen_classes_
    assert np.isfinite(estimator.class_scores(data.queries)).all()


def check_one_feature_is_enough(make, data):
    more = {"semantics": data.table.to_frame().iloc[:, :1]} if make().get_params().get("semantics") is not None else {}
    estimator = make(**more).fit(data.X[:, :1], data.y)
    assert np.isfinite(estimator.class_scores(data.queries[:, :1])).all()


def check_samples_may_be_all_alike(make, data):
    for level in (0.0, 1.0):
        estimator = make().fit(np.full_like(data.X, level), data.y)
        assert np.isfinite(estimator.class_scores(data.queries, calibrated=True)).all()


def check_single_precision_gives_nearly_the_same(make, data):
    fitted, queries = make().fit(data.X.astype(np.float32), data.y), data.queries.astype(np.float32)
    assert fitted.class_scores(queries).dtype == np.float64
    # A length of training that is chosen narrowly may change.
    assert (fitted.predict(queries) == data.fitted(make).predict(data.queries)).mean() > 0.75


# Copies.


def check_pickles_and_clones(make, data):
    fitted = data.fitted(make)
    fitted.add_classes(data.X_new, data.y_new)
    again = pickle.loads(pickle.dumps(fitted))
    assert_array_equal(again.predict_proba(data.queries), fitted.predict_proba(data.queries))
    unfitted = clone(fitted)
    assert not hasattr(unfitted, "classes_")
    before, after = fitted.get_params(deep=False), unfitted.get_params(deep=False)
    plain = {name for name, value in before.items() if isinstance(value, (bool, int, float, str, type(None)))}
    assert {name: after[name] for name in plain} == {name: before[name] for name in plain}


def check_a_saved_model_is_the_same_bit_for_bit(make, data):
    fitted = data.fitted(make)
    fitted.add_classes(data.X_new, data.y_new)
    loaded = saved_and_loaded(fitted, data)
    assert type(loaded) is type(fitted)
    lost = {"semantics", "text_encoder", "verbose", "device", "backbone", "encoder"}
    given, found = (each.get_params(deep=False) for each in (fitted, loaded))
    assert {k: v for k, v in found.items() if k not in lost} == {k: v for k, v in given.items() if k not in lost}
    for name in ("classes_", "seen_classes_", "unseen_classes_"):
        assert_array_equal(getattr(loaded, name), getattr(fitted, name))
        assert getattr(loaded, name).dtype == getattr(fitted, name).dtype
    for name in ("n_features_in_", "seen_bias_", "temperature_", "history_", "pretrain_history_"):
        assert getattr(loaded, name, None) == getattr(fitted, name, None)
    assert repr(getattr(loaded, "selection_", None)) == repr(getattr(fitted, "selection_", None))
    for name in getattr(fitted, "selection_", {}).get("params", {}):
        assert getattr(loaded, f"{name}_", None) == getattr(fitted, f"{name}_", None)
    for calibrated in (False, True):
        assert_array_equal(
            loaded.class_scores(data.queries, calibrated=calibrated),
            fitted.class_scores(data.queries, calibrated=calibrated),
        )
    assert_array_equal(loaded.predict_proba(data.queries), fitted.predict_proba(data.queries))


def check_a_loaded_model_goes_on(make, data):
    fitted = data.fitted(make)
    loaded, gone = saved_and_loaded(fitted, data), fitted.seen_classes_[1]
    for each in (fitted, loaded):
        each.add_classes(data.X_new, data.y_new).remove_classes(gone)
    assert_array_equal(loaded.class_scores(data.queries), fitted.class_scores(data.queries))
    again = saved_and_loaded(loaded, data)
    assert_array_equal(again.class_scores(data.queries), fitted.class_scores(data.queries))
    empty = saved_and_loaded(loaded.forget_classes(), data)
    for each in (loaded, empty):
        each.add_classes(data.X_new, data.y_new)
    assert_array_equal(empty.class_scores(data.queries), loaded.class_scores(data.queries))


def check_names_of_columns(make, data):
    names = [f"f{place}" for place in range(data.X.shape[1])]
    estimator = make().fit(pd.DataFrame(data.X, columns=names), pd.Series(data.y))
    frame = pd.DataFrame(data.queries, columns=names)
    plain = make().fit(data.X, data.y) if data.pool is not None else data.fitted(make)
    assert_allclose(estimator.class_scores(frame), plain.class_scores(data.queries), rtol=1e-4, atol=1e-5)
    loaded = saved_and_loaded(estimator, data)
    for each in (estimator, loaded):
        assert each.feature_names_in_.tolist() == names
        refused(lambda each=each: each.predict(frame[names[::-1]]), "feature names")


def check_an_unfitted_one_does_nothing(make, data):
    with tempfile.TemporaryDirectory() as folder:
        for call in (
            lambda: make().save(Path(folder) / "model"),
            lambda: make().predict(data.queries),
            lambda: make().add_classes(data.X_new, data.y_new),
            lambda: make().remove_classes("c0"),
        ):
            refused(call, "not fitted")
        assert not list(Path(folder).iterdir())


def check_an_encoder_that_is_not_needed_is_refused(make, data):
    own = data.encoder is not None
    with tempfile.TemporaryDirectory() as folder:
        data.fitted(make).save(folder)
        refused(
            lambda: load(folder, encoder=None if own else nn.Identity()),
            "encoder=NoneType; the model was fitted with one of yours" if own else "the model was fitted without",
            kind=InvalidInputError,
        )


# What is refused.


def bad_samples(data):
    """Samples that cannot be used, and what the message says beside the name."""
    nothing = data.X_new[:2].astype(float)
    nothing[0, 0] = np.nan
    return {
        "empty": data.X[:0],
        "NaN": nothing,
        "infinite": np.where(np.isnan(nothing), np.inf, nothing),
        "wide": np.zeros((2, *data.X.shape[1:-1], data.X.shape[-1] + 1)),
        "flat": np.zeros(5),
        "words": np.full((2, *data.X.shape[1:]), "a"),
    }


def check_bad_samples_are_named_and_change_nothing(make, data):
    fitted = data.fitted(make)
    before = vars(fitted).copy()
    named = {"empty": "", "flat": "", "words": ""} if data.X.ndim == 2 else {}  # scikit-learn's words
    for kind, X in bad_samples(data).items():
        calls = [
            lambda X=X: fitted.predict(X),
            lambda X=X: fitted.class_scores(X),
            lambda X=X: fitted.add_classes(X, ["a"] * len(X)),
            *([] if kind == "wide" else [lambda X=X: fitted.fit(X, ["a", "b"][: len(X)])]),
        ]
        for call in calls:
            refused(call, named.get(kind, "X "))
            assert is_unchanged(fitted, before)
        if data.pool is not None:
            refused(lambda X=X: fitted.add_classes(data.X_new[:1], ["a"], X_unlabeled=X), "X_unlabeled")
            assert is_unchanged(fitted, before)


def check_failing_additions_change_nothing(make, data):
    fitted = data.fitted(make)
    X, y = data.X_new, data.y_new
    calls = [
        (lambda: fitted.add_classes(X, y[:-1]), f"X has {len(X)} samples and y {len(X) - 1} labels"),
        (lambda: fitted.add_classes(X[:2], [1, 2]), "y has the label 1; wanted strings only"),
        (lambda: fitted.add_classes(X[:2], [["a", "b"], ["c", "d"]]), "y holds"),
        (lambda: fitted.remove_classes(["nothing"]), "labels names ['nothing']"),
        (lambda: fitted.predict(data.queries, ["nothing"]), "classes names ['nothing']"),
        (lambda: fitted.predict(data.queries, [fitted.classes_[0]] * 2), "more than once"),
        (lambda: fitted.predict(data.queries, []), "classes has shape"),
        (lambda: fitted.predict(data.queries, rescale="softmax"), "rescale='softmax'; wanted"),
        (lambda: fitted.predict(data.queries, reject=1), "reject=1; wanted a share in [0, 1)"),
        (lambda: fitted.top_classes(data.queries, k=0), "k=0; wanted a whole number of 1"),
    ]
    if {"semantics", "X_unlabeled"} & set(signature(fitted.add_classes).parameters):
        calls += [
            (lambda: fitted.add_classes(), "add_classes was given n"),
            (lambda: fitted.add_classes(X), "X and y go together"),
            (lambda: fitted.add_classes(y=y), "X and y go together"),
        ]
    if "semantics" in fitted.get_params():
        row = {"new": np.ones(1 if data.table is None else len(data.table.attributes))}
        if fitted.semantics is None:
            calls.append((lambda: fitted.add_classes(semantics=row), "fitted without any"))
        else:
            again = data.table.select(fitted.unseen_classes_[:1])
            calls += [
                (lambda: fitted.add_classes(semantics=again), "again"),
                (lambda: fitted.add_classes(semantics={"new": [1.0]}), "semantics doesn't fit the table"),
                (lambda: fitted.add_classes(semantics={7: row["new"]}), "semantics has the label 7; wanted strings"),
                (lambda: fitted.add_classes(X[:2] * np.nan, ["new"] * 2, semantics=row), "NaN"),
                (lambda: fitted.add_classes(X[:2], [1, 2], semantics=row), "wanted strings only"),
            ]
    before = vars(fitted).copy()
    for call, message in calls:
        refused(call, message)
        assert is_unchanged(fitted, before)


def check_failing_fits_change_nothing(make, data):
    fitted = data.fitted(make)
    scores, before = fitted.class_scores(data.queries), vars(fitted).copy()
    for X, y, message in (
        (data.X, np.full(len(data.X), "a"), "y has one class"),
        (data.X, data.y[:-1], str(len(data.X))),
        (data.X, np.linspace(0, 1, len(data.X)), "nknown label type"),
    ):
        refused(lambda X=X, y=y: fitted.fit(X, y), message)
        assert is_unchanged(fitted, before)
    if fitted.get_params().get("semantics") is None:
        return
    table = data.table.to_frame()
    for rows, message in (
        (table.drop(index="c0"), "semantics has no row for 1 of the"),
        (table.assign(colour="red"), "colour"),
        (pd.concat([table, table.iloc[:1]]), "more than once"),
        (3, "type int"),
    ):
        before = vars(fitted.set_params(semantics=rows)).copy()
        refused(lambda: fitted.fit(data.X[:, :-1], data.y), message)
        assert is_unchanged(fitted, before)
    assert_array_equal(fitted.class_scores(data.queries), scores)
