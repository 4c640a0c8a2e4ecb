"""Published counts of the benchmarks, and checks of arrays against these and each other; problems are collected."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from importlib.resources import files
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zsl.semantics._labels import listing

_DEPTH = 3  # SUN nests the parts of a name, as in a/apartment_building/outdoor
INDEX_SETS = ("trainval_loc", "test_seen_loc", "test_unseen_loc")


@dataclass(frozen=True)
class Published:
    """One data set. A count is None where no source at hand gives it."""

    images: int
    classes: int
    attributes: int
    train: int
    test_seen: int
    test_unseen: int
    unseen_classes: int | None
    fingerprint: str | None = None
    """SHA-256 of the three sorted index sets, in a copy that was written in autumn 2019."""
    named: bool = True
    """Whether the file names the classes."""
    in_archive: bool = True
    """Whether the archive of the publication holds it."""


_PUBLISHED = json.loads((files("zsl.datasets.gbu") / "published.json").read_text(encoding="utf-8"))
PUBLISHED = {name: Published(**facts) for name, facts in _PUBLISHED["data_sets"].items()}


@dataclass
class Benchmark:
    """The arrays of one data set, and what was found wrong with them.

    Faults make the data unusable. Mismatches with the publication or the names of the image folders may be accepted.
    """

    features: Any
    vectors: Any
    labels: NDArray[np.int64]
    index_sets: dict[str, NDArray[np.int64]]
    names: list[str] | None
    image_files: list[str] | None
    faults: list[str] = field(default_factory=list)
    mismatches: list[str] = field(default_factory=list)


def gather(arrays: dict[str, Any], attributes: str, published: Published) -> Benchmark:
    """Check the arrays of both files, given by name."""
    wanted = ("features", "labels", attributes, *INDEX_SETS)
    faults = [f"{name} is missing" for name in wanted if name not in arrays]
    faults += [f"{name} is text; wanted numbers" for name in wanted if isinstance(arrays.get(name), list)]
    for name in ("allclasses_names", "image_files"):
        if name in arrays and not isinstance(arrays[name], list):
            faults.append(f"{name} has dtype {arrays[name].dtype}; wanted text")
    found = Benchmark(
        features=arrays.get("features"),
        vectors=arrays.get(attributes),
        labels=_integers("labels", arrays, faults),
        index_sets={name: _integers(name, arrays, faults) for name in INDEX_SETS},
        names=arrays.get("allclasses_names"),
        image_files=arrays.get("image_files"),
        faults=faults,
    )
    if not faults:
        _check_shapes(found, attributes)
    if faults:
        return found
    labels_fit, indices_fit = _check_labels(found), _check_index_sets(found)
    _compare_counts(found, published, labels_fit and indices_fit)
    if labels_fit and indices_fit:
        _check_classes(found)
    if labels_fit and found.names is not None and found.image_files is not None:
        pairs = _other_folders(found.image_files, found.labels, found.names)
        if lines := [f"{count} images of {own!r} in folders named {other!r}" for (own, other), count in pairs.items()]:
            found.mismatches.append(f"class order: {listing(lines, show=str)}")
    return found


def _integers(name: str, arrays: dict[str, Any], faults: list[str]) -> NDArray[np.int64]:
    """The numbers as a vector of integers; MATLAB often stores them as doubles."""
    values = arrays.get(name)
    if values is None or isinstance(values, list):
        return np.empty(0, np.int64)
    if max(values.shape, default=0) != values.size or not values.size:
        faults.append(f"{name} has shape {values.shape}; wanted one column of numbers")
    elif not (np.isfinite(values) & (values == np.round(values))).all():
        faults.append(f"{name} holds numbers that aren't whole")
    else:
        return np.asarray(values.ravel(), dtype=np.int64)
    return np.empty(0, np.int64)


def _check_shapes(found: Benchmark, attributes: str) -> None:
    """One column of features per image, and one column of attributes per class."""
    columns = {
        "features": (found.features, len(found.labels), "labels"),
        attributes: (found.vectors, None if found.names is None else len(found.names), "allclasses_names"),
    }
    for name, (matrix, count, counter) in columns.items():
        if matrix.ndim != 2 or 0 in matrix.shape:
            found.faults.append(f"{name} has shape {matrix.shape}; wanted a matrix")
        elif count is not None and matrix.shape[1] != count:
            turned = " (it looks transposed)" if matrix.shape[0] == count else ""
            found.faults.append(f"{name} has shape {matrix.shape}, {counter} {count} entries{turned}")
        elif bad := int((~np.isfinite(matrix)).any(axis=0).sum()):
            found.faults.append(f"{name} holds values that aren't finite in {bad} of {matrix.shape[1]} columns")
    if found.image_files is not None and len(found.image_files) != len(found.labels):
        found.faults.append(f"image_files has {len(found.image_files)} entries, labels {len(found.labels)}")
    twice = [name for name, times in Counter(found.names or ()).items() if times > 1 or not name]
    if twice:
        found.faults.append(f"allclasses_names holds names that are empty or occur twice: {listing(twice)}")


def _check_labels(found: Benchmark) -> bool:
    """Whether each label is the number of a class."""
    classes, low, high = found.vectors.shape[1], int(found.labels.min()), int(found.labels.max())
    if low == 0 and high < classes:
        found.faults.append(f"labels is 0-based, from 0 to {high}; wanted 1 for the first class")
    elif low < 1 or high > classes:
        found.faults.append(f"labels runs from {low} to {high} for {classes} classes; wanted 1 to {classes}")
    return low >= 1 and high <= classes


def _check_index_sets(found: Benchmark) -> bool:
    """Whether each index is the number of an image; faults if the three sets don't divide the images."""
    images = len(found.labels)
    everything = np.concatenate(list(found.index_sets.values()))
    if everything.min() == 0 and everything.max() < images:
        found.faults.append(f"the index sets are 0-based, from 0 to {everything.max()}; wanted 1 for the first image")
        return False
    for name, indices in found.index_sets.items():
        if indices.min() < 1 or indices.max() > images:
            found.faults.append(f"{name} runs from {indices.min()} to {indices.max()}; wanted 1 to {images}")
        if repeated := len(indices) - len(np.unique(indices)):
            found.faults.append(f"{name} names {repeated} images more than once")
    for one, other in combinations(INDEX_SETS, 2):
        if shared := len(np.intersect1d(found.index_sets[one], found.index_sets[other])):
            found.faults.append(f"{one} and {other} share {shared} images")
    if left := len(np.setdiff1d(np.arange(1, images + 1), everything)):
        found.faults.append(f"{left} of {images} images are in no index set")
    return bool(everything.min() >= 1 and everything.max() <= images)


