"""Classes that come by their descriptions, and go, without another fit."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_is_fitted

from zsl.estimators._calls import changes
from zsl.estimators.multi_label._answers import AnswersEach
from zsl.estimators.multi_label._known import LabelTransfer
from zsl.exceptions import InvalidInputError, SemanticsError
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
    def remove_classes(self, labels: ArrayLike) -> Self:
        """Forget classes: they are no longer predicted.

        Parameters
        ----------
        labels : label or array of labels
            Known classes. At least one has to stay.

        Returns
        -------
        self
            The estimator, changed in place. A call that raises changes nothing.

        Raises
        ------
        InvalidInputError
            If a label isn't known, or no class would be left.
        """
        check_is_fitted(self)
        keep = np.ones(len(self._classes), dtype=bool)
        keep[self._places("labels", labels)] = False
        if not keep.any():
            raise InvalidInputError(f"labels names all {len(keep)} classes; wanted at least one to remain.")
        self._classes = self._classes.take(keep)
        self._install()
        return self
