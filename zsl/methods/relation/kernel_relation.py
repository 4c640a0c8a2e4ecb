"""The relation network that starts from the best closed form: zero-, one- and few-shot classes as one model."""

from dataclasses import dataclass
from typing import Literal, final

import torch
from torch import Tensor, nn

from zsl._typing import Float
from zsl.functional.clusters.prototypes import posterior_mean
from zsl.functional.linear.class_kernels import WIDTHS, Kernel
from zsl.functional.scores.distances import unit
from zsl.functional.scores.relation import relation_scores
from zsl.methods.shapes import Attributes, Samples, Scores

Metric = Literal["cosine", "euclidean"]


def metric_scores(embedded: Samples, represented: Float[Tensor, "class feature"], metric: Metric) -> Scores:
    """Compare samples of length 1 with represented classes, without a relation term.

    Parameters
    ----------
    embedded : Tensor of shape (sample, feature)
        Samples of length 1.
    represented : Tensor of shape (class, feature)
        Represented classes.
    metric : {"cosine", "euclidean"}
        Which metric.

    Returns
    -------
    Tensor of shape (sample, class)
        Cosines, or half the negative squared distances up to what is the same for all classes.
    """
    if metric == "cosine":
        return embedded @ unit(represented).T
    return embedded @ represented.T - 0.5 * represented.square().sum(dim=1)


@dataclass(frozen=True)
class KernelRelationSizes:
    """Shapes of the parts of a `KernelRelation`, which are enough to build an empty one.

    Parameters
    ----------
    n_features, n_attributes : int
        Widths of the scaled samples and of the joined semantic vectors; 0 attributes if there are no semantics.
    n_landmarks : int
        Classes that others are compared with by the kernel.
    n_hidden : int
        Hidden units of the relation term; 0 without one.
    kernel : {"rbf", "linear"}
        The kernel between classes.
    metric : {"cosine", "euclidean"}
        What the score starts from.
    """

    n_features: int
    n_attributes: int
    n_landmarks: int
    n_hidden: int
    kernel: Kernel
    metric: Metric


@final
class KernelRelation(nn.Module):
    r"""Score samples against classes that are known by semantics, by support, or by both.

    A class with the joined semantic vector z (`zsl.functional.linear.class_kernels`) is mapped to

    .. math:: m(z) = m_0 + b\, J s + k(z)^T V, \qquad V = (K + \lambda W)^{-1} (M - m_0 - b\, J S)

    by kernel ridge regression on what the mean :math:`m_0` and, in a joint space, the class text itself (:math:`J s`)
    leave of the seen class means M. With K support samples of length 1 it is represented by the posterior mean

    .. math:: r = \frac{\kappa\, m(z) + \sum_i \hat x_i}{\kappa + K}

    and a sample is scored by

    .. math:: g(x, c) = \langle \hat x, \hat r \rangle + w \cdot \mathrm{ReLU}(A \hat x + B \hat r + b)

    or, with the Euclidean metric, :math:`\langle \hat x, r \rangle - \frac12 \|r\|^2` in place of the cosine: half the
    negative squared distance, up to what is the same for all classes.

    The relation term is that of F. Sung, Y. Yang, L. Zhang, T. Xiang, P. H. S. Torr and T. M. Hospedales, "Learning to
    Compare: Relation Network for Few-Shot Learning", 2018, arXiv:1711.06025. Departures from the paper: the semantic
    mapper is a kernel ridge regression, not a perceptron, so few class points suffice; the score starts from a metric
    and the relation term is added to it; support and semantics are pooled in one mean, so that one model serves
    zero-shot and few-shot episodes; no batch statistics are used.

    Parameters
    ----------
    sizes : KernelRelationSizes
        Shapes of the parts, which are zeros at first.
    """

    centre: Tensor
    landmarks: Tensor
    dual: Tensor
    prior_strength: Tensor
    query_half: Tensor
    class_half: Tensor
    hidden_bias: Tensor
    weight_out: Tensor

    def __init__(self, sizes: KernelRelationSizes) -> None:
        super().__init__()
        self.sizes = sizes
        n, h = sizes.n_features, sizes.n_hidden
        shapes = {
            "centre": (n,),
            "landmarks": (sizes.n_landmarks, sizes.n_attributes),
            "dual": (sizes.n_landmarks, n),
            "prior_strength": (),
            "query_half": (h, n),
            "class_half": (h, n),
            "hidden_bias": (h,),
            "weight_out": (h,),
        }
        for name, shape in shapes.items():
            self.register_buffer(name, torch.zeros(shape, dtype=torch.float64))

    def mapped(
        self, joined: Attributes, texts: Float[Tensor, "class feature"] | None = None
    ) -> Float[Tensor, "class feature"]:
        r"""Map described classes among the samples.

        Parameters
        ----------
        joined : Tensor of shape (class, attribute)
            Joined semantic vectors z.
        texts : Tensor of shape (class, feature) or None, default=None
            :math:`b\, J s`, in a joint space.

        Returns
        -------
        Tensor of shape (class, feature)
            :math:`m(z)`.
        """
        found = self.centre + self.kernel(joined) @ self.dual
        return found if texts is None else found + texts

    def kernel(self, joined: Attributes) -> Float[Tensor, "class landmark"]:
        """Compare classes with the landmarks, as `zsl.functional.linear.class_kernels.class_kernel` does.

        Parameters
        ----------
        joined : Tensor of shape (class, attribute)
            Joined semantic vectors.

        Returns
        -------
        Tensor of shape (class, landmark)
            The kernel; differentiable.
        """
        cosines = joined @ self.landmarks.T
        if self.sizes.kernel == "linear":
            return cosines
        return torch.stack([torch.exp((cosines - 1) / width) for width in WIDTHS]).mean(dim=0)

    def represent(
        self,
        mapped: Float[Tensor, "class feature"],
        described: Float[Tensor, "class"],
        sums: Float[Tensor, "class feature"],
        counts: Float[Tensor, "class"],
    ) -> Float[Tensor, "class feature"]:
        r"""Pool mapped semantics and support.

        Parameters
        ----------
        mapped : Tensor of shape (class, feature)
            :math:`m(z)`.
        described : Tensor of shape (class,)
            1 for classes that have semantics, 0 for the others.
        sums : Tensor of shape (class, feature)
            Sums of the support samples.
        counts : Tensor of shape (class,)
            Numbers of support samples.

        Returns
        -------
        Tensor of shape (class, feature)
            :math:`r`.
        """
        return posterior_mean(mapped, self.prior_strength * described, sums, counts)

    def forward(self, embedded: Samples, represented: Float[Tensor, "class feature"]) -> Scores:
        """Score samples of length 1 against represented classes."""
        scores = metric_scores(embedded, represented, self.sizes.metric)
        if self.sizes.n_hidden:
            queries, classes = embedded @ self.query_half.T, unit(represented)
            scores = scores + relation_scores(queries, classes @ self.class_half.T + self.hidden_bias, self.weight_out)
        return scores
