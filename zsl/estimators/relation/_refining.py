"""The shell of estimators that use unlabelled samples: kept beside the classes, or those of one call."""

from __future__ import annotations

from typing import Any, Literal, Self
from weakref import WeakKeyDictionary

import numpy as np
import torch
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_is_fitted

from zsl._docs import documented_like
from zsl._typing import FloatArray, LabelArray
from zsl.classes.registry import ClassRegistry
from zsl.estimators._calls import changes, reads
from zsl.estimators._described_classes import SeparateClassesClassifier
from zsl.estimators.relation._choose import Choice
from zsl.estimators.relation._settings import check_prior
from zsl.estimators.relation._unlabeled import log_prior_of, refined_rows
from zsl.exceptions import InvalidInputError
from zsl.functional.linear.origins import unit_rows
from zsl.methods.relation.kernel_relation import KernelRelation


class RefiningClassifier(SeparateClassesClassifier):
    """Refine the representation of unseen classes by unlabelled samples; a subclass chooses how in `_choice`."""

    _choice: Choice
    _unlabeled: FloatArray
    method_: KernelRelation
    class_prior: Any
    distractor: Any
    temperature_: float

    @changes
    @documented_like(SeparateClassesClassifier.add_classes)
    def add_classes(
        self,
        X: ArrayLike | None = None,
        y: ArrayLike | None = None,
        *,
        semantics: Any = None,
        X_unlabeled: ArrayLike | None = None,
    ) -> Self:
        r"""Make classes known, or known better, without fitting again.

        Parameters
        ----------
        X_unlabeled : array of shape (m, n_features) or None, default=None
            Samples of the classes to be predicted, or of none of them, without labels. They are kept, and all
            predictions from then on use them: soft k-means moves the representation of each unseen class that is
            predicted among to :math:`(\kappa' r_c + \sum p(c | x) \hat x) / (\kappa' + \sum p(c | x))`, and scores are
            cosines to that. :math:`\kappa'`, the scale of p and the bias are chosen on held-out seen classes.
        """
        check_is_fitted(self)
        if X_unlabeled is not None:
            self._keep(self._embed(self._check_samples(X_unlabeled, "X_unlabeled")))
        if X_unlabeled is None or not (X is None and y is None and semantics is None):
            super().add_classes(X, y, semantics=semantics)
        return self

    @reads
    @documented_like(SeparateClassesClassifier.predict)
    def predict(
        self,
        X: ArrayLike,
        classes: ArrayLike | None = None,
        *,
        transductive: bool = False,
        prior: Any = None,
        rescale: Literal["csls", "mutual_proximity", "transport"] | None = None,
        reject: float | None = None,
        reject_label: Any = None,
    ) -> LabelArray:
        """Predict the class of each sample.

        Parameters
        ----------
        transductive : bool, default=False
            Whether all of `X` serve as unlabelled samples too, in this call only: see `add_classes`. Each prediction
            then depends on the other samples. Not together with `reject`.
        """
        check_is_fitted(self)
        options = {"prior": prior, "rescale": rescale, "reject": reject, "reject_label": reject_label}
        if not transductive:
            return super().predict(X, classes, **options)
        self._keep(self._embed(self._check_samples(X)))  # of the snapshot that this call works on
        return super().predict(X, classes, **options)

    @changes
    def forget_classes(self) -> Self:
        super().forget_classes()
        self._keep(None)
        return self

    def _keep(self, embedded: FloatArray | None) -> None:
        """Keep embedded unlabelled samples beside those kept so far; None forgets all."""
        if embedded is None:
            self._unlabeled = np.zeros((0, self.method_.sizes.n_features))
        else:
            self._unlabeled = np.concatenate([self._unlabeled, embedded])
        self._refined: WeakKeyDictionary[ClassRegistry, tuple[Any, FloatArray]] = WeakKeyDictionary()

    def __getstate__(self) -> dict[str, Any]:
        state: dict[str, Any] = super().__getstate__()
        if "_refined" in state:
            state = state | {"_refined": None}
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if "_refined" in state:
            self._refined = WeakKeyDictionary()

    def _refines(self, classes: ClassRegistry) -> bool:
        return bool(len(self._unlabeled)) and not bool(classes.seen.all())

    def _score(self, embedded: FloatArray, classes: ClassRegistry) -> FloatArray:
        if not self._refines(classes):
            return super()._score(embedded, classes)
        check_prior("class_prior", self.class_prior)
        prior = self.class_prior if isinstance(self.class_prior, str) else dict(self.class_prior)
        options = prior, bool(self.distractor)
        kept, rows = self._refined.get(classes, (None, None))
        if rows is None or kept != options:
            blocks = [part for _, part in self._represented.blocks(classes, self._represent)]
            rows = refined_rows(
                self._choice.refinement,
                self._unlabeled,
                torch.cat(blocks).cpu().numpy(),
                classes,
                log_prior=log_prior_of(prior, classes.labels),
                estimate_prior=prior == "estimated",
                distractor=options[1],
            )
            self._refined[classes] = options, rows
        found: FloatArray = embedded @ unit_rows(rows).T
        return found * (self.temperature_ / self._choice.refinement.temperature)

    def _bias(self, classes: ClassRegistry) -> FloatArray:
        if self._refines(classes):
            refinement = self._choice.refinement
            lift = refinement.bias * self.temperature_ / refinement.temperature
            return np.where(classes.seen, 0.0, lift)
        shots, values = zip(*self._choice.bias, strict=True)
        lifts: FloatArray = np.interp(np.log1p(classes.counts), np.log1p(shots), values)
        return np.where(classes.seen, 0.0, lifts)

    @property
    def scores_alone(self) -> bool:
        """False once unlabelled samples are kept."""
        return not len(self._unlabeled)

    def _adds_bias(self) -> bool:
        return not len(self._unlabeled)

    def _threshold(self, reject: float, classes: ArrayLike | None) -> float:
        found = super()._threshold(reject, classes)
        if self._refines(self._asked(classes)):
            raise InvalidInputError(
                f"reject={reject} with unlabelled samples, for which no threshold was measured; wanted only one."
            )
        return found
