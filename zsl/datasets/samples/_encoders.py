"""The encoder of images or texts: the default one, one by name, or one that the user made."""

import hashlib
import json
import os
from typing import Any

from zsl.datasets.samples._found import Found
from zsl.encoders import ImageEncoder, TextEncoder
from zsl.encoders._text_cache import identity
from zsl.exceptions import InvalidInputError

_VERSION = 1
"""To be raised when encoders give other features for the same settings."""


def encoder_for(found: Found, given: Any) -> ImageEncoder | TextEncoder | None:
    """What encodes the samples; None for features."""
    kinds = {"images": ImageEncoder, "texts": TextEncoder}
    if found.kind == "features":
        if given is not None:
            raise InvalidInputError(
                f"encoder={_name(given)!r} was given, and {found.path} holds features; wanted images or texts."
            )
        return None
    kind = kinds[found.kind]
    if isinstance(given, (ImageEncoder, TextEncoder)) and not isinstance(given, kind):
        raise InvalidInputError(
            f"encoder is of type {type(given).__name__}, and {found.path} holds {found.kind}; wanted a {kind.__name__}."
        )
    if isinstance(given, (ImageEncoder, TextEncoder)):
        return given
    return kind(verbose=False) if given is None else kind(given, verbose=False)


def encoder_name(encoder: ImageEncoder | TextEncoder) -> str:
    """How an encoder is called where a person reads it."""
    return _name(encoder.model)


def fingerprint(encoder: ImageEncoder | TextEncoder) -> str | None:
    """What tells the features of encoders apart, as 64 hexadecimal digits; None if that is only known to an object."""
    model = encoder.model
    if not isinstance(model, (str, os.PathLike)):
        return None
    facts: dict[str, Any] = {"version": _VERSION, "kind": type(encoder).__name__, "model": identity(os.fspath(model))}
    if isinstance(encoder, ImageEncoder):
        facts |= {"image_size": encoder.image_size, "pooling": encoder.pooling}
    else:
        templates = [encoder.templates] if isinstance(encoder.templates, str) else encoder.templates
        if callable(templates) or not all(isinstance(template, str) for template in templates):
            return None
        facts["templates"] = list(templates)
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()


def _name(model: Any) -> str:
    if isinstance(model, (ImageEncoder, TextEncoder)):
        model = model.model
    if isinstance(model, (str, os.PathLike)):
        return os.fspath(model)
    return type(model).__name__
