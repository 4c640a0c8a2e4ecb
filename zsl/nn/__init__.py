"""Trainable modules: semantic mappers and the relation score."""
