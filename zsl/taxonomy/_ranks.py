"""What the ranks of a tree are called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from zsl._arguments import shown
from zsl._suggestions import did_you_mean
from zsl.exceptions import InvalidInputError


def rank_names(ranks: Any, labels: Sequence[Any], depths: Sequence[int]) -> tuple[str | None, ...] | None:
    """The rank of each node: from a name per depth, or from a name per node."""
    if ranks is None:
        return None
    if isinstance(ranks, Mapping):
        known = set(labels)
        if unknown := [node for node in ranks if node not in known]:
            raise InvalidInputError(f"ranks names {unknown[:5]}, which are no nodes." + did_you_mean(unknown, labels))
        found = tuple(ranks.get(node) for node in labels)
    elif isinstance(ranks, (list, tuple, np.ndarray)):
        names = list(ranks)
        if len(names) != max(depths):
            raise InvalidInputError(
                f"ranks has {len(names)} names; wanted one for each of {max(depths)} depths below the root."
            )
        found = tuple(None if depth == 0 else names[depth - 1] for depth in depths)
    else:
        raise InvalidInputError(f"ranks={shown(ranks)}; wanted a name per depth, or a mapping of node to name.")
    if odd := [name for name in found if name is not None and (not isinstance(name, str) or not name.strip())]:
        raise InvalidInputError(f"ranks holds {shown(odd[0])}; wanted names, strings that aren't empty.")
    return found
