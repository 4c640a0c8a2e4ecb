"""All samples of a call labelled together: the shell with its class prior, BD-CSPN and LaplacianShot."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from zsl._arguments import shown
from zsl._arrays import named
from zsl._typing import FloatArray, LabelArray
from zsl.classes.pooled import KnownSupport
from zsl.estimators._parameters import NotNegative, Positive, Whole, parameters, whole
from zsl.estimators.few_shot._frozen import FrozenClassifier, Transformed
from zsl.estimators.few_shot._images import Backbone
from zsl.exceptions import InvalidInputError
from zsl.functional.clusters.transduction import checked_prior
from zsl.methods.frozen.bd_cspn import BDCSPN
from zsl.methods.frozen.laplacian_shot import LaplacianShot

Numbers = Sequence[float] | NDArray[Any] | Mapping[Any, float]
Checked = Literal["uniform"] | dict[Any, float] | NDArray[np.float64] | None


def as_prior(prior: Any) -> Checked:
    """Check the parameter, as far as that is possible without knowing the classes."""
    if prior is None or isinstance(prior, str):
        checked_prior(prior)
        return None if prior is None else "uniform"
    shares = dict(prior.items()) if isinstance(prior, (Mapping, pd.Series)) else None
    given = prior if shares is None else list(shares.values())
    try:
        with named("prior"):
            numbers = np.zeros(()) if np.iscomplexobj(given) else np.asarray(given, dtype=np.float64)
    except InvalidInputError:
        numbers = np.zeros(())
    if numbers.ndim != 1:
        raise InvalidInputError(
            f"prior={shown(prior)}; wanted None, 'uniform', one number per class, or a mapping from labels to numbers."
        )
    checked_prior(numbers)
    return numbers if shares is None else dict(zip(shares, numbers.tolist(), strict=True))


def check_prior(name: str, value: Any) -> None:
    """Refuse what is no prior."""
    as_prior(value)


@parameters
class TransductiveClassifier(Transformed, FrozenClassifier):
    """Label all samples of a call together, with or without knowledge of how they are spread over the classes.

    A prior that names classes is put in their order whenever samples are scored, so that it fits any subset of them.

    Parameters
    ----------
    prior : None, "uniform", array of shape (C,) or mapping from label to number
        How the samples of a call are spread over the classes, as shares or counts above 0. An array goes by the order
        of `classes_`, a mapping or Series by labels, and may name more classes than are known. Among a part of the
        classes their numbers are scaled to sum to 1. None uses no such knowledge. It is read when samples are scored,
        so ``set_params(prior=...)`` needs no new fit. `zsl.evaluation.measure_episodes` makes use of "uniform" only.
    """

    prior: Annotated[Literal["uniform"] | Numbers | None, check_prior] = None
    _transductive = True

    def _prior_of_episodes(self) -> Literal["uniform"] | None:
        """What of the prior makes sense for classes that aren't those of the estimator."""
        return "uniform" if isinstance(self.prior, str) else None

    def _score(self, embedded: FloatArray, classes: KnownSupport) -> FloatArray:
        # Copies share all tensors; calls at the same time don't disturb each other's prior.
        one_call = copy.copy(self)
        method: Any = copy.copy(self.method_)
        method.prior = self._prior_of(classes.labels)
        one_call.method_ = method
        return super(TransductiveClassifier, one_call)._score(embedded, classes)

    def _prior_of(self, labels: LabelArray) -> Literal["uniform"] | tuple[float, ...] | None:
        """Shares of some of the known classes, in the order of `labels`."""
        prior = as_prior(self.prior)
        if prior is None or isinstance(prior, str):
            return checked_prior(prior)
        if isinstance(prior, dict):
            missing = [label for label in labels.tolist() if label not in prior]
            if missing:
                raise InvalidInputError(
                    f"prior has no number for {missing[:5]}; wanted one for each class predicted among."
                )
            return checked_prior([prior[label] for label in labels.tolist()])
        if len(prior) != len(self._classes):
            raise InvalidInputError(
                f"prior has {len(prior)} numbers; wanted {len(self._classes)}, one for each of the known classes."
            )
        return checked_prior(prior[self._classes.columns(labels)])


