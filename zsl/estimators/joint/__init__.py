"""Estimators that adapt the scores of class texts to few samples."""
