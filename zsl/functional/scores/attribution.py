"""What each coordinate adds to the difference of a function between two points: integrated gradients, checked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from zsl._typing import Float

Function = Callable[[Sequence[Tensor]], Tensor]
"""From parts of shape (point, width) each to one number per point, (point,)."""
NODES = 8
"""Points per panel of the path: Gauss-Legendre quadrature, exact for polynomials of degree 15."""
TOLERANCE, FINE, FINE_STEPS = 1e-4, 1e-9, 256
"""Error of the sum that is aimed at, in units of the difference or, if that is more, of 1 % of the size of both values;
and the one that is aimed at within so many steps, which smooth functions reach."""
_STEP = 1e-4
"""Step of a difference quotient, as a share of the path."""


@dataclass(frozen=True, eq=False)
class PathIntegral:
    """The parts of a difference by coordinate.

    Parameters
    ----------
    parts : list of Tensor of shape (width,)
        What each coordinate of each part contributes.
    rest : float
        The difference less their sum; within the tolerance unless the steps didn't suffice.
    tolerance : float
        The error that was aimed at.
    """

    parts: list[Tensor]
    rest: float
    tolerance: float


class _Panel(NamedTuple):
    """A part of the path: from where on, how long, and the function at either end."""

    start: float
    width: float
    before: float
    after: float


def path_integral(function: Function, ends: Sequence[Float[Tensor, "two _"]], max_steps: int) -> PathIntegral:
    r"""Integrate the gradient along the straight path from the second to the first row of each part.

    .. math::
        \phi_j = (a_j - b_j) \int_0^1 \partial_j f(b + t (a - b))\, dt, \qquad \textstyle\sum_j \phi_j = f(a) - f(b)

    M. Sundararajan, A. Taly and Q. Yan, "Axiomatic Attribution for Deep Networks", 2017, arXiv:1703.01365. Coordinates
    that agree get 0, and a function that is linear along the path gets :math:`\partial_j f\, (a_j - b_j)` exactly. The
    path is divided where the sum over a panel misses the difference of the function there, so that kinks cost few
    steps. Gradients are those of PyTorch; a part that has none gets difference quotients.

    Parameters
    ----------
    function : callable
        :math:`f`, from a list of tensors of shape (point, width) to values of shape (point,), each point on its own.
    ends : sequence of Tensor of shape (2, width)
        :math:`a` and :math:`b` of each part, in double precision.
    max_steps : int
        Most points along the path.

    Returns
    -------
    PathIntegral
        The parts of :math:`f(a) - f(b)`.
    """
    nodes, weights = _rule(min(NODES, max_steps), ends[0])
    first, last = (float(function([end[row : row + 1] for end in ends])[0]) for row in (0, 1))
    size = max(abs(first - last), 0.01 * max(abs(first), abs(last)))
    parts = [torch.zeros_like(end[0]) for end in ends]
    panels, spent, left = [_Panel(0.0, 1.0, last, first)], 0, 0.0
    while panels:
        starts, widths = (
            torch.tensor(each).to(ends[0]) for each in ([p.start for p in panels], [p.width for p in panels])
        )
        found = _gradients(function, ends, (starts[:, None] + widths[:, None] * nodes).reshape(-1, 1))
        spent += len(panels) * len(nodes)
        share = (widths[:, None] * weights).reshape(-1, 1)
        sums = [(share * part).reshape(len(panels), len(nodes), -1).sum(dim=1) for part in found]
        totals = torch.stack([part.sum(dim=1) for part in sums]).sum(dim=0).tolist()
        aim = size * (FINE if spent < FINE_STEPS else TOLERANCE)
        errors = [abs(p.after - p.before - total) for p, total in zip(panels, totals, strict=True)]
        order = sorted(range(len(panels)), key=errors.__getitem__)
        n_good = int((left + np.cumsum([errors[k] for k in order]) <= aim / 2).sum())
        # The worst first, as far as the steps go.
        wrong = order[n_good:][::-1] if left + sum(errors) > aim else []
        halved = wrong[: max(max_steps - spent, 0) // (2 * len(nodes))]
        kept = sorted(set(range(len(panels))) - set(halved))
        left += sum(errors[k] for k in kept)
        parts = [part + each[kept].sum(dim=0) for part, each in zip(parts, sums, strict=True)]
        panels = _halves(function, ends, [panels[k] for k in halved])
    return PathIntegral(parts, first - last - float(sum(part.sum() for part in parts)), TOLERANCE * size)


def _rule(count: int, like: Tensor) -> tuple[Tensor, Tensor]:
    """Nodes and weights on [0, 1]."""
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return torch.as_tensor((nodes + 1) / 2).to(like), torch.as_tensor(weights / 2).to(like)


def _halves(function: Function, ends: Sequence[Tensor], panels: Sequence[_Panel]) -> list[_Panel]:
    """Both halves of each panel."""
    if not panels:
        return []
    middles = [panel.start + panel.width / 2 for panel in panels]
    with torch.no_grad():
        values = function(_along(ends, torch.tensor(middles).to(ends[0])[:, None])).tolist()
    return [
        half
        for panel, middle, value in zip(panels, middles, values, strict=True)
        for half in (
            _Panel(panel.start, panel.width / 2, panel.before, value),
            _Panel(middle, panel.width / 2, value, panel.after),
        )
    ]


def _along(ends: Sequence[Tensor], places: Tensor) -> list[Tensor]:
    return [end[1] + places * (end[0] - end[1]) for end in ends]


def _gradients(function: Function, ends: Sequence[Tensor], places: Tensor) -> list[Tensor]:
    """Gradient at each place times the way from the second to the first end, (place, width) by part."""
    with torch.enable_grad():
        path = [part.requires_grad_() for part in _along(ends, places)]
        total = function(path).sum()
        known = torch.autograd.grad(total, path, allow_unused=True) if total.requires_grad else [None] * len(path)
    return [
        _quotients(function, ends, places, part) if gradient is None else gradient * (ends[part][0] - ends[part][1])
        for part, gradient in enumerate(known)
    ]


def _quotients(function: Function, ends: Sequence[Tensor], places: Tensor, part: int) -> Tensor:
    """Central difference quotients for one part, all of its coordinates at a time."""
    with torch.no_grad():
        path, way = _along(ends, places), ends[part][0] - ends[part][1]
        found = torch.zeros_like(path[part])
        moving = way.nonzero()[:, 0]
        steps = _STEP * torch.diag(way)[moving]
        for row in range(len(places)):
            moved = [each[row].expand(2 * len(moving), -1).clone() for each in path]
            moved[part] += torch.cat([steps, -steps])
            ahead, behind = function(moved).chunk(2) if len(moving) else (found[row, :0],) * 2
            found[row, moving] = (ahead - behind) / (2 * _STEP)
        return found
