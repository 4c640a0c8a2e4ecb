"""Hypothesis strategies for what the package takes: labels, class tables, labelled samples, episodes."""

from typing import NamedTuple

import numpy as np
import torch
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from zsl import Semantics

NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=8).filter(
    lambda name: bool(name.strip()) and name == name.strip()
)
NUMBERS = st.floats(-100, 100, width=32)


class Episode(NamedTuple):
    """Embedded support and queries of one episode, with class numbers of the support."""

    support: torch.Tensor
    label: torch.Tensor
    query: torch.Tensor
    n_way: int


def labels(min_size=1, max_size=6):
    """Different labels, all strings or all integers of 64 bits."""
    sizes = {"min_size": min_size, "max_size": max_size, "unique": True}
    return st.lists(NAMES, **sizes) | st.lists(st.integers(-(2**63), 2**63 - 1), **sizes)


@st.composite
def tables(draw, min_classes=1, classes=None):
    """Class tables with any labels and attributes that differ."""
    names = draw(labels(min_classes)) if classes is None else classes
    attributes = draw(st.lists(NAMES, min_size=1, max_size=4, unique=True))
    vectors = draw(arrays(np.float64, (len(names), len(attributes)), elements=NUMBERS))
    return Semantics(vectors, classes=names, attributes=attributes)


@st.composite
def labelled(draw, min_classes=2, width=4):
    """Samples of separate classes with their labels, in any order; (X, y)."""
    names = draw(labels(min_classes))
    counts = draw(st.lists(st.integers(1, 5), min_size=len(names), max_size=len(names)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    codes = rng.permutation(np.repeat(np.arange(len(names)), counts))
    X = 5 * rng.normal(size=(len(names), width))[codes] + rng.normal(size=(len(codes), width))
    return X, np.array(names)[codes]


@st.composite
def episodes(draw, width, max_way=5):
    """Episodes of any number of ways, shots and queries; (1, n, width) each."""
    shots = draw(st.lists(st.integers(1, 4), min_size=2, max_size=max_way))
    n_query = draw(st.integers(1, 5))
    generator = torch.Generator().manual_seed(draw(st.integers(0, 2**32 - 1)))
    label = torch.arange(len(shots)).repeat_interleave(torch.tensor(shots))
    label = label[torch.randperm(len(label), generator=generator)]
    support, query = (torch.randn(1, n, width, generator=generator, dtype=torch.float64) for n in (len(label), n_query))
    return Episode(support, label[None], query, len(shots))
