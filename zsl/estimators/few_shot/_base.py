"""The shell of the few-shot estimators: classes known by support samples alone, many added without a refit."""

from __future__ import annotations

import copy
import math
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from zsl._device import as_device
from zsl._docs import documented_like
from zsl._typing import FloatArray, LabelArray
from zsl.classes.pooled import KnownSupport, PooledSupport
from zsl.classes.support import SupportRegistry
from zsl.episodes.groups import checked_groups
from zsl.estimators._calls import changes, reads
from zsl.estimators._inputs import as_targets, as_training
from zsl.estimators._known_classes import KnownClassesClassifier, labels_and_codes
from zsl.estimators._parameters import as_tuple
from zsl.estimators._state import Weights, blank, check_together, filled
from zsl.estimators.few_shot._calibrated import CalibratedByShots, held_out_classes
from zsl.estimators.few_shot._images import (
    Backbone,
    build_backbone,
    channel_moments,
    ground_of,
    images_like,
    labelled_images,
)
from zsl.estimators.few_shot._pixels import Scale, Shape, check_scale, check_stored_scale, scale_of, warn_of_inverted
from zsl.estimators.few_shot._tasks import BLOCK, Task, embed_blocks
from zsl.exceptions import InvalidInputError
from zsl.methods.few_shot import FewShotMethod
from zsl.selection.episodes import Held, ShotCalibration
from zsl.training.journal import seed_of

_MOST_PIXELS = 2**24
"""Numbers per image that a loaded backbone of the user's is tried on at most."""


