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
    module, value = quadratic()
    factors = iter([1.0, 1.0, float("nan"), 1.0])
    with pytest.raises(ZSLError, match=r"loss is nan in step 3 of 4; wanted a finite number.*learning_rate may help"):
        train(module, lambda: value() * next(factors), n_steps=4, learning_rate=0.1)
    assert next(factors) == 1.0  # no step was taken with it, nor after it
    assert torch.isfinite(module.weight).all()


def test_the_likely_cause_of_a_loss_that_is_no_number():
    module, value = quadratic()

    def cause(loss, **options):
        with pytest.raises(ZSLError) as found:
            train(module, loss, n_steps=4, learning_rate=0.1, **options)
        return str(found.value)

    samples = torch.tensor([1.0, torch.inf])
    assert "aren't finite once they are in single precision" in cause(lambda: value() * samples.sum(), inputs=[samples])
    large = torch.tensor([1e30])
    assert "up to 1e+30; values of smaller size may help" in cause(lambda: (value() * large).square(), inputs=[large])
    with torch.no_grad():
        module.weight[0, 0] = torch.nan
    assert "Weights are infinite or NaN since the step before" in cause(value, inputs=[large])


@pytest.mark.parametrize("terminal", [True, False])
@pytest.mark.parametrize("progress", ["fitting", None])
def test_progress_shows_on_a_terminal_only(monkeypatch, terminal, progress):
    bars = []

    def bar(**options):
        bars.append(options)
        return tqdm(**options | {"disable": True})

    monkeypatch.setattr("zsl._progress.tqdm", bar)
    monkeypatch.setattr("sys.stderr", SimpleNamespace(isatty=lambda: terminal))
    module, loss = quadratic()
    train(module, loss, n_steps=3, learning_rate=0.1, progress=progress)
    assert bars[0]["disable"] == (not terminal or progress is None)
    assert bars[0]["desc"] == (progress or "steps")
