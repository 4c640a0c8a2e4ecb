"""Splits over classes, and how predictions on seen and unseen classes are measured."""

from zsl.evaluation.benchmark._tables import BenchmarkResult
from zsl.evaluation.benchmark.running import run_benchmark
from zsl.evaluation.calibration import ReliabilityCurve, expected_calibration_error, reliability_curve
from zsl.evaluation.episodes import EpisodeResult, evaluate_episodes
from zsl.evaluation.hubness import hubness, k_occurrence
from zsl.evaluation.metrics import (
    SeenUnseenCurve,
    accuracy_by_class,
    best_bias,
    harmonic_mean,
    mean_confidence_interval,
    per_class_accuracy,
    seen_unseen_curve,
)
from zsl.evaluation.presentations import PresentationResult, presentation_accuracy
from zsl.evaluation.protocols import evaluate_gzsl, measure_gzsl
from zsl.evaluation.results import GZSLResult
from zsl.evaluation.retrieval import RetrievalResult, evaluate_retrieval, measure_retrieval
from zsl.evaluation.scorers import ausuc_score, harmonic_score, seen_score, t1_score, unseen_score
from zsl.evaluation.shots import evaluate_shots
from zsl.evaluation.splits import ClassKFold, GZSLSplit

__all__ = [
    "BenchmarkResult",
    "ClassKFold",
    "EpisodeResult",
    "GZSLResult",
    "GZSLSplit",
    "PresentationResult",
    "ReliabilityCurve",
    "RetrievalResult",
    "SeenUnseenCurve",
    "accuracy_by_class",
    "ausuc_score",
    "best_bias",
    "evaluate_episodes",
    "evaluate_gzsl",
    "evaluate_retrieval",
    "evaluate_shots",
    "expected_calibration_error",
    "harmonic_mean",
    "harmonic_score",
    "hubness",
    "k_occurrence",
    "mean_confidence_interval",
    "measure_gzsl",
    "measure_retrieval",
    "per_class_accuracy",
    "presentation_accuracy",
    "reliability_curve",
    "run_benchmark",
    "seen_score",
    "seen_unseen_curve",
    "t1_score",
    "unseen_score",
]
