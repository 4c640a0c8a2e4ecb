"""Scores and predictions over known classes, or some of them, with or without an answer for none of these."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import ArrayLike
from scipy.special import log_softmax
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from zsl._arguments import check_flag, is_number, shown
from zsl._typing import FloatArray, LabelArray
from zsl.classes.strangers import other_label
from zsl.estimators._calls import reads
from zsl.estimators._parameters import check_value, check_whole
from zsl.estimators._probabilities import GivesProbabilities, Weights, under_prior
from zsl.estimators._streaming import by_blocks
from zsl.exceptions import InvalidInputError
from zsl.functional.scores.priors import transport_lift
from zsl.functional.scores.rescaling import csls, mutual_proximity
from zsl.functional.scores.top_k import top_k
from zsl.selection.calibration import Confidence


class PredictsClasses(GivesProbabilities):
    """Score samples against classes, and predict among them.

    A subclass checks samples (`_check_samples`), embeds them (`_embed`), looks up what is known of classes (`_asked`),
    and scores the one against the other (`_score`).
    """

    _confidence = Confidence()
    """How well samples of known classes score at best, measured on held-out seen classes; empty if none were."""

    @abstractmethod
    def _check_samples(self, X: ArrayLike, name: str = "X") -> FloatArray:
        """Check samples against those fitted on."""

    @abstractmethod
    def _embed(self, X: FloatArray) -> FloatArray:
        """Embed checked samples as (n, d), each on its own."""

    @abstractmethod
    def _asked(self, classes: ArrayLike | None) -> Any:
        """What is known of the classes that are asked for."""

    @abstractmethod
    def _score(self, embedded: FloatArray, classes: Any) -> FloatArray:
        """Score embedded samples against classes, (n, C), without a bias."""

    def _calibrated(self, scores: FloatArray, classes: Any) -> FloatArray:
        """Correct scores for favouring the seen classes; a subclass says how."""
        return scores

    def _threshold_among(self, classes: Any, share: float) -> float | None:
        """The best score among these classes that this share of their samples falls short of; None if not measured."""
        return self._confidence.threshold(share, len(classes)) if self._confidence else None

    @reads
    @by_blocks
    def class_scores(self, X: ArrayLike, classes: ArrayLike | None = None, *, calibrated: bool = False) -> FloatArray:
        """Score samples against classes.

        Parameters
        ----------
        X : array of shape (n_samples, n_features)
            Samples.
        classes : array of shape (C,) or None, default=None
            Known classes, each once. None for all, `classes_`.
        calibrated : bool, default=False
            Whether the seen-class bias is applied.

        Returns
        -------
        array of shape (n_samples, C)
            Real scores, higher for a better match, with columns in the order of `classes`.

        Raises
        ------
        InvalidInputError
            If a class isn't known or occurs twice.
        """
        check_is_fitted(self)
        check_flag("calibrated", calibrated)
        samples, known = self._check_samples(X), self._asked(classes)
        scores = self._score(self._embed(samples), known)
        return self._calibrated(scores, known) if calibrated else scores

    @reads
    @under_prior()
    @by_blocks
    def top_classes(
        self, X: ArrayLike, classes: ArrayLike | None = None, *, k: int = 5, prior: Any = None
    ) -> tuple[LabelArray, FloatArray]:
        r"""Find the best classes of each sample.

        Among very many classes, only some are compared with some of the samples at a time, so that scores take bounded
        memory, except for estimators whose scores depend on the other classes, or that calibrate by a gate.

        Parameters
        ----------
        X : array of shape (n_samples, n_features)
            Samples.
        classes : array of shape (C,) or None, default=None
            The classes to choose among. None for all, `classes_`.
        k : int, default=5
            How many classes; all if there are fewer.
        prior : mapping, Series, array of shape (C,), "estimate" or None, default=None
            How frequent classes are, as for `predict`.

        Returns
        -------
        labels : array of shape (n_samples, k)
            The best classes, the best first; of equally good ones the first in `classes`.
        scores : array of shape (n_samples, k)
            Their calibrated scores; with a prior, :math:`g(x, c) + T \log(\pi_c / \max \pi)`.

        Raises
        ------
        InvalidInputError
            If a class isn't known or occurs twice, `k` isn't a whole number above 0, or `prior` isn't one.
        """
        check_is_fitted(self)
        check_whole("k", k)
        samples, known = self._check_samples(X), self._asked(classes)
        values, columns = self._top(samples, known, int(k), self._lift(known, prior))
        return known.labels[columns.numpy()], values.numpy()

    def _top(self, samples: FloatArray, classes: Any, k: int, lift: FloatArray | float = 0.0) -> tuple[Tensor, Tensor]:
        """The best calibrated scores of checked samples, (n, k), falling, and their columns; `lift` is added before."""
        scores = self._calibrated(self._score(self._embed(samples), classes), classes)
        return top_k(torch.as_tensor(scores + lift), k)

    @reads
    @by_blocks
    def decision_function(self, X: ArrayLike) -> FloatArray:
        """Calibrated scores over `classes_`.

        Parameters
        ----------
        X : array of shape (n_samples, n_features)
            Samples.

        Returns
        -------
        array of shape (n_samples, C), or (n_samples,) for two classes
            Scores with the seen-class bias applied; for two classes, that of the second minus that of the first.
        """
        scores = self.class_scores(X, calibrated=True)
        return scores[:, 1] - scores[:, 0] if scores.shape[1] == 2 else scores

    @reads
    @under_prior()
    @by_blocks
    def predict(
        self,
        X: ArrayLike,
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
        X : array of shape (n_samples, n_features)
            Samples.
        classes : array of shape (C,) or None, default=None
            The classes to choose among: the unseen ones for conventional zero-shot prediction. None for all,
            `classes_`, which is generalized zero-shot prediction.
        prior : mapping, Series, array of shape (C,), "estimate" or None, default=None
            How frequent classes are among samples like these: a weight of 0 or more for each class, by label or in
            the order of `classes`; they need not sum to 1. A class of weight 0 is left out, as if it weren't in
            `classes`; in a mapping or Series each class needs an entry, and those of others are ignored. "estimate"
            estimates them from all of `X`: `estimate_prior`. Probabilities are taken to assume that classes count
            alike, so that even weights change nothing; where they assume other frequencies, pass the quotient.
        rescale : {"csls", "mutual_proximity", "transport"} or None, default=None
            Rescale the calibrated scores against hubs, with all of `X` as the reference:
            `zsl.functional.scores.rescaling`; or lift classes until their mean probabilities over `X` are near the
            prior, or even without one, on either side of seen and unseen classes:
            `zsl.functional.scores.priors.transport_lift`. Predictions are then transductive: they depend on the other
            samples. Only "transport" goes with a prior.
        reject : float in [0, 1) or None, default=None
            Answer `reject_label` where the best calibrated score is lower than that of this share of the samples of
            known classes, measured on held-out seen classes. Neither `prior` nor `rescale` changes these scores.
        reject_label : label or None, default=None
            The label for "none of these", which isn't that of a known class; by default -1 for numeric labels and
            "none" for strings.

        Returns
        -------
        array of shape (n_samples,)
            Labels.

        Raises
        ------
        InvalidInputError
            If an option is not one of these, a class isn't known, `reject` is given and `fit` held out no classes, or
            `reject_label` is a known class.
        """
        check_is_fitted(self)
        threshold, none = -np.inf, None
        if reject is not None:
            threshold, none = self._threshold(reject, classes), other_label(self._asked(None).labels, reject_label)
        check_value("rescale", rescale, Literal["csls", "mutual_proximity", "transport"] | None)
        if rescale is None:
            samples, known = self._check_samples(X), self._asked(classes)
            best, columns = self._top(samples, known, 1, self._lift(known, prior))
            predicted = known.labels[columns.numpy()[:, 0]]
            if none is not None and prior is not None:
                best, _ = self._top(samples, known, 1)
            confidence = best.numpy()[:, 0]
        else:
            scores = self.class_scores(X, classes, calibrated=True)
            confidence = scores.max(axis=1)
            predicted = self._asked(classes).labels[self._rescaled(scores, classes, rescale, prior).argmax(axis=1)]
        return predicted if none is None else np.where(confidence < threshold, none, predicted.astype(none.dtype))

    def _rescaled(
        self, scores: FloatArray, classes: ArrayLike | None, rescale: str, prior: Weights | None
    ) -> FloatArray:
        """Calibrated scores of all samples, rescaled by each other."""
        if rescale != "transport":
            if prior is not None:
                raise InvalidInputError(
                    f"prior was given with rescale={rescale!r}; wanted rescale='transport' or None."
                )
            return csls(scores) if rescale == "csls" else mutual_proximity(scores)
        logarithms = log_softmax(scores / self._temperature_among(self._asked(classes)), axis=1)
        weights = np.ones(scores.shape[1]) if prior is None else prior.values
        lift = transport_lift(logarithms, weights, sides=self._sides(self._asked(classes)))
        return np.asarray(logarithms + lift)

    def _threshold(self, reject: float, classes: ArrayLike | None) -> float:
        if not is_number(reject) or not 0 <= reject < 1:
            raise InvalidInputError(f"reject={shown(reject)}; wanted a share in [0, 1).")
        threshold = self._threshold_among(self._asked(classes), float(reject))
        if threshold is None:
            raise InvalidInputError(f"reject was given{self._why_no_threshold()}")
        return threshold

    def _why_no_threshold(self) -> str:
        """Why there is nothing to read a reject threshold from, and which parameter changes that."""
        if not hasattr(self, "cv"):
            return f"; a {type(self).__name__} holds out no classes, so it has no threshold."
        if self.cv is None:
            return " and cv=None, so that fit held out no classes; wanted cv=5, say, in the constructor."
        return (
            f", and fit held out no classes with cv={self.cv!r}; wanted class descriptions, four seen classes or more "
            "with two samples each, and something to choose (seen_bias='auto')."
        )
