"""The interface of adapters of joint spaces."""

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn

from zsl._typing import Float
from zsl.methods.shapes import Samples, Scores


class JointAdapter(nn.Module, ABC):
    r"""Scores of classes by their texts, and by what few samples add to these.

    .. math:: g(x, c) = m_c \langle x, t_c \rangle + r_c(x)

    for samples :math:`x` and class texts :math:`t_c` of length 1 from one space. A subclass says in what the residual
    :math:`r` consists, and learns it and the multipliers :math:`m` from samples of some or all classes.

    Parameters
    ----------
    texts : Tensor of shape (class, feature)
        :math:`t`.
    multipliers : Tensor of shape (class,)
        :math:`m`.
    """

    texts: Tensor
    multipliers: Tensor

    def __init__(self, texts: Float[Tensor, "class feature"], multipliers: Float[Tensor, "class"]) -> None:
        super().__init__()
        self.register_buffer("texts", texts)
        self.register_buffer("multipliers", multipliers)

    @abstractmethod
    def residuals(self, X: Samples) -> Scores:
        """Compute what samples of the classes add to the scores.

        Parameters
        ----------
        X : Tensor of shape (sample, feature)
            Samples of length 1.

        Returns
        -------
        Tensor of shape (sample, class)
            :math:`r`.
        """

    def scores(self, X: Samples) -> Scores:
        """Score samples.

        Parameters
        ----------
        X : Tensor of shape (sample, feature)
            Samples of length 1.

        Returns
        -------
        Tensor of shape (sample, class)
            :math:`g`.
        """
        return X @ self.texts.T * self.multipliers + self.residuals(X)


class LinearAdapter(JointAdapter):
    r"""An adapter whose residual is linear, :math:`r_c(x) = \langle x, w_c \rangle`.

    Parameters
    ----------
    texts : Tensor of shape (class, feature)
        :math:`t`.
    multipliers : Tensor of shape (class,)
        :math:`m`.
    weights : Tensor of shape (class, feature)
        :math:`w`.
    """

    weights: Tensor

    def __init__(
        self,
        texts: Float[Tensor, "class feature"],
        multipliers: Float[Tensor, "class"],
        weights: Float[Tensor, "class feature"],
    ) -> None:
        super().__init__(texts, multipliers)
        self.register_buffer("weights", weights)

    def residuals(self, X: Samples) -> Scores:
        """Compute inner products with the weights; see `JointAdapter.residuals`."""
        return X @ self.weights.T


def as_rows(array: object) -> Tensor:
    """An array in double precision as a tensor of its own."""
    return torch.tensor(array, dtype=torch.float64)
