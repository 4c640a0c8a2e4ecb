"""Where the final classifier works: real samples as a trained generator represents them, and the generated ones."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from zsl._typing import FloatArray
from zsl.classes.stored import StoredSamples
from zsl.estimators.generative._light import LightClassifier, check_size
from zsl.exceptions import ModelFileError
from zsl.methods.generative.feature_generator import FeatureGenerator, to_length
from zsl.persistence.codec import register
from zsl.selection.scaling import Scaler, Scalings

BLOCK_ROWS = 4096


@dataclass(frozen=True, eq=False)
class GeneratedSpace:
    """Everything that makes a final classifier of the knowledge of classes, apart from these."""

    # the trained generator, in double precision and evaluation mode; None if there are no semantics
    method: FeatureGenerator | None
    scaler: Scaler  # scaling of samples, from their origin on, and of semantic vectors
    semantic_scaler: Scaler
    scalings: Scalings  # of which kind they are
    n_generated: int  # samples generated of a class without real ones
    prior_strength: float  # how many real samples the generated ones of a class count as
    unseen_weight: float  # how much a class without training samples weighs, compared with a seen one
    classifier: Any  # the final classifier, not fitted
    seed: int  # seed of the generated samples

    def directions(self, X: FloatArray) -> FloatArray:
        """Bring samples to length 1 as seen from the origin, as they are kept."""
        assert self.scaler.origin is not None
        return self.scaler.origin.directions(X)

    def embed(self, X: FloatArray) -> FloatArray:
        """Represent samples of length 1 in double precision, in blocks."""
        blocks = []
        with torch.inference_mode():
            for start in range(0, len(X), BLOCK_ROWS):
                rows = to_length(torch.as_tensor(self.scaler(X[start : start + BLOCK_ROWS])))
                blocks.append((rows if self.method is None else self.method.represent(rows)).numpy())
        return np.concatenate(blocks)

    def generated(self, row: FloatArray, n: int) -> FloatArray:
        """Generate samples of the class with this semantic vector, the same whatever other classes there are."""
        assert self.method is not None
        row = row.astype(np.float64)
        content = self.seed.to_bytes(8, "little") + row.tobytes()
        seed = int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "little") >> 1
        scaled = torch.as_tensor(self.scalings.described(self.semantic_scaler, row[None]))
        with torch.inference_mode():
            return np.asarray(self.method.generate(scaled, n, torch.Generator().manual_seed(seed))[0].numpy())

    def samples(self, classes: StoredSamples) -> tuple[FloatArray, NDArray[np.intp], FloatArray]:
        """Training rows of the final classifier, the column of their class, and weights.

        The weights of a class sum to 1, or to `unseen_weight` if it had no training samples. With K real samples and κ
        that the generated ones count as, these get κ / (κ + K) of the weight and of their number.
        """
        rows: list[FloatArray] = []
        weights: list[FloatArray] = []
        codes: list[int] = []
        for column, samples in enumerate(classes.samples):
            share, whole = 0.0, 1.0 if classes.seen[column] else self.unseen_weight
            if self.method is not None and classes.described[column]:
                share = self.prior_strength / (self.prior_strength + len(samples))
                drawn = self.generated(classes.semantics[column], math.ceil(share * self.n_generated))
                rows.append(drawn)
                weights.append(np.full(len(drawn), whole * share / len(drawn)))
            if len(samples):
                rows.append(self.embed(samples))
                weights.append(np.full(len(samples), whole * (1 - share) / len(samples)))
            codes += [column] * (sum(map(len, weights)) - len(codes))
        return np.concatenate(rows), np.array(codes, dtype=np.intp), np.concatenate(weights)

    def light(self, classes: StoredSamples) -> LightClassifier:
        """Fit the final classifier."""
        if self.classifier is None:
            made = classes.described & (self.method is not None)
            check_size(n_rows(classes.counts, made, self.n_generated, self.prior_strength), len(classes))
        return LightClassifier.fit(self.classifier, *self.samples(classes), len(classes))


def n_rows(counts: FloatArray, made: NDArray[np.bool_], n_generated: int, prior_strength: float) -> int:
    """Samples that the final classifier is trained on: real ones, and generated ones of some classes."""
    return int((counts + made * np.ceil(prior_strength / (prior_strength + counts) * n_generated)).sum())


def _apart(space: GeneratedSpace) -> dict[str, Any]:
    """What to store beside the weights of the generator; the final classifier is the default one."""
    return {name: value for name, value in vars(space).items() if name not in ("method", "classifier")}


def _together(**parts: Any) -> GeneratedSpace:
    if not min(parts["n_generated"], parts["prior_strength"], parts["unseen_weight"]) > 0:
        raise ModelFileError(f"The model's generation settings are {parts}; wanted numbers above 0.")
    if not 0 <= parts["seed"] < 2**63:
        raise ModelFileError(f"The model's seed is {parts['seed']}; wanted one of 63 bits.")
    return GeneratedSpace(method=None, classifier=None, **parts)


register(GeneratedSpace, _apart, _together)
