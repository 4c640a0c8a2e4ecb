"""The public names: which there are, where they come from, and that importing them is cheap."""

import subprocess
import sys

import pytest

import zsl

NAMES = [
    "ALEClassifier",
    "AnchoredProbeClassifier",
    "AttributeDialogue",
    "AttributePredictor",
    "BDCSPNClassifier",
    "BlendedProbeClassifier",
    "ClassIndex",
    "ClassKFold",
    "ClassNormalizationClassifier",
    "ConSEClassifier",
    "ConformalClassifier",
    "DAPClassifier",
    "DEMClassifier",
    "DeViSEClassifier",
    "ESZSLClassifier",
    "FeatureGeneratingClassifier",
    "FewShotSplit",
    "GZSLSplit",
    "IAPClassifier",
    "ImageEncoder",
    "InvalidInputError",
    "KernelResidualClassifier",
    "LaplacianShotClassifier",
    "LatEmClassifier",
    "MAMLClassifier",
    "MatchingClassifier",
    "MemoryAugmentedClassifier",
    "MetaLSTMClassifier",
    "MissingExtraError",
    "ModelFileError",
    "MultiLabelClassifier",
    "NPlusOneClassifier",
    "PromptClassifier",
    "PrototypicalClassifier",
    "RankClassifier",
    "RelationClassifier",
    "RelationNetworkClassifier",
    "RidgePrototypeClassifier",
    "SAEClassifier",
    "SJEClassifier",
    "SSEClassifier",
    "ScalingWarning",
    "Semantics",
    "SemanticsError",
    "SemanticsWarning",
    "SharedGaussianClassifier",
    "SiameseClassifier",
    "SimpleShotClassifier",
    "SynCClassifier",
    "TextEncoder",
    "TipAdapterClassifier",
    "WordVectors",
    "ZSLError",
    "ZeroShotPipeline",
    "ZeroShotRetriever",
    "evaluate_episodes",
    "evaluate_gzsl",
    "evaluate_shots",
    "export",
    "few_shot_methods",
    "load",
    "load_cifar_fs",
    "load_digits_zsl",
    "load_fc100",
    "load_features",
    "load_folder",
    "load_gbu",
    "load_mini_imagenet",
    "load_omniglot",
    "run_benchmark",
    "save",
    "write_report",
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


def test_the_package_itself_imports_nothing_heavy():
    program = "import sys, zsl; print([n for n in ('torch', 'sklearn', 'pandas', 'numpy') if n in sys.modules])"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_an_estimator_imports_what_it_needs_of_evaluation():
    """Benchmarks, comparisons and episodes wait until they are asked for, and no name of the room is a module."""
    code = (
        "import sys, types, zsl; zsl.ESZSLClassifier; "
        "names = ('benchmark', 'comparing', 'episodes', 'presentations'); "
        "assert not [name for name in names if f'zsl.evaluation.{name}' in sys.modules]; "
        "import zsl.evaluation as room; found = [getattr(room, name) for name in room.__all__]; "
        "assert not [value for value in found + [getattr(room, n) for n in room.__all__] "
        "if isinstance(value, types.ModuleType)]"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
