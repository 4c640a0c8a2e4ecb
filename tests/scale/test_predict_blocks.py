import json
import pickle

import numpy as np
import pandas as pd
import pytest

import zsl
from zsl.exceptions import InvalidInputError, ModelFileError
from zsl.scale import Predictor, open_predictions, predict
from zsl.scale.sources.opening import open_source


@pytest.fixture(scope="module")
def split():
    return zsl.load_digits_zsl()


@pytest.fixture(scope="module")
def clf(split):
    return zsl.ESZSLClassifier(semantics=split.semantics).fit(split.X_train, split.y_train)


def parquet(path, X, group=None):
    arrow, files = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    files.write_table(arrow.table({"id": np.arange(len(X)), "X": list(X)}), path, row_group_size=group)
    return path


def written(kind, folder, X):
    """The same samples in one of the forms that can be read."""
    if kind == "array":
        return X
    if kind == "npy":
        np.save(folder / "X.npy", X)
        return folder / "X.npy"
    if kind == "shards":
        return zsl.datasets.write_shards(folder / "shards", [X[:70], X[70:]])
    if kind == "one parquet file":
        return parquet(folder / "X.parquet", X, group=30)
    place = folder / "parts"
    place.mkdir()
    for number, start in enumerate(range(0, len(X), 60)):
        parquet(place / f"{number}.parquet", X[start : start + 60], group=25)
    return place


@pytest.mark.parametrize("layout", ["parquet", "npy"])
@pytest.mark.parametrize("kind", ["array", "npy", "shards", "one parquet file", "parquet files"])
def test_blocks_hold_what_one_call_gives_in_the_order_of_the_samples(split, clf, tmp_path, kind, layout):
    X = split.X_test_unseen[:200]
    dataset = written(kind, tmp_path, X)
    found = predict(dataset, clf, tmp_path / "out", top=2, block_rows=64, layout=layout, verbose=False)
    labels, scores = clf.top_classes(X, k=2)
    table = found.table()
    assert list(table) == ["row", "label", "score", "label_2", "score_2"]
    assert table["row"].tolist() == list(range(200))
    for rank, end in enumerate(("", "_2")):
        assert (table[f"label{end}"] == labels[:, rank]).all()
        np.testing.assert_array_equal(found[f"score{end}"], scores[:, rank])
    assert len(found) == 200
    assert [len(block) for block in found] == np.diff(open_source(dataset).cuts(64)).tolist()
    found.verify()
    if layout == "parquet":
        pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "out"), table)


def test_a_table_of_numbers_is_read_as_features(split, clf, tmp_path):
    pytest.importorskip("pyarrow")
    pd.DataFrame(split.X_test_unseen[:50]).add_prefix("f").to_parquet(tmp_path / "X.parquet")
    found = predict(tmp_path / "X.parquet", clf, tmp_path / "out", verbose=False)
    assert (found["label"] == clf.predict(split.X_test_unseen[:50])).all()


def test_probabilities_and_rejections_are_those_of_the_estimator(split, tmp_path):
    clf = zsl.RidgePrototypeClassifier(semantics=split.semantics).fit(split.X_train, split.y_train)
    X, unseen = split.X_test_unseen, clf.unseen_classes_
    found = predict(X, clf, tmp_path / "p", classes=unseen, proba=True, block_rows=100, verbose=False)
    np.testing.assert_array_equal(found["p"], clf.predict_proba(X, unseen).max(axis=1))
    assert (found["label"] == clf.predict(X, unseen)).all()
    rejecting = predict(X, clf, tmp_path / "r", reject=0.3, block_rows=100, verbose=False)
    assert (rejecting["label"] == clf.predict(X, reject=0.3)).all()
    assert -1 in rejecting["label"]


