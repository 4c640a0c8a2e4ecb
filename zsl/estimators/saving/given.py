"""What a user gives beside a model folder: encoders, trust, and classes of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from zsl.encoders.fingerprint import Fingerprint
from zsl.estimators.catalog import BY_NAME
from zsl.estimators.saving.encoders import Argument, as_trusted, as_untrusted, replaced
from zsl.exceptions import InvalidInputError, ModelFileError


@dataclass(frozen=True, eq=False)
class Given:
    """The arguments of `zsl.load`, and which of them a model took."""

    encoder: Any = None
    text_encoder: Any = None
    image_encoder: Any = None
    trusted: bool = False
    known: Mapping[str, type[Any]] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)

    def class_of(self, name: str) -> type[Any]:
        """The class of a model, one of the package or of those given."""
        if name not in self.known and name not in BY_NAME:
            known = sorted([*self.known, *BY_NAME])
            raise ModelFileError(f"The model is of the class {str(name)[:100]!r}; known are {known}.")
        return self.known[name] if name in self.known else BY_NAME[name].load()

    def settled(self, stored: Any, mark: Fingerprint | None, argument: Argument, *, step: bool = False) -> Any:
        """The encoder that a loaded model uses: that given, else the stored one as far as it is trusted."""
        stored, given = as_untrusted(stored), getattr(self, argument)
        if given is None:
            return as_trusted(stored, everything=self.trusted)
        self.taken.add(argument)
        return replaced(stored, given, mark, argument, step=step)

    def check_taken(self, name: str) -> None:
        """Refuse encoders that a model has no use for."""
        for argument, what in {"text_encoder": "sentences", "image_encoder": "images"}.items():
            if getattr(self, argument) is not None and argument not in self.taken:
                raise InvalidInputError(f"{argument} was given, and a {name} encodes no {what}.")
