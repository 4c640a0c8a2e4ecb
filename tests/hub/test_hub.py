"""Models to a hub and back, with cards: on a hub that is a folder here."""

import pickle
import subprocess
import sys
import warnings
from types import SimpleNamespace

import numpy as np
import pytest
import yaml
from huggingface_hub.utils import filter_repo_objects
from sklearn.base import clone
from sklearn.preprocessing import StandardScaler

import zsl
from zsl import ESZSLClassifier, InvalidInputError, ModelFileError, RelationNetworkClassifier, ZeroShotPipeline
from zsl.datasets import make_zero_shot
from zsl.evaluation import measure_gzsl
from zsl.hub.card import card_of

SPLIT = make_zero_shot(6, 3, n_features=8, n_attributes=5, n_per_class=8, n_test_per_class=5, random_state=0)
NASTY = "a|b\n# <script>*x*</script>\n---\nlicense: mit"


@pytest.fixture(scope="module")
def clf():
    return ESZSLClassifier(semantics=SPLIT.semantics, cv=3).fit(SPLIT.X_train, SPLIT.y_train)


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """A hub in a folder: repositories are folders, and what is fetched are links, as in the real cache."""
    place, asked = tmp_path / "hub", []

    class Api:
        def __init__(self, token=None):
            self.token = token

        def create_repo(self, repo_id, private=None, exist_ok=False):
            (place / repo_id).mkdir(parents=True, exist_ok=exist_ok)
            asked.append({"private": private, "token": self.token})
            return SimpleNamespace(repo_id=repo_id)

        def upload_folder(self, *, repo_id, folder_path, delete_patterns, **more):
            new = {path.name for path in folder_path.iterdir()}
            for path in (place / repo_id).iterdir():
                if path.name not in new and list(filter_repo_objects([path.name], allow_patterns=delete_patterns)):
                    path.unlink()
            for path in folder_path.iterdir():
                (place / repo_id / path.name).write_bytes(path.read_bytes())
            asked.append(more)
            return f"here/{repo_id}/commit"

    def download(repo_id, *, allow_patterns, **more):
        asked.append(more)
        if not (place / repo_id).is_dir():
            raise FileNotFoundError("no such\nrepository")
        cache = tmp_path / "cache" / repo_id
        cache.mkdir(parents=True, exist_ok=True)
        names = [path.name for path in (place / repo_id).iterdir()]
        for name in filter_repo_objects(names, allow_patterns=allow_patterns):
            (cache / name).unlink(missing_ok=True)
            (cache / name).symlink_to(place / repo_id / name)
        return str(cache)

    monkeypatch.setattr("huggingface_hub.hub_mixin.HfApi", Api)
    monkeypatch.setattr("huggingface_hub.snapshot_download", download)
    monkeypatch.chdir(tmp_path)
    return SimpleNamespace(place=place, asked=asked, cache=tmp_path / "cache")


def head(card):
    return yaml.safe_load(card.split("---\n")[1])


def test_pushed_and_loaded_by_name(clf, hub):
    before = dict(vars(clf))
    assert clf.push_to_hub("user/model", license="mit", private=True, token="t", branch="b") == "here/user/model/commit"
    assert vars(clf).keys() == before.keys()
    assert all(vars(clf)[name] is value for name, value in before.items())
    assert hub.asked[0] == {"private": True, "token": "t"}
    assert (hub.asked[1]["revision"], hub.asked[1]["commit_message"]) == ("b", "A model of zsl")
    files = sorted(path.name for path in (hub.place / "user/model").iterdir())
    assert (files[0], files[1], len(files)) == ("README.md", "model.json", 3)
    (hub.place / "user/model/run_me.py").write_text("raise SystemExit")
    (hub.place / "user/model/pytorch_model.bin").write_bytes(b"pickle")
    for loaded in (zsl.load("user/model", revision="v1"), ESZSLClassifier.from_pretrained("user/model", revision="v1")):
        assert hub.asked[-1]["revision"] == "v1"
        np.testing.assert_array_equal(loaded.class_scores(SPLIT.X_test_seen), clf.class_scores(SPLIT.X_test_seen))
    assert sorted(path.name for path in (hub.cache / "user/model").iterdir()) == files[1:]


