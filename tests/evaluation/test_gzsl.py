"""Protocols: what is fitted on, what is measured, and what the result shows."""

import json
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from nearest_prototype import NearestPrototype, gaussian_split
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from zsl.datasets import load_digits_zsl
from zsl.evaluation import (
    ClassKFold,
    GZSLResult,
    GZSLSplit,
    SeenUnseenCurve,
    evaluate_gzsl,
    harmonic_mean,
    harmonic_score,
    measure_gzsl,
    per_class_accuracy,
)
from zsl.exceptions import InvalidInputError
from zsl.semantics import Semantics


class Recorder(NearestPrototype):
    """Remembers on the class what each fit was given."""

    fits: ClassVar[list] = []

    def fit(self, X, y):
        self.fits.append((X, y))
        return super().fit(X, y)


@pytest.fixture(scope="module")
def split():
    return gaussian_split(8, 4, n_per_class=20, noise=0.7)


def line(**changes):
    """Seen classes 0 and 10 at these places, unseen ones 4 and 6; 8 is only in the class table."""
    arrays = {
        "X_train": [[0.0], [0.0], [10.0], [10.0]],
        "y_train": [0, 0, 10, 10],
        "X_test_seen": [[0.0], [3.0], [9.0]],
        "y_test_seen": [0, 0, 10],
        "X_test_unseen": [[4.0], [1.0], [8.0], [5.5]],
        "y_test_unseen": [4, 4, 6, 6],
        "semantics": Semantics([[0], [10], [4], [6], [8]], classes=[0, 10, 4, 6, 8]),
    }
    return GZSLSplit(**arrays | changes, name="line")


def fitted_on(split, **parameters):
    return NearestPrototype(**{"semantics": split.semantics} | parameters).fit(split.X_train, split.y_train)


def test_result_worked_by_hand():
    # Among 0, 10, 4 and 6 the seen images go to 0, 4 and 10, the unseen ones to 4, 0, 6 and 6: at 8, as near to 10 as
    # to 6, the bias decides.
    result = evaluate_gzsl(NearestPrototype(semantics=line().semantics, alpha=0, seen_bias=0.1), line())
    assert result.t1_by_class == {4: 1.0, 6: 1.0}
    assert result.seen_by_class == {0: 0.5, 10: 1.0}
    assert result.unseen_by_class == {4: 0.5, 6: 1.0}
    assert (result.t1, result.seen, result.unseen, result.harmonic_mean) == (1.0, 0.75, 0.75, 0.75)
    # Seen minus unseen best score: 16 and -8 for class 0, 8 for class 10; the seen image at 3 is right below -8.
    # Unseen: -16 and 8 for class 4; 0 and -20 for class 6, since the squared distances are 4 and 4, 0.25 and 20.25.
    assert result.curve.margins == pytest.approx([-20, -16, -8, 0, 8, 16])
    assert result.curve.seen == pytest.approx([1, 1, 1, 0.75, 0.75, 0.25, 0])
    assert result.curve.unseen == pytest.approx([0, 0.25, 0.5, 0.5, 0.75, 1, 1])
    assert result.ausuc == pytest.approx(0.5 + 0.25 * 0.75 + 0.25 * 0.5)
    assert result.best_harmonic_mean == pytest.approx(0.75)
    assert result.seen_bias == 0.1
    assert result.name == "line"


def test_only_training_images_are_fitted_on_and_the_estimator_stays_as_it_is(split):
    Recorder.fits.clear()
    estimator = Recorder(semantics=split.semantics)
    result = evaluate_gzsl(estimator, split)
    assert len(Recorder.fits) == 1
    assert Recorder.fits[0][0] is split.X_train
    assert Recorder.fits[0][1] is split.y_train
    assert not hasattr(estimator, "classes_")
    assert result.fit_seconds > 0
    assert result.predict_seconds > 0


def test_measuring_a_fitted_estimator_gives_the_same_but_no_time_to_fit(split):
    estimator = NearestPrototype(semantics=split.semantics, seen_bias=1.0)
    found, wanted = measure_gzsl(fitted_on(split, seen_bias=1.0), split), evaluate_gzsl(estimator, split)
    scalars = {k: v for k, v in found.to_dict().items() if not k.endswith("_seconds")}
    assert scalars == {k: v for k, v in wanted.to_dict().items() if not k.endswith("_seconds")}
    assert found.fit_seconds is None


