"""``zsl train`` on small generated images: what it saves and prints, and how it says no."""

import json
import re
import signal
from pathlib import Path

import numpy as np
import pytest
import torch
from command import run

from zsl import FewShotSplit, datasets, load
from zsl.cli.few_shot._train_config import read_config
from zsl.estimators import few_shot_methods
from zsl.evaluation import measure_episodes

SHIPPED = Path(__file__).parents[2] / "data" / "pretrained"
ESTIMATOR = {"class": "PrototypicalClassifier", "backbone": "conv4", "n_way": 3, "n_query": 1, "n_episodes": 4}
EVALUATION = {"episodes": 20, "queries": 2, "forms": [[2, 1], [3, 2]]}


@pytest.fixture
def few(monkeypatch):
    """Eleven classes of stripes and noise in place of Omniglot, and the arguments that its loader was given."""
    rng, asked = np.random.default_rng(0), []
    stripes = 128 * (1 + np.sin(np.arange(16) * (1 + np.arange(11)[:, None]) / 3))
    X = np.clip(stripes[:, None, None, None, :] + rng.normal(0, 20, (11, 6, 1, 16, 16)), 0, 255).astype(np.uint8)

    def part(classes):
        return X[classes].reshape(-1, 1, 16, 16), np.repeat(classes, 6)

    arrays = [part(np.arange(first, last)) for first, last in ((0, 5), (5, 8), (8, 11))]
    names = tuple("abcdefghijk")
    split = FewShotSplit(*(array for pair in arrays for array in pair), names=names, groups=[0] * 11, name="stripes")

    def loader(root, **options):
        asked.append((root, options))
        return split

    monkeypatch.setattr(datasets, "load_omniglot", loader)
    monkeypatch.setattr(datasets, "load_cifar_fs", loader)
    monkeypatch.setattr(datasets, "load_mini_imagenet", loader)
    return split, asked


def config(path, data=None, estimator=None, evaluation=None):
    """Write a configuration; None leaves a value out of the estimator."""
    tables = {
        "data": {"name": "omniglot"} | (data or {}),
        "estimator": {k: v for k, v in (ESTIMATOR | (estimator or {})).items() if v is not None},
        "evaluation": EVALUATION | (evaluation or {}),
    }
    lines = []
    for name, table in tables.items():
        lines += [f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in table.items())]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def train(folder, capsys, *more, **tables):
    return run(["train", config(folder / "c.toml", **tables), "-o", folder / "model", *more], capsys)


def refused(folder, capsys, *more, **tables):
    """The one line of an error; nothing was saved."""
    code, out, err = train(folder, capsys, *more, **tables)
    assert (code, out) == (2, "")
    assert err.startswith("zsl: error: ")
    assert len(err.splitlines()) == 1
    assert not (folder / "model").exists()
    return err


def test_a_model_is_saved_without_classes_and_measured(few, tmp_path, capsys):
    code, out, _ = train(tmp_path, capsys, "--root", "somewhere", data={"split": "lake"})
    assert code == 0
    assert few[1] == [(Path("somewhere"), {"split": "lake"})]
    assert "Trained PrototypicalClassifier on 30 images of 5 classes in " in out
    assert "without these classes." in out
    assert "20 episodes, 2 queries per class, mean ± 95 %" in out
    rows = re.findall(r"val +(\d) +(\d) +(\d+\.\d\d) ± \d+\.\d\d +inductive", out)
    assert [row[:2] for row in rows] == [("2", "1"), ("3", "2")]
    model = load(tmp_path / "model")
    assert len(model.classes_) == 0
    assert [entry[0] for entry in model.history_] == [1, 2, 3, 4]
    curve = re.findall(r"^ +(\d) +(\d+\.\d\d) *$", out, re.MULTILINE)
    assert [(int(done), float(accuracy)) for done, accuracy in curve] == [
        (done, pytest.approx(100 * accuracy)) for done, accuracy in model.history_
    ]
    # What is printed is what the saved model does.
    X, y = few[0].part("val")
    again = measure_episodes(model, X, y, n_way=3, n_shot=2, n_query=2, n_episodes=20)
    assert float(rows[1][2]) == pytest.approx(100 * again.mean, abs=0.005)


