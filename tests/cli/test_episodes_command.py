"""``zsl episodes`` on small generated data: what it prints and writes, and how it says no."""

import re
import shutil

import numpy as np
import pandas as pd
import pytest
from command import run

from zsl import FewShotSplit, PrototypicalClassifier, RidgePrototypeClassifier, datasets, load
from zsl.cli.few_shot._few_shot_data import FewShotData, read_few_shot
from zsl.evaluation import measure_episodes


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Features of eight classes, with labels in the file and apart, and models fitted on three others."""
    folder, rng = tmp_path_factory.mktemp("files"), np.random.default_rng(0)
    centres, y = rng.normal(size=(11, 5)), np.repeat(np.arange(8), 12)
    X = centres[y] + rng.normal(0, 0.7, (96, 5))
    names = np.array(list("abcdefgh"))[y]
    pd.DataFrame(X).add_prefix("f").assign(kind=names).to_csv(folder / "all.csv", index=False)
    np.savez(folder / "all.npz", X=X, label=y)
    np.save(folder / "bare.npy", X)
    np.save(folder / "labels.npy", y)
    seen = np.repeat([8, 9, 10], 4)
    PrototypicalClassifier().fit(centres[seen] + rng.normal(size=(12, 5)), seen).save(folder / "model")
    fitted = PrototypicalClassifier(refinement="soft_kmeans", n_unlabeled=1, n_episodes=1, verbose=False)
    fitted.fit(centres[seen] + rng.normal(size=(12, 5)), seen).save(folder / "refined")
    RidgePrototypeClassifier().fit(centres[seen] + rng.normal(size=(12, 5)), seen).save(folder / "ridge")
    return folder, X, y


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    """Images of nine classes, the last four for testing, and a network for them."""
    rng = np.random.default_rng(1)
    X = (rng.integers(0, 200, (9, 1, 1, 16, 16)) + rng.integers(0, 56, (9, 8, 1, 16, 16))).astype(np.uint8)
    arrays = []
    for classes in ([0, 1, 2], [3, 4], [5, 6, 7, 8]):
        arrays += [X[classes].reshape(-1, 1, 16, 16), np.repeat(classes, 8)]
    split = FewShotSplit(*arrays, names=tuple("abcdefghi"), groups=[0, 0, 0, 0, 0, 1, 1, 1, 2], name="blocks")
    model = tmp_path_factory.mktemp("images") / "model"
    network = PrototypicalClassifier(backbone="conv4", n_way=3, n_episodes=1, random_state=0, verbose=False)
    network.fit(*split.part("train")).forget_classes().save(model)
    return split, model


def test_ways_and_shots_in_a_file_of_features(files, capsys, tmp_path):
    folder, X, y = files
    arguments = ["--way", 2, "--way", 5, "--shot", 1, "--shot", 3, "--queries", 4, "--episodes", 30, "--seed", 7]
    code, out, _ = run(
        ["episodes", folder / "model", "--features", folder / "all.npz", *arguments, "-o", tmp_path / "a.csv"], capsys
    )
    assert code == 0
    first, *lines, last = out.splitlines()
    assert first == f"PrototypicalClassifier on {folder / 'all.npz'}: 96 samples of 8 classes."
    model = PrototypicalClassifier().fit(np.zeros((2, 5)), [0, 1])  # takes vectors as they are, as any other does
    options = {"n_query": 4, "n_episodes": 30, "random_state": 7}
    results = [measure_episodes(model, X, y, n_way=way, n_shot=shot, **options) for way in (2, 5) for shot in (1, 3)]
    assert lines == [repr(result) for result in results]
    assert "(30 episodes, inductive)" in lines[0]
    assert last == f"Wrote {tmp_path / 'a.csv'}."
    table = pd.read_csv(tmp_path / "a.csv")
    assert table[["way", "shot"]].to_numpy().tolist() == [[2, 1], [2, 3], [5, 1], [5, 3]]
    assert table["accuracy"].to_numpy() == pytest.approx([result.mean for result in results])
    assert table["half_width"].to_numpy() == pytest.approx([result.half_width for result in results])
    assert set(table["queries"]) == {4}
    assert not table["transductive"].any()


@pytest.mark.parametrize(
    "where", [["all.csv", "--label-column", "kind"], ["bare.npy", "--labels", "labels.npy"]], ids=["column", "apart"]
)
def test_labels_are_found_wherever_they_are(files, capsys, monkeypatch, where):
    monkeypatch.chdir(files[0])
    printed = []
    for file in (["all.npz"], where):
        code, out, _ = run(["episodes", "model", "--features", *file, "--queries", 2, "--episodes", 10], capsys)
        assert code == 0
        printed.append(out.splitlines()[1:])
    assert printed[0] == printed[1]


def test_an_estimator_of_another_kind_is_measured_by_its_predictions(files, capsys):
    folder, *_ = files
    code, out, _ = run(
        ["episodes", folder / "ridge", "--features", folder / "all.npz", "--queries", 2, "--episodes", 3], capsys
    )
    assert code == 0
    assert re.search(r"^5-way 1-shot: \d+\.\d\d ± \d+\.\d\d % \(3 episodes, inductive\)$", out, re.MULTILINE)


def test_unlabelled_images_distractors_and_uneven_queries_reach_the_episodes(files, capsys):
    folder, X, y = files
    given = ["--unlabeled", 4, "--distractors", 2, "--imbalance", 0.5, "--queries", 3, "--episodes", 20]
    code, out, _ = run(["episodes", folder / "refined", "--features", folder / "all.npz", *given], capsys)
    assert code == 0
    options = {"n_unlabeled": 4, "n_distractors": 2, "imbalance": 0.5, "n_query": 3, "n_episodes": 20}
    assert out.splitlines()[1] == repr(measure_episodes(load(folder / "refined"), X, y, **options))


def test_a_part_of_a_data_set_within_its_groups(images, capsys, monkeypatch, tmp_path):
    split, model = images
    asked = []
    monkeypatch.setattr(datasets, "load_omniglot", lambda root, **options: asked.append((root, options)) or split)
    small = ["--way", 2, "--queries", 3, "--episodes", 20]
    code, out, _ = run(["episodes", model, "--data", "omniglot", *small], capsys)
    assert code == 0
    assert out.startswith("PrototypicalClassifier on omniglot, test: 32 samples of 4 classes.\n")
    more = ["--rotations", "--split", "ren", "--root", tmp_path, "--part", "val"]
    code, turned, _ = run(["episodes", model, "--data", "omniglot", *more, *small], capsys)
    assert code == 0
    assert turned.startswith("PrototypicalClassifier on omniglot, val: 64 samples of 8 classes.\n")
    assert asked == [(None, {}), (tmp_path, {"split": "ren"})]
    # Three of the four test classes are of one group, the fourth is alone.
    within = ["episodes", model, "--data", "omniglot", "--within-groups"]
    assert run([*within, "--way", 3, *small[2:]], capsys)[0] == 0
    code, _, err = run([*within, "--way", 4, *small[2:]], capsys)
    assert code == 2
    assert "the largest group has 3 classes" in err


def test_shipped_models_go_by_name(images, capsys, monkeypatch, tmp_path):
    split, model = images
    monkeypatch.setattr(datasets, "load_fc100", lambda root: split)
    monkeypatch.setattr("zsl.hub.places.data_folders", lambda: (tmp_path,))
    shutil.copytree(model, tmp_path / "pretrained" / "blocks" / "PrototypicalClassifier")
    arguments = ["--data", "fc100", "--way", 2, "--queries", 3, "--episodes", 20]
    code, out, _ = run(["episodes", "blocks:PrototypicalClassifier", *arguments], capsys)
    assert code == 0
    assert "2-way 1-shot: " in out
    for name, message in (
        ("birds:PrototypicalClassifier", "name='birds'; PrototypicalClassifier ships trained on ['blocks']."),
        ("blocks:ESZSLClassifier", "names no class after the colon; known are MAMLClassifier, "),
        (str(tmp_path / "none"), "is no saved model"),
    ):
        code, out, err = run(["episodes", name, *arguments], capsys)
        assert (code, out) == (2, "")
        assert message in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Wanted one of --data and --features."),
        (["--data", "fc100", "--features", "all.npz"], "Wanted one of --data and --features."),
        (["--features", "all.npz", "--distractors", 2], "--distractors goes with --unlabeled"),
        (["--features", "all.npz", "--part", "val"], "--split, --rotations, --part, --root and --within-"),
        (
            ["--features", "all.npz", "--no-rotations"],
            "--split, --rotations, --part, --root and --within-",
        ),
        (["--features", "all.npz", "--within-groups"], "and --within-groups go with --data."),
        (["--features", "bare.npy"], "bare.npy has no labels; wanted a column 'label', --label-column"),
        (["--features", "all.npz", "--imbalance", -1], "--imbalance -1.0; wanted a number above 0, or None."),
        (["--features", "all.npz", "--queries", 12], "an episode needs 13 of each class"),
        (["--features", "all.npz", "-o", "none/a.csv"], "lies in a folder that doesn't exist."),
        (["--data", "fc100", "--labels", "labels.npy"], "how samples are read go with --features, which was"),
        (["--data", "fc100", "--label-column", "kind"], "how samples are read go with --features, which was"),
        (["--data", "cifar_fs", "--split", "ren"], "split 'ren' was given with cifar_fs, which has only one spli"),
        (["--data", "mini_imagenet"], "mini_imagenet can't be fetched; wanted --root"),
    ],
)
def test_what_does_not_go_together(files, capsys, monkeypatch, arguments, message):
    monkeypatch.chdir(files[0])
    code, _, err = run(["episodes", "model", *arguments], capsys)
    assert code == 2
    assert message in err
    assert len(err.splitlines()) == 1


def test_images_for_a_model_of_vectors_are_refused(files, images, capsys, monkeypatch):
    monkeypatch.setattr(datasets, "load_cifar_fs", lambda root: images[0])
    code, _, err = run(
        ["episodes", files[0] / "model", "--data", "cifar_fs", "--way", 2, "--queries", 2, "--episodes", 2], capsys
    )
    assert code == 2
    assert "X has shape (32, 1, 16, 16); wanted an array of real numbers of shape (n_samples, n_features)" in err


def test_groups_are_wanted_where_the_data_set_has_none(images, capsys, monkeypatch, tmp_path):
    split, model = images
    bare = FewShotSplit(*split.part("train"), *split.part("val"), *split.part("test"), split.names, name="bare")
    monkeypatch.setattr(datasets, "load_mini_imagenet", lambda root, verbose: bare)
    code, _, err = run(["episodes", model, "--data", "mini_imagenet", "--root", tmp_path, "--within-groups"], capsys)
    assert code == 2
    assert "bare has no groups of classes" in err


def test_every_data_set_has_its_loader(images, monkeypatch, tmp_path):
    asked = []
    for data in FewShotData:

        def loader(*arguments, name=data.value, **options):
            asked.append(name)
            return images[0]

        monkeypatch.setattr(datasets, f"load_{data.value}", loader)
        assert read_few_shot(data, root=tmp_path, split=None, rotations=False) is images[0]
    assert asked == list(FewShotData)
