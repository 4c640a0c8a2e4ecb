"""What the methods with a closed form share: they are solved from moments, for a whole grid of penalties at once."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Self

import torch
from torch import Tensor

from zsl._typing import Float, FloatArray
from zsl.functional.linear.moments import Moments
from zsl.methods.compatibility import CompatibilityMethod
from zsl.methods.shapes import Samples

Grid = Mapping[str, Sequence[float]]
"""Values to try of each hyper-parameter."""


class ClosedFormMethod(CompatibilityMethod):
    """A method whose fit is the solution of linear systems in the moments of the scaled training samples.

    A sample is embedded in two steps, of which the first takes nearly all the time. Methods along a grid share it
    where they can: their `projection` is then one and the same tensor.
    """

    projection: Tensor | None
    embeds_alike: bool = False
    """Whether all methods along a grid embed samples in the same way."""

    @classmethod
    @abstractmethod
    def solve(cls, moments: Moments, S: FloatArray, grid: Grid) -> Iterator[tuple[dict[str, float], Self]]:
        """Solve for each point of a grid.

        Parameters
        ----------
        moments : Moments
            Moments of the scaled training samples, by class.
        S : array of shape (class, attribute)
            Scaled semantic vectors of these classes.
        grid : mapping of str to sequence of float
            Values of each hyper-parameter, above 0.

        Yields
        ------
        tuple of dict and method
            The point and the solution there, in the order of `sklearn.model_selection.ParameterGrid`.
        """

    def project(self, X: Samples) -> Float[Tensor, "sample p"]:
        """Take the large product.

        Parameters
        ----------
        X : Tensor of shape (sample, feature)
            Scaled features.

        Returns
        -------
        Tensor of shape (sample, p)
            Projected samples; the samples themselves if there is no projection.
        """
        return X if self.projection is None else X @ self.projection

    def finish(self, projected: Float[Tensor, "sample p"]) -> Float[Tensor, "sample d"]:
        """Go from projected to embedded samples.

        Parameters
        ----------
        projected : Tensor of shape (sample, p)
            What `project` gave.

        Returns
        -------
        Tensor of shape (sample, d)
            Embedded samples.
        """
        return projected

    def embed(self, X: Samples) -> Float[Tensor, "sample d"]:
        """Embed samples in both steps; see `CompatibilityMethod.embed`."""
        return self.finish(self.project(X))


class ScaledClosedForm(ClosedFormMethod):
    """A closed form whose scores are scaled so that training samples score 1 with their own class on average.

    The size of regression scores depends on the number of classes. Scaled, a bias or a threshold that was chosen with
    fewer classes also suits more of them.
    """

    scale: Tensor
    single = True

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("scale", torch.ones((), dtype=torch.float64))

    def set_scale(self, moments: Moments, S: FloatArray) -> None:
        """Set the scale from the training samples.

        Parameters
        ----------
        moments : Moments
            Moments of the scaled training samples, by class.
        S : array of shape (class, attribute)
            Scaled semantic vectors of these classes.
        """
        own = (self.embed(as_tensor(moments.sums)) * self.represent(as_tensor(S))).sum() / moments.n
        self.scale = 1 / own if own > 1e-12 else torch.ones((), dtype=torch.float64)

    def prepared(self, represented: Float[Tensor, "class d"]) -> Float[Tensor, "class d"]:
        """Scale represented classes; see `CompatibilityMethod.prepared`."""
        return self.scale * represented


def as_tensor(array: FloatArray) -> Tensor:
    """Share an array as a tensor in double precision.

    Parameters
    ----------
    array : array
        Any real numbers.

    Returns
    -------
    Tensor
        The same numbers.
    """
    return torch.as_tensor(array, dtype=torch.float64)
