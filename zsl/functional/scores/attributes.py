"""Class attributes as probabilities, and how well the attributes seen in a sample fit a class."""

import torch
from torch import Tensor

from zsl._typing import Float

CLIP = 1e-6
"""How far the probabilities of attributes stay from 0 and 1, so that no sample rules a class out by one attribute."""


def attribute_scale(
    S: Float[Tensor, "class attribute"], *, binarize: bool
) -> tuple[Float[Tensor, "attribute"], Float[Tensor, "attribute"]]:
    """Learn from the seen classes how real-valued attributes become levels between 0 and 1.

    Levels run from the minimum to the maximum over the classes or, with `binarize`, are split at the mean. Returns the
    centre, middle or mean, and the rate: 1 / (maximum - minimum), or 0 for an attribute that is the same for all
    classes.
    """
    rows = S.double()
    low, high = rows.aminmax(dim=0)
    span = high - low
    # Rounding, and centring before this, leave traces of a spread in an attribute that has none.
    varies = (span > 1e-6 * torch.maximum(low.abs(), high.abs())) & (span > 1e-9 * span.max())
    # A class on the mean falls below the split whatever the rounding.
    centre = rows.mean(dim=0) + 1e-6 * span if binarize else (low + high) / 2
    rate = varies.double() / torch.where(varies, span, 1.0)
    return centre.to(S.dtype), rate.to(S.dtype)


def attribute_levels(
    S: Float[Tensor, "class attribute"],
    centre: Float[Tensor, "attribute"],
    rate: Float[Tensor, "attribute"],
    *,
    binarize: bool,
) -> Float[Tensor, "class attribute"]:
    """Turn attributes into levels in [0, 1] by `attribute_scale`, each class on its own; 1/2 where the rate is 0."""
    place = (S - centre) * rate
    return (place.sign() + 1) / 2 if binarize else (place + 0.5).clamp(0, 1)


def attribute_log_ratio(
    probabilities: Float[Tensor, "sample attribute"],
    levels: Float[Tensor, "class attribute"],
    prior: Float[Tensor, "attribute"],
) -> Float[Tensor, "sample class"]:
    r"""Score samples against classes by the log-likelihood ratio of the attributes of the class.

    The decision rule of C. H. Lampert, H. Nickisch and S. Harmeling, "Attribute-Based Classification for Zero-Shot
    Visual Object Categorization", 2014, doi:10.1109/TPAMI.2013.140, as a logarithm, with its mean over attributes that
    are present with probability :math:`a_m`, the level of the class; for a binary table this is the rule of the paper:

    .. math:: \sum_m a_m \log \frac{p_m}{\pi_m} + (1 - a_m) \log \frac{1 - p_m}{1 - \pi_m}

    with the probabilities :math:`p_m` of the attributes of the sample and :math:`\pi_m` of the prior, between 0 and 1.
    """
    present = probabilities.log() - prior.log()
    absent = torch.log1p(-probabilities) - torch.log1p(-prior)
    return present @ levels.T + absent @ (1 - levels).T