def test_epochs_of_classification_come_first_and_have_a_curve_of_their_own(few, tmp_path, capsys):
    code, out, _ = train(tmp_path, capsys, estimator={"pretrain": 3, "pretrain_rate": 0.01, "augment": "photos"})
    assert code == 0
    model = load(tmp_path / "model")
    assert [epochs for epochs, _ in model.pretrain_history_] == [1, 2, 3]
    first, second = out.split("One-shot accuracy on validation classes")[1:]
    assert ("epochs" in first) & ("episodes" in second)
    for printed, history in ((first, model.pretrain_history_), (second, model.history_)):
        rows = re.findall(r"^ +(\d) +(\d+\.\d\d) *$", printed, re.MULTILINE)
        assert [(int(done), float(accuracy)) for done, accuracy in rows] == [
            (done, pytest.approx(100 * accuracy)) for done, accuracy in history
        ]


def test_the_seed_decides_the_model_and_the_option_goes_before_the_file(few, tmp_path, capsys):
    weights = []
    for in_file, option in ((None, None), (0, None), (1, None), (0, 1)):
        more = [] if option is None else ["--seed", option]
        assert train(tmp_path, capsys, *more, "--quiet", estimator={"random_state": in_file})[0] == 0
        weights.append(np.concatenate([p.numpy().ravel() for p in load(tmp_path / "model").method_.parameters()]))
    assert np.array_equal(weights[0], weights[1])
    assert not np.array_equal(weights[1], weights[2])
    assert np.array_equal(weights[2], weights[3])


def test_kept_classes_go_by_name_with_those_of_turned_images(few, tmp_path, capsys):
    data = {"keep_classes": True, "rotations": True, "within_groups": True}
    code, out, _ = train(tmp_path, capsys, data=data, evaluation={"part": ["val", "test"], "forms": [[12, 1]]})
    assert code == 0
    assert "on 120 images of 20 classes" in out
    assert ", with these classes." in out
    assert re.findall(r"(\w+) +12 +1 ", out) == ["val", "test"]
    known = load(tmp_path / "model").classes_.tolist()
    assert known[:5] == ["a", "a@180", "a@270", "a@90", "b"]
    assert len(known) == 20


def test_a_relation_network_is_trained_within_groups(few, tmp_path, capsys):
    few[0].groups[:3] = 1  # three of the training classes
    changed = {"class": "RelationNetworkClassifier", "n_shot": [1, 1, 2], "n_query": 2, "transductive": True}
    code, out, _ = train(tmp_path, capsys, data={"within_groups": True}, estimator=changed)
    assert code == 0
    assert re.findall(r"val +(\d) +(\d) .* transductive", out) == [("2", "1"), ("3", "2")]
    assert len(load(tmp_path / "model").classes_) == 0


def test_forms_that_the_data_allow_are_the_default(few, tmp_path, capsys):
    path = config(tmp_path / "c.toml", data={"rotations": True}, evaluation={"queries": 4})
    path.write_text(re.sub("forms.*", "", path.read_text(encoding="utf-8")), encoding="utf-8")
    code, out, _ = run(["train", path, "-o", tmp_path / "model"], capsys)
    assert code == 0
    assert re.findall(r"val +(\d+) +(\d+) ", out) == [("5", "1")]  # 12 classes of 6 images


def test_without_validation_classes_there_is_no_curve(few, tmp_path, capsys, monkeypatch):
    split = few[0]
    nothing = FewShotSplit(
        split.X_train, split.y_train, split.X_val[:0], split.y_val[:0], split.X_test, split.y_test, split.names
    )
    monkeypatch.setattr(datasets, "load_omniglot", lambda root: nothing)
    assert "part = 'val' has no images" in refused(tmp_path, capsys)
    message = refused(tmp_path, capsys, data={"within_groups": True}, evaluation={"part": "test"})
    assert "has no groups of classes" in message
    code, out, _ = train(tmp_path, capsys, evaluation={"part": "test"})
    assert code == 0
    assert "on validation classes" not in out
    assert re.findall(r"test +(\d) +(\d) ", out) == [("2", "1"), ("3", "2")]


