"""The shell of adapters in a joint space: samples are kept, and an adapter is fitted for the classes asked about."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from zsl._typing import FloatArray, LabelArray
from zsl.classes.registry import ClassRegistry
from zsl.classes.stored import StoredSamples
from zsl.estimators._calls import snapshot
from zsl.estimators._class_tables import check_widths
from zsl.estimators._described_classes import DescribedClassesClassifier
from zsl.estimators._explanations import SUPPORT, Parts, along_path
from zsl.estimators._parameters import Auto, Finite, Folds, Positive, Whole, parameters
from zsl.estimators._state import check_together
from zsl.estimators.joint._choice import Task, chosen_balance, task_of, text_scale
from zsl.functional.linear.origins import Origin
from zsl.functional.scores.distances import unit
from zsl.methods.joint.adapter import JointAdapter
from zsl.selection.scaling import origin_of
from zsl.selection.search import Point, Selection
from zsl.semantics import Semantics

BLOCK_ROWS = 4096
MOST_ADAPTERS = 16
"""Of how many sets of classes asked about an adapter is kept."""


@parameters
class JointSpaceClassifier(DescribedClassesClassifier):
    r"""Adapt the scores of class texts to samples, where one model encoded both.

    A subclass chooses what its adapter leaves open (`_choose`), and fits it (`_solve`).

    Parameters
    ----------
    semantics : DataFrame, mapping, list of names, Semantics or None
        The class table, as wide as X; see `PromptClassifier`. A class without a row has the mean text of the others;
        without a table samples alone count.
    text_encoder : str, path, object or None
        Encodes the texts of `semantics`, if it holds any: that of the model which encoded X.
    scale : float or "auto"
        The factor :math:`\tau` that makes logits of cosines, above 0: 100 for CLIP and its like, about 20 for encoders
        of sentences. "auto" takes that at which the texts alone, which have learned nothing of the samples, give these
        the largest likelihood, and 5 at least.
    seen_bias : float or "auto"
        What is subtracted from the scores of the classes of `fit`, where others have a text alone. "auto" chooses
        it by H on seen classes whose samples are held out, and 0 if there are fewer than four or one of them has a
        single sample. A class that has n samples from `add_classes`, where those of `fit` have m on average, is ahead
        by the share :math:`1 - \log(1 + n) / \log(1 + m)` of it, and by nothing from m on.
    max_samples : int
        Samples per class that are kept at most, in single precision: a random subset that depends only on the samples,
        not on their order. Adapters are for few; their fits take longer than in proportion to the number.
    cv : int, splitter or None
        Folds of held-out seen classes that the bias, the temperature and the threshold of ``predict(reject=...)`` are
        chosen on: their number, or a splitter such as `ClassKFold`. With None the bias is 0 unless it is given.

    Attributes
    ----------
    method_ : JointAdapter
        The adapter of all known classes. It is fitted when scores are first asked for, and again after classes came or
        went, on the samples that are kept; a subset of classes has one of its own, of which the last 16 are kept. What
        was chosen in `fit` stays.
    scale_, seen_bias_, temperature_ : float
        The factor, the bias, and what `predict_proba` divides calibrated scores by, 1 if none could be chosen.
    selection_ : dict
        The choice on held-out classes; see `RelationClassifier`.
    """

    scale: Auto | Positive = "auto"
    seen_bias: Auto | Finite = "auto"
    max_samples: Whole = 32
    cv: Folds = 3
    _state: ClassVar[Mapping[str, Any]] = {
        "_classes": StoredSamples,
        "_origin": Origin,
        "_selection": Selection,
        "_usual_count": float,
    }
    _chosen: ClassVar[tuple[str, ...]] = ()
    """Names of the parameters of which a value is chosen in fit."""

    @abstractmethod
    def _choose(self, task: Task, scale: float) -> Point:
        """What is chosen on the support itself beside the scale, and kept for all fits."""

    @abstractmethod
    def _solve(self, task: Task, point: Point) -> JointAdapter:
        """Fit an adapter."""

    def _fit(
        self, X: FloatArray, codes: NDArray[np.intp], labels: LabelArray, table: Semantics | None
    ) -> StoredSamples:
        if table is not None:
            check_widths(X.shape[1], table.vectors.shape[1])
        self._origin = origin_of(X, centred=False)
        vectors = np.zeros((0, 0)) if table is None else table.vectors
        classes = StoredSamples.empty(labels, vectors.shape[1], X.shape[1], int(self.max_samples), vectors.dtype)
        classes = classes.with_support(labels[codes], self._embed(X))
        if table is not None:
            classes = classes.with_semantics(table.classes, table.vectors)
        self._usual_count = float(classes.counts[classes.seen].mean())
        task = task_of(classes.take(classes.seen), X.shape[1])
        scale = text_scale(task) if self.scale == "auto" else float(self.scale)
        point = {"scale": scale} | self._choose(task, scale)
        given = None if self.seen_bias == "auto" else float(self.seen_bias)
        cv = None if table is None else self.cv
        self._selection = chosen_balance(task, point, lambda part: self._solve(part, point), cv, given)
        self._install()
        return classes

    def _install(self) -> None:
        """Derive what follows from the state; scores depend on no parameter set later on."""
        self._adapters: dict[tuple[Any, ...], JointAdapter] = {}
        self._show(self._selection)

    def _set_class_attributes(self) -> None:
        super()._set_class_attributes()
        self._adapters = {}

    def _set_state(self, state: dict[str, Any]) -> None:
        point, width = state["_selection"].params, state["_origin"].point.shape
        check_together(state["_usual_count"] > 0, f"classes with {state['_usual_count']} samples each")
        check_together(width == (state["n_features_in_"],), f"samples are seen from a point of the shape {width}")
        self._check_choice(point)
        check_together(
            set(point) == set(self._chosen) and all(0 < value < np.inf for value in point.values()),
            f"the chosen values {str(point)[:80]}",
        )
        super()._set_state(state)
        self._install()

    def _check_scores(self) -> None:
        """Nothing is scored, since that would fit an adapter, by as many steps as a file says."""
        self._check_width(self.n_features_in_)

    @property
    def scores_alone(self) -> bool:
        """Always False: an adapter is fitted on the samples of all classes."""
        return False

    @property
    def method_(self) -> JointAdapter:
        """The adapter of all known classes."""
        own = snapshot(self)
        return own._adapter(own._classes)

    def _adapter(self, classes: Any) -> JointAdapter:
        """The adapter of these classes, in sorted order; of several threads, the first to finish counts."""
        key = tuple(classes.labels.tolist())
        known = self._adapters.get(key)
        if known is None:
            solved = self._solve(task_of(classes, self.n_features_in_), self._selection.params)
            known = self._adapters.setdefault(key, solved.requires_grad_(False).eval())
            for old in list(self._adapters)[:-MOST_ADAPTERS]:
                self._adapters.pop(old, None)
        return known

    def _embed(self, X: FloatArray) -> FloatArray:
        return self._origin.directions(X).astype(np.float64, copy=False)

    def _score(self, embedded: FloatArray, classes: Any) -> FloatArray:
        order = np.argsort(classes.labels)
        adapter, scores = self._adapter(classes.take(order)), np.empty((len(embedded), len(classes)))
        with torch.inference_mode():
            for start in range(0, len(embedded), BLOCK_ROWS):
                rows = slice(start, start + BLOCK_ROWS)
                scores[rows, order] = adapter.scores(torch.as_tensor(embedded[rows])).numpy()
        return scores

    def _bias(self, classes: ClassRegistry) -> FloatArray:
        known = np.log1p(classes.counts) / np.log1p(self._usual_count)
        return np.where(classes.seen, 0.0, self.seen_bias_ * np.maximum(0.0, 1.0 - known))

    def _parts(self, embedded: FloatArray, pair: ClassRegistry, max_steps: int) -> Parts:
        adapter, sample = self._adapter(self._classes), torch.as_tensor(embedded)
        columns = torch.as_tensor(self._classes.columns(pair.labels))
        own = torch.stack([adapter.multipliers[columns], adapter.residuals(sample)[0, columns]], dim=1)

        def scores(path: Sequence[Tensor]) -> Tensor:
            rows, own = path
            return own[:, 0] * (unit(rows) @ sample[0]) + own[:, 1]

        return along_path(scores, {"": torch.as_tensor(pair.rows), SUPPORT: own}, max_steps)
