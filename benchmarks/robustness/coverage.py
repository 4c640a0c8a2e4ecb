"""How often the intervals of `zsl.evaluation.compare` and `GZSLResult.intervals` hold the true value.

    python -m benchmarks.robustness.coverage [--worlds 1000] [--seed 0]

Classes, samples and random states are drawn from a population whose true figures are known: two methods with effects of
each class, of each sample and of each random state, which the methods share in part. 95 of 100 intervals should hold
the true difference. Fails if one is found where fewer than 90 do. For comparison, the percentiles of plain two-stage
draws (classes, then samples within them) are counted, which `zsl` doesn't use.
"""

import argparse
import sys

import numpy as np
from scipy.stats import norm

from zsl.evaluation.comparing.predictions import Predictions
from zsl.evaluation.comparing.resampling import FIGURES, Units, estimated

_LEAST = 0.90
_HITS = (0.55, 0.35)  # how far right answers lie above 0, seen and unseen
_AHEAD = (0.25, 0.15)  # how far the first method is ahead
_MARGIN = 0.3
_MOVED = 0.08  # by random states
_OF_HITS = (0.6, 0.3, 0.7, 0.5)  # effects of classes, shared and of each method, and of samples, shared and of each fit
_OF_MARGINS = (0.4, 1.0, 0.3)  # effects of classes and samples, shared, and of samples in each fit
SHAPES = {  # seen classes, unseen classes, samples of each, random states of each method (0: it has none)
    "4 unseen of 14": (10, 4, 30, (0, 0)),
    "10 unseen of 50": (40, 10, 30, (0, 0)),
    "50 unseen of 200": (150, 50, 12, (0, 0)),
    "10 unseen of 50, seeds 5 and none": (40, 10, 30, (5, 0)),
    "10 unseen of 50, seeds 5 and 5": (40, 10, 30, (5, 5)),
}


def drawn(rng, n_seen, n_unseen, n_samples, n_seeds):
    """Fits of two methods, as predictions."""
    sides = []
    for n_classes, height in zip((n_seen, n_unseen), _HITS, strict=True):
        shape = (n_classes, n_samples)
        shared = height + _OF_HITS[0] * rng.normal(size=(n_classes, 1)) + _OF_HITS[2] * rng.normal(size=shape)
        margin = _MARGIN + _OF_MARGINS[0] * rng.normal(size=(n_classes, 1)) + _OF_MARGINS[1] * rng.normal(size=shape)
        sides.append((shared, margin))
    arms = []
    for method, n in enumerate(n_seeds):
        own = [_OF_HITS[1] * rng.normal(size=(n_classes, 1)) for n_classes in (n_seen, n_unseen)]
        fits = []
        for _ in range(max(n, 1)):
            moved = _MOVED * rng.normal(size=4) if n else np.zeros(4)
            hits, margins = [], []
            for side, (shared, margin) in enumerate(sides):
                height = shared + own[side] + (0.0 if method else _AHEAD[side]) + moved[side]
                hits.append(height + _OF_HITS[3] * rng.normal(size=shared.shape) > 0)
                margins.append(margin + _OF_MARGINS[2] * rng.normal(size=shared.shape) + moved[2 + side])
            fits.append(as_predictions(hits, margins))
        arms.append(fits)
    return arms


def truth(method, random):
    """Figures of a method among all classes and samples, averaged over random states."""
    moved = np.random.default_rng(0).normal(size=(4, 100_000)) * _MOVED * bool(random)
    of_hits, of_margins = (np.sqrt(sum(x**2 for x in effects)) for effects in (_OF_HITS, _OF_MARGINS))
    ahead = (0.0, 0.0) if method else _AHEAD
    hits = [norm.cdf((_HITS[side] + ahead[side] + moved[side]) / of_hits) for side in (0, 1)]
    s, u = (hits[side] * norm.cdf((_MARGIN + moved[2 + side]) / of_margins) for side in (0, 1))
    area = hits[0] * hits[1] * norm.cdf((2 * _MARGIN + moved[2] + moved[3]) / (np.sqrt(2) * of_margins))
    return np.array([np.mean(part) for part in (hits[1], s, u, 2 * s * u / (s + u), area)])


