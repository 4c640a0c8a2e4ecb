"""What every public call does: it reads one whole state, or leaves another one, whatever goes on in other threads.

An estimator's attributes are never changed in place. A call that changes them works on a draft, and publishes its
attributes in one step when all went well; a call that reads takes a snapshot of them first. So nobody sees half of a
change, a call that raises leaves no trace, and of several changes at a time each builds on the one before.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast
from weakref import WeakKeyDictionary

from sklearn.pipeline import Pipeline

from zsl._device import plain_torch
from zsl.exceptions import InvalidInputError

E = TypeVar("E")
F = TypeVar("F", bound=Callable[..., Any])


class _Locks:
    """A lock for each estimator that is changed, beside the estimators: it isn't copied, pickled or saved with them."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._of: WeakKeyDictionary[Any, threading.RLock] = WeakKeyDictionary()

    def of(self, estimator: Any) -> Any:
        """The lock of an estimator, the same for all threads."""
        with self._guard:
            return self._of.setdefault(estimator, threading.RLock())


_locks = _Locks()


def lock_of(estimator: Any) -> Any:
    """The lock under which an estimator is changed."""
    return _locks.of(estimator)


if hasattr(os, "register_at_fork"):  # locks that other threads held would stay locked in the child
    os.register_at_fork(after_in_child=_locks.__init__)  # type: ignore[misc]


def snapshot(estimator: E) -> E:
    """Another estimator with the attributes of this one at this moment; it shares all values."""
    found: Any = object.__new__(type(estimator))
    found.__dict__ = vars(estimator).copy()
    return cast("E", found)


def detached(estimator: E) -> E:
    """A copy whose classes may change without a trace in the estimator: wrappers and pipelines go down to the last."""
    found: Any = snapshot(estimator)
    if isinstance(found, Pipeline):
        *before, (name, last) = found.steps
        found.steps = [*before, (name, detached(last))]
    for name in ("estimator_", "best_estimator_"):
        if name in vars(found):
            setattr(found, name, detached(getattr(found, name)))
    return cast("E", found)


def reads(method: F) -> F:
    """Let a method see one state of the estimator from beginning to end, and the usual settings of PyTorch."""

    @wraps(method)
    def called(self: Any, *args: Any, **options: Any) -> Any:
        with plain_torch():
            return method(snapshot(self), *args, **options)

    return cast("F", called)


def changes(method: F) -> F:
    """Let a method change the estimator as a whole or, if it raises, not at all; one such call at a time.

    It works on a draft, with the usual settings of PyTorch, and returns the estimator.
    """

    @wraps(method)
    def called(self: Any, *args: Any, **options: Any) -> Any:
        with plain_torch(), lock_of(self):
            draft = snapshot(self)
            before = vars(draft).copy()
            method(draft, *args, **options)
            _publish(self, before, vars(draft))
        return self

    return cast("F", called)


def refusing_weights(fit: F) -> F:
    """Let a `fit` that takes no `sample_weight` say so by the name of its estimator."""

    @wraps(fit)
    def called(self: Any, *args: Any, **options: Any) -> Any:
        if options.pop("sample_weight", None) is not None:
            name = type(self).__name__
            raise InvalidInputError(
                f"{name} has no meaning for sample_weight; wanted None, or an estimator that solves for weighted "
                "samples, such as ESZSLClassifier."
            )
        return fit(self, *args, **options)

    return cast("F", called)


def _publish(estimator: Any, before: dict[str, Any], after: dict[str, Any]) -> None:
    """Bring what changed to the estimator in one step; parameters that were set meanwhile stay."""
    changed = {name: value for name, value in after.items() if name not in before or before[name] is not value}
    kept = {name: value for name, value in vars(estimator).items() if name in after or name not in before}
    estimator.__dict__ = kept | changed
