"""What a fitted estimator consists of: saved, and put together again from a file."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from os import PathLike
from typing import Any, ClassVar, Self, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted
from torch import Tensor, nn

from zsl._device import plain_torch
from zsl.estimators._calls import reads
from zsl.estimators._parameters import Parametrised
from zsl.estimators.catalog import BY_NAME
from zsl.exceptions import InvalidInputError, ModelFileError
from zsl.persistence.codec import Tensors, is_plain, pack, plain, unpack
from zsl.persistence.folder import check_target, write_model
from zsl.persistence.header import canonical, parsed
from zsl.persistence.kinds import is_of

Built = TypeVar("Built", bound=nn.Module)
Weights = dict[str, Tensor]
"""What is stored of a module."""
_NOT_STORED = ("semantics", "device", "verbose")
_MAY_LACK = ("feature_names_in_", "history_", "_calibration")


class Stateful(Parametrised, ABC):
    """An estimator that declares its state, and is saved by it.

    The names in `_state`, those of bases included, are what `fit` found out, each with its type; everything else
    follows from them. Parameters are stored if they are numbers, strings or collections of these, and as None
    otherwise.
    """

    _state: ClassVar[Mapping[str, Any] | Iterable[str]] = {"n_features_in_": int, "feature_names_in_": NDArray[Any]}
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
    def _state_kinds(cls) -> dict[str, Any]:
        kinds: dict[str, Any] = {}
        for base in cls.__mro__[::-1]:
            own = vars(base).get("_state", ())
            kinds |= own if isinstance(own, Mapping) else dict.fromkeys(own, Any)
        return kinds

    @reads
    def save(self, path: str | PathLike[str]) -> None:
        """Save the fitted estimator in a folder: tensors as safetensors, the rest as JSON; `zsl.load` reads it.

        At every moment the older model, if there was one, or this one stands at `path`, whatever happens meanwhile.
        Other files there are left alone. Nothing is saved that `zsl.load` wouldn't read.

        Parameters
        ----------
        path : str or path
            The folder: a new or an empty one, or one that holds a model, which is replaced. A link is followed.

        Raises
        ------
        InvalidInputError
            If something other than a model lies at `path`, or the estimator couldn't be loaded again: parts of it are
            of a kind that isn't stored, parameters that were set after `fit` don't go with the rest, or its class has
            the name of another one of this package.
        ModelFileError
            If the files cannot be written, or a part isn't finite.
        """
        check_is_fitted(self)
        check_target(path)
        cls, name = type(self), type(self).__name__
        if name in BY_NAME and BY_NAME[name].load() is not cls:
            raise InvalidInputError(
                f"{cls.__module__}.{name} cannot be saved: `zsl.load` would take it for the {name} of this package. "
                "Wanted a class with a name of its own, which is then loaded with known=[...]."
            )
        header, tensors = self._packed()
        module = getattr(self, self._own_module) if header["own_module"] else None  # type: ignore[arg-type]
        if all(np.isfinite(tensor).all() for tensor in tensors.values() if tensor.dtype.kind == "f"):
            try:
                cls._loaded(parsed(canonical(header)), tensors, module)
            except (ModelFileError, ValueError) as error:
                raise InvalidInputError(
                    f"The {name} cannot be saved: what would be written couldn't be loaded. {error}"
                ) from error
        write_model(path, name, header, tensors)

    def _packed(self) -> tuple[dict[str, Any], Tensors]:
        """What a file holds of the estimator."""
        given: dict[str, Any] = self.get_params(deep=False)  # type: ignore[attr-defined]
        kept = {
            name: plain(value) if is_plain(value) else None for name, value in given.items() if name not in _NOT_STORED
        }
        tensors: Tensors = {}
        state = {name: getattr(self, name) for name in self._state_kinds() if hasattr(self, name)}
        header = {
            "parameters": pack(kept, "parameters", tensors),
            "own_module": isinstance(given.get(self._own_module or ""), nn.Module),
            "state": {name: pack(value, name, tensors) for name, value in state.items()},
        }
        return header, tensors

    @classmethod
    def _loaded(cls, header: dict[str, Any], tensors: Tensors, module: nn.Module | None) -> Self:
        """Put an estimator together from a file and, where it was fitted with one, a module of the user's."""
        own = header["own_module"]
        if own != (module is not None):
            wanted = "the model was fitted with one of yours" if own else "the model was fitted without"
            raise InvalidInputError(f"encoder={type(module).__name__}; {wanted}, and a file holds weights but no code.")
        with plain_torch(), _fitting_parts(InvalidInputError if own else ModelFileError), np.errstate(all="ignore"):
            kinds, state = cls._state_kinds(), header["state"]
            lacking, odd = sorted(set(kinds) - set(_MAY_LACK) - set(state)), sorted(set(state) - set(kinds))
            check_together(not odd, f"it has parts that a {cls.__name__} doesn't have, {odd[:5]}")
            check_together(not lacking, f"it lacks {lacking[:5]}")
            state = {name: unpack(value, tensors) for name, value in state.items()}
            for name, value in state.items():
                check_together(is_of(value, kinds[name]), f"{name} is a {type(value).__name__}, {str(value)[:80]}")
            names = state.get("feature_names_in_")
            check_together(state["n_features_in_"] > 0, "it has no features")
            check_together(
                names is None or (names.dtype.kind == "O" and names.shape == (state["n_features_in_"],)),
                "names and number of features differ",
            )
            parameters = unpack(header["parameters"], tensors)
            if "_table" in kinds:
                parameters["semantics"] = state["_table"]
            if cls._own_module is not None and module is not None:
                parameters[cls._own_module] = module
            estimator = cls(**parameters)
            estimator._check_parameters()
            estimator._set_state(state)
            estimator._check_state()
            _check_same(header, tensors, *estimator._packed())
        return estimator