class FewShotClassifier(CalibratedByShots):
    """Fit on seen classes, then predict any class of which there are a few samples.

    A subclass builds its method (`_make`) and, where it has parameters, trains it (`_train`).

    Attributes
    ----------
    method_ : FewShotMethod
        The fitted method.
    """

    _state: ClassVar[Mapping[str, Any]] = {
        "_classes": SupportRegistry | PooledSupport,
        "_image_shape": tuple[int, int, int] | None,
        "_image_scale": Scale | None,
        "method_": Weights,
        "history_": list[list[float]],
        "pretrain_history_": list[list[float]],
    }
    _own_module = "backbone"
    backbone: Any = None
    device: str = "auto"
    random_state: Any = None
    method_: FewShotMethod
    _classes: KnownSupport
    _image_shape: Shape | None
    _image_scale: Scale | None = None
    """What images were fitted on; of a model that came without it, the first support samples."""
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
        before, scale = self._left_off(), self._image_scale
        images, given = self._check_training(X, y)
        if before is not None and self._image_shape is not None and scale is not None:
            check_scale("X", images, scale)
            warn_of_inverted("X", images, ground_of(before), scale)
            self._image_scale = scale
        known = np.ones(len(given), dtype=bool)
        if self._takes_unlabeled() and given.dtype.kind in "iuf":
            known = given != -1
        labels, codes = labels_and_codes(given[known])
        groups = None if groups is None else checked_groups(groups, len(images))[known]
        task = Task(images[known], codes, self._generator(), groups, validation, before)
        self._fit_task(task)
        self._calibration = self._calibrated_on(task)
        self._classes = self._seen_classes(images, known, labels, codes)

    def _left_off(self) -> FewShotMethod | None:
        """Forget an earlier fit, by which new samples aren't judged; give its network if training goes on from it."""
        self.__dict__.pop("classes_", None)
        before: FewShotMethod | None = self.__dict__.pop("method_", None)
        return before if self._goes_on() else None

    def _goes_on(self) -> bool:
        """Whether `fit` goes on from the network of an earlier one."""
        return False

    def _fit_task(self, task: Task) -> None:
        """Build the method, train and store it."""
        moments = None if self._image_shape is None else channel_moments(task.X)
        method = self._build(moments, task.generator).to(as_device(self.device))
        self._train(method, task)
        self._install(method)

    def _calibrated_on(self, task: Task) -> ShotCalibration:
        """Measure how sure scores are, on classes that copies of the estimator are fitted without."""
        folds = []
        for held in held_out_classes(self.cv, task.X, task.codes):
            part = copy.copy(self)
            part._fit_task(task.of(~held, self._generator()))
            folds.append(Held(part.method_, part._embed, task.X[held], task.codes[held]))
        return ShotCalibration.measured(folds)

    def _generator(self) -> torch.Generator:
        """Where everything random comes from."""
        return torch.Generator().manual_seed(seed_of(self.random_state))

    def _seen_classes(
        self, X: NDArray[Any], known: NDArray[np.bool_], labels: LabelArray, codes: NDArray[np.intp]
    ) -> KnownSupport:
        """The classes by their training samples; `codes` are those of the samples whose label is `known`."""
        embedded = self._embed(X)
        return SupportRegistry.of_seen(labels, embedded[known], codes, embedded[~known])

    def _check_training(self, X: ArrayLike, y: ArrayLike) -> tuple[NDArray[Any], LabelArray]:
        if self.backbone is None:
            images, labels = as_training(self, X, y)
            self._check_magnitude("X", images)
            self._image_shape = self._image_scale = None
            return images, labels
        images, labels = labelled_images(X, as_targets(y))
        self._image_shape, self._image_scale = images.shape[1:], scale_of(images)
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

    @changes
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
        classes, scale = self._classes, self._image_scale
        if X is not None or y is not None:
            images, labels = self._check_labelled(X, y)
            embedded = self._embed(images)
            if scale is None and self._image_shape is not None:
                scale = scale_of(images)
            if self._takes_unlabeled() and labels.dtype.kind in "iuf":
                classes = classes.with_unlabeled(embedded[labels == -1])
                embedded, labels = embedded[labels != -1], labels[labels != -1]
            if len(labels):
                self._check_kind("y", labels)
                classes = classes.with_support(labels, embedded)
        if X_unlabeled is not None:
            classes = classes.with_unlabeled(self._embed(self._check_samples(X_unlabeled, "X_unlabeled")))
        self._classes, self._image_scale = classes, scale
        self._set_class_attributes()
        return self

    @reads
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
        images = images_like(X, self._image_shape, name, self._image_scale)
        if hasattr(self, "method_"):  # validation samples come before it
            warn_of_inverted(name, images, ground_of(self.method_), self._image_scale)
        return images

    def _embed(self, X: NDArray[Any]) -> FloatArray:
        return embed_blocks(self.method_, X, as_device(self.device))

    def _score(self, embedded: FloatArray, classes: KnownSupport) -> FloatArray:
        support = self._tensor(classes.support.astype(embedded.dtype, copy=False))[None]
        codes = self._tensor(classes.codes)[None]
        unlabeled = self._tensor(classes.unlabeled)[None] if len(classes.unlabeled) else None
        size = len(embedded) if self.method_.transductive else BLOCK
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
        shape, layers = self._image_shape, len(as_tuple(getattr(self, "hidden", ())))
        check_together((shape is None) == (self.backbone is None), "images without a backbone, or the reverse")
        if shape is not None:
            good = min(shape) > 0 and math.prod(shape) == self.n_features_in_
            good = good and (isinstance(self.backbone, str) or self.n_features_in_ <= _MOST_PIXELS)
            check_together(good, f"images of the shape {shape}")
        check_together(layers <= len(weights), f"{layers} layers, and weights of fewer")
        self._install(filled(self._rebuilt, weights))

    def _rebuilt(self) -> FewShotMethod:
        """The method before its weights are loaded, in the precision of these."""
        method = self._build(None, torch.Generator())
        if self._image_shape is None:
            return method.double()
        return method.float() if isinstance(self.backbone, str) else method

    def _check_scores(self) -> None:
        """Nothing is scored, since that may take as many steps as a file says: shapes alone are compared."""
        n = 2 if self.method_.transductive else 1  # statistics of a batch need two
        check_stored_scale(self._image_scale)
        shape = (n, self.n_features_in_) if self._image_shape is None else (n, *self._image_shape)
        if self.backbone is None or isinstance(self.backbone, str):
            method = blank(self._rebuilt).eval()
            kind = torch.float64 if self._image_shape is None else torch.float32
            with torch.inference_mode():
                width = method.embed(torch.empty(shape, dtype=kind, device="meta")).shape[1]
        else:
            width = self._embed(np.zeros(shape, dtype=np.float32)).shape[1]
        self._check_width(width)
