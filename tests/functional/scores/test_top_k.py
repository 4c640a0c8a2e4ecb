import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.testing import assert_close

from zsl.functional.scores.top_k import merged_top_k, top_k


def by_sorting(scores, k):
    """All scores sorted, lowest column first among equals."""
    values, columns = scores.sort(dim=1, descending=True, stable=True)
    return values[:, :k], columns[:, :k]


def in_blocks(scores, size):
    """Blocks of columns, and where they start."""
    return ((scores[:, start : start + size], start) for start in range(0, scores.shape[1], size))


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 5), st.integers(1, 30), st.integers(1, 12), st.integers(1, 9), st.integers(0, 1000))
def test_it_is_what_sorting_gives_however_many_scores_are_equal(n, columns, k, block, seed):
    scores = torch.randint(4, (n, columns), generator=torch.Generator().manual_seed(seed)).double()
    wanted = by_sorting(scores, k)
    assert_close(top_k(scores, k), wanted)
    assert_close(merged_top_k(in_blocks(scores, block), k), wanted)


def test_real_scores():
    scores = torch.randn(7, 1000, generator=torch.Generator().manual_seed(0))
    assert_close(merged_top_k(in_blocks(scores, 64), 10), scores.topk(10, dim=1)[:2])


def test_no_blocks():
    with pytest.raises(ValueError, match="blocks is empty"):
        merged_top_k([], 3)
