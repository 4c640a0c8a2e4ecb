"""Wrappers of scikit-learn that number classes: refused where rows of a class table would be exchanged, else alike."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import BaggingClassifier, StackingClassifier, VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_val_score
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier, OutputCodeClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from zsl import AttributePredictor, ESZSLClassifier, InvalidInputError, SimpleShotClassifier
from zsl.testing import LawData

DATA = LawData.small()
SEEN = np.unique(DATA.y)
NUMBERS = {label: 3 * place for place, label in enumerate(DATA.semantics.classes.tolist())}
"""Names as numbers that aren't those from 0, and that numbering from 0 would exchange for one another."""
Y = np.array([NUMBERS[label] for label in DATA.y.tolist()])
TABLES = {
    "strings": (DATA.semantics, DATA.y),
    "numbers": (DATA.semantics.to_frame().set_axis([*NUMBERS.values()]), Y),
    # Any number from 0 has a row here, so that nothing but the call tells the numbers of a wrapper from names.
    "all numbers": (DATA.semantics.to_frame().set_axis([*range(len(NUMBERS))]), Y // 3),
}
WRAPPERS = {
    "voting": lambda inner: VotingClassifier([("inner", inner)]),
    "soft voting": lambda inner: VotingClassifier([("inner", inner)], voting="soft"),
    "stacking": lambda inner: StackingClassifier([("inner", inner)], LogisticRegression(), cv=2),
    "bagging": lambda inner: BaggingClassifier(inner, n_estimators=2, random_state=0),
    "one vs rest": OneVsRestClassifier,
    "one vs one": OneVsOneClassifier,
    "output code": lambda inner: OutputCodeClassifier(inner, random_state=0),
    "in a pipeline": lambda inner: VotingClassifier([("inner", make_pipeline(StandardScaler(), inner))]),
    "in a search": lambda inner: OneVsRestClassifier(
        GridSearchCV(inner, {"alpha_features": [1.0]}, cv=2, error_score="raise")
    ),
}


@pytest.mark.parametrize("kind", TABLES)
@pytest.mark.parametrize("name", WRAPPERS)
def test_a_wrapper_that_numbers_classes_is_refused(name, kind):
    table, y = TABLES[kind]
    with pytest.raises(InvalidInputError, match="numbers the classes from 0 before it fits, so that y no longer names"):
        WRAPPERS[name](ESZSLClassifier(semantics=table, cv=None)).fit(DATA.X, y)


@pytest.mark.slow
def test_processes_of_a_wrapper_refuse_too():
    table, y = TABLES["all numbers"]
    wrapped = BaggingClassifier(ESZSLClassifier(semantics=table, cv=None), n_estimators=2, n_jobs=2, random_state=0)
    with pytest.raises(InvalidInputError, match="A BaggingClassifier numbers the classes"):
        wrapped.fit(DATA.X, y)


@pytest.mark.parametrize("method", ["predict_proba", "decision_function"])
@pytest.mark.parametrize("kind", TABLES)
def test_cross_validated_probabilities_are_refused(kind, method):
    table, y = TABLES[kind]
    with pytest.raises(InvalidInputError, match="cross_val_predict with scores or probabilities numbers the classes"):
        cross_val_predict(ESZSLClassifier(semantics=table, cv=None), DATA.X, y, cv=2, method=method)


@pytest.mark.parametrize("kind", TABLES)
def test_what_keeps_labels_works(kind):
    table, y = TABLES[kind]
    inner = ESZSLClassifier(semantics=table, cv=None)
    predicted = cross_val_predict(inner, DATA.X, y, cv=4)
    assert (predicted == y).mean() > 0.6
    assert cross_val_score(inner, DATA.X, y, cv=2, error_score="raise").mean() > 0.5
    search = GridSearchCV(inner, {"alpha_features": [0.1, 10.0]}, cv=2, error_score="raise").fit(DATA.X, y)
    assert_array_equal(search.classes_, search.best_estimator_.classes_)


@pytest.mark.parametrize("options", [{"ensemble": True}, {"ensemble": True, "method": "isotonic"}])
@pytest.mark.parametrize("kind", TABLES)
def test_calibration_takes_the_classes_of_y_only(kind, options):
    table, y = TABLES[kind]
    inner = ESZSLClassifier(semantics=table, cv=None)
    with pytest.raises(InvalidInputError, match=r"takes classes of y only, and semantics describes 3 more"):
        CalibratedClassifierCV(inner, cv=2, **options).fit(DATA.X, y)
    frame = table.to_frame() if hasattr(table, "to_frame") else table
    inner.set_params(semantics=frame.loc[np.unique(y)])
    calibrated = CalibratedClassifierCV(inner, cv=2, **options).fit(DATA.X, y)
    assert_array_equal(calibrated.classes_, np.unique(y))
    assert (calibrated.predict(DATA.X) == y).mean() > 0.6


def test_calibration_by_cross_validated_scores_is_refused():
    table, y = TABLES["all numbers"]
    with pytest.raises(InvalidInputError, match="cross_val_predict with scores or probabilities numbers the classes"):
        CalibratedClassifierCV(ESZSLClassifier(semantics=table, cv=None), cv=2, ensemble=False).fit(DATA.X, y)


def test_an_attribute_predictor_is_no_wrong_row_either():
    table, y = TABLES["all numbers"]
    with pytest.raises(InvalidInputError, match="numbers the classes from 0"):
        BaggingClassifier(AttributePredictor(semantics=table, cv=None), n_estimators=1).fit(DATA.X, y)


@pytest.mark.parametrize(
    "inner", [ESZSLClassifier(), SimpleShotClassifier(device="cpu")], ids=["table-free", "support"]
)
@pytest.mark.parametrize("name", ["voting", "soft voting", "bagging"])
def test_without_a_class_table_wrappers_work(name, inner):
    for y in (DATA.y, Y):
        wrapped = WRAPPERS[name](inner).fit(DATA.X, y)
        assert_array_equal(wrapped.classes_, np.unique(y))
        assert (wrapped.predict(DATA.X) == y).mean() > 0.6


def test_a_wrapper_that_is_handed_strings_may_number_others():
    """Nothing but numbers is refused: a user's own estimator may give the names back before it fits."""

    class Named(ESZSLClassifier):
        def fit(self, X, y):
            return super().fit(X, SEEN[y])

    estimator = Named(semantics=DATA.semantics, cv=None)
    VotingClassifier([("inner", estimator)]).fit(DATA.X, DATA.y)