def test_figures_equal_plain_formulas(split):
    estimator = fitted_on(split, seen_bias=1.0)
    result = measure_gzsl(estimator, split)
    seen = per_class_accuracy(split.y_test_seen, estimator.predict(split.X_test_seen))
    unseen = per_class_accuracy(split.y_test_unseen, estimator.predict(split.X_test_unseen))
    alone = estimator.predict(split.X_test_unseen, classes=split.unseen_classes)
    assert 0 < unseen < 1
    assert (result.seen, result.unseen, result.harmonic_mean) == (seen, unseen, harmonic_mean(seen, unseen))
    assert result.t1 == per_class_accuracy(split.y_test_unseen, alone)
    # One bias for all classes, applied by the estimator or taken from the curve, gives the same accuracies.
    assert result.curve.at(1.0) == pytest.approx((seen, unseen, result.harmonic_mean))
    assert result.best_harmonic_mean >= result.harmonic_mean - 1e-12


def test_area_does_not_depend_on_the_bias(split):
    found = [measure_gzsl(fitted_on(split, seen_bias=bias), split) for bias in (0.0, 1e6)]
    assert found[0].ausuc == found[1].ausuc
    assert found[1].seen == 0
    assert found[1].unseen == found[1].t1 == found[0].t1


def test_support_images_added_before_are_measured_too(split):
    estimator = fitted_on(split).add_classes(split.X_support, split.y_support)
    assert measure_gzsl(estimator, split).t1 > measure_gzsl(fitted_on(split), split).t1


def test_estimator_without_a_bias_is_measured_without_one():
    class Plain(NearestPrototype):
        def fit(self, X, y):
            super().fit(X, y)
            self._bias = self.__dict__.pop("seen_bias_")
            return self

        def predict(self, X, classes=None):
            among = self.classes_ if classes is None else classes
            return among[self.class_scores(X, among).argmax(axis=1)]

    result = evaluate_gzsl(Plain(semantics=line().semantics), line())
    assert result.seen_bias is None
    assert "no seen-class bias" in str(result)


def test_pipeline_is_measured_as_its_last_step_on_transformed_images(split):
    scaler = StandardScaler().fit(split.X_train)
    scaled = GZSLSplit(
        **{
            name: scaler.transform(getattr(split, name)) if name.startswith("X") else getattr(split, name)
            for name in ("X_train", "y_train", "X_test_seen", "y_test_seen", "X_test_unseen", "y_test_unseen")
        },
        semantics=split.semantics,
    )
    alone = NearestPrototype(semantics=split.semantics, seen_bias=0.5)
    found, wanted = evaluate_gzsl(make_pipeline(StandardScaler(), alone), split), evaluate_gzsl(alone, scaled)
    assert found.to_frame().equals(wanted.to_frame())
    assert found.ausuc == wanted.ausuc
    assert found.seen_bias == 0.5


def test_search_over_seen_classes_is_measured_with_what_it_chose(split):
    Recorder.fits.clear()
    search = GridSearchCV(
        Recorder(semantics=split.semantics),
        {"seen_bias": [-1e6, 1.0, 1e6]},
        cv=ClassKFold(3, random_state=0),
        scoring=harmonic_score,
        error_score="raise",
    )
    assert evaluate_gzsl(search, split).seen_bias == 1.0
    assert len(Recorder.fits) == 10
    assert set(np.concatenate([y for _, y in Recorder.fits])) == set(split.seen_classes)


def test_labels_of_text_and_of_numbers_side_by_side():
    split = load_digits_zsl()
    as_text = GZSLSplit(
        **{name: getattr(split, name) for name in ("X_train", "X_test_seen", "X_test_unseen")},
        **{name: getattr(split, name).astype(str) for name in ("y_train", "y_test_seen", "y_test_unseen")},
        semantics=Semantics(split.semantics.vectors, classes=split.semantics.classes.astype(str)),
    )
    numbers, text = measure_gzsl(fitted_on(split), split), measure_gzsl(fitted_on(as_text), as_text)
    assert list(numbers.seen_by_class) == list(range(7))
    assert list(text.seen_by_class) == [str(digit) for digit in range(7)]
    assert list(numbers.seen_by_class.values()) == list(text.seen_by_class.values())
    assert numbers.seen > 0.7
    with pytest.raises(InvalidInputError, match="classes_ has numbers such as 0 and y_train strings such as '0'"):
        measure_gzsl(fitted_on(split), as_text)


