"""The space of features that samples and classes are compared in, learned from the samples of some classes."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from zsl._files.rows import MappedRows
from zsl._typing import FloatArray, SampleRows
from zsl.functional.linear.moments import Moments
from zsl.functional.linear.origins import Origin, unit_rows
from zsl.persistence.codec import register
from zsl.selection.scaling import FeatureScaling, Scaler

BLOCK_ROWS = 4096
_ONE_SIDED = 0.4
"""Place of the mean in the range of a feature: 0.06 of pooled features after a ReLU, 0.33 of pixels of digits, 0.5 of
sentence embeddings."""


@register
@dataclass(frozen=True, eq=False)
class FeatureSpace:
    r"""Samples of length 1 from an origin on: scaled, and through an encoder where there is one."""

    root: Origin | None  # where square roots of features are taken from, which are 0 below; None where none are taken
    scaler: Scaler  # brings rows to length 1 and scales them
    encoder: nn.Module | None = None  # embeds scaled rows, whose entries have the mean square 1
    inner: Scaler | None = None  # scales what the encoder gives, rows of length 1 again

    def fits(self) -> bool:
        """Whether the parts go together, for those that come from a file."""
        seen_from, root = self.scaler.origin, self.root
        return seen_from is not None and (root is None or root.point.shape == seen_from.point.shape)

    def __call__(self, X: FloatArray) -> FloatArray:
        """Embed samples, (n, n_features) to (n, d), in the precision of `X` and in blocks."""
        blocks = [self._block(X[start : start + BLOCK_ROWS]) for start in range(0, len(X), BLOCK_ROWS)]
        return blocks[0] if len(blocks) == 1 else np.concatenate(blocks)

    def _block(self, X: FloatArray) -> FloatArray:
        assert self.scaler.origin is not None
        rows = self.scaler.origin.directions(X if self.root is None else rooted(X, self.root))
        scaled = unit_rows(_scaled(self.scaler, rows))
        if self.encoder is None or self.inner is None:
            return scaled
        return unit_rows(_scaled(self.inner, unit_rows(encoded(self.encoder, scaled))))

    def texts(self, rows: FloatArray, origin: Origin, centre: FloatArray) -> FloatArray:
        """Bring class texts of a joint space to where samples are: from their own origin and mean, scaled alike."""
        around = replace(self.scaler, mean=centre)
        return unit_rows(_scaled(around, origin.directions(rows.astype(np.float64))))

    def before(self, first: Origin, low: FloatArray) -> FeatureSpace:
        """The same space for samples that haven't been moved and scaled by `first` yet, whose least values are `low`.

        Roots start exactly there, as those of a difference that rounding leaves would be far from 0.
        """
        if self.root is None:
            return replace(self, scaler=replace(self.scaler, origin=first))
        point = np.where(self.root.point == 0, first.point, low)
        return replace(self, root=Origin(point, first.size * self.root.size))


@dataclass(frozen=True, eq=False)
class SeenClasses:
    """Class means in a feature space."""

    space: FeatureSpace  # the space
    numbers: NDArray[np.intp]  # (c,), the class numbers, sorted
    counts: FloatArray  # (c,), samples per class
    means: FloatArray  # (c, d), class means of embedded samples

    @classmethod
    def of_moments(cls, moments: Moments, scaling: FeatureScaling, origins: Origins) -> SeenClasses:
        """Learn the scaling from moments of rows of length 1, and take the means of scaled rows from them, too.

        Scaled rows would have to be brought to length 1 each; instead their mean is divided by their root mean square
        length, which needs no further look at them and was as good or better on held-out classes.
        """
        numbers = np.flatnonzero(moments.counts > 0)
        moments = moments.of(numbers)
        scaler = Scaler.of_moments(scaling, moments, origins.lengths)
        means = _scaled(scaler, moments.sums / moments.counts[:, None])
        length = np.sqrt(_mean_square(moments, scaler, means))
        return cls(FeatureSpace(origins.root, scaler), numbers, moments.counts, means / max(length, 1e-12))

    @classmethod
    def of_samples(
        cls, space: FeatureSpace, X: SampleRows, codes: NDArray[np.intp], rows: NDArray[np.intp]
    ) -> SeenClasses:
        """Take the means of embedded samples."""
        numbers, place = np.unique(codes[rows], return_inverse=True)
        counts = np.bincount(place).astype(np.float64)
        sums = np.zeros((len(numbers), space(X[rows[:1]]).shape[1]))
        for start in range(0, len(rows), BLOCK_ROWS):
            cut = slice(start, start + BLOCK_ROWS)
            np.add.at(sums, place[cut], space(X[rows[cut]]))
        return cls(space, numbers, counts, sums / counts[:, None])

    @property
    def centre(self) -> FloatArray:
        """Mean of the class means."""
        centre: FloatArray = self.means.mean(axis=0)
        return centre


@dataclass(frozen=True, eq=False)
class Origins:
    """Where square roots of features are taken from, if they are, and where lengths are measured from then."""

    root: Origin | None
    lengths: Origin

    @classmethod
    def of(cls, X: SampleRows, low: FloatArray, root: bool, scaling: FeatureScaling) -> Origins:
        """For moved and scaled samples with the least values `low`: roots are taken from these on, or from zero."""
        centred = scaling != "none"
        if not root:
            return cls(None, Origin(np.zeros(X.shape[1]), 1.0))
        start = Origin(low if centred else np.zeros(X.shape[1]), 1.0)
        return cls(start, Origin.of(roots_of(X, start), centred=centred))


def roots_of(X: SampleRows, root: Origin | None) -> SampleRows:
    """Square roots of features; the samples themselves if none are taken."""
    return X if root is None else MappedRows(X, lambda rows: rooted(rows, root))


def rooted(X: FloatArray, root: Origin) -> FloatArray:
    """Square root of features from an origin on; lower ones count as 0."""
    found = root(X)
    np.maximum(found, 0, out=found)
    return np.sqrt(found, out=found)


def one_sided(low: FloatArray, high: FloatArray, mean: FloatArray) -> bool:
    """Whether features have their mean nearer to their least value than to their largest, as after a ReLU."""
    varies = high > low
    share = (mean - low)[varies] / (high - low)[varies]
    return bool(varies.any() and share.mean() < _ONE_SIDED)


def encoded(encoder: nn.Module, scaled: FloatArray) -> FloatArray:
    """Embed scaled rows of length 1 by a module, in its own precision and on its device."""
    kind = next((p for p in encoder.parameters()), torch.zeros(0, dtype=torch.float32))
    inputs = torch.as_tensor(scaled * np.sqrt(scaled.shape[1]), dtype=kind.dtype, device=kind.device)
    with torch.inference_mode():
        found: FloatArray = encoder(inputs).cpu().numpy()
    return found.astype(scaled.dtype, copy=False)


def _scaled(scaler: Scaler, rows: FloatArray) -> FloatArray:
    """Scale in the precision of the rows."""
    return scaler.centred(rows - scaler.mean.astype(rows.dtype, copy=False))


def _mean_square(moments: Moments, scaler: Scaler, means: FloatArray) -> float:
    """Mean squared length of scaled rows: that of their class means, and what they vary by around these."""
    between = float((moments.counts @ np.square(means).sum(axis=1)) / moments.n)
    own = np.square(moments.sums) / np.maximum(moments.counts, 1.0)[:, None]
    within = np.maximum(np.diag(moments.gram) - own.sum(axis=0), 0.0) / moments.n
    if scaler.factor.ndim == 1:
        return between + float((within * scaler.factor**2).sum())
    # With W Wᵀ = (Σ / λ + I)⁻¹ the trace of Wᵀ Σ W is λ (d - tr W Wᵀ).
    level = within.mean()
    return between + float(level * (len(within) - np.square(scaler.factor).sum()))
