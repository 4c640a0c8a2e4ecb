"""The class table: a description of each class in numbers, checked once and never changed."""

from zsl.semantics.alignment import SemanticAlignment
from zsl.semantics.audit import Audit, Finding
from zsl.semantics.authoring import AttributeDraft, Question
from zsl.semantics.pairs.feasibility import feasible_pairs, pair_feasibility
from zsl.semantics.pairs.naming import class_pairs
from zsl.semantics.table import Semantics, as_semantics

__all__ = [
    "AttributeDraft",
    "Audit",
    "Finding",
    "Question",
    "SemanticAlignment",
    "Semantics",
    "as_semantics",
    "class_pairs",
    "feasible_pairs",
    "pair_feasibility",
]