def _check_classes(found: Benchmark) -> None:
    """Seen and unseen classes differ, and the class of every seen test image is trained on."""
    train, test_seen, test_unseen = (set(found.labels[found.index_sets[name] - 1].tolist()) for name in INDEX_SETS)
    for what, labels in (
        ("both trainval_loc and test_unseen_loc", train & test_unseen),
        ("test_seen_loc but not in trainval_loc", test_seen - train),
    ):
        if labels:
            names = class_names(found, sorted(labels))
            found.faults.append(f"{len(labels)} classes are in {what}: {listing(names)}")


def _compare_counts(found: Benchmark, published: Published, classes_known: bool) -> None:
    """Counts that differ from the publication."""
    counts = {
        "images": (len(found.labels), published.images),
        "classes": (found.vectors.shape[1], published.classes),
        "attributes": (found.vectors.shape[0], published.attributes),
    }
    for name, wanted in zip(INDEX_SETS, (published.train, published.test_seen, published.test_unseen), strict=True):
        counts[f"images in {name}"] = (len(found.index_sets[name]), wanted)
    if classes_known and published.unseen_classes is not None:
        unseen = np.unique(found.labels[found.index_sets["test_unseen_loc"] - 1])
        counts["unseen classes"] = (len(unseen), published.unseen_classes)
    found.mismatches += [
        f"{count} {what}, published {wanted}" for what, (count, wanted) in counts.items() if count != wanted
    ]
    if published.named and found.names is None:
        found.mismatches.append("allclasses_names is missing")


def _other_folders(files: list[str], labels: NDArray[np.int64], names: list[str]) -> Counter[tuple[str, str]]:
    """Numbers of images that lie in a folder named like another class: (own, other) → count. Labels count from 1.

    Folders named like no class are ignored.
    """
    known = {_plain_name(name): name for name in names}
    by_folder: dict[str, list[str]] = {}
    found: Counter[tuple[str, str]] = Counter()
    for file, label in zip(files, labels.tolist(), strict=True):
        folder = re.split(r"[\\/]", file)[:-1]
        key = "/".join(folder[-_DEPTH:])
        if key not in by_folder:
            ends = ["_".join(folder[-depth:]) for depth in range(min(_DEPTH, len(folder)), 0, -1)]
            by_folder[key] = [known[end] for end in map(_plain_name, ends) if end in known]
        candidates = by_folder[key]
        if candidates and names[label - 1] not in candidates:
            found[names[label - 1], candidates[0]] += 1
    return found


def _plain_name(name: str) -> str:
    """The name in small letters, with ``_`` between its words: ``polar_bear`` for ``polar+bear``."""
    return re.sub(r"[\W_]+", "_", name.lower()).strip("_")


def class_names(found: Benchmark, labels: list[int]) -> list[Any]:
    """Names of classes given by number from 1; the numbers themselves where the file has no names."""
    return labels if found.names is None else [found.names[label - 1] for label in labels]
