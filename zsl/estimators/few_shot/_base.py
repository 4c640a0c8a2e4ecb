"""The shell of the few-shot estimators: classes known by support images alone, many added without a refit."""

from abc import abstractmethod
from typing import Any, ClassVar, Self

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, column_or_1d, validate_data
from torch import Tensor, nn

from zsl._device import as_device
from zsl._typing import FloatArray, LabelArray
from zsl.classes.pooled import KnownSupport
from zsl.classes.support import SupportRegistry
from zsl.episodes.groups import checked_groups
from zsl.estimators._known_classes import KnownClassesClassifier
from zsl.estimators._packing import Header, Tensors
from zsl.estimators.few_shot._episode_training import embed_blocks
from zsl.estimators.few_shot._files import pack, unpack
from zsl.estimators.few_shot._images import Backbone, build_backbone, channel_moments, images_like, labelled_images
from zsl.estimators.few_shot._pretrained import FromPretrained
from zsl.exceptions import InvalidInputError
from zsl.methods.few_shot import FewShotMethod

_BLOCK = 1024


class FewShotClassifier(FromPretrained, KnownClassesClassifier):
    """Fit on seen classes, then predict any class of which there are a few images.

    A subclass builds its method (`_make`) and, where it has parameters, trains it (`_train`).
    """

    backbone: Any = None
    device: str = "auto"
    random_state: Any = None
    method_: FewShotMethod
    _classes: KnownSupport
    _image_shape: tuple[int, int, int] | None
    _transductive = False
    """Whether what is predicted of an image depends on the others of the call, whatever the parameters are."""
    _maps: ClassVar = False
    """Whether the method takes the maps of a backbone, not vectors."""
    _kept: ClassVar[type[KnownSupport]] = SupportRegistry
    """What is kept of the classes."""

    @abstractmethod
    def _make(self, backbone: Backbone | None, n_features: int, generator: torch.Generator) -> FewShotMethod:
        """Build the method with initial weights from a generator."""

    @abstractmethod
    def _check_parameters(self) -> None:
        """Refuse parameters that are out of range."""

    def _train(
        self,
        method: FewShotMethod,
        X: NDArray[Any],
        codes: NDArray[np.intp],
        generator: torch.Generator,
        groups: Any,
        validation: Any,
    ) -> None:
        """Train the method in place on images with class numbers; nothing where there are no parameters."""

    def _takes_unlabeled(self) -> bool:
        """Whether -1 among the labels marks images without a label."""
        return False

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Fit on images of the seen classes.

        Parameters
        ----------
        X : array of shape (n_samples, n_features), or (n_samples, channel, height, width) with a backbone
            Training images: finite numbers. With a backbone, whole numbers go from 0 to 255, and grey images may come
            as (n_samples, height, width).
        y : array of shape (n_samples,)
            Their labels, at least two different ones.

        Returns
        -------
        self
            The fitted estimator. It knows the seen classes by their training images.

        Raises
        ------
        InvalidInputError
            If a parameter is out of range, images have a shape or values that don't fit, or `y` has only one class.
        ValueError
            If `X` or `y` has a wrong shape, is empty, or holds values that are missing or infinite.
        """
        return self._fit_whole(X, y)

    def _fit_checked(self, X: ArrayLike, y: ArrayLike, groups: Any = None, validation: Any = None) -> None:
        self._check_parameters()
        images, given = self._check_training(X, y)
        check_classification_targets(given)
        known = np.ones(len(given), dtype=bool)
        if self._takes_unlabeled() and given.dtype.kind in "iuf":
            known = given != -1
        labels, codes = np.unique(given[known], return_inverse=True)
        if len(labels) < 2:
            raise InvalidInputError(f"y has one class or none, {labels.tolist()}; wanted two classes or more.")
        codes = codes.astype(np.intp)
        generator = torch.Generator().manual_seed(int(check_random_state(self.random_state).randint(2**31 - 1)))
        moments = None if self._image_shape is None else channel_moments(images[known])
        method = self._build(moments, generator).to(as_device(self.device))
        groups = None if groups is None else checked_groups(groups, len(images))[known]
        self._train(method, images[known], codes, generator, groups, validation)
        self._install(method)
        self._classes = self._seen_classes(images, known, labels, codes)
        self._set_class_attributes()

    def _seen_classes(
        self, X: NDArray[Any], known: NDArray[np.bool_], labels: LabelArray, codes: NDArray[np.intp]
    ) -> KnownSupport:
        """The classes by their training images; `codes` are those of the images whose label is `known`."""
        embedded = self._embed(X)
        return SupportRegistry.of_seen(labels, embedded[known], codes, embedded[~known])

    def _check_training(self, X: ArrayLike, y: ArrayLike) -> tuple[NDArray[Any], LabelArray]:
        if self.backbone is None:
            images, labels = validate_data(self, X, y, dtype=[np.float64, np.float32])
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

    def add_classes(self, X: ArrayLike | None = None, y: ArrayLike | None = None, *, X_unlabeled: Any = None) -> Self:
        """Make classes known by support images, or known better, without fitting again.

        Parameters
        ----------
        X : array of images or None, default=None
            Support images of classes, known or new, in the form of those fitted on. Those of a class that has some
            already add to them.
        y : array of shape (n_samples,) or None, default=None
            Their labels.
        X_unlabeled : array of images or None, default=None
            Images that belong to one of the classes, or to none, for estimators that refine by them; others have no
            use for them.

        Returns
        -------
        self
            The estimator, changed in place. A call that raises changes nothing.

        Raises
        ------
        InvalidInputError
            If nothing is given, only one of `X` and `y` is, or an array doesn't fit.
        """
        check_is_fitted(self)
        if X is None and y is None and X_unlabeled is None:
            raise InvalidInputError("add_classes was given no images; wanted X and y, X_unlabeled, or all of them.")
        if (X is None) != (y is None):
            raise InvalidInputError("X and y go together; only one of them was given to add_classes.")
        classes = self._classes
        if X is not None:
            images, labels = self._check_images(X), column_or_1d(y)
            if len(images) != len(labels):
                raise InvalidInputError(f"X has {len(images)} images and y {len(labels)} labels; wanted one each.")
            check_classification_targets(labels)
            embedded = self._embed(images)
            if self._takes_unlabeled() and labels.dtype.kind in "iuf":
                classes = classes.with_unlabeled(embedded[labels == -1])
                embedded, labels = embedded[labels != -1], labels[labels != -1]
            if len(labels):
                self._check_kind("y", labels)
                classes = classes.with_support(labels, embedded)
        if X_unlabeled is not None:
            classes = classes.with_unlabeled(self._embed(self._check_images(X_unlabeled, "X_unlabeled")))
        self._classes = classes
        self._set_class_attributes()
        return self

    def embed(self, X: ArrayLike) -> FloatArray:
        """Embed images as the method sees them.

        Parameters
        ----------
        X : array of images
            In the form of those fitted on.

        Returns
        -------
        array of shape (n_samples, d)
            Embedded images.
        """
        check_is_fitted(self)
        return self._embed(self._check_images(X))

    def _check_images(self, X: ArrayLike, name: str = "X") -> NDArray[Any]:
        if self._image_shape is None:
            return super()._check_images(X, name)
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

    def _pack(self) -> tuple[Header, Tensors]:
        return pack(self)

    def _restore(self, header: dict[str, Any], tensors: dict[str, NDArray[Any]], encoder: nn.Module | None) -> Self:
        unpack(self, header, tensors, encoder)
        return self
