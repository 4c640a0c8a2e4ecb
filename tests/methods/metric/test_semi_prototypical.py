"""Semi-supervised prototypical networks: cases by hand, what each refinement is for, laws."""

import inspect
import math

import pytest
import torch
from torch import nn

from zsl.exceptions import InvalidInputError
from zsl.methods.metric.semi_prototypical import SemiPrototypical

REFINEMENTS = ["soft_kmeans", "distractor", "masked"]
LABEL = torch.tensor([[0, 2, 1, 2, 0, 2], [1, 1, 0, 2, 1, 0]])  # another number of samples per class in each episode


def draw(*shape, seed=1):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def network(refinement, backbone=None, **options):
    return SemiPrototypical(
        backbone, refinement=refinement, generator=torch.Generator().manual_seed(0), **options
    ).double()


def set_masks(built, threshold, slope):
    """Make the small network give a fixed threshold and slope."""
    last = built.mask_network[-1]
    with torch.no_grad():
        last.weight.zero_()
        last.bias.copy_(torch.tensor([threshold, slope]).log())


@pytest.mark.parametrize("refinement", REFINEMENTS)
def test_without_unlabelled_images_it_is_the_nearest_class_mean(refinement):
    built, support, query = network(refinement), draw(2, 6, 4), draw(2, 5, 4, seed=2)
    means = torch.stack(
        [torch.stack([s[y == c].mean(0) for c in range(3)]) for s, y in zip(support, LABEL, strict=True)]
    )
    expected = -(query[:, :, None] - means[:, None]).square().sum(-1)
    torch.testing.assert_close(built.scores(support, LABEL, query, 3), expected)
    torch.testing.assert_close(built.scores(support, LABEL, query, 3, draw(2, 0, 4)), expected)


LINE = torch.tensor([[[0.0], [2.0], [2.0]]]).double()  # prototypes at 0 and 2, one and two samples
AT_ONE = torch.ones(1, 1, 1).double()  # an unlabelled sample as near to both


@pytest.mark.parametrize(
    ("refinement", "share"),
    [
        ("soft_kmeans", 0.5),
        ("distractor", 1 / 3),  # the origin is as near as both prototypes
        ("masked", 0.5 * 0.75),  # one sample: its relative distance is 1
    ],
)
def test_one_refinement_by_hand(refinement, share):
    built = network(refinement)
    if refinement == "masked":
        set_masks(built, 2.0, math.log(3))
    scores = built.scores(LINE, torch.tensor([[0, 1, 1]]), torch.zeros(1, 1, 1).double(), 2, AT_ONE)
    centres = torch.tensor([share / (1 + share), (4 + share) / (2 + share)]).double()
    torch.testing.assert_close(scores[0, 0], -(centres**2))


def test_second_refinement_starts_from_the_support_and_the_refined_prototypes():
    built = network("soft_kmeans", n_refine=2)
    scores = built.scores(LINE, torch.tensor([[0, 1, 1]]), torch.zeros(1, 1, 1).double(), 2, AT_ONE)
    first, second = 0.5 / 1.5, 4.5 / 2.5
    share = 1 / (1 + math.exp((1 - first) ** 2 - (1 - second) ** 2))
    centres = torch.tensor([share / (1 + share), (4 + 1 - share) / (2 + 1 - share)]).double()
    torch.testing.assert_close(scores[0, 0], -(centres**2))


def test_distractors_at_the_origin_move_only_plain_soft_kmeans():
    support, query = torch.tensor([[[3.0, 0], [0, 3.0]]]).double(), torch.tensor([[[2.0, 1]]]).double()
    strays, label = 0.1 * draw(1, 20, 2), torch.tensor([[0, 1]])
    still = network("soft_kmeans").scores(support, label, query, 2)
    torch.testing.assert_close(network("distractor").scores(support, label, query, 2, strays), still, atol=0.05, rtol=0)
    assert (network("soft_kmeans").scores(support, label, query, 2, strays) - still).abs().max() > 1


