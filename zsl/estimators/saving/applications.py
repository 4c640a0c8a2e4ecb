"""Saving what works with a fitted estimator: the estimator goes along."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from zsl.estimators._calls import snapshot
from zsl.estimators.saving.given import Given
from zsl.estimators.saving.models import (
    Header,
    Savable,
    as_savable,
    check_same,
    check_together,
    fitting_parts,
    pack_model,
    unpack_model,
)
from zsl.exceptions import InvalidInputError, ModelFileError
from zsl.persistence.codec import Tensors, is_plain, pack, plain, unpack
from zsl.persistence.kinds import is_of


class SavedWithEstimator(Savable):
    """A model with a parameter `estimator`, which is saved with it; `_state` names the other parts and their types."""

    _state: ClassVar[Mapping[str, Any]] = {}
    estimator: Any

    def _parts(self) -> dict[str, Any]:
        """What a file holds beside the estimator and the parameters."""
        return {name: getattr(self, name) for name in self._state}

    def _take_parts(self, parts: dict[str, Any]) -> None:
        """Take over what was stored, or refuse it."""
        for name, value in parts.items():
            setattr(self, name, value)

    def _check_parts(self) -> None:
        """Raise unless parameters, parts and the estimator go together."""

    def _prepared(self) -> Self:
        ready, own = snapshot(self), as_savable(self.estimator)
        if not isinstance(own, Savable):
            remedy = "its best_estimator_" if hasattr(own, "best_estimator_") else "an estimator of this package"
            raise InvalidInputError(f"estimator is a {type(own).__name__}, which cannot be saved; wanted {remedy}.")
        ready.estimator = snapshot(own)._prepared()
        return ready

    def _given(self) -> Given:
        own, cls = self.estimator._given(), type(self)
        return Given(encoder=own.encoder, known={**own.known, cls.__name__: cls})

    def _packed(self) -> tuple[Header, Tensors]:
        tensors: Tensors = {}
        given: dict[str, Any] = self.get_params(deep=False)  # type: ignore[attr-defined]
        kept = {n: plain(value) if is_plain(value) else None for n, value in given.items() if n != "estimator"}
        own = pack_model(self.estimator, "estimator", tensors)
        parts = {name: pack(value, name, tensors) for name, value in self._parts().items()}
        header = {
            "parameters": pack(kept, "parameters", tensors),
            "own_module": own["own_module"],
            "state": {"estimator": own, **parts},
        }
        return header, tensors

    @classmethod
    def _loaded(cls, header: Header, tensors: Tensors, given: Given | None = None) -> Self:
        state = header["state"]
        check_together(set(state) == {"estimator", *cls._state}, f"it has {sorted(state)[:5]}")
        own = unpack_model(state["estimator"], "estimator", tensors, given or Given())
        check_together(isinstance(own, Savable) and hasattr(own, "predict"), f"its estimator is a {type(own).__name__}")
        with fitting_parts(ModelFileError):
            parts = {name: unpack(value, tensors) for name, value in state.items() if name != "estimator"}
            for name, value in parts.items():
                check_together(is_of(value, cls._state[name]), f"{name} is a {type(value).__name__}")
            made: Self = cls(**{"estimator": own, **unpack(header["parameters"], tensors)})
            made._take_parts(parts)
            made._check_parts()
            check_same(header, tensors, *made._packed())
        return made

    def _settle(self, given: Given) -> None:
        self.estimator._settle(given)
