"""The relation term: trained on classes that were left out of the map, and kept only where held-out classes gain."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from zsl._typing import FloatArray
from zsl.estimators.relation._classes import DescribedClasses, Point
from zsl.estimators.relation._settings import Settings
from zsl.functional.linear.moments import evenly_spread
from zsl.functional.scores.distances import unit
from zsl.functional.scores.relation import relation_scores
from zsl.methods.relation.kernel_relation import metric_scores
from zsl.nn.layers import linear
from zsl.training.loop import train

GATES = (0.25, 0.5, 1.0)
_BATCH, _PER_CLASS, _PENALTY, _WEIGHT_DECAY = 128, 50, 1e-2, 1e-4
_LEFT_OUT, _KNOWN, _MOST_CLASSES = 0.5, 0.75, 512
_SHOTS = (1, 5)


@dataclass(frozen=True, eq=False)
class RelationTerm:
    r"""The trained term :math:`w \cdot \mathrm{ReLU}(A \hat x + B \hat r + b)`, in units of the cosine."""

    query_half: FloatArray  # A, (h, d)
    class_half: FloatArray  # B, (h, d)
    bias: FloatArray  # b, (h,)
    weight: FloatArray  # w, (h,)

    def scores(self, samples: FloatArray, classes: FloatArray) -> FloatArray:
        """The term of all pairs, in the precision of the samples."""
        x = torch.as_tensor(samples)
        query, half, bias, weight = (
            torch.as_tensor(part, dtype=x.dtype) for part in (self.query_half, self.class_half, self.bias, self.weight)
        )
        rows = unit(torch.as_tensor(classes, dtype=x.dtype))
        found: FloatArray = relation_scores(x @ query.T, rows @ half.T + bias, weight).numpy()
        return found

    def gated(self, gate: float) -> RelationTerm:
        """The term times a gate."""
        return replace(self, weight=gate * self.weight)


class _Term(nn.Module):
    """The term while it is trained."""

    def __init__(self, width: int, n_hidden: int, generator: torch.Generator) -> None:
        super().__init__()
        self.query = linear(width, n_hidden, generator)
        self.classes = linear(width, n_hidden, generator, bias=False)
        self.weight = nn.Parameter(torch.zeros(n_hidden, dtype=torch.float32))

    def forward(self, samples: Tensor, classes: Tensor) -> Tensor:
        # So few pairs and hidden units that building them all at once is fastest.
        return torch.relu(self.query(samples)[:, None] + self.classes(classes)) @ self.weight


def train_term(
    classes: DescribedClasses,
    point: Point,
    samples: FloatArray,
    codes: NDArray[np.intp],
    *,
    scale: float,
    strength: float,
    settings: Settings,
    seed: int,
    label: str,
) -> RelationTerm:
    """Train by cross-entropy on embedded samples with class numbers `codes`.

    Half of the steps compare them with classes that were each left out of the map, a quarter with classes as mapped,
    and a quarter with left-out classes that have one or five of the samples as support. `scale` turns cosines into
    logits.
    """
    (mapped,) = classes.mapped([point])
    known, left = mapped[classes.seen.numbers], classes.left_out(point)
    x, rows, others = (
        torch.as_tensor(part, dtype=torch.float32, device=settings.device) for part in (samples, known, left)
    )
    y = torch.as_tensor(np.searchsorted(classes.seen.numbers, codes), device=settings.device)
    generator = torch.Generator().manual_seed(seed)
    term = _Term(x.shape[1], settings.relation_hidden, generator).to(settings.device)

    def loss() -> Tensor:
        draw = torch.randint(len(x), (_BATCH,), generator=generator).to(x.device)
        kind = float(torch.rand((), generator=generator, dtype=torch.float32))
        compared = others if kind < _LEFT_OUT else rows
        if kind > _KNOWN:
            shots = _SHOTS[int(torch.randint(len(_SHOTS), (), generator=generator))]
            place = torch.randint(len(x), (shots * len(rows),), generator=generator).to(x.device)
            sums = torch.zeros_like(rows).index_add_(0, y[place], x[place])
            counts = torch.bincount(y[place], minlength=len(rows)).to(x)[:, None]
            compared = (strength * others + sums) / (strength + counts)
        batch, wanted = x[draw], y[draw]
        if len(rows) > _MOST_CLASSES:  # the classes of the batch, and as many others by chance
            chosen = torch.cat([wanted, torch.randint(len(rows), (_BATCH,), generator=generator).to(x.device)])
            chosen, place = torch.unique(chosen, return_inverse=True)
            compared, wanted = compared[chosen], place[:_BATCH]
        logits = scale * metric_scores(batch, compared, point.metric) + term(batch, unit(compared))
        return nn.functional.cross_entropy(logits, wanted) + _PENALTY * term.weight.square().sum()

    train(
        term,
        loss,
        n_steps=settings.n_episodes,
        learning_rate=settings.learning_rate,
        weight_decay=_WEIGHT_DECAY,
        progress=label if settings.progress else None,
        parts={"draws": generator},
        inputs=(x, rows, others),
    )
    with torch.no_grad():
        parts = (term.query.weight, term.classes.weight, term.query.bias, term.weight / scale)
        return RelationTerm(*(part.cpu().numpy().astype(np.float64) for part in parts))


def term_samples(codes: NDArray[np.intp], rows: NDArray[np.intp]) -> NDArray[np.intp]:
    """Training rows for the term: at most fifty per class, evenly spread."""
    kept = []
    for number in np.unique(codes[rows]):
        own = rows[codes[rows] == number]
        kept.append(own[evenly_spread(len(own), _PER_CLASS)])
    return np.concatenate(kept)