def test_a_saved_model_gives_the_same_files_as_the_object(split, clf, tmp_path):
    clf.save(tmp_path / "model")
    for name, model in (("a", clf), ("b", tmp_path / "model")):
        predict(split.X_train, model, tmp_path / name, block_rows=500, verbose=False)
    names = {path.name for path in (tmp_path / "a").iterdir()} - {"_model", "_blocks"}
    assert len(names) > 3
    assert all((tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes() for name in names)


def counted(monkeypatch, fails_at=None):
    """How many blocks are computed; the one of that number raises an error that nobody expects."""
    calls, own = [], Predictor.__call__

    def call(self, batch):
        calls.append(len(batch["X"]))
        if len(calls) == fails_at:
            raise KeyboardInterrupt
        return own(self, batch)

    monkeypatch.setattr(Predictor, "__call__", call)
    return calls


def test_what_was_interrupted_continues_and_nothing_is_done_twice(split, clf, tmp_path, monkeypatch):
    X, whole = split.X_train, predict(split.X_train, clf, tmp_path / "whole", block_rows=100, verbose=False)
    with monkeypatch.context() as patch:
        counted(patch, fails_at=4)
        with pytest.raises(KeyboardInterrupt):
            predict(X, clf, tmp_path / "out", block_rows=100, verbose=False)
    with pytest.raises(InvalidInputError, match=r"has no _predictions\.json"):
        open_predictions(tmp_path / "out")
    calls = counted(monkeypatch)
    again = predict(X, clf, tmp_path / "out", block_rows=100, verbose=False)
    assert len(calls) == len(list(whole)) - 3
    pd.testing.assert_frame_equal(again.table(), whole.table())
    predict(X, clf, tmp_path / "out", block_rows=100, verbose=False)
    assert len(calls) == len(list(whole)) - 3


@pytest.mark.parametrize("what", ["cut short", "gone", "without a record"])
def test_a_block_whose_files_are_not_whole_is_done_again(split, clf, tmp_path, monkeypatch, what):
    first = predict(split.X_train, clf, tmp_path, block_rows=100, verbose=False).table()
    part = tmp_path / "part-00002.parquet"
    if what == "cut short":
        part.write_bytes(part.read_bytes()[:100])
    elif what == "gone":
        part.unlink()
    else:
        (tmp_path / "_blocks" / "00002.json").write_text('{"plan":')
    calls = counted(monkeypatch)
    found = predict(split.X_train, clf, tmp_path, block_rows=100, verbose=False)
    assert calls == [100]
    pd.testing.assert_frame_equal(found.table(), first)


def test_changed_bytes_are_found_when_asked_for(split, clf, tmp_path):
    found = predict(split.X_train, clf, tmp_path, block_rows=100, verbose=False)
    part = tmp_path / "part-00001.parquet"
    content = bytearray(part.read_bytes())
    content[60] ^= 1
    part.write_bytes(content)
    with pytest.raises(InvalidInputError, match=r"part-00001\.parquet"):
        found.verify()


@pytest.mark.parametrize("what", ["samples", "model", "options", "blocks"])
def test_another_job_in_the_same_folder_is_refused_by_what_differs(split, clf, tmp_path, what):
    X = split.X_train
    predict(X, clf, tmp_path, block_rows=500, verbose=False)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    other = zsl.ESZSLClassifier(semantics=split.semantics, cv=None).fit(X, split.y_train)
    given = {"samples": (X[1:], clf, {}), "model": (X, other, {}), "options": (X, clf, {"top": 2})}
    dataset, model, options = given.get(what, (X, clf, {}))
    name = {"samples": "inputs", "options": "top", "blocks": "block_rows"}.get(what, what)
    with pytest.raises(InvalidInputError, match=f"begun with something else.*{name} "):
        predict(dataset, model, tmp_path, block_rows=400 if what == "blocks" else 500, verbose=False, **options)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_samples_that_are_refused_are_named_and_what_was_done_is_kept(split, clf, tmp_path):
    X = split.X_train[:300].copy()
    X[250, 3] = np.nan
    np.save(tmp_path / "X.npy", X)
    with pytest.raises(InvalidInputError, match=r"X\.npy, rows 200 to 299: .*(NaN|nan|finite)"):
        predict(tmp_path / "X.npy", clf, tmp_path / "out", block_rows=100, verbose=False)
    assert len(list((tmp_path / "out").glob("part-*"))) == 2


def test_a_folder_of_something_else_stays_as_it_is(split, clf, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(InvalidInputError, match="holds files of something else"):
        predict(split.X_train, clf, tmp_path, verbose=False)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"engine": "spark"}, "engine='spark'"),
        ({"workers": 2}, "workers goes with engine='ray'"),
        ({"num_gpus": 1}, "num_gpus goes with engine='ray'"),
        ({"block_rows": 0}, "block_rows=0"),
        ({"threads": 1.5}, "threads=1.5"),
        ({"layout": "csv"}, "layout='csv'"),
        ({"top": 0}, "top=0"),
        ({"top": 2, "reject": 0.1}, "reject=0.1 with top=2"),
        ({"classes": [11]}, "classes holds 11"),
        ({"column": "X"}, "column"),
    ],
)
def test_bad_options_name_themselves_before_anything_is_written(split, clf, tmp_path, options, told):
    clf.save(tmp_path / "model")
    np.save(tmp_path / "X.npy", split.X_train)
    with pytest.raises(InvalidInputError, match=told):
        predict(tmp_path / "X.npy", tmp_path / "model", tmp_path / "out", verbose=False, **options)
    assert not (tmp_path / "out").exists()


def test_a_folder_without_a_model_is_refused(split, tmp_path):
    with pytest.raises(ModelFileError, match="no saved model"):
        predict(split.X_train, tmp_path, tmp_path / "out", verbose=False)


def test_texts_and_images_need_a_model_that_begins_with_their_encoder(clf, tmp_path):
    with pytest.raises(InvalidInputError, match=r"holds texts.*zsl\.scale\.encode"):
        predict(["a text", "another"], clf, tmp_path / "out", verbose=False)


def test_a_worker_is_pickled_with_the_path_of_its_model_alone(split, clf, tmp_path):
    clf.save(tmp_path / "model")
    work = Predictor(tmp_path / "model")
    first = work({"X": split.X_test_unseen})
    packed = pickle.dumps(work)
    assert len(packed) < 1000
    again = pickle.loads(packed)({"X": split.X_test_unseen})
    assert all((first[name] == again[name]).all() for name in first)


def test_a_worker_takes_lists_as_other_engines_hand_them_over(split, clf):
    X = split.X_test_unseen[:10]
    lists = np.empty(10, dtype=object)
    lists[:] = list(X)
    found = [Predictor(clf, column="features")({"features": given}) for given in (X, lists, X.tolist())]
    assert all((one["score"] == found[0]["score"]).all() for one in found)


def test_the_plan_says_what_was_done(split, clf, tmp_path):
    predict(split.X_train, clf, tmp_path, block_rows=500, classes=clf.seen_classes_, verbose=False)
    plan = json.loads((tmp_path / "_plan.json").read_text())
    assert (plan["rows"], plan["block_rows"], plan["zsl"]) == (len(split.X_train), 500, zsl.__version__)
    assert plan["classes"] == clf.seen_classes_.tolist()
