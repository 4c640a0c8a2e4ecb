"""What several commands read and print."""

import csv
import re
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zsl.evaluation import GZSLSplit
    from zsl.semantics import Semantics


class Missing(StrEnum):
    """What to do with an attribute that has no value."""

    error = "error"
    mean = "mean"
    zero = "zero"


def load_classifier(path: str | Path) -> Any:
    """Load a model, which has to predict classes."""
    from zsl.estimators import load
    from zsl.exceptions import InvalidInputError

    estimator = load(path)
    if not hasattr(estimator, "predict_proba"):
        raise InvalidInputError(
            f"{path} holds a fitted {type(estimator).__name__}; wanted a model that predicts classes."
        )
    return estimator


def read_table(
    path: Path,
    *,
    texts: bool,
    text_encoder: str | None,
    missing: Missing = Missing.error,
    missing_value: float | None = None,
) -> "Semantics":
    """Read a class table: class × attribute, or with `texts` a column of classes and one of sentences."""
    from zsl.encoders import DEFAULT_TEXT_ENCODER
    from zsl.exceptions import SemanticsError
    from zsl.semantics import Semantics

    if not texts:
        return Semantics.from_csv(path, missing=missing.value, missing_value=missing_value)
    import pandas as pd

    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    except ValueError as error:
        raise SemanticsError(f"{path} can't be read as a table: {error}") from error
    if frame.shape[1] != 2:
        raise SemanticsError(f"{path} has {frame.shape[1]} columns; wanted two, class and text.")
    sentences: dict[Any, list[str]] = {}
    for label, text in frame.itertuples(index=False):
        sentences.setdefault(label.strip(), []).append(text)
    if all(re.fullmatch(r"0|-?[1-9][0-9]*", label) for label in sentences):
        sentences = {int(label): text for label, text in sentences.items()}
    return Semantics.from_texts(sentences, encoder=text_encoder or DEFAULT_TEXT_ENCODER)


def read_split(
    features: Path,
    labels: Path | None,
    *,
    semantics: "Semantics",
    label_column: str,
    unseen: str | None,
    split_column: str | None,
) -> "GZSLSplit":
    """Divide a user's files, by names of unseen classes or by a column."""
    from zsl.datasets import load_features
    from zsl.exceptions import InvalidInputError

    if (unseen is None) == (split_column is None):
        raise InvalidInputError("Wanted one of --unseen and --split-column.")
    return load_features(
        features,
        labels if labels is not None else label_column,
        semantics=semantics,
        unseen=None if unseen is None else as_known(unseen, semantics.classes.tolist()),
        split=split_column,
        name=features.name,
    )


def as_known(names: str, known: Any) -> list[Any]:
    """Turn comma-separated names, in quotes where one has a comma itself, into labels of the kind that is known."""
    parts = [part.strip() for row in csv.reader([names], skipinitialspace=True) for part in row if part.strip()]
    if len(known) and not isinstance(known[0], str):
        from zsl.exceptions import InvalidInputError

        try:
            return [int(part) for part in parts]
        except ValueError as error:
            raise InvalidInputError(f"The classes {names!r} aren't integers, and those of the data are.") from error
    return parts


def listed(labels: Any, limit: int = 10) -> str:
    """Name classes, the first ones if there are many."""
    names = ", ".join(str(label) for label in labels[:limit])
    return f"{names} and {len(labels) - limit} more" if len(labels) > limit else names


def make_method(name: str, option: str, **parameters: Any) -> Any:
    """Make an estimator by its name, with those of the parameters that it has."""
    from zsl.estimators import zero_shot_methods
    from zsl.exceptions import InvalidInputError

    known = zero_shot_methods()
    if name not in known:
        raise InvalidInputError(f"{option} names no method by {name!r}; known are {', '.join(known)}.")
    estimator = known[name]()
    has = estimator.get_params(deep=False)
    return estimator.set_params(**{key: value for key, value in parameters.items() if key in has})
