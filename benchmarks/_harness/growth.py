"""How time grows with a size."""

from collections.abc import Sequence

import numpy as np


def slope(sizes: Sequence[float], values: Sequence[float]) -> float:
    """Exponent of growth: the least-squares slope of the logarithm of values over that of sizes."""
    return float(np.polyfit(np.log(sizes), np.log(values), 1)[0])
