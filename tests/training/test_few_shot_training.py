"""Training on episodes: what a method is shown, and that it learns."""

import pytest
import torch
from torch import nn

from zsl.exceptions import InvalidInputError
from zsl.methods.few_shot import FewShotMethod
from zsl.methods.metric.prototypical import PrototypicalNetwork
from zsl.methods.metric.semi_prototypical import SemiPrototypical
from zsl.methods.relation.convolutional_relation import ConvolutionalRelationNetwork
from zsl.nn.backbones import Conv4
from zsl.nn.layers import linear
from zsl.training.few_shot import EpisodeTraining, train_few_shot

LABELS = torch.arange(6).repeat(10)


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


class Spy(FewShotMethod):
    """Note what comes; the embedding of an image is its first number, its position."""

    def __init__(self):
        super().__init__(None)
        self.weight = nn.Parameter(torch.zeros(()))
        self.inputs, self.episodes = [], []

    def embed(self, X):
        assert self.training
        self.inputs.append(X)
        return X.flatten(1)[:, :1] + 0 * self.weight

    def scores(self, support, label, query, n_way, unlabeled=None):
        raise NotImplementedError

    def loss(self, support, label, query, query_label, n_way, unlabeled=None):
        free = None if unlabeled is None else unlabeled[0, :, 0].long()
        self.episodes.append((support[0, :, 0].long(), label[0], query[0, :, 0].long(), query_label[0], n_way, free))
        return self.weight


def watched(labels=LABELS, images=None, seed=0, options=None, **settings):
    spy = Spy()
    how = EpisodeTraining(**{"n_way": 3, "n_shot": (1,), "n_query": 2, "n_episodes": 4} | settings)
    images = torch.arange(len(labels)).float()[:, None] if images is None else images
    train_few_shot(spy, images, labels, how, generator=seeded(seed), **options or {})
    return spy


def check_classes(support, label, query, query_label, n_way):
    """The support of each class is of one class of the data, and so are its queries."""
    of_class = torch.full((n_way,), -1)
    of_class[label] = LABELS[support]
    assert torch.equal(LABELS[support], of_class[label])
    assert torch.equal(LABELS[query], of_class[query_label])
    assert len(of_class.unique()) == n_way
    assert len(torch.cat([support, query]).unique()) == len(support) + len(query)


def test_shots_are_taken_in_turn_and_splits_share_their_images():
    spy = watched(n_shot=(1, 3), n_query=2, n_splits=3)
    assert len(spy.inputs) == 4
    assert len(spy.episodes) == 12
    for place, (support, label, query, query_label, n_way, free) in enumerate(spy.episodes):
        shot = (1, 3)[place % 2]
        assert free is None
        assert torch.equal(label.bincount(), torch.full((3,), shot))
        assert torch.equal(query_label.bincount(), torch.full((3,), 5 - shot))
        check_classes(support, label, query, query_label, n_way)
    for step in range(4):
        splits = spy.episodes[3 * step : 3 * step + 3]
        shown = spy.inputs[step][:, 0].long().sort().values
        for support, _, query, *_ in splits:
            assert torch.equal(torch.cat([support, query]).sort().values, shown)
        assert not torch.equal(splits[0][0].sort().values, splits[2][0].sort().values)


def test_unlabelled_images_and_distractors():
    spy = watched(n_shot=(1, 3), n_unlabeled=2, n_distractors=1, n_splits=3)
    assert len(spy.episodes) == 4
    for place, (support, label, query, query_label, n_way, free) in enumerate(spy.episodes):
        check_classes(support, label, query, query_label, n_way)
        assert torch.equal(label.bincount(), torch.full((3,), (1, 3)[place % 2]))
        assert torch.equal(query_label.bincount(), torch.full((3,), 2))
        owners = LABELS[free].view(4, 2)
        assert (owners[:, 0] == owners[:, 1]).all()
        assert set(owners[:3, 0].tolist()) == set(LABELS[support].tolist())
        assert owners[3, 0] not in LABELS[support]
        assert not set(free.tolist()) & set(torch.cat([support, query]).tolist())


def test_groups_and_mask_of_labelled_images():
    labeled = torch.arange(60) < 36
    options = {"groups": torch.tensor([0, 1] * 3), "labeled": labeled}
    for support, _, query, _, _, free in watched(n_unlabeled=2, n_query=3, options=options).episodes:
        assert labeled[torch.cat([support, query])].all()
        assert not labeled[free].any()
        assert len((LABELS[torch.cat([support, query, free])] % 2).unique()) == 1


def test_bytes_come_as_they_are_and_augmented_as_shares_of_255():
    pixels = torch.randint(0, 256, (60, 1, 6, 6), generator=seeded()).to(torch.uint8)
    for shown in watched(images=pixels).inputs:
        assert shown.dtype == torch.uint8
    for shown in watched(images=pixels, augment=True).inputs:
        assert shown.dtype == torch.float32
        assert shown.min() >= 0
        assert 0.5 < shown.max() <= 1
    for shown in watched(images=pixels.float(), augment=True).inputs:
        assert shown.max() > 100


def test_checks_are_passed_on():
    done = []
    watched(n_episodes=5, options={"check": done.append, "check_every": 2})
    assert done == [2, 4, 5]


