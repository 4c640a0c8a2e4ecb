"""A split whose classes are pairs of a state and an object."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Self

from zsl._arguments import check_kind
from zsl._labels import as_labels
from zsl._typing import LabelArray
from zsl.evaluation._arrays import some
from zsl.evaluation.splits import GZSLSplit
from zsl.exceptions import InvalidInputError
from zsl.semantics.pairs.naming import Pair, as_pairs


@dataclass(frozen=True, eq=False, repr=False)
class ComposedSplit(GZSLSplit):
    """A generalized zero-shot split whose classes are pairs of a state and an object, such as "wet cat".

    Unseen pairs have no training samples, but their states and their objects have some, in other pairs. This is the
    division of S. Purushwalkam, M. Nickel, A. Gupta and M. Ranzato, "Task-Driven Modular Networks for Zero-Shot
    Compositional Learning", ICCV 2019, arXiv:1905.05908. It works wherever a `GZSLSplit` does.

    Parameters
    ----------
    X_train, X_test_seen, X_test_unseen : array of shape (n, n_features)
        Features, as in `GZSLSplit`.
    y_train, y_test_seen, y_test_unseen : array of shape (n,)
        Labels of pairs.
    semantics : Semantics, DataFrame, dict or None, default=None
        The class table, such as from `zsl.semantics.Semantics.compose`. In the open world it has a row for every pair
        that may be predicted, also for those that no sample belongs to.
    X_support, y_support : arrays of shape (n, n_features) and (n,), or None, default=None
        The support pool of unseen pairs.
    name : str, default=""
        Name of the data set.
    info : mapping of str to object, default={}
        Where the data come from.
    pairs : mapping of label to (state, object)
        What each class is: every class of the split, and any others. `zsl.semantics.class_pairs` makes it.

    Raises
    ------
    InvalidInputError
        As in `GZSLSplit`, or if a class has no pair, two classes are the same pair, or a state or an object of an
        unseen pair is in no seen one.
    SemanticsError
        If `semantics` cannot be used.

    See Also
    --------
    PairKFold : Folds over the seen pairs.
    evaluate_composed : Fit and measure on such a split.
    """

    pairs: Mapping[Any, Pair] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_kind("pairs", self.pairs, Mapping)
        pairs = dict(zip(self.pairs, as_pairs("pairs", self.pairs), strict=True))
        object.__setattr__(self, "pairs", pairs)
        seen, unseen = self.seen_classes.tolist(), self.unseen_classes.tolist()
        if bare := {label for label in seen + unseen if label not in pairs}:
            raise InvalidInputError(f"pairs has no entry for {len(bare)} class(es), {some(bare)}; wanted one for each.")
        if len(set(pairs.values())) < len(pairs):
            raise InvalidInputError(f"pairs has {len(pairs)} labels for {len(set(pairs.values()))} different pairs.")
        for side, what in enumerate(("state", "object")):
            known = {pairs[label][side] for label in seen}
            if lost := {label for label in unseen if pairs[label][side] not in known}:
                raise InvalidInputError(
                    f"y_train has no pair with the {what} of {len(lost)} unseen pair(s), {some(lost)}; wanted some of "
                    "each state and each object."
                )

    @classmethod
    def of(cls, split: GZSLSplit, pairs: Mapping[Any, Pair]) -> Self:
        """Say of each class of a split which pair it is.

        Parameters
        ----------
        split : GZSLSplit
            The split, for example from `GZSLSplit.from_arrays`.
        pairs : mapping of label to (state, object)
            What each class is.

        Returns
        -------
        ComposedSplit
            The same samples.

        Raises
        ------
        InvalidInputError
            If `pairs` doesn't suit the classes, as described above.
        """
        check_kind("split", split, GZSLSplit)
        return cls(**{one.name: getattr(split, one.name) for one in fields(GZSLSplit)}, pairs=pairs)

    @property
    def seen_pairs(self) -> list[Pair]:
        """The pairs with training samples, in sorted order of their labels."""
        return [self.pairs[label] for label in self.seen_classes.tolist()]

    def states_of(self, labels: Any) -> LabelArray:
        """Look up the state of each label.

        Parameters
        ----------
        labels : array-like of shape (n,)
            Labels of pairs.

        Returns
        -------
        array of shape (n,)
            Their states.

        Raises
        ------
        InvalidInputError
            If a label is no pair.
        """
        return self._parts(labels, 0)

    def objects_of(self, labels: Any) -> LabelArray:
        """Look up the object of each label.

        Parameters
        ----------
        labels : array-like of shape (n,)
            Labels of pairs.

        Returns
        -------
        array of shape (n,)
            Their objects.

        Raises
        ------
        InvalidInputError
            If a label is no pair.
        """
        return self._parts(labels, 1)

    def _parts(self, labels: Any, side: int) -> LabelArray:
        values = as_labels("labels", labels).tolist()
        if unknown := {label for label in values if label not in self.pairs}:
            raise InvalidInputError(f"labels holds {some(unknown)}, no pair(s) of the split.")
        return as_labels("pairs", [self.pairs[label][side] for label in values])
