"""Zero to many shots: cases worked by hand, which images are drawn, and what is compared with what."""

import pickle
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from nearest_prototype import NearestPrototype, gaussian_split
from sklearn.exceptions import NotFittedError
from sklearn.neighbors import NearestCentroid
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from zsl.evaluation import GZSLSplit, evaluate_shots, measure_gzsl, measure_shots, per_class_accuracy
from zsl.exceptions import InvalidInputError
from zsl.semantics import Semantics

PARTS = ("X_train", "y_train", "X_test_seen", "y_test_seen", "X_test_unseen", "y_test_unseen", "X_support", "y_support")


class Recorder(NearestPrototype):
    """Remembers on the class which support images were added, and whether their classes were known by then."""

    added: ClassVar[list] = []

    def add_classes(self, X, y):
        self.added.append((X, y, set(y) <= set(self.classes_)))
        return super().add_classes(X, y)


class ImagesOverSemantics(NearestPrototype):
    """Forgets the semantics of a class as soon as it has images."""

    def add_classes(self, X, y):
        known = np.intersect1d(self.classes_, y)
        return (self.remove_classes(known) if len(known) else self) and super().add_classes(X, y)


@pytest.fixture(scope="module")
def split():
    return gaussian_split(8, 4, n_per_class=16, noise=1.0)


def fitted_on(split, kind=NearestPrototype, **parameters):
    return kind(**{"semantics": split.semantics} | parameters).fit(split.X_train, split.y_train)


def changed(split, **changes):
    return GZSLSplit(**{name: getattr(split, name) for name in (*PARTS, "semantics")} | changes)


def line():
    """Classes where their names say, but 6 has its support images around 10; 9 is only in the class table."""
    return GZSLSplit(
        X_train=[[0.0], [0.0], [10.0], [10.0]],
        y_train=[0, 0, 10, 10],
        X_test_seen=[[0.0], [3.0], [9.0]],
        y_test_seen=[0, 0, 10],
        X_test_unseen=[[4.0], [1.0], [8.0], [5.5]],
        y_test_unseen=[4, 4, 6, 6],
        X_support=[[3.0], [9.0], [5.0], [11.0]],
        y_support=[4, 6, 4, 6],
        semantics=Semantics([[0], [10], [4], [6], [9]], classes=[0, 10, 4, 6, 9]),
    )


def test_whole_pool_worked_by_hand():
    # Semantics alone: class means 4 and 6, all right. Images alone: 4 and 10, so the image at 5.5 goes to 4. Both:
    # (4 + 8) / 3 and (6 + 20) / 3, the same mistake. Among all classes with "both", the seen images go to 0, 4 and 6,
    # the unseen ones to 4, 0, 6 and 4: S = 1/4, U = 1/2.
    # Nearest class mean: less the mean, 5, and of length 1, the support is -1 and 0 for class 4 and 1 and 1 for 6.
    table = measure_shots(fitted_on(line(), alpha=0, seen_bias=0.1), line(), shots=[2], n_draws=3)
    wanted = pd.DataFrame(
        {
            "both": [1.0, 0.75],
            "both_ci95": [np.nan, 0.0],
            "support": [np.nan, 0.75],
            "support_ci95": [np.nan, 0.0],
            "class_mean": [np.nan, 1.0],
            "class_mean_ci95": [np.nan, 0.0],
            "harmonic_mean": [0.75, 1 / 3],
            "harmonic_mean_ci95": [np.nan, 0.0],
            "gain": [np.nan, -0.25],
            "gain_ci95": [np.nan, 0.0],
        },
        index=pd.Index([0, 2], name="shots"),
    )
    pd.testing.assert_frame_equal(table, wanted)


def test_first_row_is_the_measurement_without_support(split):
    estimator = fitted_on(split, seen_bias=1.0)
    row, result = measure_shots(estimator, split, shots=[1], n_draws=2).loc[0], measure_gzsl(estimator, split)
    assert (row["both"], row["harmonic_mean"]) == (result.t1, result.harmonic_mean)
    assert row.drop(["both", "harmonic_mean"]).isna().all()


