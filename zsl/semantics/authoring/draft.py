"""A class table in the making, for somebody who has class names and no attribute matrix."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Self, final

import numpy as np
import pandas as pd

from zsl._arguments import is_flag, is_number, shown
from zsl._docs import documented_like
from zsl.encoders import DEFAULT_TEXT_ENCODER
from zsl.exceptions import SemanticsError
from zsl.semantics._labels import label_array
from zsl.semantics.audit import Audit
from zsl.semantics.authoring import _asking
from zsl.semantics.authoring._asking import Question
from zsl.semantics.authoring._cells import MOST, as_names
from zsl.semantics.authoring._filling import filling
from zsl.semantics.authoring._findings import findings
from zsl.semantics.authoring.conversions import Conversions
from zsl.semantics.table import Semantics, as_semantics

__all__ = ["AttributeDraft", "Question"]


@final
class AttributeDraft(Conversions):
    r"""Class table in the making: which cells are open, where each value comes from, and what to ask next.

    For somebody without an attribute matrix. Start from names (`empty`), answer the questions whose answers tell most
    classes apart (`question`, `answer`), have the rest predicted from a sentence per class (`fill`), look at what is
    still alike (`pairs`, `helpful`, `audit`), and pass `to_semantics()` to any estimator. A draft is never changed:
    `answer`, `fill` and `undo` return another one.

    Two classes are told apart by an attribute whose values differ by `margin` or more, in units of its range: 0 to 1
    if all its values lie there, as yes and no do, or from its least to its greatest value. Of a predicted value the
    standard error is subtracted first; see `zsl.functional.scores.pairs.pair_counts`. What an answer will be is
    predicted by Laplace's rule of succession: `zsl.functional.scores.pairs.expected_splits`.

    Parameters
    ----------
    values : array-like of shape (C, A)
        Numbers on any scale, such as 1 for yes and 0 for no; NaN for open cells.
    classes : array-like of shape (C,)
        Class labels, all strings or all whole numbers, each once.
    attributes : sequence of str of length A
        Names of the columns, each once.
    sources : array-like of str of shape (C, A) or None, default=None
        Where each value comes from: "typed" or "asked" (a person), "sentence" (predicted by `fill`), "imputed" (filled
        in otherwise), and "" for open cells. None means that all values were typed.
    uncertainty : array-like of shape (C, A) or None, default=None
        Standard error of the values that no person gave, in the attribute's units. None means unknown, infinity.

    Attributes
    ----------
    values, sources, uncertainty : ndarray of shape (C, A)
        As given, read-only.
    classes : ndarray of shape (C,)
        Labels, read-only.
    attributes : tuple of str
        Names of the columns.

    Raises
    ------
    SemanticsError
        If shapes don't fit each other, a name is empty or occurs twice, or sources don't fit the values.

    See Also
    --------
    Semantics : The finished class table.
    SemanticAlignment : Predicts attributes from sentences; `fill` uses it.

    Examples
    --------
    >>> from zsl.semantics import AttributeDraft
    >>> draft = AttributeDraft.empty(["zebra", "horse", "crow"], ["striped", "flies"])
    >>> draft.question()
    Question(label='zebra', attribute='striped', pairs=0.333...)
    >>> facts = {"zebra": (1, 0), "horse": (0, 0), "crow": (0, 1)}
    >>> while question := draft.question():
    ...     value = facts[question.label][draft.attributes.index(question.attribute)]
    ...     draft = draft.answer(question.label, question.attribute, value)
    >>> draft
    AttributeDraft(3 classes × 2 attributes: 5 given, 0 filled in, 1 open)
    >>> draft.pairs().empty
    True
    """

    def answer(self, label: Any, attribute: str, value: float | None) -> Self:
        """Put an answer into a cell, whatever stood there.

        Parameters
        ----------
        label : label
            The class.
        attribute : str
            The attribute.
        value : bool, float or None
            True and False are 1 and 0; None makes the cell open again.

        Returns
        -------
        AttributeDraft
            The draft with the answer.

        Raises
        ------
        SemanticsError
            If the class or attribute isn't in the draft, or the value is no finite number, or beyond 1e100.
        """
        if value is not None and not is_number(value) and not is_flag(value):
            raise SemanticsError(f"value={shown(value)}; wanted a finite number, True or False, or None.")
        number, source = (np.nan, "") if value is None else (float(value), "asked")
        if abs(number) > MOST:
            raise SemanticsError(f"value={shown(value)}; wanted a number from {-MOST:g} to {MOST:g}.")
        return self.changed((self.row(label), self.column(attribute)), number, source)

    def extend(self, *, classes: Iterable[Any] = (), attributes: Iterable[str] = ()) -> Self:
        """Append classes and attributes, with open cells.

        Parameters
        ----------
        classes : iterable of label, default=()
            New classes.
        attributes : iterable of str, default=()
            New attributes.

        Returns
        -------
        AttributeDraft
            The larger draft. `undo` goes back over answers, and leaves its size.

        Raises
        ------
        SemanticsError
            If a name is in the draft already, or of another kind.
        """
        labels = label_array(classes if isinstance(classes, str) else list(classes), "classes").tolist()
        more = labels, as_names(attributes)
        wider = ((0, len(more[0])), (0, len(more[1])))
        made = type(self)(
            np.pad(self.values, wider, constant_values=np.nan),
            classes=[*self.classes.tolist(), *more[0]],
            attributes=[*self.attributes, *more[1]],
            sources=np.pad(self.sources, wider, constant_values=""),
            uncertainty=np.pad(self.uncertainty, wider),
        )
        made.__dict__["_history"] = self._history
        return made

    def fill(
        self, descriptions: Any, *, text_encoder: Any = None, alpha: Any = "auto", min_r2: float | None = 0.0
    ) -> Self:
        """Predict open cells from sentences about the classes, learned on the cells that a person gave.

        `SemanticAlignment` is fitted for each attribute on the classes that have both its value and a sentence, three
        or more, and predicts the others. What a person gave is never replaced; what was predicted before is predicted
        anew. Predictions are kept within the attribute's range and rounded to about a thousandth of it. An attribute
        that has a single value, or is predicted no better than `min_r2` asks for, stays open.

        Parameters
        ----------
        descriptions : dict, Series, DataFrame or Semantics
            A sentence or several per class, or any class table: word vectors, or attributes from elsewhere.
        text_encoder : str, path, object or None, default=None
            Encoder of sentences: see `zsl.encoders.encode_texts`. None means the default model.
        alpha : float, sequence of float or "auto", default="auto"
            Penalty, as in `SemanticAlignment`.
        min_r2 : float or None, default=0.0
            Least R² on left-out classes above which an attribute is filled in; 0 is no better than the mean. None fills
            in all.

        Returns
        -------
        AttributeDraft
            The draft with predictions, source "sentence". Their `uncertainty` is the root mean squared error on
            left-out classes, one figure per attribute; somewhat optimistic, since the penalty is chosen by the same.

        Raises
        ------
        SemanticsError
            If fewer than four classes have a description, or these cannot be used.
        InvalidInputError
            If the sentences cannot be encoded.
        """
        found = filling(self, self._described(descriptions, text_encoder), alpha, min_r2)
        rows, columns = np.nonzero(found.filled | found.emptied)
        filled = found.filled[rows, columns]
        values = np.where(filled, found.values[rows, columns], np.nan)
        errors = np.where(filled, found.errors[rows, columns], 0.0)
        return self.changed((rows, columns), values, np.where(filled, "sentence", ""), errors)

    @documented_like(fill)
    def predictability(
        self, descriptions: Any, *, text_encoder: Any = None, alpha: Any = "auto", min_r2: float | None = 0.0
    ) -> pd.DataFrame:
        """Tell how well sentences predict each attribute, before `fill` does so.

        Returns
        -------
        DataFrame of shape (A, 5)
            "given", the classes to learn from; "r2" on left-out classes, NaN with fewer than three or a single value;
            "error", the standard error; "filled" and "open", the cells that `fill` fills in and leaves.
        """
        return filling(self, self._described(descriptions, text_encoder), alpha, min_r2).quality

    def pairs(self, *, margin: float = 0.5, by: int = 1) -> pd.DataFrame:
        """List the pairs of classes that aren't told apart yet.

        Parameters
        ----------
        margin : float, default=0.5
            From which difference on an attribute tells two classes apart, in units of its range, above 0 and up to 1.
        by : int, default=1
            How many attributes have to tell a pair apart.

        Returns
        -------
        DataFrame
            A row per pair, the nearest first: "one", "other", how many "attributes" tell them apart, the greatest
            "difference" (0 if nothing is known of both), and the attribute that is "most different".

        Raises
        ------
        SemanticsError
            If `margin` or `by` is out of range.
        """
        return _asking.pair_frame(self, margin, by)

    @documented_like(pairs)
    def helpful(self, *, margin: float = 0.5, by: int = 1, confirm: bool = False) -> pd.DataFrame:
        """Rank the attributes by how many pairs of classes their answers would tell apart.

        Parameters
        ----------
        confirm : bool, default=False
            Whether cells that no person gave may be asked about, too.

        Returns
        -------
        DataFrame of shape (A, 3)
            The expected number of "pairs" told apart if the cells that matter were answered, the number of these
            "questions", and "pairs per question", by which rows are sorted. All are 0 for an attribute that helps no
            more; if that is so for all of them, more attributes are needed.
        """
        return _asking.help_frame(self, margin, by, confirm)

    @documented_like(pairs)
    def question(
        self,
        *,
        margin: float = 0.5,
        by: int = 1,
        confirm: bool = False,
        skip: Collection[tuple[Any, str]] = (),
        among: str | Sequence[str] | None = None,
    ) -> Question | None:
        """Choose the cell to ask about next.

        Parameters
        ----------
        confirm : bool, default=False
            Whether cells that no person gave may be asked about, too.
        skip : collection of (label, attribute), default=()
            Cells that aren't to be asked about.
        among : str, sequence of str or None, default=None
            Attributes to ask about. None means all.

        Returns
        -------
        Question or None
            Of the attribute that is expected to tell most pairs apart per answer the class whose answer tells most;
            the first of equally good ones. None if no answer helps: all pairs are told apart, or can't be.
        """
        return _asking.next_question(self, margin, by, confirm, skip, among)

    @documented_like(pairs)
    def audit(self, seen: Any = None, *, margin: float = 0.5, by: int = 1) -> Audit:
        """Look for what harms transfer: in the draft, and in the table that it makes now.

        Parameters
        ----------
        seen : array-like of labels or None, default=None
            Labels of the training data, as in `Semantics.audit`.

        Returns
        -------
        Audit
            The kinds "empty-attributes", "open-cells" and "classes-not-told-apart"; then those of `Semantics.audit`,
            for the attributes that have values, with the mean in their open cells.
        """
        return findings(self, seen, margin, by)

    def _described(self, descriptions: Any, text_encoder: Any) -> Semantics:
        return as_semantics(descriptions, text_encoder=DEFAULT_TEXT_ENCODER if text_encoder is None else text_encoder)
