"""Splits over classes, and how predictions on seen and unseen classes are measured."""

from zsl.evaluation.benchmark._tables import BenchmarkResult
from zsl.evaluation.benchmark.running import run_benchmark
from zsl.evaluation.calibration import ReliabilityCurve, expected_calibration_error, reliability_curve
from zsl.evaluation.comparing.comparison import Comparison, compare
from zsl.evaluation.comparing.predictions import Predictions
from zsl.evaluation.curves import SeenUnseenCurve, best_bias, seen_unseen_curve
from zsl.evaluation.episodes import EpisodeResult, evaluate_episodes, measure_episodes
from zsl.evaluation.few_shot_split import FewShotSplit
from zsl.evaluation.gzsl import GZSLResult, evaluate_gzsl, measure_gzsl
from zsl.evaluation.hubness import hubness, k_occurrence
from zsl.evaluation.metrics import accuracy_by_class, harmonic_mean, mean_confidence_interval, per_class_accuracy
from zsl.evaluation.presentations import PresentationResult, measure_presentations
from zsl.evaluation.retrieval import RetrievalResult, measure_retrieval, retrieval_metrics
from zsl.evaluation.scorers import ausuc_score, harmonic_score, seen_score, t1_score, unseen_score
from zsl.evaluation.shots import evaluate_shots, measure_shots
from zsl.evaluation.splits import ClassKFold, GZSLSplit

__all__ = [
    "BenchmarkResult",
    "ClassKFold",
    "Comparison",
    "EpisodeResult",
    "FewShotSplit",
    "GZSLResult",
    "GZSLSplit",
    "Predictions",
    "PresentationResult",
    "ReliabilityCurve",
    "RetrievalResult",
    "SeenUnseenCurve",
    "accuracy_by_class",
    "ausuc_score",
    "best_bias",
    "compare",
    "evaluate_episodes",
    "evaluate_gzsl",
    "evaluate_shots",
    "expected_calibration_error",
    "harmonic_mean",
    "harmonic_score",
    "hubness",
    "k_occurrence",
    "mean_confidence_interval",
    "measure_episodes",
    "measure_gzsl",
    "measure_presentations",
    "measure_retrieval",
    "measure_shots",
    "per_class_accuracy",
    "reliability_curve",
    "retrieval_metrics",
    "run_benchmark",
    "seen_score",
    "seen_unseen_curve",
    "t1_score",
    "unseen_score",
]
