"""Pipelines that end in an estimator of this package."""
