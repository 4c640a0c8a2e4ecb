"""LaplacianShot against updates written out query by query, and what neighbours teach it."""

import math

import numpy as np
import pytest
import torch

from zsl.exceptions import InvalidInputError
from zsl.functional.clusters.transduction import rectified
from zsl.methods.frozen.laplacian_shot import LaplacianShot

LABEL = torch.tensor([[0, 1, 1, 2, 2, 2], [2, 0, 1, 0, 2, 1]])
OPTIONS = [{}, {"n_neighbors": 20, "strength": 0.1}, {"prior": "uniform"}, {"prior": [1, 2, 3]}]


def draw(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def fitted(**options):
    method = LaplacianShot(None, n_features=4, **options)
    method.fit_base(draw(20, 4, seed=5), torch.zeros(20, dtype=torch.int64), 1)
    return method


def softmax(z):
    return np.exp(z) / np.exp(z).sum()


@pytest.mark.parametrize("n_iterations", [0, 1, 20])
@pytest.mark.parametrize("n_neighbors", [1, 3, 50])
def test_updates_query_by_query(n_neighbors, n_iterations):
    method = fitted(n_neighbors=n_neighbors, n_iterations=n_iterations, strength=0.9)
    support, query = draw(2, 6, 4), draw(2, 9, 4, seed=1)
    scores = method.scores(support, LABEL, query, 3)
    shifted, centres = rectified(method.transformed(support), LABEL, method.transformed(query), 3, sharpness=10.0)
    for e in range(2):
        X, P = shifted[e].numpy(), centres[e].numpy()
        unary = np.array([[((x - p) ** 2).sum() for p in P] for x in X])
        near = []
        for j in range(9):
            others = sorted((k for k in range(9) if k != j), key=lambda k: ((X[j] - X[k]) ** 2).sum())
            near.append(others[:n_neighbors])
        Y = np.array([softmax(-a) for a in unary])
        for _ in range(n_iterations):
            Y = np.array([softmax(-unary[j] + 0.9 * sum(Y[k] for k in near[j])) for j in range(9)])
        np.testing.assert_allclose(scores[e].exp(), Y, rtol=1e-9)


def test_a_single_query_by_hand():
    support, query = torch.tensor([[[1.0, 0.0], [0.0, 1.0]]]), torch.tensor([[[0.8, 0.6]]])
    found = LaplacianShot(None, n_features=2, sharpness=1.0).scores(support, torch.tensor([[0, 1]]), query, 2)
    # It has no shift and no neighbours; both prototypes take it in, by e^cos times its soft label.
    soft = softmax(np.array([0.8, 0.6]))
    distances = []
    for sample, share, cos in zip(np.eye(2), soft, (0.8, 0.6), strict=True):
        x = np.array([0.8, 0.6])
        centre = (math.e * sample + share * math.exp(cos) * x) / (math.e + share * math.exp(cos))
        distances.append(((x - centre) ** 2).sum())
    np.testing.assert_allclose(found[0, 0].exp(), softmax(-np.array(distances)), rtol=1e-5)


def test_a_query_in_doubt_follows_its_neighbours():
    support = torch.tensor([[[2.0, 0.0], [-2.0, 0.0]]])
    # The last query is a little nearer to class 1, its neighbour is clearly nearer to class 0. Nothing is shifted.
    query = torch.tensor([[[0.3, 0.0], [0.5, 0.0], [0.6, 0.0], [-1.2, 0.0], [-0.2, 0.0]]])
    found = []
    for strength in (0.0, 1.0):
        method = LaplacianShot(None, n_features=2, transform="none", n_neighbors=1, strength=strength)
        found.append(method.scores(support, torch.tensor([[0, 1]]), query, 2)[0].argmax(dim=1).tolist())
    assert found == [[0, 0, 0, 1, 1], [0, 0, 0, 1, 0]]


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("n_query", [1, 2, 3, 9])
def test_scores_are_probabilities_however_few_queries_there_are(n_query, options):
    scores = fitted(**options).scores(draw(2, 6, 4), LABEL, draw(2, n_query, 4, seed=1), 3)
    assert scores.isfinite().all()
    torch.testing.assert_close(scores.exp().sum(dim=2), torch.ones(2, n_query, dtype=torch.float64))


def test_labels_are_spread_as_the_prior_says():
    prior = torch.tensor([0.2, 0.3, 0.5], dtype=torch.float64)
    shares = fitted(prior=prior).scores(draw(2, 6, 4), LABEL, draw(2, 60, 4, seed=1), 3).exp().mean(dim=1)
    torch.testing.assert_close(shares, prior.expand(2, 3), rtol=0, atol=0.005)


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
    with pytest.raises(InvalidInputError, match="n_neighbors=0 and n_iterations=20; wanted 1 or more, and 0 or more"):
        LaplacianShot(None, n_features=4, n_neighbors=0)
    with pytest.raises(InvalidInputError, match="n_neighbors=3 and n_iterations=-1; wanted 1 or more, and 0 or more"):
        LaplacianShot(None, n_features=4, n_iterations=-1)
    with pytest.raises(InvalidInputError, match=r"strength=-0.1 and sharpness=10.0; wanted 0 or more, and above 0"):
        LaplacianShot(None, n_features=4, strength=-0.1)
    with pytest.raises(InvalidInputError, match=r"strength=0.7 and sharpness=0.0; wanted 0 or more, and above 0"):
        LaplacianShot(None, n_features=4, sharpness=0.0)
    with pytest.raises(InvalidInputError, match=r"prior has the number 0\.0; wanted finite numbers above 0"):
        LaplacianShot(None, n_features=4, prior=[0.0, 1.0])
