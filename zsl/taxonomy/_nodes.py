"""The nodes of a tree, and what is above and below them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from zsl._docs import documented_like
from zsl._labels import are_strings
from zsl._suggestions import did_you_mean
from zsl._typing import LabelArray
from zsl.exceptions import InvalidInputError
from zsl.persistence.unchanging import Unchanging
from zsl.taxonomy._arranging import Arranged, arrange
from zsl.taxonomy._edges import as_label, edges_of, listed
from zsl.taxonomy._ranks import rank_names


class Nodes(Unchanging):
    """Storage of `zsl.taxonomy.Taxonomy`: checked on entry, then immutable."""

    classes: LabelArray
    groups: LabelArray
    nodes: LabelArray
    parents: NDArray[np.intp]
    depths: NDArray[np.intp]
    ranks: tuple[str | None, ...] | None
    _labels: list[Any]
    _places: dict[Any, int]

    def __init__(self, parents: Any, *, ranks: Any = None, root: Any = None) -> None:
        found = parents if isinstance(parents, Arranged) else arrange(edges_of(parents), root)
        labels = [*found.groups.tolist(), *found.classes.tolist()]
        depths = np.zeros(len(labels), dtype=np.intp)
        for node, parent in enumerate(found.parents.tolist()):
            depths[node] = 0 if parent < 0 else depths[parent] + 1
        one_kind = are_strings(found.groups) == are_strings(found.classes)
        nodes = np.array(labels, dtype=None if one_kind else object)
        for array in (found.groups, found.classes, found.parents, depths, nodes):
            array.setflags(write=False)
        self.__dict__.update(
            classes=found.classes,
            groups=found.groups,
            nodes=nodes,
            parents=found.parents,
            depths=depths,
            ranks=found.ranks if ranks is None else rank_names(ranks, labels, depths.tolist()),
            _labels=labels,
            _places={label: place for place, label in enumerate(labels)},
        )

    @property
    def root(self) -> Any:
        """What is above everything."""
        return self._labels[0]

    def parent(self, node: Any) -> Any:
        """Look up what is directly above a node.

        Parameters
        ----------
        node : label
            A class or group.

        Returns
        -------
        label or None
            Its parent; None for the root.

        Raises
        ------
        InvalidInputError
            If there is no such node.
        """
        place = int(self.parents[self.place(node)])
        return None if place < 0 else self._labels[place]

    @documented_like(parent)
    def children(self, node: Any) -> list[Any]:
        """Look up what is directly below a node.

        Returns
        -------
        list of labels
            Its children, groups first; none for a class.
        """
        return [self._labels[place] for place in np.flatnonzero(self.parents == self.place(node)).tolist()]

    @documented_like(parent)
    def ancestors(self, node: Any) -> list[Any]:
        """Look up everything above a node.

        Returns
        -------
        list of labels
            Its parent first, the root last; none for the root.
        """
        return [self._labels[place] for place in self.line(self.place(node))[1:]]

    @documented_like(parent)
    def depth(self, node: Any) -> int:
        """Count the edges from the root to a node.

        Returns
        -------
        int
            0 for the root.
        """
        return int(self.depths[self.place(node)])

    @documented_like(parent)
    def rank(self, node: Any) -> str | None:
        """Look up what the rank of a node is called.

        Returns
        -------
        str or None
            Its name, such as "genus"; None if it has none.
        """
        place = self.place(node)
        return None if self.ranks is None else self.ranks[place]

    @documented_like(parent)
    def leaves_of(self, node: Any) -> LabelArray:
        """Look up the classes below a node.

        Returns
        -------
        array of labels
            The classes, in the order of `classes`; of a class itself.
        """
        below = np.zeros(len(self._labels), dtype=bool)
        below[self.place(node)] = True
        for place in np.argsort(self.depths, kind="stable")[1:].tolist():
            below[place] |= below[self.parents[place]]
        return self.classes[below[len(self.groups) :]]

    def lowest_common_ancestor(self, *nodes: Any) -> Any:
        """Find the deepest node that each of several nodes is, or is below.

        Parameters
        ----------
        *nodes : label
            Classes or groups, one or more.

        Returns
        -------
        label
            Their lowest common ancestor: one of them, if the others are below it.

        Raises
        ------
        InvalidInputError
            If there is no such node, or none is named.
        """
        if not nodes:
            raise InvalidInputError("nodes is empty; wanted one class or group, or more.")
        first, *others = [self.line(self.place(node)) for node in nodes]
        return self._labels[next(place for place in first if all(place in line for line in others))]

    def line(self, place: int) -> list[int]:
        """Walk from a node to the root.

        Parameters
        ----------
        place : int
            The place of a node among `nodes`.

        Returns
        -------
        list of int
            The places of the node and of all above it, the root last.
        """
        found = [place]
        while (place := int(self.parents[place])) >= 0:
            found.append(place)
        return found

    def place(self, node: Any, name: str = "node") -> int:
        """Look up the place of a node among `nodes`.

        Parameters
        ----------
        node : label
            A class or group.
        name : str, default="node"
            What to call it in an error.

        Returns
        -------
        int
            Its place.

        Raises
        ------
        InvalidInputError
            If there is no such node.
        """
        label = as_label(node, name)
        if label not in self._places:
            raise InvalidInputError(
                f"{name}={node!r} is not in the taxonomy; its groups are {listed(self.groups.tolist())} and its "
                f"classes {listed(self.classes.tolist())}." + did_you_mean([label], self._labels)
            )
        return self._places[label]

    def __contains__(self, node: object) -> bool:
        return isinstance(node, (str, int, float, np.generic)) and not isinstance(node, bool) and node in self._places

    def __len__(self) -> int:
        return len(self.classes)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, type(self)):
            return NotImplemented
        return (
            self._labels == other._labels and self.ranks == other.ranks and bool((self.parents == other.parents).all())
        )

    def __hash__(self) -> int:
        return hash((tuple(self._labels), self.ranks))

    def __reduce__(self) -> tuple[Any, ...]:
        # Made anew on loading, since numpy forgets that an array is read-only.
        return type(self), (Arranged(self.groups, self.classes, self.parents, self.ranks),)
