"""Descriptions of the 100 classes of CIFAR-100, without any image: sentences and attributes."""

from __future__ import annotations

import pandas as pd

from zsl._resources import data_path
from zsl.semantics import Semantics


def read_cifar100_attributes() -> Semantics:
    """Read 66 graded attributes of the classes of CIFAR-100: colour, shape, parts, texture, surroundings, use, size.

    They were written for this project from general knowledge of how such things look; ``data/cifar100/README.md``
    explains each. The classes are those of A. Krizhevsky, "Learning Multiple Layers of Features from Tiny
    Images", 2009.

    Returns
    -------
    Semantics
        100 classes × 66 attributes, grades 0, 0.25, 0.5, 0.75 and 1.

    Examples
    --------
    >>> from zsl.datasets import read_cifar100_attributes
    >>> read_cifar100_attributes()
    Semantics(100 classes × 66 attributes)
    """
    return Semantics.from_csv(data_path("cifar100/attributes.csv"))


def read_cifar100_descriptions() -> pd.DataFrame:
    """Read a sentence per class of CIFAR-100 on how it looks in a photograph.

    Returns
    -------
    DataFrame
        100 rows, indexed by class, with the columns name (``"pickup truck"``), superclass (``"vehicle"``) and
        description.

    Examples
    --------
    >>> from zsl.datasets import read_cifar100_descriptions
    >>> read_cifar100_descriptions().loc["apple", "superclass"]
    'fruit or vegetable'
    """
    return pd.read_csv(data_path("cifar100/descriptions.csv"), index_col="class")
