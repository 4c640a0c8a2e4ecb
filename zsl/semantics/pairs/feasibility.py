"""Which pairs of a state and an object can be, judged by the pairs that were seen."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zsl._arguments import is_number, shown
from zsl._typing import FloatArray
from zsl.encoders import SentenceEncoder
from zsl.exceptions import SemanticsError
from zsl.semantics.pairs.naming import TEMPLATE, Pair, class_pairs, known_pairs
from zsl.semantics.table import Semantics


def pair_feasibility(
    states: Any, objects: Any, seen: Any, *, text_encoder: str | os.PathLike[str] | SentenceEncoder | None = None
) -> pd.DataFrame:
    r"""Score how likely each pair of a state and an object is to occur, from the pairs that were seen.

    A pair is plausible if a similar object was seen in that state, and a similar state on that object:

    .. math::

        \rho(s, o) = \tfrac12 \max_{o' \ne o,\ (s, o') \in P} \cos(\varphi(o), \varphi(o'))
        + \tfrac12 \max_{s' \ne s,\ (s', o) \in P} \cos(\varphi(s), \varphi(s'))

    with the seen pairs :math:`P` and the rows :math:`\varphi` of the tables as given; a maximum over nothing is −1.
    This is the feasibility score of M. Mancini, M. F. Naeem, Y. Xian and Z. Akata, "Open World Compositional Zero-Shot
    Learning", CVPR 2021, arXiv:2101.12609. Departures: rows of the tables stand in for embeddings that are learned with
    the classifier, and a seen pair, whose feasibility is 1 there, has the score that it would have if it weren't seen.

    Parameters
    ----------
    states, objects : Semantics, DataFrame, dict, or list of str
        Their tables, in any form that `zsl.semantics.as_semantics` takes. What tells names apart only is similar to
        nothing, and says nothing here.
    seen : array-like of shape (n, 2), or mapping of label to pair
        The pairs (state, object) with training samples.
    text_encoder : str, path, object or None, default=None
        Encoder of sentences and names: see `zsl.encoders.encode_texts`. None means the default model.

    Returns
    -------
    DataFrame of shape (S, O)
        :math:`\rho`, in [-1, 1]; states as index, objects as columns.

    Raises
    ------
    SemanticsError
        If a table cannot be used, or `seen` is empty or holds an unknown state or object.

    Examples
    --------
    >>> from zsl.semantics import pair_feasibility
    >>> states = {"ripe": [1, 0.2], "mouldy": [1, 0], "brave": [0, 1]}
    >>> objects = {"apple": [1, 0], "pear": [1, 0.1], "lion": [0, 1]}
    >>> seen = [("ripe", "apple"), ("ripe", "pear"), ("mouldy", "apple"), ("brave", "lion")]
    >>> scores = pair_feasibility(states, objects, seen)
    >>> print(f"{scores.loc['mouldy', 'pear']:.2f} {scores.loc['brave', 'pear']:.2f}")
    0.99 0.15
    """
    left, right = (Semantics._named(*given, text_encoder) for given in (("states", states), ("objects", objects)))
    by_object, by_state = _likeness(left, right, known_pairs("seen", seen, left._positions, right._positions))
    return pd.DataFrame(
        (by_object + by_state) / 2,
        index=pd.Index(left.classes, name="state"),
        columns=pd.Index(right.classes, name="object"),
    )


def feasible_pairs(
    states: Any,
    objects: Any,
    seen: Any,
    *,
    keep: float = 0.95,
    threshold: float | None = None,
    template: str = TEMPLATE,
    text_encoder: str | os.PathLike[str] | SentenceEncoder | None = None,
) -> dict[Any, Pair]:
    """Choose the pairs that can be: those seen, and those whose feasibility reaches a threshold.

    The threshold is set on held-out seen pairs: each is scored as if it alone weren't seen, and as many as `keep` says
    pass. Pairs of which the state or the object is in no other pair don't count. It looks at no sample and at no unseen
    pair. The paper tries thresholds on validation samples instead.

    Parameters
    ----------
    states, objects : Semantics, DataFrame, dict, or list of str
        Their tables, as for `pair_feasibility`.
    seen : array-like of shape (n, 2), or mapping of label to pair
        The pairs with training samples. A mapping names them in the result.
    keep : float in (0, 1], default=0.95
        Share of the held-out seen pairs that pass. No effect with `threshold`.
    threshold : float or None, default=None
        The least feasibility of an unseen pair. None chooses it.
    template : str, default="{state} {object}"
        How labels are made of pairs that have none.
    text_encoder : str, path, object or None, default=None
        Encoder of sentences and names.

    Returns
    -------
    dict of label to (state, object)
        The seen pairs and the feasible ones, ordered by state, then object: ``pairs=`` of `Semantics.compose`, and as
        a list ``classes=`` of ``predict``.

    Raises
    ------
    SemanticsError
        As in `pair_feasibility`, or if `keep` or `threshold` is out of range.

    Examples
    --------
    >>> from zsl.semantics import feasible_pairs
    >>> states = {"ripe": [1, 0.2], "mouldy": [1, 0], "brave": [0, 1]}
    >>> objects = {"apple": [1, 0], "pear": [1, 0.1], "lion": [0, 1]}
    >>> seen = [("ripe", "apple"), ("ripe", "pear"), ("mouldy", "apple"), ("brave", "lion")]
    >>> list(feasible_pairs(states, objects, seen, threshold=0.5))
    ['ripe apple', 'ripe pear', 'mouldy apple', 'mouldy pear', 'brave lion']
    """
    if not is_number(keep) or not 0 < keep <= 1:
        raise SemanticsError(f"keep={shown(keep)}; wanted a share in (0, 1].")
    if threshold is not None and not is_number(threshold):
        raise SemanticsError(f"threshold={shown(threshold)}; wanted a number from -1 to 1, or None.")
    left, right = (Semantics._named(*given, text_encoder) for given in (("states", states), ("objects", objects)))
    known = known_pairs("seen", seen, left._positions, right._positions)
    by_object, by_state = _likeness(left, right, known)
    scores = (by_object + by_state) / 2
    if threshold is None:
        rows, columns = _places(left, right, known)
        told = (np.minimum(by_object, by_state) > -1)[rows, columns]
        if not told.any():
            raise SemanticsError(
                "seen has no pair whose state and object both occur in other pairs, too, to choose a threshold on; "
                "wanted some, or threshold=..."
            )
        threshold = float(np.quantile(scores[rows, columns][told], 1 - keep, method="lower"))
    possible = scores >= threshold
    possible[_places(left, right, known)] = True
    given = dict(zip(known, seen, strict=True)) if isinstance(seen, Mapping) else {}
    named = class_pairs(left.classes, right.classes, template=template)
    chosen = [(given.get(pair, label), pair) for label, pair in named.items()]
    return class_pairs(
        left.classes,
        right.classes,
        {name: pair for (name, pair), can_be in zip(chosen, possible.flat, strict=True) if can_be},
    )


def _places(states: Semantics, objects: Semantics, pairs: list[Pair]) -> tuple[list[int], list[int]]:
    """Row and column of each pair."""
    return [states._positions[state] for state, _ in pairs], [objects._positions[one] for _, one in pairs]


def _likeness(states: Semantics, objects: Semantics, seen: list[Pair]) -> tuple[FloatArray, FloatArray]:
    """For each pair, how alike its object and the likest other one with its state are; then the same of its state."""
    occurs = np.zeros((len(states), len(objects)), dtype=bool)
    occurs[_places(states, objects, seen)] = True
    return _nearest(_cosines(objects.vectors), occurs), _nearest(_cosines(states.vectors), occurs.T).T


def _cosines(rows: FloatArray) -> FloatArray:
    """Cosine of each row with each other; 0 with a row of zeros, and -1 of a row with itself, which doesn't count."""
    vectors = rows.astype(np.float64)
    vectors /= np.maximum(np.abs(vectors).max(axis=1, keepdims=True), 1e-300)
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-300)
    found: FloatArray = np.clip(vectors @ vectors.T, -1, 1)
    np.fill_diagonal(found, -1)
    return found


def _nearest(cosines: FloatArray, occurs: NDArray[np.bool_]) -> FloatArray:
    """For each row and column of `occurs`, the largest cosine of the column with another that occurs in the row."""
    return np.stack([np.where(row[:, None], cosines, -1).max(axis=0) for row in occurs])
