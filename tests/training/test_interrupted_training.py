"""Checkpoints of one training: when they are written, what is kept, what is done with damaged ones, how it stops."""

import errno
import json
import os
import signal
import threading

import pytest
import torch
from torch import nn

from zsl import InvalidInputError, ZSLError
from zsl.exceptions import CheckpointError
from zsl.training import Checkpoint
from zsl.training.batches import Batches
from zsl.training.journal import journaling, seed_of
from zsl.training.loop import train

N_STEPS = 20
DATA = torch.randn(30, 4, generator=torch.Generator().manual_seed(1))


class Crash(Exception):
    pass


def fit(folder, hook=lambda done: None, *, same="data", n_trainings=1, looked=None, **how):
    """What a fit does: one training after another. Returns the weights of the last one."""
    how = None if folder is None else Checkpoint(folder, **{"every_seconds": None} | how)
    with journaling(how, lambda: {"X": same, "version of zsl": "1", "version of torch": "1"}):
        seed = seed_of(0)
        for number in range(n_trainings):
            draws = torch.Generator().manual_seed(seed)
            module, batches = nn.Linear(4, 1), Batches(len(DATA), 7, draws)
            with torch.no_grad():
                module.weight.copy_(torch.randn(1, 4, generator=draws))
                module.bias.zero_()
            done = [0]

            def loss(module=module, batches=batches, done=done, number=number):
                done[0] += 1
                hook(number * N_STEPS + done[0])
                return (module(DATA[batches.draw()]) - 1).square().mean()

            options = {"parts": {"draws": draws, "batches": batches}}
            if looked is not None:
                options |= {"check": lambda step, module=module: looked.append((step, module.weight.tolist()))}
            train(module, loss, n_steps=N_STEPS, learning_rate=0.1, check_every=6, **options)
    return module.weight.detach().clone()


def crash_at(last):
    def hook(done):
        if done == last:
            raise Crash

    return hook


def crashed(folder, last, **options):
    with pytest.raises(Crash):
        fit(folder, crash_at(last), **options)


def steps(folder, kind="state"):
    return sorted(tuple(map(int, path.name.split(".")[0].split("-"))) for path in folder.glob(f"*.{kind}.safetensors"))


def test_no_checkpoint_changes_nothing(tmp_path):
    assert torch.equal(fit(None), fit(tmp_path, every_steps=3))


@pytest.mark.parametrize("last", [2, 5, 6, 7, 20])
def test_the_last_ones_are_kept_and_training_goes_on_from_the_last(tmp_path, last):
    crashed(tmp_path, last, every_steps=2, keep=2)
    saved = (last - 1) // 2 * 2
    assert steps(tmp_path) == [(1, step) for step in (saved - 2, saved) if step > 0]
    seen = []
    assert torch.equal(fit(tmp_path, seen.append), fit(None))
    assert len(seen) == N_STEPS - saved
    assert steps(tmp_path)[-1] == (1, N_STEPS)


def test_seconds(tmp_path, monkeypatch):
    now = [0.0]
    monkeypatch.setattr("zsl.training.journal.time.monotonic", lambda: now[0])

    def hook(done):
        now[0] += 1.5
        crash_at(12)(done)

    with pytest.raises(Crash):
        fit(tmp_path, hook, every_seconds=4, keep=9)
    assert steps(tmp_path) == [(1, 3), (1, 6), (1, 9)]


def test_finished_trainings_are_not_done_again_and_looked_at_again(tmp_path):
    wanted, found, seen = [], [], []
    last = fit(None, n_trainings=3, looked=wanted)
    crashed(tmp_path, 2 * N_STEPS + 15, n_trainings=3, looked=[], every_steps=5)
    assert steps(tmp_path) == [(1, 20), (2, 20), (3, 5), (3, 10)]
    assert torch.equal(fit(tmp_path, seen.append, n_trainings=3, looked=found), last)
    assert found == wanted
    assert seen == list(range(2 * N_STEPS + 1, 2 * N_STEPS + 11))


