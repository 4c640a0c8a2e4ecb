"""Few-shot estimators on frozen features, against scikit-learn's and against the methods they wrap."""

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from saved import edit
from sklearn.base import clone
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.neighbors import NearestCentroid
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from zsl import (
    BDCSPNClassifier,
    InvalidInputError,
    LaplacianShotClassifier,
    ModelFileError,
    SharedGaussianClassifier,
    SimpleShotClassifier,
    TipAdapterClassifier,
    load,
)
from zsl.evaluation import measure_episodes
from zsl.methods.frozen.bd_cspn import BDCSPN
from zsl.methods.frozen.gaussian import SharedGaussian
from zsl.methods.frozen.laplacian_shot import LaplacianShot
from zsl.methods.frozen.simple_shot import SimpleShot
from zsl.methods.frozen.tip_adapter import TipAdapter

METHODS = {
    SimpleShotClassifier: SimpleShot,
    SharedGaussianClassifier: SharedGaussian,
    TipAdapterClassifier: TipAdapter,
    BDCSPNClassifier: BDCSPN,
    LaplacianShotClassifier: LaplacianShot,
}
KINDS = list(METHODS)
TRANSDUCTIVE = [BDCSPNClassifier, LaplacianShotClassifier]
CENTRED = [kind for kind in KINDS if kind is not SharedGaussianClassifier]
WIDTH = 6
CENTRES = 2 * np.random.default_rng(0).normal(size=(8, WIDTH))
SHARES = [1.0, 2.0, 3.0, 4.0, 5.0]


def draw(classes, n_each, seed):
    """Features around the centres of classes, and class numbers."""
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.repeat(classes, n_each))
    return CENTRES[y] + rng.normal(size=(len(y), WIDTH)), y


X, Y = draw(range(5), 12, seed=1)
X_NEW, Y_NEW = draw(range(5, 8), 3, seed=2)
QUERIES, _ = draw(range(8), 5, seed=3)


def method_scores(kind, queries=QUERIES, **options):
    """Scores of the method itself over the classes of the training images."""
    method = METHODS[kind](None, n_features=WIDTH, **options).double()
    # Lengths are measured from the mean; where the method subtracts that itself, it makes no difference.
    origin = X.mean(axis=0) if kind is SharedGaussianClassifier else 0.0
    images, codes = torch.as_tensor(X - origin), torch.as_tensor(Y)
    method.fit_base(images, codes, 5)
    return method.scores(images[None], codes[None], torch.as_tensor(queries - origin)[None], 5)[0].numpy()


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        *[(kind, {}) for kind in KINDS],
        *[(kind, {"transform": transform}) for kind in CENTRED for transform in ("l2n", "none")],
        (SharedGaussianClassifier, {"shrinkage": 0.5}),
        (SharedGaussianClassifier, {"shrinkage": 1.0}),
        (SharedGaussianClassifier, {"normalize": False}),
        (TipAdapterClassifier, {"sharpness": 2.0}),
        (TipAdapterClassifier, {"cache_weight": 3.0, "scale": 0.0}),
        (BDCSPNClassifier, {"sharpness": 3.0}),
        (BDCSPNClassifier, {"n_confident": None}),
        (BDCSPNClassifier, {"n_confident": 2}),
        (LaplacianShotClassifier, {"n_neighbors": 1, "strength": 2.0}),
        (LaplacianShotClassifier, {"n_iterations": 0, "sharpness": 3.0}),
        *[(kind, {"prior": prior}) for kind in TRANSDUCTIVE for prior in ("uniform", SHARES)],
    ],
)
def test_scores_are_those_of_the_method_with_what_it_learned_from_the_training_images(kind, options):
    wanted = method_scores(kind, **options)
    parameters = {"feature_transform" if key == "transform" else key: value for key, value in options.items()}
    fitted = kind(**parameters).fit(X, Y)
    assert_allclose(fitted.class_scores(QUERIES), wanted, rtol=1e-12, atol=1e-12)
    assert isinstance(fitted.method_, METHODS[kind])
    assert not options or np.abs(wanted - method_scores(kind)).max() > 1e-3  # each option matters


