"""What a user's type checker says of the public names: checked by mypy, never run."""

from typing import Any, assert_type

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import zsl
from zsl.estimators import FittedClassifier

Labels = NDArray[Any]
Floats = NDArray[np.floating[Any]]


def fits(split: zsl.GZSLSplit) -> zsl.RelationClassifier:
    """Estimators are of their class, and so is what their methods return."""
    assert_type(zsl.load_digits_zsl(), zsl.GZSLSplit)
    clf = assert_type(zsl.RelationClassifier(semantics=split.semantics), zsl.RelationClassifier)
    assert_type(clf.fit(split.X_train, split.y_train), zsl.RelationClassifier)
    assert_type(clf.predict(split.X_test_unseen, classes=split.unseen_classes, reject=0.05), Labels)
    assert_type(clf.predict_proba(split.X_test_unseen), Floats)
    assert_type(clf.classes_, Labels)
    assert_type(clf.explain(split.X_test_unseen[0]), pd.DataFrame)
    assert_type(zsl.evaluate_gzsl(clf, split).harmonic_mean, float)
    return clf


def saves_and_loads(clf: zsl.RelationClassifier, X: Floats) -> None:
    """A loaded model is a classifier, or what `kind` says, without casts."""
    zsl.save(clf, "model")
    model = assert_type(zsl.load("model", trusted=True), FittedClassifier)
    assert_type(model.predict(X, classes=model.unseen_classes_, reject=0.1), Labels)
    assert_type(model.predict_proba(X), Floats)
    assert_type(model.top_classes(X, k=3), tuple[Labels, Floats])
    assert_type(model.explain(X[0], among=["zebra", "horse"]), pd.DataFrame)
    assert_type(model.add_classes(semantics={"okapi": "a striped animal"}).remove_classes("horse"), FittedClassifier)
    assert_type(model.classes_, Labels)
    model.save("again")
    assert_type(zsl.load("index", kind=zsl.ClassIndex).recall(X), float)
    assert_type(zsl.load("model", kind=zsl.RelationClassifier), zsl.RelationClassifier)
    assert_type(zsl.ZeroShotRetriever(model).search(["zebra"]).indices, NDArray[np.intp])


def pipes(table: zsl.Semantics, paths: list[str], labels: list[str]) -> FittedClassifier:
    """A pipeline is a classifier whose samples are what its first step takes."""
    pipe = zsl.ZeroShotPipeline([("images", zsl.ImageEncoder()), ("classes", zsl.ESZSLClassifier(semantics=table))])
    assert_type(pipe.fit(paths, labels), zsl.ZeroShotPipeline)
    assert_type(pipe.predict(paths, reject=0.1), Labels)
    assert_type(pipe.add_classes(paths, labels), zsl.ZeroShotPipeline)
    assert_type(pipe.seen_classes_, Labels)
    return pipe


def takes_any(split: zsl.GZSLSplit) -> list[FittedClassifier]:
    """Estimators of all kinds are classifiers to a type checker."""
    return [zsl.RelationClassifier(), zsl.PromptClassifier(), fits(split)]


def errors() -> tuple[type[ValueError], ...]:
    """Errors that a client may catch as ValueError."""
    return (zsl.InvalidInputError, zsl.SemanticsError, zsl.ModelFileError)