def test_a_model_that_is_replaced_leaves_no_tensors(clf, hub):
    clf.push_to_hub("user/model")
    other = clone(clf).set_params(cv=None).fit(SPLIT.X_train, SPLIT.y_train)
    other.push_to_hub("user/model")
    assert len(list((hub.place / "user/model").glob("*.safetensors"))) == 1
    assert zsl.load("user/model").cv is None


def test_a_pipeline(hub):
    steps = [("scale", StandardScaler()), ("classes", ESZSLClassifier(semantics=SPLIT.semantics, cv=None))]
    pipe = ZeroShotPipeline(steps).fit(SPLIT.X_train, SPLIT.y_train)
    pipe.push_to_hub("user/pipe", result=measure_gzsl(pipe, SPLIT))
    loaded = ZeroShotPipeline.from_pretrained("user/pipe")
    np.testing.assert_array_equal(loaded.predict(SPLIT.X_test_seen), pipe.predict(SPLIT.X_test_seen))
    card = (hub.place / "user/pipe/README.md").read_text(encoding="utf-8")
    assert "Steps: StandardScaler, ESZSLClassifier." in card
    assert "- Unseen, known by their semantics (3): unseen" in card


def test_a_folder_that_exists_comes_before_the_hub(clf, hub, tmp_path):
    (tmp_path / "user").mkdir()
    clf.save_pretrained("user/model")
    assert ESZSLClassifier.from_pretrained("user/model").classes_.tolist() == clf.classes_.tolist()
    assert zsl.load("user/model").classes_.tolist() == clf.classes_.tolist()
    assert hub.asked == []


def test_one_error_for_what_is_not_there(clf, hub, tmp_path):
    for call in (zsl.load, ESZSLClassifier.from_pretrained):
        with pytest.raises(ModelFileError, match=r"'user/model' is no folder here, and .*: no such repo"):
            call("user/model")
        asked = len(hub.asked)
        for name in ("./user/model", "/user/model", "user/model/more", "../model", "C:\\model", "user", "a/b\n", ""):
            with pytest.raises((ModelFileError, InvalidInputError)):
                call(name)
        with pytest.raises(ModelFileError, match="is no saved model"):
            call(tmp_path / "user" / "model")
        assert len(hub.asked) == asked
    with pytest.raises(InvalidInputError, match=r"'omniglot' is shipped as Prototyp.* and as Relation.*; wanted"):
        zsl.load("omniglot")
    with pytest.raises(InvalidInputError, match=r"name=3; ESZSLClassifier ships trained on nothing"):
        ESZSLClassifier.from_pretrained(3)
    clf.save_pretrained(tmp_path / "m")
    with pytest.raises(ModelFileError, match="holds a ESZSLClassifier; wanted a SAEClassifier"):
        zsl.SAEClassifier.from_pretrained(tmp_path / "m")
    assert isinstance(RelationNetworkClassifier.from_pretrained("omniglot"), RelationNetworkClassifier)


def test_bad_arguments_write_nothing(clf, hub, tmp_path):
    for repo_id in ("model", "a/b/c", "../x", 3, "user/mo del"):
        with pytest.raises(InvalidInputError, match="repo_id="):
            clf.push_to_hub(repo_id)
    with pytest.raises(InvalidInputError, match="license=3; wanted a text"):
        clf.push_to_hub("user/model", license=3)
    with pytest.raises(InvalidInputError, match="result is of type str; wanted a GZSLResult"):
        clf.save_pretrained(tmp_path / "m", result="good")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "config.json").write_text("{}")
    with pytest.raises(InvalidInputError, match="exists and is no saved model"):
        clf.save_pretrained(tmp_path / "full")
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["config.json"]
    assert not (tmp_path / "m").exists()
    assert hub.asked == []


