"""Centring and scaling of features and semantics by what the seen classes show."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from zsl._typing import FloatArray
from zsl.exceptions import InvalidInputError
from zsl.functional.linear.moments import Moments, unit_rows
from zsl.persistence.codec import register

Scaling = Literal["none", "center", "standard"]
FeatureScaling = Literal["none", "center", "standard", "whiten"]
SCALINGS: tuple[str, ...] = get_args(Scaling)
FEATURE_SCALINGS: tuple[str, ...] = get_args(FeatureScaling)


@dataclass(frozen=True, eq=False)
class Scaler:
    r"""Subtract `mean` of shape (width,), then multiply by `factor`: of shape (width,), or (width, width) to whiten."""

    mean: FloatArray
    factor: FloatArray

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
    def of_moments(cls, scaling: FeatureScaling, moments: Moments) -> "Scaler":
        """Learn `scaling` from the moments of rows by class."""
        width = len(moments.gram)
        if scaling == "none":
            return cls(np.zeros(width), np.ones(width))
        mean = moments.mean
        if scaling == "center":
            return cls(mean, np.ones(width))
        if scaling == "whiten":
            return cls(mean, whitening(moments.within()))
        deviation = np.sqrt(np.maximum(np.diag(moments.gram) / moments.n - mean**2, 0.0))
        # What a difference of two sums cannot distinguish from zero counts as a feature that doesn't vary.
        varies = deviation > 1e-6 * (np.abs(mean) + deviation.max(initial=0.0))
        return cls(mean, 1 / np.where(varies, deviation, 1.0))

    def fits(self) -> bool:
        """Whether the parts go together."""
        (width,) = self.mean.shape
        return self.factor.shape in ((width,), (width, width))

    def _balanced(self, rows: FloatArray, blocks: Sequence[int]) -> "Scaler":
        """The same scaling, with each block of columns brought to one length."""
        parts = np.split(self(rows), np.cumsum(blocks)[:-1], axis=1)
        lengths = [np.sqrt(np.square(part).sum(axis=1).mean()) for part in parts]
        factors = [1 / length if length > 0 else 1.0 for length in lengths]
        return Scaler(self.mean, self.factor * np.repeat(factors, blocks))

    def __call__(self, rows: FloatArray) -> FloatArray:
        """Scale rows of shape (n, width)."""
        scaled: FloatArray = rows.astype(np.float64, copy=False) - self.mean
        if self.factor.ndim == 2:
            return scaled @ self.factor
        scaled *= self.factor
        return scaled

    def of_unit(self, rows: FloatArray) -> FloatArray:
        """Bring rows to length 1, then scale them."""
        rows = unit_rows(rows.astype(np.float64, copy=False))  # under the same name, which sets the old ones free
        return self(rows)

    def unit(self, rows: FloatArray) -> FloatArray:
        """Scale rows, then bring each to length 1; a row of zeros stays."""
        scaled = self(rows)
        length: FloatArray = np.linalg.norm(scaled, axis=1, keepdims=True)
        return scaled / np.maximum(length, 1e-12)


def _apart(scaler: Scaler) -> dict[str, FloatArray]:
    """The parts to store; a whitening is a matrix of numbers in single precision."""
    factor = scaler.factor
    return {"mean": scaler.mean, "factor": factor.astype(np.float32) if factor.ndim == 2 else factor}


register(Scaler, _apart, lambda mean, factor: Scaler(mean, factor.astype(np.float64)))


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


def whitening(covariance: FloatArray) -> FloatArray:
    r"""Triangular :math:`W` with :math:`W W^T = (\Sigma_w / \bar\lambda + I)^{-1}`.

    :math:`\Sigma_w` is the covariance within classes and :math:`\bar\lambda` the mean of its eigenvalues, which
    shrinks it half-way towards a multiple of the identity. Any other root differs by a rotation; angles stay.
    """
    level = np.trace(covariance) / len(covariance)
    if not level > 1e-14:  # nothing but rounding, of samples of length 1
        return np.ones(len(covariance))
    shrunk = covariance / level
    shrunk[np.diag_indices_from(shrunk)] += 1
    root = linalg.cholesky(shrunk, lower=True)
    inverse: FloatArray = linalg.lapack.dtrtri(root, lower=1)[0].T
    # Kept in single precision, as it is stored, so that a loaded model repeats this one bit for bit.
    return inverse.astype(np.float32).astype(np.float64)
