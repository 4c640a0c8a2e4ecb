"""From zero to many shots: what support images add to semantics, and semantics to support images."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

import numpy as np
import pandas as pd
from numpy.random import RandomState
from sklearn.utils import check_random_state

from zsl._typing import FloatArray, LabelArray
from zsl.evaluation._classes import check_known_classes, check_seen_classes, competing
from zsl.evaluation._fitted import ZeroShotEstimator, open_fitted
from zsl.evaluation.metrics import harmonic_mean, mean_confidence_interval, per_class_accuracy
from zsl.evaluation.splits import GZSLSplit
from zsl.exceptions import InvalidInputError

FIGURES = ("both", "support", "class_mean", "harmonic_mean", "gain")


def evaluate_shots(
    fitted: Any,
    split: GZSLSplit,
    *,
    shots: Sequence[int] = (1, 5, 20),
    n_draws: int = 10,
    random_state: int | RandomState | None = 0,
) -> pd.DataFrame:
    """Measure a fitted estimator with K support images of each unseen class.

    The images are drawn from the support pool of the split, and three ways to use them are measured on the same draw.
    Accuracies are T1: unseen test images among the unseen classes, averaged over classes.

    - "both": the images are added to the classes, which are known by semantics.
    - "support": the classes are removed first, and then known by the images alone.
    - "class_mean": nearest mean of the images, without the estimator. The mean of the training images is taken off the
      features, which are then brought to length 1; the distance to the plain class means is Euclidean. Y. Wang, W.-L.
      Chao, K. Q. Weinberger and L. van der Maaten, "SimpleShot: Revisiting Nearest-Neighbor Classification for Few-Shot
      Learning", 2019, arXiv:1911.04623.

    Draws are nested: the support for K = 1 is part of that for K = 5. Which images they take doesn't depend on `shots`.
    The intervals tell how much a figure depends on the draw, for this pool and these test images; as K comes near the
    size of the pool, draws become alike and intervals shrink to nothing.

    Parameters
    ----------
    fitted : estimator
        Zero-shot estimator fitted on the seen classes of the split, or a pipeline or search that ends in one, without
        support images of the unseen classes as yet. Stays as it is.
    split : GZSLSplit
        The data set, with a support pool.
    shots : sequence of int, default=(1, 5, 20)
        Numbers K of images a class, each 1 or more.
    n_draws : int, default=10
        Number of draws.
    random_state : int, RandomState or None, default=0
        Which images are drawn.

    Returns
    -------
    DataFrame
        One row for each K in rising order, with K as the index ``shots``. The first is K = 0, where ``both`` and
        ``harmonic_mean`` are those of the semantics alone. Columns are means over draws, each followed by the half
        width of its 95 % confidence interval, ``_ci95``: ``both``, ``support`` and ``class_mean`` as above;
        ``harmonic_mean``, the H of "both" among all classes of the split with the estimator's seen-class bias; and
        ``gain``, by how much "both" exceeds in the same draw whichever is better on average, "support" or the
        semantics alone. An estimator that doesn't know the unseen classes is measured as "support" only, beside
        "class_mean", and has no row for K = 0. What isn't measured is NaN.

    Raises
    ------
    InvalidInputError
        If the split has no support pool or too few images of a class in it, `shots` or `n_draws` is out of range, or
        the estimator knows only some of the unseen classes or wasn't fitted on the seen ones.
    """
    counts = _check_numbers(shots, n_draws)
    X_pool, y_pool = _check_pool(split, counts[-1])
    opened = open_fitted(fitted)
    model = opened.estimator
    check_seen_classes(model, split)
    described, _ = competing(model, split)
    bare = deepcopy(model)
    if len(described):
        check_known_classes(model, split)
        bare.remove_classes(described)

    rng = check_random_state(random_state)
    classes = [np.flatnonzero([label == other for other in y_pool.tolist()]) for label in split.unseen_classes.tolist()]
    draws = [[rng.permutation(images) for images in classes] for _ in range(n_draws)]
    X_seen, X_unseen = opened.transform(split.X_test_seen), opened.transform(split.X_test_unseen)
    support_features, test_features = _centred_units(split, X_pool), _centred_units(split, split.X_test_unseen)

    alone = _t1(model, split, X_unseen) if len(described) else np.nan
    rows = {}
    if len(described):
        rows[0] = {"both": alone, "harmonic_mean": _h(model, split, X_seen, X_unseen)}
    for count in counts:
        found: dict[str, list[float]] = defaultdict(list)
        for draw in draws:
            chosen = np.concatenate([images[:count] for images in draw])
            X, y = opened.transform(X_pool[chosen]), y_pool[chosen]
            found["support"].append(_t1(deepcopy(bare).add_classes(X, y), split, X_unseen))
            nearest = _nearest_class_mean(support_features[chosen], y, test_features)
            found["class_mean"].append(per_class_accuracy(split.y_test_unseen, nearest))
            if len(described):
                grown = deepcopy(model).add_classes(X, y)
                found["both"].append(_t1(grown, split, X_unseen))
                found["harmonic_mean"].append(_h(grown, split, X_seen, X_unseen))
        if len(described):
            single = np.array(found["support"])
            found["gain"] = (np.array(found["both"]) - (single if single.mean() > alone else alone)).tolist()
        rows[count] = _summary(found)
    columns = [f"{figure}{ending}" for figure in FIGURES for ending in ("", "_ci95")]
    return pd.DataFrame(list(rows.values()), index=pd.Index(list(rows), name="shots"), columns=columns, dtype=float)


def _check_numbers(shots: Sequence[int], n_draws: int) -> list[int]:
    """The numbers of shots in rising order, each once."""
    counts = list(shots)
    if not counts or any(isinstance(k, bool) or not isinstance(k, (int, np.integer)) or k < 1 for k in counts):
        raise InvalidInputError(f"shots={shots!r}; wanted one integer or more, each 1 or more.")
    if n_draws < 1:
        raise InvalidInputError(f"n_draws={n_draws}; wanted 1 or more.")
    return sorted({int(k) for k in counts})


def _check_pool(split: GZSLSplit, wanted: int) -> tuple[FloatArray, LabelArray]:
    """The support pool, with at least so many images of each unseen class."""
    if split.X_support is None or split.y_support is None:
        raise InvalidInputError("split has no support pool, X_support and y_support; wanted one to draw shots from.")
    found = Counter(split.y_support.tolist())
    for label in split.unseen_classes.tolist():
        if found[label] < wanted:
            raise InvalidInputError(
                f"The support pool of split has {found[label]} image(s) of class {label!r}; shots asks for {wanted}."
            )
    return split.X_support, split.y_support


def _t1(model: ZeroShotEstimator, split: GZSLSplit, X_unseen: Any) -> float:
    """Accuracy of unseen images among the unseen classes."""
    unseen, _ = competing(model, split)
    return per_class_accuracy(split.y_test_unseen, model.predict(X_unseen, classes=unseen))


def _h(model: ZeroShotEstimator, split: GZSLSplit, X_seen: Any, X_unseen: Any) -> float:
    """Harmonic mean of the accuracies of seen and unseen images among all classes of the split."""
    _, classes = competing(model, split)
    seen = per_class_accuracy(split.y_test_seen, model.predict(X_seen, classes=classes))
    return harmonic_mean(seen, per_class_accuracy(split.y_test_unseen, model.predict(X_unseen, classes=classes)))


def _centred_units(split: GZSLSplit, X: FloatArray) -> FloatArray:
    """Rows of length 1 after the mean of the training images is taken off; a row at the mean stays zero."""
    centred = X - split.X_train.mean(axis=0, dtype=np.float64)
    units: FloatArray = centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), np.finfo(np.float64).tiny)
    return units


def _nearest_class_mean(support: FloatArray, y: LabelArray, queries: FloatArray) -> LabelArray:
    """Label of the class mean at the least Euclidean distance from each query."""
    labels, codes = np.unique(y, return_inverse=True)
    means = np.stack([support[codes == code].mean(axis=0) for code in range(len(labels))])
    # |q - m|^2 less |q|^2, which is the same for all classes.
    nearest: LabelArray = labels[((means**2).sum(axis=1) - 2 * queries @ means.T).argmin(axis=1)]
    return nearest


def _summary(found: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """Mean and half width of the interval of each figure."""
    row = {}
    for figure, values in found.items():
        row[figure], row[f"{figure}_ci95"] = mean_confidence_interval(values)
    return row
