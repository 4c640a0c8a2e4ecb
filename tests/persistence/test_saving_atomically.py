"""Saving: at every moment the old model or the new one stands at the path, and nothing of anybody else's is lost."""

import errno
import os
import stat
import threading

import numpy as np
import pytest
from saved import tensors_of

from zsl import ESZSLClassifier, InvalidInputError, ModelFileError, load
from zsl.datasets import make_zero_shot

WORLD = make_zero_shot(8, 3, n_features=12, n_attributes=5, n_per_class=8, random_state=0)
CALLS = ("open", "replace", "fsync", "unlink", "mkdir")


class Stopped(BaseException):
    """The process ends here."""


@pytest.fixture(scope="module")
def models():
    """Two models that differ."""
    kind = ESZSLClassifier(semantics=WORLD.semantics, cv=None)
    first = kind.fit(WORLD.X_train, WORLD.y_train)
    return first, ESZSLClassifier(semantics=WORLD.semantics, cv=None).fit(WORLD.X_train[:40], WORLD.y_train[:40])


def scores(estimator):
    return estimator.class_scores(WORLD.X_test_seen[:5])


def stands(folder, *models):
    """Which of the models stands in a folder."""
    found = scores(load(folder))
    (place,) = [place for place, model in enumerate(models) if np.array_equal(found, scores(model))]
    return place


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def stop_at(monkeypatch, step, what):
    """Let the n-th call that changes the disk raise."""
    left = [step]

    def counted(real):
        def function(*args, **kwargs):
            left[0] -= 1
            if not left[0]:
                raise what
            return real(*args, **kwargs)

        return function

    for name in CALLS:
        monkeypatch.setattr(os, name, counted(getattr(os, name)))
    return left


@pytest.mark.parametrize("what", [Stopped(), OSError(errno.ENOSPC, "No space left on device")], ids=["stop", "full"])
@pytest.mark.parametrize("is_new", [False, True], ids=["over an old one", "at a new path"])
def test_whatever_ends_a_save_a_whole_model_stands_there(models, tmp_path, monkeypatch, is_new, what):
    old, new = models
    for step in range(1, 40):
        folder = tmp_path / f"m{step}"
        if not is_new:
            old.save(folder)
        with monkeypatch.context() as patch:
            left = stop_at(patch, step, what)
            message = ""
            try:
                new.save(folder)
            except (Stopped, ModelFileError, InvalidInputError) as error:
                message = str(error) or "stopped"
        if not (folder / "model.json").exists():
            assert is_new
            assert message
        else:
            assert stands(folder, old, new) == 1 or (message and not is_new)
        assert not message or isinstance(what, Stopped) or "(No space left" in message
        new.save(folder)
        assert names(folder) == ["model.json", tensors_of(folder).name]
        if left[0] > 0:
            break
    assert step > 10


def test_other_files_stay(models, tmp_path):
    models[0].save(tmp_path / "m")
    (tmp_path / "m" / "NOTES.md").write_text("mine")
    (tmp_path / "m" / "figures").mkdir()
    models[1].save(tmp_path / "m")
    assert names(tmp_path / "m") == ["NOTES.md", "figures", "model.json", tensors_of(tmp_path / "m").name]
    assert stands(tmp_path / "m", *models) == 1


def test_what_earlier_versions_and_writers_left_is_removed(models, tmp_path):
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / ".zsl-0123456789abcdef.tmp").write_text("half a model")
    (tmp_path / "m" / "tensors-0123456789abcdef.safetensors").write_text("half a model")
    models[0].save(tmp_path / "m")
    (tmp_path / "m" / "tensors.safetensors").write_text("of format 3")
    models[1].save(tmp_path / "m")
    assert names(tmp_path / "m") == ["model.json", tensors_of(tmp_path / "m").name]


def test_a_folder_of_somebody_else_is_left_alone(models, tmp_path):
    (tmp_path / "model.json").write_text('{"format": "layers-model"}')
    with pytest.raises(InvalidInputError, match="is no saved model"):
        models[0].save(tmp_path)
    assert names(tmp_path) == ["model.json"]


def test_a_link_is_followed(models, tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "real")
    for place, model in enumerate(models):
        model.save(tmp_path / "link")
        assert (tmp_path / "link").is_symlink()
        assert stands(tmp_path / "real", *models) == stands(tmp_path / "link", *models) == place


def test_permissions_are_those_of_the_umask(models, tmp_path):
    before = os.umask(0o077)
    try:
        models[0].save(tmp_path / "m")
    finally:
        os.umask(before)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in ((tmp_path / "m"), *(tmp_path / "m").iterdir())}
    assert set(modes.values()) == {0o700, 0o600}
    assert modes["m"] == 0o700


def test_places_that_cannot_be_written(models, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises((ModelFileError, InvalidInputError), match="path="):
        models[0].save(tmp_path / "file" / "m")
    for path in (3, "a\0b"):
        with pytest.raises(InvalidInputError, match="wanted the path of a folder"):
            models[0].save(path)
        with pytest.raises(InvalidInputError, match="wanted the path of a folder"):
            load(path)


def test_readers_and_writers_at_a_time(models, tmp_path):
    models[0].save(tmp_path / "m")
    done = threading.Event()
    problems = []

    def write(order):
        while not done.is_set():
            for model in order:
                model.save(tmp_path / "m")

    def guarded(order):
        try:
            write(order)
        except BaseException as error:
            problems.append(error)

    threads = [threading.Thread(target=guarded, args=(order,)) for order in (models, models[::-1])]
    for thread in threads:
        thread.start()
    try:
        found = [stands(tmp_path / "m", *models) for _ in range(25)]
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert not problems
    assert set(found) <= {0, 1}
    assert names(tmp_path / "m") == ["model.json", tensors_of(tmp_path / "m").name]
