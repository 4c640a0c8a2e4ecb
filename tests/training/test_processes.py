"""Two processes under a launcher: the weights of one, from shared steps, and an end that is told when one is killed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from several_processes import NAMES, trained

from zsl.exceptions import LostProcessError
from zsl.training.processes.world import World

PROGRAM = Path(__file__).parents[1] / "several_processes.py"
CONFIG = """
[data]
name = "omniglot"
[estimator]
class = "PrototypicalClassifier"
backbone = "conv4"
n_way = 3
n_query = 1
n_episodes = {}
[evaluation]
episodes = 20
queries = 2
forms = [[2, 1]]
"""
pytestmark = pytest.mark.skipif(not torch.distributed.is_available(), reason="PyTorch was built without distributed")


def launched(*arguments, folder, processes=2):
    """The program in so many processes, with what it prints in files of the folder."""
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", str(processes)]
    root = str(PROGRAM.parents[1])
    settings = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": root}
    with open(folder / "out.txt", "w") as out, open(folder / "err.txt", "w") as err:
        return subprocess.Popen(
            [*command, str(PROGRAM), *map(str, arguments)], cwd=folder, env=settings, stdout=out, stderr=err
        )


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """What each of two processes ended with."""
    folder = tmp_path_factory.mktemp("both")
    assert launched("trained", folder, folder=folder).wait(300) == 0, (folder / "err.txt").read_text()
    return [torch.load(folder / f"{rank}.pt", weights_only=True) for rank in range(2)]


@pytest.mark.parametrize("name", NAMES)
def test_two_processes_train_the_weights_of_one(both, name):
    alone = trained(name)
    assert alone
    for key, weights in alone.items():
        torch.testing.assert_close(both[0][name][key], weights, rtol=1e-7, atol=1e-8)
        assert torch.equal(both[0][name][key], both[1][name][key])


def test_processes_embed_shares_of_a_step_and_agree_on_what_no_seed_was_given_for(both):
    first, second = (found["fits"] for found in both)
    assert [a + b for a, b in zip(first["sizes"], second["sizes"], strict=True)] == [9, 9]  # 3 classes, 1 + 2 samples
    assert all(torch.equal(value, second["ale"][name]) for name, value in first["ale"].items())


def test_shares_are_disjoint_and_cover_everything():
    for n, size in ((7, 3), (4, 4), (2, 3), (0, 2)):
        shares = [list(range(n))[World(rank, size).share(n)] for rank in range(size)]
        assert [number for own in shares for number in own] == list(range(n))
        assert max(map(len, shares)) - min(map(len, shares)) <= 1


def test_a_group_that_is_gone_is_one_clear_error():
    with pytest.raises((LostProcessError, ValueError)):
        World(1, 2).summed(torch.ones(1))


@pytest.mark.slow
@pytest.mark.parametrize("rank", [0, 1])
def test_a_killed_process_ends_the_job_and_its_checkpoint_goes_on(tmp_path, rank):
    (tmp_path / "config.toml").write_text(CONFIG.format(4000))
    arguments = ["zsl", "train", "config.toml", "-o", "model", "--checkpoint-minutes", "0.01"]
    job = launched(*arguments, folder=tmp_path)
    began = time.monotonic()
    while not list(tmp_path.glob("model.checkpoint/*.safetensors")):
        assert time.monotonic() - began < 120
        assert job.poll() is None, (tmp_path / "err.txt").read_text()
        time.sleep(0.2)
    time.sleep(1)
    children = subprocess.run(["pgrep", "-P", str(job.pid)], capture_output=True, text=True, check=True).stdout.split()
    os.kill(sorted(map(int, children))[rank], signal.SIGKILL)
    assert job.wait(120) != 0
    assert not (tmp_path / "model").exists()
    if rank:  # the first process is there to tell it
        told = (tmp_path / "err.txt").read_text()
        assert "Another of the 2 processes has ended" in told
        assert "--resume" in told
    (tmp_path / "config.toml").write_text(CONFIG.format(4000))
    again = launched(*arguments, "--resume", folder=tmp_path, processes=1)
    assert again.wait(300) == 0, (tmp_path / "err.txt").read_text()
    assert (tmp_path / "model").exists()
