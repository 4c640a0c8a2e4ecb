"""Small labelled images, a small backbone for them, and settings that fit in a fraction of a second."""

import numpy as np
import torch
from torch import nn

SMALL = {"n_way": 4, "n_query": 3, "n_episodes": 4, "verbose": False, "random_state": 0}


def draw_images(n_classes, n_each, *, noise=0.3, nuisance=2.0, seed=0):
    """Draw 8 × 8 images: a pattern of the class in one channel, and beside it one that says nothing."""
    rng = np.random.default_rng(seed)
    patterns = rng.normal(size=(n_classes, 1, 8, 8))
    y = np.repeat(np.arange(n_classes), n_each)
    own = patterns[y] + noise * rng.normal(size=(len(y), 1, 8, 8))
    return np.concatenate([own, nuisance * rng.normal(size=own.shape)], axis=1).astype(np.float32), y


def tiny(n_channels=2, *, maps=False, more=()):
    """Build a backbone for 8 × 8 images, the same one each time."""
    net = nn.Sequential(
        nn.Conv2d(n_channels, 16, 3, padding=1, bias=False),
        nn.BatchNorm2d(16),
        nn.ReLU(),
        nn.MaxPool2d(2),
        *more,
        nn.Conv2d(16, 8, 3, padding=1, bias=False),
        nn.BatchNorm2d(8),
        *([] if maps else [nn.Flatten()]),
    )
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for layer in net:
            if isinstance(layer, nn.Conv2d):
                layer.weight.normal_(0, 0.1, generator=generator)
    return net
