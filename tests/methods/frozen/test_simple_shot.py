"""SimpleShot against scikit-learn's nearest centroid and against numbers worked by hand."""

import pytest
import torch
from sklearn.neighbors import NearestCentroid

from zsl.exceptions import InvalidInputError
from zsl.methods.frozen.simple_shot import SimpleShot

LABEL = torch.tensor([[0, 1, 1, 2, 2, 2], [2, 0, 1, 0, 2, 1]])
TRANSFORMS = ["cl2n", "l2n", "none"]


def draw(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def fitted(transform, **options):
    method = SimpleShot(None, n_features=4, transform=transform, **options)
    method.fit_base(draw(20, 4, seed=5) + 1, torch.zeros(20, dtype=torch.int64), 1)
    return method


def test_scores_by_hand():
    method = SimpleShot(None, n_features=2)
    method.fit_base(torch.tensor([[0.0, 0.0], [2.0, 2.0]]), torch.tensor([0, 1]), 2)
    support = torch.tensor([[[3.0, 1.0], [1.0, 5.0], [-1.0, 1.0]]])  # (1, 0), (0, 1), (-1, 0) from (1, 1), of length 1
    query = torch.tensor([[[1.0, 9.0]]])  # (0, 1)
    # Class 0 has the mean (1/2, 1/2), class 1 is (-1, 0).
    found = method.scores(support, torch.tensor([[0, 0, 1]]), query, 2)
    torch.testing.assert_close(found, torch.tensor([[[-0.5, -2.0]]]))


@pytest.mark.parametrize("transform", TRANSFORMS)
def test_labels_are_those_of_the_nearest_centroid(transform):
    method, support, query = fitted(transform), draw(2, 6, 4) + 1, draw(2, 30, 4, seed=1) + 1
    scores = method.scores(support, LABEL, query, 3)
    samples, queries = method.transformed(support).numpy(), method.transformed(query).numpy()
    for e in range(2):
        centroids = NearestCentroid().fit(samples[e], LABEL[e].numpy())
        assert scores[e].argmax(dim=1).tolist() == centroids.predict(queries[e]).tolist()


def test_what_each_transform_does():
    x, mean = draw(7, 4), fitted("none").base_mean
    torch.testing.assert_close(fitted("none").transformed(x), x)
    torch.testing.assert_close(fitted("l2n").transformed(x), x / x.norm(dim=1, keepdim=True))
    centred = x - mean
    torch.testing.assert_close(fitted("cl2n").transformed(x), centred / centred.norm(dim=1, keepdim=True))


def test_without_base_classes_nothing_is_centred():
    support, query = draw(2, 6, 4), draw(2, 5, 4, seed=1)
    plain, centred = (SimpleShot(None, n_features=4, transform=t) for t in ("l2n", "cl2n"))
    torch.testing.assert_close(
        centred.scores(support, LABEL, query, 3), plain.scores(support, LABEL, query, 3), rtol=0, atol=0
    )


@pytest.mark.parametrize("transform", TRANSFORMS)
def test_laws(transform):
    method, support, query = fitted(transform), draw(2, 6, 4), draw(2, 5, 4, seed=1)
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


def test_single_precision_and_the_state():
    method, support, query = fitted("cl2n"), draw(2, 6, 4), draw(2, 5, 4, seed=1)
    scores = method.scores(support, LABEL, query, 3)
    single = method.scores(support.float(), LABEL, query.float(), 3)
    assert single.dtype == torch.float32
    torch.testing.assert_close(single.double(), scores, rtol=1e-4, atol=1e-5)
    other = SimpleShot(None, n_features=4).double()
    other.load_state_dict(method.state_dict())
    assert torch.equal(other.scores(support, LABEL, query, 3), scores)


def test_errors():
    method = SimpleShot(None, n_features=4)
    for shape in [(0, 4), (5, 3)]:
        with pytest.raises(InvalidInputError, match=rf"features has the shape \({shape[0]}, {shape[1]}\); wanted 1 or"):
            method.fit_base(torch.zeros(shape), torch.zeros(shape[0], dtype=torch.int64), 1)
