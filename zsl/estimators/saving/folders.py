"""Models to folders and back, whatever they are."""

from collections.abc import Iterable
from os import PathLike
from typing import TYPE_CHECKING, Any, TypeVar, overload

from zsl.estimators.saving.given import Given
from zsl.estimators.saving.models import Savable, as_savable
from zsl.estimators.saving.protocol import FittedClassifier
from zsl.exceptions import InvalidInputError, ModelFileError
from zsl.hub.places import place_of
from zsl.persistence.folder import read_model

if TYPE_CHECKING:
    from torch import nn

M = TypeVar("M")


@overload
def load(
    path: str | PathLike[str],
    *,
    kind: type[M],
    encoder: "nn.Module | None" = ...,
    text_encoder: Any = ...,
    image_encoder: Any = ...,
    trusted: bool = ...,
    known: Iterable[type[Any]] = ...,
    revision: str | None = ...,
) -> M: ...


@overload
def load(
    path: str | PathLike[str],
    *,
    kind: None = ...,
    encoder: "nn.Module | None" = ...,
    text_encoder: Any = ...,
    image_encoder: Any = ...,
    trusted: bool = ...,
    known: Iterable[type[Any]] = ...,
    revision: str | None = ...,
) -> FittedClassifier: ...


def load(
    path: str | PathLike[str],
    *,
    kind: type[Any] | None = None,
    encoder: "nn.Module | None" = None,
    text_encoder: Any = None,
    image_encoder: Any = None,
    trusted: bool = False,
    known: Iterable[type[Any]] = (),
    revision: str | None = None,
) -> Any:
    """Load a fitted model that was saved with `save`: an estimator, a pipeline, a `ClassIndex` or a retriever.

    Only the two files of the folder are read, as JSON and as safetensors; no code in them can run, and nothing that
    they name is used. All of it is checked against one sha256, and then whether every part is of the type, the shape
    and the range that it has to be. That finds accidents; it doesn't tell who wrote the file, see ``SECURITY.md``.

    Parameters
    ----------
    path : str or path
        The model folder; or a text that is none: "user/model" at the Hugging Face hub, of which JSON and safetensors
        files are fetched, or the name of a model that the package ships.
    kind : type or None, default=None
        The class that the model has to be of, such as `ClassIndex`, which type checkers then take it for. None takes
        any; to type checkers the result is a `zsl.estimators.FittedClassifier`.
    encoder : nn.Module or None, default=None
        A module of the same structure as the visual encoder that the model was fitted with, if it had one; a copy gets
        the stored weights.
    text_encoder : str, path, object or None, default=None
        Encodes sentences in place of the encoder that the file names, with the templates that the file has; a
        `TextEncoder` brings its own. It has to give the same vectors.
    image_encoder : str, path, object or None, default=None
        Encodes images, the same way, in place of the `ImageEncoder` of a pipeline.
    trusted : bool, default=False
        Whether encoders that the file names are used: models by hub name or local folder, and files of word vectors. A
        folder's content is then trusted, too. Otherwise the name is kept for the record, and the first sentence or
        image to encode is an error. The default models of `TextEncoder` and `ImageEncoder` need no trust.
    known : iterable of type, default=()
        Estimator classes of your own that the folder may hold, beside those of the package.
    revision : str or None, default=None
        Branch, tag or commit at the hub; None for the newest.

    Returns
    -------
    estimator
        The fitted model. Its predictions are those of the saved one, bit for bit on the same machine. A `Pipeline` of
        scikit-learn comes back as a `ZeroShotPipeline`, which is one.

    Raises
    ------
    ModelFileError
        If the folder is missing and can't be fetched, or is corrupt, incomplete, of another format version, or of a
        class that isn't known, or isn't `kind`.
    InvalidInputError
        If a module is needed and not given, or an encoder is given and not needed, or gives other vectors than the one
        that the model was saved with, or `known` holds something else.

    See Also
    --------
    save : Writes the folder.
    """
    own = {getattr(cls, "__name__", ""): cls for cls in known}
    if not all(isinstance(cls, type) and hasattr(cls, "_loaded") for cls in own.values()):
        raise InvalidInputError(f"known={list(own.values())!r}; wanted estimator classes derived from this package's.")
    given = Given(encoder, text_encoder, image_encoder, trusted, own)
    name, header, tensors = read_model(place_of(path, revision=revision))
    cls = given.class_of(name)
    if kind is not None and not issubclass(cls, kind):
        raise ModelFileError(f"{path} holds a {name}; wanted a {kind.__name__}.")
    model = cls._loaded(header, tensors, given)
    model._settle(given)
    given.check_taken(name)
    return model


def save(model: Any, path: str | PathLike[str]) -> None:
    """Save a fitted model in a folder, which `load` reads: data only, and nothing that runs.

    Parameters
    ----------
    model : estimator
        A fitted estimator of this package, or a `Pipeline` of scikit-learn or `ZeroShotPipeline` that ends in one after
        `ImageEncoder`, `TextEncoder`, `StandardScaler`, `MinMaxScaler`, `MaxAbsScaler`, `RobustScaler`, `Normalizer`,
        `PCA` and `VarianceThreshold`; also a `ClassIndex` or `ZeroShotRetriever` on one of these.
    path : str or path
        The folder: a new or an empty one, or one that holds a model, which is replaced. A link is followed.

    Raises
    ------
    InvalidInputError
        If the model, or a part of it, is none of these, or couldn't be loaded again; or something other than a model
        lies at `path`.
    ModelFileError
        If the files cannot be written, or a part isn't finite.

    See Also
    --------
    load : Reads the folder.

    Examples
    --------
    >>> import tempfile
    >>> import zsl
    >>> split = zsl.load_digits_zsl()
    >>> clf = zsl.RidgePrototypeClassifier(semantics=split.semantics).fit(split.X_train, split.y_train)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     zsl.save(clf, folder)
    ...     loaded = zsl.load(folder)
    >>> bool((loaded.predict(split.X_test_seen) == clf.predict(split.X_test_seen)).all())
    True
    """
    ready = as_savable(model)
    if not isinstance(ready, Savable):
        kind = type(model).__name__
        remedy = (
            f"its best_estimator_, a fitted {kind}'s choice"
            if hasattr(model, "best_estimator_")
            else ("a fitted estimator of this package, or a Pipeline, ClassIndex or ZeroShotRetriever of one")
        )
        raise InvalidInputError(f"model is of type {kind}, which cannot be saved; wanted {remedy}.")
    ready.save(path)
