"""What a last step answers that isn't one class: several labels, a set of classes, or a group."""

from __future__ import annotations

from collections.abc import Callable, Collection
from inspect import signature
from typing import Any, TypeVar

from numpy.typing import ArrayLike
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from zsl._docs import documented_like
from zsl.exceptions import InvalidInputError

F = TypeVar("F", bound=Callable[..., Any])
SKIPPED = (None, "passthrough")


def where_last_has_it(method: F) -> F:
    """A method that a pipeline has if its last step has one of that name, as scikit-learn asks."""
    name = method.__name__
    found: F = available_if(lambda pipeline: hasattr(pipeline.steps[-1][1], name))(method)
    return found


def _check_taken(own: Any, method: str, given: Collection[str]) -> None:
    """Refuse options that the last step doesn't take."""
    taken = signature(getattr(own, method)).parameters
    if refused := [name for name in given if name not in taken]:
        raise InvalidInputError(
            f"{refused[0]} was given to {method}, and the last step is a {type(own).__name__}, which doesn't take it; "
            f"wanted {', '.join(list(taken)[1:]) or 'samples alone'}."
        )


class OtherAnswers:
    """Answers that only some estimators give, for samples as the first step takes them."""

    steps: list[tuple[str, Any]]

    @where_last_has_it
    def predict_labels(self, X: Any, classes: ArrayLike | None = None) -> Any:
        """Predict the labels of each sample, where the last step gives several.

        Parameters
        ----------
        X : samples
            As the first step takes them.
        classes : array of shape (C,) or None, default=None
            The classes that compete, None for all.

        Returns
        -------
        list of tuple of label
            Labels per sample, in the order of `classes`, or as the last step gives them.
        """
        return self._answer("predict_labels", X, {"classes": classes})

    @where_last_has_it
    def predict_set(self, X: Any, classes: ArrayLike | None = None, **options: Any) -> Any:
        """Predict the set of classes that each sample may be of, where the last step is a `ConformalClassifier`.

        Parameters
        ----------
        X : samples
            As the first step takes them.
        classes : array of shape (C,) or None, default=None
            The classes that compete, None for all.
        **options : dict of str to object
            `coverage` and `as_labels`, as for `ConformalClassifier.predict_set`.

        Returns
        -------
        bool array of shape (n_samples, C), or list of arrays of labels
            As from the last step.
        """
        return self._answer("predict_set", X, {"classes": classes, **options})

    @where_last_has_it
    @documented_like(predict_labels)
    def predict_rank(self, X: Any, confidence: float = 0.9, *, as_frame: bool = False) -> Any:
        """Answer with a class or a group above it, where the last step is a `RankClassifier`.

        Parameters
        ----------
        confidence : float in [0, 1), default=0.9
            The share of answers that are to be right.
        as_frame : bool, default=False
            Whether to tell more than the labels.

        Returns
        -------
        array of shape (n_samples,), or DataFrame of shape (n_samples, 3 or 4)
            As from the last step.
        """
        return self._answer("predict_rank", X, {"confidence": confidence, "as_frame": as_frame})

    @where_last_has_it
    @documented_like(predict_labels)
    def predict_path(self, X: Any) -> Any:
        """Walk down the tree of classes, where the last step is a `RankClassifier`.

        Returns
        -------
        labels, probabilities : arrays of shape (n_samples, depth + 1)
            As from the last step.
        """
        return self._answer("predict_path", X, {})

    @where_last_has_it
    @documented_like(predict_labels)
    def predict_node_proba(self, X: Any) -> Any:
        """Give the probability of each class and group, where the last step is a `RankClassifier`.

        Returns
        -------
        DataFrame of shape (n_samples, node)
            As from the last step.
        """
        return self._answer("predict_node_proba", X, {})

    def _answer(self, method: str, X: Any, options: dict[str, Any]) -> Any:
        """What the last step answers; options that are None are left to it."""
        own, samples = self._opened(X)
        given = {name: value for name, value in options.items() if value is not None}
        if given:
            _check_taken(own, method, given)
        return getattr(own, method)(samples, **given)

    def _opened(self, X: Any) -> tuple[Any, Any]:
        """The last step, and samples as it gets them: of one state of the pipeline, whatever other threads fit."""
        check_is_fitted(self)
        *before, (_, own) = self.steps
        for _, step in before:
            if X is not None and step not in SKIPPED:
                X = step.transform(X)
        return own, X
