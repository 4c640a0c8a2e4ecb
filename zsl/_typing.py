"""Names for arrays and tensors that every floor shares.

``Float[Tensor, "query feature"]`` names the axes of a tensor. The names are checked at run time when the package is
tested with jaxtyping and beartype; without jaxtyping, which is no dependency of a plain install, they are comments.
"""

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.floating[Any]]
"""A numpy array of real numbers."""


@runtime_checkable
class SampleRows(Protocol):
    """Samples, (n, d), of which some rows at a time are taken: an array, or what reads rows from disk.

    Rows are asked for by a slice or by a short rising array of their numbers, and come as an array of `dtype`, single
    or double precision.
    """

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of samples and their width."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """Precision of the rows."""

    def __len__(self) -> int: ...

    def __getitem__(self, rows: Any, /) -> Any: ...


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

__all__ = ["Bool", "Float", "FloatArray", "Int", "Integer", "LabelArray", "SampleRows"]
