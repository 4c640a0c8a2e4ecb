"""The public names: which there are, where they come from, and that importing them is cheap."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import zsl

NAMES = [
    "ALEClassifier",
    "AttributeDialogue",
    "AttributePredictor",
    "Audit",
    "BDCSPNClassifier",
    "BenchmarkResult",
    "ClassIndex",
    "ClassKFold",
    "ClassNormalizationClassifier",
    "ConSEClassifier",
    "DAPClassifier",
    "DEMClassifier",
    "DeViSEClassifier",
    "ESZSLClassifier",
    "EpisodeResult",
    "FeatureGeneratingClassifier",
    "FewShotSplit",
    "Finding",
    "GZSLResult",
    "GZSLSplit",
    "IAPClassifier",
    "ImageEncoder",
    "InvalidInputError",
    "LaplacianShotClassifier",
    "LatEmClassifier",
    "MAMLClassifier",
    "MatchingClassifier",
    "MemoryAugmentedClassifier",
    "MetaLSTMClassifier",
    "MissingExtraError",
    "ModelFileError",
    "NPlusOneClassifier",
    "OneShotRuns",
    "PresentationResult",
    "PromptClassifier",
    "PrototypicalClassifier",
    "Ranking",
    "RelationClassifier",
    "RelationNetworkClassifier",
    "ReliabilityCurve",
    "RetrievalResult",
    "RidgePrototypeClassifier",
    "SAEClassifier",
    "SJEClassifier",
    "SSEClassifier",
    "SeenUnseenCurve",
    "SemanticAlignment",
    "Semantics",
    "SemanticsError",
    "SemanticsWarning",
    "ShardedFeatures",
    "SharedGaussianClassifier",
    "SiameseClassifier",
    "SimpleShotClassifier",
    "SynCClassifier",
    "TextEncoder",
    "TipAdapterClassifier",
    "WordVectors",
    "ZSLError",
    "ZeroShotRetriever",
    "accuracy_by_class",
    "ausuc_score",
    "encode_shards",
    "evaluate_episodes",
    "evaluate_gzsl",
    "evaluate_retrieval",
    "evaluate_shots",
    "expected_calibration_error",
    "few_shot_methods",
    "harmonic_mean",
    "harmonic_score",
    "hubness",
    "k_occurrence",
    "load",
    "load_cifar_fs",
    "load_digits_zsl",
    "load_fc100",
    "load_features",
    "load_folder",
    "load_gbu",
    "load_mini_imagenet",
    "load_omniglot",
    "make_zero_shot",
    "mean_confidence_interval",
    "measure_gzsl",
    "measure_retrieval",
    "open_shards",
    "per_class_accuracy",
    "plot_confusion",
    "plot_hubness",
    "plot_per_class_accuracy",
    "plot_seen_unseen",
    "measure_presentations",
    "read_cifar100_attributes",
    "read_cifar100_descriptions",
    "read_features",
    "read_folder",
    "read_omniglot_runs",
    "reliability_curve",
    "run_benchmark",
    "seen_score",
    "seen_unseen_curve",
    "t1_score",
    "unseen_score",
    "write_report",
    "write_shards",
    "zero_shot_methods",
]


def test_public_names_are_these():
    assert zsl.__all__ == NAMES == sorted(NAMES)
    assert set(NAMES) <= set(dir(zsl))


@pytest.mark.parametrize("name", NAMES)
def test_each_name_is_there_and_documented(name):
    found = getattr(zsl, name)
    assert found.__doc__
    assert found.__module__.startswith("zsl.")


def test_an_unknown_name():
    with pytest.raises(AttributeError, match="no attribute 'Zebra'"):
        _ = zsl.Zebra


def test_type_checkers_see_the_same_names():
    tree = ast.parse(Path(zsl.__file__).read_text(encoding="utf-8"))
    (guarded,) = [node for node in tree.body if isinstance(node, ast.If)]
    seen = {node.module: tuple(alias.name for alias in node.names) for node in guarded.body}
    assert seen == zsl._HOMES


def test_the_package_itself_imports_nothing_heavy():
    program = "import sys, zsl; print([n for n in ('torch', 'sklearn', 'pandas', 'numpy') if n in sys.modules])"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
