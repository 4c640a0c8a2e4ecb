"""From zero to many shots: what support samples add to semantics, and semantics to support samples."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from copy import deepcopy
from typing import Any

import numpy as np
import pandas as pd
from numpy.random import RandomState
from sklearn.base import clone

from zsl._arguments import as_random_state, check_estimator, check_kind, shown
from zsl._docs import documented_like
from zsl._typing import FloatArray, LabelArray
from zsl.evaluation._arrays import as_count
from zsl.evaluation._fitted import ZeroShotEstimator, check_known_classes, check_seen_classes, competing, open_fitted
from zsl.evaluation.metrics import harmonic_mean, mean_confidence_interval, per_class_accuracy
from zsl.evaluation.splits import GZSLSplit
from zsl.exceptions import InvalidInputError

FIGURES = ("both", "support", "class_mean", "harmonic_mean", "gain")


def measure_shots(
    fitted: Any,
    split: GZSLSplit,
    *,
    shots: Sequence[int] = (1, 5, 20),
    n_draws: int = 10,
    random_state: int | RandomState | None = 0,
) -> pd.DataFrame:
    """Measure a fitted estimator with K support samples of each unseen class.

    The samples are drawn from the support pool of the split, and three ways to use them are measured on the same draw.
    Accuracies are T1: unseen test samples among the unseen classes, averaged over classes.

    - "both": the samples are added to the classes, which are known by semantics.
    - "support": the classes are removed first, and then known by the samples alone.
    - "class_mean": nearest mean of the samples, without the estimator. The mean of the training samples is subtracted
      from the features, which are then scaled to length 1; the distance to the plain class means is Euclidean. Y. Wang,
      W.-L. Chao, K. Q. Weinberger and L. van der Maaten, "SimpleShot: Revisiting Nearest-Neighbor Classification for
      Few-Shot Learning", 2019, arXiv:1911.04623.

    Draws are nested: the support for K = 1 is part of that for K = 5. Which samples they take doesn't depend on
    `shots`. The intervals show how much a figure depends on the draw, for this pool and these test samples; as K
    approaches the size of the pool, draws overlap and intervals shrink to zero.

    Parameters
    ----------
    fitted : estimator
        Zero-shot estimator fitted on the seen classes of the split, or a pipeline or search that ends in one, without
        support samples of the unseen classes as yet. Stays as it is.
    split : GZSLSplit
        The data set, with a support pool.
    shots : sequence of int, default=(1, 5, 20)
        Numbers K of samples per class, each 1 or more.
    n_draws : int, default=10
        Number of draws.
    random_state : int, RandomState or None, default=0
        Which samples are drawn.

    Returns
    -------
    DataFrame
        One row per K in rising order, with K as the index ``shots``. The first is K = 0, where ``both`` and
        ``harmonic_mean`` are those of the semantics alone. Columns are means over draws, each followed by the half
        width of its 95 % confidence interval, ``_ci95``: ``both``, ``support`` and ``class_mean`` as above;
        ``harmonic_mean``, the H of "both" among all classes of the split with the estimator's seen-class bias; and
        ``gain``, by how much "both" exceeds in the same draw whichever is better on average, "support" or the
        semantics alone. An estimator that doesn't know the unseen classes is measured as "support" only, beside
        "class_mean", and has no row for K = 0. What isn't measured is NaN.

    Raises
    ------
    InvalidInputError
        If the split has no support pool or too few samples of a class in it, `shots` or `n_draws` is out of range, or
        the estimator knows only some of the unseen classes or wasn't fitted on the seen ones.

    See Also
    --------
    evaluate_shots : Fit a clone first.
    """
    check_kind("split", split, GZSLSplit)
    counts, n_draws = _check_shots(shots), as_count("n_draws", n_draws)
    X_pool, y_pool = _check_pool(split, counts[-1])
    opened = open_fitted(fitted, "fitted")
    model = opened.estimator
    check_seen_classes(model, split)
    described, _ = competing(model, split)
    bare = deepcopy(model)
    if len(described):
        check_known_classes(model, split)
        bare.remove_classes(described)

    rng = as_random_state(random_state)
    members = [np.flatnonzero([label == other for other in y_pool.tolist()]) for label in split.unseen_classes.tolist()]
    draws = [[rng.permutation(places) for places in members] for _ in range(n_draws)]
    X_seen, X_unseen = opened.transform(split.X_test_seen), opened.transform(split.X_test_unseen)
    support_features, test_features = _centred_units(split, X_pool), _centred_units(split, split.X_test_unseen)

    alone, rows = np.nan, {}
    if len(described):
        alone = _t1(model, split, X_unseen)
        rows[0] = {"both": alone, "harmonic_mean": _h(model, split, X_seen, X_unseen)}
    for count in counts:
        found: dict[str, list[float]] = defaultdict(list)
        for draw in draws:
            chosen = np.concatenate([places[:count] for places in draw])
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
        rows[count] = {}
        for figure, values in found.items():
            rows[count][figure], rows[count][f"{figure}_ci95"] = mean_confidence_interval(values)
    columns = [f"{figure}{ending}" for figure in FIGURES for ending in ("", "_ci95")]
    return pd.DataFrame(list(rows.values()), index=pd.Index(list(rows), name="shots"), columns=columns, dtype=float)


@documented_like(measure_shots)
def evaluate_shots(
    estimator: Any,
    split: GZSLSplit,
    *,
    shots: Sequence[int] = (1, 5, 20),
    n_draws: int = 10,
    random_state: int | RandomState | None = 0,
) -> pd.DataFrame:
    """Fit a clone on the training samples of a split, then measure it with K support samples of each unseen class.

    Parameters
    ----------
    estimator : estimator
        Zero-shot estimator, or a pipeline or search that ends in one. Stays as it is.
    split : GZSLSplit
        The data set, with a support pool.

    Returns
    -------
    DataFrame
        One row per K, as described in `measure_shots`.

    See Also
    --------
    measure_shots : Measure an estimator that is fitted already.
    """
    check_estimator("estimator", estimator)
    check_kind("split", split, GZSLSplit)
    fitted = clone(estimator).fit(split.X_train, split.y_train)
    return measure_shots(fitted, split, shots=shots, n_draws=n_draws, random_state=random_state)


def _check_shots(shots: Sequence[int]) -> list[int]:
    """The numbers of shots in rising order, each once."""
    if not isinstance(shots, (Sequence, np.ndarray)) or isinstance(shots, (str, bytes)) or not len(shots):
        raise InvalidInputError(f"shots={shown(shots)}; wanted one whole number or more, in a list.")
    return sorted({as_count(f"shots[{place}]", count) for place, count in enumerate(shots)})


def _check_pool(split: GZSLSplit, wanted: int) -> tuple[FloatArray, LabelArray]:
    """The support pool, with enough samples of each unseen class."""
    if split.X_support is None or split.y_support is None:
        raise InvalidInputError("split has no support pool, X_support and y_support; wanted one to draw shots from.")
    found = Counter(split.y_support.tolist())
    for label in split.unseen_classes.tolist():
        if found[label] < wanted:
            raise InvalidInputError(
                f"The support pool of split has {found[label]} sample(s) of class {label!r}; shots asks for {wanted}."
            )
    return split.X_support, split.y_support


def _t1(model: ZeroShotEstimator, split: GZSLSplit, X_unseen: Any) -> float:
    """Accuracy of unseen samples among the unseen classes."""
    return per_class_accuracy(split.y_test_unseen, model.predict(X_unseen, classes=competing(model, split)[0]))


def _h(model: ZeroShotEstimator, split: GZSLSplit, X_seen: Any, X_unseen: Any) -> float:
    """Harmonic mean of the accuracies of seen and unseen samples among all classes of the split."""
    _, classes = competing(model, split)
    seen = per_class_accuracy(split.y_test_seen, model.predict(X_seen, classes=classes))
    return harmonic_mean(seen, per_class_accuracy(split.y_test_unseen, model.predict(X_unseen, classes=classes)))


def _centred_units(split: GZSLSplit, X: FloatArray) -> FloatArray:
    """Rows of length 1 after the mean of the training samples is subtracted; a row at the mean stays zero."""
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
