"""One fit: its samples, and the classes and folds that are made of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zsl._progress import progress
from zsl._typing import FloatArray, SampleRows
from zsl.estimators.relation._classes import DescribedClasses, Point, shares_space
from zsl.estimators.relation._encoder import trained_encoder
from zsl.estimators.relation._folds import HeldOut, some_of_each
from zsl.estimators.relation._settings import Settings
from zsl.estimators.relation._space import Origins, SeenClasses, roots_of
from zsl.estimators.relation._term import RelationTerm, term_samples, train_term
from zsl.exceptions import InvalidInputError
from zsl.selection.split_moments import Split, SplitMoments


@dataclass(frozen=True, eq=False)
class Data:
    """Training samples, and the table of their classes."""

    X: SampleRows  # (n, n_features), in single precision, moved around 0 and scaled to the size 1
    low: FloatArray  # (n_features,), their least values
    codes: NDArray[np.intp]  # (n,), their class numbers
    table: FloatArray | None  # (C, A) or None, semantic vectors of the classes, in the order of the numbers
    blocks: tuple[int, ...]  # widths of their blocks

    @property
    def joint_block(self) -> int | None:
        """The first block of semantics that is as wide as the features, and may share their space."""
        return next((place for place, width in enumerate(self.blocks) if width == self.X.shape[1]), None)


class Fitting:
    """One fit, whose folds, one per split, share the moments of all samples."""

    def __init__(self, data: Data, settings: Settings, splits: Sequence[Split], seed: int) -> None:
        self.data, self.settings, self.splits, self.seed = data, settings, splits, seed
        self._moments: dict[bool, tuple[SplitMoments, Origins]] = {}
        self._kept_root: bool | None = None
        self._kept: list[HeldOut] = []

    def seen(self, root: bool, number: int | None = None) -> SeenClasses:
        """The space and the class means of the samples that a split trains on, of all if None."""
        data, settings = self.data, self.settings
        if root not in self._moments:
            origins = Origins.of(data.X, data.low, root, settings.feature_scaling)
            samples, n_class = roots_of(data.X, origins.root), int(data.codes.max()) + 1
            self._moments[root] = SplitMoments(samples, data.codes, n_class, self.splits, origins.lengths), origins
        moments, origins = self._moments[root]
        own = moments.whole if number is None else moments.known(number)
        seen = SeenClasses.of_moments(own, settings.feature_scaling, origins)
        if settings.encoder is None:
            return seen
        rows = np.arange(len(data.X)) if number is None else self.splits[number][0]
        label = "all seen classes" if number is None else f"held-out classes {number + 1}"
        space = trained_encoder(seen, data.X, data.codes, data.table, rows, settings, self.seed, label)
        return SeenClasses.of_samples(space, data.X, data.codes, rows)

    def described(self, seen: SeenClasses, *, joint: bool) -> DescribedClasses | None:
        """The class table in the space of these classes."""
        data = self.data
        if data.table is None:
            return None
        block = data.joint_block if joint and seen.means.shape[1] == data.X.shape[1] else None
        return DescribedClasses.of(seen, data.table, data.blocks, self.settings.semantic_scaling, block)

    def is_joint(self) -> bool:
        """Whether features and class texts share a space: as the parameter says, or as the seen classes show."""
        settings = self.settings
        if self.data.table is None or settings.joint is False or settings.encoder is not None:
            return False
        if self.data.joint_block is None:
            if settings.joint:
                raise InvalidInputError(
                    f"joint=True, but semantics has blocks of {list(self.data.blocks)} columns; wanted one of "
                    f"{self.data.X.shape[1]}, as wide as X."
                )
            return False
        described = self.described(self.seen(self.settings.roots[0]), joint=True)
        return described is not None and (self.settings.joint is True or shares_space(described))

    def folds(self, count: int, root: bool, *, joint: bool) -> list[HeldOut]:
        """The first folds, each in its own space; those of the last space asked for are kept."""
        if self._kept_root != root:
            self._kept_root, self._kept = root, []
        todo = range(len(self._kept), count)
        with progress("held-out classes", len(todo), shown=self.settings.progress, delay=2.0) as bar:
            for number in todo:
                train, test = self.splits[number]
                seen = self.seen(root, number)
                rows = some_of_each(self.data.codes, train, test)
                held = np.setdiff1d(self.data.codes[test], seen.numbers)
                described = self.described(seen, joint=joint)
                embedded = seen.space(self.data.X[rows])
                self._kept.append(HeldOut(described, seen, held, embedded, self.data.codes[rows], train))
                bar.update()
        return self._kept[:count]

    def term(
        self,
        classes: DescribedClasses,
        train: NDArray[np.intp],
        point: Point,
        scale: float,
        strength: float,
        label: str,
    ) -> RelationTerm:
        """Train the relation term of a fold, or of all seen classes, on some of the training rows."""
        data = self.data
        rows = term_samples(data.codes, train)
        return train_term(
            classes,
            point,
            classes.seen.space(data.X[rows]),
            data.codes[rows],
            scale=scale,
            strength=strength,
            settings=self.settings,
            seed=self.seed,
            label=label,
        )
