"""The cache of support samples against loops over samples and numbers worked by hand."""

import math

import numpy as np
import pytest
import torch

from zsl.exceptions import InvalidInputError
from zsl.methods.frozen.tip_adapter import TipAdapter

LABEL = torch.tensor([[0, 1, 1, 2, 2, 2], [2, 0, 1, 0, 2, 1]])


def draw(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def fitted(**options):
    method = TipAdapter(None, n_features=4, **options)
    method.fit_base(draw(20, 4, seed=5) + 1, torch.zeros(20, dtype=torch.int64), 1)
    return method


def test_scores_by_hand():
    method = TipAdapter(None, n_features=2, sharpness=2.0, cache_weight=3.0, scale=5.0)
    support = torch.tensor([[[2.0, 0.0], [0.0, 4.0], [-1.0, 0.0]]])
    found = method.scores(support, torch.tensor([[0, 0, 1]]), torch.tensor([[[7.0, 0.0]]]), 2)
    # Class 0: prototype at 45 degrees, samples with the cosines 1 and 0. Class 1: one sample with the cosine -1.
    expected = [5 * math.sqrt(0.5) + 3 * (1 + math.exp(-2)) / 2, -5 + 3 * math.exp(-4)]
    torch.testing.assert_close(found, torch.tensor([[expected]]))


@pytest.mark.parametrize("transform", ["cl2n", "l2n", "none"])
def test_scores_image_by_image(transform):
    method = fitted(transform=transform, sharpness=3.0, cache_weight=2.0, scale=7.0)
    support, query = draw(2, 6, 4), draw(2, 5, 4, seed=1)
    scores = method.scores(support, LABEL, query, 3)
    shift = method.base_mean.numpy() if transform == "cl2n" else 0
    for e in range(2):
        samples = [(x - shift) / np.linalg.norm(x - shift) for x in support[e].numpy()]
        for j, x in enumerate(query[e].numpy()):
            x = (x - shift) / np.linalg.norm(x - shift)
            for c in range(3):
                own = [sample for sample, y in zip(samples, LABEL[e], strict=True) if y == c]
                prototype = sum(own) / np.linalg.norm(sum(own))
                nearness = [math.exp(-3 * (1 - x @ sample)) for sample in own]
                expected = 7 * (x @ prototype) + 2 * sum(nearness) / len(own)
                assert float(scores[e, j, c]) == pytest.approx(expected)


def test_one_image_a_class_is_ranked_by_its_cosine():
    method, support, query = TipAdapter(None, n_features=4), draw(1, 5, 4), draw(1, 20, 4, seed=1)
    scores = method.scores(support, torch.arange(5)[None], query, 5)
    cosines = torch.nn.functional.cosine_similarity(query[0][:, None], support[0], dim=2)
    assert torch.equal(scores[0].argsort(dim=1), cosines.argsort(dim=1))


def test_the_cache_knows_a_class_of_two_clusters_and_a_copy_of_an_image_gains_nothing():
    support = torch.tensor([[[1.0, 0.0], [-1.0, 0.01], [0.6, 0.8]]])  # class 0 lies on both sides of its prototype
    query = torch.tensor([[[1.0, 0.1], [-1.0, 0.1]]])
    label = torch.tensor([[0, 0, 1]])
    cached = TipAdapter(None, n_features=2, scale=0.0, sharpness=20.0)
    assert cached.scores(support, label, query, 2).argmax(dim=2).tolist() == [[0, 0]]
    plain = TipAdapter(None, n_features=2, cache_weight=0.0)
    assert plain.scores(support, label, query, 2)[0, 0].argmax() == 1
    twice = torch.cat([support, support[:, 2:]], dim=1)
    torch.testing.assert_close(
        cached.scores(twice, torch.tensor([[0, 0, 1, 1]]), query, 2), cached.scores(support, label, query, 2)
    )


def test_laws():
    method, support, query = fitted(), draw(2, 6, 4), draw(2, 5, 4, seed=1)
    scores = method.scores(support, LABEL, query, 3)
    order, classes = torch.tensor([5, 2, 0, 4, 1, 3]), torch.tensor([2, 0, 1])
    torch.testing.assert_close(method.scores(support[:, order], LABEL[:, order], query, 3), scores)
    torch.testing.assert_close(method.scores(support, classes[LABEL], query, 3)[..., classes], scores)
    one_by_one = [
        method.scores(support[e : e + 1], LABEL[e : e + 1], query[e : e + 1, j : j + 1], 3)
        for e in range(2)
        for j in range(5)
    ]
    torch.testing.assert_close(torch.cat(one_by_one).reshape(2, 5, 3), scores)
    assert not method.transductive


def test_single_precision():
    method, support, query = fitted(), draw(2, 6, 4), draw(2, 5, 4, seed=1)
    single = method.scores(support.float(), LABEL, query.float(), 3)
    assert single.dtype == torch.float32
    torch.testing.assert_close(single.double(), method.scores(support, LABEL, query, 3), rtol=1e-4, atol=1e-4)


def test_errors():
    with pytest.raises(InvalidInputError, match=r"sharpness=0\.0; wanted a number above 0"):
        TipAdapter(None, n_features=4, sharpness=0.0)
    with pytest.raises(InvalidInputError, match=r"cache_weight=-1.0 and scale=10.0; wanted numbers of 0 or more"):
        TipAdapter(None, n_features=4, cache_weight=-1.0)
    with pytest.raises(InvalidInputError, match=r"cache_weight=10.0 and scale=nan; wanted numbers of 0 or more"):
        TipAdapter(None, n_features=4, scale=math.nan)
