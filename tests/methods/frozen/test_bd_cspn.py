"""BD-CSPN against a loop over samples, and what the queries of an episode teach it."""

import math

import numpy as np
import pytest
import torch

from zsl.exceptions import InvalidInputError
from zsl.methods.frozen.bd_cspn import BDCSPN

LABEL = torch.tensor([[0, 1, 1, 2, 2, 2], [2, 0, 1, 0, 2, 1]])
OPTIONS = [
    {},
    {"n_confident": 2},
    {"n_confident": None},
    {"prior": "uniform"},
    {"prior": [1, 2, 3], "n_confident": None},
]


def draw(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def fitted(**options):
    method = BDCSPN(None, n_features=4, **options)
    method.fit_base(draw(20, 4, seed=5), torch.zeros(20, dtype=torch.int64), 1)
    return method


def cosine(x, y):
    return x @ y / np.linalg.norm(x) / np.linalg.norm(y)


def test_scores_image_by_image():
    method, support, query = fitted(n_confident=2, sharpness=4.0), draw(2, 6, 4), draw(2, 9, 4, seed=1)
    scores = method.scores(support, LABEL, query, 3)
    mean = method.base_mean.numpy()
    for e in range(2):
        S = np.array([(x - mean) / np.linalg.norm(x - mean) for x in support[e].numpy()])
        Q = np.array([(x - mean) / np.linalg.norm(x - mean) for x in query[e].numpy()])
        Q = Q + S.mean(axis=0) - Q.mean(axis=0)
        centres = [S[LABEL[e].numpy() == c].mean(axis=0) for c in range(3)]
        cosines = np.array([[cosine(x, p) for p in centres] for x in Q])
        confidence = np.exp(4 * cosines) / np.exp(4 * cosines).sum(axis=1, keepdims=True)
        for c, p in enumerate(centres):
            own = [j for j in np.argsort(-confidence[:, c]) if cosines[j].argmax() == c][:2]
            samples = np.concatenate([S[LABEL[e].numpy() == c], Q[own]])
            weights = [math.exp(4 * cosine(x, p)) for x in samples]
            rectified = np.average(samples, axis=0, weights=weights)
            np.testing.assert_allclose(scores[e, :, c], [4 * cosine(x, rectified) for x in Q], rtol=1e-9)


def test_a_single_query_is_left_where_it_is_and_its_own_class_moves_to_it():
    support, query = torch.tensor([[[1.0, 0.0], [0.0, 1.0]]]), torch.tensor([[[0.8, 0.6]]])
    found = BDCSPN(None, n_features=2, sharpness=1.0).scores(support, torch.tensor([[0, 1]]), query, 2)
    # Class 0 takes the query with the weight e^0.8 beside its sample with e^1; class 1 stays.
    x, y = math.e + 0.8 * math.exp(0.8), 0.6 * math.exp(0.8)
    expected = torch.tensor([[[(0.8 * x + 0.6 * y) / math.hypot(x, y), 0.6]]])
    torch.testing.assert_close(found, expected)


@pytest.mark.parametrize("options", OPTIONS)
def test_a_single_query_keeps_its_class_unless_a_prior_or_soft_members_say_otherwise(options):
    method, support, query = fitted(**options), draw(2, 6, 4), draw(2, 1, 4, seed=1)
    found = method.scores(support, LABEL, query, 3)
    assert found.isfinite().all()
    if options in ({}, {"n_confident": 2}, {"prior": "uniform"}):
        samples, single = method.transformed(support), method.transformed(query)
        for e in range(2):
            cosines = [cosine(single[e, 0].numpy(), samples[e][LABEL[e] == c].mean(dim=0).numpy()) for c in range(3)]
            assert found[e, 0].argmax() == int(np.argmax(cosines))


def accuracy(n_query, *, together=True, **options):
    """Two classes with one sample each and queries that are all shifted alike; mean over 40 episodes."""
    centres = torch.tensor([[3.0, 1.0, 0.0], [1.0, 3.0, 0.0]], dtype=torch.float64)
    query_label = torch.cat([torch.full((n,), c) for c, n in enumerate(n_query)])
    support = centres + 0.6 * draw(40, 2, 3)
    query = centres[query_label] + 0.6 * draw(40, len(query_label), 3, seed=1) + torch.tensor([1.5, -0.5, 0.0])
    if not together:
        support, query = support.repeat_interleave(len(query_label), dim=0), query.reshape(-1, 1, 3)
    label = torch.tensor([0, 1]).expand(len(support), 2)
    scores = BDCSPN(None, n_features=3, **options).scores(support, label, query, 2)
    return float((scores.argmax(dim=2).reshape(40, -1) == query_label).double().mean())


def test_queries_that_are_all_shifted_are_better_scored_together():
    assert accuracy((20, 20)) > accuracy((20, 20), together=False) + 0.1


def test_knowing_the_spread_of_the_queries_helps_where_it_is_uneven():
    assert accuracy((36, 4), prior=[36, 4], n_confident=None) > accuracy((36, 4), n_confident=None) + 0.1


@pytest.mark.parametrize("options", OPTIONS)
def test_laws(options):
    method, support, query = fitted(**options), draw(2, 6, 4), draw(2, 9, 4, seed=1)
    scores = method.scores(support, LABEL, query, 3)
    assert method.transductive
    order, classes, others = torch.tensor([5, 2, 0, 4, 1, 3]), torch.tensor([2, 0, 1]), torch.arange(9).flip(0)
    torch.testing.assert_close(method.scores(support[:, order], LABEL[:, order], query, 3), scores)
    torch.testing.assert_close(method.scores(support, LABEL, query[:, others], 3)[:, others], scores)
    one_by_one = [method.scores(support[e : e + 1], LABEL[e : e + 1], query[e : e + 1], 3) for e in range(2)]
    torch.testing.assert_close(torch.cat(one_by_one), scores)
    if isinstance(options.get("prior"), list):
        options = {**options, "prior": np.array(options["prior"])[classes.argsort()]}
    renamed = fitted(**options).scores(support, classes[LABEL], query, 3)[..., classes]
    torch.testing.assert_close(renamed, scores)


@pytest.mark.parametrize("options", OPTIONS)
def test_single_precision_and_gradients(options):
    method, support, query = fitted(**options), draw(2, 6, 4), draw(2, 9, 4, seed=1)
    single = method.scores(support.float(), LABEL, query.float(), 3)
    assert single.dtype == torch.float32
    torch.testing.assert_close(single.double(), method.scores(support, LABEL, query, 3), rtol=1e-3, atol=1e-4)
    support.requires_grad_()
    method.loss(support, LABEL, query, torch.arange(18).reshape(2, 9) % 3, 3).backward()
    assert support.grad.isfinite().all()
    assert (support.grad.abs().sum(dim=2) > 0).all()


def test_errors():
    with pytest.raises(InvalidInputError, match=r"sharpness=0\.0; wanted a number above 0"):
        BDCSPN(None, n_features=4, sharpness=0.0)
    with pytest.raises(InvalidInputError, match="n_confident=0; wanted None, or 1 or more"):
        BDCSPN(None, n_features=4, n_confident=0)
    with pytest.raises(InvalidInputError, match="prior has 2 numbers; wanted 3"):
        BDCSPN(None, n_features=4, prior=[1, 2]).scores(draw(2, 6, 4), LABEL, draw(2, 9, 4), 3)
