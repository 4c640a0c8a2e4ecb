"""Memory-augmented networks: steps by hand, the order of the support, labels, laws, wrong arguments."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.testing import assert_close

from zsl.exceptions import InvalidInputError
from zsl.functional.clusters.support_order import canonical_order
from zsl.methods.learners.mann import MemoryAugmentedNetwork
from zsl.nn.memory import access, empty_memory

LABEL = torch.tensor([[0, 2, 1, 2, 0, 2], [1, 1, 0, 2, 1, 0]])  # another number of samples per class in each episode
SIZES = {"n_features": 4, "n_way": 3, "labels": "one_hot", "n_slots": 8, "slot_width": 5, "n_reads": 2, "n_hidden": 6}


def draw(*shape, seed=1):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def network(backbone=None, **options):
    generator = torch.Generator().manual_seed(0)
    return MemoryAugmentedNetwork(backbone, **SIZES | {"generator": generator} | options).double()


def by_hand(built, samples, shown):
    """Letter probabilities of one sequence, step by step, with torch's own LSTM cell."""
    cell = nn.LSTMCell(4 + shown.shape[1] + 10, 6).double()
    weights = {
        "weight_ih": torch.cat([built.image_in.weight, built.label_in.weight, built.state_in.weight[:, 6:]], dim=1),
        "weight_hh": built.state_in.weight[:, :6],
        "bias_ih": built.image_in.bias,
        "bias_hh": torch.zeros(24),
    }
    # The cell has its gates in the order input, forget, new, output; the network has the new content last.
    rows = torch.cat([torch.arange(12), torch.arange(18, 24), torch.arange(12, 18)])
    cell.load_state_dict({name: value[rows] for name, value in weights.items()})
    state, memory = (torch.zeros(1, 6).double(),) * 2, empty_memory(1, 8, 5, 2, samples)
    found, previous, said = torch.zeros(1, 2, 5).double(), torch.zeros_like(shown[:1]), []
    for sample, label in zip(samples, shown, strict=True):
        state = cell(torch.cat([sample[None], previous, found.flatten(1)], dim=1), state)
        heads = built.heads(state[0]).view(1, 2, 12)
        key, content = heads[..., :5].tanh(), heads[..., 5:10].tanh()
        gate, strength = heads[..., 10:11].sigmoid(), 1 + nn.functional.softplus(heads[..., 11:])
        found, memory = access(memory, key, content, gate, strength, 0.99)
        logits = built.out(torch.cat([state[0], found.flatten(1)], dim=1))
        said.append(logits.view(built.n_places, -1).log_softmax(1).flatten())
        previous = label[None]
    return torch.stack(said)


