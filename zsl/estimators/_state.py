"""What a fitted estimator consists of: saved, and put together again from a file."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, Self, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from zsl._device import plain_torch
from zsl.encoders.fingerprint import Fingerprint
from zsl.estimators._parameters import Parametrised
from zsl.estimators.saving.encoders import as_stored, as_untrusted
from zsl.estimators.saving.given import Given
from zsl.estimators.saving.models import Savable, check_same, fitting_parts
from zsl.estimators.saving.models import check_together as check_together
from zsl.exceptions import InvalidInputError, ModelFileError
from zsl.persistence.codec import Tensors, is_plain, pack, plain, unpack
from zsl.persistence.kinds import is_of

Built = TypeVar("Built", bound=nn.Module)
Weights = dict[str, Tensor]
"""What is stored of a module."""
_NOT_STORED = ("semantics", "device", "verbose")
_MAY_LACK = ("feature_names_in_", "history_", "pretrain_history_", "_text_mark", "_calibration")


class Stateful(Parametrised, Savable, ABC):
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

    def _given(self) -> Given:
        module = getattr(self, self._own_module, None) if self._own_module else None
        return Given(encoder=module if isinstance(module, nn.Module) else None, known={type(self).__name__: type(self)})

    def _packed(self) -> tuple[dict[str, Any], Tensors]:
        """What a file holds of the estimator."""
        given: dict[str, Any] = self.get_params(deep=False)  # type: ignore[attr-defined]
        if "text_encoder" in given:
            given["text_encoder"] = as_stored(given["text_encoder"])
        kept = {
            name: plain(value) if is_plain(value) else value if name == "text_encoder" else None
            for name, value in given.items()
            if name not in _NOT_STORED
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
    def _loaded(cls, header: dict[str, Any], tensors: Tensors, given: Given | None = None) -> Self:
        """Put an estimator together from a file and, where it was fitted with one, a module of the user's."""
        given = given or Given()
        own, module = header["own_module"], given.encoder
        if own != (module is not None):
            wanted = "the model was fitted with one of yours" if own else "the model was fitted without"
            raise InvalidInputError(f"encoder={type(module).__name__}; {wanted}, and a file holds weights but no code.")
        with plain_torch(), fitting_parts(InvalidInputError if own else ModelFileError), np.errstate(all="ignore"):
            kinds, state = cls._state_kinds(), header["state"]
            lacking, odd = sorted(set(kinds) - set(_MAY_LACK) - set(state)), sorted(set(state) - set(kinds))
            check_together(not odd, f"it has parts that a {cls.__name__} doesn't have, {odd[:5]}")
            check_together(not lacking, f"it lacks {lacking[:5]}")
            state = {name: unpack(value, tensors) for name, value in state.items()}
            for name, value in state.items():
                if not is_of(value, kinds[name]):  # only then is it worth the time to print it
                    check_together(False, f"{name} is a {type(value).__name__}, {str(value)[:80]}")
            names = state.get("feature_names_in_")
            check_together(state["n_features_in_"] > 0, "it has no features")
            check_together(
                names is None or (names.dtype.kind == "O" and names.shape == (state["n_features_in_"],)),
                "names and number of features differ",
            )
            parameters = unpack(header["parameters"], tensors)
            if "text_encoder" in parameters:
                parameters["text_encoder"] = as_untrusted(parameters["text_encoder"])
            if "_table" in kinds:
                parameters["semantics"] = state["_table"]
            if cls._own_module is not None and module is not None:
                parameters[cls._own_module] = module
            estimator = cls(**parameters)
            estimator._check_parameters()
            estimator._set_state(state)
            estimator._check_state()
            check_same(header, tensors, *estimator._packed())
        return estimator

    def _settle(self, given: Given) -> None:
        stored: Any = self
        if hasattr(self, "text_encoder"):
            stored.text_encoder = given.settled(stored.text_encoder, self._fingerprint(), "text_encoder")

    def _fingerprint(self) -> Fingerprint | None:
        """What the encoder gives that classes were described by, if that is known."""
        return None


def check_finite(values: Any) -> None:
    """Refuse a loaded model whose scores or predictions are not finite."""
    check_together(np.isfinite(values).all(), "its scores are not finite")


def filled(build: Callable[[], Built], weights: Weights) -> Built:
    """Build a module and load stored weights into it.

    It is first built without memory. Only if shapes and types are then those of the weights is it given some, so that
    what it takes follows from what is stored, whatever sizes it was built by, and nothing is drawn that
    the weights replace. A module of the user's, which has memory of its own, is built once more.
    """
    module = blank(build)
    wanted = {name: (part.shape, part.dtype) for name, part in module.state_dict().items()}
    found = {name: (part.shape, part.dtype) for name, part in weights.items()}
    odd = sorted(name for name in {*wanted, *found} if wanted.get(name) != found.get(name))
    check_together(not odd, f"the weights {odd[:3]} have other shapes or types than its parameters say")
    own = module.state_dict()
    stored = {name for name, _ in (*module.named_parameters(), *module.named_buffers())} <= set(own)
    empty = stored and all(part.is_meta for part in own.values())
    module = module.to_empty(device="cpu") if empty else build()
    module.load_state_dict(weights)
    return module


def blank(build: Callable[[], Built]) -> Built:
    """Build a module whose tensors have shapes and no memory."""
    with torch.device("meta"):
        return build()
