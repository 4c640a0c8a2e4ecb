"""Ridge regression to prototypes against scikit-learn's, sample by sample."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from sklearn.linear_model import Ridge
from sklearn.model_selection import ParameterGrid

from zsl.functional.linear.moments import unit_moments
from zsl.functional.linear.origins import unit_rows
from zsl.methods.linear.ridge import RidgePrototypes

GRID = {"alpha": [0.01, 1.0, 30.0]}
METRICS = ["cosine", "euclidean"]


def world(n_attributes=4, n_classes=9, n=80, n_features=12):
    rng = np.random.default_rng(0)
    S = rng.normal(size=(n_classes, n_attributes))
    codes = np.concatenate([np.arange(n_classes), rng.integers(n_classes, size=n - n_classes)])
    return (
        unit_rows(rng.normal(size=(n, n_features)) + S[codes] @ rng.normal(size=(n_attributes, n_features))),
        codes,
        S,
    )


def solve(X, codes, S, grid=GRID, **options):
    return list(RidgePrototypes.solve(unit_moments(X, codes, len(S)), S, grid, **options))


def expected_map(X, codes, S, alpha):
    """Regress each sample on the semantics of its class; the penalty comes in units of samples per class."""
    penalty = alpha * len(X) / len(S)
    return Ridge(alpha=penalty, fit_intercept=False, solver="cholesky").fit(S[codes], X).coef_.T


@pytest.mark.parametrize("n_attributes", [1, 4, 9, 30])  # narrow and wide tables
def test_the_map_is_that_of_scikit_learn(n_attributes):
    X, codes, S = world(n_attributes)
    for point, method in solve(X, codes, S):
        assert_allclose(method.weight.numpy(), expected_map(X, codes, S, point["alpha"]), rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("n_attributes", [5, 30])
def test_attributes_that_follow_from_others_and_classes_with_the_same_semantics(n_attributes):
    X, codes, S = world(n_attributes)
    S[:, 2], S[:, 3], S[4] = S[:, 0] + S[:, 1], 0, S[5]
    for point, method in solve(X, codes, S):
        assert_allclose(method.weight.numpy(), expected_map(X, codes, S, point["alpha"]), rtol=1e-7, atol=1e-9)


def test_the_map_has_no_gradient():
    X, codes, S = world()
    samples, table = torch.as_tensor(X), torch.as_tensor(S[codes])
    for point, method in solve(X, codes, S):
        M = method.weight.clone().requires_grad_()
        cost = (samples - table @ M).square().sum() + point["alpha"] * len(X) / len(S) * M.square().sum()
        (gradient,) = torch.autograd.grad(cost, M)
        assert gradient.abs().max() < 1e-10 * len(X)


@pytest.mark.parametrize("n_attributes", [4, 30])
@pytest.mark.parametrize("metric", METRICS)
def test_scores_against_numpy(n_attributes, metric):
    X, codes, S = world(n_attributes)
    unseen = np.random.default_rng(1).normal(size=(3, n_attributes))
    for point, method in solve(X, codes, S, metric=metric):
        prototypes = np.concatenate([S, unseen]) @ expected_map(X, codes, S, point["alpha"])
        if metric == "cosine":
            expected = X @ (prototypes / np.linalg.norm(prototypes, axis=1, keepdims=True)).T
        else:
            expected = -((X[:, None] - prototypes[None]) ** 2).sum(axis=2)
        scores = method(torch.as_tensor(X), torch.as_tensor(np.concatenate([S, unseen])))
        assert_allclose(scores.numpy(), expected, rtol=1e-7, atol=1e-9)


def test_the_cosine_leaves_out_the_length_of_images_and_the_distance_does_not():
    X, codes, S = world()
    samples, table = torch.as_tensor(X), torch.as_tensor(S)
    ((_, cosine), *_), ((_, distance), *_) = solve(X, codes, S), solve(X, codes, S, metric="euclidean")
    torch.testing.assert_close(cosine(3 * samples, table), cosine(samples, table))
    assert not torch.allclose(distance(3 * samples, table), distance(samples, table))


@pytest.mark.parametrize("metric", METRICS)
def test_a_small_penalty_and_a_wide_table_give_the_mean_images(metric):
    X, codes, S = world(30)
    ((_, method),) = solve(X, codes, S, {"alpha": [1e-9]}, metric=metric)
    means = np.array([X[codes == c].mean(axis=0) for c in range(9)])
    assert_allclose(method.represent(torch.as_tensor(S)).numpy(), means, atol=1e-6)


def test_a_large_penalty_gives_prototypes_at_the_origin():
    X, codes, S = world()
    ((_, method),) = solve(X, codes, S, {"alpha": [1e12]})
    assert method.represent(torch.as_tensor(S)).abs().max() < 1e-9


def test_a_class_without_images_has_no_part():
    X, codes, S = world()
    more = np.concatenate([S, np.full((1, 4), 7.0)])
    moments = unit_moments(X, codes, 10)
    ((_, method),) = RidgePrototypes.solve(moments, more, {"alpha": [0.9 * 10 / 9]})
    assert_allclose(method.weight.numpy(), expected_map(X, codes, S, 0.9), rtol=1e-7, atol=1e-9)


def test_points_come_in_the_order_of_a_parameter_grid_and_embed_images_alike():
    X, codes, S = world()
    samples = 3 * torch.as_tensor(X)
    for metric in METRICS:
        found = solve(X, codes, S, metric=metric)
        assert [point for point, _ in found] == list(ParameterGrid(GRID))
        expected = samples / samples.norm(dim=1, keepdim=True) if metric == "cosine" else samples
        for _, method in found:
            assert method.embeds_alike
            assert method.projection is None
            torch.testing.assert_close(method.embed(samples), expected)


@pytest.mark.parametrize("metric", METRICS)
def test_an_empty_method_takes_the_state_of_a_solved_one(metric):
    X, codes, S = world()
    _, solved = solve(X, codes, S, metric=metric)[-1]
    empty = RidgePrototypes(12, 4, metric=metric)
    empty.load_state_dict(solved.state_dict())
    samples, table = torch.as_tensor(X), torch.as_tensor(S)
    assert torch.equal(empty(samples, table), solved(samples, table))
