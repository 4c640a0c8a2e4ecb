"""What methods share that centre embedded samples by the mean of the base classes."""

from abc import ABC
from typing import Literal

import torch
from torch import Tensor, nn

from zsl._typing import Float
from zsl.exceptions import InvalidInputError
from zsl.functional.scores.distances import unit
from zsl.methods.few_shot import FewShotMethod
from zsl.methods.shapes import Codes, Samples

Transform = Literal["cl2n", "l2n", "none"]


class CentredMethod(FewShotMethod, ABC):
    """A method that centres embedded samples by the base classes and scales them, as SimpleShot does.

    Parameters
    ----------
    backbone : nn.Module or None
        Embeds samples.
    n_features : int
        Width of the embedded samples.
    transform : {"cl2n", "l2n", "none"}, default="cl2n"
        "cl2n" subtracts the mean of the base classes and scales to length 1, "l2n" only scales, "none" does neither.
        Until `fit_base` is called the mean is zero, and "cl2n" is "l2n".
    """

    base_mean: Tensor

    def __init__(self, backbone: nn.Module | None, *, n_features: int, transform: Transform = "cl2n") -> None:
        super().__init__(backbone)
        self.n_features = n_features
        self.transform = transform
        self.register_buffer("base_mean", torch.zeros(n_features, dtype=torch.float32))

    def fit_base(self, features: Samples, codes: Codes, n_class: int) -> None:
        """Take the mean of the base classes, which "cl2n" subtracts. Without this call it is zero.

        Parameters
        ----------
        features : Tensor of shape (sample, feature)
            Embedded samples of base (seen) classes, one or more.
        codes : Tensor of shape (sample,)
            Their class numbers from 0 to ``n_class - 1``; not used, since the mean is over samples.
        n_class : int
            Number of base classes; not used either.

        Raises
        ------
        InvalidInputError
            If there are no samples, or they have another width than `n_features`.
        """
        if len(features) == 0 or features.shape[1] != self.n_features:
            raise InvalidInputError(
                f"features has the shape {tuple(features.shape)}; wanted 1 or more rows of width {self.n_features}."
            )
        self.base_mean = features.detach().mean(dim=0)

    def transformed(self, embedded: Float[Tensor, "*batch feature"]) -> Float[Tensor, "*batch feature"]:
        """Transform embedded samples.

        Parameters
        ----------
        embedded : Tensor of shape (..., feature)
            Embedded samples.

        Returns
        -------
        Tensor of shape (..., feature)
            Centred and of length 1, of length 1, or as they were.
        """
        if self.transform == "none":
            return embedded
        return unit(embedded - self.base_mean.to(embedded.dtype) if self.transform == "cl2n" else embedded)
