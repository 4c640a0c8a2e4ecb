"""Linear discriminant of Gaussian classes that share one covariance."""

from typing import final

import torch
from torch import Tensor, nn

from zsl._typing import Float, Int
from zsl.exceptions import InvalidInputError
from zsl.functional.clusters.prototypes import class_sums, prototypes
from zsl.functional.scores.distances import unit
from zsl.methods.few_shot import FewShotMethod


@final
class SharedGaussian(FewShotMethod):
    r"""Score a query by the linear discriminant of Gaussian classes with one covariance.

    Z. Wang, J. Liang, L. Sheng, R. He, Z. Wang and T. Tan, "A Hard-to-Beat Baseline for Training-free CLIP-Based
    Adaptation", 2024, arXiv:2402.04087.

    With class means :math:`\mu_c` from the support and a covariance :math:`\Sigma` of all classes, each class as likely
    as another,

    .. math:: s_{jc} = \mu_c^T \Sigma^{-1} x_j - \frac{1}{2} \mu_c^T \Sigma^{-1} \mu_c .

    The covariance comes from n images of C classes, their scatter S around the means of their classes, d wide:

    .. math::

        \Sigma = (1 - \lambda) \frac{S}{n - C} + \lambda \frac{\mathrm{tr}\, S}{(n - C)\, d} I, \qquad
        \lambda = \frac{d}{n - C + d}.

    These are the images of the base classes if `fit_base` was called, which then outnumber the support by far, and else
    the support itself. Where no class has two different images, :math:`\Sigma = I`.

    Where we depart from the paper: there the images are few-shot training data only, and the discriminant is added to
    that of a text classifier. The paper's shrunk covariance is :math:`(S + \frac{\mathrm{tr}\, S}{n - 1} I) / d`; ours
    keeps the trace of the covariance, so that the softmax over classes is the posterior probability, and takes
    n - C for n - 1, since C means are estimated. Apart from that the two are equal up to a factor.

    Parameters
    ----------
    backbone : nn.Module or None
        Embeds images.
    n_features : int
        Width d of the embedded images.
    shrinkage : float or None, default=None
        :math:`\lambda`, above 0 and up to 1, where 1 is the nearest class mean. None takes the formula.
    normalize : bool, default=True
        Whether embedded images are scaled to length 1 first, as in the paper.
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
        self.register_buffer("base_factor", torch.eye(n_features))
        self.register_buffer("has_base", torch.tensor(False))

    def fit_base(self, features: Float[Tensor, "sample feature"], codes: Int[Tensor, "sample"], n_class: int) -> None:
        """Take the covariance from base classes.

        Parameters
        ----------
        features : Tensor of shape (sample, feature)
            Embedded images of base (seen) classes, one or more.
        codes : Tensor of shape (sample,)
            Their class numbers from 0 to ``n_class - 1``. A class may be without images.
        n_class : int
            Number of base classes.

        Raises
        ------
        InvalidInputError
            If there are no images, or they have another width than `n_features`.
        """
        width = len(self.base_factor)
        if len(features) == 0 or features.shape[1] != width:
            raise InvalidInputError(
                f"features has the shape {tuple(features.shape)}; wanted 1 or more rows of width {width}."
            )
        images = self._scaled(features.detach())
        sums, counts = class_sums(images, codes, n_class)
        scatter = _scatter(images, (sums / counts.clamp_min(1)[:, None])[codes])
        # Many images shrink little; double precision then keeps the small eigenvalues apart from rounding.
        factor = self._factor(scatter.double(), images, len(features) - int((counts > 0).sum()))
        self.base_factor = factor.to(features.dtype)
        self.has_base = torch.ones_like(self.has_base)

    def scores(
        self,
        support: Float[Tensor, "episode support feature"],
        label: Int[Tensor, "episode support"],
        query: Float[Tensor, "episode query feature"],
        n_way: int,
        unlabeled: Float[Tensor, "episode unlabeled feature"] | None = None,
    ) -> Float[Tensor, "episode query way"]:
        """Score queries by linear discriminants.

        Parameters
        ----------
        support, label, query, n_way, unlabeled
            As in `FewShotMethod.scores`; unlabelled images are not used.

        Returns
        -------
        Tensor of shape (episode, query, n_way)
            Discriminants: logarithms of posterior probabilities up to a constant of the query.
        """
        images, means = self._scaled(support), prototypes(self._scaled(support), label, n_way)
        if self.has_base:
            factor = self.base_factor.to(images.dtype)
        else:
            own = means.gather(1, label.long()[:, :, None].expand_as(images))
            factor = self._factor(_scatter(images, own), images, support.shape[1] - n_way)
        white_means, white_query = _whitened(factor, means), _whitened(factor, self._scaled(query))
        return white_query @ white_means.mT - white_means.square().sum(dim=2)[:, None] / 2

    def _scaled(self, embedded: Tensor) -> Tensor:
        return unit(embedded) if self.normalize else embedded

    def _factor(self, scatter: Tensor, images: Tensor, freedom: int) -> Tensor:
        """Cholesky factor of the shrunk covariance, given the scatter and its degrees of freedom n - C."""
        width = scatter.shape[-1]
        identity = torch.eye(width, dtype=scatter.dtype, device=scatter.device)
        covariance = scatter / max(freedom, 1)
        scale = covariance.diagonal(dim1=-2, dim2=-1).mean(dim=-1)[..., None, None]
        shrinkage = width / (freedom + width) if self.shrinkage is None else self.shrinkage
        shrunk = (1 - shrinkage) * covariance + shrinkage * scale * identity
        # Images of one class that differ by rounding only don't count as different.
        size = images.detach().square().mean(dim=(-2, -1))[..., None, None]
        varied = scale > (10 * torch.finfo(images.dtype).eps) ** 2 * size
        factor: Tensor = torch.linalg.cholesky(torch.where(varied, shrunk, identity))
        return factor


def _scatter(images: Tensor, means: Tensor) -> Tensor:
    """Sum of the outer products of what is left of images without the means of their classes."""
    centred = images - means
    return centred.mT @ centred


def _whitened(factor: Tensor, rows: Tensor) -> Tensor:
    """Map rows x to L⁻¹ x, for the covariance L Lᵀ."""
    solved: Tensor = torch.linalg.solve_triangular(factor, rows.mT, upper=False)
    return solved.mT
