"""Data sets as generalized zero-shot splits, and readers for a user's own files."""

from zsl.datasets.digits import load_digits_zsl
from zsl.datasets.files import load_features, read_features
from zsl.datasets.folder import load_folder, read_folder
from zsl.datasets.gbu import load_gbu
from zsl.datasets.shards import ShardedFeatures, open_shards, write_shards
from zsl.datasets.synthetic import make_zero_shot

__all__ = [
    "ShardedFeatures",
    "load_digits_zsl",
    "load_features",
    "load_folder",
    "load_gbu",
    "make_zero_shot",
    "open_shards",
    "read_features",
    "read_folder",
    "write_shards",
]
