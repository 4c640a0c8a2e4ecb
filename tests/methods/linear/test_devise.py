"""DeViSE: the formula by hand, and learning."""

import torch

from zsl.functional.scores.distances import unit
from zsl.methods.linear.devise import DeViSE
from zsl.training.loop import train


def world():
    """Samples of 25 classes whose means are linear in their semantics; the last 5 classes are unseen."""
    generator = torch.Generator().manual_seed(0)
    S, link = unit(torch.randn(25, 6, generator=generator)), torch.randn(6, 12, generator=generator)
    codes = torch.arange(25).repeat_interleave(20)
    return (S @ link)[codes] + 0.3 * torch.randn(500, 12, generator=generator), codes, S


def build(seed=0, margin=0.1):
    return DeViSE(12, 6, margin=margin, generator=torch.Generator().manual_seed(seed))


def test_same_seed_same_weights_and_no_global_random_state():
    before = torch.random.get_rng_state()
    first, second, other = (build(seed).state_dict() for seed in (3, 3, 4))
    assert torch.equal(before, torch.random.get_rng_state())
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert not torch.equal(first["map.weight"], other["map.weight"])


def test_learns_classes_it_has_not_seen():
    (X, codes, S), method, draws = world(), build(), torch.Generator().manual_seed(2)
    before = method.loss(X[:400], codes[:400], S[:20], draws).item()

    def loss():
        batch = torch.randint(0, 400, (64,), generator=draws)
        return method.loss(X[batch], codes[batch], S[:20], draws)

    train(method, loss, n_steps=300, learning_rate=0.01)
    assert method.loss(X[:400], codes[:400], S[:20], draws) < 0.3 * before
    assert (method(X[400:], S[20:]).argmax(dim=1) + 20 == codes[400:]).double().mean() > 0.8


def test_three_classes_by_hand():
    method = DeViSE(2, 2, margin=0.1, generator=torch.Generator())
    with torch.no_grad():
        method.map.weight.copy_(torch.tensor([[1.0, 0.0], [1.0, 1.0]]))
    X, S = torch.tensor([[1.0, -0.5]]), torch.tensor([[10.0, 0.0], [0.0, 0.1], [3.0, 4.0]])
    scores = torch.tensor([[1.0, 0.5, 0.6 * 1.0 + 0.8 * 0.5]])  # the embedded sample is (1, 0.5)
    torch.testing.assert_close(method(X, S), scores)
    found = method.loss(X, torch.tensor([0]), S, torch.Generator())
    torch.testing.assert_close(found, torch.tensor(0.1 + 1.0 - 1.0))  # the second class is below the margin
    found = method.loss(X, torch.tensor([1]), S, torch.Generator())
    torch.testing.assert_close(found, torch.tensor(2 * (0.1 + 1.0 - 0.5)))


def test_length_of_the_semantics_does_not_matter():
    method, (X, codes, S) = build(), world()
    lengths = torch.arange(1.0, 26.0)[:, None]
    torch.testing.assert_close(method(X, lengths * S), method(X, S))
    draws = torch.Generator()
    torch.testing.assert_close(method.loss(X, codes, lengths * S, draws), method.loss(X, codes, S, draws))
