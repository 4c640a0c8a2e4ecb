"""Scikit-learn style estimators."""

from zsl.estimators._load import load
from zsl.estimators.relation import RelationClassifier

__all__ = ["RelationClassifier", "load"]
