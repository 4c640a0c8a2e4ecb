"""The classes that the wrapped classifier knows, each of which has a place in the tree."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import pandas as pd
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_is_fitted

from zsl._docs import documented_like
from zsl._suggestions import did_you_mean
from zsl._typing import LabelArray
from zsl.estimators._calls import changes, detached
from zsl.estimators._class_tables import add_given
from zsl.estimators._known_classes import KnownClassesClassifier
from zsl.estimators.wrapped.around import AroundFitted
from zsl.exceptions import InvalidInputError
from zsl.taxonomy import Taxonomy


class PlacedClasses(AroundFitted):
    """What `RankClassifier` does with classes: they come and go as those of `estimator_` do."""

    taxonomy_: Taxonomy

    @property
    def classes_(self) -> LabelArray:
        """All classes that the wrapped classifier knows, sorted."""
        found: LabelArray = self.estimator_.classes_
        return found

    @property
    def seen_classes_(self) -> LabelArray:
        """Classes that it was fitted on samples of."""
        found: LabelArray = getattr(self.estimator_, "seen_classes_", self.estimator_.classes_)
        return found

    @property
    def unseen_classes_(self) -> LabelArray:
        """The other known classes."""
        found: LabelArray = getattr(self.estimator_, "unseen_classes_", self.estimator_.classes_[:0])
        return found

    @changes
    def add_classes(self, X: Any = None, y: Any = None, *, semantics: Any = None, parent: Any = None) -> Self:
        """Make classes known to the wrapped classifier, each at its place in the tree.

        Parameters
        ----------
        X : samples or None, default=None
            Support samples, as the wrapped classifier's `add_classes` takes them.
        y : array of shape (n_samples,) or None, default=None
            Their labels.
        semantics : DataFrame, mapping, Semantics or None, default=None
            Rows of classes, as the wrapped classifier's `add_classes` takes them.
        parent : label, mapping of class to label, or None, default=None
            The group that new classes belong to: one for all, or one each. None for classes that are in the tree.

        Returns
        -------
        self
            The classifier, changed in place. A call that raises changes nothing; the curve and the floors stay those
            of `fit`.

        Raises
        ------
        InvalidInputError
            If a new class has no place in the tree, `parent` isn't a group, or as the wrapped classifier says.
        """
        check_is_fitted(self, "estimator_")
        own = self._detached("add_classes")
        add_given(own, X, y, semantics)
        if parent is not None:
            new = [label for label in own.classes_.tolist() if label not in self.taxonomy_]
            self.taxonomy_ = placed(self.taxonomy_, parent, new)
        check_places(self.taxonomy_, own.classes_, "the classes", "parent, the group of each new class")
        self.estimator_ = own
        return self

    @changes
    @documented_like(KnownClassesClassifier.remove_classes)
    def remove_classes(self, labels: ArrayLike) -> Self:
        """Forget classes; they keep their place in the tree.

        Returns
        -------
        self
            The classifier, changed in place. A call that raises changes nothing.
        """
        check_is_fitted(self, "estimator_")
        own = self._detached("remove_classes")
        own.remove_classes(labels)
        self.estimator_ = own
        return self

    def _detached(self, method: str) -> Any:
        """The wrapped classifier with classes of its own, so that those of this one stay until all went well."""
        if not hasattr(self.estimator_, method):
            raise InvalidInputError(
                f"estimator is a {type(self.estimator_).__name__}, which has no {method}; wanted one "
                "whose classes come and go."
            )
        return detached(self.estimator_)


def check_places(tree: Taxonomy, labels: LabelArray, name: str, remedy: str) -> None:
    """Refuse classes that aren't leaves of the tree."""
    missing = [label for label in labels.tolist() if label not in tree]
    if missing:
        raise InvalidInputError(
            f"taxonomy has no place for {len(missing)} of {name}, {missing[:5]}; wanted {remedy}."
            + did_you_mean(missing, tree.nodes.tolist())
        )
    tree.places_of(labels, name)


def placed(tree: Taxonomy, parent: Any, new: list[Any]) -> Taxonomy:
    """The tree with new classes below one group, or below one each."""
    above = dict(parent) if isinstance(parent, (Mapping, pd.Series)) else dict.fromkeys(new, parent)
    groups = tree.groups.tolist()
    for label, group in above.items():
        if group not in groups:
            raise InvalidInputError(
                f"parent={group!r} for {label!r} is no group of the taxonomy; its groups are {groups[:5]}"
                f"{' and others' if len(groups) > 5 else ''}." + did_you_mean([group], groups)
            )
    return tree.add(above) if above else tree
