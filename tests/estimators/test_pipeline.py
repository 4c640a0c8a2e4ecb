"""Pipelines whose classes come and go: what the steps before do, threads, clones, and saving."""

import pickle
import threading
import warnings

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from saved import edit, edit_tensors
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.feature_selection import VarianceThreshold
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    Normalizer,
    RobustScaler,
    StandardScaler,
)

import zsl
from zsl import (
    AttributeDialogue,
    ClassIndex,
    ClassKFold,
    ESZSLClassifier,
    ImageEncoder,
    InvalidInputError,
    ModelFileError,
    RelationClassifier,
    RidgePrototypeClassifier,
    SemanticsError,
    SimpleShotClassifier,
    ZeroShotPipeline,
    ZeroShotRetriever,
    evaluate_gzsl,
    load,
    run_benchmark,
    save,
    write_report,
)
from zsl.datasets import make_multi_label, make_zero_shot
from zsl.evaluation import evaluate_multi_label, measure_gzsl

WORLD = make_zero_shot(8, 3, n_features=12, n_attributes=5, n_per_class=8, random_state=0)
SEEN = WORLD.semantics.select(WORLD.seen_classes)
NEW = WORLD.semantics.select(WORLD.unseen_classes)
X, Y = WORLD.X_test_unseen, WORLD.y_test_unseen
TRANSFORMERS = {
    "standard": StandardScaler(),
    "centred": StandardScaler(with_std=False),
    "min-max": MinMaxScaler(clip=True),
    "max-abs": MaxAbsScaler(),
    "robust": RobustScaler(with_centering=False),
    "length": Normalizer(norm="l1"),
    "components": PCA(6, whiten=True, random_state=0),
    "variance": VarianceThreshold(0.01),
}


class Pixels:
    """Encodes images by means of their parts."""

    def encode(self, images):
        """Twelve numbers per image."""
        shown = [np.asarray(image.resize((2, 2)), dtype=np.float64) for image in images]
        return np.array([image.reshape(-1) for image in shown]) / 255


def fit(*steps, kind=RidgePrototypeClassifier, semantics=WORLD.semantics, **given):
    named = [(f"step {place}", step) for place, step in enumerate(steps)]
    return ZeroShotPipeline([*named, ("classes", kind(semantics=semantics, **given))]).fit(WORLD.X_train, WORLD.y_train)


def test_classes_come_and_go_through_the_steps():
    pipe = fit(StandardScaler(), PCA(8, random_state=0), semantics=SEEN)
    scaled = pipe[:-1].transform(X)
    with pytest.raises(InvalidInputError, match="not known"):
        pipe.predict(X, classes=WORLD.unseen_classes)
    assert pipe.add_classes(semantics=NEW) is pipe
    assert pipe.unseen_classes_.tolist() == sorted(WORLD.unseen_classes.tolist())
    alone = fit(StandardScaler(), PCA(8, random_state=0), semantics=SEEN)[-1].add_classes(semantics=NEW)
    assert_array_equal(pipe.predict(X), alone.predict(scaled))
    pipe.add_classes(X[:6], Y[:6])
    alone.add_classes(scaled[:6], Y[:6])
    unseen = pipe.unseen_classes_
    assert_array_equal(pipe.predict(X, classes=unseen), alone.predict(scaled, classes=unseen))
    assert_array_equal(pipe.predict(X, reject=0.2), alone.predict(scaled, reject=0.2))
    assert_array_equal(pipe.predict_proba(X, unseen), alone.predict_proba(scaled, unseen))
    assert_array_equal(pipe.class_scores(X, calibrated=True), alone.class_scores(scaled, calibrated=True))
    assert_array_equal(pipe.top_classes(X, k=2)[0], alone.top_classes(scaled, k=2)[0])
    assert "new" not in pipe.remove_classes(unseen[0]).classes_.tolist()
    assert unseen[0] not in pipe.classes_
    assert not len(pipe.forget_classes().classes_)


