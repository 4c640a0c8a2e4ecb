"""The simplex: projection onto it, and the convex combination of points that comes nearest to a target."""

import math
from typing import Any

import torch
from torch import Tensor

from zsl._typing import Float
from zsl.exceptions import InvalidInputError

_GRADIENT_STEPS = 100
"""Projected gradient steps that guess which coefficients are 0, before the exact steps."""


def _project_to_simplex(rows: Float[Tensor, "row point"]) -> Float[Tensor, "row point"]:
    r"""Project each row onto the simplex, :math:`\{\alpha : \alpha \ge 0, \sum_k \alpha_k = 1\}`.

    The nearest point is :math:`\max(0, v - \tau)` with the :math:`\tau` that makes the sum 1, found from the sorted row
    (J. Duchi, S. Shalev-Shwartz, Y. Singer and T. Chandra, "Efficient Projections onto the l1-Ball for Learning in High
    Dimensions", 2008, doi:10.1145/1390156.1390191).
    """
    ordered = rows.sort(dim=1, descending=True).values
    excess = ordered.cumsum(dim=1) - 1
    counts = torch.arange(1, rows.shape[1] + 1, dtype=rows.dtype, device=rows.device)
    kept = (ordered * counts > excess).sum(dim=1, keepdim=True)
    threshold = excess.gather(1, kept - 1) / kept
    return (rows - threshold).clamp_min(0)


def simplex_coefficients(
    targets: Float[Tensor, "row attribute"], points: Float[Tensor, "point attribute"], regularization: float
) -> Float[Tensor, "row point"]:
    r"""Find the convex combination of points that comes nearest to each target.

    .. math::

        \alpha = \arg\min_{\alpha \ge 0,\, \sum_k \alpha_k = 1}
        \tfrac12 \Big\|s - \sum_k \alpha_k s_k\Big\|^2 + \tfrac{\gamma}{2} \|\alpha\|^2

    Accelerated projected gradient steps, all targets at once, guess which coefficients are 0. An active-set method
    starts there and ends at the exact answer, each target on its own: it solves for the coefficients that are not 0,
    drops one that would turn negative, and adds the one whose gradient promises most, until none does (the scheme of
    C. L. Lawson and R. J. Hanson, "Solving Least Squares Problems", 1974, doi:10.1137/1.9781611971217, with the sum as
    a further condition). The first is quick where many coefficients are not 0, the second where few are.

    Parameters
    ----------
    targets, points : Tensors of shape (row, attribute) and (point, attribute)
        :math:`s` and :math:`s_k`.
    regularization : float
        :math:`\gamma`, above 0, so that there is one answer, and not lost to rounding beside the squared lengths.

    Returns
    -------
    Tensor of shape (row, point)
        :math:`\alpha`, computed in double precision on the CPU; gradients reach the targets, not the points.

    Raises
    ------
    InvalidInputError
        If `regularization` is not a finite number above 0, or below 1e-12 of the largest squared distance of a point
        from their mean.
    """
    if not (regularization > 0 and math.isfinite(regularization)):
        raise InvalidInputError(f"regularization={regularization}; wanted a finite number above 0.")
    found: Tensor = _Coefficients.apply(targets, points, regularization)  # type: ignore[no-untyped-call]
    return found


class _Coefficients(torch.autograd.Function):
    """The coefficients, with the gradient of the linear system that those that aren't 0 solve."""

    @staticmethod
    def forward(ctx: Any, targets: Tensor, points: Tensor, regularization: float) -> Tensor:
        """Find the coefficients."""
        centre = points.mean(dim=0)  # cancels because the coefficients sum to 1; without it the steps are shorter
        atoms, rows = ((each - centre).to("cpu", torch.float64) for each in (points, targets))
        gram = atoms @ atoms.T
        lowest = 1e-12 * float(gram.diagonal().max())
        if regularization < lowest:
            raise InvalidInputError(f"regularization={regularization}; wanted at least {lowest:.3g} for these points.")
        gram.diagonal().add_(regularization)
        linear = rows @ atoms.T
        found = _projected_gradient(gram, linear, regularization)
        for row, start in zip(linear, found, strict=True):
            start.copy_(_active_set(gram, row, start))
        ctx.save_for_backward(found, gram, atoms)
        return found.to(targets)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        r"""Go back through :math:`\alpha = Q^{-1} (A s + \mu 1)`, with the :math:`\mu` that makes the sum 1."""
        found, gram, atoms = ctx.saved_tensors
        back = torch.zeros_like(found)
        for row, value, gradient in zip(back, found, gradients[0].to(found), strict=True):
            index = value.nonzero()[:, 0]
            free, _ = _on_support(gram, gradient, index, total=0.0)
            row[index] = free
        return (back @ atoms).to(gradients[0]), None, None


def _projected_gradient(gram: Tensor, linear: Tensor, smallest: float) -> Tensor:
    """Steps towards the minimum of ``a @ gram @ a / 2 - linear @ a``; eigenvalues of `gram` are `smallest` or more."""
    largest = torch.linalg.eigvalsh(gram)[-1]
    root = math.sqrt(max(1.0, float(largest) / smallest))
    momentum = (root - 1) / (root + 1)
    current = previous = torch.full_like(linear, 1 / linear.shape[1])
    for _ in range(_GRADIENT_STEPS):
        ahead = current + momentum * (current - previous)
        previous, current = current, _project_to_simplex(ahead - (ahead @ gram - linear) / largest)
    return current


def _active_set(gram: Tensor, linear: Tensor, start: Tensor) -> Tensor:
    """Go from `start`, a point of the simplex, to the minimum of ``a @ gram @ a / 2 - linear @ a`` on the simplex."""
    tolerance = 1e-12 * float(gram.diagonal().max() + linear.abs().max())
    index = start.nonzero()[:, 0]
    value = start[index]
    for _ in range(10 * len(start)):  # rounding may send it in circles at the goal
        wanted, level = _on_support(gram, linear, index)
        if (wanted > 0).all():
            value = wanted
            slack = gram[:, index] @ value - linear - level  # 0 on the support; at the minimum nowhere below 0
            best = slack.argmin()
            if slack[best] >= -tolerance:
                break
            index, value = torch.cat([index, best[None]]), torch.cat([value, value.new_zeros(1)])
        else:
            reach = torch.where(wanted > 0, torch.inf, value / (value - wanted).clamp_min(1e-300))
            step = reach.min()
            kept = reach > step
            index, value = index[kept], (value + step * (wanted - value))[kept]
    return torch.zeros_like(start).index_put_((index,), value)


def _on_support(gram: Tensor, linear: Tensor, index: Tensor, total: float = 1.0) -> tuple[Tensor, Tensor]:
    """Minimum over coefficients of this sum that are 0 outside `index`, and the gradient, one for all of them."""
    right = torch.stack([linear[index], torch.ones_like(linear[index])], dim=1)
    free, shift = torch.linalg.solve(gram[index[:, None], index], right).unbind(dim=1)
    level = (total - free.sum()) / shift.sum()
    return free + level * shift, level
