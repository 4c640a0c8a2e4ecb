"""Encoders in saved models: by name or path, with their settings, and never used on the word of a file alone."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from typing import Any, Literal

from zsl._arguments import shown
from zsl.encoders import DEFAULT_TEXT_ENCODER, ImageEncoder, TextEncoder, WordVectors
from zsl.encoders.absent import AbsentEncoder
from zsl.encoders.fingerprint import Fingerprint
from zsl.encoders.images._lite0 import LITE0
from zsl.encoders.text import UntrustedName, encode_texts
from zsl.exceptions import InvalidInputError
from zsl.persistence.codec import plain, register

Argument = Literal["text_encoder", "image_encoder"]
_OURS = (DEFAULT_TEXT_ENCODER, LITE0)
"""The defaults of this package, which a file may name."""
_TEXT = ("templates", "batch_size", "offline", "verbose")
_IMAGE = ("image_size", "pooling", "batch_size", "on_error", "verbose")
"""Settings that are stored. Devices, caches and limits are those of the machine."""

register(Fingerprint)
register(AbsentEncoder)


def as_stored(encoder: Any, argument: Argument = "text_encoder") -> Any:
    """An encoder in the form that stands in a file: a name, a known encoder, or what there was."""
    if encoder is None or isinstance(encoder, (AbsentEncoder, UntrustedName)):
        return encoder
    if isinstance(encoder, (str, PathLike)):
        return str(encoder)
    if type(encoder) is WordVectors:
        settings: dict[str, str | bool] = {
            "path": str(encoder.path),
            "lower": bool(encoder.lower),
            "on_missing": encoder.on_missing,
        }
        return AbsentEncoder("WordVectors", settings | {"sha256": _digest(encoder)}, argument)
    if type(encoder) is ImageEncoder or (type(encoder) is TextEncoder and _are_strings(encoder.templates)):
        return encoder
    return AbsentEncoder(type(encoder).__name__, {}, argument)


def as_untrusted(stored: Any) -> Any:
    """What was read from a file, so that nothing it names is used."""
    return UntrustedName(stored) if isinstance(stored, str) else stored


def as_trusted(stored: Any, *, everything: bool) -> Any:
    """The encoder that a file names, if that is one of this package's defaults or everything is trusted."""
    if isinstance(stored, UntrustedName):
        return str(stored) if everything or stored in _OURS else stored
    if isinstance(stored, AbsentEncoder):
        return stored.found() if everything else stored
    if isinstance(stored, (TextEncoder, ImageEncoder)):
        stored.model = as_trusted(stored.model, everything=everything)
    return stored


def replaced(stored: Any, given: Any, mark: Fingerprint | None, argument: Argument, *, step: bool) -> Any:
    """What takes the place of a stored encoder: what is given with the stored settings, or as it is.

    A name is that of a model, and an object may be a model or stand for the whole, except as a step of a pipeline: the
    vectors tell.

    Raises
    ------
    InvalidInputError
        If it gives other vectors than the encoder that the model was saved with.
    """
    ways = [given]
    if isinstance(stored, (TextEncoder, ImageEncoder)):
        if isinstance(given, type(stored)):
            ways = [_copied(given, stored)]
        else:
            with_settings = _copied(stored, stored, model=given)
            ways = [with_settings] if step or isinstance(given, (str, PathLike)) else [with_settings, given]
    if mark is None:
        _check_words(stored, given)
        return ways[0]
    best = min(ways, key=mark.difference)
    mark.check(best, f"{argument}={shown(given)}")
    return best


@dataclass(frozen=True)
class Fingerprinted:
    """An encoder of new sentences, which has to give what the one gave that known classes were described by."""

    encoder: Any
    mark: Fingerprint

    def encode(self, sentences: list[str]) -> Any:
        """Encode sentences, or refuse to."""
        self.mark.check(self.encoder, f"text_encoder={shown(self.encoder)}")
        return encode_texts(sentences, self.encoder)


def as_fingerprinted(encoder: Any, mark: Fingerprint | None) -> Any:
    """The encoder, checked before it encodes where it is known what it should give."""
    return encoder if mark is None else Fingerprinted(DEFAULT_TEXT_ENCODER if encoder is None else encoder, mark)


def output_of(transformer: Any) -> str:
    """What `set_output` was told, "default" if nothing."""
    return str(getattr(transformer, "_sklearn_output_config", {}).get("transform") or "default")


def with_output(transformer: Any, output: str) -> Any:
    """The transformer after `set_output`."""
    if output != "default":
        transformer.set_output(transform=output)
    return transformer


def _copied(encoder: Any, stored: Any, **changed: Any) -> Any:
    """Another encoder with the same parameters, some of them changed, and the stored kind of output."""
    made = type(encoder)(**encoder.get_params(deep=False) | changed)
    return with_output(made, output_of(stored))


def _check_words(stored: Any, given: Any) -> None:
    """Hold word vectors against the digest of those that a model was saved with."""
    words = getattr(stored, "model", stored)
    own = getattr(given, "model", given)
    wanted = words.settings.get("sha256") if isinstance(words, AbsentEncoder) else None
    if wanted and isinstance(own, WordVectors) and own.digest() != wanted:
        raise InvalidInputError(f"{own.path} isn't the file that the model was saved with: its sha256 differs.")


def _digest(words: WordVectors) -> str:
    """The sha256 of the file, empty if it isn't there any more."""
    try:
        return words._digest or words.digest()
    except InvalidInputError:
        return ""


def _are_strings(templates: Any) -> bool:
    return isinstance(templates, str) or (
        isinstance(templates, (list, tuple)) and all(isinstance(template, str) for template in templates)
    )


def _settings(encoder: Any, names: tuple[str, ...], argument: Argument) -> dict[str, Any]:
    """What is stored of an encoder."""
    own = {name: plain(getattr(encoder, name)) for name in names}
    return {"model": as_stored(encoder.model, argument), "output": output_of(encoder)} | own


def _text_encoder(model: Any, output: str, **settings: Any) -> TextEncoder:
    return with_output(TextEncoder(as_untrusted(model), **settings), output)  # type: ignore[no-any-return]


def _image_encoder(model: Any, output: str, **settings: Any) -> ImageEncoder:
    return with_output(ImageEncoder(as_untrusted(model), **settings), output)  # type: ignore[no-any-return]


_OUTPUT = Literal["default", "pandas", "polars"]
register(
    TextEncoder,
    lambda encoder: _settings(encoder, _TEXT, "text_encoder"),
    _text_encoder,
    model=str | AbsentEncoder,
    output=_OUTPUT,
    templates=str | tuple[str, ...] | list[str],
    batch_size=int,
    offline=bool,
    verbose=bool,
)
register(
    ImageEncoder,
    lambda encoder: _settings(encoder, _IMAGE, "image_encoder"),
    _image_encoder,
    model=str | AbsentEncoder,
    output=_OUTPUT,
    image_size=int | None,
    pooling=Literal["auto", "pooler", "cls", "mean"],
    batch_size=int,
    on_error=Literal["raise", "skip"],
    verbose=bool,
)
