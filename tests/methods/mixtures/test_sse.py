"""SSE: scores and loss by their definition, the paper's two forms, and made-up classes."""

import numpy as np
import pytest
import torch

from zsl.datasets import make_zero_shot
from zsl.exceptions import InvalidInputError
from zsl.functional.clusters.simplex import simplex_coefficients
from zsl.methods.mixtures.sse import SSE
from zsl.training.loop import train


def normal(*shape, seed):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


SEMANTICS = normal(4, 3, seed=0)


def method(n_features=5, semantics=SEMANTICS, seed=0, regularization=0.1, alignment=1.0):
    built = SSE(
        n_features,
        semantics.shape[1],
        len(semantics),
        regularization=regularization,
        alignment=alignment,
        generator=torch.Generator().manual_seed(seed),
    )
    built.prepare(semantics)
    return built


def paper_scores(built, X, transform):
    """The paper's scores of the seen classes, sample by sample and class by class, without anything subtracted."""
    w, v = built.weights.weight[0], built.thresholds.weight
    described = torch.stack([torch.stack([w @ transform(x, threshold) for threshold in v]) for x in X])
    return described @ built.seen_mixtures.T


def test_scores_by_hand():
    built = method(2, torch.eye(2), regularization=1e-9)
    with torch.no_grad():
        built.weights.weight.copy_(torch.tensor([[2.0, -1.0]]))
        built.thresholds.weight.copy_(torch.tensor([[0.0, 1.0], [1.0, -1.0]]))
    X = torch.tensor([[3.0, 2.0], [0.5, 0.0]])  # 2 * 3 - 1 = 5 and 2 * 2 - 3 = 1; 2 * 0.5 = 1 and -1
    torch.testing.assert_close(built.embed(X), torch.tensor([[2.0, -2.0], [1.0, -1.0]]))
    unseen = torch.tensor([[5.0, 0.0], [3.0, 3.0]])  # brought to length 1: the first seen class, and both alike
    torch.testing.assert_close(built.represent(unseen), torch.tensor([[1.0, 0.0], [0.5, 0.5]]))
    torch.testing.assert_close(built(X, unseen), torch.tensor([[2.0, 0.0], [1.0, 0.0]]))


def test_both_forms_of_the_paper_have_these_differences_of_scores():
    built, X = method(), normal(6, 5, seed=1)
    found = built(X, SEMANTICS)
    margins = found[:, :1] - found
    rectified = paper_scores(built, X, lambda x, v: (x - v).clamp_min(0))
    torch.testing.assert_close(rectified[:, :1] - rectified, margins)
    intersected = paper_scores(built, X, torch.minimum)
    torch.testing.assert_close(intersected - intersected[:, :1], margins)


def test_classes_are_mixtures_of_directions():
    built = method()
    directions = SEMANTICS / SEMANTICS.norm(dim=1, keepdim=True)
    torch.testing.assert_close(built.represent(SEMANTICS), simplex_coefficients(directions, directions, 0.1))
    torch.testing.assert_close(built.represent(7 * SEMANTICS), built.seen_mixtures)
    exact = built.double().represent(SEMANTICS.double())
    assert exact.dtype == torch.float64
    torch.testing.assert_close(exact, built.seen_mixtures, rtol=0, atol=1e-6)


@pytest.mark.parametrize("alignment", [0.0, 0.7])
def test_loss_by_definition(alignment):
    built, X, codes = method(alignment=alignment), 3 * normal(7, 5, seed=2), torch.tensor([0, 1, 1, 2, 1, 0, 0])
    scores = paper_scores(built, X, lambda x, v: (x - v).clamp_min(0))
    missing = torch.zeros(7, 4)
    for i, y in enumerate(codes.tolist()):
        for c in range(4):
            margin = 1 - torch.cosine_similarity(SEMANTICS[y], SEMANTICS[c], dim=0)
            missing[i, c] = margin - scores[i, y] + scores[i, c]
    expected = missing.clamp_min(0).sum() / 28
    for y in range(3):
        expected += alignment * missing[codes == y].sum(dim=0).clamp_min(0).sum() / 28
    torch.testing.assert_close(built.loss(X, codes, SEMANTICS, torch.Generator()), expected)


def test_refused_regularization():
    with pytest.raises(InvalidInputError, match="wanted a finite number above 0"):
        method(regularization=0.0)


def test_gradients_seeds_and_rows():
    built, X = method(), normal(6, 5, seed=3)
    built.loss(X, torch.arange(6) % 4, SEMANTICS, torch.Generator()).backward()
    assert all(p.grad.abs().max() > 0 for p in built.parameters())
    torch.testing.assert_close(torch.cat([built.embed(row[None]) for row in X]), built.embed(X))
    alone = torch.cat([built.represent(row[None]) for row in SEMANTICS])
    torch.testing.assert_close(alone, built.represent(SEMANTICS))
    first, second, other = (method(seed=seed).state_dict() for seed in (3, 3, 4))
    assert all(torch.equal(first[key], second[key]) for key in first)
    assert not torch.equal(first["weights.weight"], other["weights.weight"])


def test_learns_made_up_classes():
    data = make_zero_shot(30, 6, n_attributes=24, noise=1.0, random_state=0)
    seen, unseen = data.seen_classes, data.unseen_classes
    S, new = (torch.tensor(data.semantics.rows(labels), dtype=torch.float32) for labels in (seen, unseen))
    X, codes = torch.tensor(data.X_train, dtype=torch.float32), torch.from_numpy(np.searchsorted(seen, data.y_train))
    built, generator = method(X.shape[1], S), torch.Generator().manual_seed(0)

    def loss():
        batch = torch.randint(len(X), (64,), generator=generator)
        return built.loss(X[batch], codes[batch], S, generator)

    before = built.loss(X, codes, S, generator).item()
    train(built, loss, n_steps=200, learning_rate=0.02)
    assert built.loss(X, codes, S, generator).item() < 0.1 * before
    scores = built.double()(torch.tensor(data.X_test_unseen), new.double())
    assert np.mean(unseen[scores.argmax(dim=1).numpy()] == data.y_test_unseen) > 0.5  # chance is 1/6
