"""`check_estimator` passes estimators of each family, and names the law that a broken one breaks."""

import numpy as np
import pytest

from zsl import ESZSLClassifier
from zsl.estimators.catalog import BY_NAME
from zsl.testing import LawData, check_estimator


@pytest.fixture(scope="module")
def data():
    return LawData.small()


@pytest.mark.parametrize(
    "name",
    ["ESZSLClassifier", "DeViSEClassifier", "RelationClassifier", "PrototypicalClassifier", "BDCSPNClassifier"],
)
def test_estimators_of_the_catalogue_pass(name, data):
    entry = BY_NAME[name]
    check_estimator(entry.load()(**entry.small), data=data, skip=entry.exempt)


class Transductive(ESZSLClassifier):
    """Scores that depend on the other samples of the call."""

    def _score(self, embedded, classes):
        scores = super()._score(embedded, classes)
        return scores - scores.mean(axis=0)


class Forgetful(ESZSLClassifier):
    """A fit that changes the estimator before it fails."""

    def fit(self, X, y):
        self.method_ = None
        return super().fit(X, y)


class Leaking(ESZSLClassifier):
    """Scores of seen classes that depend on how many unseen ones are described."""

    def _score(self, embedded, classes):
        return super()._score(embedded, classes) * (1 + np.log(len(self.classes_)))


@pytest.mark.parametrize(
    ("broken", "law"),
    [(Transductive, "check_batches"), (Forgetful, "check_failing_calls"), (Leaking, "check_unseen_classes")],
)
def test_a_broken_law_is_named(broken, law, data):
    skipped = {"check_batches", "check_failing_calls", "check_unseen_classes", "check_removal", "check_saving"} - {law}
    with pytest.raises(AssertionError, match=f"{broken.__name__} breaks {law}"):
        check_estimator(broken(), data=data, skip=tuple(skipped))
