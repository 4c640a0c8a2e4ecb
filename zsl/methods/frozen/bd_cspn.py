"""BD-CSPN: prototypes rectified by the queries of the episode."""

from typing import final

from torch import Tensor, nn

from zsl._typing import Float, Int
from zsl.exceptions import InvalidInputError
from zsl.functional.clusters.transduction import Prior, checked_prior, class_prior, rectified
from zsl.functional.scores.distances import unit
from zsl.methods.frozen.centred import CentredMethod, Transform


@final
class BDCSPN(CentredMethod):
    r"""Score queries by their cosine to prototypes that these queries have rectified.

    J. Liu, L. Song and Y. Qin, "Prototype Rectification for Few-Shot Learning", 2020, arXiv:1911.10713.

    Transductive: the scores of a query depend on the other queries of its episode.

    1. Queries are shifted so that their mean is that of the support (`cross_class_shift`).
    2. Queries are labelled by the softmax z of :math:`\epsilon \cos(x_j, p_c)`. The most confident ones of those that
       have class c as their best become members of c.
    3. Prototypes are averaged anew over support and members, weighted by :math:`e^{\epsilon \cos(x, p_c)}`
       (`rectified`), and :math:`s_{jc} = \epsilon \cos(x_j, p'_c)`.

    Where we depart from the paper: features are centred by the mean of the base classes and scaled to length 1 first;
    there may be soft members, :math:`m_{jc} = z_{jc}`; a class prior of the queries, if known, balances the labels z of
    step 2 and weighs the classes in step 1; a single query is not shifted.

    Parameters
    ----------
    backbone : nn.Module or None
        Embeds images.
    n_features : int
        Width of the embedded images.
    transform : {"cl2n", "l2n", "none"}, default="cl2n"
        As in `SimpleShot`.
    sharpness : float, default=10.0
        :math:`\epsilon`, above 0.
    n_confident : int or None, default=8
        How many queries become members of a class, 1 or more; ties at the border all do. None makes each query a
        member of every class, weighted by z.
    prior : None, "uniform" or numbers above 0, one a class, default=None
        How the queries of an episode are spread over the classes. None uses no such knowledge. It is meant for episodes
        with several queries a class.
    """

    transductive = True

    def __init__(
        self,
        backbone: nn.Module | None,
        *,
        n_features: int,
        transform: Transform = "cl2n",
        sharpness: float = 10.0,
        n_confident: int | None = 8,
        prior: Prior = None,
    ) -> None:
        super().__init__(backbone, n_features=n_features, transform=transform)
        if not sharpness > 0:
            raise InvalidInputError(f"sharpness={sharpness}; wanted a number above 0.")
        if n_confident is not None and n_confident < 1:
            raise InvalidInputError(f"n_confident={n_confident}; wanted None, or 1 or more.")
        self.sharpness = sharpness
        self.n_confident = n_confident
        self.prior = checked_prior(prior)

    def scores(
        self,
        support: Float[Tensor, "episode support feature"],
        label: Int[Tensor, "episode support"],
        query: Float[Tensor, "episode query feature"],
        n_way: int,
        unlabeled: Float[Tensor, "episode unlabeled feature"] | None = None,
    ) -> Float[Tensor, "episode query way"]:
        """Score all queries of an episode together.

        Parameters
        ----------
        support, label, query, n_way, unlabeled
            As in `FewShotMethod.scores`; unlabelled images are not used.

        Returns
        -------
        Tensor of shape (episode, query, n_way)
            Cosines to rectified prototypes, times `sharpness`.
        """
        shifted, centres = rectified(
            self.transformed(support),
            label,
            self.transformed(query),
            n_way,
            sharpness=self.sharpness,
            n_confident=self.n_confident,
            prior=class_prior(self.prior, n_way, query),
        )
        return self.sharpness * unit(shifted) @ unit(centres).mT