@parameters
class BDCSPNClassifier(TransductiveClassifier):
    r"""Class of the nearest prototype, after all samples of the call have rectified the prototypes (BD-CSPN).

    The method of J. Liu, L. Song and Y. Qin, "Prototype Rectification for Few-Shot Learning", 2020, arXiv:1911.10713;
    see `zsl.methods.frozen.bd_cspn.BDCSPN` for the steps and departures from the paper.

    Transductive: predictions depend on the other samples of the same call. It is meant for calls with several samples
    of each class that is chosen among; a single sample is not shifted.

    Parameters
    ----------
    sharpness : float
        What cosines are multiplied by before a softmax, above 0.
    n_confident : int or None
        How many samples of a call become members of a class, 1 or more. None makes each sample a member of every class,
        weighted by its soft label.

    See Also
    --------
    LaplacianShotClassifier : Neighbours count, too.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from zsl import BDCSPNClassifier
    >>> X, y = load_digits(return_X_y=True)
    >>> clf = BDCSPNClassifier(prior={8: 1, 9: 1}).fit(X[y < 8], y[y < 8])
    >>> clf.add_classes(X[[8, 9]], y[[8, 9]])
    BDCSPNClassifier(prior={8: 1, 9: 1})  # transductive
    >>> bool((clf.predict(X[y > 7], classes=[8, 9]) == y[y > 7]).mean() > 0.8)
    True
    """

    sharpness: Positive = 10.0
    n_confident: Whole | None = 8

    def _make(self, backbone: Backbone | None, n_features: int, generator: torch.Generator) -> BDCSPN:
        return BDCSPN(
            None,
            n_features=n_features,
            transform=self.feature_transform,
            sharpness=float(self.sharpness),
            n_confident=None if self.n_confident is None else int(self.n_confident),
            prior=self._prior_of_episodes(),
        )


@parameters
class LaplacianShotClassifier(TransductiveClassifier):
    r"""Labels of all samples of a call together: near a prototype, and like their nearest neighbours (LaplacianShot).

    The method of I. M. Ziko, J. Dolz, E. Granger and I. Ben Ayed, "Laplacian Regularized Few-Shot Learning", 2020,
    arXiv:2006.15486; see `zsl.methods.frozen.laplacian_shot.LaplacianShot` for the updates and departures from the
    paper.

    Transductive: predictions depend on the other samples of the same call. It is meant for calls with several samples
    of each class that is chosen among. Memory grows with the square of the number of samples of a call.

    Parameters
    ----------
    n_neighbors : int
        Neighbours of a sample, 1 or more; with fewer other samples in a call, all of them.
    strength : float
        Weight of the labels of the neighbours against the squared distance to a prototype, 0 or more.
    n_iterations : int
        Number of updates, 0 or more.
    sharpness : float
        What cosines are multiplied by when prototypes are rectified, above 0.

    See Also
    --------
    BDCSPNClassifier : Rectified prototypes alone.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from zsl import LaplacianShotClassifier
    >>> X, y = load_digits(return_X_y=True)
    >>> clf = LaplacianShotClassifier(prior="uniform").fit(X[y < 8], y[y < 8])
    >>> clf.add_classes(X[[8, 9]], y[[8, 9]])
    LaplacianShotClassifier(prior='uniform')  # transductive
    >>> bool((clf.predict(X[y > 7], classes=[8, 9]) == y[y > 7]).mean() > 0.8)
    True
    """

    n_neighbors: Whole = 3
    strength: NotNegative = 0.7
    n_iterations: Annotated[int, whole(0)] = 20
    sharpness: Positive = 10.0

    def _make(self, backbone: Backbone | None, n_features: int, generator: torch.Generator) -> LaplacianShot:
        return LaplacianShot(
            None,
            n_features=n_features,
            transform=self.feature_transform,
            n_neighbors=int(self.n_neighbors),
            strength=float(self.strength),
            n_iterations=int(self.n_iterations),
            sharpness=float(self.sharpness),
            prior=self._prior_of_episodes(),
        )
