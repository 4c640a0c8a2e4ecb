"""What a fitted estimator consists of: saved, and put together again from a file."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted
from torch import nn

from zsl._device import plain_torch
from zsl.estimators._calls import reads
from zsl.estimators._parameters import Parametrised
from zsl.exceptions import InvalidInputError, ModelFileError
from zsl.persistence.codec import Tensors, is_plain, pack, plain, unpack
from zsl.persistence.folder import write_model

_NOT_STORED = ("semantics", "device", "verbose")
_MAY_LACK = ("feature_names_in_", "history_")


class Stateful(Parametrised, ABC):
    """An estimator that declares its state, and is saved by it.

    The names in `_state`, those of bases included, are what `fit` found out; everything else follows from them.
    Parameters are stored if they are numbers, strings or collections of these, and as None otherwise.
    """

    _state: ClassVar[tuple[str, ...]] = ("n_features_in_", "feature_names_in_")
    _own_module: ClassVar[str | None] = None
    """The parameter that may hold a module of the user's, whose code a file can't hold."""

    @abstractmethod
    def _check_state(self) -> None:
        """Raise unless the parts of a loaded estimator work together."""

    def _set_state(self, state: dict[str, Any]) -> None:
        """Take over what was stored; a subclass builds its modules, and works out what follows."""
        for name, value in state.items():
            setattr(self, name, value)

    @classmethod
    def _state_names(cls) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for base in cls.__mro__[::-1] for name in vars(base).get("_state", ())))

    @reads
    def save(self, path: str | PathLike[str]) -> None:
        """Save the fitted estimator in a folder: tensors as safetensors, the rest as JSON; `zsl.load` reads it.

        Parameters
        ----------
        path : str or path
            The folder. It is written under a temporary name and moved into place; an older model there is replaced.

        Raises
        ------
        InvalidInputError
            If something other than a model lies at `path`, or labels are of a type that JSON doesn't have.
        """
        check_is_fitted(self)
        given: dict[str, Any] = self.get_params(deep=False)  # type: ignore[attr-defined]
        kept = {
            name: plain(value) if is_plain(value) else None for name, value in given.items() if name not in _NOT_STORED
        }
        tensors: Tensors = {}
        state = {name: getattr(self, name) for name in self._state_names() if hasattr(self, name)}
        header = {
            "parameters": pack(kept, "parameters", tensors),
            "own_module": isinstance(given.get(self._own_module or ""), nn.Module),
            "state": {name: pack(value, name, tensors) for name, value in state.items()},
        }
        write_model(path, type(self).__name__, header, tensors)

    @classmethod
    def _loaded(cls, header: dict[str, Any], tensors: Tensors, module: nn.Module | None) -> Self:
        """Put an estimator together from a file and, where it was fitted with one, a module of the user's."""
        own = header.get("own_module")
        if own != (module is not None):
            wanted = "the model was fitted with one of yours" if own else "the model was fitted without"
            raise InvalidInputError(f"encoder={type(module).__name__}; {wanted}, and a file holds weights but no code.")
        with plain_torch(), _fitting_parts(InvalidInputError if own else ModelFileError):
            state = {name: unpack(value, tensors) for name, value in header["state"].items()}
            if not set(state) <= set(cls._state_names()):
                raise ModelFileError(f"The model has parts that a {cls.__name__} doesn't have: {sorted(state)}.")
            parameters = unpack(header["parameters"], tensors)
            if "_table" in cls._state_names():
                parameters["semantics"] = state["_table"]
            if cls._own_module is not None and module is not None:
                parameters[cls._own_module] = module
            estimator = cls(**parameters)
            estimator._check_parameters()
            estimator._set_state(state)
            missing = [name for name in cls._state_names() if name not in _MAY_LACK and not hasattr(estimator, name)]
            if missing:
                raise ModelFileError(f"The model's parts don't fit together (it lacks {missing}).")
            estimator._check_state()
        return estimator


@contextmanager
def _fitting_parts(as_it_is: type[Exception]) -> Iterator[None]:
    """Report whatever goes wrong while a model is put together as a corrupt file, except errors of this kind."""
    try:
        yield
    except (ModelFileError, as_it_is):
        raise
    except (KeyError, TypeError, ValueError, RuntimeError, AttributeError, IndexError) as error:
        raise ModelFileError(f"The model's parts don't fit together ({type(error).__name__}: {error}).") from error


def check_finite(values: Any) -> None:
    """Refuse a loaded model whose scores or predictions are not finite."""
    if not np.isfinite(values).all():
        raise ModelFileError("The model's parts don't fit together (its scores are not finite).")
