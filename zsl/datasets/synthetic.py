"""Synthetic classes whose features follow their semantics as closely as wanted."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.random import RandomState
from numpy.typing import NDArray

from zsl._arguments import as_random_state
from zsl._typing import FloatArray, LabelArray
from zsl.evaluation.splits import GZSLSplit
from zsl.exceptions import InvalidInputError
from zsl.semantics import Semantics


def make_zero_shot(
    n_seen: int = 20,
    n_unseen: int = 5,
    *,
    n_features: int = 64,
    n_attributes: int = 16,
    n_per_class: int = 50,
    n_test_per_class: int = 20,
    n_pool_per_class: int = 20,
    noise: float = 0.5,
    hubness: float = 0.0,
    relevance: float = 1.0,
    random_state: int | RandomState | None = None,
) -> GZSLSplit:
    r"""Generate a zero-shot data set with a known link between class semantics and features.

    Class :math:`c` has the semantic vector :math:`a_c`, the mean :math:`m_c` and samples :math:`x` around it:

    .. math::

        \mu_c = \frac{\rho\, W a_c + (1 - \rho)\, W b_c}{\sqrt{\rho^2 + (1 - \rho)^2}}, \qquad
        m_c = (1 - \eta u_c^4)\, \mu_c + \eta \sqrt{F}\, d, \qquad
        x = m_c + \sigma \varepsilon

    with relevance :math:`\rho`, hubness :math:`\eta`, noise :math:`\sigma`, and :math:`F` features. The draws are
    :math:`a_c, b_c, \varepsilon \sim N(0, I)`, :math:`W_{ij} \sim N(0, 1 / n_\text{attributes})`, :math:`u_c` uniform
    on [0, 1], and a direction :math:`d` of length 1, uniform on the sphere. The vectors :math:`b_c` stay hidden.
    The denominator gives :math:`\mu_c` the same distribution for every :math:`\rho`, with variance 1 in each feature.

    Hubs are points that are among the nearest neighbours of many others: in high dimensions, those near the centre of
    the data (M. Radovanović, A. Nanopoulos and M. Ivanović, "Hubs in Space", Journal of Machine Learning Research 11,
    2010). The factor :math:`1 - \eta u_c^4` brings a few classes near the centre, which makes hubs in Euclidean
    distance. The shift along :math:`d`, shared by all classes, makes the same classes hubs in the cosine.

    The same `random_state` draws the same classes whatever `noise`, `hubness` and `relevance` are.

    Parameters
    ----------
    n_seen : int, default=20
        Number of seen classes, labelled "seen_00", "seen_01" and so on.
    n_unseen : int, default=5
        Number of unseen classes, labelled "unseen_00" and so on.
    n_features : int, default=64
        Width of the features.
    n_attributes : int, default=16
        Width of the semantic vectors.
    n_per_class : int, default=50
        Training samples of each seen class.
    n_test_per_class : int, default=20
        Test samples of each class.
    n_pool_per_class : int, default=20
        Samples of each unseen class in the support pool. With 0 there is no pool.
    noise : float, default=0.5
        Standard deviation of a sample around its class mean in each feature, 0 or more.
    hubness : float in [0, 1], default=0.0
        Strength of hubs.
    relevance : float in [0, 1], default=1.0
        How far the semantics determine the class means. With 1 and no hubness the means are linear in the semantics;
        with 0 they are independent of them, and no method does better than chance on unseen classes.
    random_state : int, RandomState or None, default=None
        Seed that makes the data reproducible.

    Returns
    -------
    GZSLSplit
        The split.

    Raises
    ------
    InvalidInputError
        If a parameter is out of range.
    """
    limits = {
        "n_seen": (n_seen, 1, math.inf),
        "n_unseen": (n_unseen, 1, math.inf),
        "n_features": (n_features, 1, math.inf),
        "n_attributes": (n_attributes, 1, math.inf),
        "n_per_class": (n_per_class, 1, math.inf),
        "n_test_per_class": (n_test_per_class, 1, math.inf),
        "n_pool_per_class": (n_pool_per_class, 0, math.inf),
        "noise": (noise, 0, math.inf),
        "hubness": (hubness, 0, 1),
        "relevance": (relevance, 0, 1),
    }
    for name, (value, lowest, highest) in limits.items():
        if not (lowest <= value <= highest and math.isfinite(value)):
            raise InvalidInputError(f"{name}={value}; wanted a finite number in [{lowest:g}, {highest:g}].")

    rng = as_random_state(random_state)
    n_classes = n_seen + n_unseen
    a, b = rng.standard_normal((2, n_classes, n_attributes))
    weights = rng.standard_normal((n_attributes, n_features)) / np.sqrt(n_attributes)
    direction = rng.standard_normal(n_features)
    shift = hubness * np.sqrt(n_features) * direction / np.linalg.norm(direction)
    scale = 1 - hubness * rng.random_sample(n_classes) ** 4
    mixed = (relevance * a + (1 - relevance) * b) / np.hypot(relevance, 1 - relevance)
    means = scale[:, None] * (mixed @ weights) + shift

    labels = np.array(_names("seen", n_seen) + _names("unseen", n_unseen))
    seen, unseen = np.arange(n_seen), np.arange(n_seen, n_classes)

    def draw(classes: NDArray[np.intp], count: int) -> tuple[FloatArray, LabelArray]:
        rows = np.repeat(classes, count)
        return means[rows] + noise * rng.standard_normal((len(rows), n_features)), labels[rows]

    draws = [
        ("train", seen, n_per_class),
        ("test_seen", seen, n_test_per_class),
        ("test_unseen", unseen, n_test_per_class),
        ("support", unseen, n_pool_per_class),
    ]
    arrays: dict[str, Any] = {}
    for part, classes, count in draws:
        if count:
            arrays[f"X_{part}"], arrays[f"y_{part}"] = draw(classes, count)
    return GZSLSplit(
        **arrays,
        semantics=Semantics(a, classes=labels, attributes=_names("attribute", n_attributes)),
        name="synthetic",
        info={"version": "zsl-1", "noise": noise, "hubness": hubness, "relevance": relevance},
    )


def _names(prefix: str, count: int) -> list[str]:
    """Numbered names that sort in order of their numbers."""
    digits = max(2, len(str(count - 1)))
    return [f"{prefix}_{number:0{digits}d}" for number in range(count)]
