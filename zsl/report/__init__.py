"""A page on a fitted estimator: figures, plots and explanations."""

from zsl.report.writing import write_report

__all__ = ["write_report"]
