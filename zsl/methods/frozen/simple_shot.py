"""SimpleShot: the nearest class mean among centred features of length 1."""

from typing import final

from torch import Tensor, nn

from zsl._typing import Float, Int
from zsl.functional.clusters.prototypes import prototypes
from zsl.functional.scores.distances import squared_distances
from zsl.methods.frozen.centred import CentredMethod, Transform


@final
class SimpleShot(CentredMethod):
    r"""Score a query by its distance to the mean of the transformed support of each class.

    Y. Wang, W.-L. Chao, K. Q. Weinberger and L. van der Maaten, "SimpleShot: Revisiting Nearest-Neighbor Classification
    for Few-Shot Learning", 2019, arXiv:1911.04623.

    With the mean :math:`\mu` of the embedded images of the base classes,

    .. math::

        \hat x = \frac{x - \mu}{\|x - \mu\|}, \qquad p_c = \frac{1}{K_c} \sum_{i: y_i = c} \hat x_i, \qquad
        s_{jc} = -\|\hat x_j - p_c\|^2 .

    Where we depart from the paper: nothing in the labels, but the paper has no probabilities. The softmax over these
    scores, with temperature 1, is flat, since the squared distance of two vectors of length 1 is 4 at most.

    Parameters
    ----------
    backbone : nn.Module or None
        Embeds images.
    n_features : int
        Width of the embedded images.
    transform : {"cl2n", "l2n", "none"}, default="cl2n"
        "cl2n" subtracts the mean of the base classes and scales to length 1, "l2n" only scales, "none" does neither.
        Until `fit_base` is called the mean is zero, and "cl2n" is "l2n".
    """

    def __init__(self, backbone: nn.Module | None, *, n_features: int, transform: Transform = "cl2n") -> None:
        super().__init__(backbone, n_features=n_features, transform=transform)

    def scores(
        self,
        support: Float[Tensor, "episode support feature"],
        label: Int[Tensor, "episode support"],
        query: Float[Tensor, "episode query feature"],
        n_way: int,
        unlabeled: Float[Tensor, "episode unlabeled feature"] | None = None,
    ) -> Float[Tensor, "episode query way"]:
        """Score queries by their squared distance to class means.

        Parameters
        ----------
        support, label, query, n_way, unlabeled
            As in `FewShotMethod.scores`; unlabelled images are not used.

        Returns
        -------
        Tensor of shape (episode, query, n_way)
            Squared distances, negated.
        """
        return -squared_distances(self.transformed(query), prototypes(self.transformed(support), label, n_way))
