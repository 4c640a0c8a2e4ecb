"""Whatever a user passes as `semantics`, turned into a class table."""

import os
from collections.abc import Mapping
from typing import Any

import pandas as pd

from zsl.encoders import DEFAULT_TEXT_ENCODER, SentenceEncoder
from zsl.exceptions import SemanticsError
from zsl.semantics._texts import is_text
from zsl.semantics.table import Semantics


def as_semantics(value: Any, *, text_encoder: str | os.PathLike[str] | SentenceEncoder | None = None) -> Semantics:
    """Return the class table that `value` describes.

    Parameters
    ----------
    value : Semantics, DataFrame or dict
        A table is returned as it is. A frame has classes as index and attributes as columns. A dict goes from class to
        vector, to dict of attribute → value, to sentence, or to list of sentences.
    text_encoder : str, path, object or None, default=None
        Encodes sentences: see `zsl.encoders.encode_texts`. None stands for the default model. Not used otherwise.

    Returns
    -------
    Semantics
        The table.

    Raises
    ------
    SemanticsError
        If `value` is of another type, or the table cannot be used as given.
    InvalidInputError
        If the sentences cannot be encoded.
    """
    if isinstance(value, Semantics):
        return value
    if isinstance(value, pd.DataFrame):
        return Semantics.from_frame(value)
    if isinstance(value, Mapping):
        if any(is_text(row) for row in value.values()):
            return Semantics.from_texts(value, encoder=DEFAULT_TEXT_ENCODER if text_encoder is None else text_encoder)
        return Semantics.from_mapping(value)
    raise SemanticsError(
        f"semantics is of type {type(value).__name__}; wanted a Semantics, a DataFrame of class × attribute, "
        "or a dict from class to vector, sentence or list of sentences."
    )
