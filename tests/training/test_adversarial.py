"""Two that are trained against each other: who moves when, and how often."""

import pytest
import torch
from torch import nn

from zsl import ZSLError
from zsl.training.adversarial import train_adversarial


class Pair(nn.Module):
    def __init__(self):
        super().__init__()
        self.maker, self.critic = nn.Linear(1, 1, bias=False), nn.Linear(1, 1, bias=False)
        nn.init.ones_(self.maker.weight)
        nn.init.ones_(self.critic.weight)


def run(pair, *, n_steps=3, n_critic=2, **options):
    seen = []

    def loss():
        seen.append(("maker", pair.critic.weight.requires_grad, pair.critic.weight.item()))
        return (pair.maker.weight * pair.critic.weight).sum()

    def critic_loss():
        seen.append(("critic", pair.critic.weight.requires_grad, pair.maker.weight.item()))
        return (pair.critic.weight - pair.maker.weight.detach() - 1).square().sum()

    train_adversarial(
        pair, pair.critic, loss, critic_loss, n_steps=n_steps, n_critic=n_critic, learning_rate=0.1, **options
    )
    return seen


def test_the_critic_moves_first_and_more_often():
    pair = Pair()
    seen = run(pair)
    assert [who for who, *_ in seen] == ["critic", "critic", "maker"] * 3
    assert all(moves == (who == "critic") for who, moves, _ in seen)
    assert pair.critic.weight.requires_grad
    assert pair.critic.weight.item() > 1
    assert pair.maker.weight.item() < 1


def test_each_loss_moves_its_own_part_only():
    pair = Pair()
    seen = run(pair, n_steps=2)
    assert seen[0][2] == seen[1][2] == 1.0  # the maker, while the critic moved
    assert seen[2][2] > 1.0  # the critic had moved before the maker did
    grew = seen[5][2]
    assert pair.critic.weight.item() == grew  # and stood still in the maker's last step


def test_checks_come_through():
    counts = []
    run(Pair(), n_steps=4, check=counts.append, check_every=2)
    assert counts == [2, 4]


def test_weights_decay_in_both():
    plain, decayed = Pair(), Pair()
    run(plain)
    run(decayed, weight_decay=1.0)
    assert decayed.critic.weight < plain.critic.weight
    assert decayed.maker.weight < plain.maker.weight


def test_the_critic_can_be_trained_again_after_an_error():
    pair = Pair()
    with pytest.raises(ZSLError, match="loss is nan"):
        train_adversarial(
            pair,
            pair.critic,
            lambda: pair.maker.weight.sum() * torch.nan,
            lambda: pair.critic.weight.sum(),
            n_steps=1,
            n_critic=1,
            learning_rate=0.1,
        )
    assert pair.critic.weight.requires_grad
