"""Few-shot methods on features as they are."""
