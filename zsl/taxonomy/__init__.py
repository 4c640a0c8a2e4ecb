"""What classes have in common: an immutable tree with the classes as leaves and groups of them above."""

from zsl.taxonomy.known import KnownTree
from zsl.taxonomy.tree import Taxonomy, as_taxonomy

__all__ = ["KnownTree", "Taxonomy", "as_taxonomy"]
