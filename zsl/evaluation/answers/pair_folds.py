"""Folds that hold out pairs of a state and an object, and never all pairs of either."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.random import RandomState
from numpy.typing import NDArray

from zsl._arguments import check_kind
from zsl._typing import LabelArray
from zsl.evaluation._arrays import some
from zsl.evaluation.splits import ClassKFold
from zsl.exceptions import InvalidInputError


class PairKFold(ClassKFold):
    """Cross-validation over classes that are pairs of a state and an object: each fold holds out pairs.

    `ClassKFold` may hold out all pairs of a state, which no method learns from the rest. Here each fold
    keeps, of every state and every object, at least one pair to train on, and pairs of one state or object are spread
    over the folds. A pair is held out once, or never where nothing else would be left of its state or object. Can be
    passed wherever scikit-learn takes ``cv``, and as ``cv=`` of zero-shot estimators, which then choose the bias and
    the strength of regularisation on held-out pairs.

    Parameters
    ----------
    pairs : mapping of label to (state, object)
        What each class is; labels beyond those of the samples don't matter. `zsl.semantics.class_pairs` makes it, and
        `zsl.evaluation.ComposedSplit` has it.
    n_splits : int, default=5
        Number of folds, 2 or more.
    seen_test_size : float in [0, 1), default=0.2
        Share of the samples of each pair not held out that is tested on as well: at least one, and all but one at
        most. The only sample of a pair is trained on. With 0, only the held-out pairs are tested on.
    shuffle : bool, default=True
        Whether pairs and samples are drawn at random. Otherwise the folds take the pairs in sorted order of their
        labels, and each pair is tested on its last samples.
    random_state : int, RandomState or None, default=None
        Makes the shuffling repeatable.

    Raises
    ------
    InvalidInputError
        If a parameter is out of range, a label of the samples has no pair, or a fold would hold out nothing.

    Examples
    --------
    >>> import numpy as np
    >>> from zsl.semantics import class_pairs
    >>> pairs = class_pairs(["wet", "dry"], ["cat", "dog"])
    >>> y = np.repeat(list(pairs), 2)
    >>> for train, test in PairKFold(pairs, 2, seen_test_size=0, shuffle=False).split(y, y):
    ...     print(np.unique(y[train]), np.unique(y[test]))
    ['dry dog' 'wet cat'] ['dry cat' 'wet dog']
    ['dry cat' 'wet dog'] ['dry dog' 'wet cat']
    """

    def __init__(
        self,
        pairs: Mapping[Any, tuple[Any, Any]],
        n_splits: int = 5,
        *,
        seen_test_size: float = 0.2,
        shuffle: bool = True,
        random_state: int | RandomState | None = None,
    ) -> None:
        check_kind("pairs", pairs, Mapping)
        super().__init__(n_splits, seen_test_size=seen_test_size, shuffle=shuffle, random_state=random_state)
        self.pairs = pairs

    def __repr__(self) -> str:
        return f"PairKFold({len(self.pairs)} pairs, n_splits={self.n_splits}, random_state={self.random_state})"

    def _divided(self, classes: LabelArray) -> list[LabelArray]:
        """The pairs that each fold holds out."""
        if unknown := [label for label in classes.tolist() if label not in self.pairs]:
            raise InvalidInputError(
                f"y has {len(unknown)} class(es) without a pair, {some(unknown)}; wanted an entry of pairs for each."
            )
        fold = spread_pairs([tuple(self.pairs[label]) for label in classes.tolist()], self.n_splits)
        if len(empty := set(range(self.n_splits)) - set(fold.tolist())):
            raise InvalidInputError(
                f"y leaves {len(empty)} of n_splits={self.n_splits} folds without a pair to hold out; wanted fewer "
                "folds, or more states and objects that come in several pairs."
            )
        return [classes[fold == number] for number in range(self.n_splits)]


def spread_pairs(pairs: list[tuple[Any, ...]], n_folds: int) -> NDArray[np.intp]:
    """The fold of each pair, or -1 for one that is the last of its state or object in training.

    Pairs go one after the other to the fold that holds the fewest of their state and of their object, then the fewest
    at all. Where a fold still holds all pairs of one, it gives back the first.
    """
    fold = np.zeros(len(pairs), dtype=np.intp)
    load: Counter[tuple[int, int, Any]] = Counter()
    size = [0] * n_folds
    for place, pair in enumerate(pairs):
        held = [[load[number, side, part] for side, part in enumerate(pair)] for number in range(n_folds)]
        best = min(range(n_folds), key=lambda number: (max(held[number]), sum(held[number]), size[number]))
        fold[place] = best
        size[best] += 1
        load.update((best, side, part) for side, part in enumerate(pair))
    for side in range(2):
        for part in dict.fromkeys(pair[side] for pair in pairs):
            places = [place for place, pair in enumerate(pairs) if pair[side] == part]
            if len(set(fold[places].tolist())) == 1:
                fold[places[0]] = -1
    return fold
