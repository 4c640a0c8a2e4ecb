"""Scikit-learn style estimators."""

from zsl.estimators._load import few_shot_methods, load, zero_shot_methods
from zsl.estimators.ale import ALEClassifier
from zsl.estimators.attribute_dialogue import AttributeDialogue
from zsl.estimators.attribute_predictor import AttributePredictor
from zsl.estimators.bd_cspn import BDCSPNClassifier
from zsl.estimators.class_index import ClassIndex
from zsl.estimators.class_normalization import ClassNormalizationClassifier
from zsl.estimators.conse import ConSEClassifier
from zsl.estimators.dap import DAPClassifier
from zsl.estimators.dem import DEMClassifier
from zsl.estimators.devise import DeViSEClassifier
from zsl.estimators.eszsl import ESZSLClassifier
from zsl.estimators.generative import FeatureGeneratingClassifier
from zsl.estimators.iap import IAPClassifier
from zsl.estimators.laplacian_shot import LaplacianShotClassifier
from zsl.estimators.latem import LatEmClassifier
from zsl.estimators.maml import MAMLClassifier
from zsl.estimators.mann import MemoryAugmentedClassifier
from zsl.estimators.matching import MatchingClassifier
from zsl.estimators.meta_lstm import MetaLSTMClassifier
from zsl.estimators.n_plus_one import NPlusOneClassifier
from zsl.estimators.prompt import PromptClassifier
from zsl.estimators.prototypical import PrototypicalClassifier
from zsl.estimators.relation import RelationClassifier
from zsl.estimators.relation_network import RelationNetworkClassifier
from zsl.estimators.retriever import Ranking, ZeroShotRetriever
from zsl.estimators.ridge import RidgePrototypeClassifier
from zsl.estimators.sae import SAEClassifier
from zsl.estimators.shared_gaussian import SharedGaussianClassifier
from zsl.estimators.siamese import SiameseClassifier
from zsl.estimators.simple_shot import SimpleShotClassifier
from zsl.estimators.sje import SJEClassifier
from zsl.estimators.sse import SSEClassifier
from zsl.estimators.sync import SynCClassifier
from zsl.estimators.tip_adapter import TipAdapterClassifier

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
