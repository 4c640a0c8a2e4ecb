"""Splits over classes, and how predictions on seen and unseen classes are measured."""
