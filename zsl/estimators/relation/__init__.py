"""The flagship: one model of zero-, one- and few-shot classes on features."""

from zsl.estimators.relation.classifier import RelationClassifier

__all__ = ["RelationClassifier"]
