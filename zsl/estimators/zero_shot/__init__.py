"""Zero-shot estimators, a family per file."""