def test_unknown_unseen_classes_are_named(split):
    few = split.semantics.drop(split.unseen_classes[1:])
    with pytest.raises(
        InvalidInputError, match=r"doesn't know 3 of 4 unseen.*'unseen_03'\]; wanted .*semantics=split.semantics"
    ):
        evaluate_gzsl(NearestPrototype(semantics=few), split)
    with pytest.raises(InvalidInputError, match="doesn't know 4 of 4 unseen classes"):
        evaluate_gzsl(NearestPrototype(), split)


def test_missing_class_table_is_named():
    with pytest.raises(InvalidInputError, match=r"\[4, 6\]; wanted .* semantics, of which the split has none"):
        evaluate_gzsl(NearestPrototype(), line(semantics=None))


def test_estimator_may_bring_the_class_table_that_a_split_lacks():
    estimator = NearestPrototype(semantics=line().semantics)
    assert evaluate_gzsl(estimator, line(semantics=None)).t1 == evaluate_gzsl(estimator, line()).t1


def test_estimator_fitted_on_unseen_classes_is_refused(split):
    X, y = np.concatenate([split.X_train, split.X_support]), np.concatenate([split.y_train, split.y_support])
    with pytest.raises(InvalidInputError, match=r"fitted on samples of 4 unseen class.*\['unseen_00'"):
        measure_gzsl(NearestPrototype(semantics=split.semantics).fit(X, y), split)


def test_estimator_fitted_on_fewer_classes_is_refused(split):
    rows = split.y_train != "seen_03"
    estimator = NearestPrototype(semantics=split.semantics).fit(split.X_train[rows], split.y_train[rows])
    with pytest.raises(InvalidInputError, match=r"without samples of 1 seen class.*\['seen_03'\]"):
        measure_gzsl(estimator, split)


def test_estimator_that_is_not_fitted_is_refused(split):
    with pytest.raises(NotFittedError):
        measure_gzsl(NearestPrototype(semantics=split.semantics), split)


def result(**changes):
    """Two seen classes and one unseen class; the best H is 2/3, at any bias from 0 to 1."""
    curve = SeenUnseenCurve(np.array([0.0, 1.0]), np.array([1, 0.5, 0]), np.array([0.0, 1.0, 1.0]))
    values = {
        "t1_by_class": {"cat": 1.0},
        "seen_by_class": {"ant": 0.25, "bee": 0.75},
        "unseen_by_class": {"cat": 0.5},
        "curve": curve,
        "predict_seconds": 0.25,
        "fit_seconds": 12.0,
        "seen_bias": 0.125,
        "hubness": 0.5,
        "name": "toy",
    }
    return GZSLResult(**values | changes)


def test_result_as_a_record_holds_scalars_only():
    record = result().to_dict()
    assert record == {
        "name": "toy",
        "n_seen_classes": 2,
        "n_unseen_classes": 1,
        "t1": 1.0,
        "seen": 0.5,
        "unseen": 0.5,
        "harmonic_mean": 0.5,
        "ausuc": 0.75,
        "best_harmonic_mean": pytest.approx(2 / 3),
        "hubness": 0.5,
        "seen_bias": 0.125,
        "fit_seconds": 12.0,
        "predict_seconds": 0.25,
    }
    assert json.loads(json.dumps(record)) == record


def test_result_as_a_table_has_a_row_a_class():
    wanted = pd.DataFrame(
        {"seen": [True, True, False], "accuracy": [0.25, 0.75, 0.5], "t1": [np.nan, np.nan, 1.0]},
        index=pd.Index(["ant", "bee", "cat"], name="class"),
    )
    pd.testing.assert_frame_equal(result().to_frame(), wanted)


def test_result_as_text_fits_a_screen_and_says_what_is_no_measurement():
    text = str(result())
    assert "toy: 2 seen and 1 unseen classes" in text
    assert "T1     1.000" in text
    assert "H      0.500  harmonic mean of S and U, seen-class bias 0.125" in text
    assert "H is 0.667 with the bias that suits the test labels best: an upper bound" in text
    assert "fitted in 12 s, predicted in 0.25 s" in text
    assert len(text.splitlines()) < 12
    assert max(map(len, text.splitlines())) <= 100
    assert repr(result()) == "GZSLResult('toy': T1 1.000, S 0.500, U 0.500, H 0.500, AUSUC 0.750)"


def test_result_as_text_leaves_out_what_is_not_known():
    text = str(result(fit_seconds=None, seen_bias=None, name=""))
    assert text.startswith("GZSL: ")
    assert "fitted" not in text
    assert "no seen-class bias" in text


def test_result_cannot_be_changed():
    with pytest.raises(AttributeError):
        result().curve = None
