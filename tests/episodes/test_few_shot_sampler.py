"""Batches of episodes: who is drawn, how often, and that the generator alone decides."""

from dataclasses import astuple

import pytest
import torch
from scipy import stats

from zsl.episodes.few_shot import FewShotSampler
from zsl.exceptions import InvalidInputError

EVEN = torch.arange(8).repeat(10)  # eight classes of ten samples, mixed
RAGGED = torch.tensor([3] * 4 + [7] * 9 + [8] * 5 + [20] * 30)  # class numbers with gaps


def sampler(labels, seed=0, **options):
    defaults = {"n_way": 3, "n_shot": 2, "n_query": 2, "generator": torch.Generator().manual_seed(seed)}
    return FewShotSampler(labels, **defaults | options)


def classes_of(labels, positions, number, batch):
    """Check that samples belong to the classes that their numbers stand for."""
    assert torch.equal(labels[positions], batch.classes.gather(1, number))


def all_distinct(*parts):
    ordered = torch.cat(parts, dim=1).sort(dim=1).values
    assert (ordered.diff(dim=1) > 0).all()


def chi_square(counts):
    return stats.chisquare(counts.numpy()).pvalue


@pytest.mark.parametrize("labels", [EVEN, RAGGED])
@pytest.mark.parametrize("imbalance", [None, 0.5])
def test_ways_shots_queries_and_labels(labels, imbalance):
    batch = sampler(labels, imbalance=imbalance).draw(200)
    assert batch.support.shape == batch.label.shape == (200, 6)
    assert batch.query.shape == batch.query_label.shape == (200, 6)
    assert batch.unlabeled.shape == (200, 0)
    assert batch.classes.shape == (200, 3)
    all_distinct(batch.classes)
    all_distinct(batch.support, batch.query)
    classes_of(labels, batch.support, batch.label, batch)
    classes_of(labels, batch.query, batch.query_label, batch)
    assert (torch.nn.functional.one_hot(batch.label, 3).sum(1) == 2).all()
    even = (torch.nn.functional.one_hot(batch.query_label, 3).sum(1) == 2).all()
    assert even == (imbalance is None)


def test_support_and_queries_stand_class_by_class():
    batch = sampler(EVEN).draw(2)
    assert batch.label.tolist() == batch.query_label.tolist() == [[0, 0, 1, 1, 2, 2]] * 2


@pytest.mark.parametrize("imbalance", [None, 0.3])
def test_smallest_classes_give_all_they_have(imbalance):
    labels = torch.tensor([0] * 5 + [1] * 5 + [2] * 5)
    batch = sampler(labels, n_query=1, n_unlabeled=2, imbalance=imbalance).draw(50)
    used = torch.cat([batch.support, batch.query, batch.unlabeled], dim=1)
    assert torch.equal(used.sort(dim=1).values, torch.arange(15).expand(50, -1))


@pytest.mark.parametrize("imbalance", [None, 0.5])
def test_unlabelled_images_and_distractors(imbalance):
    batch = sampler(EVEN, n_unlabeled=4, n_distractors=2, imbalance=imbalance).draw(200)
    assert batch.unlabeled.shape == (200, 5 * 4)
    all_distinct(batch.support, batch.query, batch.unlabeled)
    owners = EVEN[batch.unlabeled].view(200, 5, 4)
    assert (owners == owners[..., :1]).all()
    assert torch.equal(owners[:, :3, 0], batch.classes)
    all_distinct(owners[..., 0])  # so distractors are of classes outside the episode


@pytest.mark.parametrize("imbalance", [None, 0.5])
def test_mask_of_labelled_images(imbalance):
    labeled = torch.arange(80) % 3 != 0
    batch = sampler(EVEN, n_unlabeled=2, n_distractors=1, labeled=labeled, imbalance=imbalance).draw(200)
    assert labeled[batch.support].all()
    assert labeled[batch.query].all()
    assert not labeled[batch.unlabeled].any()
    all_distinct(batch.unlabeled)
    owners = EVEN[batch.unlabeled].view(200, 4, 2)
    assert torch.equal(owners[:, :3, 1], batch.classes)
    all_distinct(owners[..., 0])


def test_mask_counts_without_unlabelled_images():
    labeled = torch.arange(80) >= 40
    batch = sampler(EVEN, labeled=labeled).draw(50)
    assert labeled[batch.support].all()
    assert labeled[batch.query].all()


def test_groups_are_drawn_in_proportion_to_their_classes():
    labels = torch.arange(14).repeat(4)
    groups = torch.tensor([0, 1, 0, 2, 0, 1, 0, 2, 0, 1, 3, 0, 3, 1])  # of 6, 4, 2 and 2 classes
    batch = sampler(labels, groups=groups, n_way=2).draw(6000)
    own = groups[batch.classes]
    assert (own == own[:, :1]).all()
    counts = own[:, 0].bincount().numpy()
    assert stats.chisquare(counts, [6000 * share / 14 for share in (6, 4, 2, 2)]).pvalue > 1e-3
    assert chi_square(batch.classes.flatten().bincount()) > 1e-3  # so each class is as likely


