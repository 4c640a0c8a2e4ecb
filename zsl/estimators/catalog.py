"""Loading whatever estimator a model folder holds, from a closed list of classes."""

from os import PathLike
from typing import Any

from torch import nn

from zsl.estimators.applications.attribute_predictor import AttributePredictor
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
from zsl.exceptions import ModelFileError
from zsl.persistence.folder import read_model

_ZERO_SHOT: dict[str, type[Any]] = {
    known.__name__: known
    for known in (
        ALEClassifier,
        ClassNormalizationClassifier,
        ConSEClassifier,
        DAPClassifier,
        DEMClassifier,
        DeViSEClassifier,
        ESZSLClassifier,
        FeatureGeneratingClassifier,
        IAPClassifier,
        LatEmClassifier,
        RelationClassifier,
        RidgePrototypeClassifier,
        SAEClassifier,
        SJEClassifier,
        SSEClassifier,
        SynCClassifier,
    )
}
_FEW_SHOT: dict[str, type[Any]] = {
    known.__name__: known
    for known in (
        BDCSPNClassifier,
        LaplacianShotClassifier,
        MAMLClassifier,
        MatchingClassifier,
        MemoryAugmentedClassifier,
        MetaLSTMClassifier,
        PrototypicalClassifier,
        RelationNetworkClassifier,
        SharedGaussianClassifier,
        SiameseClassifier,
        SimpleShotClassifier,
        TipAdapterClassifier,
    )
}
_OTHERS: dict[str, type[Any]] = {
    known.__name__: known for known in (AttributePredictor, NPlusOneClassifier, PromptClassifier)
}
_KNOWN = _ZERO_SHOT | _FEW_SHOT | _OTHERS


def load(path: str | PathLike[str], *, encoder: nn.Module | None = None) -> Any:
    """Load a fitted estimator that was saved with its method `save`.

    Only the two files of the folder are read, as JSON and as safetensors; no code in them can run. Every tensor is
    checked against its sha256 and for values that are not finite.

    Parameters
    ----------
    path : str or path
        The model folder.
    encoder : nn.Module or None, default=None
        A module of the same structure as the visual encoder that the model was fitted with, if it had one; a copy gets
        the stored weights.

    Returns
    -------
    estimator
        The fitted estimator. Its predictions are those of the saved one, bit for bit on the same machine.

    Raises
    ------
    ModelFileError
        If the folder is missing, spoiled, incomplete, of another format version, or of a class that isn't known.
    InvalidInputError
        If an encoder is needed and not given, or given and not needed.
    """
    name, header, tensors = read_model(path)
    if name not in _KNOWN:
        raise ModelFileError(f"The model is of the class {name!r}; known are {sorted(_KNOWN)}.")
    return _KNOWN[name]()._restore(header, tensors, encoder)


def zero_shot_methods() -> dict[str, type[Any]]:
    """Name the estimators that predict unseen classes from any semantics.

    `PromptClassifier`, for class texts that were encoded together with the images, is left out.

    Returns
    -------
    dict of str to class
        Each estimator by its name, sorted.
    """
    return dict(_ZERO_SHOT)


def few_shot_methods() -> dict[str, type[Any]]:
    """Name the estimators that know classes by support images alone; `RelationClassifier` does both.

    Returns
    -------
    dict of str to class
        Each estimator by its name, sorted.
    """
    return dict(_FEW_SHOT)