def test_a_hub_that_fails_is_one_error(clf, hub, monkeypatch):
    def fail(*_, **__):
        raise ConnectionError("no\nroute")

    monkeypatch.setattr("huggingface_hub.hub_mixin.HfApi.create_repo", fail)
    with pytest.raises(ModelFileError, match="repo_id='user/model' can't be pushed to: no route"):
        clf.push_to_hub("user/model")


def test_the_card_is_filled(clf, tmp_path):
    result = measure_gzsl(clf, SPLIT)
    clf.save_pretrained(tmp_path / "m", result=result, license="cc-by-4.0", semantics_source="drawn at random")
    card = (tmp_path / "m" / "README.md").read_text(encoding="utf-8")
    assert head(card) == {
        "library_name": "zsl",
        "license": "cc-by-4.0",
        "pipeline_tag": "tabular-classification",
        "tags": ["zero-shot-learning"],
    }
    bounds = result.intervals().loc["harmonic_mean"]
    for text in (
        "# ESZSLClassifier",
        f"(6): {', '.join(clf.seen_classes_)}",
        f"(3): {', '.join(clf.unseen_classes_)}",
        "9 classes × 5 columns, sha256 ",
        "Source: drawn at random.",
        f"| H | {result.harmonic_mean:.3f} | {bounds['low']:.3f} to {bounds['high']:.3f} |",
        f"γ: chosen by H on held-out seen classes, in 3 folds; {clf.seen_bias_:.4g}",
        f"- zsl {zsl.__version__}",
        "cc-by-4.0\n",
    ):
        assert text in card, text
    bare = card_of(clf, result=None, license=None, semantics_source=None)
    assert "license" not in head(bare)
    assert "Not named yet." in bare
    assert "None were given." in bare


def test_names_of_users_are_escaped():
    table = SPLIT.semantics.to_frame().rename(index={"seen_00": NASTY}, columns={"a0": NASTY})
    y = np.where(SPLIT.y_train == "seen_00", NASTY, SPLIT.y_train)
    clf = ESZSLClassifier(semantics=table, cv=None).fit(SPLIT.X_train, y)
    card = card_of(clf, result=None, license=NASTY, semantics_source=NASTY)
    markdown = pytest.importorskip("markdown_it").MarkdownIt("commonmark", {"html": True})
    parsed = yaml.safe_load(card.removeprefix("---\n").split("\n---\n\n# ")[0])
    assert parsed["license"] == NASTY
    body = card[card.index("\n# ESZSL") :]
    tokens = [child for token in markdown.parse(body) for child in [token, *(token.children or ())]]
    assert [token.content for token in tokens if token.type in ("html_inline", "em_open", "strong_open")] == []
    assert [token.content.strip()[:12] for token in tokens if token.type == "html_block"] == ["<!-- zsl car"]
    assert [token.tag for token in tokens if token.type == "heading_open"] == ["h1", *["h2"] * 6]


def test_a_card_that_somebody_edited_stays(clf, tmp_path):
    clf.save_pretrained(tmp_path / "m")
    card = tmp_path / "m" / "README.md"
    clf.save_pretrained(tmp_path / "m", license="mit")
    written = card.read_text(encoding="utf-8")
    assert head(written)["license"] == "mit"
    card.write_text(written.replace("# ESZSLClassifier", "# My birds"), encoding="utf-8")
    with pytest.warns(UserWarning, match=r"README.md was written or edited by somebody and stays as it is"):
        clf.save_pretrained(tmp_path / "m")
    assert "# My birds" in card.read_text(encoding="utf-8")


def test_nothing_of_the_hub_is_imported_before_it_is_needed():
    """Importing an estimator and loading a folder; `sentence_transformers`, which imports the hub, isn't either."""
    program = (
        "import sys, zsl; zsl.ESZSLClassifier(); zsl.load\n"
        "print([name for name in ('huggingface_hub', 'jinja2', 'zsl.hub.card') if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_the_mixin_leaves_no_trace(clf, hub):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        clf.push_to_hub("user/model")
    assert not any(name.startswith("_hub_mixin") for name in [*vars(clf), *dir(type(clf))])
    assert pickle.loads(pickle.dumps(clf)).get_params().keys() == clf.get_params().keys()
