"""Class tables of pairs: each state with each object, such as wet × cat."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, Literal, Self

import numpy as np

from zsl._arguments import shown
from zsl.encoders import SentenceEncoder
from zsl.exceptions import SemanticsError
from zsl.semantics._combining import Combining, _mask
from zsl.semantics._precision import finer
from zsl.semantics.pairs.naming import TEMPLATE, class_pairs


class Composing(Combining):
    """The constructor of `zsl.semantics.Semantics` that makes classes of states and objects."""

    @classmethod
    def compose(
        cls,
        states: Any,
        objects: Any,
        *,
        pairs: Any = None,
        template: str = TEMPLATE,
        interaction: Literal["outer", "elementwise"] | None = None,
        text_encoder: str | os.PathLike[str] | SentenceEncoder | None = None,
    ) -> Self:
        r"""Make the table of pairs of a state and an object, such as "wet cat".

        The row of a pair holds the vector :math:`s` of its state beside the vector :math:`o` of its object, as blocks
        that estimators scale separately (see `beside`), and by option their products:

        .. math:: [s, o], \qquad [s, o, s \otimes o] \qquad\text{or}\qquad [s, o, s \odot o]

        Every zero-shot estimator then predicts pairs that had no samples from those that had, as long as each state
        and each object was seen in some pair. A score that is bilinear in sample and row, such as that of ridge or
        ESZSL, is on :math:`[s, o]` a score of the state plus one of the object.

        Parameters
        ----------
        states, objects : Semantics, DataFrame, dict, or list of str
            Their tables, in any form that `zsl.semantics.as_semantics` takes. Where nothing but names is known,
            ``Semantics(np.eye(n), classes=names)`` tells them apart.
        pairs : array-like of shape (n, 2), mapping of label to pair, or None, default=None
            The pairs that become classes (closed world), in this order: as (state, object), or by label. None means
            all (open world); `zsl.semantics.feasible_pairs` chooses among these.
        template : str, default="{state} {object}"
            How labels are made of pairs that have none: a format string. `zsl.semantics.class_pairs` leads back.
        interaction : {"outer", "elementwise"} or None, default=None
            Products in a further block: of each column of the states with each of the objects, or of equal columns of
            two tables of one width, such as texts by one encoder. Products of tables that tell names apart describe
            seen pairs only.
        text_encoder : str, path, object or None, default=None
            Encoder of sentences and names: see `zsl.encoders.encode_texts`. None means the default model.

        Returns
        -------
        Semantics
            The table of n pairs, with strings as labels unless `pairs` has others.

        Raises
        ------
        SemanticsError
            If a table cannot be used, `pairs` holds an unknown state or object, a pair or a label comes twice, or the
            widths don't suit the interaction.

        See Also
        --------
        zsl.semantics.class_pairs : From a label to its state and object.
        zsl.evaluation.evaluate_composed : The protocol of compositional zero-shot learning.

        Examples
        --------
        >>> from zsl.semantics import Semantics
        >>> states = Semantics([[1, 0], [0, 1]], classes=["wet", "dry"], attributes=["shiny", "fluffy"])
        >>> objects = Semantics([[1], [0]], classes=["cat", "stone"], attributes=["alive"])
        >>> table = Semantics.compose(states, objects, interaction="outer")
        >>> table.classes.tolist(), table.blocks
        (['wet cat', 'wet stone', 'dry cat', 'dry stone'], (2, 1, 2))
        >>> table.attributes
        ('shiny', 'fluffy', 'alive', 'shiny × alive', 'fluffy × alive')
        """
        if interaction not in (None, "outer", "elementwise"):
            raise SemanticsError(f"interaction={shown(interaction)}; wanted 'outer', 'elementwise' or None.")
        left, right = cls._named("states", states, text_encoder), cls._named("objects", objects, text_encoder)
        named = class_pairs(left.classes, right.classes, pairs, template=template)
        labels = list(named)
        first = left._repeated([left._positions[state] for state, _ in named.values()], labels)
        second = right._repeated([right._positions[one] for _, one in named.values()], labels)
        table = first.beside(second)
        return table if interaction is None else table.beside(first._times(second, interaction == "outer"))

    @classmethod
    def _named(cls, name: str, value: Any, encoder: str | os.PathLike[str] | SentenceEncoder | None) -> Self:
        """A table from any form; an error says which of several it is about."""
        if isinstance(value, cls):
            return value
        try:
            return cls._from_any(value, encoder, name)
        except SemanticsError as error:
            raise error if name in str(error) else SemanticsError(f"{name}: {error}") from error

    def _repeated(self, rows: Sequence[int], labels: Sequence[Any]) -> Self:
        """The table of some rows, each as often as it comes, under other labels."""
        return type(self)(
            self.vectors[rows],
            classes=labels,
            attributes=self.attributes,
            texts=None if self.texts is None else [self.texts[row] for row in rows],
            imputed=None if self.imputed is None else self.imputed[rows],
            blocks=self.blocks,
            precision=self.precision,
        )

    def _times(self, other: Self, outer: bool) -> Self:
        """Products of the columns of two tables of the same classes: of each with each, or of equal ones."""
        mine, theirs = self.attributes, other.attributes
        if not outer and len(mine) != len(theirs):
            raise SemanticsError(
                f"interaction='elementwise' with {len(mine)} columns of states and {len(theirs)} of objects; wanted "
                "tables of one width, or interaction='outer'."
            )
        if outer:
            columns = np.divmod(np.arange(len(mine) * len(theirs)), len(theirs))
        else:
            columns = np.arange(len(mine)), np.arange(len(mine))
        left, right = columns
        return type(self)(
            self.vectors[:, left] * other.vectors[:, right],
            classes=self.classes,
            attributes=[f"{mine[i]} × {theirs[j]}" for i, j in zip(left, right, strict=True)],
            imputed=_mask(self)[:, left] | _mask(other)[:, right],
            precision=finer(self.vectors, other.vectors),
        )