def test_what_raises_changes_nothing():
    pipe = fit(StandardScaler())
    mean, before = pipe[0].mean_, pipe.predict(X)
    for broken in ({"X": X[:2]}, {"X": X[:2, :3], "y": Y[:2]}, {"semantics": NEW}, {}):
        with pytest.raises(ValueError, match=r".") as raised:
            pipe.add_classes(**broken)
        assert str(raised.value)
    with pytest.raises(SemanticsError, match="no row"):
        pipe.fit(WORLD.X_train * 5, ["nobody"] * 32 + ["else"] * 32)
    assert_array_equal(pipe[0].mean_, mean)
    assert_array_equal(pipe.predict(X), before)


def test_the_steps_given_stay_as_they_were():
    scaler, clf = StandardScaler(), RidgePrototypeClassifier(semantics=WORLD.semantics)
    pipe = ZeroShotPipeline([("scale", scaler), ("classes", clf)])
    with pytest.raises(NotFittedError):
        pipe.predict(X)
    pipe.fit(WORLD.X_train, WORLD.y_train)
    assert not hasattr(scaler, "mean_")
    assert not hasattr(clf, "classes_")
    assert not hasattr(clone(pipe)[-1], "classes_")
    again = pickle.loads(pickle.dumps(pipe))
    assert_array_equal(again.predict(X), pipe.predict(X))


def test_a_search_over_steps():
    pipe = ZeroShotPipeline(
        [("scale", StandardScaler()), ("classes", ESZSLClassifier(semantics=WORLD.semantics, cv=None))]
    )
    search = GridSearchCV(pipe, {"scale__with_std": [True, False]}, cv=ClassKFold(2, random_state=0))
    best = search.fit(WORLD.X_train, WORLD.y_train).best_estimator_
    assert isinstance(best, ZeroShotPipeline)
    with pytest.raises(InvalidInputError, match="GridSearchCV, which cannot be saved; wanted its best_estimator_"):
        save(search, "nowhere")


def test_columns_with_names(tmp_path):
    frame = pd.DataFrame(WORLD.X_train, columns=[f"f{number}" for number in range(12)])
    pipe = ZeroShotPipeline([("scale", StandardScaler()), ("classes", ESZSLClassifier(semantics=WORLD.semantics))])
    pipe.set_output(transform="pandas").fit(frame, WORLD.y_train)
    assert pipe[-1].feature_names_in_.tolist() == frame.columns.tolist()
    shown = pd.DataFrame(X, columns=frame.columns)
    save(pipe, tmp_path / "m")
    assert_array_equal(load(tmp_path / "m").predict(shown), pipe.predict(shown))
    assert load(tmp_path / "m")[:-1].transform(shown).columns.tolist() == frame.columns.tolist()


def test_readers_see_whole_states_while_the_pipeline_is_fitted_again():
    pipe = fit(StandardScaler(), semantics=SEEN)
    data = [(WORLD.X_train * scale, WORLD.y_train) for scale in (1.0, 100.0)]
    states = [clone(pipe).fit(*each).class_scores(X) for each in data]
    done, seen = threading.Event(), []

    def read():
        while not done.is_set():
            seen.append(pipe.class_scores(X))

    reader = threading.Thread(target=read)
    reader.start()
    for turn in range(12):
        pipe.fit(*data[turn % 2])
    done.set()
    reader.join()
    assert all(any(np.array_equal(found, state) for state in states) for found in seen)


def test_whatever_takes_an_estimator_takes_a_pipeline(tmp_path):
    pipe = fit(StandardScaler())
    wanted = measure_gzsl(pipe, WORLD)
    assert evaluate_gzsl(clone(pipe), WORLD).t1 == wanted.t1
    cells = run_benchmark({"pipe": clone(pipe)}, {"world": WORLD}, seeds=1, verbose=False).cells
    assert [cell["t1"] for cell in cells] == [wanted.t1]
    assert write_report(pipe, WORLD, tmp_path / "page.html").exists()
    described = AttributeDialogue(pipe).predict_proba(X[:2])
    assert_array_equal(described, pipe.predict_proba(X[:2]))
    retriever = ZeroShotRetriever(pipe).fit(X)
    assert_array_equal(retriever.classify(X[:3])[0], pipe.top_classes(X[:3])[0])
    pytest.importorskip("faiss")
    assert_array_equal(ClassIndex(pipe).fit().top_classes(X[:3], k=2)[0], pipe.top_classes(X[:3], k=2)[0])


