"""Both fast forms of the relation score against its definition, pair by pair."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils._python_dispatch import TorchDispatchMode

import zsl.functional.scores.relation
from zsl.functional.scores.relation import relation_scores, relation_scores_pairwise

FORMS = ["l1", "relu", "auto"]


def draw(n, c, d, h, seed=0, dtype=torch.float64):
    generator = torch.Generator().manual_seed(seed)
    shapes = (n, d), (c, d), (h, d), (h, d), (h,), (h,)
    return [torch.randn(shape, generator=generator, dtype=dtype) for shape in shapes]


def fast(form, queries, classes, left, right, bias, out, **options):
    return relation_scores(queries @ left.T, classes @ right.T + bias, out, form=form, **options)


@pytest.mark.parametrize("form", FORMS)
@given(n=st.integers(1, 6), c=st.integers(1, 5), d=st.integers(1, 4), h=st.integers(1, 7), seed=st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_forms_equal_the_definition(form, n, c, d, h, seed):
    inputs = draw(n, c, d, h, seed)
    torch.testing.assert_close(fast(form, *inputs), relation_scores_pairwise(*inputs), rtol=1e-10, atol=1e-10)


def test_definition_by_hand():
    one = torch.tensor([[1.0]])
    scores = relation_scores_pairwise(
        torch.tensor([[2.0], [-3.0]]), one, one, one, torch.tensor([0.5]), torch.tensor([-2.0])
    )
    assert scores.tolist() == [[-7.0], [0.0]]  # -2·ReLU(2 + 1 + 0.5), and ReLU(-3 + 1 + 0.5) = 0


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("sizes", [(200, 40, 64, 300), (1, 1, 1, 1), (1, 50, 16, 64), (60, 1, 16, 64), (60, 50, 1, 1)])
def test_single_precision_agrees_with_the_double_oracle(form, sizes):
    inputs = draw(*sizes, seed=2)
    oracle = relation_scores_pairwise(*inputs)
    found = fast(form, *(tensor.float() for tensor in inputs)).double()
    assert (found - oracle).abs().max() / oracle.abs().max() < 1e-5


@pytest.mark.parametrize("form", FORMS)
def test_weights_of_zero_and_inactive_units(form):
    queries, classes, left, right, bias, out = draw(4, 3, 2, 5)
    out[::2] = 0
    bias[1] = -1e3
    inputs = queries, classes, left, right, bias, out
    torch.testing.assert_close(fast(form, *inputs), relation_scores_pairwise(*inputs))
    assert fast(form, *inputs[:-1], torch.zeros(5, dtype=torch.float64)).abs().max() < 1e-100


@pytest.mark.parametrize("form", FORMS)
def test_ties_where_the_hidden_units_are_at_their_kink(form):
    generator = torch.Generator().manual_seed(0)
    shapes = (9, 6), (4, 6), (6,)
    queries, classes, out = (torch.randint(-2, 3, shape, generator=generator).double() for shape in shapes)
    assert (queries[:, None] == -classes).sum() > 10
    eye = torch.eye(6, dtype=torch.float64)
    expected = relation_scores_pairwise(queries, classes, eye, eye, torch.zeros(6, dtype=torch.float64), out)
    assert relation_scores(queries, classes, out, form=form).tolist() == expected.tolist()


def test_no_queries_have_no_scores():
    for form in FORMS:
        found = relation_scores(torch.ones(0, 3), torch.ones(2, 3), torch.ones(3, requires_grad=True), form=form)
        assert found.shape == (0, 2)


@pytest.mark.parametrize("form", FORMS)
def test_gradients_equal_those_of_the_definition(form):
    inputs = [tensor.requires_grad_() for tensor in draw(7, 40, 3, 6)]
    weights = torch.randn(7, 40, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    found = torch.autograd.grad((fast(form, *inputs) * weights).sum(), inputs)
    expected = torch.autograd.grad((relation_scores_pairwise(*inputs) * weights).sum(), inputs)
    for left, right in zip(found, expected, strict=True):
        torch.testing.assert_close(left, right)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_gradient_at_weights_of_zero(form, dtype):
    """The score is linear in w, also at w = 0, where the relation term of a network starts."""
    queries, classes, *_, out = draw(5, 40, 6, 6, dtype=dtype)
    out[::2] = 0
    for weight in (out, torch.zeros_like(out)):
        leaf = weight.clone().requires_grad_()
        (found,) = torch.autograd.grad(relation_scores(queries, classes, leaf, form=form).sum(), leaf)
        torch.testing.assert_close(found, torch.relu(queries[:, None] + classes).sum(dim=(0, 1)))


def test_auto_takes_the_distances_for_training_on_many_classes_only(monkeypatch):
    taken = []
    real = zsl.functional.scores.relation._l1_form
    monkeypatch.setattr(zsl.functional.scores.relation, "_l1_form", lambda *args: taken.append(args) or real(*args))
    for n_class, trained in ((32, False), (31, True), (32, True)):
        queries, classes, *_, out = draw(2, n_class, 3, 3)
        relation_scores(queries, classes, out.requires_grad_(trained))
        assert bool(taken) == (trained and n_class == 32)
    with torch.no_grad():
        relation_scores(queries, classes, out)
    assert len(taken) == 1


@pytest.mark.parametrize("form", ["l1", "relu"])
def test_gradients(form):
    queries, classes, *_, out = (tensor.requires_grad_() for tensor in draw(5, 4, 6, 6, seed=3))
    assert torch.autograd.gradcheck(
        lambda a, c, w: relation_scores(a, c, w, form=form, block_bytes=1), (queries, classes, out)
    )


@pytest.mark.parametrize("block_bytes", [1, 100, 10**6])
def test_blocks_agree(block_bytes):
    queries, classes, *_, out = (tensor.requires_grad_() for tensor in draw(7, 4, 6, 6))
    results = []
    for form, size in (("l1", 1), ("relu", block_bytes)):
        scores = relation_scores(queries, classes, out, form=form, block_bytes=size)
        grads = torch.autograd.grad((scores * torch.arange(28.0).reshape(7, 4)).sum(), (queries, classes, out))
        results.append([scores, *grads])
    for left, right in zip(*results, strict=True):
        torch.testing.assert_close(left, right)


class _Largest(TorchDispatchMode):
    """Remembers the largest tensor that any operation makes, forward or backward."""

    def __init__(self):
        super().__init__()
        self.numel = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        for tensor in result if isinstance(result, (tuple, list)) else [result]:
            if isinstance(tensor, torch.Tensor):
                self.numel = max(self.numel, tensor.untyped_storage().nbytes() // tensor.element_size())
        return result


@pytest.mark.parametrize("form", ["l1", "relu"])
def test_no_tensor_over_pairs_and_hidden_units(form):
    n, c, h = 40, 30, 50
    queries, classes, *_, out = (t.requires_grad_() for t in draw(n, c, h, h))
    with _Largest() as largest:
        relation_scores(queries, classes, out, form=form, block_bytes=2 * c * h * 8).sum().backward()
    assert largest.numel <= max(n * c, (n + c) * h, 2 * c * h) < n * c * h
    with _Largest() as largest:  # the measure itself: the definition does build such a tensor
        relation_scores_pairwise(*draw(n, c, h, h))
    assert largest.numel >= n * c * h
