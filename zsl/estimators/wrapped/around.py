"""What an estimator that is wrapped around a fitted one hands on of it."""

from __future__ import annotations

from typing import Any

from numpy.typing import ArrayLike
from sklearn.utils.validation import check_is_fitted

from zsl._typing import FloatArray
from zsl.estimators._calls import reads, snapshot
from zsl.evaluation._fitted import open_fitted


class AroundFitted:
    """Looks through pipelines and searches at the estimator in `estimator_`."""

    estimator_: Any

    @reads
    def class_scores(self, X: Any, classes: ArrayLike | None = None, *, calibrated: bool = False) -> FloatArray:
        """Score samples against classes, as the wrapped estimator does.

        Parameters
        ----------
        X : samples
            As the estimator takes them.
        classes : array of shape (C,) or None, default=None
            The classes to choose among, None for all.
        calibrated : bool, default=False
            Whether the seen-class bias is applied.

        Returns
        -------
        array of shape (n_samples, C)
            Scores, higher for a better match, with columns in the order of `classes`.
        """
        own, samples = self._opened(X)
        found: FloatArray = own.class_scores(samples, classes, calibrated=calibrated)
        return found

    @property
    def seen_bias_(self) -> float:
        """The seen-class bias of the fitted estimator, if it has one."""
        found: float = open_fitted(self.estimator_).estimator.seen_bias_  # type: ignore[attr-defined]
        return found

    def _asked(self, classes: ArrayLike | None) -> Any:
        """The known classes that are asked about, where this one is wrapped itself."""
        own: Any = open_fitted(self.estimator_).estimator
        return own._asked(classes)

    def _opened(self, X: Any) -> tuple[Any, Any]:
        """The fitted estimator as it is now, and samples as it takes them."""
        check_is_fitted(self, "estimator_")
        opened = open_fitted(self.estimator_)
        return snapshot(opened.estimator), opened.transform(X)
