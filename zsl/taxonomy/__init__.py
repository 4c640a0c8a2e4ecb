"""What classes have in common: an immutable tree with the classes as leaves and groups of them above."""

from zsl.taxonomy.tree import Taxonomy, as_taxonomy

__all__ = ["Taxonomy", "as_taxonomy"]
