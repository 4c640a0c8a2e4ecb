"""The tree of classes, and the forms in which it may be passed."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any, Self, final

import numpy as np
import pandas as pd

from zsl._arguments import shown
from zsl._files.opening import is_file
from zsl._labels import as_named_labels
from zsl._typing import LabelArray
from zsl.exceptions import InvalidInputError
from zsl.persistence.codec import register
from zsl.taxonomy._arranging import Arranged, arrange
from zsl.taxonomy._edges import edges_of, listed
from zsl.taxonomy._html import shown_in_html
from zsl.taxonomy.builders import Builders


@final
class Taxonomy(Builders):
    """Immutable tree with classes as its leaves, and above them groups up to a single root.

    Parameters
    ----------
    parents : mapping, Series, or sequence of pairs
        The parent of each class and group: a mapping or Series of child to parent, pairs of child and parent, or a
        nested mapping such as ``{"cats": ["lion", "tiger"]}``. Tops have None for a parent, or are nobody's child.
        What has no child is a class, everything else a group. Names are strings or whole numbers.
    ranks : mapping of node to str, sequence of str, or None, default=None
        What ranks are called: by node, or by depth, beginning with the depth below the root.
    root : label or None, default=None
        Name of the root above several tops. None stands for "root", and for -1 among numbers.

    Attributes
    ----------
    classes : array of shape (C,)
        The leaves, in the order given, read-only.
    groups : array of shape (G,)
        The inner nodes, each behind its parent, the root first, read-only.
    nodes : array of shape (G + C,)
        Groups, then classes; an array of objects if one are strings and the other numbers.
    parents : array of int of shape (G + C,)
        The place of the parent of each node among `nodes`; -1 for the root.
    depths : array of int of shape (G + C,)
        Edges from the root to each node.
    ranks : tuple of str or None, of length G + C, or None
        The rank of each node; None if ranks have no names.
    root : label
        What is above everything.

    Raises
    ------
    InvalidInputError
        If a node has two parents, nodes are above each other in a circle, there are no classes, or names are neither
        strings nor whole numbers.

    See Also
    --------
    zsl.RankClassifier : Answers with a group where the class isn't certain.

    Examples
    --------
    >>> from zsl.taxonomy import Taxonomy
    >>> tree = Taxonomy({"cats": ["lion", "tiger"], "dogs": ["wolf"]})
    >>> tree
    Taxonomy(3 classes below 3 groups, depth 2)
    >>> tree.ancestors("lion"), tree.lowest_common_ancestor("lion", "wolf"), tree.leaves_of("dogs").tolist()
    (['cats', 'root'], 'root', ['wolf'])
    >>> tree.add({"fox": "dogs"}).leaves_of("dogs").tolist()
    ['wolf', 'fox']
    """

    def select(self, classes: Any) -> Self:
        """Keep only some classes, and the groups above them.

        Parameters
        ----------
        classes : array-like of labels
            The classes to keep, in any order.

        Returns
        -------
        Taxonomy
            The smaller tree, in the order of this one.

        Raises
        ------
        InvalidInputError
            If one isn't a class of the tree, or none is named.
        """
        chosen = self.places_of(classes).tolist()
        if not chosen:
            raise InvalidInputError("classes is empty; wanted one class or more.")
        places = sorted({place for leaf in chosen for place in self.line(leaf)})
        number, size = {place: new for new, place in enumerate(places)} | {-1: -1}, len(self.groups)
        found = Arranged(
            self.groups[[place for place in places if place < size]],
            self.classes[[place - size for place in places if place >= size]],
            np.array([number[int(self.parents[place])] for place in places], dtype=np.intp),
            None if self.ranks is None else tuple(self.ranks[place] for place in places),
        )
        return type(self)(found)

    def add(self, parents: Any) -> Self:
        """Add classes, and groups for them.

        Parameters
        ----------
        parents : mapping, Series, or sequence of pairs
            The parent of each new class or group, in any form that the constructor takes; what has none goes below
            the root.

        Returns
        -------
        Taxonomy
            The larger tree. If ranks have names, a new node has the rank of others of its depth.

        Raises
        ------
        InvalidInputError
            If a node has another parent already, or a class would become a group.
        """
        edges = edges_of(parents)
        for child, parent in edges:
            if parent in self._places and self._places[parent] >= len(self.groups):
                raise InvalidInputError(f"parents puts {child!r} below {parent!r}, which is a class; wanted a group.")
        mentioned = dict.fromkeys(node for edge in edges for node in edge if node is not None)
        bare = [node for node in mentioned if node not in self and all(c != node or p is None for c, p in edges)]
        known = [(node, self.parent(node)) for node in self._labels]
        found = arrange([*known, *((node, self.root) for node in bare), *edges])
        larger = type(self)(found)
        if self.ranks is None:
            return larger
        usual = dict(zip(self.depths.tolist(), self.ranks, strict=True))
        names = [self.rank(n) if n in self else usual.get(larger.depth(n)) for n in larger._labels]
        return type(self)(replace(found, ranks=tuple(names)))

    def places_of(self, classes: Any, name: str = "classes") -> Any:
        """Look up the places of classes among `nodes`.

        Parameters
        ----------
        classes : array-like of labels of shape (n,)
            Classes of the tree.
        name : str, default="classes"
            What to call them in an error.

        Returns
        -------
        array of int of shape (n,)
            Their places.

        Raises
        ------
        InvalidInputError
            If one isn't a class of the tree.
        """
        labels = as_named_labels(name, classes)
        places = {label: self.place(label, name) for label in dict.fromkeys(labels.tolist())}
        if groups := [label for label, place in places.items() if place < len(self.groups)]:
            raise InvalidInputError(f"{name} names {listed(groups)}, groups of the taxonomy; wanted classes.")
        return np.array([places[label] for label in labels.tolist()], dtype=np.intp)

    def to_frame(self) -> pd.DataFrame:
        """Copy the tree into a data frame, which `from_frame` reads back.

        Returns
        -------
        DataFrame of shape (G + C - 1, 2 or 3)
            A row for each node except the root: "child", "parent", and "rank" if ranks have names.
        """
        columns: dict[str, Any] = {
            "child": np.array(self._labels[1:], dtype=object),
            "parent": np.array([self._labels[place] for place in self.parents[1:]], dtype=object),
        }
        if self.ranks is not None:
            columns["rank"] = np.array(self.ranks[1:], dtype=object)
        return pd.DataFrame(columns)

    def _repr_html_(self) -> str:
        return shown_in_html(self)

    def __repr__(self) -> str:
        groups = "1 group" if len(self.groups) == 1 else f"{len(self.groups)} groups"
        names = [] if self.ranks is None else [name for name in dict.fromkeys(self.ranks) if name is not None]
        ranks = f": {', '.join(names)}" if names else ""
        classes = "1 class" if len(self) == 1 else f"{len(self)} classes"
        return f"Taxonomy({classes} below {groups}, depth {self.depths.max()}{ranks})"


def as_taxonomy(taxonomy: Any) -> Taxonomy:
    """Return the tree that something describes.

    Parameters
    ----------
    taxonomy : Taxonomy, path, DataFrame, mapping, Series, or sequence of pairs
        A `Taxonomy` is returned as it is, a string or path is read by `Taxonomy.from_csv`, a frame by
        `Taxonomy.from_frame`; the rest as by the constructor.

    Returns
    -------
    Taxonomy
        The tree.

    Raises
    ------
    InvalidInputError
        If it is of another type, or doesn't describe a tree.
    """
    if isinstance(taxonomy, Taxonomy):
        return taxonomy
    if isinstance(taxonomy, (str, os.PathLike)):
        if not is_file(taxonomy):
            raise InvalidInputError(f"taxonomy={shown(taxonomy)} is no file; wanted the path of a CSV file, or a tree.")
        return Taxonomy.from_csv(taxonomy)
    return Taxonomy.from_frame(taxonomy) if isinstance(taxonomy, pd.DataFrame) else Taxonomy(taxonomy)


def _stored(groups: LabelArray, labels: LabelArray, parents: Any, ranks: Any) -> Taxonomy:
    """A tree as it was stored, arranged anew, which refuses what isn't one."""
    names = [*groups.tolist(), *labels.tolist()]
    edges = [(node, None if place < 0 else names[place]) for node, place in zip(names, parents.tolist(), strict=True)]
    found = arrange(edges)
    if found.groups.tolist() != groups.tolist() or found.classes.tolist() != labels.tolist():
        raise InvalidInputError("taxonomy isn't stored in its order.")
    if ranks is not None and len(ranks) != len(names):
        raise InvalidInputError("taxonomy has ranks of other nodes.")
    return Taxonomy(Arranged(groups, labels, found.parents, ranks))


register(
    Taxonomy,
    lambda tree: {"groups": tree.groups, "labels": tree.classes, "parents": tree.parents, "ranks": tree.ranks},
    _stored,
    groups=LabelArray,
    labels=LabelArray,
    parents=np.ndarray,
    ranks=tuple[str | None, ...] | None,
)
