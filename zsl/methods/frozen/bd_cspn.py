"""BD-CSPN: prototypes rectified by the queries of the episode."""

from typing import final

from torch import nn

from zsl.exceptions import InvalidInputError
from zsl.functional.clusters.transduction import Prior, checked_prior, class_prior, rectified
from zsl.functional.scores.distances import unit
from zsl.methods.frozen.centred import CentredMethod, Transform
from zsl.methods.shapes import Label, Logits, Query, Support, Unlabeled


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

    Departures from the paper: features are centred by the mean of the base classes and scaled to length 1 first; there
    may be soft members, :math:`m_{jc} = z_{jc}`; a class prior of the queries, if known, balances the labels z of step
    2 and weighs the classes in step 1; a single query is not shifted.

    Parameters
    ----------
    backbone, n_features, transform
        As in `CentredMethod`.
    sharpness : float, default=10.0
        :math:`\epsilon`, above 0.
    n_confident : int or None, default=8
        How many queries become members of a class, 1 or more; ties at the border all do. None makes each query a
        member of every class, weighted by z.
    prior : None, "uniform" or numbers above 0, one per class, default=None
        How the queries of an episode are spread over the classes. None uses no such knowledge. It is meant for episodes
        with several queries per class.
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

    def scores(self, support: Support, label: Label, query: Query, n_way: int, unlabeled: Unlabeled = None) -> Logits:
        """Compute cosines to rectified prototypes, times `sharpness`; see `FewShotMethod.scores`."""
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
