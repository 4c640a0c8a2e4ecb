"""Drawings in colours and textures as pairs of a state and an object, of which some are never seen together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, Literal

import numpy as np
from numpy.random import RandomState
from numpy.typing import ArrayLike
from sklearn.datasets import load_digits

from zsl._arguments import as_random_state, is_number, shown
from zsl._arrays import host_array
from zsl._docs import documented_like
from zsl._labels import as_labels, distinct
from zsl._resources import data_path
from zsl._typing import LabelArray
from zsl.datasets._drawing import STATES, render, state_table, summary
from zsl.evaluation._arrays import as_count, check_lengths, held_out, rows_by_class, some
from zsl.evaluation.answers.composed_split import ComposedSplit
from zsl.exceptions import InvalidInputError, SemanticsError
from zsl.semantics import Semantics, as_semantics, class_pairs
from zsl.semantics.pairs.naming import Pair, as_pairs, known_pairs

_NEVER = {"striped": (1, 4, 7), "dotted": (1, 4, 7), "checked": (1, 4, 7), "yellow": (0, 6, 8, 9), "purple": (2, 3, 5)}


def make_composed(
    drawings: ArrayLike,
    y: ArrayLike,
    objects: Any = None,
    *,
    states: Iterable[str] = STATES,
    absent: Iterable[Pair] = (),
    unseen_size: float = 0.3,
    test_size: float = 0.25,
    features: Literal["summary", "pixels"] = "summary",
    image_size: int = 32,
    random_state: int | RandomState | None = None,
    name: str = "composed",
) -> ComposedSplit:
    """Render drawings in colours and textures, and keep some pairs of state and drawn object out of training.

    Each drawing is rendered once, in a state drawn at random, so that no drawing is in two parts. Hue and brightness of
    ink and paper vary from image to image, as do period, direction and phase of the textures, and pixels are noisy.

    Parameters
    ----------
    drawings : array of shape (n, height, width)
        Grey drawings, from no ink, 0, to full ink, 1.
    y : array of shape (n,)
        What each of them shows, its object.
    objects : Semantics, DataFrame, dict or None, default=None
        The class table of the objects. None tells them apart by name only.
    states : iterable of str, default=all nine
        The states, some of "black", "red", "yellow", "green", "blue", "purple", "striped", "dotted" and "checked".
    absent : iterable of (state, object), default=()
        Pairs that no image shows. In the closed world they don't compete.
    unseen_size : float in (0, 1), default=0.3
        Share of the other pairs that is kept out of training, as long as each state and object keeps two seen pairs.
    test_size : float in (0, 1), default=0.25
        Share of the images of each seen pair that is tested on; all of unseen pairs are.
    features : {"summary", "pixels"}, default="summary"
        "summary": 168 numbers, fixed beforehand: mean darkness of 8 × 8 cells, a histogram of 64 colours, and the
        autocorrelation of brightness at 40 shifts. "pixels": all values from 0 to 1, from which
        ``X.reshape(-1, image_size, image_size, 3)`` makes images.
    image_size : int, default=32
        Width and height of the images in pixels, 16 or more.
    random_state : int, RandomState or None, default=None
        Which pairs are unseen, which images are tested on, and all that varies in the images.
    name : str, default="composed"
        What the split is called in tables.

    Returns
    -------
    ComposedSplit
        The split, labels such as "red 7". The class table has a row for every pair of a state and an object, also
        absent ones: three numbers for the colour and three for the texture, beside the row of the object. The tables
        of both are in ``info["states"]`` and ``info["objects"]``.

    Raises
    ------
    InvalidInputError
        If an array, a state, a share or a size cannot be used, or there are too few drawings for a pair each.
    SemanticsError
        If `objects` cannot be used or lacks an object of `y`, or `absent` holds something else than such pairs.

    Examples
    --------
    >>> import numpy as np
    >>> from zsl.datasets import make_composed
    >>> ink = np.zeros((90, 8, 8))
    >>> ink[:60, :, 3:5] = 1  # strokes down, crosses, and strokes across
    >>> ink[30:, 3:5] = 1
    >>> y = np.repeat(["stroke", "cross", "dash"], 30)
    >>> split = make_composed(ink, y, states=["red", "blue", "dotted"], random_state=0)
    >>> split.unseen_classes.tolist(), len(split.seen_classes)
    (['blue stroke', 'dotted dash', 'red cross'], 6)
    """
    ink, labels = host_array("drawings", drawings), as_labels("y", y)
    if ink.ndim != 3 or ink.dtype.kind not in "biuf" or 0 in ink.shape:
        raise InvalidInputError(
            f"drawings has shape {ink.shape} and dtype {ink.dtype}; wanted (n, height, width), real."
        )
    ink = ink.astype(np.float64)
    if not (ink.min() >= 0 and ink.max() <= 1):
        raise InvalidInputError(f"drawings holds values from {ink.min()} to {ink.max()}; wanted 0 (no ink) to 1.")
    check_lengths("drawings", ink, "y", labels)
    chosen, known = _some_states(states), state_table()
    if not isinstance(features, str) or features not in ("summary", "pixels"):
        raise InvalidInputError(f"features={shown(features)}; wanted 'summary' or 'pixels'.")
    as_count("image_size", image_size, least=16)
    for share_name, share in (("unseen_size", unseen_size), ("test_size", test_size)):
        if not is_number(share) or not 0 < share < 1:
            raise InvalidInputError(f"{share_name}={shown(share)}; wanted a share in (0, 1).")
    rng = as_random_state(random_state)

    table = _told_apart(labels) if objects is None else as_semantics(objects)
    described = Semantics.from_mapping({state: known[state] for state in chosen})
    pairs = class_pairs(described.classes, table.classes)
    if lost := set(labels.tolist()) - set(table.classes.tolist()):
        raise SemanticsError(f"objects has no row for {some(lost)}; wanted one for each object of y.")
    never = as_pairs("absent", absent)
    if never:
        known_pairs("absent", never, described.classes.tolist(), table.classes.tolist())
    state_of = _assigned(labels, chosen, set(never), rng)
    own = list(zip(state_of, labels.tolist(), strict=True))
    name_of = {pair: label for label, pair in pairs.items()}
    unseen = _unseen(sorted(set(own), key=str), unseen_size, rng)
    images = render(ink, state_of, image_size, rng)
    X = summary(images) if features == "summary" else images.reshape(len(images), -1).astype(np.float32) / 255
    named = np.array([name_of[pair] for pair in own])
    is_unseen = np.array([pair in unseen for pair in own])
    tested = held_out(named, ~is_unseen, test_size, rng)
    return ComposedSplit(
        X_train=X[~is_unseen & ~tested],
        y_train=named[~is_unseen & ~tested],
        X_test_seen=X[tested],
        y_test_seen=named[tested],
        X_test_unseen=X[is_unseen],
        y_test_unseen=named[is_unseen],
        semantics=Semantics.compose(described, table),
        name=name,
        info={
            "version": "zsl-1",
            "features": features,
            "image_size": image_size,
            "states": described,
            "objects": table,
        },
        pairs=pairs,
    )


@documented_like(make_composed)
def load_composed_digits(
    *,
    unseen_size: float = 0.3,
    test_size: float = 0.25,
    features: Literal["summary", "pixels"] = "summary",
    image_size: int = 32,
    random_state: int | RandomState | None = 0,
) -> ComposedSplit:
    """Render scikit-learn's digits in six colours and three textures: 74 pairs, of which 22 are unseen.

    The 1797 drawings are those of `sklearn.datasets.load_digits` (E. Alpaydin and C. Kaynak, "Optical Recognition of
    Handwritten Digits", UCI Machine Learning Repository, 1998, doi:10.24432/C50P49), described by the 28 stroke
    attributes of `zsl.load_digits_zsl`. Of the 90 pairs 16 don't occur, by a rule that is made up so that similar
    digits take similar states: no texture on 1, 4 and 7, no yellow 0, 6, 8 or 9, no purple 2, 3 or 5.

    Returns
    -------
    ComposedSplit
        The split, as of `make_composed`, with 24 images or so per pair.

    Raises
    ------
    InvalidInputError
        If a share or a size cannot be used.

    Examples
    --------
    >>> from zsl.datasets import load_composed_digits
    >>> split = load_composed_digits()
    >>> split.pairs["red 7"], len(split.semantics)
    (('red', 7), 90)
    """
    digits = load_digits()
    return make_composed(
        digits.images / 16,
        digits.target,
        Semantics.from_csv(data_path("digits_attributes.csv"), class_column="digit"),
        absent=[(state, digit) for state, digits_without in _NEVER.items() for digit in digits_without],
        unseen_size=unseen_size,
        test_size=test_size,
        features=features,
        image_size=image_size,
        random_state=random_state,
        name="composed digits",
    )


def _some_states(states: Any) -> list[str]:
    """The states to draw in, two or more, each once."""
    if isinstance(states, str) or not isinstance(states, Iterable):
        raise InvalidInputError(f"states={shown(states)}; wanted a list of states.")
    found = list(states)
    if len(set(map(str, found))) < max(len(found), 2) or not set(map(str, found)) <= set(STATES):
        raise InvalidInputError(f"states={shown(found)}; wanted two or more of {list(STATES)}, each once.")
    return [str(state) for state in found]


def _told_apart(labels: LabelArray) -> Semantics:
    """A table that says of objects only that they differ."""
    objects = distinct(labels)
    return Semantics(np.eye(len(objects)), classes=objects, attributes=[f"is {one}" for one in objects.tolist()])


def _assigned(labels: LabelArray, states: list[str], never: set[Pair], rng: RandomState) -> list[str]:
    """A state for each drawing: those that its object has come in turns, in random order."""
    found = np.empty(len(labels), dtype=object)
    for rows in rows_by_class(labels):
        one = labels[rows[0]].item()
        own = [state for state in states if (state, one) not in never]
        if len(own) > len(rows) or not own:
            raise InvalidInputError(
                f"y has {len(rows)} drawing(s) of {one!r} for {len(own)} states; wanted a drawing for each."
            )
        turns = np.resize(rng.permutation(own), len(rows))
        found[rng.permutation(rows)] = turns
    return [str(state) for state in found]


def _unseen(pairs: list[Pair], share: float, rng: RandomState) -> set[Pair]:
    """Pairs to keep out of training, drawn so that each state and object keeps two others."""
    left: list[Counter[Any]] = [Counter(pair[side] for pair in pairs) for side in range(2)]
    wanted, found = max(round(share * len(pairs)), 1), set[Pair]()
    for place in rng.permutation(len(pairs)):
        pair = pairs[place]
        if len(found) < wanted and min(count[part] for count, part in zip(left, pair, strict=True)) > 2:
            found.add(pair)
            for count, part in zip(left, pair, strict=True):
                count[part] -= 1
    if not found:
        raise InvalidInputError("y and states leave no pair to keep unseen; wanted more states or more objects.")
    return found
