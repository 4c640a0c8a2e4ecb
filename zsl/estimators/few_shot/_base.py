"""The shell of the few-shot estimators: classes known by support samples alone, many added without a refit."""

from abc import abstractmethod
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data
from torch import Tensor

from zsl._device import as_device
from zsl._docs import documented_like
from zsl._resources import data_folders
from zsl._typing import FloatArray, LabelArray
from zsl.classes.pooled import KnownSupport
from zsl.classes.support import SupportRegistry
from zsl.episodes.groups import checked_groups
from zsl.estimators._known_classes import KnownClassesClassifier, labels_and_codes
from zsl.estimators.few_shot._images import Backbone, build_backbone, channel_moments, images_like, labelled_images
from zsl.exceptions import InvalidInputError
from zsl.methods.few_shot import FewShotMethod
from zsl.persistence.folder import read_model

_BLOCK = 1024


class Task(NamedTuple):
    """What a method is trained on: samples with class numbers, a source of randomness, and what else `fit` got."""

    X: NDArray[Any]
    codes: NDArray[np.intp]
    generator: torch.Generator
    groups: Any
    validation: Any


class FewShotClassifier(KnownClassesClassifier):
    """Fit on seen classes, then predict any class of which there are a few samples.

    A subclass builds its method (`_make`) and, where it has parameters, trains it (`_train`).

    Attributes
    ----------
    method_ : FewShotMethod
        The fitted method.
    """

    _state: ClassVar[tuple[str, ...]] = ("_image_shape", "method_", "history_")
    _own_module = "backbone"
    backbone: Any = None
    device: str = "auto"
    random_state: Any = None
    method_: FewShotMethod
    _classes: KnownSupport
    _image_shape: tuple[int, int, int] | None
    _transductive = False
    """Whether the prediction for a sample depends on the others of the call, whatever the parameters are."""
    _maps: ClassVar = False
    """Whether the method takes the maps of a backbone, not vectors."""

    @abstractmethod
    def _make(self, backbone: Backbone | None, n_features: int, generator: torch.Generator) -> FewShotMethod:
        """Build the method with initial weights from a generator."""

    def _train(self, method: FewShotMethod, task: Task) -> None:
        """Train the method in place; nothing where there are no parameters."""

    def _takes_unlabeled(self) -> bool:
        """Whether -1 among the labels marks samples without a label."""
        return False

    def _fit_checked(self, X: ArrayLike, y: ArrayLike, groups: Any = None, validation: Any = None) -> None:
        images, given = self._check_training(X, y)
        known = np.ones(len(given), dtype=bool)
        if self._takes_unlabeled() and given.dtype.kind in "iuf":
            known = given != -1
        labels, codes = labels_and_codes(given[known])
        generator = torch.Generator().manual_seed(int(check_random_state(self.random_state).randint(2**31 - 1)))
        moments = None if self._image_shape is None else channel_moments(images[known])
        method = self._build(moments, generator).to(as_device(self.device))
        groups = None if groups is None else checked_groups(groups, len(images))[known]
        self._train(method, Task(images[known], codes, generator, groups, validation))
        self._install(method)
        self._classes = self._seen_classes(images, known, labels, codes)

    def _seen_classes(
        self, X: NDArray[Any], known: NDArray[np.bool_], labels: LabelArray, codes: NDArray[np.intp]
    ) -> KnownSupport:
        """The classes by their training samples; `codes` are those of the samples whose label is `known`."""
        embedded = self._embed(X)
        return SupportRegistry.of_seen(labels, embedded[known], codes, embedded[~known])

    def _check_training(self, X: ArrayLike, y: ArrayLike) -> tuple[NDArray[Any], LabelArray]:
        if self.backbone is None:
            images, labels = validate_data(self, X, y, dtype=[np.float64, np.float32])
            self._check_magnitude("X", images)
            self._image_shape = None
            return images, labels
        images, labels = labelled_images(X, y)
        self._image_shape = images.shape[1:]
        self.n_features_in_ = int(np.prod(images.shape[1:]))
        return images, labels

    def _build(self, moments: tuple[Tensor, Tensor] | None, generator: torch.Generator) -> FewShotMethod:
        if self._image_shape is None:
            return self._make(None, self.n_features_in_, generator)
        own = build_backbone(self.backbone, self._image_shape, moments, maps=self._maps, generator=generator)
        return self._make(own, own.n_features, generator)

    def _install(self, method: FewShotMethod) -> None:
        """Store the trained method; vectors are scored in double precision, images in single."""
        method = method.to(as_device(self.device)).requires_grad_(False).eval()
        self.method_ = method.double() if self._image_shape is None else method

    @documented_like(KnownClassesClassifier.add_classes)
    def add_classes(self, X: ArrayLike | None = None, y: ArrayLike | None = None, *, X_unlabeled: Any = None) -> Self:
        """Make classes known by support samples, or known better, without fitting again.

        Parameters
        ----------
        X_unlabeled : array of samples or None, default=None
            Samples that belong to one of the classes, or to none, for estimators that refine by them; others have no
            use for them.
        """
        check_is_fitted(self)
        if X is None and y is None and X_unlabeled is None:
            raise InvalidInputError("add_classes was given no samples; wanted X and y, X_unlabeled, or all of them.")
        classes = self._classes
        if X is not None or y is not None:
            images, labels = self._check_labelled(X, y)
            embedded = self._embed(images)
            if self._takes_unlabeled() and labels.dtype.kind in "iuf":
                classes = classes.with_unlabeled(embedded[labels == -1])
                embedded, labels = embedded[labels != -1], labels[labels != -1]
            if len(labels):
                self._check_kind("y", labels)
                classes = classes.with_support(labels, embedded)
        if X_unlabeled is not None:
            classes = classes.with_unlabeled(self._embed(self._check_samples(X_unlabeled, "X_unlabeled")))
        self._classes = classes
        self._set_class_attributes()
        return self

    def embed(self, X: ArrayLike) -> FloatArray:
        """Embed samples as the method sees them.

        Parameters
        ----------
        X : array of samples
            In the form of those fitted on.

        Returns
        -------
        array of shape (n_samples, d)
            Embedded samples.
        """
        check_is_fitted(self)
        return self._embed(self._check_samples(X))

    def _check_samples(self, X: ArrayLike, name: str = "X") -> NDArray[Any]:
        if self._image_shape is None:
            return super()._check_samples(X, name)
        return images_like(X, self._image_shape, name)

    def _embed(self, X: NDArray[Any]) -> FloatArray:
        return embed_blocks(self.method_, X, as_device(self.device))

    def _score(self, embedded: FloatArray, classes: KnownSupport) -> FloatArray:
        support = self._tensor(classes.support.astype(embedded.dtype, copy=False))[None]
        codes = self._tensor(classes.codes)[None]
        unlabeled = self._tensor(classes.unlabeled)[None] if len(classes.unlabeled) else None
        size = len(embedded) if self.method_.transductive else _BLOCK
        blocks = []
        with torch.inference_mode():
            for start in range(0, len(embedded), size):
                query = self._tensor(embedded[start : start + size])[None]
                blocks.append(self.method_.scores(support, codes, query, len(classes), unlabeled)[0].cpu().numpy())
        scores: FloatArray = np.concatenate(blocks).astype(np.float64)
        return scores

    def _tensor(self, array: NDArray[Any]) -> Tensor:
        return torch.as_tensor(np.require(array, requirements=["C", "W"]), device=as_device(self.device))

    def __repr__(self, N_CHAR_MAX: int = 700) -> str:
        text: str = super().__repr__(N_CHAR_MAX)
        return f"{text}  # transductive" if self._transductive else text

    def _set_state(self, state: dict[str, Any]) -> None:
        weights = state.pop("method_")
        super()._set_state(state)
        self._install(self._build(None, torch.Generator()))  # in the precision of what is loaded into it
        self.method_.load_state_dict(weights)

    def _check_state(self) -> None:
        """Score against two classes, so that parts of a wrong shape show now and not at the first prediction."""
        n = 2 if self.method_.transductive else 1  # statistics of a batch need two
        shape = (n, self.n_features_in_) if self._image_shape is None else (n, *self._image_shape)
        self._check_scores(shape, self._classes.take(np.arange(min(2, len(self._classes)))))

    @classmethod
    def from_pretrained(cls, name: str) -> Self:
        """Load a trained estimator that the package ships.

        It knows no classes: `add_classes` with one image or more of each makes some known.

        Parameters
        ----------
        name : str
            What it was trained on, "omniglot": grey images of 28 × 28 pixels of one hand-drawn symbol, with ink of 255
            in integer images, or 1.0 in real-valued ones, on a background of 0. The model card in the folder
            `data/pretrained` of the project describes data, training and figures.

        Returns
        -------
        estimator
            The trained estimator, without classes.

        Raises
        ------
        InvalidInputError
            If there is none of that name for this class.
        """
        found: dict[str, Any] = {}
        for folder in data_folders():
            for model in sorted(folder.glob(f"pretrained/*/{cls.__name__}")):
                found.setdefault(model.parent.name, model)
        if name not in found:
            raise InvalidInputError(f"name={name!r}; {cls.__name__} ships trained on {sorted(found) or 'nothing'}.")
        _, header, tensors = read_model(found[name])
        return cls._loaded(header, tensors, None)


def embed_blocks(method: FewShotMethod, X: NDArray[Any], device: torch.device) -> FloatArray:
    """Embed checked samples, vectors in the precision of the method."""
    kind = next((p.dtype for p in method.parameters()), torch.float64)
    size = len(X) if method.batch_statistics and not method.training else _BLOCK
    blocks = []
    with torch.inference_mode():
        for start in range(0, len(X), size):
            block = torch.as_tensor(np.require(X[start : start + size], requirements=["C", "W"]), device=device)
            block = block.to(kind) if block.ndim == 2 else block
            blocks.append(method.embed(block).cpu().numpy())
    embedded: FloatArray = np.concatenate(blocks)
    return embedded
