"""Which samples of which classes are learned from, and which are tested on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
from numpy.random import RandomState
from numpy.typing import ArrayLike, NDArray
from sklearn.model_selection import BaseCrossValidator

from zsl._arguments import as_random_state
from zsl._files.rows import some_rows
from zsl._labels import as_labels, check_one_kind, distinct
from zsl._typing import FloatArray, LabelArray
from zsl.evaluation._arrays import as_count, as_features, check_lengths, held_out, is_among, read_only, some
from zsl.exceptions import InvalidInputError, SemanticsError
from zsl.semantics import Semantics, as_semantics


@dataclass(frozen=True, eq=False, repr=False)
class GZSLSplit:
    """A data set divided for generalized zero-shot learning: by class, and within the seen classes by sample.

    Seen classes have training samples and test samples, unseen classes have test samples only and are known by their
    rows in the class table. This is the division of Y. Xian, C. H. Lampert, B. Schiele and Z. Akata, "Zero-Shot
    Learning: A Comprehensive Evaluation of the Good, the Bad and the Ugly", 2018, arXiv:1707.00600. Beyond it, a split
    may hold a support pool: labelled samples of unseen classes, none of them a test sample, from which one- and
    few-shot episodes draw their shots.

    The arrays are checked when the split is made, and kept as read-only views; samples on disk stay there.

    Parameters
    ----------
    X_train, X_test_seen, X_test_unseen : array of shape (n, n_features)
        Features of the training samples, all of seen classes, and of the test samples of seen and of unseen classes.
    y_train, y_test_seen, y_test_unseen : array of shape (n,)
        Their labels. `y_train` defines the seen classes, which `y_test_seen` has none beyond, and `y_test_unseen` the
        unseen ones, none of which is in `y_train`.
    semantics : Semantics, DataFrame, dict or None, default=None
        The class table, with a row for every class, in any form that `zsl.semantics.as_semantics` takes; texts are
        encoded by the default text encoder. Kept as a `Semantics`. None suits few-shot learning only.
    X_support, y_support : arrays of shape (n, n_features) and (n,), or None, default=None
        Features and labels of the support pool, all of unseen classes.
    name : str, default=""
        Name of the data set.
    info : mapping of str to object, default={}
        Where the data come from: encoder, version of the split, random state.

    Raises
    ------
    InvalidInputError
        If an array has a wrong shape or values that are not finite, or the classes are not divided as described above.
    SemanticsError
        If `semantics` cannot be turned into a class table, or a class has no row in it.

    See Also
    --------
    FewShotSplit : Images in three parts that share no class.
    ClassKFold : Cross-validation over the seen classes.
    """

    X_train: FloatArray
    y_train: LabelArray
    X_test_seen: FloatArray
    y_test_seen: LabelArray
    X_test_unseen: FloatArray
    y_test_unseen: LabelArray
    semantics: Semantics | None = None
    X_support: FloatArray | None = None
    y_support: LabelArray | None = None
    name: str = ""
    info: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if (self.X_support is None) != (self.y_support is None):
            raise InvalidInputError("X_support and y_support go together; only one of them was given.")
        parts = ["train", "test_seen", "test_unseen"] + ["support"] * (self.X_support is not None)
        kinds: dict[str, LabelArray] = {}
        for part in parts:
            X_name, y_name = f"X_{part}", f"y_{part}"
            X, y = as_features(X_name, getattr(self, X_name)), as_labels(y_name, getattr(self, y_name))
            check_lengths(X_name, X, y_name, y)
            kinds[y_name] = y
            vars(self).update({X_name: read_only(X), y_name: read_only(y)})
        check_one_kind(**kinds)
        object.__setattr__(self, "info", dict(self.info))
        widths = {f"X_{part}": getattr(self, f"X_{part}").shape[1] for part in parts}
        if len(set(widths.values())) > 1:
            raise InvalidInputError(f"The numbers of features differ: {widths}; wanted the same number everywhere.")
        if self.semantics is not None:
            object.__setattr__(self, "semantics", as_semantics(self.semantics))
        self._check_classes()

    @classmethod
    def from_arrays(
        cls,
        X: ArrayLike,
        y: ArrayLike,
        semantics: Any = None,
        *,
        unseen: Iterable[Any],
        seen_test_size: float = 0.2,
        support_size: float = 0.5,
        random_state: int | RandomState | None = None,
        name: str = "",
        info: Mapping[str, Any] | None = None,
    ) -> Self:
        """Divide one labelled array.

        Parameters
        ----------
        X : array of shape (n_samples, n_features)
            Features of all samples.
        y : array of shape (n_samples,)
            Their labels.
        semantics : Semantics, DataFrame, dict or None, default=None
            The class table, with a row for every class in `y`.
        unseen : iterable of labels
            The classes to keep out of training.
        seen_test_size : float in (0, 1), default=0.2
            Share of the samples of each seen class that is tested on: at least one, and all but one at most. The only
            sample of a class is trained on.
        support_size : float in [0, 1), default=0.5
            Share of the samples of each unseen class that goes into the support pool, rounded in the same way. The
            only sample of a class is tested on. With 0 there is no pool.
        random_state : int, RandomState or None, default=None
            Which samples are drawn.
        name : str, default=""
            What the split is called in tables.
        info : mapping or None, default=None
            What else is known of it.

        Returns
        -------
        GZSLSplit
            The split. Within each part the samples keep the order that they have in `X`.

        Raises
        ------
        InvalidInputError
            If `unseen` is empty, is all of the classes or names one that `y` doesn't have, or a size is out of range.
        """
        features, y = as_features("X", X), as_labels("y", y)
        check_lengths("X", features, "y", y)
        unseen = as_labels("unseen", list(unseen)).tolist()
        absent = sorted(set(unseen) - set(distinct(y).tolist()), key=str)
        if absent or not unseen:
            raise InvalidInputError(f"unseen={unseen} has to name classes of y; not in y: {absent}.")
        _check_fraction("seen_test_size", seen_test_size, positive=True)
        _check_fraction("support_size", support_size)
        rng = as_random_state(random_state)
        is_unseen = is_among(y, unseen)
        if is_unseen.all():
            raise InvalidInputError(f"unseen={unseen} names every class of y; wanted at least one seen class.")
        seen_test = held_out(y, ~is_unseen, seen_test_size, rng)
        support = held_out(y, is_unseen, support_size, rng)
        chosen = {"train": ~is_unseen & ~seen_test, "test_seen": seen_test, "test_unseen": is_unseen & ~support}
        parts: dict[str, Any] = {}
        for part, rows in (chosen | ({"support": support} if support.any() else {})).items():
            parts |= {f"X_{part}": some_rows(features, rows), f"y_{part}": y[rows]}
        return cls(**parts, semantics=semantics, name=name, info=info or {})

    @property
    def seen_classes(self) -> LabelArray:
        """The sorted classes of `y_train`."""
        return distinct(self.y_train)

    @property
    def unseen_classes(self) -> LabelArray:
        """The sorted classes of `y_test_unseen`."""
        return distinct(self.y_test_unseen)

    def __repr__(self) -> str:
        support = "no" if self.X_support is None else len(self.X_support)
        columns = 0 if self.semantics is None else self.semantics.vectors.shape[1]
        table = f"class table of {columns} columns" if columns else "no class table"
        classes = f"{len(self.seen_classes)} seen and {len(self.unseen_classes)} unseen classes"
        return (
            f"{type(self).__name__}({self.name!r}: {classes}, "
            f"{self.X_train.shape[1]} features, {table}; samples: {len(self.X_train)} training, "
            f"{len(self.X_test_seen)} seen test, {len(self.X_test_unseen)} unseen test, {support} support)"
        )

    def _check_classes(self) -> None:
        seen, unseen = set(self.seen_classes.tolist()), set(self.unseen_classes.tolist())
        support = set(distinct(self.y_support).tolist()) if self.y_support is not None else set()
        bare = {label for label in seen | unseen if self.semantics is not None and label not in self.semantics}
        for labels, what in (
            (seen & unseen, "classes of y_train and y_test_unseen, which have to differ"),
            (set(distinct(self.y_test_seen).tolist()) - seen, "classes of y_test_seen that y_train doesn't have"),
            (support - unseen, "classes of y_support that y_test_unseen doesn't have"),
            (bare, "classes without a row in semantics"),
        ):
            if labels:
                error = SemanticsError if labels is bare else InvalidInputError
                raise error(f"{len(labels)} {what}: {some(labels)}.")


class ClassKFold(BaseCrossValidator):
    """Cross-validation over classes: each fold holds out whole classes as pseudo-unseen ones.

    A fold tests on all samples of its held-out classes and on some of the other classes, and trains on the rest. Every
    class is held out once. Hyper-parameters of a zero-shot method are chosen this way, since ordinary folds leave no
    class unseen and so reward fitting the seen ones. Can be passed wherever scikit-learn takes ``cv``.

    Parameters
    ----------
    n_splits : int, default=5
        Number of folds, from 2 to the number of classes.
    seen_test_size : float in [0, 1), default=0.2
        Share of the samples of each class not held out that is tested on as well: at least one, and all but one at
        most. The only sample of a class is trained on. With 0, only the held-out classes are tested on.
    shuffle : bool, default=True
        Whether classes and samples are drawn at random. Otherwise the folds take the classes in sorted order, and each
        class is tested on its last samples.
    random_state : int, RandomState or None, default=None
        Makes the shuffling repeatable.

    Raises
    ------
    InvalidInputError
        If a parameter is out of range, or `random_state` is set without `shuffle`.

    Examples
    --------
    >>> import numpy as np
    >>> y = np.repeat(["ant", "bee", "cat"], 2)
    >>> for train, test in ClassKFold(3, seen_test_size=0, shuffle=False).split(y, y):
    ...     print(y[train], y[test])
    ['bee' 'bee' 'cat' 'cat'] ['ant' 'ant']
    ['ant' 'ant' 'cat' 'cat'] ['bee' 'bee']
    ['ant' 'ant' 'bee' 'bee'] ['cat' 'cat']
    """

    def __init__(
        self,
        n_splits: int = 5,
        *,
        seen_test_size: float = 0.2,
        shuffle: bool = True,
        random_state: int | RandomState | None = None,
    ) -> None:
        as_count("n_splits", n_splits, 2)
        if random_state is not None and not shuffle:
            raise InvalidInputError(f"random_state={random_state} has no effect without shuffle=True.")
        _check_fraction("seen_test_size", seen_test_size)
        self.n_splits = n_splits
        self.seen_test_size = seen_test_size
        self.shuffle = shuffle
        self.random_state = random_state

    def get_n_splits(self, X: object = None, y: object = None, groups: object = None) -> int:
        """Return the number of folds.

        Parameters
        ----------
        X, y, groups : object, default=None
            Ignored.

        Returns
        -------
        int
            `n_splits`.
        """
        return self.n_splits

    def _iter_test_masks(
        self, X: object = None, y: ArrayLike | None = None, groups: object = None
    ) -> Iterator[NDArray[np.bool_]]:
        """Test mask of each fold; the base class turns them into indices."""
        if y is None:
            raise InvalidInputError(f"y=None; {type(self).__name__} needs the labels to hold out classes.")
        labels = as_labels("y", y)
        classes = distinct(labels)
        if len(classes) < self.n_splits:
            raise InvalidInputError(f"y has {len(classes)} classes, fewer than n_splits={self.n_splits}.")
        rng = as_random_state(self.random_state) if self.shuffle else None
        for fold in self._divided(classes if rng is None else rng.permutation(classes)):
            unseen = is_among(labels, fold.tolist())
            yield unseen | held_out(labels, ~unseen, self.seen_test_size, rng)

    def _divided(self, classes: LabelArray) -> list[LabelArray]:
        """The classes that each fold holds out."""
        return np.array_split(classes, self.n_splits)


def _check_fraction(name: str, value: float, *, positive: bool = False) -> None:
    """Raise unless the value lies in [0, 1), or in (0, 1)."""
    if not 0 <= value < 1 or (positive and value == 0):
        raise InvalidInputError(f"{name}={value}; wanted a share in {'(' if positive else '['}0, 1).")
