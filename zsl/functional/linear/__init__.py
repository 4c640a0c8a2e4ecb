"""Moments, ridge regression, kernels and decompositions."""
