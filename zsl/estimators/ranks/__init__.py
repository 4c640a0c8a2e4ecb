"""Answers at the rank that is certain enough."""
