"""LaplacianShot: queries that are near to each other get similar labels."""

import math
from typing import final

import torch
from torch import Tensor, nn

from zsl.exceptions import InvalidInputError
from zsl.functional.clusters.transduction import Prior, checked_prior, class_prior, rectified, soft_labels
from zsl.functional.scores.distances import squared_distances
from zsl.methods.frozen.centred import CentredMethod, Transform
from zsl.methods.shapes import Label, Logits, Query, Support, Unlabeled


@final
class LaplacianShot(CentredMethod):
    r"""Label all queries of an episode together: near a prototype, and like their nearest neighbours.

    I. M. Ziko, J. Dolz, E. Granger and I. Ben Ayed, "Laplacian Regularized Few-Shot Learning", 2020, arXiv:2006.15486.

    Transductive: the scores of a query depend on the other queries of its episode.

    Queries are shifted and prototypes rectified, as in `BDCSPN` with all queries as soft members. With
    :math:`a_{jc} = \|x_j - p'_c\|^2` and :math:`w_{jk} = 1` if query k is one of the nearest neighbours of query j,
    else 0, soft labels y start from :math:`y_j = \mathrm{softmax}(-a_j)` and are updated, all at once, by

    .. math:: y_j \leftarrow \mathrm{softmax}\Big(-a_j + \lambda \sum_k w_{jk} y_k\Big).

    Scores are :math:`\log y`. If w is symmetric and positive semi-definite, no update raises the energy
    :math:`\sum_j y_j^T (a_j + \log y_j) - \frac{\lambda}{2} \sum_{jk} w_{jk} y_j^T y_k`.

    Departures from the paper: queries are soft members in the rectification; the number of updates is fixed; a class
    prior of the queries, if known, replaces each softmax by soft labels that are balanced to it (`soft_labels`); a
    single query is neither shifted nor has it neighbours.

    Memory grows with the square of the number of queries of an episode.

    Parameters
    ----------
    backbone, n_features, transform
        As in `CentredMethod`.
    n_neighbors : int, default=3
        Neighbours of a query, without itself, 1 or more; with fewer other queries, all of them.
    strength : float, default=0.7
        :math:`\lambda`, 0 or more. It suits squared distances of vectors of length 1.
    n_iterations : int, default=20
        Number of updates, 0 or more.
    sharpness : float, default=10.0
        Of the rectification, as in `BDCSPN`, above 0.
    prior : None, "uniform" or numbers above 0, one per class, default=None
        As in `BDCSPN`.
    """

    transductive = True

    def __init__(
        self,
        backbone: nn.Module | None,
        *,
        n_features: int,
        transform: Transform = "cl2n",
        n_neighbors: int = 3,
        strength: float = 0.7,
        n_iterations: int = 20,
        sharpness: float = 10.0,
        prior: Prior = None,
    ) -> None:
        super().__init__(backbone, n_features=n_features, transform=transform)
        if n_neighbors < 1 or n_iterations < 0:
            raise InvalidInputError(
                f"n_neighbors={n_neighbors} and n_iterations={n_iterations}; wanted 1 or more, and 0 or more."
            )
        if not (strength >= 0 and sharpness > 0):
            raise InvalidInputError(f"strength={strength} and sharpness={sharpness}; wanted 0 or more, and above 0.")
        self.n_neighbors = n_neighbors
        self.strength = strength
        self.n_iterations = n_iterations
        self.sharpness = sharpness
        self.prior = checked_prior(prior)

    def scores(self, support: Support, label: Label, query: Query, n_way: int, unlabeled: Unlabeled = None) -> Logits:
        """Compute logarithms of soft labels, for all queries of an episode together; see `FewShotMethod.scores`."""
        prior = class_prior(self.prior, n_way, query)
        shifted, centres = rectified(
            self.transformed(support), label, self.transformed(query), n_way, sharpness=self.sharpness, prior=prior
        )
        nearness = -squared_distances(shifted, centres)
        neighbors = _neighbors(shifted, self.n_neighbors)
        episodes = torch.arange(len(query), device=query.device)[:, None, None]
        labels = soft_labels(nearness, prior)
        for _ in range(self.n_iterations):
            of_neighbors = labels.exp()[episodes, neighbors].sum(dim=2)
            labels = soft_labels(nearness + self.strength * of_neighbors, prior)
        return labels


def _neighbors(query: Tensor, count: int) -> Tensor:
    """Numbers of the nearest other queries of each query, (episode, query, neighbour)."""
    n_query = query.shape[1]
    itself = torch.eye(n_query, dtype=torch.bool, device=query.device)
    distances = squared_distances(query, query).detach().masked_fill(itself, math.inf)
    return distances.topk(min(count, n_query - 1), dim=2, largest=False).indices