def test_one_sample_explained():
    pipe = fit(StandardScaler(), kind=RelationClassifier, random_state=0, verbose=False)
    pair = pipe.classes_[:2].tolist()
    for x in (X[0], X[:1], X[0].tolist(), pd.DataFrame(X[:1])):
        found = pipe.explain(x, among=pair)
        scores = pipe.class_scores(X[:1], pair, calibrated=True)[0]
        assert found["contribution"].sum() == pytest.approx(scores[0] - scores[1], rel=2e-3, abs=1e-4)
    with pytest.raises(InvalidInputError, match="one sample"):
        pipe.explain(X[:2])


@pytest.mark.parametrize("name", TRANSFORMERS)
def test_transformers_are_saved(name, tmp_path):
    pipe = fit(TRANSFORMERS[name], "passthrough")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        save(pipe, tmp_path / "m")
        loaded = load(tmp_path / "m")
    assert_array_equal(loaded.class_scores(X), pipe.class_scores(X))
    assert loaded[0].get_params() == {**pipe[0].get_params(), **({"random_state": 0} if name == "components" else {})}
    loaded.save(tmp_path / "again")
    assert (tmp_path / "again/model.json").read_bytes() == (tmp_path / "m/model.json").read_bytes()


def test_a_pipeline_of_scikit_learn_comes_back_as_one_of_ours(tmp_path):
    plain = make_pipeline(MinMaxScaler(), SimpleShotClassifier(device="cpu")).fit(WORLD.X_train, WORLD.y_train)
    assert type(plain) is Pipeline
    save(plain, tmp_path / "m")
    loaded = load(tmp_path / "m").add_classes(X, Y)
    assert isinstance(loaded, ZeroShotPipeline)
    assert_array_equal(loaded.predict(WORLD.X_test_seen, classes=plain.classes_), plain.predict(WORLD.X_test_seen))
    assert not hasattr(ZeroShotPipeline([("n", StandardScaler()), ("k", StandardScaler())]), "add_classes")


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ([FunctionTransformer(), ESZSLClassifier()], "step 'step 0' is a FunctionTransformer, which cannot be saved"),
        ([StandardScaler(), zsl.AttributePredictor()], None),
        ([StandardScaler(), PCA()], "last step 'step 1' is a PCA, which cannot be saved"),
    ],
)
def test_other_steps_are_refused_by_name(steps, message, tmp_path):
    pipe = Pipeline([(f"step {place}", step) for place, step in enumerate(steps)])
    if message is None:
        pipe.set_params(**{"step 1__semantics": WORLD.semantics})
    pipe.fit(WORLD.X_train, WORLD.y_train)
    if message is None:
        save(pipe, tmp_path / "m")
        assert_array_equal(load(tmp_path / "m").predict(X), pipe.predict(X))
        return
    with pytest.raises(InvalidInputError, match=message):
        save(pipe, tmp_path / "m")
    assert not (tmp_path / "m").exists()


