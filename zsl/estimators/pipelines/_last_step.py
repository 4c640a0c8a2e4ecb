"""What the last step of a pipeline does, for samples as the first step takes them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from typing import Any, Literal, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from zsl._arrays import host_array
from zsl._docs import documented_like
from zsl._typing import FloatArray, LabelArray
from zsl.encoders import ImageEncoder, TextEncoder
from zsl.estimators._calls import lock_of
from zsl.estimators._class_tables import add_given
from zsl.estimators.pipelines._other_answers import SKIPPED, OtherAnswers, where_last_has_it
from zsl.exceptions import InvalidInputError


class LastStep(OtherAnswers):
    """The methods of an estimator whose classes come and go, behind other steps."""

    @where_last_has_it
    def predict(
        self,
        X: Any,
        classes: ArrayLike | None = None,
        *,
        prior: Any = None,
        rescale: Literal["csls", "mutual_proximity", "transport"] | None = None,
        reject: float | None = None,
        reject_label: Any = None,
    ) -> LabelArray:
        """Predict the class of each sample.

        Parameters
        ----------
        X : samples
            As the first step takes them.
        classes : array of shape (C,) or None, default=None
            The classes to choose among, None for all. This and the rest as for `predict` of the last step.
        prior : mapping, Series, array of shape (C,), "estimate" or None, default=None
            How frequent classes are.
        rescale : {"csls", "mutual_proximity", "transport"} or None, default=None
            Rescale scores against hubs, or until classes are as frequent as the prior says.
        reject : float in [0, 1) or None, default=None
            Answer `reject_label` at this false-reject rate.
        reject_label : label or None, default=None
            The label for none of the classes.

        Returns
        -------
        array of shape (n_samples,)
            Labels.

        Raises
        ------
        InvalidInputError
            If a step refuses its input, or an option isn't one of these.
        """
        given = {"classes": classes, "prior": prior, "rescale": rescale, "reject": reject, "reject_label": reject_label}
        labels: LabelArray = self._answer("predict", X, given)
        return labels

    @where_last_has_it
    @documented_like(predict)
    def predict_proba(self, X: Any, classes: ArrayLike | None = None, *, prior: Any = None) -> FloatArray:
        """Give the probability of each class.

        Returns
        -------
        array of shape (n_samples, C)
            Rows that sum to 1, with columns in the order of `classes`.
        """
        found: FloatArray = self._answer("predict_proba", X, {"classes": classes, "prior": prior})
        return found

    @where_last_has_it
    @documented_like(predict)
    def predict_log_proba(self, X: Any, classes: ArrayLike | None = None, *, prior: Any = None) -> FloatArray:
        """Give the logarithm of the probability of each class.

        Returns
        -------
        array of shape (n_samples, C)
            Log-probabilities, with columns in the order of `classes`.
        """
        found: FloatArray = self._answer("predict_log_proba", X, {"classes": classes, "prior": prior})
        return found

    @where_last_has_it
    @documented_like(predict)
    def estimate_prior(self, X: Any, classes: ArrayLike | None = None) -> pd.Series:
        """Estimate how frequent classes are among samples without labels.

        Returns
        -------
        Series of shape (C,)
            Shares by label, in the order of `classes`.
        """
        found: pd.Series = self._answer("estimate_prior", X, {"classes": classes})
        return found

    @where_last_has_it
    @documented_like(predict)
    def class_scores(self, X: Any, classes: ArrayLike | None = None, *, calibrated: bool = False) -> FloatArray:
        """Score samples against classes.

        Parameters
        ----------
        calibrated : bool, default=False
            Whether the seen-class bias is applied.

        Returns
        -------
        array of shape (n_samples, C)
            Scores, higher for a better match, with columns in the order of `classes`.
        """
        found: FloatArray = self._answer("class_scores", X, {"classes": classes, "calibrated": calibrated or None})
        return found

    @where_last_has_it
    @documented_like(predict)
    def top_classes(
        self, X: Any, classes: ArrayLike | None = None, *, k: int = 5, prior: Any = None
    ) -> tuple[LabelArray, FloatArray]:
        """Find the best classes of each sample.

        Parameters
        ----------
        k : int, default=5
            How many classes; all if there are fewer.

        Returns
        -------
        labels : array of shape (n_samples, k)
            The best classes, the best first.
        scores : array of shape (n_samples, k)
            Their calibrated scores.
        """
        labels, scores = self._answer("top_classes", X, {"classes": classes, "k": k, "prior": prior})
        return labels, scores

    @where_last_has_it
    def explain(self, x: Any, among: Sequence[Any] | None = None, **options: Any) -> pd.DataFrame:
        """Show what speaks for one class and against another, for one sample.

        Parameters
        ----------
        x : sample
            One sample: a path or an image where the first step encodes images, a text where it encodes texts, else an
            array of shape (n_features,) or (1, n_features).
        among : sequence of two labels or None, default=None
            The class to speak for and the class to speak against. None for the predicted one and the runner-up.
        **options : dict of str to object
            Those of `explain` of the last step.

        Returns
        -------
        DataFrame
            One row per attribute, as from the last step.

        Raises
        ------
        InvalidInputError
            If `x` isn't one sample, or a class isn't known.
        """
        own, samples = self._opened(self._as_batch(x))
        found: pd.DataFrame = own.explain(np.asarray(samples), among=among, **options)
        return found

    @where_last_has_it
    def add_classes(self, X: Any = None, y: ArrayLike | None = None, *, semantics: Any = None, **options: Any) -> Self:
        """Make classes known, or known better, without fitting again.

        Parameters
        ----------
        X : samples or None, default=None
            Support samples as the first step takes them.
        y : array of shape (n_samples,) or None, default=None
            Their labels.
        semantics : DataFrame, mapping, Semantics or None, default=None
            Rows of classes, in any form that the last step takes.
        **options : dict of str to object
            Others that the last step takes, such as `parent` of a `RankClassifier`.

        Returns
        -------
        self
            The pipeline, whose last step is changed in place. A call that raises changes nothing.

        Raises
        ------
        InvalidInputError
            If nothing is given, only one of `X` and `y` is, a step refuses its input, or the last one doesn't take
            what is given.
        SemanticsError
            If the rows cannot be used.
        """
        with lock_of(self):
            own, samples = self._opened(X)
            add_given(own, samples, y, semantics, **options)
        return self

    @where_last_has_it
    def remove_classes(self, labels: ArrayLike) -> Self:
        """Forget classes: they are no longer predicted.

        Parameters
        ----------
        labels : label or array of labels
            Known classes. At least one has to stay.

        Returns
        -------
        self
            The pipeline, whose last step is changed in place. A call that raises changes nothing.

        Raises
        ------
        InvalidInputError
            If a label isn't known, or no class would be left.
        """
        with lock_of(self):
            self._opened(None)[0].remove_classes(labels)
        return self

    @where_last_has_it
    def forget_classes(self) -> Self:
        """Forget all classes, so that those added next are the only ones.

        Returns
        -------
        self
            The pipeline, whose last step is changed in place.
        """
        with lock_of(self):
            self._opened(None)[0].forget_classes()
        return self

    def _as_batch(self, x: Any) -> Any:
        """One sample as a batch of one, as the first step takes it."""
        first = next((step for _, step in self.steps if step not in SKIPPED), None)
        if isinstance(first, (ImageEncoder, TextEncoder)):
            whole = isinstance(x, (list, tuple, pd.Series, pd.DataFrame)) or getattr(x, "ndim", 0) in (1, 4)
            batch = x if whole and not isinstance(x, (str, PurePath)) else [x]
            if len(batch) != 1:
                raise InvalidInputError(f"x has {len(batch)} samples; wanted one.")
            return batch
        sample = host_array("x", x) if not isinstance(x, pd.DataFrame) else x
        return sample[None] if sample.ndim == 1 else sample
