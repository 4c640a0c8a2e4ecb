"""Splits over classes, and how predictions on seen and unseen classes are measured; imported when first used."""

from importlib import import_module
from typing import Any

from zsl.evaluation.hubness import hubness as hubness  # at once: its module has the same name

_HOMES = {
    "answers.multi_label": "MultiLabelResult MultiLabelScores evaluate_multi_label multi_label_metrics",
    "answers.composed": "ComposedResult evaluate_composed measure_composed",
    "answers.composed_split": "ComposedSplit",
    "answers.pair_folds": "PairKFold",
    "answers.ranks": "AccuracySpecificityCurve RankResult accuracy_specificity_curve rank_metrics",
    "answers.sets": "evaluate_sets measure_sets set_coverage set_coverage_by_class set_figures "
    "size_stratified_coverage",
    "benchmark._tables": "BenchmarkResult",
    "benchmark.running": "run_benchmark",
    "calibration": "ReliabilityCurve expected_calibration_error reliability_curve",
    "comparing.comparison": "Comparison compare",
    "comparing.predictions": "Predictions",
    "curves": "SeenUnseenCurve best_bias seen_unseen_curve",
    "episodes": "EpisodeResult evaluate_episodes measure_episodes",
    "few_shot_split": "FewShotSplit",
    "gzsl": "GZSLResult evaluate_gzsl measure_gzsl",
    "hubness": "hubness k_occurrence",
    "metrics": "accuracy_by_class harmonic_mean mean_confidence_interval per_class_accuracy",
    "presentations": "PresentationResult measure_presentations",
    "retrieval": "RetrievalResult measure_retrieval retrieval_metrics",
    "scorers": "ausuc_score harmonic_score seen_score t1_score unseen_score",
    "shots": "evaluate_shots measure_shots",
    "splits": "ClassKFold GZSLSplit",
}
_HOME_OF = {name: f"zsl.evaluation.{home}" for home, names in _HOMES.items() for name in names.split()}

__all__ = sorted(_HOME_OF)


def __getattr__(name: str) -> Any:
    if name in _HOME_OF:
        return getattr(import_module(_HOME_OF[name]), name)
    raise AttributeError(f"module 'zsl.evaluation' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
