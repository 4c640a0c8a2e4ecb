"""Scikit-learn style estimators."""

from zsl.estimators.applications.attribute_dialogue import AttributeDialogue
from zsl.estimators.applications.attribute_predictor import AttributePredictor
from zsl.estimators.applications.class_index import ClassIndex
from zsl.estimators.applications.retriever import Ranking, ZeroShotRetriever
from zsl.estimators.catalog import few_shot_methods, load, zero_shot_methods
from zsl.estimators.few_shot.bd_cspn import BDCSPNClassifier
from zsl.estimators.few_shot.laplacian_shot import LaplacianShotClassifier
from zsl.estimators.few_shot.maml import MAMLClassifier
from zsl.estimators.few_shot.mann import MemoryAugmentedClassifier
from zsl.estimators.few_shot.matching import MatchingClassifier
from zsl.estimators.few_shot.meta_lstm import MetaLSTMClassifier
from zsl.estimators.few_shot.prototypical import PrototypicalClassifier
from zsl.estimators.few_shot.relation_network import RelationNetworkClassifier
from zsl.estimators.few_shot.shared_gaussian import SharedGaussianClassifier
from zsl.estimators.few_shot.siamese import SiameseClassifier
from zsl.estimators.few_shot.simple_shot import SimpleShotClassifier
from zsl.estimators.few_shot.tip_adapter import TipAdapterClassifier
from zsl.estimators.generative.feature_generating import FeatureGeneratingClassifier
from zsl.estimators.generative.n_plus_one import NPlusOneClassifier
from zsl.estimators.relation import RelationClassifier
from zsl.estimators.zero_shot.ale import ALEClassifier
from zsl.estimators.zero_shot.class_normalization import ClassNormalizationClassifier
from zsl.estimators.zero_shot.conse import ConSEClassifier
from zsl.estimators.zero_shot.dap import DAPClassifier
from zsl.estimators.zero_shot.dem import DEMClassifier
from zsl.estimators.zero_shot.devise import DeViSEClassifier
from zsl.estimators.zero_shot.eszsl import ESZSLClassifier
from zsl.estimators.zero_shot.iap import IAPClassifier
from zsl.estimators.zero_shot.latem import LatEmClassifier
from zsl.estimators.zero_shot.prompt import PromptClassifier
from zsl.estimators.zero_shot.ridge import RidgePrototypeClassifier
from zsl.estimators.zero_shot.sae import SAEClassifier
from zsl.estimators.zero_shot.sje import SJEClassifier
from zsl.estimators.zero_shot.sse import SSEClassifier
from zsl.estimators.zero_shot.sync import SynCClassifier

__all__ = [
    "ALEClassifier",
    "AttributeDialogue",
    "AttributePredictor",
    "BDCSPNClassifier",
    "ClassIndex",
    "ClassNormalizationClassifier",
    "ConSEClassifier",
    "DAPClassifier",
    "DEMClassifier",
    "DeViSEClassifier",
    "ESZSLClassifier",
    "FeatureGeneratingClassifier",
    "IAPClassifier",
    "LaplacianShotClassifier",
    "LatEmClassifier",
    "MAMLClassifier",
    "MatchingClassifier",
    "MemoryAugmentedClassifier",
    "MetaLSTMClassifier",
    "NPlusOneClassifier",
    "PromptClassifier",
    "PrototypicalClassifier",
    "Ranking",
    "RelationClassifier",
    "RelationNetworkClassifier",
    "RidgePrototypeClassifier",
    "SAEClassifier",
    "SJEClassifier",
    "SSEClassifier",
    "SharedGaussianClassifier",
    "SiameseClassifier",
    "SimpleShotClassifier",
    "SynCClassifier",
    "TipAdapterClassifier",
    "ZeroShotRetriever",
    "few_shot_methods",
    "load",
    "zero_shot_methods",
]
