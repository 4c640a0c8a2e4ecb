"""The numbers of a report: everything that is measured, before anything is drawn."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zsl._arguments import check_kind
from zsl._typing import FloatArray, LabelArray
from zsl.evaluation._arrays import as_count, is_among
from zsl.evaluation._fitted import competing, open_fitted
from zsl.evaluation.calibration import ReliabilityCurve, reliability_curve
from zsl.evaluation.gzsl import GZSLResult, measure_gzsl
from zsl.evaluation.hubness import k_occurrence, skewness
from zsl.evaluation.splits import GZSLSplit
from zsl.plots._pictures import check_pictures
from zsl.plots.confusion import ConfusionDisplay
from zsl.plots.retrieval import RetrievalDisplay
from zsl.report._choices import Choices, choices_of
from zsl.report._explanations import Explanation, explained_examples
from zsl.report._texts import as_text

N_HUBS = 5
IMAGES = "images"
"""Where `info` of a split may have the pictures of its test samples of unseen classes."""


@dataclass(frozen=True, eq=False)
class ReportNumbers:
    """Everything that a report shows, as numbers and labels."""

    estimator: str
    result: GZSLResult
    others: Mapping[str, GZSLResult]
    ran: str
    classes: LabelArray
    seen: NDArray[np.bool_]
    confusion: ConfusionDisplay
    among_unseen: ConfusionDisplay
    reliability: ReliabilityCurve | None
    found: RetrievalDisplay | None
    k: int
    occurrence: NDArray[np.intp]
    n_hits: int
    hits: tuple[Explanation, ...]
    misses: tuple[Explanation, ...]
    can_explain: bool
    chosen: Choices
    parameters: tuple[tuple[str, str], ...]
    data: tuple[tuple[str, str], ...]

    @property
    def n_unseen(self) -> int:
        """Number of test samples of unseen classes."""
        return int(self.among_unseen.counts.sum())

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


def collect(
    fitted: Any, split: GZSLSplit, *, k: int, n_examples: int, others: Mapping[str, GZSLResult], images: Any = None
) -> ReportNumbers:
    """Measure and explain; nothing is drawn and nothing is written."""
    n_examples = as_count("n_examples", n_examples, 0)
    check_kind("split", split, GZSLSplit)
    images = split.info.get(IMAGES) if images is None else images
    pictures = None if images is None else check_pictures(images, len(split.X_test_unseen))
    result = measure_gzsl(fitted, split)
    opened = open_fitted(fitted)
    model: Any = opened.estimator
    unseen, classes = competing(model, split)
    X = np.asarray(opened.transform(split.X_test_unseen))
    scores: FloatArray = np.asarray(model.class_scores(X, classes=classes, calibrated=True))
    occurrence = k_occurrence(scores, k)
    y = split.y_test_unseen
    hits, misses, n_hits = explained_examples(model, X, y, scores, classes, n_examples, pictures)
    return ReportNumbers(
        estimator=type(model).__name__,
        ran=" → ".join(type(part).__name__ for part in (*opened.steps, model)),
        result=result,
        others=dict(others),
        classes=classes,
        seen=is_among(classes, split.seen_classes.tolist()),
        confusion=ConfusionDisplay._measured(fitted, split),
        among_unseen=ConfusionDisplay._measured(fitted, split, "unseen"),
        reliability=_reliability(model, X, np.asarray(opened.transform(split.X_test_seen)), split, classes),
        found=None
        if pictures is None
        else RetrievalDisplay._ranked(y, model.class_scores(X, unseen), unseen, 8, pictures),
        k=int(k),
        occurrence=occurrence,
        n_hits=n_hits,
        hits=hits,
        misses=misses,
        can_explain=hasattr(model, "explain"),
        chosen=choices_of(fitted, model),
        parameters=tuple((name, as_text(value)) for name, value in model.get_params(deep=False).items()),
        data=_data(split),
    )


def _reliability(
    model: Any, X_unseen: Any, X_seen: Any, split: GZSLSplit, classes: LabelArray
) -> ReliabilityCurve | None:
    """Confidence against accuracy over all test samples, or None for an estimator without probabilities."""
    if not hasattr(model, "predict_proba"):
        return None
    probabilities = np.concatenate([model.predict_proba(X, classes) for X in (X_unseen, X_seen)])
    return reliability_curve(np.concatenate([split.y_test_unseen, split.y_test_seen]), probabilities, classes=classes)


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
    return tuple((name, as_text(value)) for name, value in [*rows.items(), *split.info.items()] if name != IMAGES)
