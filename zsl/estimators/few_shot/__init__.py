"""Few-shot estimators, a family per file."""