@pytest.mark.parametrize("model", [PCA(), "model", None, StandardScaler, ImageEncoder()])
def test_what_is_no_model_is_refused_by_name(model, tmp_path):
    with pytest.raises(InvalidInputError, match="cannot be saved; wanted a fitted estimator"):
        save(model, tmp_path / "m")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda h: h["state"].pop("steps"), "no steps"),
        (lambda h: h["state"].update(steps=[]), "no steps"),
        (lambda h: h["state"]["steps"].append(3), "isn't one"),
        (lambda h: h["state"]["steps"][0].__setitem__(0, "classes"), "unique"),
        (lambda h: h["state"]["steps"][0].__setitem__(0, 3), "no name"),
        (lambda h: h["state"]["steps"][0].__setitem__(2, 3), "the mark of"),
        (lambda h: h["state"]["steps"].reverse(), "don't fit together"),
        (lambda h: h["state"]["steps"][1][1].update(estimator="os.system"), "class 'os.system'"),
        (lambda h: h["state"]["steps"][1][1].update(estimator="ESZSLClassifier"), "don't fit together"),
        (lambda h: h["state"]["steps"][1][1].update(own_module=0), "no model"),
        (lambda h: h["state"]["steps"][0][1]["$StandardScaler"]["learned"].update(n_features_in_=10**12), "features"),
        (lambda h: h["state"]["steps"][0][1]["$StandardScaler"]["learned"].update(more=1), "don't fit together"),
        (lambda h: h["state"]["steps"][0][1]["$StandardScaler"].update(output="code"), "don't fit together"),
        (lambda h: h["state"].update(more=1), "not as they are saved"),
        (lambda h: h["parameters"].update(memory="/tmp"), "not as they are saved"),
        (lambda h: h.update(own_module=True), "."),
    ],
)
def test_altered_pipelines_are_refused(spoil, message, tmp_path):
    fit(StandardScaler()).save(tmp_path / "m")
    edit(tmp_path / "m", spoil)
    with pytest.raises(ModelFileError, match=message):
        load(tmp_path / "m")


def test_altered_tensors_of_a_pipeline_are_refused(tmp_path):
    fit(StandardScaler()).save(tmp_path / "m")
    edit_tensors(tmp_path / "m", lambda t: t.update({"steps.0.learned.scale_": t["steps.0.learned.scale_"][:5]}))
    with pytest.raises(ModelFileError, match="don't fit together"):
        load(tmp_path / "m")


class Inverted(Pixels):
    """Encodes negatives."""

    def encode(self, images):
        """Twelve numbers per image."""
        return 1 - super().encode(images)


def test_images_go_through_an_encoder_that_the_file_only_names(tmp_path):
    rng = np.random.default_rng(0)
    images, labels = rng.integers(0, 256, (24, 8, 8, 3), dtype=np.uint8), np.repeat(WORLD.seen_classes, 3)
    encoder = ImageEncoder(Pixels(), verbose=False)
    pipe = ZeroShotPipeline([("images", encoder), ("classes", RidgePrototypeClassifier(semantics=WORLD.semantics))])
    pipe.fit(images, labels).save(tmp_path / "m")
    assert_array_equal(pipe.predict(list(images[:3])), pipe.predict(images[:3]))
    assert pipe.explain(images[0]).equals(pipe.explain([images[0]]))
    for trusted in (False, True):
        with pytest.raises(InvalidInputError, match=r"of the type Pixels, which its file can't hold.*image_encoder="):
            load(tmp_path / "m", trusted=trusted).predict(images)
    for given in (Pixels(), ImageEncoder(Pixels())):
        assert_array_equal(load(tmp_path / "m", image_encoder=given).class_scores(images), pipe.class_scores(images))
    with pytest.raises(InvalidInputError, match=r"image_encoder=.* isn't the encoder .* for the same picture"):
        load(tmp_path / "m", image_encoder=Inverted())
    few = make_pipeline(StandardScaler(), SimpleShotClassifier(device="cpu")).fit(WORLD.X_train, WORLD.y_train)
    save(few, tmp_path / "n")
    with pytest.raises(InvalidInputError, match="text_encoder was given, and a ZeroShotPipeline encodes no sentences"):
        load(tmp_path / "n", text_encoder=Pixels())


def test_log_probabilities_take_classes_and_a_prior():
    pipe = fit(StandardScaler(), semantics=SEEN)
    some = pipe.classes_[:2]
    found = pipe.predict_log_proba(X[:3], some, prior=[1, 3])
    np.testing.assert_allclose(np.exp(found), pipe.predict_proba(X[:3], some, prior=[1, 3]), rtol=1e-9)


