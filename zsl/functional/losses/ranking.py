r"""Ranking losses: the true class of a sample should score above every wrong one by a margin.

All of them are built on the hinges of a sample :math:`i` with the class :math:`y_i`,

.. math:: h_{ic} = \max(0,\; \Delta + s_{ic} - s_{i y_i}) \text{ for } c \ne y_i, \qquad h_{i y_i} = 0,

with scores :math:`s` and a margin :math:`\Delta`. A wrong class violates the margin if its hinge is above 0. One that
ties with the true class has the hinge :math:`\Delta`; one that lies below it by exactly the margin has the hinge 0 and
no gradient. A sample without violators adds 0. Each loss is the mean over the samples of the batch.
"""

import torch
from torch import Tensor

from zsl._typing import Float, Int


def devise_loss(
    scores: Float[Tensor, "sample class"], codes: Int[Tensor, "sample"], margin: float = 1.0
) -> Float[Tensor, ""]:
    r"""Sum of the hinges of all wrong classes.

    A. Frome, G. S. Corrado, J. Shlens, S. Bengio, J. Dean, M. Ranzato and T. Mikolov, "DeViSE: A Deep Visual-Semantic
    Embedding Model", NIPS 2013.

    Parameters
    ----------
    scores, codes : Tensors of shape (sample, class) and (sample,)
        Any real scores, and the columns of the true classes.
    margin : float, default=1.0
        :math:`\Delta`, 0 or more.

    Returns
    -------
    Tensor of shape ()
        :math:`\frac1N \sum_i \sum_c h_{ic}`.
    """
    return _hinges(scores, codes, margin).sum(dim=1).mean()


def ale_loss(
    scores: Float[Tensor, "sample class"], codes: Int[Tensor, "sample"], margin: float = 1.0
) -> Float[Tensor, ""]:
    r"""Weighted approximate ranking: a mean of the violators' hinges that counts for more the more violators there are.

    Z. Akata, F. Perronnin, Z. Harchaoui and C. Schmid, "Label-Embedding for Image Classification", 2016,
    arXiv:1503.08677, after N. Usunier, D. Buffoni and P. Gallinari, "Ranking with Ordered Weighted Pairwise
    Classification", ICML 2009.

    Parameters
    ----------
    scores, codes, margin
        As in `devise_loss`.

    Returns
    -------
    Tensor of shape ()
        :math:`\frac1N \sum_i \frac{\beta_{r_i}}{r_i} \sum_c h_{ic}` with :math:`r_i = |\{c : h_{ic} > 0\}|` and
        :math:`\beta_r = \sum_{k=1}^{r} 1/k`. The weight has no gradient: it is constant except for jumps.
    """
    hinges = _hinges(scores, codes, margin)
    ranks = torch.arange(1, scores.shape[1], dtype=scores.dtype, device=scores.device)
    weights = torch.cat([ranks.new_zeros(1), ranks.reciprocal().cumsum(dim=0) / ranks])
    return (weights[(hinges > 0).sum(dim=1)] * hinges.sum(dim=1)).mean()


def sje_loss(
    scores: Float[Tensor, "sample class"], codes: Int[Tensor, "sample"], margin: float = 1.0
) -> Float[Tensor, ""]:
    r"""Hinge of the wrong class that violates the margin most.

    Z. Akata, S. Reed, D. Walter, H. Lee and B. Schiele, "Evaluation of Output Embeddings for Fine-Grained Image
    Classification", 2015, arXiv:1409.8403.

    Parameters
    ----------
    scores, codes, margin
        As in `devise_loss`.

    Returns
    -------
    Tensor of shape ()
        :math:`\frac1N \sum_i \max_c h_{ic}`. Wrong classes that tie for the most violating one share the gradient.
    """
    return _hinges(scores, codes, margin).amax(dim=1).mean()


def sampled_ranking_loss(
    scores: Float[Tensor, "sample class"], codes: Int[Tensor, "sample"], generator: torch.Generator, margin: float = 1.0
) -> Float[Tensor, ""]:
    r"""Hinge of one wrong class per sample, drawn uniformly.

    The step of Y. Xian, Z. Akata, G. Sharma, Q. Nguyen, M. Hein and B. Schiele, "Latent Embeddings for Zero-shot
    Classification", 2016, arXiv:1603.08895. Its expectation over the draws is `devise_loss` divided by the number of
    wrong classes.

    Parameters
    ----------
    scores, codes, margin
        As in `devise_loss`.
    generator : torch.Generator
        Draws the wrong classes, on the CPU.

    Returns
    -------
    Tensor of shape ()
        :math:`\frac1N \sum_i h_{i c_i}` with :math:`c_i` uniform over :math:`c \ne y_i`; 0 if there is one class only.
    """
    n_class = scores.shape[1]
    step = torch.randint(1, max(2, n_class), codes.shape, generator=generator).to(codes.device)
    drawn = (codes + step) % n_class  # with one class this is the true class, whose hinge is 0
    return _hinges(scores, codes, margin).gather(1, drawn[:, None]).mean()


def _hinges(scores: Tensor, codes: Tensor, margin: float) -> Tensor:
    true = codes[:, None]
    return torch.relu(margin + scores - scores.gather(1, true)).scatter(1, true, 0.0)
