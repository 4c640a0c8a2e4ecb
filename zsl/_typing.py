"""Names for arrays and tensors that every floor shares.

``Float[Tensor, "query feature"]`` names the axes of a tensor. The names are checked at run time when the package is
tested with jaxtyping and beartype; without jaxtyping, which is no dependency of a plain install, they are comments.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.floating[Any]]
"""A numpy array of real numbers."""

LabelArray = NDArray[Any]
"""A one-dimensional numpy array of class labels: strings, integers or objects."""

if TYPE_CHECKING:
    from jaxtyping import Bool, Float, Int, Integer
else:
    try:
        from jaxtyping import Bool, Float, Int, Integer
    except ImportError:

        class _Axes:
            """Stands in for jaxtyping: ``Float[Tensor, "a b"]`` is then simply ``Tensor``."""

            def __class_getitem__(cls, item: tuple[type, str]) -> type:
                return item[0]

        Bool = Float = Int = Integer = _Axes

__all__ = ["Bool", "Float", "FloatArray", "Int", "Integer", "LabelArray"]
