"""The shell of the few-shot estimators that are trained on episodes."""

from typing import Any, Literal, Self

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from zsl._device import as_device
from zsl.estimators._checks import check_number, check_whole
from zsl.estimators.few_shot._base import FewShotClassifier
from zsl.estimators.few_shot._episode_training import checked_validation, train_on_episodes
from zsl.exceptions import InvalidInputError
from zsl.methods.few_shot import FewShotMethod
from zsl.training.few_shot import EpisodeTraining

Precision = Literal["float32", "bfloat16"]


class EpisodicClassifier(FewShotClassifier):
    """Train a few-shot method on episodes drawn from the seen classes."""

    n_way: int
    n_shot: Any
    n_query: int
    n_episodes: int
    n_splits: int = 1
    n_tasks: int = 1
    learning_rate: float
    weight_decay: float
    augment: bool
    precision: Precision
    verbose: bool

    def fit(self, X: ArrayLike, y: ArrayLike, *, groups: Any = None, validation: Any = None) -> Self:
        """Train on episodes drawn from the seen classes.

        Parameters
        ----------
        X : array of shape (n_samples, n_features), or (n_samples, channel, height, width) with a backbone
            Training images: finite numbers. With a backbone, whole numbers go from 0 to 255, and grey images may come
            as (n_samples, height, width).
        y : array of shape (n_samples,)
            Their labels, at least two different ones.
        groups : array of shape (n_samples,) or None, default=None
            A group of each image, the same for all images of a class, such as its alphabet. All classes of a training
            episode are then of one group, which makes them harder to tell apart. Groups of too few classes for an
            episode take no part; `n_way` is lowered to the largest one.
        validation : pair (X, y) or None, default=None
            Images of other classes, two or more of each, on which the accuracy is measured up to ten times during
            training, for `history_`. They decide nothing.

        Returns
        -------
        self
            The fitted estimator. It knows the seen classes by their training images.

        Raises
        ------
        InvalidInputError
            If a parameter is out of range, images have a shape or values that don't fit, `y` has only one class, or
            classes are too few or too small for the episodes.
        ValueError
            If `X` or `y` has a wrong shape, is empty, or holds values that are missing or infinite.
        """
        return self._fit_whole(X, y, groups=groups, validation=validation)

    def _train(
        self,
        method: FewShotMethod,
        X: NDArray[Any],
        codes: NDArray[np.intp],
        generator: torch.Generator,
        groups: Any,
        validation: Any,
    ) -> None:
        self.history_ = train_on_episodes(
            method,
            X,
            codes,
            self._episodes(),
            groups=groups,
            validation=checked_validation(validation, self._check_images),
            device=as_device(self.device),
            generator=generator,
            verbose=bool(self.verbose),
        )

    def _episodes(self) -> EpisodeTraining:
        shots = self.n_shot if isinstance(self.n_shot, (tuple, list)) else (self.n_shot,)
        return EpisodeTraining(
            n_way=int(self.n_way),
            n_shot=tuple(int(shot) for shot in shots),
            n_query=int(self.n_query),
            n_episodes=int(self.n_episodes),
            n_tasks=int(self.n_tasks),
            n_splits=int(self.n_splits),
            learning_rate=float(self.learning_rate),
            weight_decay=float(self.weight_decay),
            augment=bool(self.augment),
            bfloat16=self.precision == "bfloat16",
        )

    def _check_parameters(self) -> None:
        for shot in self.n_shot if isinstance(self.n_shot, (tuple, list)) and self.n_shot else (self.n_shot,):
            check_whole("n_shot", shot)
        check_whole("n_way", self.n_way, 2)
        for name in ("n_query", "n_episodes", "n_splits", "n_tasks"):
            check_whole(name, getattr(self, name))
        check_number("learning_rate", self.learning_rate, above=0)
        check_number("weight_decay", self.weight_decay, least=0)
        if self.precision not in ("float32", "bfloat16"):
            raise InvalidInputError(f"precision={self.precision!r}; wanted 'float32' or 'bfloat16'.")
        if self.augment and self.backbone is None:
            raise InvalidInputError("augment=True without a backbone; only images can be turned and shifted.")
