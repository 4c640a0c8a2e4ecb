"""Scikit-learn style estimators."""

from zsl.estimators.relation import RelationClassifier

__all__ = ["RelationClassifier"]
