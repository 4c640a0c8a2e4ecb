"""Figures of predictions on seen and unseen classes."""

from zsl.plots.figures import plot_confusion, plot_hubness, plot_per_class_accuracy, plot_seen_unseen

__all__ = ["plot_confusion", "plot_hubness", "plot_per_class_accuracy", "plot_seen_unseen"]
