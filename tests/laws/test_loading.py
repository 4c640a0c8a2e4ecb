"""Loading a model does nothing twice: no weights are drawn that the file replaces, and no array is printed."""

import numpy as np
import pytest
import torch
from worlds import WAYS, data

import zsl

NAMES = (
    "ALEClassifier",
    "FeatureGeneratingClassifier",
    "MetaLSTMClassifier",
    "NPlusOneClassifier",
    "Prototypical, Conv4",
    "RelationClassifier",
    "RelationNetwork, Conv4",
)


@pytest.mark.parametrize("name", NAMES)
def test_loading_draws_no_weights_and_prints_no_arrays(name, tmp_path, monkeypatch):
    world = data(name)
    world.fitted(WAYS[name]).save(tmp_path / "model")
    drawn, uniform = [], torch.Tensor.uniform_

    def draw(tensor, *bounds, **options):
        if not tensor.is_meta:
            drawn.append(tensor.numel())
        return uniform(tensor, *bounds, **options)

    def printed(tensor, **options):
        raise AssertionError("a tensor was printed")

    monkeypatch.setattr(torch.Tensor, "uniform_", draw)
    monkeypatch.setattr(torch.Tensor, "__repr__", printed)
    with np.printoptions(override_repr=printed):
        zsl.load(tmp_path / "model", encoder=world.encoder)
    assert drawn == []
