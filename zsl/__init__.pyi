# Written by tests/stub.py.
from zsl.datasets import load_cifar_fs as load_cifar_fs
from zsl.datasets import load_digits_zsl as load_digits_zsl
from zsl.datasets import load_fc100 as load_fc100
from zsl.datasets import load_features as load_features
from zsl.datasets import load_folder as load_folder
from zsl.datasets import load_gbu as load_gbu
from zsl.datasets import load_mini_imagenet as load_mini_imagenet
from zsl.datasets import load_omniglot as load_omniglot
from zsl.encoders import ImageEncoder as ImageEncoder
from zsl.encoders import TextEncoder as TextEncoder
from zsl.encoders import WordVectors as WordVectors
from zsl.estimators.applications.attribute_dialogue import AttributeDialogue as AttributeDialogue
from zsl.estimators.applications.attribute_predictor import AttributePredictor as AttributePredictor
from zsl.estimators.applications.class_index import ClassIndex as ClassIndex
from zsl.estimators.applications.retriever import ZeroShotRetriever as ZeroShotRetriever
from zsl.estimators.catalog import few_shot_methods as few_shot_methods
from zsl.estimators.catalog import zero_shot_methods as zero_shot_methods
from zsl.estimators.few_shot.frozen import SharedGaussianClassifier as SharedGaussianClassifier
from zsl.estimators.few_shot.frozen import SimpleShotClassifier as SimpleShotClassifier
from zsl.estimators.few_shot.frozen import TipAdapterClassifier as TipAdapterClassifier
from zsl.estimators.few_shot.learners import MAMLClassifier as MAMLClassifier
from zsl.estimators.few_shot.learners import MemoryAugmentedClassifier as MemoryAugmentedClassifier
from zsl.estimators.few_shot.learners import MetaLSTMClassifier as MetaLSTMClassifier
from zsl.estimators.few_shot.metric import MatchingClassifier as MatchingClassifier
from zsl.estimators.few_shot.metric import PrototypicalClassifier as PrototypicalClassifier
from zsl.estimators.few_shot.metric import RelationNetworkClassifier as RelationNetworkClassifier
from zsl.estimators.few_shot.metric import SiameseClassifier as SiameseClassifier
from zsl.estimators.few_shot.transductive import BDCSPNClassifier as BDCSPNClassifier
from zsl.estimators.few_shot.transductive import LaplacianShotClassifier as LaplacianShotClassifier
from zsl.estimators.generative.feature_generating import FeatureGeneratingClassifier as FeatureGeneratingClassifier
from zsl.estimators.generative.n_plus_one import NPlusOneClassifier as NPlusOneClassifier
from zsl.estimators.joint.adapters import AnchoredProbeClassifier as AnchoredProbeClassifier
from zsl.estimators.joint.adapters import BlendedProbeClassifier as BlendedProbeClassifier
from zsl.estimators.joint.adapters import KernelResidualClassifier as KernelResidualClassifier
from zsl.estimators.multi_label.classifier import MultiLabelClassifier as MultiLabelClassifier
from zsl.estimators.pipelines.pipeline import ZeroShotPipeline as ZeroShotPipeline
from zsl.estimators.ranks.classifier import RankClassifier as RankClassifier
from zsl.estimators.relation.classifier import RelationClassifier as RelationClassifier
from zsl.estimators.saving.folders import load as load
from zsl.estimators.saving.folders import save as save
from zsl.estimators.sets.classifier import ConformalClassifier as ConformalClassifier
from zsl.estimators.zero_shot.attributes import DAPClassifier as DAPClassifier
from zsl.estimators.zero_shot.attributes import IAPClassifier as IAPClassifier
from zsl.estimators.zero_shot.closed_form import ESZSLClassifier as ESZSLClassifier
from zsl.estimators.zero_shot.closed_form import RidgePrototypeClassifier as RidgePrototypeClassifier
from zsl.estimators.zero_shot.closed_form import SAEClassifier as SAEClassifier
from zsl.estimators.zero_shot.closed_form import SynCClassifier as SynCClassifier
from zsl.estimators.zero_shot.mixtures import ConSEClassifier as ConSEClassifier
from zsl.estimators.zero_shot.mixtures import SSEClassifier as SSEClassifier
from zsl.estimators.zero_shot.prompt import PromptClassifier as PromptClassifier
from zsl.estimators.zero_shot.ranking import ALEClassifier as ALEClassifier
from zsl.estimators.zero_shot.ranking import DeViSEClassifier as DeViSEClassifier
from zsl.estimators.zero_shot.ranking import LatEmClassifier as LatEmClassifier
from zsl.estimators.zero_shot.ranking import SJEClassifier as SJEClassifier
from zsl.estimators.zero_shot.visual_space import ClassNormalizationClassifier as ClassNormalizationClassifier
from zsl.estimators.zero_shot.visual_space import DEMClassifier as DEMClassifier
from zsl.evaluation import ClassKFold as ClassKFold
from zsl.evaluation import FewShotSplit as FewShotSplit
from zsl.evaluation import GZSLSplit as GZSLSplit
from zsl.evaluation import evaluate_episodes as evaluate_episodes
from zsl.evaluation import evaluate_gzsl as evaluate_gzsl
from zsl.evaluation import evaluate_shots as evaluate_shots
from zsl.evaluation import run_benchmark as run_benchmark
from zsl.exceptions import InvalidInputError as InvalidInputError
from zsl.exceptions import MissingExtraError as MissingExtraError
from zsl.exceptions import ModelFileError as ModelFileError
from zsl.exceptions import ScalingWarning as ScalingWarning
from zsl.exceptions import SemanticsError as SemanticsError
from zsl.exceptions import SemanticsWarning as SemanticsWarning
from zsl.exceptions import ZSLError as ZSLError
from zsl.report import write_report as write_report
from zsl.scale import export as export
from zsl.semantics import Semantics as Semantics

__version__: str
__all__ = [
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
