"""The kernel relation network by its formula."""

import numpy as np
import pytest
import torch

from zsl.functional.linear.class_kernels import class_kernel, joined_blocks
from zsl.functional.scores.relation import relation_scores_pairwise
from zsl.methods.relation.kernel_relation import KernelRelation, KernelRelationSizes


def filled(metric="cosine", kernel="rbf", n_hidden=4, seed=0):
    """A model of 5 features, 3 attributes and 6 landmarks with random parts."""
    method = KernelRelation(KernelRelationSizes(5, 3, 6, n_hidden, kernel, metric))
    generator = torch.Generator().manual_seed(seed)
    for value in method.buffers():
        value.copy_(torch.randn(value.shape, generator=generator, dtype=torch.float64))
    method.landmarks.copy_(unit(method.landmarks))
    method.prior_strength.copy_(torch.tensor(3.0))
    return method


def unit(rows):
    return rows / rows.norm(dim=1, keepdim=True)


@pytest.fixture
def samples():
    return unit(torch.randn(7, 5, generator=torch.Generator().manual_seed(1), dtype=torch.float64))


@pytest.fixture
def classes():
    return 2 * torch.randn(4, 5, generator=torch.Generator().manual_seed(2), dtype=torch.float64)


@pytest.fixture
def joined():
    rows = joined_blocks(np.random.default_rng(3).normal(size=(4, 3)), (3,), (1.0,))
    return torch.as_tensor(rows)


@pytest.mark.parametrize("kernel", ["rbf", "linear"])
def test_the_kernel_is_that_of_the_functions(joined, kernel):
    method = filled(kernel=kernel)
    wanted = class_kernel(joined.numpy(), method.landmarks.numpy(), kernel)
    np.testing.assert_allclose(method.kernel(joined).numpy(), wanted, rtol=1e-12)


def test_the_map_is_the_mean_and_the_kernel_expansion_and_the_text(joined, classes):
    method = filled()
    wanted = method.centre + method.kernel(joined) @ method.dual
    torch.testing.assert_close(method.mapped(joined), wanted)
    torch.testing.assert_close(method.mapped(joined, classes), wanted + classes)


def test_classes_are_the_posterior_mean(classes):
    sums = torch.randn(4, 5, generator=torch.Generator().manual_seed(4), dtype=torch.float64)
    counts = torch.tensor([0.0, 1, 5, 2], dtype=torch.float64)
    described = torch.tensor([1.0, 1, 1, 0], dtype=torch.float64)
    sums[0] = 0
    found = filled().represent(classes, described, sums, counts)
    torch.testing.assert_close(found[0], classes[0])
    torch.testing.assert_close(found[1], (3 * classes[1] + sums[1]) / 4)
    torch.testing.assert_close(found[2], (3 * classes[2] + sums[2]) / 8)
    torch.testing.assert_close(found[3], sums[3] / 2)


def test_without_a_term_the_score_is_the_cosine(samples, classes):
    torch.testing.assert_close(filled(n_hidden=0)(samples, classes), samples @ unit(classes).T)


def test_euclidean_scores_are_half_negative_squared_distances_up_to_a_constant_of_the_sample(samples, classes):
    scores = filled("euclidean", n_hidden=0)(samples, classes)
    wanted = -0.5 * torch.cdist(samples, classes).square()
    torch.testing.assert_close(scores - scores[:, :1], wanted - wanted[:, :1])


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_the_term_is_that_of_all_pairs(samples, classes, metric):
    method, plain = filled(metric), filled(metric, n_hidden=0)
    parts = method.query_half, method.class_half, method.hidden_bias, method.weight_out
    term = relation_scores_pairwise(samples, unit(classes), *parts)
    torch.testing.assert_close(method(samples, classes), plain(samples, classes) + term)


def test_one_score_by_hand():
    method = filled(n_hidden=2)
    x, r = torch.tensor([[1.0, 0, 0, 0, 0]]).double(), torch.tensor([[3.0, 4, 0, 0, 0]]).double()
    unit_r = torch.tensor([0.6, 0.8, 0, 0, 0]).double()
    hidden = torch.relu(method.query_half @ x[0] + method.class_half @ unit_r + method.hidden_bias)
    torch.testing.assert_close(method(x, r)[0, 0], 0.6 + method.weight_out @ hidden)


def test_an_empty_model_has_zeros_of_the_sizes_given():
    method = KernelRelation(KernelRelationSizes(5, 3, 6, 4, "rbf", "cosine"))
    assert not any(value.any() for value in method.buffers())
    assert {name: tuple(value.shape) for name, value in method.named_buffers()} == {
        "centre": (5,),
        "landmarks": (6, 3),
        "dual": (6, 5),
        "prior_strength": (),
        "query_half": (4, 5),
        "class_half": (4, 5),
        "hidden_bias": (4,),
        "weight_out": (4,),
    }