def test_mini_imagenet_shows_its_progress_unless_quiet(few, tmp_path, capsys):
    data = {"name": "mini_imagenet"}
    assert "mini_imagenet can't be fetched; wanted --root" in refused(tmp_path, capsys, data=data)
    for more, verbose in ((), True), (("--quiet",), False):
        assert train(tmp_path, capsys, "--root", tmp_path, *more, data=data)[0] == 0
        assert few[1][-1] == (tmp_path, {"verbose": verbose})


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        ({"data": {"name": "mnist"}}, "[data] name = 'mnist'; wanted one of omniglot, cifar_fs, fc100, mini_imagenet."),
        ({"data": {"name": 3}}, "[data] name = 3; wanted one of omniglot"),
        (
            {"data": {"rotation": True}},
            "[data] has 'rotation'; known are name, split, rotations, within_groups, ",
        ),
        ({"data": {"rotations": "yes"}}, "[data] rotations = 'yes'; wanted true or false."),
        (
            {"data": {"name": "cifar_fs", "split": "lake"}},
            "split 'lake' was given with cifar_fs, which has only one split",
        ),
        ({"estimator": {"class": None}}, "[estimator] class = None; wanted one of MAMLClassifier, "),
        ({"estimator": {"class": ["a"]}}, "[estimator] class = ['a']; wanted one of "),
        ({"estimator": {"class": "RelationClassifier"}}, "[estimator] class = 'RelationClassifier'; wanted one of "),
        ({"estimator": {"class": "ESZSLClassifier"}}, "[estimator] class = 'ESZSLClassifier'; wanted one of "),
        (
            {"estimator": {"backbone": None}},
            "[estimator] backbone = None; wanted 'conv4', 'conv4_strided', 'resnet12'",
        ),
        ({"estimator": {"ways": 3}}, "[estimator] has 'ways'; known are augment, backbone, cv, device, distance, "),
        ({"estimator": {"n_way": 1}}, "n_way=1"),
        ({"estimator": {"warm_start": True}}, "[estimator] warm_start = true; wanted it left out"),
        ({"evaluation": {"part": "dev"}}, "[evaluation] part = 'dev'; wanted one or a list of train, val, test."),
        ({"evaluation": {"part": []}}, "[evaluation] part = []; wanted one or a list of train, val, test."),
        ({"evaluation": {"part": 3}}, "[evaluation] part = 3; wanted one or a list"),
        ({"evaluation": {"queries": 0}}, "[evaluation] queries = 0; wanted a whole number from 1 to 4294967295."),
        (
            {"evaluation": {"episodes": True}},
            "[evaluation] episodes = True; wanted a whole number from 1 to 4294967295.",
        ),
        ({"evaluation": {"seed": -1}}, "[evaluation] seed = -1; wanted a whole number from 0 to 4294967295."),
        ({"evaluation": {"forms": 5}}, "[evaluation] forms = 5; wanted pairs of way, 2 or more, and"),
        (
            {"evaluation": {"forms": [[1, 1]]}},
            "[evaluation] forms = [[1, 1]]; wanted pairs of way, 2 or more, and",
        ),
        ({"evaluation": {"forms": [[5]]}}, "[evaluation] forms = [[5]]; wanted pairs"),
        ({"evaluation": {"forms": []}}, "[evaluation] forms = []; wanted pairs"),
        (
            {"evaluation": {"forms": [[2, 1], [4, 1]]}},
            "forms has [4, 1], with 2 queries per class; val has 3 classes, the",
        ),
        (
            {"evaluation": {"forms": [[2, 5]]}},
            "forms has [2, 5], with 2 queries per class; val has 3 classes, the",
        ),
    ],
)
def test_what_a_configuration_may_not_say(few, tmp_path, capsys, tables, message):
    assert message in refused(tmp_path, capsys, **tables)


