"""One learning problem: queries to be classified, and what is known of their classes."""

from dataclasses import dataclass

from torch import Tensor

from zsl._typing import Float, Int


@dataclass(frozen=True)
class Episode:
    """Queries, and what is known of the classes that they may belong to.

    Zero-shot where `support` is empty, one-shot and few-shot where it isn't.

    Parameters
    ----------
    query : Tensor of shape (query, feature)
        The samples to be classified.
    query_label : Tensor of shape (query,)
        Their class numbers.
    support : Tensor of shape (support, feature)
        Labelled samples, disjoint from the queries.
    support_label : Tensor of shape (support,)
        Their class numbers.
    semantics : Tensor of shape (class, attribute) or None
        One row a class.
    """

    query: Float[Tensor, "query feature"]
    query_label: Int[Tensor, "query"]
    support: Float[Tensor, "support feature"]
    support_label: Int[Tensor, "support"]
    semantics: Float[Tensor, "class attribute"] | None
