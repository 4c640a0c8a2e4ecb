"""The numbers of a report: everything that is measured, before anything is drawn."""

from collections.abc import Mapping, Sequence, Sized
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zsl._typing import FloatArray, LabelArray
from zsl.evaluation._arrays import as_count, is_among
from zsl.evaluation._fitted import competing, open_fitted
from zsl.evaluation.gzsl import GZSLResult, measure_gzsl
from zsl.evaluation.hubness import k_occurrence, skewness
from zsl.evaluation.splits import GZSLSplit
from zsl.plots.figures import confusion_shares
from zsl.report._explanations import Explanation, explained_examples

N_CONFUSIONS, N_HUBS = 8, 5


@dataclass(frozen=True, eq=False)
class ReportNumbers:
    """Everything that a report shows, as numbers and labels."""

    estimator: str
    result: GZSLResult
    others: Mapping[str, GZSLResult]
    y_unseen: LabelArray
    predicted: LabelArray
    classes: LabelArray
    seen: NDArray[np.bool_]
    k: int
    occurrence: NDArray[np.intp]
    n_hits: int
    hits: tuple[Explanation, ...]
    misses: tuple[Explanation, ...]
    can_explain: bool
    chosen: tuple[tuple[str, str], ...]
    parameters: tuple[tuple[str, str], ...]
    data: tuple[tuple[str, str], ...]

    @property
    def unseen_classes(self) -> LabelArray:
        """The unseen classes, in the order of rows and columns of the confusion."""
        return self.classes[~self.seen]

    @property
    def hubness(self) -> float:
        """Skewness of the k-occurrence."""
        return skewness(self.occurrence)

    @property
    def hubs(self) -> list[tuple[Any, bool, int]]:
        """Classes of largest k-occurrence: label, whether seen, count."""
        order = np.argsort(-self.occurrence, kind="stable")[:N_HUBS]
        labels = self.classes.tolist()
        return [(labels[c], bool(self.seen[c]), int(self.occurrence[c])) for c in order]

    @property
    def confusions(self) -> list[tuple[Any, Any, float]]:
        """Most frequent mistakes among unseen classes: true class, predicted class, share of the true class."""
        labels = self.unseen_classes.tolist()
        shares = confusion_shares(self.y_unseen, self.predicted, labels)
        np.fill_diagonal(shares, 0)
        order = np.argsort(-shares, axis=None, kind="stable")[:N_CONFUSIONS]
        pairs = [divmod(int(place), shares.shape[1]) for place in order]
        return [
            (labels[row], labels[column], float(shares[row, column])) for row, column in pairs if shares[row, column]
        ]


def collect(
    fitted: Any, split: GZSLSplit, *, k: int, n_examples: int, others: Mapping[str, GZSLResult]
) -> ReportNumbers:
    """Measure and explain; nothing is drawn and nothing is written."""
    n_examples = as_count("n_examples", n_examples, 0)
    result = measure_gzsl(fitted, split)
    opened = open_fitted(fitted)
    model: Any = opened.estimator
    unseen, classes = competing(model, split)
    X = np.asarray(opened.transform(split.X_test_unseen))
    scores: FloatArray = np.asarray(model.class_scores(X, classes=classes, calibrated=True))
    occurrence = k_occurrence(scores, k)
    hits, misses, n_hits = explained_examples(model, X, split.y_test_unseen, scores, classes, n_examples)
    return ReportNumbers(
        estimator=type(model).__name__,
        result=result,
        others=dict(others),
        y_unseen=split.y_test_unseen,
        predicted=model.predict(X, classes=unseen),
        classes=classes,
        seen=is_among(classes, split.seen_classes.tolist()),
        k=int(k),
        occurrence=occurrence,
        n_hits=n_hits,
        hits=hits,
        misses=misses,
        can_explain=hasattr(model, "explain"),
        chosen=_chosen(fitted, model),
        parameters=tuple((name, as_text(value)) for name, value in model.get_params(deep=False).items()),
        data=_data(split),
    )


def _chosen(fitted: Any, model: Any) -> tuple[tuple[str, str], ...]:
    """Single numbers that were learned or chosen, and the results of searches and of the estimator's own selection."""
    found = {"best_params_": fitted.best_params_} if hasattr(fitted, "best_params_") else {}
    for name, value in sorted(vars(model).items()):
        if name.endswith("_") and not name.startswith("_") and isinstance(value, Real | str):
            found[name] = value
    if (bias := getattr(model, "seen_bias_", None)) is not None:
        found["seen_bias_"] = bias
    selection = getattr(model, "selection_", None)
    if isinstance(selection, Mapping):
        found |= {f"selection_: {name}": value for name, value in selection.items()}
    elif selection is not None:
        found["selection_"] = selection
    return tuple((name, as_text(value)) for name, value in found.items())


def _data(split: GZSLSplit) -> tuple[tuple[str, str], ...]:
    """Where the data come from and how they are divided."""
    table = "no class table" if split.semantics is None else split.semantics.vectors.shape[1]
    rows = {
        "name": split.name or "without a name",
        "seen classes": len(split.seen_classes),
        "unseen classes": len(split.unseen_classes),
        "training samples": len(split.X_train),
        "test samples of seen classes": len(split.X_test_seen),
        "test samples of unseen classes": len(split.X_test_unseen),
        "columns of features": split.X_train.shape[1],
        "columns of the class table": table,
    }
    return tuple((name, as_text(value)) for name, value in [*rows.items(), *split.info.items()])


def as_text(value: Any) -> str:
    """Short text of a parameter or of something learned; large things are described by their size."""
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if value is None:
        return "none"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, Mapping) and len(value) <= 8:
        return ", ".join(f"{name}: {as_text(item)}" for name, item in value.items())
    if isinstance(value, list | tuple) and not any(isinstance(item, Mapping) for item in value):
        return _listed(value)
    text = " ".join(str(value).split())
    if len(text) <= 200:
        return text
    size = f" of length {len(value)}" if isinstance(value, Sized) and not isinstance(value, str) else ""
    return f"{text[:199]}…" if isinstance(value, str) else f"{type(value).__name__}{size}"


def _listed(values: Sequence[Any]) -> str:
    """Items of a list, without the middle of a long one."""
    items = [f"({as_text(item)})" if isinstance(item, list | tuple) else as_text(item) for item in values]
    if len(items) > 8:
        items = [*items[:4], f"… {len(items) - 8} more …", *items[-4:]]
    return ", ".join(items) or "empty"
