"""Drawings in colours and textures: grey drawings rendered as images, and images as few numbers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.random import RandomState
from numpy.typing import NDArray
from scipy.ndimage import zoom

from zsl._typing import FloatArray

COLOURS: Mapping[str, tuple[float, float, float]] = {
    "black": (0.1, 0.1, 0.1),
    "red": (0.85, 0.15, 0.15),
    "yellow": (0.85, 0.75, 0.1),
    "green": (0.15, 0.6, 0.2),
    "blue": (0.15, 0.3, 0.85),
    "purple": (0.55, 0.2, 0.65),
}
TEXTURES = ("striped", "dotted", "checked")
STATES = (*COLOURS, *TEXTURES)
_PERIOD = 4.0
_GRID = 8
_LEVELS = 4
_REACH = 4


def state_table() -> dict[str, dict[str, float]]:
    """What is known of the states: red, green and blue of the ink, and which texture it has."""
    nothing = dict.fromkeys(("red", "green", "blue", *("stripes", "dots", "checks")), 0.0)
    plain = {name: nothing | dict(zip(nothing, colour, strict=False)) for name, colour in COLOURS.items()}
    grey = {"red": 0.3, "green": 0.3, "blue": 0.3}
    marks = dict(zip(TEXTURES, ("stripes", "dots", "checks"), strict=True))
    return plain | {name: nothing | grey | {mark: 1.0} for name, mark in marks.items()}


def render(drawings: FloatArray, states: list[str], size: int, rng: RandomState) -> NDArray[np.uint8]:
    """Draw the ink of each drawing in its state on light paper, (n, size, size, 3).

    Hue and brightness of ink and paper vary, as do period, direction and phase of a texture, and each value is noisy.
    """
    n = len(drawings)
    grown = zoom(
        drawings, (1, size / drawings.shape[1], size / drawings.shape[2]), order=1, grid_mode=True, mode="nearest"
    )
    cover = np.clip(1.6 * grown - 0.2, 0, 1)[..., None]
    ink = np.array([COLOURS.get(state, (0.3, 0.3, 0.3)) for state in states])
    ink = np.clip(ink * rng.uniform(0.75, 1.15, (n, 1)) + rng.uniform(-0.06, 0.06, (n, 3)), 0, 1)
    paper = rng.uniform(0.85, 1.0, (n, 1)) + rng.uniform(-0.03, 0.03, (n, 3))
    light = _lightness(states, size, rng)[..., None]
    ink, paper = ink[:, None, None], paper[:, None, None]
    images = paper + cover * (1 - light) * (ink - paper)
    images += rng.normal(0, 0.03, images.shape)
    found: NDArray[np.uint8] = np.round(255 * np.clip(images, 0, 1)).astype(np.uint8)
    return found


def _lightness(states: list[str], size: int, rng: RandomState) -> FloatArray:
    """How far each place of the ink is lightened to paper, (n, size, size): 0 everywhere for a colour."""
    n = len(states)
    period = _PERIOD * rng.uniform(0.9, 1.2, (n, 1, 1))
    turn, first, second = (rng.uniform(0, 2 * np.pi, (n, 1, 1)) for _ in range(3))
    down, right = np.meshgrid(np.arange(size), np.arange(size), indexing="ij")
    light = np.zeros((n, size, size))
    for name in TEXTURES:
        rows = np.flatnonzero([state == name for state in states])
        across = np.cos(turn[rows]) * right + np.sin(turn[rows]) * down
        along = np.cos(turn[rows]) * down - np.sin(turn[rows]) * right
        wave = np.sin(2 * np.pi * across / period[rows] + first[rows])
        other = np.sin(2 * np.pi * along / period[rows] + second[rows])
        mask = {"striped": wave > 0, "dotted": wave + other > 0.7, "checked": wave * other > 0}[name]
        light[rows] = 0.85 * mask
    return light


def summary(images: NDArray[np.uint8]) -> FloatArray:
    """Three kinds of simple features of images (n, h, w, 3), fixed beforehand, beside each other.

    Mean darkness of 8 × 8 cells; shares of the pixels in 64 bins of red, green and blue; and the autocorrelation of
    brightness at shifts of up to 4 pixels. The root is taken of the shares.
    """
    n, height, width, _ = images.shape
    values = images / 255.0
    dark = 1 - values.mean(axis=3)
    edges = [np.linspace(0, size, _GRID + 1).astype(int)[:-1] for size in (height, width)]
    cells = np.add.reduceat(np.add.reduceat(dark, edges[0], axis=1), edges[1], axis=2) * (_GRID**2 / (height * width))
    bins = np.minimum(values * _LEVELS, _LEVELS - 1).astype(int) @ np.array([_LEVELS**2, _LEVELS, 1])
    shares = np.stack([np.bincount(one.ravel(), minlength=_LEVELS**3) for one in bins]) / (height * width)
    centred = dark - dark.mean(axis=(1, 2), keepdims=True)
    lags = [(i, j) for i in range(_REACH + 1) for j in range(-_REACH, _REACH + 1) if (i, j) > (0, 0)]
    alike = np.stack([_moved(centred, *lag) for lag in [(0, 0), *lags]], axis=1)
    alike = alike[:, 1:] / np.maximum(alike[:, :1], 1e-12)
    return np.concatenate([cells.reshape(n, -1), np.sqrt(shares), alike], axis=1)


def _moved(images: FloatArray, down: int, right: int) -> FloatArray:
    """Sum of the products of each image with itself, moved by some pixels."""
    height, width = images.shape[1:]
    start, end = max(right, 0), width + min(right, 0)
    there = images[:, down:, start:end]
    here = images[:, : height - down, start - right : end - right]
    found: FloatArray = np.einsum("nij,nij->n", here, there)
    return found
