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
from zsl.estimators.relation._space import Origins, SeenClasses, moments_of
from zsl.estimators.relation._term import RelationTerm, term_samples, train_term
from zsl.exceptions import InvalidInputError
from zsl.functional.linear.moments import Moments
from zsl.selection.split_moments import Split


@dataclass(frozen=True, eq=False)
class Data:
    """Training samples, and the table of their classes."""

    X: SampleRows  # (n, n_features), in single precision, moved around 0 and scaled to the size 1
    codes: NDArray[np.intp]  # (n,), their class numbers
    table: FloatArray | None  # (C, A) or None, semantic vectors of the classes, in the order of the numbers
    blocks: tuple[int, ...]  # widths of their blocks

    @property
    def joint_block(self) -> int | None:
        """The first block of semantics that is as wide as the features, and may share their space."""
        return next((place for place, width in enumerate(self.blocks) if width == self.X.shape[1]), None)


class Fitting:
    """One fit, whose folds share the moments of all samples."""

    def __init__(self, data: Data, settings: Settings, seed: int) -> None:
        self.data, self.settings, self.seed = data, settings, seed
        self._whole: dict[bool, tuple[Moments, Origins]] = {}
        self._kept_root: bool | None = None
        self._kept: list[HeldOut] = []

    def seen(self, root: bool, rows: NDArray[np.intp] | None = None, label: str = "all seen classes") -> SeenClasses:
        """The space and the class means of some rows, all if None."""
        data, settings = self.data, self.settings
        n_class = int(data.codes.max()) + 1
        if root not in self._whole:
            origins = Origins.of(data.X, root, settings.feature_scaling)
            self._whole[root] = moments_of(data.X, data.codes, n_class, origins), origins
        moments, origins = self._whole[root]
        every = np.arange(len(data.X))
        if rows is not None:
            rest = np.setdiff1d(every, rows)
            moments = moments - moments_of(data.X, data.codes, n_class, origins, rest)
        seen = SeenClasses.of_moments(moments, settings.feature_scaling, origins)
        if settings.encoder is None:
            return seen
        rows = every if rows is None else rows
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

    def folds(self, splits: Sequence[Split], root: bool, *, joint: bool) -> list[HeldOut]:
        """One fold per split, in its own space; those of the last space asked for are kept."""
        if self._kept_root != root:
            self._kept_root, self._kept = root, []
        todo = range(len(self._kept), len(splits))
        with progress("held-out classes", len(todo), shown=self.settings.progress, delay=2.0) as bar:
            for number in todo:
                train, test = splits[number]
                seen = self.seen(root, train, f"held-out classes {number + 1}")
                rows = some_of_each(self.data.codes, train, test)
                held = np.setdiff1d(self.data.codes[test], seen.numbers)
                described = self.described(seen, joint=joint)
                embedded = seen.space(self.data.X[rows])
                self._kept.append(HeldOut(described, seen, held, embedded, self.data.codes[rows], train))
                bar.update()
        return self._kept[: len(splits)]

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
