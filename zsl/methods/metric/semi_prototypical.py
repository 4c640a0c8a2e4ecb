"""Prototypical networks whose prototypes are refined by unlabelled samples."""

import math
from typing import Literal, final, get_args

import torch
from torch import Tensor, nn

from zsl.exceptions import InvalidInputError
from zsl.functional.clusters.prototypes import prototypes
from zsl.functional.clusters.soft_kmeans import (
    distance_statistics,
    distractor_assignments,
    masks,
    refined_prototypes,
    relative_distances,
    soft_assignments,
)
from zsl.functional.scores.distances import squared_distances
from zsl.methods.few_shot import FewShotMethod
from zsl.methods.shapes import Label, Logits, Query, Support, Unlabeled
from zsl.nn.layers import linear

Refinement = Literal["soft_kmeans", "distractor", "masked"]

HIDDEN = 20
"""Hidden units of the network that sets the masks, as in the authors' code."""


@final
class SemiPrototypical(FewShotMethod):
    r"""Score a query by its distance to prototypes that unlabelled samples have refined.

    M. Ren, E. Triantafillou, S. Ravi, J. Snell, K. Swersky, J. B. Tenenbaum, H. Larochelle and R. S. Zemel,
    "Meta-Learning for Semi-Supervised Few-Shot Classification", 2018, arXiv:1803.00676.

    From the mean of its support, each class takes in its share of the unlabelled samples :math:`x_j`,

    .. math:: \tilde p_c = \frac{\sum_{i: y_i = c} x_i + \sum_j w_{jc} x_j}{K_c + \sum_j w_{jc}}

    and a query has the score :math:`-\|q - \tilde p_c\|^2`. The share is

    - "soft_kmeans": :math:`w_{jc} = z_{jc} = \mathrm{softmax}_c(-\|x_j - p_c\|^2)`;
    - "distractor": the same with one more cluster at the origin, with a learned radius, which draws off samples of no
      class of the episode (`distractor_assignments`); no query is given to it;
    - "masked": :math:`w_{jc} = z_{jc} m_{jc}`, where the mask fades with the distance of the sample relative to the
      mean distance, :math:`m_{jc} = \mathrm{sigmoid}(-\gamma_c (\tilde d_{jc} - \beta_c))`, and a small network sets
      :math:`\beta_c, \gamma_c` from the spread of the relative distances (`distance_statistics`).

    Without unlabelled samples this is the prototypical network. Gradients pass through the shares to the embeddings,
    but not through the statistics that the small network reads, as in the authors' code.

    Departures from the paper: :math:`\beta_c` and :math:`\gamma_c` are exponentials of what the network gives, so that
    both are positive and a mask never grows with distance (the authors' code does so, too); and with several
    refinements, masks are set anew in each.

    Parameters
    ----------
    backbone : nn.Module or None
        Embeds samples.
    refinement : {"soft_kmeans", "distractor", "masked"}
        How unlabelled samples are shared.
    n_refine : int, default=1
        Number of refinements, 1 or more. The paper uses one.
    radius : float, default=1.0
        Initial radius of the distractor cluster, above 0, in units of the embedding. The classes have radius 1; the
        authors' code starts from 100, for embeddings with large distances.
    generator : torch.Generator
        Where the initial weights of the network that sets the masks are drawn from.

    Raises
    ------
    InvalidInputError
        If `refinement`, `n_refine` or `radius` is not one of the values above.
    """

    def __init__(
        self,
        backbone: nn.Module | None,
        *,
        refinement: Refinement,
        n_refine: int = 1,
        radius: float = 1.0,
        generator: torch.Generator,
    ) -> None:
        super().__init__(backbone)
        if refinement not in get_args(Refinement):
            raise InvalidInputError(f"refinement={refinement!r}; wanted one of {', '.join(get_args(Refinement))}.")
        if n_refine < 1:
            raise InvalidInputError(f"n_refine={n_refine}; wanted 1 or more.")
        if not 0 < radius < math.inf:
            raise InvalidInputError(f"radius={radius}; wanted a finite number above 0.")
        self.refinement = refinement
        self.n_refine = n_refine
        if refinement == "distractor":
            self.log_radius = nn.Parameter(torch.tensor(math.log(radius), dtype=torch.float32))
        if refinement == "masked":
            self.mask_network = nn.Sequential(linear(5, HIDDEN, generator), nn.Tanh(), linear(HIDDEN, 2, generator))

    def scores(self, support: Support, label: Label, query: Query, n_way: int, unlabeled: Unlabeled = None) -> Logits:
        """Compute negative squared distances to refined prototypes; see `FewShotMethod.scores`."""
        centres = prototypes(support, label, n_way)
        if unlabeled is not None and unlabeled.shape[1]:
            initial, ones = centres, torch.ones_like(support[..., 0])
            counts = torch.zeros_like(initial[..., 0]).scatter_add(1, label.long(), ones)
            for _ in range(self.n_refine):
                centres = refined_prototypes(initial, counts, unlabeled, self._shares(unlabeled, centres))
        return -squared_distances(query, centres)

    def _shares(self, unlabeled: Tensor, centres: Tensor) -> Tensor:
        distances = squared_distances(unlabeled, centres)
        if self.refinement == "distractor":
            return distractor_assignments(distances, unlabeled.square().sum(-1), self.log_radius)
        shares = soft_assignments(distances)
        if self.refinement == "soft_kmeans":
            return shares
        relative = relative_distances(distances)
        threshold, slope = self.mask_network(distance_statistics(relative.detach())).exp().unbind(-1)
        return shares * masks(relative, threshold, slope)