@pytest.mark.parametrize("labels", ["one_hot", "strings"])
def test_sequence_scores_by_hand(labels):
    built, samples = network(labels=labels), draw(2, 6, 4)
    scores = built.sequence_scores(samples, LABEL, 3, generator=torch.Generator().manual_seed(5))
    codes = torch.rand(2, len(built.bindings), generator=torch.Generator().manual_seed(5)).topk(3, dim=1).indices
    for e in range(2):
        letters = [
            [int(codes[e, c]) // built.n_letters**p % built.n_letters for p in range(built.n_places)] for c in range(3)
        ]
        shown = torch.zeros(3, built.n_places, built.n_letters).double()
        for c in range(3):
            for place, letter in enumerate(letters[c]):
                shown[c, place, letter] = 1
        said = by_hand(built, samples[e], shown[LABEL[e]].flatten(1))
        assert_close(scores[e], (said @ shown.flatten(1).T).log_softmax(1))


@pytest.mark.parametrize("labels", ["one_hot", "strings"])
def test_scores_are_those_of_the_next_step_of_the_support_in_its_order(labels):
    built, support, query = network(labels=labels), draw(2, 6, 4), draw(2, 5, 4, seed=2)
    order, rank = canonical_order(support, LABEL, built.direction, 3)
    scores = built.scores(support, LABEL, query, 3)
    for e in range(2):
        numbers = built.bindings[rank[e]]
        letters = numbers[:, None] // built.n_letters ** torch.arange(built.n_places) % built.n_letters
        shown = nn.functional.one_hot(letters, built.n_letters).double().flatten(1)
        for q in range(5):
            samples = torch.cat([support[e][order[e]], query[e, q : q + 1]])
            read = torch.cat([shown[LABEL[e][order[e]]], shown[:1]])  # the last label is never shown
            assert_close(scores[e, q], (by_hand(built, samples, read)[-1] @ shown.T).log_softmax(0))


def test_canonical_order_by_hand():
    """Projections are the numbers; class means 5, 4 and 4.5, so the classes come as 1, 2, 0."""
    support = torch.tensor([[[5.0], [1.0], [3.0], [8.0], [5.0], [7.0], [2.0]]])
    label = torch.tensor([[0, 2, 1, 2, 1, 0, 0]])  # of class 0: 5, 7, 2; of 1: 3, 5; of 2: 1, 8
    support[0, 5] = 8.0
    order, rank = canonical_order(support, label, torch.ones(1), 3)
    assert rank.tolist() == [[2, 0, 1]]
    assert order.tolist() == [[2, 1, 6, 4, 3, 0, 5]]


@pytest.mark.parametrize("labels", ["one_hot", "strings"])
def test_laws(labels):
    built, support, query = network(labels=labels), draw(2, 6, 4), draw(2, 5, 4, seed=2)
    scores = built.scores(support, LABEL, query, 3)
    assert_close(scores.exp().sum(-1), torch.ones(2, 5).double())
    order, renumbered = torch.tensor([4, 2, 0, 5, 3, 1]), torch.tensor([2, 0, 1])
    assert_close(built.scores(support[:, order], LABEL[:, order], query, 3), scores)
    assert_close(built.scores(support, renumbered[LABEL], query, 3)[..., renumbered], scores)
    assert_close(built.scores(support, LABEL, query[:, 2:3], 3), scores[:, 2:3])
    assert_close(built.scores(support[1:], LABEL[1:], query[1:], 3), scores[1:])


def test_blocks_of_queries_change_nothing(monkeypatch):
    built, support, query = network(), draw(2, 6, 4), draw(2, 5, 4, seed=2)
    scores = built.scores(support, LABEL, query, 3)
    monkeypatch.setattr("zsl.methods.learners.mann._BLOCK_NUMBERS", 2 * 2 * 8 * 5)
    assert_close(built.scores(support, LABEL, query, 3), scores)


def test_a_label_shows_at_the_next_step_only():
    built, samples = network(), draw(2, 6, 4)

    def scores(label):
        return built.sequence_scores(samples, label, 3, generator=torch.Generator().manual_seed(5))

    other = LABEL.clone()
    other[:, 3] = (other[:, 3] + 1) % 3
    before, after = scores(LABEL), scores(other)
    assert torch.equal(after[:, :4], before[:, :4])
    assert (after[:, 4] - before[:, 4]).abs().max() > 1e-4


def test_loss_is_the_mean_over_all_steps_in_random_order():
    """With one sample many times, its order doesn't matter, and the loss is that of the labels' order."""
    built, support, query = network(), draw(3, 4, 4), draw(3, 2, 4, seed=2)
    label, query_label = torch.tensor([[0, 1, 2, 0]]).expand(3, 4), torch.tensor([[1, 2]]).expand(3, 2)
    start = built._generator.get_state()
    loss = built.loss(support, label, query, query_label, 3)
    assert not torch.equal(built._generator.get_state(), start)
    generator = torch.Generator()
    generator.set_state(start)
    order = torch.rand(3, 6, generator=generator).argsort(1)
    samples, labels = torch.cat([support, query], dim=1), torch.cat([label, query_label], dim=1).gather(1, order)
    samples = torch.stack([samples[e][order[e]] for e in range(3)])
    scores = built.sequence_scores(samples, labels, 3, generator=generator)
    expected = -sum(scores[e, t, labels[e, t]] for e in range(3) for t in range(6)) / 18
    assert_close(loss, expected)  # all labels are in use, so nothing is lost to those of no class


def test_labels_are_different_and_drawn_anew():
    built = network(labels="strings")
    generator = torch.Generator().manual_seed(0)
    first, again = (built._drawn_labels(50, 20, generator) for _ in range(2))
    assert first.shape == (50, 20, 25)
    assert (first.unflatten(2, (5, 5)).sum(-1) == 1).all()
    assert all(len(set(map(tuple, each.tolist()))) == 20 for each in first)
    assert not torch.equal(first, again)
    assert len({tuple(row) for row in built._shown(torch.arange(3125)).tolist()}) == 3125
    assert built.bindings.sort().values.tolist() == list(range(3125))


def test_more_classes_than_labels():
    samples = draw(1, 4, 4)
    with pytest.raises(InvalidInputError, match=r"4 classes, but .* 3 one_hot labels of the training episodes"):
        network().scores(samples, torch.arange(4)[None], samples, 4)
    with pytest.raises(InvalidInputError, match=r"4 classes, but .* 3 one_hot labels"):
        network().sequence_scores(samples, torch.arange(4)[None], 4, generator=torch.Generator())
    with pytest.raises(InvalidInputError, match=r"3126 classes, but .* 3125 strings of five letters"):
        network(labels="strings").sequence_scores(samples, torch.arange(4)[None], 3126, generator=torch.Generator())
    assert network(labels="strings").scores(samples, torch.arange(4)[None], samples, 4).shape == (1, 4, 4)


def test_standardized_vectors():
    vectors = torch.tensor([[1.0, 10], [3, 10], [1, 10], [3, 10]])
    built = network(n_features=2)
    built.standardize_by(vectors)
    assert_close(built.mean, torch.tensor([2.0, 10]).double())
    assert_close(built.scale, torch.tensor(0.5).double().sqrt())  # variances 1 and 0
    scores = built.scores(vectors[None].double(), torch.tensor([[0, 1, 0, 1]]), draw(1, 3, 2), 2)
    other = network(n_features=2)
    moved = [(part - built.mean) / built.scale for part in (vectors[None].double(), draw(1, 3, 2))]
    assert_close(other.scores(moved[0], torch.tensor([[0, 1, 0, 1]]), moved[1], 2), scores)
    built.standardize_by(vectors[:1])
    assert built.scale == 1


@pytest.mark.parametrize(("labels", "n_steps"), [("one_hot", 100), ("strings", 250)])
def test_it_learns_to_bind(labels, n_steps):
    """Of two samples, the one that is near the query names it; which of the two labels that is, changes every time."""
    sizes = {"n_features": 4, "n_way": 2, "n_slots": 6, "slot_width": 8, "n_reads": 1, "n_hidden": 24}
    built = network(labels=labels, **sizes).float()
    optimizer, generator = torch.optim.AdamW(built.parameters(), lr=0.02), torch.Generator().manual_seed(1)

    def episodes(n):
        one = 2.0 * torch.randint(0, 2, (n, 1, 1, 4), generator=generator) - 1
        samples = torch.cat([one, -one], dim=1) + 0.2 * torch.randn(n, 2, 3, 4, generator=generator)
        return samples.flatten(1, 2), torch.arange(2).repeat_interleave(3).expand(n, -1)

    for _ in range(n_steps):
        samples, label = episodes(32)
        optimizer.zero_grad()
        built.loss(samples[:, :2], label[:, :2], samples[:, 2:], label[:, 2:], 2).backward()
        optimizer.step()
    samples, label = episodes(400)
    with torch.no_grad():
        scores = built.scores(samples[:, ::3], label[:, ::3], samples[:, 1::3], 2)
    assert (scores.argmax(2) == label[:, 1::3]).float().mean() > 0.9


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("labels", ["one_hot", "strings"])
def test_gradients_reach_every_parameter(labels, dtype):
    built = network(nn.Linear(7, 4), labels=labels).to(dtype)
    support, query = (built.embed(draw(12, 7, seed=s).to(dtype)).unflatten(0, (2, 6)) for s in (1, 2))
    loss = built.loss(support, LABEL, query, LABEL.flip(1), 3)
    assert loss.dtype == dtype
    loss.backward()
    assert all(p.grad is not None and p.grad.abs().max() > 0 for p in built.parameters())


def test_building_and_training_touch_no_global_state():
    state = torch.get_rng_state()
    built = network()
    built.loss(draw(2, 6, 4), LABEL, draw(2, 6, 4, seed=2), LABEL, 3)
    assert torch.equal(torch.get_rng_state(), state)
    again = network()
    assert all(torch.equal(a, b) for a, b in zip(built.state_dict().values(), again.state_dict().values(), strict=True))
    assert np.isfinite(again.scores(draw(2, 6, 4), LABEL, draw(2, 6, 4), 3).detach().numpy()).all()


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"n_features": 0}, "n_features=0; wanted 1"),
        ({"n_way": 1}, "n_way=1; wanted 2"),
        ({"n_slots": 1}, "n_slots=1; wanted 2"),
        ({"slot_width": 0}, "slot_width=0"),
        ({"n_reads": 0}, "n_reads=0"),
        ({"n_hidden": 0}, "n_hidden=0"),
        ({"decay": 1.5}, "decay=1.5; wanted a number from 0 to 1"),
    ],
)
def test_wrong_arguments(options, text):
    with pytest.raises(InvalidInputError, match=text):
        network(**options)
