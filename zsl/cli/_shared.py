"""Reading, naming and checking for several commands."""

import csv
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zsl.cli._options import Missing
from zsl.exceptions import InvalidInputError, SemanticsError

if TYPE_CHECKING:
    from zsl._typing import LabelArray
    from zsl.evaluation import GZSLSplit
    from zsl.semantics import Semantics


def load_classifier(path: str | Path) -> Any:
    """Load a model that predicts classes."""
    from zsl.estimators import load

    estimator = load(path)
    if not hasattr(estimator, "predict_proba"):
        raise InvalidInputError(
            f"{path} holds a fitted {type(estimator).__name__}; wanted a model that predicts classes."
        )
    return estimator


def read_labelled(features: Path, labels: Path | None, label_column: str, wanted: str) -> "tuple[Any, LabelArray]":
    """Read features and their labels, `wanted` by a column or an option."""
    from zsl.datasets import read_features

    X, y = read_features(features, labels, label_column)
    if y is None:
        raise InvalidInputError(f"{features} has no labels; wanted a column {wanted}.")
    return X, y


def check_writable(output: Path | None) -> None:
    """Refuse a file to write whose folder doesn't exist, before any work."""
    if output is not None and not output.absolute().parent.is_dir():
        raise InvalidInputError(f"--output {output} lies in a folder that doesn't exist.")


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
    """Divide a user's files, by the names of unseen classes or by a column."""
    from zsl.datasets import load_features

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
    """Labels from comma-separated names, quoted if they hold a comma; integers if the known labels are."""
    parts = [part.strip() for row in csv.reader([names], skipinitialspace=True) for part in row if part.strip()]
    if len(known) and not isinstance(known[0], str):
        try:
            return [int(part) for part in parts]
        except ValueError as error:
            raise InvalidInputError(f"The classes {names!r} aren't integers, but those of the data are.") from error
    return parts


def listed(labels: Any, limit: int = 10) -> str:
    """The names of classes, only the first of many."""
    names = ", ".join(str(label) for label in labels[:limit])
    return f"{names} and {len(labels) - limit} more" if len(labels) > limit else names


def make_method(name: str, option: str, **parameters: Any) -> Any:
    """Make an estimator by name, with those of the parameters that it has."""
    from zsl.estimators import zero_shot_methods

    known = zero_shot_methods()
    if name not in known:
        raise InvalidInputError(f"{option} names no method by {name!r}; known are {', '.join(known)}.")
    estimator = known[name]()
    has = estimator.get_params(deep=False)
    return estimator.set_params(**{key: value for key, value in parameters.items() if key in has})
