"""Pictures of what was measured, as displays after scikit-learn's, and as functions."""

from zsl.plots.confusion import ConfusionDisplay
from zsl.plots.explanation import ExplanationDisplay
from zsl.plots.figures import plot_confusion, plot_hubness, plot_per_class_accuracy, plot_seen_unseen
from zsl.plots.hubness import HubnessDisplay
from zsl.plots.per_class import PerClassDisplay
from zsl.plots.reliability import ReliabilityDisplay
from zsl.plots.retrieval import RetrievalDisplay
from zsl.plots.seen_unseen import SeenUnseenDisplay
from zsl.plots.shots import ShotsDisplay

__all__ = [
    "ConfusionDisplay",
    "ExplanationDisplay",
    "HubnessDisplay",
    "PerClassDisplay",
    "ReliabilityDisplay",
    "RetrievalDisplay",
    "SeenUnseenDisplay",
    "ShotsDisplay",
    "plot_confusion",
    "plot_hubness",
    "plot_per_class_accuracy",
    "plot_seen_unseen",
]
