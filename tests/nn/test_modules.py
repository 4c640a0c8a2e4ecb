"""The mapper and the relation module against loops over pairs."""

import pytest
import torch

import zsl.nn.relation
from zsl.nn.perceptron import SemanticMapper
from zsl.nn.relation import RelationModule


def module(similarity, hidden=(8,), **options):
    built = RelationModule(
        4,
        hidden,
        similarity=similarity,
        scale=5.0,
        offset=0.25,
        generator=torch.Generator().manual_seed(0),
        **options,
    ).double()
    if similarity != "metric":
        with torch.no_grad():
            built.weight_out.uniform_(-1, 1, generator=torch.Generator().manual_seed(1))
    return built


def by_pairs(built, queries, classes):
    rows = []
    for query in queries:
        for representation in classes:
            f, r = query / query.norm(), representation / representation.norm()
            value = built.offset.clone()
            if built.similarity != "relation":
                value = value + built.log_scale.exp() * (f @ r)
            if built.similarity != "metric":
                hidden = torch.relu(built.query_half(f) + built.class_half(r))
                for layer in built.deeper:
                    hidden = torch.relu(layer(hidden))
                value = value + hidden @ built.weight_out
            rows.append(value)
    return torch.stack(rows).reshape(len(queries), len(classes))


@pytest.fixture
def vectors():
    generator = torch.Generator().manual_seed(2)
    return [torch.randn(n, 4, generator=generator, dtype=torch.float64) for n in (6, 3)]


@pytest.mark.parametrize("similarity", ["both", "metric", "relation"])
@pytest.mark.parametrize("hidden", [(8,), (8, 5), (8, 5, 6)])
def test_scores_equal_a_loop_over_pairs(similarity, hidden, vectors, monkeypatch):
    monkeypatch.setattr(zsl.nn.relation, "BLOCK_BYTES", 500)
    built = module(similarity, hidden)
    scores = built(*vectors)
    torch.testing.assert_close(scores, by_pairs(built, *vectors))
    with torch.no_grad():
        torch.testing.assert_close(built(*vectors), scores)


def test_gradients_of_deep_blocks(vectors, monkeypatch):
    monkeypatch.setattr(zsl.nn.relation, "BLOCK_BYTES", 1)
    built = module("both", (8, 5))
    parameters = list(built.parameters())
    fast = torch.autograd.grad(built(*vectors).square().sum(), parameters)
    slow = torch.autograd.grad(by_pairs(built, *vectors).square().sum(), parameters)
    for left, right in zip(fast, slow, strict=True):
        torch.testing.assert_close(left, right)


def test_relation_term_starts_at_nothing(vectors):
    options = {"scale": 5.0, "offset": 0.0, "generator": torch.Generator().manual_seed(0)}
    both = RelationModule(4, (8,), similarity="both", **options).double()
    queries, classes = (rows / rows.norm(dim=1, keepdim=True) for rows in vectors)
    torch.testing.assert_close(both(*vectors), 5 * queries @ classes.T)
    assert both.penalty() == 0
    assert RelationModule(4, (8,), similarity="relation", **options).weight_out.abs().min() > 0


def test_penalty_is_for_both_only():
    built = module("both")
    torch.testing.assert_close(built.penalty(), (built.weight_out**2).sum())
    assert module("relation").penalty() == 0


def test_mapper_has_unit_rows_and_the_widths_asked_for():
    mapper = SemanticMapper(3, 5, (7, 6), torch.Generator().manual_seed(0))
    rows = mapper(torch.ones(4, 3))
    torch.testing.assert_close(rows.norm(dim=1), torch.ones(4))
    shapes = [tuple(p.shape) for p in mapper.parameters() if p.ndim == 2]
    assert shapes == [(7, 3), (6, 7), (5, 6)]
    assert len(SemanticMapper(3, 5, (), torch.Generator()).layers) == 1


def test_building_touches_no_global_random_state():
    before = torch.random.get_rng_state()
    SemanticMapper(3, 5, (7,), torch.Generator().manual_seed(0))
    module("relation", (8, 5))
    assert torch.equal(before, torch.random.get_rng_state())
