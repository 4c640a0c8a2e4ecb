"""Saving, the same for every estimator."""

from abc import ABC, abstractmethod
from os import PathLike

from sklearn.utils.validation import check_is_fitted

from zsl.estimators._packing import Header, Tensors
from zsl.persistence.folder import write_model


class SavesModel(ABC):
    """An estimator that can be saved as a model folder."""

    @abstractmethod
    def _pack(self) -> tuple[Header, Tensors]:
        """Split what was fitted into a JSON header and tensors."""

    def save(self, path: str | PathLike[str]) -> None:
        """Save the fitted estimator in a folder: tensors as safetensors, the rest as JSON; `zsl.load` reads it.

        Parameters
        ----------
        path : str or path
            The folder. It is written under a temporary name and moved into place; an older model there is replaced.

        Raises
        ------
        InvalidInputError
            If something else than a model lies at `path`, or labels are of a type that JSON doesn't have.
        """
        check_is_fitted(self)
        write_model(path, type(self).__name__, *self._pack())