def test_too_few_images():
    with pytest.raises(InvalidInputError, match="class 0 has 10 samples; an episode needs 11"):
        watched(n_shot=(1, 5), n_query=6)


def toy(seed=0):
    """Classes differ in the first 3 of 12 features only, which the noise of the others hides."""
    generator = seeded(seed)
    labels = torch.arange(20).repeat(20)
    means = torch.randn(20, 3, generator=generator)
    X = 3 * torch.randn(400, 12, generator=generator)
    X[:, :3] = means[labels] + 0.1 * torch.randn(400, 3, generator=generator)
    return X, labels


def method_of(kind, seed=0):
    backbone = linear(12, 6, seeded(seed))
    if kind == "prototypical":
        return PrototypicalNetwork(backbone)
    return SemiPrototypical(backbone, refinement=kind, generator=seeded(seed))


def mean_loss(method):
    """Loss of episodes of other classes, with support and queries as they come."""
    X, labels = toy(1)
    order = labels.argsort(stable=True).view(20, 20)
    with torch.no_grad():
        embedded = method.embed(X)[order]
        label, query_label = (torch.arange(20).repeat_interleave(n)[None] for n in (1, 5))
        found = method.loss(
            embedded[:, :1].flatten(0, 1)[None],
            label,
            embedded[:, 1:6].flatten(0, 1)[None],
            query_label,
            20,
            embedded[:, 6:10].flatten(0, 1)[None],
        )
    return found.item()


SETTINGS = {"n_way": 10, "n_shot": (1, 2), "n_query": 5, "n_episodes": 150, "learning_rate": 0.02}


@pytest.mark.parametrize("kind", ["prototypical", "soft_kmeans", "distractor", "masked"])
@pytest.mark.parametrize("bfloat16", [False, True])
def test_the_loss_of_other_classes_falls(kind, bfloat16):
    method, (X, labels) = method_of(kind), toy()
    before = mean_loss(method)
    more = {"n_splits": 2} if kind == "prototypical" else {"n_unlabeled": 3, "n_distractors": 2}
    how = EpisodeTraining(**SETTINGS, **more, bfloat16=bfloat16)
    train_few_shot(method, X, labels, how, generator=seeded())
    assert mean_loss(method) < before / 2
    assert not method.training


@pytest.mark.parametrize("loss", ["cross_entropy", "mse"])
@pytest.mark.parametrize("similarity", ["both", "relation"])
def test_a_convolutional_method_learns_in_half_precision(loss, similarity):
    generator = seeded(3)
    shapes = torch.randint(0, 200, (4, 1, 14, 14), generator=generator)
    labels = torch.arange(4).repeat(12)
    pixels = (shapes[labels] + torch.randint(0, 56, (48, 1, 14, 14), generator=generator)).to(torch.uint8)
    backbone = Conv4((1, 14, 14), width=8, maps=True, generator=seeded())
    method = ConvolutionalRelationNetwork(
        _Scaled(backbone), map_shape=backbone.map_shape, similarity=similarity, loss=loss, generator=seeded()
    )
    how = EpisodeTraining(
        n_way=4, n_shot=(2,), n_query=4, n_episodes=40, n_splits=2, learning_rate=0.01, augment=True, bfloat16=True
    )
    train_few_shot(method, pixels, labels, how, generator=seeded())
    with torch.no_grad():
        embedded = method.embed(pixels)[None]
        scores = method.scores(embedded[:, :8], labels[None, :8], embedded[:, 8:], 4)
    assert scores.dtype == torch.float32
    assert (scores[0].argmax(1) == labels[8:]).float().mean() > 0.9


class _Scaled(nn.Module):
    def __init__(self, backbone):
        super().__init__()
        self.own = backbone

    def forward(self, X):
        return self.own(X if X.is_floating_point() else X.float() / 255)


def test_only_the_backbone_computes_in_half_precision():
    seen = {}

    class Noting(FewShotMethod):
        def scores(self, support, label, query, n_way, unlabeled=None):
            seen["embedded"] = query.dtype
            return -torch.cdist(query, support)

        def embed(self, X):
            found = super().embed(X)
            seen["backbone"] = found.dtype
            return found

    X, labels = toy()
    how = EpisodeTraining(n_way=3, n_shot=(1,), n_query=1, n_episodes=1, bfloat16=True)
    train_few_shot(Noting(linear(12, 6, seeded())), X, labels, how, generator=seeded())
    assert seen == {"backbone": torch.bfloat16, "embedded": torch.float32}


@pytest.mark.parametrize("kind", ["prototypical", "masked"])
def test_the_same_seed_gives_the_same_weights(kind):
    def weights(seed):
        method, (X, labels) = method_of(kind), toy()
        more = {"n_splits": 2} if kind == "prototypical" else {"n_unlabeled": 3}
        how = EpisodeTraining(**SETTINGS | {"n_episodes": 10}, **more)
        before = torch.random.get_rng_state()
        train_few_shot(method, X, labels, how, generator=seeded(seed))
        assert torch.equal(before, torch.random.get_rng_state())
        return torch.cat([p.detach().flatten() for p in method.parameters()])

    assert torch.equal(weights(1), weights(1))
    assert not torch.equal(weights(1), weights(2))
