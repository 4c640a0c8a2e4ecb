"""Made-up classes whose features follow their semantics as closely as asked for."""

import math

import numpy as np
import pandas as pd
from numpy.random import RandomState
from sklearn.utils import check_random_state

from zsl.evaluation.splits import GZSLSplit
from zsl.exceptions import InvalidInputError
from zsl.semantics import Semantics


def make_zero_shot(
    n_seen: int = 20,
    n_unseen: int = 5,
    *,
    n_per_class: int = 50,
    n_features: int = 64,
    n_attributes: int = 16,
    noise: float = 0.5,
    hubness: float = 0.0,
    relevance: float = 1.0,
    random_state: int | RandomState | None = None,
) -> GZSLSplit:
    r"""Make a zero-shot data set with a known link between class semantics and features.

    Class :math:`c` has the semantic vector :math:`a_c`, the mean :math:`\mu_c`, and images :math:`x` around it:

    .. math::

        a_c = s_c u_c, \qquad
        \mu_c = \sqrt{\rho}\, W a_c + \sqrt{1 - \rho}\, v_c, \qquad
        x = \mu_c + \sigma \varepsilon

    with relevance :math:`\rho`, noise :math:`\sigma`, and everything else drawn from normal distributions:
    :math:`u_c, v_c, \varepsilon \sim N(0, I)` and :math:`W_{ij} \sim N(0, 1 / n_\text{attributes})`, so that both parts
    of the mean have variance 1 in each feature.

    A hubness :math:`\eta` draws the first tenth of the seen and of the unseen classes, rounded up, towards the centre
    of the data: :math:`s_c = e^{-\eta}` for them, and 1 for the others. A point near the centre is among the nearest
    neighbours of queries from everywhere, that is, a hub in Euclidean distance (M. Radovanović, A. Nanopoulos and
    M. Ivanović, "Hubs in Space", Journal of Machine Learning Research 11, 2010). The cosine doesn't see it.

    The same `random_state` draws the same :math:`u, v, W, \varepsilon` whatever `noise`, `hubness` and `relevance` are.

    Parameters
    ----------
    n_seen : int, default=20
        Number of seen classes, labelled "seen_00", "seen_01" and so on.
    n_unseen : int, default=5
        Number of unseen classes, labelled "unseen_00" and so on.
    n_per_class : int, default=50
        Images of each class, at least 2. A fifth of those of a seen class is tested on; of those of an unseen class
        one half is tested on, the other half is the support pool.
    n_features : int, default=64
        Width of the features.
    n_attributes : int, default=16
        Width of the semantic vectors.
    noise : float, default=0.5
        Standard deviation of an image around its class mean in each feature, 0 or more.
    hubness : float, default=0.0
        How far a tenth of the classes is drawn to the centre, 0 or more; 1 shortens their semantic vectors e times.
    relevance : float in [0, 1], default=1.0
        Share of the variance of the class means that the semantics explain. With 1 the means are linear in the
        semantics, with 0 they are independent of them and no method does better than chance on unseen classes.
    random_state : int, RandomState or None, default=None
        Makes the data repeatable.

    Returns
    -------
    GZSLSplit
        The split, with a support pool.

    Raises
    ------
    InvalidInputError
        If a parameter is out of range.
    """
    limits: list[tuple[str, float, float, float]] = [
        ("n_seen", n_seen, 1, math.inf),
        ("n_unseen", n_unseen, 1, math.inf),
        ("n_per_class", n_per_class, 2, math.inf),
        ("n_features", n_features, 1, math.inf),
        ("n_attributes", n_attributes, 1, math.inf),
        ("noise", noise, 0, math.inf),
        ("hubness", hubness, 0, math.inf),
        ("relevance", relevance, 0, 1),
    ]
    for name, value, lowest, highest in limits:
        if not (lowest <= value <= highest and math.isfinite(value)):
            raise InvalidInputError(f"{name}={value}; wanted a finite number in [{lowest}, {highest}].")

    rng = check_random_state(random_state)
    n_classes = n_seen + n_unseen
    attributes = rng.standard_normal((n_classes, n_attributes))
    for first, count in [(0, n_seen), (n_seen, n_unseen)]:
        attributes[first : first + math.ceil(count / 10)] *= np.exp(-hubness)
    weights = rng.standard_normal((n_attributes, n_features)) / np.sqrt(n_attributes)
    unexplained = rng.standard_normal((n_classes, n_features))
    means = np.sqrt(relevance) * attributes @ weights + np.sqrt(1 - relevance) * unexplained
    X = np.repeat(means, n_per_class, axis=0)
    X += noise * rng.standard_normal(X.shape)

    seen, unseen = _names("seen", n_seen), _names("unseen", n_unseen)
    table = pd.DataFrame(attributes, index=seen + unseen, columns=_names("attribute", n_attributes))
    return GZSLSplit.from_arrays(
        X,
        np.repeat(seen + unseen, n_per_class),
        Semantics.from_frame(table),
        unseen=unseen,
        random_state=rng,
        name="synthetic",
        info={"noise": noise, "hubness": hubness, "relevance": relevance},
    )


def _names(prefix: str, count: int) -> list[str]:
    """Numbered names that sort in their order."""
    digits = max(2, len(str(count - 1)))
    return [f"{prefix}_{number:0{digits}d}" for number in range(count)]
