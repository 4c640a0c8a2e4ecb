"""Prototypical networks: a query belongs to the class whose mean support embedding is nearest."""

from typing import Literal, final

from torch import nn

from zsl.functional.clusters.prototypes import prototypes
from zsl.functional.scores.distances import squared_distances, unit
from zsl.methods.few_shot import FewShotMethod
from zsl.methods.shapes import Label, Logits, Query, Support, Unlabeled

Distance = Literal["euclidean", "cosine"]


@final
class PrototypicalNetwork(FewShotMethod):
    r"""Score a query by its distance to the prototype of each class.

    J. Snell, K. Swersky and R. S. Zemel, "Prototypical Networks for Few-shot Learning", 2017, arXiv:1703.05175.

    A class is the mean of its embedded support, :math:`p_c = \frac{1}{K} \sum_i f(x_i)`, and

    .. math:: P(c \mid x) \propto \exp(-\|f(x) - p_c\|^2)

    or, by cosine, :math:`\exp(\tau \langle \hat f(x), \hat p_c \rangle)` with :math:`\tau = 10`, where the paper takes
    1, which keeps all probabilities of a 5-way episode between .03 and .65.

    Parameters
    ----------
    backbone : nn.Module or None
        Embeds samples.
    distance : {"euclidean", "cosine"}, default="euclidean"
        Squared Euclidean distance or cosine.
    """

    def __init__(self, backbone: nn.Module | None, *, distance: Distance = "euclidean") -> None:
        super().__init__(backbone)
        self.distance = distance

    def scores(self, support: Support, label: Label, query: Query, n_way: int, unlabeled: Unlabeled = None) -> Logits:
        """Compute negative squared distances to prototypes, or cosines times 10; see `FewShotMethod.scores`."""
        centres = prototypes(support, label, n_way)
        if self.distance == "cosine":
            return 10 * unit(query) @ unit(centres).mT
        return -squared_distances(query, centres)
