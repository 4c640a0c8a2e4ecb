"""Encoders that a model file tells of and can't bring along."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from zsl.encoders.word_vectors import WordVectors
from zsl.exceptions import InvalidInputError

_ASKED = {"text_encoder": "--text-encoder", "image_encoder": "--image-encoder"}
_MOST_LETTERS = 200


@dataclass(frozen=True)
class AbsentEncoder:
    """Stands in a loaded model for an encoder that a file can't hold, and says so when it is asked to encode.

    Parameters
    ----------
    kind : str
        The class of the encoder.
    settings : mapping of str to value
        Those of `WordVectors`, and the digest of its file; empty for others.
    argument : str
        The argument of `zsl.load` that takes its place.
    """

    kind: str
    settings: Mapping[str, str | bool]
    argument: str

    def encode(self, sentences: Any) -> NoReturn:
        """Refuse to encode.

        Parameters
        ----------
        sentences : object
            Not used.

        Raises
        ------
        InvalidInputError
            Always.
        """
        more = " or trusted=True if you know where the file comes from" if self.kind == "WordVectors" else ""
        raise InvalidInputError(
            f"The model was saved with {self.argument}={self}, which its file can't hold; wanted "
            f"zsl.load(path, {self.argument}=...) with the same encoder{more} ({_ASKED[self.argument]} "
            "on the command line)."
        )

    def found(self) -> Any:
        """The word vectors at the path that the file gives, if it is these; the caller trusts the file."""
        if self.kind != "WordVectors":
            return self
        given = dict(self.settings)
        digest = given.pop("sha256")
        made: Any = WordVectors(**given)  # type: ignore[arg-type]
        return made._expecting(digest) if digest else made

    def fits(self) -> bool:
        """Whether the parts go together, as a file may hold others."""
        named = self.argument in _ASKED and 0 < len(self.kind) <= _MOST_LETTERS and self.kind.isidentifier()
        if self.kind != "WordVectors":
            return named and not self.settings
        known = set(self.settings) == {"path", "lower", "on_missing", "sha256"}
        return (
            named
            and known
            and self.settings["on_missing"] in ("raise", "skip")
            and type(self.settings["lower"]) is bool
        )

    def __str__(self) -> str:
        path = f"{self.settings['path']!r}" if self.kind == "WordVectors" else ""
        return f"{self.kind}({path})" if path else f"an object of the type {self.kind}"
