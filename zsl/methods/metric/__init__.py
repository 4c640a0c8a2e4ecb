"""Few-shot methods that learn to compare."""