def damage(path, how):
    data = path.read_bytes()
    if how == "torn":
        path.write_bytes(data[: len(data) // 2])
    elif how == "empty":
        path.write_bytes(b"")
    else:
        place = len(data) - 3 if how == "a weight" else data.index(b'\\"fit\\"') + 4
        path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])


@pytest.mark.parametrize("how", ["torn", "empty", "a weight", "the header"])
@pytest.mark.parametrize("kind", ["state", "weights"])
def test_damaged_ones_are_left_out_and_the_one_before_is_used(tmp_path, how, kind):
    wanted, found, seen = [], [], []
    last = fit(None, looked=wanted)
    crashed(tmp_path, 16, looked=[], every_steps=5, keep=3)
    assert steps(tmp_path) == [(1, 5), (1, 10), (1, 15)]
    assert steps(tmp_path, "weights") == [(1, 6), (1, 12)]
    damage(
        tmp_path / {"state": "001-00000015.state.safetensors", "weights": "001-00000012.weights.safetensors"}[kind], how
    )
    with pytest.warns(UserWarning, match=r"left out, since it.*; the one before is used"):
        assert torch.equal(fit(tmp_path, seen.append, looked=found), last)
    assert found == wanted
    assert len(seen) == N_STEPS - 10


def test_if_all_are_damaged_training_begins_anew(tmp_path):
    crashed(tmp_path, 8, every_steps=2)
    for path in tmp_path.glob("*.safetensors"):
        damage(path, "torn")
    with pytest.warns(UserWarning, match="left out"):
        assert torch.equal(fit(tmp_path), fit(None))


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_full_disk_is_one_error_and_nothing_is_torn(tmp_path, monkeypatch, call):
    """The third checkpoint can't be written."""
    real, count = getattr(os, call), [0]

    def full(*args):
        count[0] += 1
        if count[0] == (5 if call == "fsync" else 3):  # a file and its folder are synced each time
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(*args)

    monkeypatch.setattr(os, call, full)
    with pytest.raises(CheckpointError) as found:
        fit(tmp_path, every_steps=4)
    assert "training 1 after step 12 can't be written" in str(found.value)
    assert "No space left on device" in str(found.value)
    assert "The last good checkpoint is that of training 1 after step 8" in str(found.value)
    assert isinstance(found.value, ZSLError)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        ".lock",
        "001-00000004.state.safetensors",
        "001-00000008.state.safetensors",
    ]
    seen = []
    assert torch.equal(fit(tmp_path, seen.append), fit(None))
    assert len(seen) == 12


def test_a_disk_that_is_full_indeed(tmp_path):
    """Files can't grow beyond a limit."""
    resource = pytest.importorskip("resource")
    before, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.getsignal(signal.SIGXFSZ)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (500, before[1]))
    try:
        with pytest.raises(CheckpointError, match=r"can't be written in .* \(File too large\)"):
            fit(tmp_path, every_steps=4)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM])
def test_signals_stop_after_the_step_save_and_say_how_to_go_on(tmp_path, capsys, kind):
    before, seen = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)], []

    def hook(done):
        seen.append(done)
        if done == 7:
            signal.raise_signal(kind)

    with pytest.raises(KeyboardInterrupt if kind == signal.SIGINT else SystemExit) as found:
        fit(tmp_path, hook)
    told = str(found.value) if kind == signal.SIGINT else capsys.readouterr().err
    assert kind == signal.SIGINT or found.value.code == 143
    assert told.startswith(f"Stopped by {kind.name}. The last good checkpoint is that of training 1 after step 7, in ")
    assert f"To go on, fit again with the same data, parameters and checkpoint='{tmp_path}'." in told
    assert seen == list(range(1, 8))
    assert steps(tmp_path) == [(1, 7)]
    assert [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)] == before
    assert torch.equal(fit(tmp_path), fit(None))


def test_a_second_signal_stops_at_once(tmp_path):
    def hook(done):
        if done == 7:
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)
            raise AssertionError

    with pytest.raises(KeyboardInterrupt, match="training 1 after step 5"):
        fit(tmp_path, hook, every_steps=5)
    assert torch.equal(fit(tmp_path), fit(None))


