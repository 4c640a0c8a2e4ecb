"""The shell of the frozen estimators that label all images of a call together, and the class prior they may use."""

import copy
import reprlib
from collections.abc import Mapping
from typing import Any, Literal, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from torch import nn

from zsl._typing import FloatArray, LabelArray
from zsl.classes.pooled import KnownSupport
from zsl.estimators._packing import Header, Tensors, fitting_parts, plain
from zsl.estimators.few_shot._frozen import FrozenClassifier
from zsl.exceptions import InvalidInputError
from zsl.functional.clusters.transduction import checked_prior
from zsl.methods.frozen.bd_cspn import BDCSPN
from zsl.methods.frozen.laplacian_shot import LaplacianShot

_OF_LABEL = "of_label"


class TransductiveClassifier(FrozenClassifier):
    """Label all images of a call together, with or without knowledge of how they are spread over the classes.

    A prior that names classes is put in their order whenever images are scored, so that it fits any subset of them.
    """

    prior: Any
    method_: BDCSPN | LaplacianShot
    _transductive = True

    def _prior_of_episodes(self) -> Literal["uniform"] | None:
        """What of the prior makes sense for classes that aren't those of the estimator."""
        return "uniform" if isinstance(self.prior, str) else None

    def _score(self, embedded: FloatArray, classes: KnownSupport) -> FloatArray:
        # Copies share all tensors; calls at the same time don't disturb each other's prior.
        one_call = copy.copy(self)
        one_call.method_ = copy.copy(self.method_)
        one_call.method_.prior = self._prior_of(classes.labels)
        return super(TransductiveClassifier, one_call)._score(embedded, classes)

    def _prior_of(self, labels: LabelArray) -> Literal["uniform"] | tuple[float, ...] | None:
        """Shares of some of the known classes, in the order of `labels`."""
        prior = self._checked_prior()
        if prior is None or isinstance(prior, str):
            return checked_prior(prior)
        if isinstance(prior, dict):
            missing = [label for label in labels.tolist() if label not in prior]
            if missing:
                raise InvalidInputError(
                    f"prior says nothing of {missing[:5]}; wanted a number for each class that is chosen among."
                )
            return checked_prior([prior[label] for label in labels.tolist()])
        if len(prior) != len(self._classes):
            raise InvalidInputError(
                f"prior has {len(prior)} numbers; wanted {len(self._classes)}, one for each of the known classes."
            )
        return checked_prior(prior[self._classes.columns(labels)])

    def _checked_prior(self) -> Literal["uniform"] | dict[Any, float] | NDArray[np.float64] | None:
        """Check the parameter, as far as that is possible without knowing the classes."""
        prior = self.prior
        if prior is None or isinstance(prior, str):
            checked_prior(prior)
            return None if prior is None else "uniform"
        shares = dict(prior.items()) if isinstance(prior, (Mapping, pd.Series)) else None
        try:
            numbers = np.asarray(prior if shares is None else list(shares.values()), dtype=np.float64)
        except (TypeError, ValueError):
            numbers = np.zeros(())
        if numbers.ndim != 1:
            found = " ".join(reprlib.repr(prior).split())
            raise InvalidInputError(
                f"prior={found}; wanted None, 'uniform', one number a class, or a mapping from labels to numbers."
            )
        checked_prior(numbers)
        return numbers if shares is None else dict(zip(shares, numbers.tolist(), strict=True))

    def _pack(self) -> tuple[Header, Tensors]:
        header, tensors = super()._pack()
        prior = self._checked_prior()
        # JSON has only strings as keys, and labels may be numbers.
        kept = {_OF_LABEL: [list(pair) for pair in prior.items()]} if isinstance(prior, dict) else prior
        header["parameters"]["prior"] = plain(kept)
        return header, tensors

    def _restore(self, header: dict[str, Any], tensors: dict[str, NDArray[Any]], encoder: nn.Module | None) -> Self:
        with fitting_parts(InvalidInputError):
            prior = header["parameters"]["prior"]
            if isinstance(prior, dict):
                prior = dict(prior[_OF_LABEL])
            without = {**header["parameters"], "prior": prior if isinstance(prior, str) else None}
            # A prior may be meant for classes that are added later, so it is not held against those that are there.
            super()._restore({**header, "parameters": without}, tensors, encoder)
            self.prior = tuple(prior) if isinstance(prior, list) else prior
            self._checked_prior()
        return self
