"""What the builders hand to the table."""

from collections.abc import Sequence
from typing import Required, TypedDict

import numpy as np
from numpy.typing import NDArray

from zsl._typing import FloatArray, LabelArray


class Parts(TypedDict, total=False):
    """Arguments of `zsl.semantics.Semantics`."""

    vectors: Required[FloatArray]
    classes: Required[LabelArray]
    attributes: Sequence[str] | None
    texts: Sequence[Sequence[str]] | None
    imputed: NDArray[np.bool_] | None
    blocks: Sequence[int] | None