def test_between_trainings_a_signal_stops_at_once(tmp_path):
    with journaling(tmp_path, dict), pytest.raises(KeyboardInterrupt, match=r"no checkpoint in .* yet"):
        signal.raise_signal(signal.SIGINT)


def test_a_signal_while_finished_training_is_restored_is_not_lost(tmp_path):
    class Looked(list):
        def append(self, one):
            super().append(one)
            if len(self) == 2:
                signal.raise_signal(signal.SIGINT)

    fit(tmp_path, looked=[])
    looked = Looked()
    with pytest.raises(KeyboardInterrupt, match="training 1 after step 20"):
        fit(tmp_path, looked=looked)
    assert [step for step, _ in looked] == [6, 12, 18, 20]


def test_handlers_of_the_program_stay_in_force(tmp_path):
    seen = []
    before = signal.signal(signal.SIGTERM, lambda kind, frame: seen.append(kind))
    try:
        fit(tmp_path, lambda done: signal.raise_signal(signal.SIGTERM) if done == 3 else None)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert seen == [signal.SIGTERM]
    assert steps(tmp_path) == [(1, N_STEPS)]


def test_without_a_checkpoint_signals_are_left_alone():
    def hook(done):
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler

    fit(None, hook)


def test_other_threads_save_too(tmp_path):
    found = []
    thread = threading.Thread(target=lambda: found.append(fit(tmp_path, every_steps=6)))
    thread.start()
    thread.join()
    assert torch.equal(found[0], fit(None))


def test_two_fits_need_two_folders(tmp_path):
    def hook(done):
        if done == 2:
            fit(tmp_path)

    with pytest.raises(InvalidInputError, match="is in use by another fit; wanted a folder for this one alone"):
        fit(tmp_path, hook)


def test_other_files_stay_and_strays_of_a_crash_go(tmp_path):
    notes, stray = tmp_path / "NOTES.md", tmp_path / ".zsl-0123456789abcdef.tmp"
    notes.write_text("mine")
    stray.write_text("half")
    fit(tmp_path)
    assert notes.read_text() == "mine"
    assert not stray.exists()


def test_what_is_no_folder(tmp_path):
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(CheckpointError, match="is no folder that can be written to"):
            fit(path)


def test_other_sizes_are_refused(tmp_path, monkeypatch):
    crashed(tmp_path, 8, every_steps=2)
    monkeypatch.setattr("test_interrupted_training.N_STEPS", 30)
    with pytest.raises(InvalidInputError, match="training 1 is of another length or other sizes there"):
        fit(tmp_path)


def test_other_versions_are_warned_of(tmp_path):
    crashed(tmp_path, 8, every_steps=2)
    how = {"X": "data", "version of zsl": "1", "version of torch": "2"}
    with pytest.warns(UserWarning, match="other versions of torch"), journaling(tmp_path, lambda: how):
        seed_of(0)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (3, "checkpoint is a int; wanted a path, or a Checkpoint"),
        (b"folder", "checkpoint is a bytes; wanted a path"),
        ("", "folder is an empty path"),
        ({"folder": 3}, "folder=3; wanted a path"),
        ({"every_seconds": 0}, "every_seconds=0; wanted a number above 0, or None"),
        ({"every_seconds": float("nan")}, "every_seconds=nan; wanted a number above 0"),
        ({"every_seconds": True}, "every_seconds=True; wanted"),
        ({"every_steps": 1.5}, "every_steps=1.5; wanted a whole number of 1 or more, or None"),
        ({"keep": 0}, "keep=0; wanted a whole number of 1 or more"),
        ({"keep": None}, "keep=None; wanted a whole number"),
    ],
)
def test_bad_arguments(given, message):
    with (
        pytest.raises(InvalidInputError, match=message),
        journaling(Checkpoint(**{"folder": "x"} | given) if isinstance(given, dict) else given, dict),
    ):
        pass


def test_files_can_be_read_with_safetensors_alone(tmp_path):
    from safetensors import safe_open

    fit(tmp_path)
    with safe_open(tmp_path / "001-00000020.state.safetensors", "pt") as file:
        content = json.loads(file.metadata()["content"])
    assert content["fit"]["X"] == "data"
    assert content["plan"]["n_steps"] == N_STEPS
