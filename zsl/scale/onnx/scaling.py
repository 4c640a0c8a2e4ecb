"""The scaling of samples as modules of PyTorch, with what was learned as constants."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from zsl._typing import FloatArray
from zsl.functional.linear.origins import Origin
from zsl.selection.scaling import Scaler

_ROUNDINGS = 8


class Directions(nn.Module):
    """Bring samples to length 1 as seen from an origin: `Origin.directions` in double precision."""

    point: Tensor

    def __init__(self, origin: Origin) -> None:
        super().__init__()
        _keep(self, "point", origin.point)
        far = float(torch.linalg.vector_norm(self.point / origin.size))
        self.least = max(_ROUNDINGS * torch.finfo(torch.float64).eps * far * origin.size, 1e-150)

    def forward(self, X: Tensor) -> Tensor:
        """Scale samples, (n, d), to length 1; those that rounding alone moves from the origin to 0."""
        rows = X - self.point
        length = rows.square().sum(dim=1, keepdim=True).sqrt()
        return torch.where(length > self.least, rows / length.clamp_min(self.least), 0.0)


class Moved(nn.Module):
    """Differences of samples to an origin, in units of its size."""

    point: Tensor

    def __init__(self, origin: Origin) -> None:
        super().__init__()
        _keep(self, "point", origin.point)
        self.factor = 1 / origin.size

    def forward(self, X: Tensor) -> Tensor:
        """Move samples, (n, d)."""
        return (X - self.point) * self.factor


class Rooted(Moved):
    """Square roots of features from an origin on; lower ones count as 0."""

    def forward(self, X: Tensor) -> Tensor:
        """Roots of samples, (n, d)."""
        return super().forward(X).clamp_min(0.0).sqrt()


class Scaled(nn.Module):
    """Subtract a mean and multiply by a factor per column, or by a matrix, as `Scaler` does."""

    mean: Tensor
    factor: Tensor

    def __init__(self, scaler: Scaler) -> None:
        super().__init__()
        _keep(self, "mean", scaler.mean)
        _keep(self, "factor", scaler.factor)

    def forward(self, rows: Tensor) -> Tensor:
        """Scale rows, (n, d)."""
        centred = rows - self.mean
        return centred @ self.factor if self.factor.ndim == 2 else centred * self.factor


def directions_then_scaled(scaler: Scaler) -> nn.Module:
    """What `Scaler.of_unit` does."""
    assert scaler.origin is not None
    return nn.Sequential(Directions(scaler.origin), Scaled(scaler))


def _keep(module: nn.Module, name: str, array: FloatArray) -> None:
    module.register_buffer(name, torch.tensor(array, dtype=torch.float64))
