"""Centring and scaling of features and semantics by what the seen classes show."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from zsl._typing import FloatArray, SampleRows
from zsl.exceptions import InvalidInputError, ScalingWarning
from zsl.functional.linear.inverse_roots import inverse_root
from zsl.functional.linear.moments import Moments, evenly_spread
from zsl.functional.linear.origins import Origin, lengths
from zsl.functional.linear.triangles import is_upper, upper_product
from zsl.persistence.codec import register

Scaling = Literal["none", "center", "standard"]
FeatureScaling = Literal["none", "center", "standard", "whiten"]
SCALINGS: tuple[str, ...] = get_args(Scaling)
FEATURE_SCALINGS: tuple[str, ...] = get_args(FeatureScaling)
CACHED_ROWS = 128
MOST_MEAN = 0.99
"""Share of the mean squared length of samples that may be that of their mean; directions are nearly lost beyond."""


@dataclass(frozen=True, eq=False)
class Scaler:
    r"""Subtract `mean` of shape (width,), then multiply by `factor`: of shape (width,), or (width, width) to whiten.

    Samples are brought to length 1 before that, as seen from their `origin`; semantic vectors have none.
    """

    mean: FloatArray
    factor: FloatArray
    origin: Origin | None = None

    @classmethod
    def fit(
        cls,
        name: str,
        scaling: FeatureScaling,
        rows: FloatArray,
        codes: NDArray[np.intp] | None = None,
        blocks: Sequence[int] = (),
    ) -> "Scaler":
        """Learn `scaling` from rows of shape (n, width); to whiten, by their class numbers `codes`.

        With several blocks of columns, of the widths `blocks`, each is then brought to the root mean square length 1,
        so that none counts for more because it has more columns or larger numbers.
        """
        wanted = SCALINGS if codes is None else FEATURE_SCALINGS
        if scaling not in wanted:
            raise InvalidInputError(f"{name}={scaling!r}; wanted one of {', '.join(map(repr, wanted))}.")
        rows = rows.astype(np.float64, copy=False)
        size = _far_size(rows)
        if size != 1:
            return cls.fit(name, scaling, rows / size, codes, blocks)._in_units(size)
        if len(blocks) > 1:
            return cls.fit(name, scaling, rows, codes)._balanced(rows, blocks)
        width = rows.shape[1]
        if scaling == "none":
            return cls(np.zeros(width), np.ones(width))
        mean = rows.mean(axis=0)
        if scaling == "center":
            return cls(mean, np.ones(width))
        if scaling == "whiten" and codes is not None:
            return cls(mean, _whitening(rows, codes))
        deviation = rows.std(axis=0)
        varies = deviation > 1e-9 * (np.abs(mean) + deviation.max(initial=0.0))
        return cls(mean, 1 / np.where(varies, deviation, 1.0))

    @classmethod
    def of_moments(cls, scaling: FeatureScaling, moments: Moments, origin: Origin | None = None) -> "Scaler":
        """Learn `scaling` from the moments of samples by class, that were brought to length 1 as seen from `origin`."""
        width = len(moments.gram)
        if scaling == "none":
            return cls(np.zeros(width), np.ones(width), origin)
        mean = moments.mean
        if scaling == "center":
            return cls(mean, np.ones(width), origin)
        if scaling == "whiten":
            return cls(mean, whitening(moments.within(), moments.noise / moments.n), origin)
        deviation = np.sqrt(np.maximum(np.diag(moments.gram) / moments.n - mean**2, 0.0))
        # What a difference of two sums cannot distinguish from zero counts as a feature that doesn't vary.
        varies = deviation > 1e-6 * (np.abs(mean) + deviation.max(initial=0.0))
        return cls(mean, 1 / np.where(varies, deviation, 1.0), origin)

    def _in_units(self, size: float) -> "Scaler":
        """The same scaling of rows that come `size` times as large."""
        return Scaler(self.mean * size, self.factor / size)

    def fits(self) -> bool:
        """Whether the parts go together."""
        (width,) = self.mean.shape
        seen_from = self.origin is None or self.origin.point.shape == (width,)
        return self.factor.shape in ((width,), (width, width)) and seen_from

    def _balanced(self, rows: FloatArray, blocks: Sequence[int]) -> "Scaler":
        """The same scaling, with each block of columns brought to one length."""
        parts = np.split(self(rows), np.cumsum(blocks)[:-1], axis=1)
        lengths = [np.sqrt(np.square(part).sum(axis=1).mean()) for part in parts]
        factors = [1 / length if length > 0 else 1.0 for length in lengths]
        return Scaler(self.mean, self.factor * np.repeat(factors, blocks))

    def __call__(self, rows: FloatArray) -> FloatArray:
        """Scale rows of shape (n, width) in double precision."""
        return self.centred(rows.astype(np.float64, copy=False) - self.mean)

    def centred(self, centred: FloatArray) -> FloatArray:
        """Scale rows that were centred, in their own precision; in place if the factor is one number per column."""
        factor = self._single_factor if centred.dtype == np.float32 else self.factor
        if factor.ndim == 2:
            return upper_product(centred, factor) if self._upper else np.asarray(centred @ factor)
        centred *= factor
        return centred

    @cached_property
    def _single_factor(self) -> FloatArray:
        """The factor in single precision, as a whitening is kept anyway."""
        return self.factor.astype(np.float32)

    @cached_property
    def _upper(self) -> bool:
        """Whether the factor is a triangular matrix, as every whitening is."""
        return is_upper(self.factor)

    def of_unit(self, rows: FloatArray) -> FloatArray:
        """Bring samples to length 1 as seen from the origin, then scale them."""
        if self.origin is None:
            raise ValueError("a scaling of samples without their origin")
        rows = self.origin.directions(rows.astype(np.float64, copy=False))  # sets the old ones free
        return self(rows)

    def of_samples(self, rows: FloatArray) -> FloatArray:
        """Do the same in the precision of the samples, a few at a time as far as a processor's cache goes."""
        if self.origin is None:
            raise ValueError("a scaling of samples without their origin")
        mean = self.mean.astype(rows.dtype, copy=False)
        found = np.empty_like(rows)
        for start in range(0, len(rows), CACHED_ROWS):
            block = found[start : start + CACHED_ROWS]
            self.origin.into(block, rows[start : start + CACHED_ROWS])
            block -= mean
            if self.factor.ndim == 1:
                self.centred(block)
        return found if self.factor.ndim == 1 else self.centred(found)

    def unit(self, rows: FloatArray) -> FloatArray:
        """Scale rows, then bring each to length 1; a row of zeros stays."""
        scaled = self(rows)
        scaled /= lengths(scaled, 1e-12)
        return scaled


