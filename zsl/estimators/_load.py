"""Loading whatever estimator a model folder holds, from a closed list of classes."""

from os import PathLike
from typing import Any

from torch import nn

from zsl.estimators._files import read_model
from zsl.estimators.ale import ALEClassifier
from zsl.estimators.attribute_predictor import AttributePredictor
from zsl.estimators.bd_cspn import BDCSPNClassifier
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
from zsl.estimators.ridge import RidgePrototypeClassifier
from zsl.estimators.sae import SAEClassifier
from zsl.estimators.shared_gaussian import SharedGaussianClassifier
from zsl.estimators.siamese import SiameseClassifier
from zsl.estimators.simple_shot import SimpleShotClassifier
from zsl.estimators.sje import SJEClassifier
from zsl.estimators.sse import SSEClassifier
from zsl.estimators.sync import SynCClassifier
from zsl.estimators.tip_adapter import TipAdapterClassifier
from zsl.exceptions import ModelFileError

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
