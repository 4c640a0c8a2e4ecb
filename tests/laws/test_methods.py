"""What every method obeys, whatever it computes: those of the fitted estimators of the catalogue and its variants."""

import pytest
import torch
from worlds import BARE, DESCRIBED, JOINT, SUPPORTED, WAYS, data

from zsl.methods.compatibility import CompatibilityMethod
from zsl.methods.few_shot import FewShotMethod

N_WAY = 3
LABEL = torch.tensor([[0, 2, 1, 2, 0, 1], [1, 1, 0, 2, 2, 0]])


def draw(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def near(actual, wanted):
    torch.testing.assert_close(actual, wanted, rtol=1e-8, atol=1e-8)


@pytest.fixture(params=SUPPORTED)
def few(request):
    """A few-shot method in double precision."""
    method = data(request.param).fitted(WAYS[request.param]).method_
    assert isinstance(method, FewShotMethod)
    return method


@pytest.fixture
def episodes(few):
    """Embedded support, queries and samples without a label of two episodes."""
    return [few.embed(draw(2 * n, 10, seed=n)).unflatten(0, (2, n)) for n in (6, 5, 4)]


def test_episodes_of_a_batch_are_scored_each_on_its_own(few, episodes):
    support, query, free = episodes
    for unlabeled in (None, free):
        scores = few.scores(support, LABEL, query, N_WAY, unlabeled)
        assert scores.shape == (2, 5, N_WAY)
        for place in range(2):
            one = slice(place, place + 1)
            rest = None if unlabeled is None else unlabeled[one]
            near(few.scores(support[one], LABEL[one], query[one], N_WAY, rest), scores[one])


def test_the_order_of_the_support_does_not_matter(few, episodes):
    support, query, _ = episodes
    order = torch.tensor([3, 0, 5, 1, 4, 2])
    near(few.scores(support[:, order], LABEL[:, order], query, N_WAY), few.scores(support, LABEL, query, N_WAY))


def test_class_numbers_are_names(few, episodes):
    support, query, free = episodes
    other = torch.tensor([2, 0, 1])
    scores = few.scores(support, LABEL, query, N_WAY, free)
    near(few.scores(support, other[LABEL], query, N_WAY, free)[..., other], scores)


def test_queries_go_with_their_scores(few, episodes):
    support, query, _ = episodes
    order = torch.tensor([4, 2, 0, 3, 1])
    scores = few.scores(support, LABEL, query, N_WAY)
    near(few.scores(support, LABEL, query[:, order], N_WAY), scores[:, order])
    alone = torch.cat([few.scores(support, LABEL, query[:, j : j + 1], N_WAY) for j in range(5)], dim=1)
    if few.transductive:
        assert (alone - scores).abs().max() > 1e-3 * scores.abs().max()
    else:
        near(alone, scores)


# Networks with a memory are trained on presentations in a random order.
@pytest.mark.parametrize("few", [name for name in SUPPORTED if not name.startswith("Memory")], indirect=True)
def test_the_loss_is_the_mean_over_episodes(few, episodes):
    support, query, free = episodes
    target = torch.tensor([[0, 1, 2, 0, 1], [2, 2, 1, 0, 0]])
    parts = [(support[i : i + 1], LABEL[i : i + 1], query[i : i + 1], target[i : i + 1]) for i in range(2)]
    loss = few.loss(support, LABEL, query, target, N_WAY, free)
    assert loss.shape == ()
    near(loss, sum(few.loss(*part, N_WAY, free[i : i + 1]) for i, part in enumerate(parts)) / 2)


METHODS = [name for name in [*DESCRIBED, *BARE] if not name.startswith(("Relation", "FeatureGenerating", *JOINT))]


@pytest.fixture(params=METHODS)
def compared(request):
    """A method for semantics, with samples and rows of classes."""
    found = data(request.param)
    method = found.fitted(WAYS[request.param]).method_
    assert isinstance(method, CompatibilityMethod)
    width = 10 if found.table is None else len(found.table.attributes)
    return method, draw(7, 10), torch.nn.functional.normalize(draw(6, width, seed=1), dim=1)


def test_samples_and_classes_are_embedded_each_on_its_own(compared):
    method, X, S = compared
    for function, rows in ((method.embed, X), (method.represent, S)):
        together = function(rows)
        near(torch.cat([function(row[None]) for row in rows]), together)
        near(function(rows.flip(0)), together.flip(0))


def test_each_pair_is_compared_on_its_own(compared):
    method, X, S = compared
    embedded, represented = method.embed(X), method.represent(S)
    scores = method.compare(embedded, represented)
    near(method(X, S), scores)
    assert scores.shape == (7, 6)
    assert torch.isfinite(scores).all()
    for i, j in ((0, 0), (3, 5), (6, 2)):
        near(method.compare(embedded[i : i + 1], represented[j : j + 1]), scores[i : i + 1, j : j + 1])


def test_a_fitted_method_learns_no_more(compared):
    method, X, S = compared
    assert not method.training
    assert not any(parameter.requires_grad for parameter in method.parameters())
    assert all(value.dtype == torch.float64 for value in method.state_dict().values() if value.is_floating_point())
    assert not method(X, S).requires_grad
