# Written by tests/stub.py.
from zsl.evaluation.answers.composed import ComposedResult as ComposedResult
from zsl.evaluation.answers.composed import evaluate_composed as evaluate_composed
from zsl.evaluation.answers.composed import measure_composed as measure_composed
from zsl.evaluation.answers.composed_split import ComposedSplit as ComposedSplit
from zsl.evaluation.answers.multi_label import MultiLabelResult as MultiLabelResult
from zsl.evaluation.answers.multi_label import MultiLabelScores as MultiLabelScores
from zsl.evaluation.answers.multi_label import evaluate_multi_label as evaluate_multi_label
from zsl.evaluation.answers.multi_label import multi_label_metrics as multi_label_metrics
from zsl.evaluation.answers.pair_folds import PairKFold as PairKFold
from zsl.evaluation.answers.ranks import AccuracySpecificityCurve as AccuracySpecificityCurve
from zsl.evaluation.answers.ranks import RankResult as RankResult
from zsl.evaluation.answers.ranks import accuracy_specificity_curve as accuracy_specificity_curve
from zsl.evaluation.answers.ranks import rank_metrics as rank_metrics
from zsl.evaluation.answers.sets import evaluate_sets as evaluate_sets
from zsl.evaluation.answers.sets import measure_sets as measure_sets
from zsl.evaluation.answers.sets import set_coverage as set_coverage
from zsl.evaluation.answers.sets import set_coverage_by_class as set_coverage_by_class
from zsl.evaluation.answers.sets import set_figures as set_figures
from zsl.evaluation.answers.sets import size_stratified_coverage as size_stratified_coverage
from zsl.evaluation.benchmark._tables import BenchmarkResult as BenchmarkResult
from zsl.evaluation.benchmark.running import run_benchmark as run_benchmark
from zsl.evaluation.calibration import ReliabilityCurve as ReliabilityCurve
from zsl.evaluation.calibration import expected_calibration_error as expected_calibration_error
from zsl.evaluation.calibration import reliability_curve as reliability_curve
from zsl.evaluation.comparing.comparison import Comparison as Comparison
from zsl.evaluation.comparing.comparison import compare as compare
from zsl.evaluation.comparing.predictions import Predictions as Predictions
from zsl.evaluation.curves import SeenUnseenCurve as SeenUnseenCurve
from zsl.evaluation.curves import best_bias as best_bias
from zsl.evaluation.curves import seen_unseen_curve as seen_unseen_curve
from zsl.evaluation.episodes import EpisodeResult as EpisodeResult
from zsl.evaluation.episodes import evaluate_episodes as evaluate_episodes
from zsl.evaluation.episodes import measure_episodes as measure_episodes
from zsl.evaluation.few_shot_split import FewShotSplit as FewShotSplit
from zsl.evaluation.gzsl import GZSLResult as GZSLResult
from zsl.evaluation.gzsl import evaluate_gzsl as evaluate_gzsl
from zsl.evaluation.gzsl import measure_gzsl as measure_gzsl
from zsl.evaluation.hubness import hubness as hubness
from zsl.evaluation.hubness import k_occurrence as k_occurrence
from zsl.evaluation.metrics import accuracy_by_class as accuracy_by_class
from zsl.evaluation.metrics import harmonic_mean as harmonic_mean
from zsl.evaluation.metrics import mean_confidence_interval as mean_confidence_interval
from zsl.evaluation.metrics import per_class_accuracy as per_class_accuracy
from zsl.evaluation.presentations import PresentationResult as PresentationResult
from zsl.evaluation.presentations import measure_presentations as measure_presentations
from zsl.evaluation.retrieval import RetrievalResult as RetrievalResult
from zsl.evaluation.retrieval import measure_retrieval as measure_retrieval
from zsl.evaluation.retrieval import retrieval_metrics as retrieval_metrics
from zsl.evaluation.scorers import ausuc_score as ausuc_score
from zsl.evaluation.scorers import harmonic_score as harmonic_score
from zsl.evaluation.scorers import seen_score as seen_score
from zsl.evaluation.scorers import t1_score as t1_score
from zsl.evaluation.scorers import unseen_score as unseen_score
from zsl.evaluation.shots import evaluate_shots as evaluate_shots
from zsl.evaluation.shots import measure_shots as measure_shots
from zsl.evaluation.splits import ClassKFold as ClassKFold
from zsl.evaluation.splits import GZSLSplit as GZSLSplit

__all__ = [
    "AccuracySpecificityCurve",
    "BenchmarkResult",
    "ClassKFold",
    "Comparison",
    "ComposedResult",
    "ComposedSplit",
    "EpisodeResult",
    "FewShotSplit",
    "GZSLResult",
    "GZSLSplit",
    "MultiLabelResult",
    "MultiLabelScores",
    "PairKFold",
    "Predictions",
    "PresentationResult",
    "RankResult",
    "ReliabilityCurve",
    "RetrievalResult",
    "SeenUnseenCurve",
    "accuracy_by_class",
    "accuracy_specificity_curve",
    "ausuc_score",
    "best_bias",
    "compare",
    "evaluate_composed",
    "evaluate_episodes",
    "evaluate_gzsl",
    "evaluate_multi_label",
    "evaluate_sets",
    "evaluate_shots",
    "expected_calibration_error",
    "harmonic_mean",
    "harmonic_score",
    "hubness",
    "k_occurrence",
    "mean_confidence_interval",
    "measure_composed",
    "measure_episodes",
    "measure_gzsl",
    "measure_presentations",
    "measure_retrieval",
    "measure_sets",
    "measure_shots",
    "multi_label_metrics",
    "per_class_accuracy",
    "rank_metrics",
    "reliability_curve",
    "retrieval_metrics",
    "run_benchmark",
    "seen_score",
    "seen_unseen_curve",
    "set_coverage",
    "set_coverage_by_class",
    "set_figures",
    "size_stratified_coverage",
    "t1_score",
    "unseen_score",
]
