# Written by tests/stub.py.
from zsl.estimators._described_classes import DescribedClassesClassifier as DescribedClassesClassifier
from zsl.estimators._described_classes import SeparateClassesClassifier as SeparateClassesClassifier
from zsl.estimators._known_classes import KnownClassesClassifier as KnownClassesClassifier
from zsl.estimators._parameters import Auto as Auto
from zsl.estimators._parameters import Device as Device
from zsl.estimators._parameters import Finite as Finite
from zsl.estimators._parameters import Folds as Folds
from zsl.estimators._parameters import Grid as Grid
from zsl.estimators._parameters import NotNegative as NotNegative
from zsl.estimators._parameters import Positive as Positive
from zsl.estimators._parameters import Whole as Whole
from zsl.estimators._parameters import Widths as Widths
from zsl.estimators._parameters import number as number
from zsl.estimators._parameters import parameters as parameters
from zsl.estimators._parameters import several as several
from zsl.estimators._parameters import whole as whole
from zsl.estimators.applications.attribute_dialogue import AttributeDialogue as AttributeDialogue
from zsl.estimators.applications.attribute_predictor import AttributePredictor as AttributePredictor
from zsl.estimators.applications.class_index import ClassIndex as ClassIndex
from zsl.estimators.applications.retriever import Ranking as Ranking
from zsl.estimators.applications.retriever import ZeroShotRetriever as ZeroShotRetriever
from zsl.estimators.catalog import few_shot_methods as few_shot_methods
from zsl.estimators.catalog import zero_shot_methods as zero_shot_methods
from zsl.estimators.few_shot._episodic import EpisodicClassifier as EpisodicClassifier
from zsl.estimators.few_shot._frozen import FrozenClassifier as FrozenClassifier
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
from zsl.estimators.saving.protocol import FittedClassifier as FittedClassifier
from zsl.estimators.sets.classifier import ConformalClassifier as ConformalClassifier
from zsl.estimators.zero_shot._gradient import GradientClassifier as GradientClassifier
from zsl.estimators.zero_shot.attributes import DAPClassifier as DAPClassifier
from zsl.estimators.zero_shot.attributes import IAPClassifier as IAPClassifier
from zsl.estimators.zero_shot.closed_form import ClosedFormClassifier as ClosedFormClassifier
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

__all__ = [
    "ALEClassifier",
    "AnchoredProbeClassifier",
    "AttributeDialogue",
    "AttributePredictor",
    "Auto",
    "BDCSPNClassifier",
    "BlendedProbeClassifier",
    "ClassIndex",
    "ClassNormalizationClassifier",
    "ClosedFormClassifier",
    "ConSEClassifier",
    "ConformalClassifier",
    "DAPClassifier",
    "DEMClassifier",
    "DeViSEClassifier",
    "DescribedClassesClassifier",
    "Device",
    "ESZSLClassifier",
    "EpisodicClassifier",
    "FeatureGeneratingClassifier",
    "Finite",
    "FittedClassifier",
    "Folds",
    "FrozenClassifier",
    "GradientClassifier",
    "Grid",
    "IAPClassifier",
    "KernelResidualClassifier",
    "KnownClassesClassifier",
    "LaplacianShotClassifier",
    "LatEmClassifier",
    "MAMLClassifier",
    "MatchingClassifier",
    "MemoryAugmentedClassifier",
    "MetaLSTMClassifier",
    "MultiLabelClassifier",
    "NPlusOneClassifier",
    "NotNegative",
    "Positive",
    "PromptClassifier",
    "PrototypicalClassifier",
    "RankClassifier",
    "Ranking",
    "RelationClassifier",
    "RelationNetworkClassifier",
    "RidgePrototypeClassifier",
    "SAEClassifier",
    "SJEClassifier",
    "SSEClassifier",
    "SeparateClassesClassifier",
    "SharedGaussianClassifier",
    "SiameseClassifier",
    "SimpleShotClassifier",
    "SynCClassifier",
    "TipAdapterClassifier",
    "Whole",
    "Widths",
    "ZeroShotPipeline",
    "ZeroShotRetriever",
    "few_shot_methods",
    "load",
    "number",
    "parameters",
    "save",
    "several",
    "whole",
    "zero_shot_methods",
]
