"""Data sets as generalized zero-shot splits, and readers for a user's own files."""

from zsl.datasets.digits import load_digits_zsl
from zsl.datasets.files import load_features, read_features
from zsl.datasets.synthetic import make_zero_shot

__all__ = ["load_digits_zsl", "load_features", "make_zero_shot", "read_features"]
