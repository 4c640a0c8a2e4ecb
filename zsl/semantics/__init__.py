"""The class table: what is said of each class, checked once and never changed."""

from zsl.semantics.alignment import SemanticAlignment
from zsl.semantics.findings import Audit, Finding
from zsl.semantics.table import Semantics, as_semantics

__all__ = ["Audit", "Finding", "SemanticAlignment", "Semantics", "as_semantics"]