def test_default_forms_that_nothing_allows_are_refused(few, tmp_path, capsys):
    path = config(tmp_path / "c.toml")
    path.write_text(re.sub("forms.*", "", path.read_text(encoding="utf-8")), encoding="utf-8")
    code, _, err = run(["train", path, "-o", tmp_path / "model"], capsys)
    assert code == 2
    assert "forms has [5, 1], with 2 queries per class; val has 3 classes, the smallest of 6 images." in err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("data = ", "can't be read as TOML: "),
        (b"\xff", "can't be read as TOML: "),
        ("data = 3", "data = 3; wanted a table, [data]."),
        ("[model]", "The configuration has 'model'; known are data, estimator, evaluation."),
        ("", "[data] name = None; wanted one of omniglot"),
        (None, "is not a file"),
    ],
)
def test_files_that_are_no_configuration(few, tmp_path, capsys, text, message):
    path = tmp_path / "c.toml"
    if text is not None:
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    code, out, err = run(["train", path, "-o", tmp_path / "model"], capsys)
    assert (code, out) == (2, "")
    assert message in err


def test_what_lies_in_the_way_is_found_before_the_data_are_read(few, tmp_path, capsys):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "letter.txt").write_text("dear")
    code, _, err = train(tmp_path, capsys)
    assert code == 2
    assert "exists and is no saved model" in err
    assert few[1] == []


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*/*.toml")), ids=lambda path: path.stem)
def test_the_shipped_configurations_are_understood(path):
    plan = read_config(path)
    assert plan.name == path.parent.name
    assert plan.parameters["backbone"] == "conv4"
    assert plan.kind in few_shot_methods()


def weights_of(folder):
    return [tensor.numpy().tobytes() for tensor in load(folder).method_.state_dict().values()]


@pytest.mark.parametrize(("kind", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_training_that_was_stopped_goes_on_with_the_same_weights(few, tmp_path, capsys, monkeypatch, kind, code):
    assert train(tmp_path, capsys)[0] == 0
    (tmp_path / "model").rename(tmp_path / "whole")
    real, count = torch.optim.AdamW.step, [0]

    def step(self, *args, **options):
        count[0] += 1
        if count[0] == 3:
            signal.raise_signal(kind)
        return real(self, *args, **options)

    monkeypatch.setattr(torch.optim.AdamW, "step", step)
    found, out, err = train(tmp_path, capsys)
    assert (found, out) == (code, "")
    assert len(err.splitlines()) == 1
    assert f"Stopped by {kind.name}. The last good checkpoint is that of training 1 after step 3" in err
    assert err.endswith("To go on, run the same command with --resume.\n")
    assert not (tmp_path / "model").exists()
    assert "holds a training that was interrupted. Wanted --resume to go on, or" in refused(tmp_path, capsys)
    changed = refused(tmp_path, capsys, "--resume", estimator={"n_way": 2})
    assert "n_way is 2, and was 3; wanted the same data and parameters" in changed
    assert train(tmp_path, capsys, "--resume")[0] == 0
    assert count[0] == 4
    assert weights_of(tmp_path / "model") == weights_of(tmp_path / "whole")
    assert load(tmp_path / "model").history_ == load(tmp_path / "whole").history_
    assert not (tmp_path / "model.checkpoint").exists()


def test_where_and_how_often_training_is_saved(few, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(torch.optim.AdamW, "step", lambda *args, **options: signal.raise_signal(signal.SIGINT))
    folder = tmp_path / "below" / "here"
    code, _, err = train(tmp_path, capsys, "--checkpoint", folder, "--resume", "--checkpoint-minutes", "0.001")
    assert code == 130
    assert f"There is no checkpoint in {folder}; training begins at the beginning." in err
    assert (folder / "001-00000001.state.safetensors").is_file()
    assert "--checkpoint-minutes 0; wanted a number above 0." in refused(tmp_path, capsys, "--checkpoint-minutes", "0")
