"""Full context embeddings against loops over single samples with the same weights."""

import pytest
import torch

from zsl.nn.attention import AttentionReader, FullContextSupport


def draw(*shape, seed=1):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def support_context():
    return FullContextSupport(4, generator=torch.Generator().manual_seed(0)).double()


def reader(n_reads=3):
    return AttentionReader(4, n_reads, generator=torch.Generator().manual_seed(0)).double()


def lstm_step(x, h, c, w_x, w_h, b_x, b_h):
    gates = w_x @ x + b_x + w_h @ h + b_h
    i, f, g, o = gates.split(4)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c


def states(rows, weights):
    h, c, out = torch.zeros(4).double(), torch.zeros(4).double(), []
    for x in rows:
        h, c = lstm_step(x, h, c, *weights)
        out.append(h)
    return out


def test_support_context_equals_a_loop_over_images():
    built, support = support_context(), draw(3, 5, 4)
    embedded = built(support)
    weights = list(built.lstm.parameters())
    for episode, got in zip(support, embedded, strict=True):
        order = sorted(range(5), key=lambda i: float(episode[i] @ built.direction))
        ahead = states([episode[i] for i in order], weights[:4])
        back = states([episode[i] for i in reversed(order)], weights[4:])[::-1]
        for place, i in enumerate(order):
            torch.testing.assert_close(got[i], episode[i] + ahead[place] + back[place])


def test_order_of_the_support_moves_rows_only():
    built, support, order = support_context(), draw(2, 6, 4), torch.tensor([3, 0, 5, 1, 4, 2])
    torch.testing.assert_close(built(support[:, order]), built(support)[:, order])


def test_equal_images_are_embedded_alike():
    built, support = support_context(), draw(2, 5, 4)
    support[0, 3] = support[0, 1]
    embedded = built(support)
    torch.testing.assert_close(embedded[0, 3], embedded[0, 1], rtol=0, atol=0)
    assert not torch.allclose(embedded[1, 3], embedded[1, 1])
    one, two = (states(rows, list(built.lstm.parameters())[:4]) for rows in (support[0, 1:2], support[0, [1, 3]]))
    assert not torch.allclose(one[-1], two[-1])  # so that the states were not alike before they were shared


@pytest.mark.parametrize("n_reads", [1, 4])
def test_reader_equals_a_loop_over_queries(n_reads):
    built, query, support = reader(n_reads), draw(2, 3, 4), draw(2, 5, 4, seed=2)
    read_out = built(query, support)
    w_x, *others = built.cell.parameters()
    for e in range(2):
        for q, got in zip(query[e], read_out[e], strict=True):
            h, c = torch.zeros(4).double(), torch.zeros(4).double()
            for _ in range(n_reads):
                attention = torch.softmax(torch.stack([h @ g for g in support[e]]), 0)
                read = sum(a * g for a, g in zip(attention, support[e], strict=True))
                output, c = lstm_step(torch.cat([q, read]), h, c, w_x, *others)
                h = output + q
            torch.testing.assert_close(got, h)


def test_queries_do_not_see_each_other_nor_the_order_of_the_support():
    built, query, support = reader(), draw(2, 3, 4), draw(2, 5, 4, seed=2)
    torch.testing.assert_close(built(query[:, 1:2], support), built(query, support)[:, 1:2])
    torch.testing.assert_close(built(query, support.flip(1)), built(query, support))


def test_building_draws_from_the_generator_alone():
    before = torch.random.get_rng_state()
    first, second = support_context(), support_context()
    assert torch.equal(before, torch.random.get_rng_state())
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), second.parameters(), strict=True))
    assert all(0 < p.abs().max() <= 0.5 for p in [*first.parameters(), *reader().parameters()])
    assert "direction" in first.state_dict()


def test_gradients_reach_every_parameter():
    built, read = support_context(), reader()
    read(draw(2, 3, 4), built(draw(2, 5, 4, seed=2))).square().sum().backward()
    assert all(p.grad is not None and p.grad.abs().max() > 0 for p in [*built.parameters(), *read.parameters()])
