"""What the part *describe* works on: a fitted estimator, a gallery, and descriptions to start from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from zsl._typing import FloatArray
from zsl.app.parts._gallery import Gallery, digit_gallery
from zsl.app.parts._phrases import Phrases
from zsl.exceptions import InvalidInputError
from zsl.semantics import Semantics

_PER_UNSEEN, _PER_SEEN = 30, 18
_MOST_NUMBERS = 20_000
"""Of the descriptions that the page gets to start from."""


@dataclass(frozen=True)
class Described:
    """An estimator of known classes, and what a new one is looked for in."""

    estimator: Any
    table: Semantics
    gallery: Gallery
    starts: Mapping[str, FloatArray]
    title: str
    phrases: Phrases


def described_digits() -> Described:
    """Seven digits that were learned, and images of all ten; the other three are known by nothing."""
    from zsl import RelationClassifier, load_digits_zsl

    split = load_digits_zsl()
    table = split.semantics
    assert table is not None
    estimator = RelationClassifier(semantics=table.select(split.seen_classes), random_state=0, verbose=False)
    estimator.fit(split.X_train, split.y_train)
    parts = ((split.X_test_unseen, split.y_test_unseen, _PER_UNSEEN), (split.X_test_seen, split.y_test_seen, _PER_SEEN))
    chosen = [
        (X[y == label][:count], y[y == label][:count]) for X, y, count in parts for label in np.unique(y).tolist()
    ]
    gallery = digit_gallery(*(np.concatenate(part) for part in zip(*chosen, strict=True)))
    ordered = np.concatenate([split.unseen_classes, split.seen_classes])
    starts = {f"the digit {label}": table.rows([label])[0] for label in ordered.tolist()}
    unseen = ", ".join(str(label) for label in split.unseen_classes.tolist())
    title = f"Handwritten digits. The model has learned all but {unseen}: describe one of these by its strokes."
    return Described(estimator, table, gallery, starts, title, Phrases(table))


def described(model: Any, gallery: Gallery) -> Described:
    """A model of the user's, and the gallery."""
    table = getattr(model, "_table", None)
    if not isinstance(table, Semantics) or not hasattr(model, "add_classes"):
        raise InvalidInputError(
            f"--model holds a {type(model).__name__} without a class table; wanted a zero-shot model with one."
        )
    if gallery.X.shape[1] != model.n_features_in_:
        raise InvalidInputError(
            f"--gallery has {gallery.X.shape[1]} features per sample; the model was fitted on {model.n_features_in_}."
        )
    most = max(1, _MOST_NUMBERS // table.vectors.shape[1])
    rows = zip(table.classes.tolist()[:most], table.vectors[:most], strict=True)
    title = f"A {type(model).__name__} of your own: describe a class it doesn't know."
    return Described(model, table, gallery, {str(label): row for label, row in rows}, title, Phrases(table))
