"""`zsl.export` and ``zsl export``: files that run without this package, and what is refused."""

import json
import subprocess
import sys

import numpy as np
import onnx
import onnxruntime
import pytest
from command import run
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import zsl
from zsl import ESZSLClassifier, InvalidInputError, ModelFileError, RelationClassifier, TextEncoder, WordVectors
from zsl.datasets import make_zero_shot

WORLD = make_zero_shot(8, 3, n_features=12, n_attributes=5, n_per_class=8, random_state=0)
SEEN = WORLD.semantics.select(WORLD.seen_classes)
X = WORLD.X_test_unseen.astype(np.float32)
BARE = """
import json, sys
import numpy as np, onnxruntime
options = onnxruntime.SessionOptions()
options.log_severity_level = 3
session = onnxruntime.InferenceSession("model.onnx", options)
labels = json.loads(session.get_modelmeta().custom_metadata_map["labels"])
(best,) = session.run(["label_index"], {"X": np.load("X.npy")})
print(*(labels[place] for place in best))
known = dict(np.load("more.npz"))
labels = known.pop("labels")
(best,) = session.run(["label_index"], {"X": np.load("X.npy"), **known})
print(*labels[best])
print(*sorted({"zsl", "torch", "sklearn", "scipy", "pandas"} & set(sys.modules)))
"""


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """A folder with a model of the seen classes, one that knows more, and the graph and the classes of them."""
    folder = tmp_path_factory.mktemp("exported")
    clf = ESZSLClassifier(semantics=SEEN, balance="gate").fit(WORLD.X_train, WORLD.y_train)
    clf.save(folder / "model")
    assert run(["export", folder / "model", "-o", folder / "model.onnx"])[0] == 0
    clf.add_classes(semantics=WORLD.semantics.select(WORLD.unseen_classes)).save(folder / "more")
    assert run(["export", folder / "more", "-o", folder / "more.npz"])[0] == 0
    np.save(folder / "X.npy", X)
    return folder


def test_a_file_runs_without_this_package_and_takes_classes_that_came_later(exported):
    command = [sys.executable, "-c", BARE]
    out = subprocess.run(command, cwd=exported, capture_output=True, text=True, check=True).stdout.split("\n")
    before, after = zsl.load(exported / "model"), zsl.load(exported / "more")
    assert out[0].split() == before.predict(X).tolist()
    assert out[1].split() == after.predict(X).tolist()
    assert out[2] == ""


def test_inputs_have_defaults_and_any_length_and_the_file_no_path_of_this_machine(exported):
    session = onnxruntime.InferenceSession(exported / "model.onnx", quiet())
    assert [(part.name, part.shape) for part in session.get_inputs()] == [("X", ["n", 12])]
    more = {part.name: part.shape for part in session.get_overridable_initializers()}
    assert more == {"prototypes": ["C", 5], "seen": ["C"], "temperature": []}
    content = (exported / "model.onnx").read_bytes()
    assert zsl.__file__.rpartition("/")[0].encode() not in content
    assert b".py" not in content


def test_single_precision_is_near_and_some_classes_may_be_the_defaults(exported, tmp_path):
    path = tmp_path / "single.onnx"
    chosen = WORLD.seen_classes[[3, 0]].tolist()
    code, _, _ = run(["export", exported / "more", "--single", "--classes", ",".join(chosen), "-o", path])
    assert code == 0
    session = onnxruntime.InferenceSession(path, quiet())
    assert json.loads(session.get_modelmeta().custom_metadata_map["labels"]) == chosen
    (found,) = session.run(["probabilities"], {"X": X})
    assert np.abs(found - zsl.load(exported / "more").predict_proba(X, chosen)).max() < 1e-4
    assert onnx.TensorProto.DOUBLE not in kinds(path)


def kinds(path):
    """The types of the constants in a file."""
    return {part.data_type for part in onnx.load(path).graph.initializer}


def quiet():
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    return options


def test_of_a_pipeline_what_comes_after_the_encoder_is_exported(tmp_path):
    words = ("red", "green", "small", "large", "round")
    rows = np.random.default_rng(0).normal(size=(5, 6))
    lines = [" ".join([word, *map(str, row)]) for word, row in zip(words, rows.tolist(), strict=True)]
    (tmp_path / "words.txt").write_text("\n".join(lines))
    pipe = make_pipeline(
        TextEncoder(WordVectors(tmp_path / "words.txt")),
        zsl.PrototypicalClassifier(n_episodes=2, n_way=2, verbose=False),
    )
    texts = [f"{first} {second}" for first in words for second in words]
    pipe.fit(texts, [text.split()[0] for text in texts])
    zsl.export(pipe, tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx", quiet())
    (found,) = session.run(["probabilities"], {"X": pipe[0].transform(texts).astype(np.float32)})
    assert np.abs(found - pipe.predict_proba(texts)).max() < 1e-4


def test_what_cannot_be_exported_is_named(tmp_path):
    clf = ESZSLClassifier(semantics=WORLD.semantics, cv=None)
    path = tmp_path / "model.onnx"
    pipe = make_pipeline(StandardScaler(), clf).fit(WORLD.X_train, WORLD.y_train)
    with pytest.raises(InvalidInputError, match=r"transforms samples by a StandardScaler first.*the last step alone"):
        zsl.export(pipe, path)
    own = pipe[-1]
    with pytest.raises(InvalidInputError, match=r"precision='half'; wanted 'double' or 'single'"):
        zsl.export(own, path, precision="half")
    with pytest.raises(InvalidInputError, match=r"classes names \['nobody'\]"):
        zsl.export(own, path, classes=["nobody"])
    with pytest.raises(InvalidInputError, match="est is a StandardScaler, which cannot be exported"):
        zsl.export(pipe[0], path)
    relation = RelationClassifier(semantics=WORLD.semantics, cv=None, verbose=False).fit(WORLD.X_train, WORLD.y_train)
    relation.add_classes(X_unlabeled=X)
    with pytest.raises(InvalidInputError, match=r"unlabelled samples \(forget_classes forgets them\)"):
        zsl.export(relation, path)
    assert not path.exists()


def test_a_file_that_cannot_be_written_and_a_check_that_fails_leave_the_old_one(exported, tmp_path, monkeypatch):
    clf = zsl.load(exported / "model")
    with pytest.raises(ModelFileError, match=r"cannot be written: No such file or directory"):
        zsl.export(clf, tmp_path / "nowhere" / "model.onnx", check=False)
    path = tmp_path / "model.onnx"
    path.write_bytes(b"old")
    scores = type(clf)._score
    monkeypatch.setattr(type(clf), "_score", lambda self, X, classes: scores(self, X, classes) * 1.01)
    with pytest.raises(ModelFileError, match=r"differ by .* from those of predict_proba; wanted 0.0001 at most"):
        zsl.export(clf, path, check=X)
    assert path.read_bytes() == b"old"


def test_wrong_options_of_the_command_are_named(exported, capsys):
    model = exported / "model"
    for arguments, wanted in (
        (["-o", "model.pt"], "ends in neither .onnx nor .npz"),
        (["-o", "classes.npz", "--single"], "--single goes with a graph"),
        (["-o", "classes.npz", "--classes", "nobody"], "nobody"),
    ):
        code, _, err = run(["export", model, *arguments], capsys)
        assert code == 2
        assert wanted in err