def check_together(good: Any, what: str) -> None:
    """Refuse parts of a loaded model that don't fit together, and say which."""
    if not good:
        raise ModelFileError(f"The model's parts don't fit together ({what}).")


def check_finite(values: Any) -> None:
    """Refuse a loaded model whose scores or predictions are not finite."""
    check_together(np.isfinite(values).all(), "its scores are not finite")


def filled(build: Callable[[], Built], weights: Weights) -> Built:
    """Build a module and load stored weights into it.

    It is first built without memory. Only if shapes and types are then those of the weights is it built in earnest, so
    that what it takes follows from what is stored, whatever sizes it was built by.
    """
    wanted = {name: (part.shape, part.dtype) for name, part in blank(build).state_dict().items()}
    found = {name: (part.shape, part.dtype) for name, part in weights.items()}
    odd = sorted(name for name in {*wanted, *found} if wanted.get(name) != found.get(name))
    check_together(not odd, f"the weights {odd[:3]} have other shapes or types than its parameters say")
    module = build()
    module.load_state_dict(weights)
    return module


def blank(build: Callable[[], Built]) -> Built:
    """Build a module whose tensors have shapes and no memory."""
    with torch.device("meta"):
        return build()


@contextmanager
def _fitting_parts(as_it_is: type[Exception]) -> Iterator[None]:
    """Report whatever goes wrong while a model is put together as a corrupt file, except errors of this kind."""
    try:
        yield
    except (ModelFileError, as_it_is):
        raise
    except Exception as error:
        raise ModelFileError(f"The model's parts don't fit together ({type(error).__name__}: {error}).") from error


def _check_same(header: dict[str, Any], tensors: Tensors, again: dict[str, Any], more: Tensors) -> None:
    """Refuse a model that would be saved as another one: parts are unknown, unused or not in their usual form."""
    kept = {name: again["parameters"].get(name) for name in header["parameters"]}
    for part, found, wanted in (("parameters", header["parameters"], kept), ("state", header["state"], again["state"])):
        odd = sorted(n for n in {*found, *wanted} if canonical(found.get(n)) != canonical(wanted.get(n)))
        check_together(not odd, f"{part} {odd[:3]} are not as they are saved")
    odd = sorted({*tensors} ^ {*more})
    odd = odd or sorted(n for n in more if tensors[n].dtype != more[n].dtype or not np.array_equal(tensors[n], more[n]))
    check_together(not odd, f"the tensors {odd[:3]} are not as they are saved")
