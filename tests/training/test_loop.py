"""The training loop on problems with a known answer."""

from types import SimpleNamespace

import pytest
import torch
from torch import nn
from tqdm import tqdm

from zsl.exceptions import ZSLError
from zsl.training.loop import train


def quadratic():
    weights = nn.Linear(2, 1, bias=False)
    return weights, lambda: (weights.weight - torch.tensor([[1.0, -2.0]])).square().sum()


def test_finds_the_minimum_and_checks_on_the_way(capsys):
    module, value = quadratic()
    seen, modes = [], set()

    def loss():
        modes.add(module.training)
        return value()

    def check(done):
        seen.append((done, module.training, torch.is_grad_enabled()))

    train(module, loss, n_steps=250, learning_rate=0.1, check=check, check_every=100)
    torch.testing.assert_close(module.weight.detach(), torch.tensor([[1.0, -2.0]]), atol=1e-2, rtol=0)
    assert seen == [(100, False, False), (200, False, False), (250, False, False)]
    assert modes == {True}  # a check in between leaves the module in training mode
    assert not module.training
    assert capsys.readouterr().err == ""


def test_rate_falls_along_half_a_cosine():
    module = nn.Linear(1, 1, bias=False)
    with torch.no_grad():
        module.weight.fill_(0)
    places = []

    def loss():
        places.append(module.weight.item())
        return -module.weight.sum()

    train(module, loss, n_steps=4, learning_rate=1.0)
    places.append(module.weight.item())
    steps = torch.tensor(places).diff()
    expected = 0.5 * (1 + torch.cos(torch.pi * torch.arange(4) / 4))  # Adam's step is the rate for a constant gradient
    torch.testing.assert_close(steps, expected, atol=1e-4, rtol=0)


def test_stops_when_the_loss_is_no_number():
    module, _ = quadratic()
    with pytest.raises(ZSLError, match="loss is nan after 3 steps"):
        train(module, lambda: module.weight.sum() * float("nan"), n_steps=3, learning_rate=0.1)


@pytest.mark.parametrize("terminal", [True, False])
@pytest.mark.parametrize("progress", ["fitting", None])
def test_progress_shows_on_a_terminal_only(monkeypatch, terminal, progress):
    bars = []

    def bar(**options):
        bars.append(options)
        return tqdm(**options | {"disable": True})

    monkeypatch.setattr("zsl.training.loop.tqdm", bar)
    monkeypatch.setattr("sys.stderr", SimpleNamespace(isatty=lambda: terminal))
    module, loss = quadratic()
    train(module, loss, n_steps=3, learning_rate=0.1, progress=progress)
    assert bars[0]["disable"] == (not terminal or progress is None)
    assert bars[0]["desc"] == progress
