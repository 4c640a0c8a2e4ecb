"""Estimators with generated samples."""
