"""Inner products that rank as another measure does."""

import pytest
import torch

from zsl.functional.scores.distances import as_listed, as_probes


@pytest.mark.parametrize(
    ("measure", "scores"),
    [
        ("inner", lambda x, r: x @ r.T),
        ("cosine", lambda x, r: torch.nn.functional.cosine_similarity(x[:, None], r[None], dim=2)),
        ("euclidean", lambda x, r: -torch.cdist(x, r)),
    ],
)
def test_inner_products_rank_as_the_measure(measure, scores):
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(20, 5, generator=generator, dtype=torch.float64)
    r = 3 * torch.randn(30, 5, generator=generator, dtype=torch.float64)
    found = as_probes(x, measure) @ as_listed(r, measure).T
    assert torch.equal(found.argsort(dim=1), scores(x, r).argsort(dim=1))
