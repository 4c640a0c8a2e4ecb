"""Classes that come by their descriptions, and go, without another fit."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, Self

from numpy.typing import ArrayLike
from sklearn.utils.validation import check_is_fitted

from zsl._docs import documented_like
from zsl.estimators._calls import changes
from zsl.estimators._known_classes import KnownClassesClassifier, remaining
from zsl.estimators.multi_label._answers import AnswersEach
from zsl.estimators.multi_label._known import LabelTransfer
from zsl.exceptions import SemanticsError
from zsl.semantics import Semantics, as_semantics


class ChangesClasses(AnswersEach):
    """Add and remove classes."""

    text_encoder: Any
    _table: Semantics | None
    _transfer: LabelTransfer | None

    @abstractmethod
    def _install(self) -> None:
        """Derive what follows from the state."""

    @changes
    def add_classes(self, *, semantics: Any) -> Self:
        """Make classes known by their descriptions, without fitting again.

        Parameters
        ----------
        semantics : DataFrame, mapping, list of names or Semantics
            Rows of new classes, in any form that the parameter `semantics` takes.

        Returns
        -------
        self
            The estimator, changed in place. A call that raises changes nothing.

        Raises
        ------
        SemanticsError
            If the estimator was fitted without a class table, the rows don't have the attributes that were fitted on,
            or a class is known already.
        """
        check_is_fitted(self)
        if self._table is None or self._transfer is None:
            raise SemanticsError("semantics were given to an estimator fitted without any; wanted one fitted with.")
        rows = as_semantics(semantics, text_encoder=self.text_encoder)
        again = rows.classes[self._classes.columns(rows.classes) >= 0]
        if len(again):
            raise SemanticsError(f"semantics describes {again[:5].tolist()} again; remove_classes removes the old row.")
        try:
            vectors = self._table.align(rows)
        except SemanticsError as error:
            raise SemanticsError(f"semantics doesn't fit the table that was fitted on: {error}") from error
        self._classes = self._classes.beside(self._transfer.classes(rows.classes, vectors))
        self._install()
        return self

    @changes
    @documented_like(KnownClassesClassifier.remove_classes)
    def remove_classes(self, labels: ArrayLike) -> Self:
        """Forget classes: they are no longer predicted."""
        check_is_fitted(self)
        self._classes = self._classes.take(remaining(self._places("labels", labels), len(self._classes)))
        self._install()
        return self
