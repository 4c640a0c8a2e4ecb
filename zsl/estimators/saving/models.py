"""Models as folders, and models within models: whatever is saved can be loaded, and loading it gives the very same."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike
from typing import Any, Self

import numpy as np
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from zsl.estimators._calls import reads
from zsl.estimators.catalog import BY_NAME
from zsl.estimators.saving.given import Given
from zsl.estimators.saving.on_hub import OnHub
from zsl.exceptions import InvalidInputError, MissingExtraError, ModelFileError
from zsl.persistence.codec import Tensors, pack, unpack
from zsl.persistence.folder import check_target, write_model
from zsl.persistence.header import canonical, parsed

Header = dict[str, Any]
"""The fields "parameters", "own_module" and "state" of a model file."""
_FIELDS = ("estimator", "parameters", "own_module", "state")


class Savable(OnHub, ABC):
    """What `zsl.save` and `zsl.load` know: it takes itself apart, and is put together again."""

    @abstractmethod
    def _packed(self) -> tuple[Header, Tensors]:
        """What a file holds of the model."""

    @classmethod
    @abstractmethod
    def _loaded(cls, header: Header, tensors: Tensors, given: Given | None = None) -> Self:
        """Put a model together from a file and what the user gives beside it."""

    def _check_fitted(self) -> None:
        """Refuse to save what isn't fitted."""
        check_is_fitted(self)

    @abstractmethod
    def _settle(self, given: Given) -> None:
        """Take encoders over from the user, or from the file as far as it is trusted; until then none is used."""

    def _prepared(self) -> Self:
        """A snapshot that holds all that a file should; a subclass measures what its encoders give."""
        return self

    def _given(self) -> Given:
        """What loading the model takes beside the file."""
        return Given()

    @reads
    def save(self, path: str | PathLike[str]) -> None:
        """Save the fitted model in a folder: tensors as safetensors, the rest as JSON; `zsl.load` reads it.

        At every moment the older model, if there was one, or this one stands at `path`, whatever happens meanwhile.
        Other files there are left alone. Nothing is saved that `zsl.load` wouldn't read. Encoders of texts and images
        are stored by name or path, with their settings and with what they give for a few samples.

        Parameters
        ----------
        path : str or path
            The folder: a new or an empty one, or one that holds a model, which is replaced. A link is followed.

        Raises
        ------
        InvalidInputError
            If something other than a model lies at `path`, or the model couldn't be loaded again: parts of it are
            of a kind that isn't stored, parameters that were set after `fit` don't go with the rest, or its class has
            the name of another one of this package.
        ModelFileError
            If the files cannot be written, or a part isn't finite.
        """
        self._check_fitted()
        check_target(path)
        name = class_name(self)
        ready = self._prepared()
        header, tensors = ready._packed()
        if all(np.isfinite(tensor).all() for tensor in tensors.values() if tensor.dtype.kind == "f"):
            try:
                type(self)._loaded(parsed(canonical(header)), tensors, ready._given())
            except (ModelFileError, ValueError) as error:
                raise InvalidInputError(
                    f"The {name} cannot be saved: what would be written couldn't be loaded. {error}"
                ) from error
        write_model(path, name, header, tensors)


def class_name(model: Any) -> str:
    """The name that a model is saved under."""
    cls, name = type(model), type(model).__name__
    if name in BY_NAME and BY_NAME[name].load() is not cls:
        raise InvalidInputError(
            f"{cls.__module__}.{name} cannot be saved: `zsl.load` would take it for the {name} of this package. "
            "Wanted a class with a name of its own, which is then loaded with known=[...]."
        )
    return name


def as_savable(model: Any) -> Any:
    """A pipeline of scikit-learn as one of this package; anything else as it is."""
    return BY_NAME["ZeroShotPipeline"].load().of(model) if type(model) is Pipeline else model


def pack_model(model: Any, key: str, tensors: Tensors) -> Any:
    """Write a model, or another value, that is part of a model; its tensors go to `tensors` under `key`."""
    model = as_savable(model)
    if not isinstance(model, Savable):
        return pack(model, key, tensors)
    header, own = model._packed()
    tensors |= {f"{key}:{name}": tensor for name, tensor in own.items()}
    return {"estimator": class_name(model), **header}


def unpack_model(packed: Any, key: str, tensors: Tensors, given: Given) -> Any:
    """Read what `pack_model` wrote."""
    if not (isinstance(packed, dict) and "estimator" in packed):
        with fitting_parts(ModelFileError):
            return unpack(packed, tensors)
    kinds = [type(packed.get(name)) for name in _FIELDS]
    check_together(set(packed) == set(_FIELDS) and kinds == [str, dict, bool, dict], f"{key} is no model")
    start = f"{key}:"
    own = {name.removeprefix(start): tensor for name, tensor in tensors.items() if name.startswith(start)}
    cls = given.class_of(packed["estimator"])
    check_together(issubclass(cls, Savable), f"{key} is a {cls.__name__}")
    return cls._loaded({name: packed[name] for name in _FIELDS[1:]}, own, given)


def check_together(good: Any, what: str) -> None:
    """Refuse parts of a loaded model that don't fit together, and say which."""
    if not good:
        raise ModelFileError(f"The model's parts don't fit together ({what}).")


@contextmanager
def fitting_parts(as_it_is: type[Exception]) -> Iterator[None]:
    """Report whatever goes wrong while a model is put together as a corrupt file, except errors of this kind."""
    try:
        yield
    except (ModelFileError, MissingExtraError, as_it_is):
        raise
    except Exception as error:
        raise ModelFileError(f"The model's parts don't fit together ({type(error).__name__}: {error}).") from error


def check_same(header: Header, tensors: Tensors, again: Header, more: Tensors) -> None:
    """Refuse a model that would be saved as another one: parts are unknown, unused or not in their usual form."""
    check_together(header["own_module"] is again["own_module"], "whether there is a module of the user's")
    kept = {name: again["parameters"].get(name) for name in header["parameters"]}
    for part, found, wanted in (("parameters", header["parameters"], kept), ("state", header["state"], again["state"])):
        odd = sorted(n for n in {*found, *wanted} if canonical(found.get(n)) != canonical(wanted.get(n)))
        check_together(not odd, f"{part} {odd[:3]} are not as they are saved")
    odd = sorted({*tensors} ^ {*more})
    odd = odd or sorted(n for n in more if tensors[n].dtype != more[n].dtype or not np.array_equal(tensors[n], more[n]))
    check_together(not odd, f"the tensors {odd[:3]} are not as they are saved")
