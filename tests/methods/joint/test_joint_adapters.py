"""Adapters of joint spaces against scikit-learn, PyTorch and refits: the formulas of their docstrings."""

from functools import partial

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from scipy.special import log_softmax, softmax
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import LogisticRegression

from zsl.functional.linear.origins import unit_rows
from zsl.functional.losses.cross_entropy import cross_entropy
from zsl.methods.joint.anchored_probe import AnchoredProbe, text_trust
from zsl.methods.joint.blended_probe import BlendedProbe
from zsl.methods.joint.kernel_residual import KernelResidual, left_out

N_CLASSES, WIDTH, SCALE = 6, 9, 8.0
ONE_HOT = np.eye(N_CLASSES)


def drawn(n=25, seed=0):
    """Texts, and samples around them; the last class has none."""
    rng = np.random.default_rng(seed)
    texts = unit_rows(rng.normal(size=(N_CLASSES, WIDTH)))
    codes = rng.integers(N_CLASSES - 1, size=n)
    return unit_rows(texts[codes] + 0.6 * rng.normal(size=(n, WIDTH))), codes, texts


X, Y, TEXTS = drawn()
QUERIES = drawn(seed=1)[0]


def scores(adapter, samples=QUERIES):
    return adapter.scores(torch.as_tensor(samples)).numpy()


def kernel(left, right):
    return np.mean([np.exp((left @ right.T - 1) / t) for t in (0.15, 0.3, 0.6, 1.2, 2.4)], axis=0)


def test_cross_entropy_and_its_gradient_are_those_of_pytorch():
    table = torch.tensor(np.random.default_rng(0).normal(size=(7, 4)), requires_grad=True)
    codes = np.array([0, 3, 1, 1, 2, 0, 3])
    wanted = torch.nn.functional.cross_entropy(table, torch.as_tensor(codes))
    wanted.backward()
    loss, gradient = cross_entropy(table.detach().numpy(), codes)
    assert_allclose(loss, wanted.item())
    assert_allclose(gradient, table.grad.numpy())


@pytest.mark.parametrize("penalty", [0.05, 2.0])
def test_the_residual_is_kernel_ridge_regression_on_what_texts_leave_over(penalty):
    ridge = KernelRidge(alpha=penalty, kernel="precomputed").fit(kernel(X, X), ONE_HOT[Y] - X @ TEXTS.T)
    wanted = SCALE * (QUERIES @ TEXTS.T + ridge.predict(kernel(QUERIES, X)))
    assert_allclose(scores(KernelResidual.fit(X, Y, TEXTS, scale=SCALE, penalty=penalty)), wanted, atol=1e-9)


def test_left_out_scores_are_those_of_refits():
    for penalty, found in zip((0.1, 1.0), left_out(X, Y, TEXTS, (0.1, 1.0)), strict=True):
        for row in range(len(X)):
            rest = np.arange(len(X)) != row
            adapter = KernelResidual.fit(X[rest], Y[rest], TEXTS, scale=1.0, penalty=penalty)
            assert_allclose(found[row], scores(adapter, X[[row]])[0], atol=1e-9)


def test_a_large_penalty_leaves_the_texts():
    for kind in (KernelResidual, AnchoredProbe):
        adapter = kind.fit(X, Y, TEXTS, scale=SCALE, penalty=1e9)
        assert_allclose(scores(adapter), SCALE * QUERIES @ TEXTS.T, atol=1e-5)


@pytest.mark.parametrize(
    "fit",
    [
        partial(KernelResidual.fit, penalty=1.0),
        partial(AnchoredProbe.fit, penalty=1.0),
        lambda *given, **more: BlendedProbe.path(*given, steps=[12], **more)[0],
    ],
)
def test_without_samples_texts_alone_count(fit):
    found = scores(fit(X[:0], Y[:0], TEXTS, scale=SCALE))
    assert_allclose(found, SCALE * QUERIES @ TEXTS.T)


def test_without_texts_the_anchored_probe_is_a_logistic_regression():
    penalty, codes = 0.7, np.arange(len(X)) % N_CLASSES
    probe = AnchoredProbe.fit(X, codes, 0 * TEXTS, scale=SCALE, penalty=penalty)
    strength = N_CLASSES**2 * SCALE**2 / (2 * penalty * len(X))  # each text is trusted by 1 / C
    model = LogisticRegression(C=strength, fit_intercept=False, tol=1e-10, max_iter=5000).fit(X, codes)
    assert_allclose(log_softmax(scores(probe), axis=1), model.predict_log_proba(QUERIES), atol=2e-3)


def test_the_anchored_probe_is_where_the_gradient_of_its_objective_vanishes():
    probe = AnchoredProbe.fit(X, Y, TEXTS, scale=SCALE, penalty=3.0)
    moves = (probe.weights / SCALE).requires_grad_(True)
    samples, texts, codes = torch.as_tensor(X), torch.as_tensor(TEXTS), torch.as_tensor(Y)
    own = softmax(SCALE * X @ TEXTS.T, axis=1)[np.arange(len(Y)), Y]
    trust = [own[label == Y].mean() for label in range(N_CLASSES - 1)]
    trust = torch.tensor([*trust, np.mean(trust)])
    assert_allclose(text_trust(SCALE * X @ TEXTS.T, Y), trust)
    loss = torch.nn.functional.cross_entropy(SCALE * samples @ (texts + moves).T, codes)
    (loss + 3.0 / N_CLASSES * (trust * moves.square().sum(dim=1)).sum()).backward()
    assert moves.grad.abs().max() < 1e-4
    assert moves.abs().max() > 0.05


def test_a_text_that_recognises_its_samples_moves_less():
    wrong = TEXTS[[1, 0, 2, 3, 4, 5]]
    lengths = AnchoredProbe.fit(X, Y, wrong, scale=SCALE, penalty=1.0).weights.norm(dim=1)
    assert lengths[:2].min() > lengths[2:5].max()


def test_blending_follows_its_formula():
    weights = torch.zeros(N_CLASSES, WIDTH, dtype=torch.float64)
    for label in range(N_CLASSES - 1):
        weights[label] = torch.as_tensor(X[label == Y].mean(axis=0))
    alphas, samples, drift = torch.full((N_CLASSES,), SCALE).double(), torch.as_tensor(X), 0.0
    cosines = samples @ torch.as_tensor(TEXTS).T

    def gradient(of):
        of.requires_grad_(True)
        loss = torch.nn.functional.cross_entropy(samples @ weights.T + cosines * alphas, torch.as_tensor(Y))
        return torch.autograd.grad(loss, of)[0]

    for number in range(1, 24):
        drift = 0.9 * drift + gradient(weights)
        weights = weights.detach() - 2 * len(X) / np.linalg.norm(X, 2) ** 2 * drift
        if number % 10 == 0:
            alphas = alphas.detach() - 2 * len(X) / cosines.square().sum(dim=0) * gradient(alphas)
        alphas = alphas.detach()
    _, probe = BlendedProbe.path(X, Y, TEXTS, scale=SCALE, steps=(5, 23))
    assert_allclose(probe.weights, weights, atol=1e-10)
    assert_allclose(probe.multipliers, alphas, atol=1e-10)
    assert alphas.std() > 0.01


def test_no_step_without_momentum_makes_the_loss_larger():
    path = BlendedProbe.path(X, Y, TEXTS, scale=SCALE, steps=range(1, 60), momentum=0.0)
    losses = [cross_entropy(scores(probe, X), Y)[0] for probe in path]
    assert len(losses) == 59
    assert (np.diff(losses) < 0).all()
