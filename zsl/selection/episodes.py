"""Calibration of few-shot methods on episodes of held-out classes: temperature and best scores by number of shots."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from zsl._typing import FloatArray
from zsl.episodes.few_shot import FewShotSampler
from zsl.functional.linear.moments import evenly_spread
from zsl.methods.few_shot import FewShotMethod
from zsl.persistence.codec import register
from zsl.selection.calibration import Confidence, Scored, likeliest_temperature

SHOTS = (1, 2, 5, 20)
WAYS = (5, 20)
N_QUERIES = 1000
"""Queries scored for each number of shots and of ways."""
_PER_CLASS = 10
_MOST_CLASSES, _MOST_SAMPLES = 100, 30
_DOUBT = 0.1
"""Made-up queries of any class alike in each table, so that few queries without an error make none certain."""


@dataclass(frozen=True, eq=False)
class Held:
    """Samples of classes that a method was not trained on.

    Parameters
    ----------
    method : FewShotMethod
        The method.
    embed : callable
        From samples to their embeddings, (n, d).
    X, codes : arrays of shape (n, ...) and (n,)
        Samples and their class numbers.
    """

    method: FewShotMethod
    embed: Callable[[NDArray[Any]], FloatArray]
    X: NDArray[Any]
    codes: NDArray[np.intp]


@register
@dataclass(frozen=True)
class ShotCalibration:
    """What divides scores, and how well samples of known classes score at best, by numbers of shots and of classes.

    A prototype of few samples is far from that of many, so that scores depend on the number of shots; on that of
    classes they depend where all samples or all classes are looked at together. Logarithms are interpolated between
    the numbers measured; beyond, the nearest temperature counts, and thresholds go on by the number of classes.

    Parameters
    ----------
    shots : tuple of int
        Numbers of support samples per class, rising; empty if nothing was measured.
    ways : tuple of pairs of int
        The least and the largest number of classes with each.
    temperatures : tuple of pairs of float
        The temperature with each of these.
    confidences : tuple of Confidence
        The quantiles with each number of shots, empty if the classes weren't held out.
    """

    shots: tuple[int, ...] = ()
    ways: tuple[tuple[int, int], ...] = ()
    temperatures: tuple[tuple[float, float], ...] = ()
    confidences: tuple[Confidence, ...] = ()

    def fits(self) -> bool:
        """Whether the parts go together."""
        good = len(self.shots) == len(self.ways) == len(self.temperatures) == len(self.confidences)
        good = good and all(a < b for a, b in zip((0, *self.shots), self.shots, strict=False))
        good = good and all(1 < few <= many for few, many in self.ways)
        good = good and len({bool(each) for each in self.confidences}) < 2
        return good and all(0 < value < math.inf for pair in self.temperatures for value in pair)

    @property
    def has_thresholds(self) -> bool:
        """Whether classes were held out."""
        return any(map(bool, self.confidences))

    def temperature(self, n_classes: int, shot: float) -> float:
        """The temperature among so many classes with so many support samples each; 1 if none was measured."""
        if not self.shots:
            return 1.0
        by_shot = [
            float(np.interp(np.log(n_classes), np.log(ways), np.log(pair)))
            for ways, pair in zip(self.ways, self.temperatures, strict=True)
        ]
        return math.exp(self._between(shot, by_shot))

    def threshold(self, share: float, n_classes: int, shot: float) -> float:
        """The score that this share of the samples of known classes falls short of."""
        return self._between(shot, [each.threshold(share, n_classes) for each in self.confidences])

    def _between(self, shot: float, values: Sequence[float]) -> float:
        return float(np.interp(np.log(shot), np.log(self.shots), values))

    @classmethod
    def measured(
        cls, folds: Sequence[Held], *, thresholds: bool = True, most_ways: int | None = None, n_queries: int = N_QUERIES
    ) -> "ShotCalibration":
        """Draw episodes of the classes of each fold, and choose what fits those with as many shots and ways best."""
        found = []
        parts = [_Episodes(fold) for fold in folds]
        for shot in SHOTS:
            able = [part for part in parts if part.n_classes(shot) > 1]
            most = min((part.n_classes(shot) for part in able), default=0)
            ways = [min(way, most, most_ways or way) for way in WAYS] if able else []
            tables = [[part.scored(shot, way, n_queries // len(able)) for part in able] for way in sorted(set(ways))]
            if tables:
                fitted = [likeliest_temperature([(s, t) for s, _, t in table], doubt=_DOUBT) for table in tables]
                confidence = Confidence.of_ways(*tables) if thresholds else Confidence()
                found.append((shot, (ways[0], ways[-1]), (fitted[0], fitted[-1]), confidence))
        return cls(*zip(*found, strict=True)) if found else cls()


class _Episodes:
    """Episodes of some samples of the classes of a fold."""

    def __init__(self, fold: Held) -> None:
        rows = _some(fold.codes)
        self._fold, self._X, self._codes = fold, fold.X[rows], fold.codes[rows]
        self._device = next((tensor.device for tensor in fold.method.state_dict().values()), torch.device("cpu"))
        self._counts, self._generator = np.bincount(self._codes), torch.Generator().manual_seed(0)
        alone = len(rows) and not fold.method.batch_statistics
        self._embedded = self._embed(np.arange(len(rows))) if alone else None

    def n_classes(self, shot: int) -> int:
        """How many classes have so many support samples, and a query."""
        return int((self._counts > shot).sum())

    def scored(self, shot: int, n_way: int, n_queries: int) -> Scored:
        """Scores of so many queries or a few more."""
        usable = self._counts > shot
        kept = torch.as_tensor(np.flatnonzero(usable[self._codes]))
        n_each = min(_PER_CLASS, int(self._counts[usable].min()) - shot)
        labels = torch.as_tensor(self._codes)[kept]
        sampler = FewShotSampler(labels, n_way=n_way, n_shot=shot, n_query=n_each, generator=self._generator)
        drawn = sampler.draw(-(-n_queries // (n_way * n_each)))
        tables = []
        for support, label, query in zip(kept[drawn.support], drawn.label, kept[drawn.query], strict=True):
            one = self._rows(support)[None], label.to(self._device)[None], self._rows(query)[None]
            with torch.inference_mode():
                tables.append(self._fold.method.scores(*one, n_way)[0].double().cpu().numpy())
        return np.concatenate(tables), np.zeros(n_way, dtype=bool), drawn.query_label.flatten().numpy()

    def _rows(self, rows: Tensor) -> Tensor:
        if self._embedded is None:
            return self._embed(rows.numpy())
        return self._embedded.index_select(0, rows.to(self._device))

    def _embed(self, rows: NDArray[np.intp]) -> Tensor:
        return torch.as_tensor(self._fold.embed(self._X[rows]), device=self._device)


def _some(codes: NDArray[np.intp]) -> NDArray[np.intp]:
    """Numbers of samples that are enough to measure by: some classes, and some samples of each, evenly spread."""
    classes = np.flatnonzero(np.bincount(codes) > 1)
    rows = [np.flatnonzero(codes == one) for one in classes[evenly_spread(len(classes), _MOST_CLASSES)]]
    chosen = [own[evenly_spread(len(own), _MOST_SAMPLES)] for own in rows]
    return np.concatenate(chosen) if chosen else np.zeros(0, dtype=np.intp)
