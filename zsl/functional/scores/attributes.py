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

    Parameters
    ----------
    S : Tensor of shape (class, attribute)
        Semantic vectors of the seen classes, of any scale.
    binarize : bool
        Whether levels are 0 or 1, split at the mean over the classes, or run from the minimum to the maximum.

    Returns
    -------
    centre, rate : Tensor of shape (attribute,)
        The mean, or the middle between minimum and maximum; and 1 / (maximum - minimum), or 0 for an attribute that is
        the same for all classes.
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
    """Turn real-valued attributes into levels between 0 and 1, each class on its own.

    Parameters
    ----------
    S : Tensor of shape (class, attribute)
        Semantic vectors, scaled like those that `centre` and `rate` were learned from.
    centre, rate, binarize
        From `attribute_scale`, and as there.

    Returns
    -------
    Tensor of shape (class, attribute)
        Levels in [0, 1]; 1/2 where `rate` is 0.
    """
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
    are present with probability :math:`a_m`; for a binary table this is the rule of the paper:

    .. math:: \sum_m a_m \log \frac{p_m}{\pi_m} + (1 - a_m) \log \frac{1 - p_m}{1 - \pi_m}.

    Parameters
    ----------
    probabilities, levels : Tensors of shape (sample, attribute) and (class, attribute)
        :math:`p_m`, the probability that a sample has the attribute, between 0 and 1, and :math:`a_m`, in [0, 1].
    prior : Tensor of shape (attribute,)
        :math:`\pi_m`, between 0 and 1.

    Returns
    -------
    Tensor of shape (sample, class)
        Scores.
    """
    present = probabilities.log() - prior.log()
    absent = torch.log1p(-probabilities) - torch.log1p(-prior)
    return present @ levels.T + absent @ (1 - levels).T
