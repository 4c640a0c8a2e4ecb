"""What methods share that train a network of their own on the support of each episode."""

import math
from abc import abstractmethod
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn
from torch.func import functional_call

from zsl._typing import Float, Integer
from zsl.exceptions import InvalidInputError
from zsl.functional.losses.inner_loop import Parameters
from zsl.methods.few_shot import FewShotMethod
from zsl.methods.shapes import Label, Logits, Query, Samples, Support, Unlabeled
from zsl.nn.support_norm import centred, with_support_norm, with_support_rows

HEAD = ("head.weight", "head.bias")
_LENGTH = 8.0
"""Of features, so that a step of the rate 0.1 moves the logits of a support sample by about 6."""
_MOST_NUMBERS = 2**26
"""Of the logits of an episode, 512 MiB in double precision: several times as much is at hand at a time."""
SupportLoss = Callable[[Parameters], Tensor]


class LearnerMethod(FewShotMethod):
    r"""Train a body and a linear head on the support of an episode, then score its queries by them.

    The head starts at zero for every class, so that the classes can be as many as one likes, and in any order: what is
    learned over episodes is where the body starts and how it is trained. A head that starts with the same weights for
    all classes would score the same, since the softmax doesn't see what is common to all of them. Logits are

    .. math:: \sqrt{N} \, (w_c \cdot \bar f_\theta(x) + b_c)

    for N classes, where :math:`\bar f` are features less the mean of the support, stretched until its root mean square
    length is 8. Each class has a share of 1 / N of the mean loss; with the root here and again in the gradient, a step
    moves logits as far whatever N is, and rates learned with some number of classes fit others. What all features share
    would otherwise move all logits at once, and limit how large a step may be.

    Parameters
    ----------
    body : nn.Module
        From samples to features.
    n_features : int
        Number of features.
    input_shape : tuple of int
        Shape of one sample.
    adapt_body : bool
        Whether the body is trained in an episode, and not the head alone. Its batch normalisation then becomes a
        `SupportNorm`, and what stands for an embedded sample is the sample itself, flattened.
    """

    vectorized = False
    """Whether the episodes of a batch are trained side by side by `torch.func.vmap`, and not one after the other."""

    def __init__(self, body: nn.Module, *, n_features: int, input_shape: tuple[int, ...], adapt_body: bool) -> None:
        super().__init__(with_support_norm(body) if adapt_body else body)
        self.n_features, self.input_shape, self.adapt_body = n_features, input_shape, adapt_body

    def embed(self, X: Float[Tensor, "sample *input"] | Integer[Tensor, "sample *input"]) -> Samples:
        """Embed samples by the body, or flatten them where it is trained in each episode; see `FewShotMethod.embed`.

        Integers are divided by 255.
        """
        if not self.adapt_body:
            return super().embed(X)
        return (X if X.is_floating_point() else X.float() / 255).flatten(1)

    @abstractmethod
    def adapted(self, start: Parameters, loss: SupportLoss, n_way: int) -> Parameters:
        """Train on one episode.

        Parameters
        ----------
        start : dict of str to Tensor
            Parameters of the body, if it is trained, and of the head, by name.
        loss : callable
            From such parameters to the loss on the support.
        n_way : int
            Number of classes.

        Returns
        -------
        dict of str to Tensor
            Parameters after it.
        """

    def scores(self, support: Support, label: Label, query: Query, n_way: int, unlabeled: Unlabeled = None) -> Logits:
        """Compute the logits of a body and head trained on the support of each episode; see `FewShotMethod.scores`.

        Raises
        ------
        InvalidInputError
            If support, queries and classes are so many that training on them takes too much.
        """
        self._check_size(support.shape[1], query.shape[1], n_way)
        wanted = torch.is_grad_enabled()
        # Inference mode has no gradients at all, and the support has to be learned from in prediction, too.
        with torch.inference_mode(False), torch.set_grad_enabled(wanted):
            support, label, query = (
                part.clone() if part.is_inference() else part for part in (support, label.long(), query)
            )
            # A copy of its own: the trained parameters take the place of the method's while it computes.
            body = with_support_rows(self.backbone, support.shape[1]) if self.adapt_body else self.backbone
            one = partial(self._one, body, n_way)
            if self.vectorized:
                found: Tensor = torch.func.vmap(one, randomness="different")(support, label, query)
                return found
            return torch.stack([one(*episode) for episode in zip(support, label, query, strict=True)])

    def _check_size(self, n_support: int, n_query: int, n_way: int) -> None:
        """Refuse what would take minutes and gigabytes."""
        n_numbers = (n_support + n_query) * n_way
        if n_numbers > _MOST_NUMBERS:
            raise InvalidInputError(
                f"A network would be trained on {n_support} support samples of {n_way} classes; with {n_query} queries "
                f"that makes {n_numbers} logits, and {_MOST_NUMBERS} are the most. Predict among fewer `classes`, or "
                "let forget_classes make those added next the only ones."
            )

    def _one(self, body: nn.Module, n_way: int, support: Tensor, label: Tensor, query: Tensor) -> Tensor:
        """Scores of one episode, (query, n_way)."""

        def loss(parameters: Parameters) -> Tensor:
            return nn.functional.cross_entropy(self._logits(body, parameters, support, len(support)), label)

        found = self.adapted(self._start(support, n_way), loss, n_way)
        return self._logits(body, found, torch.cat([support, query]), len(support))[len(support) :]

    def _start(self, like: Tensor, n_way: int) -> Parameters:
        """Parameters before the first step: those of the body, if it is trained, and a head of zeros."""
        own = dict(self.backbone.named_parameters()) if self.adapt_body else {}
        return own | dict(zip(HEAD, (like.new_zeros(n_way, self.n_features), like.new_zeros(n_way)), strict=True))

    def _logits(self, body: nn.Module, parameters: Parameters, rows: Tensor, n_support: int) -> Tensor:
        """Score embedded samples, the support first, by a body with given parameters and the head, (sample, n_way)."""
        features = rows
        if self.adapt_body:
            own = {name: value for name, value in parameters.items() if name not in HEAD}
            features = functional_call(body, own, (rows.unflatten(1, self.input_shape),))
        weight, bias = (parameters[name] for name in HEAD)
        features = centred(features, n_support, _LENGTH)
        logits: Tensor = math.sqrt(len(bias)) * nn.functional.linear(features, weight, bias)
        return logits
