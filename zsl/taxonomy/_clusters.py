"""Classes clustered by their rows in the class table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage

from zsl._arguments import is_whole, shown
from zsl._typing import FloatArray
from zsl.exceptions import InvalidInputError
from zsl.semantics import Semantics
from zsl.taxonomy._edges import Edge

_METHODS = ("average", "complete", "single", "ward")


def clustered(table: Semantics, n_groups: int | Sequence[int] | None, method: str) -> list[Edge]:
    """Edges from classes up to one root, or to the tops of the coarsest rank."""
    if not isinstance(method, str) or method not in _METHODS:
        raise InvalidInputError(f"method={shown(method)}; wanted one of {', '.join(map(repr, _METHODS))}.")
    if len(table) < 2:
        raise InvalidInputError("semantics has 1 class; wanted two or more to cluster.")
    cuts = _cuts(n_groups, len(table))
    rows = table.vectors.astype(np.float64)
    rows = rows - rows.mean(axis=0)
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    merges = linkage(rows, cast("Any", method))
    members = [[number] for number in range(len(table))]
    if cuts is None:
        above = np.full(2 * len(table) - 1, -1)
        for place, (left, right) in enumerate(merges[:, :2].astype(int), start=len(table)):
            members.append(members[left] + members[right])
            above[[left, right]] = place
    else:
        levels = [np.asarray(fcluster(merges, count, "maxclust")) for count in sorted(cuts, reverse=True)]
        parents = [-1] * len(table)
        before = {number: number for number in range(len(table))}
        for level in levels:
            now = {}
            for code in dict.fromkeys(level.tolist()):
                now[code] = len(members)
                members.append(np.flatnonzero(level == code).tolist())
                parents.append(-1)
            for number, code in enumerate(level.tolist()):
                parents[before[number]] = now[code]
            before = {number: now[code] for number, code in enumerate(level.tolist())}
        above = np.array(parents)
    names = _names(table.classes.tolist(), members, rows)
    return [(names[node], None if parent < 0 else names[parent]) for node, parent in enumerate(above.tolist())]


def _cuts(n_groups: Any, n_classes: int) -> list[int] | None:
    """Numbers of groups, each once."""
    if n_groups is None:
        return None
    cuts = list(n_groups) if isinstance(n_groups, (list, tuple, np.ndarray)) else [n_groups]
    good = cuts and all(is_whole(cut) and 2 <= cut < n_classes for cut in cuts)
    if not good or len(set(cuts)) < len(cuts):
        raise InvalidInputError(
            f"n_groups={shown(n_groups)}; wanted None, or one or several different numbers from 2 to {n_classes - 1}."
        )
    return [int(cut) for cut in cuts]


def _names(labels: list[Any], members: list[list[int]], rows: FloatArray) -> list[Any]:
    """Names of clusters: their two most typical classes, and how many more; classes keep theirs."""
    names: list[Any] = list(labels)
    for own in members[len(labels) :]:
        order = np.argsort(-rows[own] @ rows[own].mean(axis=0), kind="stable")
        first = [str(labels[own[place]]) for place in order[:2]]
        name = ", ".join(first) + (f" +{len(own) - 2}" if len(own) > 2 else "")
        name = f"group of {name}" if len(own) == 1 else name
        number, free = 2, name
        while free in names:
            number, free = number + 1, f"{name} ({number})"
        names.append(free)
    return names