@pytest.mark.parametrize("n_distractors", [0, 1])
def test_groups_too_small_are_left_out(n_distractors):
    groups = torch.tensor([0, 1, 0, 1, 0, 1, 1, 2])  # only group 1 has four classes
    batch = sampler(EVEN, groups=groups, n_way=4 - n_distractors, n_unlabeled=1, n_distractors=n_distractors).draw(100)
    assert (groups[batch.classes] == 1).all()
    assert (groups[EVEN[batch.unlabeled]] == 1).all()


def test_groups_of_class_numbers_with_gaps():
    groups = torch.full((21,), 9)
    groups[[7, 20]] = 4
    batch = sampler(RAGGED, groups=groups, n_way=2).draw(20)
    assert {tuple(sorted(pair)) for pair in batch.classes.tolist()} == {(3, 8), (7, 20)}


@pytest.mark.parametrize("n_way", [8, 3])
def test_every_class_and_image_is_as_likely_in_every_place(n_way):
    drawn = sampler(EVEN, n_way=n_way, n_shot=1, n_query=1, n_unlabeled=1, seed=1).draw(4000)
    for place in range(n_way):
        assert chi_square(drawn.classes[:, place].bincount()) > 1e-3
    for part in (drawn.support, drawn.query, drawn.unlabeled):
        counts = part.flatten().bincount().view(10, 8)  # of the samples of each class
        assert chi_square(counts.flatten()) > 1e-3


def test_images_of_small_classes_are_as_likely_as_one_another():
    drawn = sampler(RAGGED, n_way=4, n_shot=1, n_query=1, seed=1).draw(4000)
    for part in (drawn.support, drawn.query):
        counts = part.flatten().bincount()
        for number in RAGGED.unique():
            assert chi_square(counts[number == RAGGED]) > 1e-3


@pytest.mark.parametrize("alpha", [0.5, 2.0, 1e-4])
def test_shares_of_queries_are_dirichlet(alpha):
    way, n_query, n_episodes = 3, 4, 6000
    # So many that drawing without putting back makes no odds, nor that classes have different numbers.
    labels = torch.arange(way).repeat_interleave(torch.tensor([200, 400, 700]))
    batch = sampler(labels, n_query=n_query, imbalance=alpha, seed=3).draw(n_episodes)
    counts = torch.nn.functional.one_hot(batch.query_label, way).sum(1).double()
    total = way * n_query
    # Moments of the Dirichlet-multinomial distribution.
    mean = total / way
    variance = total * (1 / way) * (1 - 1 / way) * (total + way * alpha) / (1 + way * alpha)
    spread = (variance / n_episodes) ** 0.5
    assert ((counts.mean(0) - mean).abs() < 4 * spread).all()
    torch.testing.assert_close(counts.var(0), torch.full((way,), variance).double(), rtol=0.08, atol=0)
    all_distinct(batch.support, batch.query)


def test_small_classes_even_out_the_shares():
    def largest(n_images):
        labels = torch.arange(3).repeat(n_images)
        batch = sampler(labels, n_query=10, imbalance=0.2).draw(500)
        counts = torch.nn.functional.one_hot(batch.query_label, 3).sum(1)
        assert (counts.sum(1) == 30).all()
        assert counts.max() <= n_images - 2
        return counts.amax(1).double().mean()

    assert largest(12) == 10
    assert 10 < largest(15) < largest(25) < largest(200)


def test_the_generator_alone_decides():
    options = {"n_unlabeled": 1, "n_distractors": 1, "imbalance": 1.0, "groups": torch.tensor([0, 1] * 4)}
    before = torch.random.get_rng_state()
    first, second, other = (sampler(EVEN, seed=seed, **options).draw(5) for seed in (7, 7, 8))
    assert all(torch.equal(left, right) for left, right in zip(astuple(first), astuple(second), strict=True))
    assert not torch.equal(first.support, other.support)
    assert torch.equal(before, torch.random.get_rng_state())


def test_draws_go_on():
    drawing = sampler(EVEN)
    assert not torch.equal(drawing.draw(3).support, drawing.draw(3).support)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"n_shot": 3}, "class 3 has 4 samples; an episode needs 5 of each class \\(1 of 4 classes"),
        ({"n_query": 7}, "class 3 has 4 samples; an episode needs 9 of each class \\(2 of 4 classes"),
        ({"n_unlabeled": 1}, "class 3 has 4 samples; an episode needs 5"),
        ({"labeled": RAGGED > 3}, "class 3 has 0 labelled samples; an episode needs 4"),
        ({"labeled": torch.arange(48) % 2 == 0, "n_shot": 1, "n_query": 1, "n_unlabeled": 3}, "class 3 has 2 unlab"),
        ({"labeled": torch.zeros(48, dtype=torch.bool)}, "class 3 has 0 labelled samples"),
        ({"n_way": 5}, "there are 4 classes; an episode needs 5 \\(n_way \\+ n_distractors\\)"),
        ({"n_way": 4, "n_distractors": 1}, "there are 4 classes; an episode needs 5"),
        ({"groups": torch.arange(21) // 8}, "the largest group has 2 classes; an episode needs 3"),
    ],
)
def test_too_few_images_or_classes(options, said):
    with pytest.raises(InvalidInputError, match=said):
        sampler(RAGGED, **options)


def test_no_images_at_all():
    with pytest.raises(InvalidInputError, match="there are 0 classes; an episode needs 3"):
        sampler(torch.empty(0, dtype=torch.long))
