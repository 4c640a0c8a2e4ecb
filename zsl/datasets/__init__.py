"""Data sets as generalized zero-shot and few-shot splits, and readers for a user's own files."""

from zsl.datasets.cifar100_semantics import read_cifar100_attributes, read_cifar100_descriptions
from zsl.datasets.composed import load_composed_digits, make_composed
from zsl.datasets.digits import load_digits_zsl
from zsl.datasets.few_shot.cifar import load_cifar_fs, load_fc100
from zsl.datasets.few_shot.mini_imagenet import load_mini_imagenet
from zsl.datasets.few_shot.omniglot import OneShotRuns, load_omniglot, read_omniglot_runs
from zsl.datasets.files import load_features, read_features
from zsl.datasets.folder import load_folder, read_folder
from zsl.datasets.gbu.loading import load_gbu
from zsl.datasets.intents import read_intents
from zsl.datasets.multi_label import MultiLabelSplit, make_multi_label
from zsl.datasets.samples.reading import Samples, read_samples
from zsl.datasets.shards.encoded import encode_shards
from zsl.datasets.shards.features import ShardedFeatures, open_shards, write_shards
from zsl.datasets.synthetic import make_zero_shot
from zsl.evaluation.few_shot_split import FewShotSplit

__all__ = [
    "FewShotSplit",
    "MultiLabelSplit",
    "OneShotRuns",
    "Samples",
    "ShardedFeatures",
    "encode_shards",
    "load_cifar_fs",
    "load_composed_digits",
    "load_digits_zsl",
    "load_fc100",
    "load_features",
    "load_folder",
    "load_gbu",
    "load_mini_imagenet",
    "load_omniglot",
    "make_composed",
    "make_multi_label",
    "make_zero_shot",
    "open_shards",
    "read_cifar100_attributes",
    "read_cifar100_descriptions",
    "read_features",
    "read_folder",
    "read_intents",
    "read_omniglot_runs",
    "read_samples",
    "write_shards",
]