def _apart(scaler: Scaler) -> dict[str, Any]:
    """The parts to store; a whitening is a matrix of numbers in single precision."""
    factor = scaler.factor
    parts = {"mean": scaler.mean, "factor": factor.astype(np.float32) if factor.ndim == 2 else factor}
    return parts | {"origin": scaler.origin}


register(Origin)
register(Scaler, _apart, lambda mean, factor, origin: Scaler(mean, factor.astype(np.float64), origin))


@register
@dataclass(frozen=True)
class Scalings:
    """How samples and semantic vectors are scaled, and whether the latter are brought to length 1 afterwards.

    `blocks` are the widths of the blocks of semantic vectors, if there are several.
    """

    features: FeatureScaling
    semantics: Scaling
    unit: bool = True
    blocks: tuple[int, ...] = ()

    def origin(self, X: SampleRows, weights: FloatArray | None = None) -> Origin:
        """Where lengths of samples are measured from; with the scaling "none" that is zero."""
        return origin_of(X, centred=self.features != "none", weights=weights)

    def described(self, scaler: Scaler, rows: FloatArray) -> FloatArray:
        """Scale semantic vectors."""
        return scaler.unit(rows) if self.unit else scaler(rows)


def _whitening(rows: FloatArray, codes: NDArray[np.intp]) -> FloatArray:
    """Whiten by the covariance within classes of centred rows with class numbers `codes`."""
    counts = np.bincount(codes)
    means = np.zeros((len(counts), rows.shape[1]))
    np.add.at(means, codes, rows)
    within = rows - (means / np.maximum(counts, 1)[:, None])[codes]
    return whitening(within.T @ within / len(rows))


def origin_of(X: SampleRows, *, centred: bool, weights: FloatArray | None = None) -> Origin:
    """The mean of training samples; where they aren't to be centred zero, and a warning if that spoils directions.

    Folds share it, so that their moments are differences: it settles only where lengths are measured from. What is
    learned of samples then, their mean at length 1 first of all, each fold learns from its own.
    """
    if centred:
        return Origin.of(X, weights=weights)
    origin = Origin.of(X, centred=False)
    some = origin(X[evenly_spread(len(X), 2048)].astype(np.float64))
    mean = some.mean(axis=0)
    share = float(mean @ mean) / max(float(np.square(some).sum(axis=1).mean()), 1e-300)
    if share > MOST_MEAN and (some != some[0]).any():
        warnings.warn(
            f"X: {share:.2%} of the mean squared length of samples is that of their mean, so they hardly differ in "
            "direction, by which they are compared here. Subtract the mean of training samples first, or have features "
            "centred ('center', 'whiten' or 'cl2n').",
            ScalingWarning,
            stacklevel=5,
        )
    return origin


def check_table(rows: FloatArray, least: float, most: float) -> None:
    """Refuse semantic vectors whose largest number is too large or too small to be computed with, unless all are 0."""
    largest = float(np.abs(rows).max(initial=0.0))
    if largest and not least <= largest <= most:
        raise InvalidInputError(
            f"semantics holds numbers of magnitude {largest:.3g}; wanted {least:g} to {most:g} at the largest."
        )


def _far_size(rows: FloatArray) -> float:
    """A power of two to divide semantic vectors by whose squares would overflow or vanish; 1 for ordinary ones."""
    largest = float(np.abs(rows).max(initial=0.0))
    if largest == 0 or 1e-100 < largest < 1e100:
        return 1.0
    check_table(rows, 1e-300, 1e300)
    return float(2.0 ** (np.frexp(largest)[1] - 1))


def whitening(covariance: FloatArray, noise: float = 0.0) -> FloatArray:
    r"""Triangular :math:`W` with :math:`W W^T = (\Sigma_w / \bar\lambda + I)^{-1}`.

    :math:`\Sigma_w` is the covariance within classes and :math:`\bar\lambda` the mean of its eigenvalues, which
    shrinks it half-way towards a multiple of the identity. Any other root differs by a rotation; angles stay.
    :math:`\bar\lambda` is at least the `noise` that rounding can leave in an eigenvalue: of samples that repeat each
    other nothing else is left.
    """
    level = max(float(np.trace(covariance)) / len(covariance), 2 * noise)
    if not level > 1e-14:  # nothing but rounding, of samples of length 1
        return np.ones(len(covariance))
    inverse = None
    while inverse is None:  # rounding may have left an eigenvalue below -level
        inverse = inverse_root(covariance, 1 / level, 1.0)
        level *= 4
    # Kept in single precision, as it is stored, so that a loaded model repeats this one bit for bit.
    inverse[...] = inverse.astype(np.float32)
    return inverse
