"""Classification before episodes: what a backbone is shown, what it learns, and how photographs change."""

import math

import pytest
import torch
from few_shot_images import draw_images, tiny
from torch import nn

from zsl.nn.cosine_head import CosineHead
from zsl.training.augment import random_affine
from zsl.training.images.changes import changed, random_photo
from zsl.training.images.classification import ClassificationTraining, train_classification


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def test_the_head_scores_cosines():
    head, X = CosineHead(5, 3, seeded(), scale=7.0), torch.randn(4, 5, generator=seeded(1))
    wanted = [[7 * float(x @ w) / math.sqrt(float(x @ x) * float(w @ w)) for w in head.weight.detach()] for x in X]
    torch.testing.assert_close(head(X), torch.tensor(wanted))
    torch.testing.assert_close(head(3 * X), head(X))


class Noting(nn.Module):
    """Note which images come in training; an image is its number."""

    def __init__(self):
        super().__init__()
        self.layer, self.seen = nn.Linear(1, 2), []

    def forward(self, X):
        if self.training:
            self.seen.append(X.flatten().long().tolist())
        return self.layer(X)


@pytest.mark.parametrize(("size", "steps"), [(4, 6), (10, 2), (64, 2)])
def test_each_image_is_seen_in_each_epoch(size, steps):
    net, X = Noting(), torch.arange(10.0)[:, None]
    train_classification(net, X, torch.arange(10) % 3, ClassificationTraining(2, batch_size=size), generator=seeded())
    assert [len(batch) for batch in net.seen] == [min(size, 10)] * steps
    seen = [image for batch in net.seen for image in batch]
    assert set(seen[:10]) == set(seen[10:20]) == set(range(10))
    assert seen[:10] != seen[10:20]


def test_classes_it_never_saw_come_apart():
    X, y = (torch.as_tensor(part) for part in draw_images(30, 12, noise=1.0))
    seen, net = y < 20, tiny()

    def spread():
        """Variance between the classes that nothing was trained on, as a share of the whole."""
        with torch.no_grad():
            found = net.eval()(X[~seen]).unflatten(0, (10, 12))
        means = found.mean(1, keepdim=True)
        return float((means - means.mean(0)).square().sum() * 12 / (found - means.mean(0)).square().sum())

    before = spread()
    names = set(net.state_dict())
    train_classification(net, X[seen], y[seen], ClassificationTraining(20, batch_size=48), generator=seeded())
    assert not net.training
    assert set(net.state_dict()) == names
    assert spread() > before + 0.1


def test_changes_are_none_or_of_the_place_or_of_photographs_too():
    X = torch.randint(0, 256, (6, 3, 8, 8), generator=seeded(), dtype=torch.uint8)
    assert changed(X, False, seeded()) is X
    placed = random_affine(X, seeded()) / 255
    assert torch.equal(changed(X, True, seeded()), placed)
    found, generator = changed(X, "photos", seeded()), seeded()
    random_affine(X, generator)
    assert torch.equal(found, random_photo(placed, generator))
    assert not torch.equal(found, placed)


def test_photographs_are_mirrored_and_nothing_else_without_strength():
    X = torch.rand(200, 3, 4, 5, generator=seeded())
    found = random_photo(X, seeded(1), strength=0.0)
    mirrored = (found - X.flip(3)).abs().amax((1, 2, 3)) < 1e-5
    assert (mirrored | ((found - X).abs().amax((1, 2, 3)) < 1e-5)).all()
    assert 70 < mirrored.sum() < 130


@pytest.mark.parametrize("n_channels", [1, 3])
def test_light_and_colours_change_within_the_strength(n_channels):
    X = torch.rand(300, n_channels, 6, 6, generator=seeded(), dtype=torch.float64)
    X = torch.cat([X, X.flip(3)], dim=3)  # as its mirror image
    found = random_photo(X, seeded(1), strength=0.3)
    weights = torch.tensor([0.299, 0.587, 0.114], dtype=torch.float64)[:, None, None] if n_channels == 3 else 1.0
    grey, own = ((weights * images).sum(1).flatten(1) for images in (X, found))
    contrast = own.std(1) / grey.std(1)  # brightness times contrast
    assert 0.7**2 < contrast.min() < 0.6 < 1.5 < contrast.max() < 1.3**2
    brightness = found.mean((1, 2, 3)) / X.mean((1, 2, 3))
    assert (brightness.min() > 0.65) & (brightness.max() < 1.35)
    assert 0.1 < brightness.std() < 0.25
    if n_channels == 3:
        colour = (found[:, 0].flatten(1) - own).std(1) / (X[:, 0].flatten(1) - grey).std(1) / contrast
        assert 0.7 - 1e-9 < colour.min() < 0.72 < 1.28 < colour.max() < 1.3 + 1e-9


def test_a_share_of_a_batch_is_changed_as_in_the_whole():
    X = torch.rand(9, 3, 6, 6, generator=seeded())
    torch.testing.assert_close(
        changed(X[3:7], "photos", seeded(2), around=(3, 2)), changed(X, "photos", seeded(2))[3:7]
    )