def test_simple_shot_without_a_transformation_is_the_nearest_centroid():
    fitted = SimpleShotClassifier(feature_transform="none").fit(X, Y).add_classes(X_NEW, Y_NEW)
    centroids = NearestCentroid().fit(np.concatenate([X, X_NEW]), np.concatenate([Y, Y_NEW]))
    assert_array_equal(fitted.predict(QUERIES), centroids.predict(QUERIES))
    distances = ((QUERIES[:, None] - centroids.centroids_) ** 2).sum(axis=2)
    assert_allclose(fitted.class_scores(QUERIES), -distances)


@pytest.mark.parametrize("shrinkage", [1e-9, 0.3, None])
def test_shared_gaussian_is_linear_discriminant_analysis(shrinkage):
    fitted = SharedGaussianClassifier(normalize=False, shrinkage=shrinkage).fit(X, Y)
    freedom = len(X) - 5
    same = WIDTH / (freedom + WIDTH) if shrinkage is None else shrinkage
    discriminant = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=same, priors=np.full(5, 0.2)).fit(X, Y)
    assert_array_equal(fitted.predict(QUERIES), discriminant.predict(QUERIES))
    # There the scatter is divided by n, here by n - C.
    wanted = freedom / len(X) * (discriminant.decision_function(QUERIES) - np.log(0.2))
    # The scores of a query have a constant in common that depends on the origin.
    found = fitted.class_scores(QUERIES)
    assert_allclose(found - found[:, :1], wanted - wanted[:, :1], rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("kind", KINDS)
def test_statistics_of_the_seen_classes_outlast_them(kind):
    fitted = kind(cv=None).fit(X, Y)
    learned = {name: value.clone() for name, value in fitted.method_.state_dict().items()}
    alone = fitted.forget_classes().add_classes(X_NEW, Y_NEW).class_scores(QUERIES)
    among = kind(cv=None).fit(X, Y).add_classes(X_NEW, Y_NEW).class_scores(QUERIES, [5, 6, 7])
    assert_allclose(alone, among, rtol=1e-12)
    assert all(torch.equal(value, learned[name]) for name, value in fitted.method_.state_dict().items())
    other = kind(cv=None).fit(X + 1, Y).forget_classes().add_classes(X_NEW, Y_NEW).class_scores(QUERIES)
    assert np.abs(alone - other).max() > 1e-3


@pytest.mark.parametrize("kind", KINDS)
def test_new_classes_are_told_apart_by_a_few_images(kind):
    names = np.array([f"class {number}" for number in range(8)])
    fitted = kind(cv=None).fit(X, names[Y]).add_classes(X_NEW, names[Y_NEW])
    queries, y = draw(range(5, 8), 20, seed=4)
    assert (fitted.predict(queries, names[5:]) == names[y]).mean() > 0.85
    assert_allclose(fitted.predict_proba(queries).sum(axis=1), 1)


@pytest.mark.parametrize("kind", KINDS)
def test_single_precision_is_summed_in_double(kind):
    fitted = kind(cv=None).fit(X.astype(np.float32), Y)
    again = kind(cv=None).fit(X.astype(np.float32).astype(np.float64), Y)
    for name, value in fitted.method_.state_dict().items():
        assert value.dtype in (torch.float64, torch.bool)
        assert torch.equal(value, again.method_.state_dict()[name])


@pytest.mark.parametrize("kind", KINDS)
def test_fits_in_with_pipelines_frames_and_clones(kind):
    piped = make_pipeline(StandardScaler(), kind(cv=None)).fit(X, Y)
    assert piped.score(X, Y) > 0.8
    frame = pd.DataFrame(X, columns=[f"f{place}" for place in range(WIDTH)])
    fitted = kind(cv=None).fit(frame, Y)
    assert fitted.feature_names_in_.tolist() == list(frame.columns)
    again = clone(fitted).fit(X, Y)
    queries = pd.DataFrame(QUERIES, columns=frame.columns)
    assert_array_equal(again.class_scores(QUERIES), fitted.class_scores(queries))


@pytest.mark.parametrize("kind", TRANSDUCTIVE)
def test_a_prior_goes_by_the_order_of_the_classes_or_by_labels(kind):
    by_order = kind(cv=None, prior=SHARES).fit(X, Y).class_scores(QUERIES)
    for prior in (
        np.array(SHARES),
        torch.tensor(SHARES),
        {4: 50, 3: 40, 2: 30, 1: 20, 0: 10, 9: 7.5},
        pd.Series([5, 4, 3, 2, 1], index=[4, 3, 2, 1, 0]),
    ):
        assert_allclose(kind(cv=None, prior=prior).fit(X, Y).class_scores(QUERIES), by_order, rtol=1e-12)
    names = np.array(list("abcde"))
    named = kind(cv=None, prior=dict(zip(names, SHARES, strict=True))).fit(X, names[Y])
    assert_allclose(named.class_scores(QUERIES), by_order, rtol=1e-12)
    order = [3, 0, 4, 2, 1]
    assert_allclose(named.class_scores(QUERIES, names[order]), by_order[:, order], rtol=1e-12)


@pytest.mark.parametrize("kind", TRANSDUCTIVE)
@pytest.mark.parametrize("prior", [SHARES, dict(enumerate(SHARES))])
def test_among_a_part_of_the_classes_a_prior_is_that_of_the_part(kind, prior):
    fitted, some = kind(cv=None, prior=prior).fit(X, Y), [4, 1]
    among = fitted.class_scores(QUERIES, some)
    assert np.abs(among - kind(cv=None).fit(X, Y).class_scores(QUERIES, some)).max() > 1e-3
    part = kind(cv=None, prior=[2 / 7, 5 / 7]).fit(X, Y).remove_classes([0, 2, 3])
    assert_allclose(among, part.class_scores(QUERIES, some), rtol=1e-12)
    labels = fitted.predict(QUERIES, some)
    assert_array_equal(labels, np.array(some)[among.argmax(axis=1)])


@pytest.mark.parametrize("kind", TRANSDUCTIVE)
def test_a_prior_is_read_when_images_are_scored(kind):
    fitted = kind(cv=None).fit(X, Y)
    fitted.set_params(prior=SHARES)
    assert_array_equal(fitted.class_scores(QUERIES), kind(cv=None, prior=SHARES).fit(X, Y).class_scores(QUERIES))
    assert fitted.method_.prior is None  # scoring leaves the method as it was
    fitted.add_classes(X_NEW, Y_NEW)
    message = "prior has 5 numbers; wanted 8, one for each of the known classes"
    for call in (fitted.predict, fitted.predict_proba, fitted.decision_function):
        with pytest.raises(InvalidInputError, match=message):
            call(QUERIES)
    with pytest.raises(InvalidInputError, match=message):
        fitted.predict(QUERIES, [0, 1, 2, 3, 4])
    fitted.set_params(prior={5: 1, 6: 2})
    assert set(fitted.predict(QUERIES, [5, 6])) <= {5, 6}
    with pytest.raises(InvalidInputError, match=r"prior has no number for \[7\]; wanted one for each class"):
        fitted.predict(QUERIES, [5, 6, 7])
    fitted.set_params(prior="even")
    with pytest.raises(InvalidInputError, match="prior='even'"):
        fitted.predict(QUERIES)


@pytest.mark.parametrize("kind", TRANSDUCTIVE)
def test_episodes_make_use_of_a_uniform_prior_only(kind):
    def accuracies(prior):
        fitted = kind(cv=None, prior=prior).fit(X, Y)
        return measure_episodes(fitted, *draw(range(5, 8), 30, seed=6), n_way=3, n_query=10, n_episodes=40).accuracies

    assert_array_equal(accuracies(SHARES), accuracies(None))
    assert (accuracies("uniform") != accuracies(None)).any()


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        (SimpleShotClassifier, {"feature_transform": "l2n"}),
        (SharedGaussianClassifier, {"shrinkage": 0.25, "normalize": False}),
        (TipAdapterClassifier, {"sharpness": np.float64(2.0), "scale": 3}),
        (BDCSPNClassifier, {"n_confident": None}),
        (BDCSPNClassifier, {"n_confident": np.int64(2), "sharpness": 3}),
        (LaplacianShotClassifier, {"n_neighbors": 2}),
        *[
            (kind, {"prior": prior})
            for kind in TRANSDUCTIVE
            for prior in (
                "uniform",
                np.arange(1, 9),
                {number: 1 / (1 + number) for number in range(8)},
                pd.Series(range(1, 9), index=range(7, -1, -1)),
            )
        ],
    ],
)
def test_a_saved_model_is_the_same_bit_for_bit(kind, options, tmp_path):
    fitted = kind(**options).fit(X, Y).add_classes(X_NEW, Y_NEW)
    fitted.save(tmp_path / "model")
    loaded = load(tmp_path / "model")
    assert type(loaded) is kind
    assert_array_equal(loaded.class_scores(QUERIES), fitted.class_scores(QUERIES))
    assert_array_equal(loaded.class_scores(QUERIES, [6, 2]), fitted.class_scores(QUERIES, [6, 2]))
    loaded.save(tmp_path / "again")
    texts = [(tmp_path / name / "model.json").read_text() for name in ("model", "again")]
    assert texts[0] == texts[1]


