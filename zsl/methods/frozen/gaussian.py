"""Linear discriminant of Gaussian classes that share one covariance."""

from typing import final

import torch
from torch import Tensor, nn

from zsl.exceptions import InvalidInputError
from zsl.functional.clusters.prototypes import class_sums, prototypes
from zsl.functional.scores.distances import unit
from zsl.methods.few_shot import FewShotMethod
from zsl.methods.shapes import Codes, Label, Logits, Query, Samples, Support, Unlabeled


@final
class SharedGaussian(FewShotMethod):
    r"""Score a query by the linear discriminant of Gaussian classes with one covariance.

    Z. Wang, J. Liang, L. Sheng, R. He, Z. Wang and T. Tan, "A Hard-to-Beat Baseline for Training-free CLIP-Based
    Adaptation", 2024, arXiv:2402.04087.

    With class means :math:`\mu_c` from the support and a covariance :math:`\Sigma` of all classes, each class as likely
    as another,

    .. math:: s_{jc} = \mu_c^T \Sigma^{-1} x_j - \frac{1}{2} \mu_c^T \Sigma^{-1} \mu_c .

    The covariance comes from n samples of C classes, their scatter S around the means of their classes, d wide:

    .. math::

        \Sigma = (1 - \lambda) \frac{S}{n - C} + \lambda \frac{\mathrm{tr}\, S}{(n - C)\, d} I, \qquad
        \lambda = \frac{d}{n - C + d}.

    They are those of the base classes if `fit_base` was called, which then outnumber the support by far, and else the
    support itself. Where no class has two different samples, :math:`\Sigma = I`.

    Departures from the paper: there the samples are few-shot training data only, and the discriminant is added to that
    of a text classifier. The paper's shrunk covariance is :math:`(S + \frac{\mathrm{tr}\, S}{n - 1} I) / d`; ours keeps
    the trace of the covariance, so that the softmax over classes is the posterior probability, and takes n - C for n
    - 1, since C means are estimated. Apart from that the two are equal up to a factor.

    Parameters
    ----------
    backbone : nn.Module or None
        Embeds samples.
    n_features : int
        Width d of the embedded samples.
    shrinkage : float or None, default=None
        :math:`\lambda`, above 0 and up to 1, where 1 is the nearest class mean. None takes the formula.
    normalize : bool, default=True
        Whether embedded samples are scaled to length 1 first, as in the paper.
    """

    base_factor: Tensor
    has_base: Tensor

    def __init__(
        self, backbone: nn.Module | None, *, n_features: int, shrinkage: float | None = None, normalize: bool = True
    ) -> None:
        super().__init__(backbone)
        if shrinkage is not None and not 0 < shrinkage <= 1:
            raise InvalidInputError(f"shrinkage={shrinkage}; wanted None or a number above 0 and up to 1.")
        self.shrinkage = shrinkage
        self.normalize = normalize
        self.register_buffer("base_factor", torch.eye(n_features, dtype=torch.float32))
        self.register_buffer("has_base", torch.tensor(False))

    def fit_base(self, features: Samples, codes: Codes, n_class: int) -> None:
        """Take the covariance from base classes.

        Parameters
        ----------
        features, codes, n_class
            As in `CentredMethod.fit_base`. A class may be without samples.

        Raises
        ------
        InvalidInputError
            If there are no samples, or they have another width than `n_features`.
        """
        width = len(self.base_factor)
        if len(features) == 0 or features.shape[1] != width:
            raise InvalidInputError(
                f"features has the shape {tuple(features.shape)}; wanted 1 or more rows of width {width}."
            )
        samples = self._scaled(features.detach())
        sums, counts = class_sums(samples, codes, n_class)
        scatter = _scatter(samples, (sums / counts.clamp_min(1)[:, None])[codes])
        # Many samples shrink little; double precision then keeps the small eigenvalues apart from rounding.
        factor = self._factor(scatter.double(), samples, len(features) - int((counts > 0).sum()))
        self.base_factor = factor.to(features.dtype)
        self.has_base = torch.ones_like(self.has_base)

    def scores(self, support: Support, label: Label, query: Query, n_way: int, unlabeled: Unlabeled = None) -> Logits:
        """Compute linear discriminants; see `FewShotMethod.scores`.

        They are logarithms of posterior probabilities, up to a constant of the query.
        """
        samples, means = self._scaled(support), prototypes(self._scaled(support), label, n_way)
        if self.has_base:
            factor = self.base_factor.to(samples.dtype)
        else:
            own = means.gather(1, label.long()[:, :, None].expand_as(samples))
            factor = self._factor(_scatter(samples, own), samples, support.shape[1] - n_way)
        white_means, white_query = _whitened(factor, means), _whitened(factor, self._scaled(query))
        return white_query @ white_means.mT - white_means.square().sum(dim=2)[:, None] / 2

    def _scaled(self, embedded: Tensor) -> Tensor:
        return unit(embedded) if self.normalize else embedded

    def _factor(self, scatter: Tensor, samples: Tensor, freedom: int) -> Tensor:
        """Cholesky factor of the shrunk covariance, given the scatter and its degrees of freedom n - C."""
        width = scatter.shape[-1]
        identity = torch.eye(width, dtype=scatter.dtype, device=scatter.device)
        covariance = scatter / max(freedom, 1)
        scale = covariance.diagonal(dim1=-2, dim2=-1).mean(dim=-1)[..., None, None]
        shrinkage = width / (freedom + width) if self.shrinkage is None else self.shrinkage
        shrunk = (1 - shrinkage) * covariance + shrinkage * scale * identity
        # Samples of one class that differ by rounding only don't count as different.
        size = samples.detach().square().mean(dim=(-2, -1))[..., None, None]
        varied = scale > (10 * torch.finfo(samples.dtype).eps) ** 2 * size
        factor: Tensor = torch.linalg.cholesky(torch.where(varied, shrunk, identity))
        return factor


def _scatter(samples: Tensor, means: Tensor) -> Tensor:
    """Sum of the outer products of what is left of samples without the means of their classes."""
    centred = samples - means
    return centred.mT @ centred


def _whitened(factor: Tensor, rows: Tensor) -> Tensor:
    """Map rows x to L⁻¹ x, for the covariance L Lᵀ."""
    solved: Tensor = torch.linalg.solve_triangular(factor, rows.mT, upper=False)
    return solved.mT
