"""What is on a device stays there: with weights and samples on "meta", where only shapes are computed.

A tensor that is made on the CPU in between, which works as long as all is on the CPU, is refused there as on a GPU.
"""

import copy
from contextlib import nullcontext

import pytest
import torch
from worlds import BARE, DESCRIBED, JOINT, SUPPORTED, WAYS, data

from zsl.methods.compatibility import TrainedMethod

N_WAY = 3
LOOK = ("SharedGaussianClassifier", "SiameseClassifier", "Siamese, contrastive", "SSEClassifier")
"""These look at values, of which there are none there: a flag, which pairs differ, and a solver on the CPU."""
METHODS = [name for name in [*DESCRIBED, *BARE] if not name.startswith(("Relation", "FeatureGenerating", *JOINT))]


@pytest.fixture
def moved(request, monkeypatch):
    """A fitted method without its values."""
    monkeypatch.setattr(torch, "autocast", lambda *_, **__: nullcontext())  # doesn't know that device
    return copy.deepcopy(data(request.param).fitted(WAYS[request.param]).method_).double().to("meta")


def there(*shape, dtype=torch.float64):
    return torch.empty(*shape, dtype=dtype, device="meta")


def there_too(found):
    assert found.device.type == "meta"
    return found


@pytest.mark.parametrize("moved", [name for name in SUPPORTED if name not in LOOK], indirect=True)
def test_episodes_are_scored_and_learned_from_where_they_are(moved):
    label, target = (there(2, n, dtype=torch.long) for n in (6, 5))
    support, query, free = (moved.embed(there(2 * n, 10)).unflatten(0, (2, n)) for n in (6, 5, 4))
    assert there_too(moved.scores(support, label, query, N_WAY, free)).shape == (2, 5, N_WAY)
    there_too(moved.loss(support, label, query, target, N_WAY, free))


@pytest.mark.parametrize("moved", [name for name in METHODS if name not in LOOK], indirect=True)
def test_samples_are_scored_and_learned_from_where_they_are(moved, request):
    table = data(request.node.callspec.params["moved"]).table
    X, S = there(7, 10), there(6, 10 if table is None else len(table.attributes))
    assert there_too(moved.compare(moved.embed(X), moved.represent(S))).shape == (7, 6)
    if isinstance(moved, TrainedMethod):
        moved.train().requires_grad_(True)
        there_too(moved.loss(X, there(7, dtype=torch.long), S, torch.Generator().manual_seed(0)))
