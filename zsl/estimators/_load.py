"""Loading whatever estimator a model folder holds, from a closed list of classes."""

from os import PathLike

from torch import nn

from zsl.estimators._files import read_model
from zsl.estimators.relation import RelationClassifier
from zsl.exceptions import ModelFileError

_KNOWN = {"RelationClassifier": RelationClassifier}


def load(path: str | PathLike[str], *, encoder: nn.Module | None = None) -> RelationClassifier:
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
    RelationClassifier
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