@pytest.mark.parametrize("kind", TRANSDUCTIVE)
def test_a_prior_for_classes_to_come_is_saved_and_a_spoiled_one_refused(kind, tmp_path):
    prior = {"x": 1.0, "y": 3.0}
    fitted = kind(cv=None, prior=prior).fit(X, np.array(list("abcde"))[Y])
    fitted.save(tmp_path / "model")
    loaded = load(tmp_path / "model")
    assert loaded.prior == prior
    for each in (fitted, loaded):
        each.forget_classes().add_classes(X_NEW[Y_NEW != 7], np.where(Y_NEW == 5, "x", "y")[Y_NEW != 7])
    assert_array_equal(loaded.class_scores(QUERIES), fitted.class_scores(QUERIES))
    edit(tmp_path / "model", lambda header: header["parameters"].update(prior=0.5))
    with pytest.raises((InvalidInputError, ModelFileError), match="prior"):
        load(tmp_path / "model")


@pytest.mark.parametrize(
    ("kinds", "options", "message"),
    [
        (CENTRED, {"feature_transform": "zca"}, "feature_transform='zca'; wanted 'cl2n', 'l2n' or 'none'"),
        (CENTRED, {"feature_transform": None}, "feature_transform=None; wanted"),
        ([SharedGaussianClassifier], {"shrinkage": 0}, "shrinkage=0; wanted a number above 0"),
        (
            [SharedGaussianClassifier],
            {"shrinkage": 1.5},
            r"shrinkage=1\.5; wanted a number above 0 and up to 1 or None",
        ),
        ([SharedGaussianClassifier], {"shrinkage": "auto"}, "shrinkage='auto'; wanted"),
        ([TipAdapterClassifier, *TRANSDUCTIVE], {"sharpness": 0.0}, r"sharpness=0\.0; wanted a number above 0"),
        ([TipAdapterClassifier], {"cache_weight": -1}, "cache_weight=-1; wanted a number of 0 or more"),
        ([TipAdapterClassifier], {"scale": np.inf}, "scale=inf; wanted a number of 0 or more"),
        ([BDCSPNClassifier], {"n_confident": 0}, "n_confident=0; wanted a whole number of 1 or more"),
        ([LaplacianShotClassifier], {"n_neighbors": 1.5}, r"n_neighbors=1\.5; wanted a whole number of 1 or more"),
        ([LaplacianShotClassifier], {"n_iterations": -1}, "n_iterations=-1; wanted a whole number of 0 or more"),
        ([LaplacianShotClassifier], {"strength": -0.1}, r"strength=-0\.1; wanted a number of 0 or more"),
        (TRANSDUCTIVE, {"prior": "even"}, "prior='even'; wanted None, \"uniform\" or one number per class"),
        (TRANSDUCTIVE, {"prior": 0.5}, r"prior=0\.5; wanted None, 'uniform', one number per class, or a mapping"),
        (TRANSDUCTIVE, {"prior": [["a", 1]]}, "prior=.*; wanted None, 'uniform', one number per class"),
        (TRANSDUCTIVE, {"prior": np.ones((2, 2))}, "prior=array.*; wanted None, 'uniform', one number per class"),
        (TRANSDUCTIVE, {"prior": {1, 2}}, "prior=.1, 2.; wanted None, 'uniform', one number per class"),
        (TRANSDUCTIVE, {"prior": [1, 0, 1]}, r"prior has the number 0\.0; wanted finite numbers above 0"),
        (TRANSDUCTIVE, {"prior": {"a": np.nan}}, "prior has the number nan; wanted finite numbers above 0"),
        (TRANSDUCTIVE, {"prior": {"a": None}}, "prior has the number nan|prior=.*; wanted None"),
        (KINDS, {"device": "abacus"}, "device='abacus'"),
    ],
)
def test_bad_parameters_are_named_and_change_nothing(kinds, options, message):
    for kind in kinds:
        estimator = kind(**options)
        before = vars(estimator).copy()
        with pytest.raises(InvalidInputError, match=message):
            estimator.fit(X, Y)
        assert vars(estimator).keys() == before.keys()
