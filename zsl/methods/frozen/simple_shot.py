"""SimpleShot: the nearest class mean among centred features of length 1."""

from typing import final

from zsl.functional.clusters.prototypes import prototypes
from zsl.functional.scores.distances import squared_distances
from zsl.methods.frozen.centred import CentredMethod
from zsl.methods.shapes import Label, Logits, Query, Support, Unlabeled


@final
class SimpleShot(CentredMethod):
    r"""Score a query by its distance to the mean of the transformed support of each class.

    Y. Wang, W.-L. Chao, K. Q. Weinberger and L. van der Maaten, "SimpleShot: Revisiting Nearest-Neighbor Classification
    for Few-Shot Learning", 2019, arXiv:1911.04623.

    With the mean :math:`\mu` of the embedded samples of the base classes,

    .. math::

        \hat x = \frac{x - \mu}{\|x - \mu\|}, \qquad p_c = \frac{1}{K_c} \sum_{i: y_i = c} \hat x_i, \qquad
        s_{jc} = -\|\hat x_j - p_c\|^2 .

    Departures from the paper: the labels are the same, but the paper has no probabilities. The softmax over these
    scores, with temperature 1, is flat, since the squared distance of two vectors of length 1 is 4 at most.
    """

    def scores(self, support: Support, label: Label, query: Query, n_way: int, unlabeled: Unlabeled = None) -> Logits:
        """Compute negative squared distances to class means; see `FewShotMethod.scores`."""
        return -squared_distances(self.transformed(query), prototypes(self.transformed(support), label, n_way))