def test_several_classes_per_sample():
    world = make_multi_label(6, 2, n_features=8, n_attributes=4, n_train=80, n_test=20)
    own = zsl.MultiLabelClassifier(semantics=world.semantics, cv=2)
    pipe = ZeroShotPipeline([("scale", StandardScaler()), ("own", own)]).fit(world.X_train, world.y_train)
    rows = pipe[0].transform(world.X_test)
    assert pipe.predict_labels(world.X_test) == pipe[-1].predict_labels(rows)
    assert_array_equal(pipe.class_scores(world.X_test), pipe[-1].class_scores(rows))
    table = evaluate_multi_label(pipe[-1], rows, world.y_test).to_frame()
    assert evaluate_multi_label(pipe, world.X_test, world.y_test).to_frame().equals(table)
    pipe.add_classes(semantics=world.semantics.to_frame().iloc[-1:].set_axis(["new"]))
    assert "new" in pipe.classes_
    with pytest.raises(InvalidInputError, match=r"X was given.*wanted semantics"):
        pipe.add_classes(world.X_test[:1], ["new"])
    with pytest.raises(InvalidInputError, match="given nothing; wanted semantics"):
        pipe.add_classes()


def test_sets_and_groups_come_through_the_steps():
    sets = zsl.ConformalClassifier(ESZSLClassifier(semantics=WORLD.semantics, cv=None), cv=2)
    pipe = ZeroShotPipeline([("scale", StandardScaler()), ("own", sets)]).fit(WORLD.X_train, WORLD.y_train)
    rows = pipe[0].transform(X)
    assert not hasattr(pipe, "predict_rank")
    assert_array_equal(pipe.predict_set(X, coverage=0.8), pipe[-1].predict_set(rows, coverage=0.8))
    some = pipe.unseen_classes_
    given, wanted = (one.predict_set(own, some, as_labels=True) for one, own in ((pipe, X), (pipe[-1], rows)))
    assert [one.tolist() for one in given] == [one.tolist() for one in wanted]
    tree = dict.fromkeys(WORLD.semantics.classes.tolist(), "all")
    ranks = zsl.RankClassifier(ESZSLClassifier(semantics=WORLD.semantics, cv=None), taxonomy=tree, cv=2)
    pipe = ZeroShotPipeline([("scale", StandardScaler()), ("own", ranks)]).fit(WORLD.X_train, WORLD.y_train)
    rows = pipe[0].transform(X)
    assert not hasattr(pipe, "predict_set")
    frame = pipe.predict_rank(X, 0.8, as_frame=True)
    assert frame.equals(pipe[-1].predict_rank(rows, 0.8, as_frame=True))
    assert pipe.predict_node_proba(X).equals(pipe[-1].predict_node_proba(rows))
    for found, expected in zip(pipe.predict_path(X), pipe[-1].predict_path(rows), strict=True):
        assert_array_equal(found, expected)


def test_what_the_last_step_does_not_take_is_told():
    sets = zsl.ConformalClassifier(ESZSLClassifier(semantics=WORLD.semantics, cv=None), cv=2)
    tree = dict.fromkeys(WORLD.semantics.classes.tolist(), "all")
    ranks = zsl.RankClassifier(ESZSLClassifier(semantics=SEEN, cv=None), taxonomy=tree, cv=2, unseen_share=0.5)
    for own in (sets, ranks):
        pipe = ZeroShotPipeline([("scale", StandardScaler()), ("own", own)]).fit(WORLD.X_train, WORLD.y_train)
        message = rf"reject was given to predict, and the last step is a {type(own).__name__}, .* wanted classes"
        with pytest.raises(InvalidInputError, match=message):
            pipe.predict(X, reject=0.1)
        with pytest.raises(InvalidInputError, match="prior was given to predict_proba"):
            pipe.predict_proba(X, prior="estimate")
        with pytest.raises(InvalidInputError, match="colour was given to add_classes"):
            pipe.add_classes(semantics=NEW, colour="red")
    new = NEW.to_frame().iloc[:1].set_axis(["new"])
    pipe.add_classes(semantics=new, parent="all")
    assert "new" in pipe.classes_
