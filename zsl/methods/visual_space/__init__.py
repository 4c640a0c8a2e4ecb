"""Perceptrons from semantics into the space of features."""