def test_images_alone_are_those_of_a_nearest_centroid(split):
    # Training images are moved away, so that their mean isn't that of the other images by and large.
    split = changed(split, X_train=split.X_train + np.arange(12))
    table = measure_shots(fitted_on(split), split, shots=[8], n_draws=2)
    raw = NearestCentroid().fit(split.X_support, split.y_support)
    assert table.loc[8, "support"] == per_class_accuracy(split.y_test_unseen, raw.predict(split.X_test_unseen))
    centre = split.X_train.mean(axis=0)
    support, queries = (
        (X - centre) / np.linalg.norm(X - centre, axis=1, keepdims=True) for X in (split.X_support, split.X_test_unseen)
    )
    predicted = NearestCentroid().fit(support, split.y_support).predict(queries)
    assert table.loc[8, "class_mean"] == per_class_accuracy(split.y_test_unseen, predicted)
    assert 0.25 < table.loc[8, "class_mean"] < 1


def test_arms_share_nested_draws_from_the_pool(split):
    Recorder.added.clear()
    measure_shots(fitted_on(split, Recorder), split, shots=(1, 3), n_draws=2)
    support, both = Recorder.added[::2], Recorder.added[1::2]
    assert [known for *_, known in support] == [False] * 4
    assert [known for *_, known in both] == [True] * 4
    pool = dict(zip(map(bytes, split.X_support), split.y_support, strict=True))
    for (X, y, _), (X_both, y_both, _), count in zip(support, both, [1, 1, 3, 3], strict=True):
        np.testing.assert_array_equal(X, X_both)
        np.testing.assert_array_equal(y, y_both)
        assert [pool[bytes(x)] for x in X] == y.tolist()
        assert len({bytes(x) for x in X}) == 4 * count
        assert np.unique(y, return_counts=True)[1].tolist() == [count] * 4
    for draw in (0, 1):
        assert {bytes(x) for x in support[draw][0]} < {bytes(x) for x in support[draw + 2][0]}
    assert not np.array_equal(support[0][0], support[1][0])


def test_draws_depend_on_the_random_state_only(split):
    estimator = fitted_on(split)
    table = measure_shots(estimator, split, shots=(1, 3), n_draws=3, random_state=5)
    assert measure_shots(estimator, split, shots=(1, 3), n_draws=3, random_state=5).equals(table)
    assert measure_shots(estimator, split, shots=[3, 1, 3], n_draws=3, random_state=5).equals(table)
    assert measure_shots(estimator, split, shots=[3], n_draws=3, random_state=5).equals(table.loc[[0, 3]])
    other = measure_shots(estimator, split, shots=(1, 3), n_draws=3, random_state=6)
    assert not np.allclose(other.loc[[1, 3], "support"], table.loc[[1, 3], "support"])


def test_evaluation_fits_a_clone_and_measures_it(split):
    estimator = NearestPrototype(semantics=split.semantics, seen_bias=0.5)
    found = evaluate_shots(estimator, split, shots=(1, 3), n_draws=2, random_state=5)
    fitted = fitted_on(split, seen_bias=0.5)
    assert found.equals(measure_shots(fitted, split, shots=(1, 3), n_draws=2, random_state=5))
    assert not hasattr(estimator, "classes_")


def test_estimator_stays_as_it_is(split):
    estimator = fitted_on(split)
    before = pickle.dumps(estimator.__dict__)
    measure_shots(estimator, split, shots=[2], n_draws=2)
    assert pickle.dumps(estimator.__dict__) == before


@pytest.mark.parametrize("related", [True, False])
def test_gain_is_over_the_better_of_images_and_semantics(related):
    split = gaussian_split(30, 4, n_per_class=16, noise=2.0, related=related)
    table = measure_shots(fitted_on(split), split, shots=[1, 8], n_draws=5)
    semantics = table.loc[0, "both"]
    # Semantics that tell nothing of the class means are worse than one image, the others are better.
    assert (semantics > table.loc[1, "support"]) == related
    for count in (1, 8):
        row = table.loc[count]
        assert row["gain"] == pytest.approx(row["both"] - max(row["support"], semantics))


