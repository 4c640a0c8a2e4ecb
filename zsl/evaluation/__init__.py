"""Splits over classes, and how predictions on seen and unseen classes are measured."""

from zsl.evaluation.metrics import (
    SeenUnseenCurve,
    accuracy_by_class,
    best_bias,
    harmonic_mean,
    mean_confidence_interval,
    per_class_accuracy,
    seen_unseen_curve,
)
from zsl.evaluation.protocols import evaluate_gzsl, measure_gzsl
from zsl.evaluation.results import GZSLResult
from zsl.evaluation.scorers import ausuc_score, harmonic_score, seen_score, t1_score, unseen_score
from zsl.evaluation.shots import evaluate_shots
from zsl.evaluation.splits import ClassKFold, GZSLSplit

__all__ = [
    "ClassKFold",
    "GZSLResult",
    "GZSLSplit",
    "SeenUnseenCurve",
    "accuracy_by_class",
    "ausuc_score",
    "best_bias",
    "evaluate_gzsl",
    "evaluate_shots",
    "harmonic_mean",
    "harmonic_score",
    "mean_confidence_interval",
    "measure_gzsl",
    "per_class_accuracy",
    "seen_score",
    "seen_unseen_curve",
    "t1_score",
    "unseen_score",
]
