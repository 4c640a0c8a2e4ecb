"""Class priors, shifts, balanced labels and rectified prototypes by hand and sample by sample."""

import math

import numpy as np
import pytest
import torch

from zsl.exceptions import InvalidInputError
from zsl.functional.clusters.transduction import (
    _most_confident,
    checked_prior,
    class_prior,
    cross_class_shift,
    rectified,
    soft_labels,
)

DTYPES = [torch.float32, torch.float64]


def draw(*shape, seed=0, dtype=torch.float64):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).to(dtype)


def test_priors_are_shares():
    like = torch.zeros(1, dtype=torch.float64)
    assert class_prior(checked_prior(None), 4, like) is None
    assert class_prior(checked_prior("uniform"), 4, like).tolist() == [0.25] * 4
    for counts in ([1, 3], np.array([0.25, 0.75]), torch.tensor([2.0, 6.0])):
        found = class_prior(checked_prior(counts), 2, like)
        assert found.tolist() == [0.25, 0.75]
        assert found.dtype == torch.float64


@pytest.mark.parametrize("number", [0.0, -1.0, math.nan, math.inf])
def test_a_prior_of_other_numbers_is_an_error(number):
    with pytest.raises(InvalidInputError, match=f"prior has the number {number}; wanted finite numbers above 0"):
        checked_prior([0.5, number])


def test_other_words_and_another_number_of_classes_are_errors():
    with pytest.raises(InvalidInputError, match="prior='equal'; wanted None"):
        checked_prior("equal")
    with pytest.raises(InvalidInputError, match="prior has 2 numbers; wanted 3"):
        class_prior((0.5, 0.5), 3, torch.zeros(1))


def test_shift_by_hand():
    support = torch.tensor([[[0.0, 0.0], [0.0, 0.0], [3.0, 6.0]]])
    centres = torch.tensor([[[0.0, 0.0], [3.0, 6.0]]])
    query = torch.tensor([[[1.0, 1.0], [3.0, 5.0]]])  # mean (2, 3), that of the support (1, 2)
    assert cross_class_shift(query, support, centres).tolist() == [[[0, 0], [2, 4]]]
    equal = torch.tensor([0.5, 0.5])  # mean of the prototypes (1.5, 3)
    assert cross_class_shift(query, support, centres, equal).tolist() == [[[0.5, 1], [2.5, 5]]]
    assert torch.equal(cross_class_shift(query[:, :1], support, centres, equal), query[:, :1])


@pytest.mark.parametrize("dtype", DTYPES)
def test_without_a_prior_labels_are_a_softmax(dtype):
    logits = draw(2, 5, 3, dtype=dtype)
    torch.testing.assert_close(soft_labels(logits), torch.log_softmax(logits, dim=2))


@pytest.mark.parametrize("dtype", DTYPES)
def test_labels_are_balanced_to_the_prior(dtype):
    logits, prior = draw(3, 40, 4, dtype=dtype) + 2 * torch.arange(4), torch.tensor([0.1, 0.2, 0.3, 0.4], dtype=dtype)
    labels = soft_labels(logits, prior, n_iterations=100).exp()
    torch.testing.assert_close(labels.sum(dim=2), torch.ones(3, 40, dtype=dtype))
    torch.testing.assert_close(labels.sum(dim=1), (40 * prior).expand(3, 4), rtol=1e-4, atol=1e-4)


def test_few_iterations_bring_labels_near_to_the_prior():
    logits, prior = draw(1, 40, 4) + 2 * torch.arange(4), torch.full((4,), 0.25, dtype=torch.float64)
    plain, balanced = (soft_labels(logits, p).exp().sum(dim=1) for p in (None, prior))
    assert (plain - 10).abs().max() > 10
    assert (balanced - 10).abs().max() < 0.2


def test_two_queries_that_both_prefer_one_class_by_hand():
    # Odds 4 and 9 of the first class. Balanced labels keep the ratio of the odds, and so are odds 2/3 and 3/2.
    logits = torch.tensor([[[math.log(4), 0.0], [math.log(9), 0.0]]])
    labels = soft_labels(logits, torch.tensor([0.5, 0.5]), n_iterations=50).exp()
    torch.testing.assert_close(labels, torch.tensor([[[0.4, 0.6], [0.6, 0.4]]]))


def test_a_single_query_is_labelled_by_the_rule_of_bayes():
    logits = torch.tensor([[[math.log(3), 0.0]]])
    found = soft_labels(logits, torch.tensor([0.25, 0.75])).exp()
    torch.testing.assert_close(found, torch.tensor([[[0.5, 0.5]]]))