def test_gain_is_paired_by_draw():
    # With images this estimator forgets the semantics: "both" is "support" in each draw, though the draws differ.
    split = gaussian_split(8, 4, n_per_class=16, noise=1.0, related=False)
    row = measure_shots(fitted_on(split, ImagesOverSemantics), split, shots=[2], n_draws=5).loc[2]
    assert row["support_ci95"] > 0.01
    assert (row["gain"], row["gain_ci95"]) == (0, 0)
    assert row["both"] == row["support"]


def test_a_single_draw_has_no_finite_interval(split):
    row = measure_shots(fitted_on(split), split, shots=[2], n_draws=1).loc[2]
    assert row.filter(like="_ci95").tolist() == [np.inf] * 5


def test_estimator_without_semantics_is_measured_on_images_alone(split):
    with_semantics = measure_shots(fitted_on(split), split, shots=(1, 5), n_draws=3)
    images = changed(split, semantics=None)
    table = measure_shots(fitted_on(images), images, shots=(1, 5), n_draws=3)
    assert table.index.tolist() == [1, 5]
    measured = ["support", "support_ci95", "class_mean", "class_mean_ci95"]
    assert table[measured].equals(with_semantics.loc[[1, 5], measured])
    assert table.drop(columns=measured).isna().all(axis=None)


def test_pipeline_is_measured_on_transformed_images(split):
    scaler = StandardScaler().fit(split.X_train)
    scaled = changed(split, **{name: scaler.transform(getattr(split, name)) for name in PARTS if name[0] == "X"})
    pipeline = make_pipeline(StandardScaler(), NearestPrototype(semantics=split.semantics))
    found = measure_shots(pipeline.fit(split.X_train, split.y_train), split, shots=[2], n_draws=3)
    wanted = measure_shots(fitted_on(scaled), scaled, shots=[2], n_draws=3)
    raw = measure_shots(fitted_on(split), split, shots=[2], n_draws=3)
    of_raw_features = ["class_mean", "class_mean_ci95"]
    assert found.drop(columns=of_raw_features).equals(wanted.drop(columns=of_raw_features))
    assert found[of_raw_features].equals(raw[of_raw_features])
    assert not found.equals(raw)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"shots": []}, r"shots=\[\]; wanted one whole number or more"),
        ({"shots": [0, 1]}, r"shots\[0\]=0; wanted a whole number of 1 or more"),
        ({"shots": [1.5]}, r"shots\[0\]=1.5"),
        ({"shots": [True]}, r"shots\[0\]=True"),
        ({"n_draws": 0}, "n_draws=0; wanted a whole number of 1 or more"),
        ({"shots": [1, 9]}, r"pool of split has 8 sample\(s\) of class 'unseen_00'; shots asks for 9"),
    ],
)
def test_arguments_out_of_range_are_named(split, arguments, message):
    with pytest.raises(InvalidInputError, match=message):
        measure_shots(fitted_on(split), split, **{"shots": [1]} | arguments)


def test_class_without_support_images_is_named(split):
    rows = split.y_support != "unseen_02"
    poor = changed(split, X_support=split.X_support[rows], y_support=split.y_support[rows])
    with pytest.raises(InvalidInputError, match=r"0 sample\(s\) of class 'unseen_02'; shots asks for 2"):
        measure_shots(fitted_on(poor), poor, shots=[1, 2])


def test_support_pool_is_asked_for(split):
    without = changed(split, X_support=None, y_support=None)
    with pytest.raises(InvalidInputError, match="split has no support pool"):
        measure_shots(fitted_on(without), without)


def test_estimator_that_knows_some_unseen_classes_is_refused(split):
    few = fitted_on(split, semantics=split.semantics.drop(["unseen_01"]))
    with pytest.raises(InvalidInputError, match=r"doesn't know 1 of 4 unseen classes of the split, \['unseen_01'\]"):
        measure_shots(few, split, shots=[1])


def test_estimator_fitted_on_other_classes_is_refused(split):
    leaked = NearestPrototype(semantics=split.semantics).fit(split.X_support, split.y_support)
    with pytest.raises(InvalidInputError, match="fitted on samples of 4 unseen"):
        measure_shots(leaked, split, shots=[1])
    with pytest.raises(NotFittedError):
        measure_shots(NearestPrototype(), split, shots=[1])
