"""Small images, files that are hard to open, and encoders that need no weights."""

import numpy as np
from PIL import Image


class MeanColour:
    """Mean and spread of each channel; remembers the sizes of what it was given."""

    def __init__(self):
        self.calls = []

    def encode(self, images):
        self.calls.append([image.size for image in images])
        pixels = [np.asarray(image, dtype=float) for image in images]
        return np.stack([np.r_[each.mean(axis=(0, 1)), each.std(axis=(0, 1))] for each in pixels])


class Returns:
    def __init__(self, value):
        self.value = value

    def encode(self, images):
        return self.value


def paint(path, value=(200, 100, 50), mode="RGB", size=(8, 6), **options):
    Image.new(mode, size, value).save(path, **options)
    return path


def noise(n=3, height=40, width=40, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (n, height, width, 3), dtype=np.uint8)
