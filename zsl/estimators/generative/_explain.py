"""Which attributes make a sample look like one class more than like another, to a classifier of generated samples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from zsl._typing import FloatArray
from zsl.classes.registry import ClassRegistry
from zsl.classes.stored import StoredSamples
from zsl.estimators._explanations import SUPPORT, Parts, along_path
from zsl.estimators.generative._light import LightClassifier
from zsl.estimators.generative._space import GeneratedSpace
from zsl.functional.scores.distances import unit


def explained(
    space: GeneratedSpace,
    final: LightClassifier,
    known: Any,
    embedded: FloatArray,
    pair: ClassRegistry,
    max_steps: int,
) -> Parts:
    r"""Split the score difference of two classes for a sample, by what the generator makes of their attributes.

    Semantics reach the final classifier only by samples that are drawn, so its scores are no function of them. But it
    tells classes apart by where these samples lie: a class has the centre :math:`r_c`, the mean of its real samples and
    of what is generated without noise, weighted as in training, and a sample the nearness :math:`\langle x, r_c \rangle
    - \frac12 \|r_c\|^2`. Attributes share the difference in nearness, in units of the final classifier: those that
    bring nearness closest to its scores, for the centres of all classes. The rest is its own.
    """
    method, scaler = space.method, space.semantic_scaler
    assert method is not None
    mean, factor = torch.as_tensor(scaler.mean), torch.as_tensor(scaler.factor)
    sample = torch.as_tensor(space.embed(embedded))

    def centres(path: Sequence[Tensor]) -> Tensor:
        rows, real = path
        scaled = (rows - mean) * factor
        return real[:, -1:] * method.centre(unit(scaled) if space.scalings.unit else scaled) + real[:, :-1]

    def ends(classes: StoredSamples) -> dict[str, Tensor]:
        return {"": torch.as_tensor(classes.rows), SUPPORT: _real(space, classes, sample.shape[1])}

    columns = known.columns(pair.labels)
    own, described = known.take(columns), known.take(known.described)
    with torch.no_grad():
        points = centres(list(ends(described).values()))
        nearness = _nearness(points, points).numpy()
    worth = _slope(nearness, final.scores(points.numpy())[:, known.described])
    by_attribute, others = along_path(lambda path: _nearness(sample, centres(path))[0], ends(own), max_steps)
    by_attribute, others = worth * by_attribute, {name: worth * value for name, value in others.items()}
    scores = final.scores(sample.numpy())[0, columns]
    others["(final classifier)"] = float(scores[0] - scores[1] - by_attribute.sum() - sum(others.values()))
    return by_attribute, others


def _real(space: GeneratedSpace, classes: StoredSamples, width: int) -> Tensor:
    """What real samples add to the centres of classes and, last, the share that is left to generated ones."""
    rows = np.zeros((len(classes), width + 1))
    rows[:, -1] = space.prior_strength / (space.prior_strength + classes.counts)
    for row, samples in zip(rows, classes.samples, strict=True):
        if len(samples):
            row[:-1] = (1 - row[-1]) * space.embed(samples).mean(axis=0)
    return torch.as_tensor(rows)


def _nearness(samples: Tensor, centres: Tensor) -> Tensor:
    return samples @ centres.T - 0.5 * centres.square().sum(dim=1)


def _slope(nearness: FloatArray, scores: FloatArray) -> float:
    """What a unit of nearness is worth in the score, by least squares within rows; never below 0."""
    x, y = (table - table.mean(axis=1, keepdims=True) for table in (nearness, scores))
    return max(float((x * y).sum() / max(float(np.square(x).sum()), 1e-300)), 0.0)
