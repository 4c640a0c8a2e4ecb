"""Methods to fill in: copy this file, keep the class that is like yours, and replace what a comment marks.

Four working methods, one of each kind. A method is the algebra of a paper: it takes scaled tensors and knows nothing of
labels, class tables or scikit-learn. All that it learns is in parameters and buffers, so that its state dict is the
whole method, which is saved and loaded without code of its own. `estimator.py`, beside this file, puts each behind
`fit` and `predict`. In the package, a method is one file of `zsl/methods`, and its docstring opens with its paper.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor

from zsl.functional.clusters.prototypes import prototypes
from zsl.functional.linear.moments import Moments
from zsl.functional.scores.distances import squared_distances, unit
from zsl.methods.compatibility import TrainedMethod
from zsl.methods.few_shot import FewShotMethod
from zsl.methods.linear.closed_form import ClosedFormMethod, Grid, as_tensor
from zsl.nn.layers import linear


class MyClosedForm(ClosedFormMethod):
    r"""Map samples to semantics by ridge regression, and take the class at the smallest angle.

    Replace: authors, "title", year, arXiv number; then the formula, and "Departures from the paper: ..." if any.

    .. math:: W = (X^T X + \alpha\, \ell I)^{-1} X^T S_y, \qquad g(x, s) = \cos(W^T x, s)

    with :math:`\ell = \mathrm{tr}(X^T X) / d`, so that one grid suits data of any size.

    Parameters
    ----------
    n_features, n_attributes : int
        Widths of the samples and of the semantic vectors. The estimator passes what the constructor asks for by name:
        `n_features`, `n_attributes`, `n_classes`, and parameters of its own.
    """

    projection: Tensor

    def __init__(self, n_features: int, n_attributes: int) -> None:
        super().__init__()
        # Replace: the learned tensors, of the shapes that they have after the fit.
        self.register_buffer("projection", torch.zeros(n_features, n_attributes, dtype=torch.float64))

    @classmethod
    def solve(cls, moments: Moments, S: Any, grid: Grid) -> Iterator[tuple[dict[str, float], "MyClosedForm"]]:
        """Solve for a grid of "alpha"; see `ClosedFormMethod.solve`."""
        target = (
            moments.sums.T @ S
        )  # moments: counts (C,), sums (C, d) and gram (d, d) of the seen samples; S is (C, a)
        for alpha in grid["alpha"]:  # Replace: the hyper-parameters, and the solution at each point of their grid.
            penalty = alpha * moments.level * np.eye(len(moments.gram))
            method = cls(*target.shape)
            method.projection = as_tensor(np.linalg.solve(moments.gram + penalty, target))
            yield {"alpha": alpha}, method

    def finish(self, projected: Tensor) -> Tensor:
        """Go from samples times `projection` to embedded samples; see `ClosedFormMethod.finish`."""
        return unit(projected)

    def represent(self, S: Tensor) -> Tensor:
        """Represent classes in the space of embedded samples; see `CompatibilityMethod.represent`."""
        return unit(S)  # Replace. The score is the inner product of the two, unless you write `compare`, too.


class MyTrained(TrainedMethod):
    r"""Score sample and class by :math:`x^T W s`, trained by gradient steps on a loss of your own.

    Parameters
    ----------
    n_features, n_attributes : int
        Widths of the samples and of the semantic vectors.
    margin : float
        By how much the true class should win. Replace: the parameters of your paper.
    generator : torch.Generator
        Where the initial weights are drawn from.
    """

    def __init__(self, n_features: int, n_attributes: int, *, margin: float, generator: torch.Generator) -> None:
        super().__init__()
        self.margin = margin
        self.map = linear(n_features, n_attributes, generator, bias=False)  # Replace: your modules.

    def embed(self, X: Tensor) -> Tensor:
        """Embed samples, each on its own; see `CompatibilityMethod.embed`."""
        embedded: Tensor = self.map(X)
        return embedded

    def represent(self, S: Tensor) -> Tensor:
        """Represent classes, each on its own; see `CompatibilityMethod.represent`."""
        return S

    def loss(self, X: Tensor, codes: Tensor, S: Tensor, generator: torch.Generator) -> Tensor:
        """Compute the loss of a batch with class numbers `codes` into `S`; see `TrainedMethod.loss`."""
        scores = self(X, S)  # (sample, class)
        return torch.nn.functional.multi_margin_loss(scores, codes, margin=self.margin)  # Replace.


class MyEpisodic(FewShotMethod):
    r"""Score queries by the distance to class means, in units of a learned temperature; trained on episodes.

    Parameters
    ----------
    backbone : nn.Module or None
        Embeds samples. None takes features as they are.
    temperature : float
        The first value of the temperature, above 0. Replace: the parameters of your paper.
    """

    def __init__(self, backbone: torch.nn.Module | None, *, temperature: float) -> None:
        super().__init__(backbone)
        self.log_temperature = torch.nn.Parameter(torch.tensor(temperature).log())  # Replace: your modules.

    def scores(self, support: Tensor, label: Tensor, query: Tensor, n_way: int, unlabeled: Any = None) -> Tensor:
        """Score queries of many episodes at once; see `FewShotMethod.scores`, and `FewShotMethod.loss` for the loss."""
        distances = squared_distances(query, prototypes(support, label, n_way))  # Replace. (episode, query, way)
        return -distances / self.log_temperature.exp()


class MyFrozen(FewShotMethod):
    """Score queries by the distance to class means, each feature divided by its deviation over the seen classes.

    Parameters
    ----------
    n_features : int
        Width of the samples.
    """

    deviation: Tensor

    def __init__(self, n_features: int) -> None:
        super().__init__(None)
        self.register_buffer("deviation", torch.ones(n_features))  # Replace: what is kept of the seen classes.

    def fit_base(self, features: Tensor, codes: Tensor, n_class: int) -> None:
        """Take statistics of the seen classes, from samples with class numbers from 0 to ``n_class - 1``."""
        self.deviation = features.std(dim=0).clamp_min(1e-6)  # Replace.

    def scores(self, support: Tensor, label: Tensor, query: Tensor, n_way: int, unlabeled: Any = None) -> Tensor:
        """Score queries of many episodes at once; see `FewShotMethod.scores`."""
        means = prototypes(support / self.deviation, label, n_way)  # Replace.
        return -squared_distances(query / self.deviation, means)
