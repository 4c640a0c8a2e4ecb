"""The class table: what is said of each class, checked once and never changed."""

from zsl.semantics.alignment import SemanticAlignment
from zsl.semantics.convert import as_semantics
from zsl.semantics.findings import Audit, Finding
from zsl.semantics.table import Semantics

__all__ = ["Audit", "Finding", "SemanticAlignment", "Semantics", "as_semantics"]
