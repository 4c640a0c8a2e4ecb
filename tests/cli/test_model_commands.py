"""``zsl add``, ``remove``, ``explain`` and ``info`` on saved models: of features, of images, of texts."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest
from command import run
from numpy.testing import assert_array_equal
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import zsl
from zsl import ESZSLClassifier, RelationClassifier, SimpleShotClassifier, TextEncoder, WordVectors, load, save
from zsl.datasets import make_zero_shot

WORLD = make_zero_shot(8, 3, n_features=12, n_attributes=5, n_per_class=8, random_state=0)
SEEN = WORLD.semantics.select(WORLD.seen_classes)
NEW = WORLD.semantics.select(WORLD.unseen_classes)
X, Y = WORLD.X_test_unseen, WORLD.y_test_unseen


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    clf = RelationClassifier(semantics=SEEN, random_state=0, verbose=False, cv=2).fit(WORLD.X_train, WORLD.y_train)
    clf.save(folder / "plain")
    pipe = make_pipeline(StandardScaler(), ESZSLClassifier(semantics=SEEN)).fit(WORLD.X_train, WORLD.y_train)
    save(pipe, folder / "pipe")
    return folder


@pytest.fixture
def here(saved, tmp_path):
    shutil.copytree(saved, tmp_path, dirs_exist_ok=True)
    np.save(tmp_path / "X.npy", X)
    pd.DataFrame(X[:6]).assign(label=Y[:6]).to_csv(tmp_path / "support.csv", index=False)
    NEW.to_frame().to_csv(tmp_path / "rows.csv")
    return tmp_path


@pytest.mark.parametrize("name", ["plain", "pipe"])
def test_classes_come_and_go(name, here, capsys):
    folder, wanted = here / name, load(here / name)
    told = run(["add", folder, "--semantics", here / "rows.csv", "-o", here / "more"], capsys, check=True)[1]
    assert "Added 3 classes: unseen_00, unseen_01, unseen_02" in told
    assert "knows 11 classes, 8 seen and 3 unseen" in told
    wanted.add_classes(semantics=NEW)
    assert_array_equal(load(here / "more").predict(X), wanted.predict(X))
    assert len(load(folder).classes_) == 8
    told = run(["add", here / "more", "--support", here / "support.csv", "--in-place"], capsys, check=True)[1]
    assert "Better known by samples" in told
    wanted.add_classes(X[:6], Y[:6])
    assert_array_equal(load(here / "more").predict(X), wanted.predict(X))
    told = run(["remove", here / "more", "unseen_01, seen_00", "--in-place"], capsys, check=True)[1]
    assert "Removed 2 classes" in told
    wanted.remove_classes(["unseen_01", "seen_00"])
    assert_array_equal(load(here / "more").predict(X), wanted.predict(X))


@pytest.mark.parametrize(
    ("told", "message"),
    [
        (["add", "plain", "--in-place"], "Wanted --semantics, --names or --support"),
        (["add", "plain", "--names", "a", "--semantics", "rows.csv", "--in-place"], "exclude each other"),
        (["add", "plain", "--semantics", "rows.csv"], "Wanted one of --output"),
        (["add", "plain", "--semantics", "rows.csv", "--in-place", "-o", "more"], "Wanted one of --output"),
        (["add", "plain", "--names", "zebra", "--in-place"], "5 attributes such as 'a.*; wanted --semantics"),
        (["add", "plain", "--support", "X.npy", "--in-place"], "no labels"),
        (["add", "plain", "--semantics", "rows.csv", "-o", "X.npy"], "exists and is no saved model"),
        (["add", "nowhere", "--semantics", "rows.csv", "--in-place"], "no saved model"),
        (["remove", "plain", "seen_99", "--in-place"], "not known"),
        (["remove", "plain", ",", "--in-place"], "wanted classes"),
        (["explain", "plain", "X.npy"], "60 samples; wanted --row"),
        (["explain", "plain", "X.npy", "--row", "60"], "wanted 0 to 59"),
        (["explain", "plain", "X.npy", "--row", "1", "--file", "a"], "exclude each other"),
        (["explain", "plain", "X.npy", "--file", "a"], "names no sample"),
        (["explain", "plain", "X.npy", "--row", "1", "--among", "seen_00"], "names 1 classes; wanted two"),
        (["explain", "few", "X.npy", "--row", "1"], "SimpleShotClassifier, which explains nothing"),
        (["info", "nowhere"], "no saved model"),
    ],
)
def test_errors_say_what_is_wanted(told, message, here, capsys, monkeypatch):
    monkeypatch.chdir(here)
    if "few" in told:
        SimpleShotClassifier(device="cpu").fit(WORLD.X_train, WORLD.y_train).save("few")
    before = (here / "plain/model.json").read_bytes()
    code, out, err = run(told, capsys)
    assert code == 2
    assert out == ""
    assert pd.Series([" ".join(err.split())]).str.contains(message, regex=True).all(), err
    assert (here / "plain/model.json").read_bytes() == before


def test_why(here, capsys):
    told = run(["explain", here / "plain", here / "X.npy", "--row", 2, "-o", here / "why.csv"], capsys, check=True)[1]
    why = pd.read_csv(here / "why.csv", index_col=0)
    model = load(here / "plain")
    pair = why.columns[:2].tolist()
    assert pair == model.top_classes(X[2:3], k=2)[0][0].tolist()
    assert f"row 2: predicted {pair[0]} (p {model.predict_proba(X[2:3]).max():.2f}), then {pair[1]}" in told
    scores = model.class_scores(X[2:3], pair, calibrated=True)[0]
    assert why["contribution"].sum() == pytest.approx(scores[0] - scores[1], rel=2e-3, abs=1e-4)
    assert f"add up to {why['contribution'].sum():+.3g}" in told
    told = run(
        ["explain", here / "plain", here / "support.csv", "--row", 1, "--among", "seen_01,seen_02", "--top", 2], capsys
    )
    assert "instead of seen_02" in told[1]
    assert f"Labelled {Y[1]}" in told[1]
    assert "3 more attributes; --top 5 shows all" in told[1]


def test_what_a_model_is(here, capsys):
    shown = run(["info", here / "pipe"], capsys, check=True)[1]
    for text in ("ZeroShotPipeline", "ESZSLClassifier", "StandardScaler", "8: seen_00", "γ", "format", "zsl 0."):
        assert text in shown
    found = json.loads(run(["info", here / "plain", "--json"], capsys, check=True)[1])
    model = load(here / "plain")
    assert found["seen_classes"] == model.seen_classes_.tolist()
    assert found["unseen_classes"] == []
    assert found["semantics"] == {"classes": 8, "attributes": 5, "from": "attributes"}
    assert found["chosen"]["γ"] == model.seen_bias_
    assert found["chosen"]["κ"] == model.prior_strength_
    assert found["features"] == 12
    save(zsl.ZeroShotRetriever(model).fit(X), here / "gallery")
    assert json.loads(run(["info", here / "gallery", "--json"], capsys, check=True)[1])["model"] == "ZeroShotRetriever"


def test_a_model_of_texts(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = ["red", "green", "blue", "cat", "dog", "owl", "a"]
    rows = np.random.default_rng(0).normal(size=(len(words), 6))
    lines = [f"{word} {' '.join(map(str, row))}" for word, row in zip(words, rows, strict=True)]
    (tmp_path / "words.txt").write_text("\n".join(lines) + "\n")
    known = {name: f"a {name}" for name in ("cat", "dog", "red", "green")}
    encoder = TextEncoder(WordVectors("words.txt"), templates="{} a", verbose=False)
    clf = ESZSLClassifier(semantics=known, text_encoder=encoder)
    pipe = zsl.ZeroShotPipeline([("texts", encoder), ("classes", clf)])
    pipe.fit([f"{word} {other}" for word in known for other in words], [word for word in known for _ in words])
    pipe.save("m")
    assert "TextEncoder(WordVectors('words.txt')" in (shown := run(["info", "m"], capsys, check=True)[1])
    assert "templates '{} a'" in shown
    code, _, err = run(["add", "m", "--names", "owl, blue", "-o", "n"], capsys)
    assert code == 2
    assert "--trusted" in err
    told = run(["add", "m", "--names", "owl, blue", "-o", "n", "--trusted"], capsys, check=True)[1]
    assert "Added 2 classes: blue, owl" in told
    (tmp_path / "sentences.csv").write_text("class,text\nowl,owl\nblue,blue\n")
    run(["add", "m", "--semantics", "sentences.csv", "--texts", "-o", "o", "--trusted", "--quiet"], capsys, check=True)
    pipe.add_classes(semantics=["owl", "blue"])
    for folder in ("n", "o"):
        assert_array_equal(load(folder, trusted=True).predict(words), pipe.predict(words))