def test_masks_ignore_a_far_image():
    support, query, label = (
        torch.tensor([[[0.0], [4.0]]]).double(),
        torch.ones(1, 1, 1).double(),
        torch.tensor([[0, 1]]),
    )
    near = torch.tensor([[[-0.5], [0.5], [3.5], [4.5]]]).double()
    with_far = torch.cat([near, torch.full((1, 1, 1), 100.0).double()], 1)
    built = network("masked")
    set_masks(built, 1.0, 50.0)
    still = built.scores(support, label, query, 2)
    torch.testing.assert_close(built.scores(support, label, query, 2, with_far), still, atol=0.1, rtol=0)
    assert (network("soft_kmeans").scores(support, label, query, 2, with_far) - still).abs().max() > 10


@pytest.mark.parametrize("refinement", REFINEMENTS)
def test_laws(refinement):
    built = network(refinement, n_refine=2)
    support, query, unlabeled = draw(2, 6, 4), draw(2, 5, 4, seed=2), draw(2, 7, 4, seed=3)
    scores = built.scores(support, LABEL, query, 3, unlabeled)
    assert not torch.allclose(scores, built.scores(support, LABEL, query, 3))
    order, renumbered = torch.tensor([4, 2, 0, 5, 3, 1]), torch.tensor([2, 0, 1])
    torch.testing.assert_close(built.scores(support[:, order], LABEL[:, order], query, 3, unlabeled), scores)
    torch.testing.assert_close(built.scores(support, LABEL, query, 3, unlabeled.flip(1)), scores)
    torch.testing.assert_close(built.scores(support, renumbered[LABEL], query, 3, unlabeled)[..., renumbered], scores)
    torch.testing.assert_close(built.scores(support, LABEL, query[:, 2:3], 3, unlabeled), scores[:, 2:3])
    torch.testing.assert_close(built.scores(support[1:], LABEL[1:], query[1:], 3, unlabeled[1:]), scores[1:])


@pytest.mark.parametrize("n_unlabeled", [1, 7])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("refinement", REFINEMENTS)
def test_gradients_reach_every_parameter_and_the_unlabelled_images(refinement, dtype, n_unlabeled):
    built = network(refinement, nn.Linear(7, 4)).to(dtype)
    support, query = (built.embed(draw(12, 7, seed=s).to(dtype)).unflatten(0, (2, 6)) for s in (1, 2))
    unlabeled = draw(2, n_unlabeled, 4, seed=3).to(dtype).requires_grad_()
    loss = built.loss(support, LABEL, query, LABEL.flip(1), 3, unlabeled)
    assert loss.dtype == dtype
    loss.backward()
    gradients = [unlabeled.grad, *(p.grad for p in built.parameters())]
    assert all(g is not None and torch.isfinite(g).all() and g.abs().max() > 0 for g in gradients)
    owned = {name.split(".")[0] for name, _ in built.named_parameters()} - {"backbone"}
    assert owned == {"soft_kmeans": set(), "distractor": {"log_radius"}, "masked": {"mask_network"}}[refinement]


def test_unlabelled_image_on_its_prototype_leaves_gradients_finite():
    support = draw(1, 3, 4).requires_grad_()
    label = torch.tensor([[0, 1, 2]])
    network("masked").loss(support, label, draw(1, 3, 4, seed=2), label, 3, support[:, :1]).backward()
    assert torch.isfinite(support.grad).all()


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"refinement": "hard"}, "refinement='hard'; wanted one of soft_kmeans, distractor, masked"),
        ({"refinement": "masked", "n_refine": 0}, "n_refine=0"),
        ({"refinement": "distractor", "radius": 0.0}, "radius=0.0"),
    ],
)
def test_wrong_arguments(options, text):
    # Unwrapped: the tests' own check of annotations would refuse an unknown refinement first.
    build = inspect.unwrap(SemiPrototypical.__init__)
    with pytest.raises(InvalidInputError, match=text):
        build(SemiPrototypical.__new__(SemiPrototypical), None, generator=torch.Generator(), **options)