def as_predictions(hits, margins):
    """Predictions with these hits among the classes of the own side, and margins over the other side."""
    n_seen, n_unseen = len(hits[0]), len(hits[1])
    true = [np.repeat(np.arange(n_seen), hits[0].shape[1]), np.repeat(n_seen + np.arange(n_unseen), hits[1].shape[1])]
    hit, margin = [part.ravel() for part in hits], [part.ravel() for part in margins]
    right = [h & (m > 0) for h, m in zip(hit, margin, strict=True)]
    wrong = -np.ones(1, dtype=int)
    told = [np.where(r, t, wrong) for r, t in zip(right, true, strict=True)]
    among = np.where(hit[1], true[1], wrong)
    marked = [np.where(h, m, -np.inf) for h, m in zip(hit, margin, strict=True)]
    return Predictions(np.arange(-1, n_seen + n_unseen), true[0], told[0], true[1], told[1], among, *marked)


def two_stage(rng, arms, n_draws=500):
    """Bounds of the difference in H by percentiles of classes drawn with replacement, then samples within them."""
    own = [Units.from_predictions(arm[0], "samples") for arm in arms]
    sides = []
    for name, strata in (("seen", own[0].seen_strata), ("unseen", own[0].unseen_strata)):
        values = np.stack([getattr(fit, name) for fit in own]).reshape(2, strata.max() + 1, -1)
        n_classes, n_samples = values.shape[1:]
        classes = rng.integers(n_classes, size=(n_draws, n_classes, 1))
        samples = rng.integers(n_samples, size=(n_draws, n_classes, n_samples))
        sides.append(values[:, classes, samples].mean(axis=(2, 3)))
    s, u = sides
    h = 2 * s * u / np.maximum(s + u, 1e-12)
    return np.percentile(h[0] - h[1], [2.5, 97.5])


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--worlds", type=int, default=400)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    least = 1.0
    for shape, sizes in SHAPES.items():
        rng, known = np.random.default_rng(options.seed), [truth(method, sizes[3][method]) for method in (0, 1)]
        held, alone, plain, halves = [], [], [], []
        for _ in range(options.worlds):
            arms = drawn(rng, *sizes)
            fits = [[Units.from_predictions(found) for found in arm] for arm in arms]
            found, _ = estimated(fits, (1.0, -1.0), 400, rng)
            held.append(np.abs(found.value - (known[0] - known[1])) <= found.half(0.95))
            halves.append(found.half(0.95))
            single, _ = estimated([fits[1][:1]], (1.0,), 400, rng)
            alone.append(np.abs(single.value - known[1]) <= single.half(0.95))
            if sizes[3] == (0, 0):
                low, high = two_stage(rng, arms)
                plain.append(low <= known[0][3] - known[1][3] <= high)
        shares, own = np.mean(held, axis=0), np.mean(alone, axis=0)
        told = ", ".join(f"{name} {share:.3f}" for name, share in zip(FIGURES, shares, strict=True))
        print(f"{shape}: difference: {told}; half width of H {np.mean(halves, axis=0)[3]:.3f}")
        if not sizes[3][1]:
            print(f"  one fit: {', '.join(f'{name} {share:.3f}' for name, share in zip(FIGURES, own, strict=True))}")
        if plain:
            print(f"  percentiles of two stages, difference in H: {np.mean(plain):.3f}")
        least = min(least, *shares, *(() if sizes[3][1] else own))
    print(f"{len(SHAPES) * options.worlds} worlds; the least share of intervals that hold the truth is {least:.3f}.")
    return int(least < _LEAST)


if __name__ == "__main__":
    sys.exit(main())