def test_the_most_confident_queries_by_hand():
    labels = torch.tensor([[[0.9, 0.1], [0.6, 0.4], [0.7, 0.3], [0.2, 0.8], [0.5, 0.5]]]).log()
    best, two, many = ((_most_confident(labels, count) == 0)[0].int().tolist() for count in (1, 2, 9))
    assert best == [[1, 0], [0, 0], [0, 0], [0, 1], [0, 0]]
    assert two == [[1, 0], [0, 0], [1, 0], [0, 1], [0, 1]]
    assert many == [[1, 0], [1, 0], [1, 0], [0, 1], [1, 1]]  # a query in the middle is a member of both


def rectified_by_loops(support, label, query, n_way, sharpness, n_confident, prior):
    """One episode in numpy, sample by sample."""

    def cosine(x, y):
        return x @ y / np.linalg.norm(x) / np.linalg.norm(y)

    centres = [support[label == c].mean(axis=0) for c in range(n_way)]
    mean = support.mean(axis=0) if prior is None else sum(p * centre for p, centre in zip(prior, centres, strict=True))
    query = query + mean - query.mean(axis=0)
    member = np.array([[math.exp(sharpness * cosine(x, p)) for p in centres] for x in query])
    member /= member.sum(axis=1, keepdims=True)
    if prior is not None:
        for _ in range(10):
            member *= len(query) * np.array(prior) / member.sum(axis=0)
            member /= member.sum(axis=1, keepdims=True)
    if n_confident is not None:
        chosen = np.zeros_like(member)
        for c in range(n_way):
            own = [j for j in range(len(query)) if member[j].argmax() == c]
            chosen[sorted(own, key=lambda j: -member[j, c])[:n_confident], c] = 1
        member = chosen
    found = []
    for c, p in enumerate(centres):
        weights = [(math.exp(sharpness * cosine(x, p)), x) for x in support[label == c]]
        weights += [(member[j, c] * math.exp(sharpness * cosine(x, p)), x) for j, x in enumerate(query)]
        found.append(sum(w * x for w, x in weights) / sum(w for w, _ in weights))
    return query, np.array(found)


@pytest.mark.parametrize("prior", [None, [0.2, 0.3, 0.5]])
@pytest.mark.parametrize("n_confident", [None, 1, 3, 50])
def test_rectified_prototypes_image_by_image(n_confident, prior):
    label = torch.tensor([[0, 1, 1, 2, 2, 2], [2, 2, 1, 0, 0, 0]])
    support, query = draw(2, 6, 4), draw(2, 9, 4, seed=1)
    shares = None if prior is None else torch.tensor(prior, dtype=torch.float64)
    shifted, centres = rectified(support, label, query, 3, sharpness=3.0, n_confident=n_confident, prior=shares)
    for e in range(2):
        expected = rectified_by_loops(
            support[e].numpy(),
            label[e].numpy(),
            query[e].numpy(),
            3,
            3.0,
            n_confident,
            None if prior is None else prior,
        )
        np.testing.assert_allclose(shifted[e], expected[0], rtol=1e-9)
        np.testing.assert_allclose(centres[e], expected[1], rtol=1e-9)


@pytest.mark.parametrize("n_confident", [None, 2])
def test_a_large_sharpness_loses_no_class_in_single_precision(n_confident):
    support, query = draw(1, 6, 4, dtype=torch.float32), draw(1, 5, 4, seed=1, dtype=torch.float32)
    _, centres = rectified(
        support, torch.tensor([[0, 0, 1, 1, 2, 2]]), query, 3, sharpness=500.0, n_confident=n_confident
    )
    assert centres.isfinite().all()
    assert (centres.norm(dim=2) > 0.1).all()


@pytest.mark.parametrize("n_confident", [None, 2])
def test_gradients_are_finite_and_reach_support_and_queries(n_confident):
    support, query = draw(2, 4, 3).requires_grad_(), draw(2, 5, 3, seed=1).requires_grad_()
    label = torch.tensor([[0, 1, 1, 1], [0, 0, 1, 1]])
    _, centres = rectified(
        support, label, query, 2, sharpness=2.0, n_confident=n_confident, prior=torch.tensor([0.5, 0.5]).double()
    )
    centres.square().sum().backward()
    for leaf in (support, query):
        assert leaf.grad.isfinite().all()
        assert (leaf.grad.abs().sum(dim=2) > 0).all()
