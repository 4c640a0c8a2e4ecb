"""Edges arranged as a tree: checked for several parents and for circles, groups in front, classes behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zsl._labels import as_labels
from zsl._typing import LabelArray
from zsl.exceptions import InvalidInputError
from zsl.taxonomy._edges import Edge, listed


@dataclass(frozen=True, eq=False)
class Arranged:
    """The nodes of a tree: its groups with parents before children, the root first, and behind them its classes."""

    groups: LabelArray
    classes: LabelArray
    parents: NDArray[np.intp]  # (group + class,), places among the groups, -1 for the root
    ranks: tuple[str | None, ...] | None = None  # (group + class,)


def arrange(edges: Sequence[Edge], root: Any = None) -> Arranged:
    """Arrange edges; tops without a common parent get a root above them."""
    above = _single_parents(edges)
    if not above:
        raise InvalidInputError("taxonomy is empty; wanted one class or more, each with its parent.")
    tops = [node for node, parent in above.items() if parent is None]
    has_child = {parent for parent in above.values() if parent is not None}
    _refuse_circles(above)
    if len(tops) > 1 or tops[0] not in has_child:
        root = _root_name(above, root)
        above = {root: None} | {node: root if parent is None else parent for node, parent in above.items()}
        has_child.add(root)
    elif root is not None and root != tops[0]:
        raise InvalidInputError(f"root={root!r}, but all classes are below {tops[0]!r} already; wanted None.")
    depths = _depths(above)
    groups = sorted((node for node in above if node in has_child), key=depths.__getitem__)
    classes = [node for node in above if node not in has_child]
    place = {node: number for number, node in enumerate(groups)}
    parents = [-1 if above[node] is None else place[above[node]] for node in (*groups, *classes)]
    return Arranged(
        as_labels("groups of taxonomy", groups),
        as_labels("classes of taxonomy", classes),
        np.array(parents, dtype=np.intp),
    )


def _single_parents(edges: Sequence[Edge]) -> dict[Any, Any]:
    """The parent of each node; None for tops."""
    above: dict[Any, Any] = {}
    for child, parent in edges:
        if above.get(child) is not None and parent is not None and above[child] != parent:
            raise InvalidInputError(
                f"taxonomy has two parents for {child!r}, {above[child]!r} and {parent!r}; wanted one."
            )
        above[child] = above.get(child) if parent is None else parent
    for parent in [parent for parent in above.values() if parent is not None]:
        above.setdefault(parent, None)
    return above


def _refuse_circles(above: Mapping[Any, Any]) -> None:
    safe: set[Any] = set()
    for start in above:
        path: dict[Any, None] = {}
        node = start
        while node is not None and node not in safe:
            if node in path:
                circle = list(path)[list(path).index(node) :]
                raise InvalidInputError(
                    f"taxonomy goes in a circle, {listed([*circle, node])}; wanted a tree, in which nothing is above "
                    "itself."
                )
            path[node] = None
            node = above[node]
        safe.update(path)


def _depths(above: Mapping[Any, Any]) -> dict[Any, int]:
    depths: dict[Any, int] = {}
    for start in above:
        path, node = [], start
        while node is not None and node not in depths:
            path.append(node)
            node = above[node]
        depth = -1 if node is None else depths[node]
        for number, one in enumerate(reversed(path), start=1):
            depths[one] = depth + number
    return depths


def _root_name(above: Mapping[Any, Any], root: Any) -> Any:
    """The name of a root above all tops: -1 among numbers."""
    if root is None:
        root = -1 if all(isinstance(node, int) for node in above) else "root"
    if root in above:
        raise InvalidInputError(
            f"root={root!r} is a node of taxonomy with others beside it; wanted another name for the root above them."
        )
    return root
