"""Whether image folders are named like the classes that their images are labelled with."""

import re
from collections import Counter

import numpy as np
from numpy.typing import NDArray

_DEPTH = 3  # SUN nests the parts of a name, as in a/apartment_building/outdoor


def other_folders(files: list[str], labels: NDArray[np.int64], names: list[str]) -> Counter[tuple[str, str]]:
    """How many images of one class, by number from 1, lie in folders named like another: (own, other) → count.

    Folders that are named like no class say nothing and are passed over.
    """
    known = {_plain(name): name for name in names}
    by_folder: dict[str, list[str]] = {}
    found: Counter[tuple[str, str]] = Counter()
    for file, label in zip(files, labels.tolist(), strict=True):
        folder = re.split(r"[\\/]", file)[:-1]
        key = "/".join(folder[-_DEPTH:])
        if key not in by_folder:
            ends = ["_".join(folder[-depth:]) for depth in range(min(_DEPTH, len(folder)), 0, -1)]
            by_folder[key] = [known[end] for end in map(_plain, ends) if end in known]
        candidates = by_folder[key]
        if candidates and names[label - 1] not in candidates:
            found[names[label - 1], candidates[0]] += 1
    return found


def _plain(name: str) -> str:
    """The name with all signs but letters and digits made one; ``polar+bear`` is ``polar_bear``."""
    return re.sub(r"[\W_]+", "_", name.lower()).strip("_")
