"""Generators of features."""
