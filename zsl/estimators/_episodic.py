"""The shell of the few-shot estimators that are trained on episodes."""

from dataclasses import replace
from typing import Any, Literal, Self

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.validation import column_or_1d

from zsl.episodes.few_shot import FewShotSampler
from zsl.estimators._checks import check_number, check_whole
from zsl.estimators._device import as_device
from zsl.estimators._few_shot import FewShotClassifier, embed_blocks
from zsl.evaluation.episodes import method_accuracies
from zsl.exceptions import InvalidInputError
from zsl.methods.few_shot import FewShotMethod
from zsl.training.few_shot import EpisodeTraining, train_few_shot

Precision = Literal["float32", "bfloat16"]
N_CHECKS = 10
"""How often training is stopped to look at validation classes."""


class EpisodicClassifier(FewShotClassifier):
    """Train a few-shot method on episodes drawn from the seen classes."""

    n_way: int
    n_shot: Any
    n_query: int
    n_episodes: int
    n_splits: int
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
            episode are then of one group, which makes them harder to tell apart.
        validation : pair (X, y) or None, default=None
            Images of other classes, on which the accuracy is measured ten times during training, for `history_`. They
            decide nothing.

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
        return self._fit_whole(X, y, groups, validation)

    def _train(
        self,
        method: FewShotMethod,
        X: NDArray[Any],
        codes: NDArray[np.intp],
        generator: torch.Generator,
        groups: Any,
        validation: Any,
    ) -> None:
        self.history_: list[list[float]] = []
        how, usable = _fitting(self._episodes(), np.bincount(codes))
        if not any(p.requires_grad for p in method.parameters()) or how.n_way < 2:
            return
        kept = usable[codes]
        images = torch.as_tensor(np.ascontiguousarray(X[kept], dtype=None if X.dtype == np.uint8 else np.float32))
        check = None if validation is None else self._watch(method, validation)
        train_few_shot(
            method,
            images.to(as_device(self.device)),
            torch.as_tensor(codes[kept]),
            how,
            groups=None if groups is None else _group_of_class(groups, codes),
            generator=generator,
            check=check,
            check_every=-(-how.n_episodes // N_CHECKS),
            progress="episodes" if self.verbose else None,
        )

    def _watch(self, method: FewShotMethod, validation: Any) -> Any:
        """Note the one-shot accuracy on validation classes, with up to 20 ways."""
        X, y = validation
        images, (names, codes) = self._check_images(X), np.unique(column_or_1d(y), return_inverse=True)
        if len(images) != len(codes):
            raise InvalidInputError(f"validation has {len(images)} images and {len(codes)} labels; wanted one each.")
        labels = torch.as_tensor(codes)

        def check(done: int) -> None:
            generator = torch.Generator().manual_seed(0)
            n_query = min(5, int(np.bincount(codes).min()) - 1)
            sampler = FewShotSampler(labels, n_way=min(20, len(names)), n_shot=1, n_query=n_query, generator=generator)
            embedded = torch.as_tensor(embed_blocks(method, images, as_device(self.device)))
            accuracy = float(method_accuracies(method, embedded, sampler, 200).mean())
            self.history_.append([done, round(accuracy, 4)])

        return check

    def _episodes(self) -> EpisodeTraining:
        shots = self.n_shot if isinstance(self.n_shot, (tuple, list)) else (self.n_shot,)
        return EpisodeTraining(
            n_way=int(self.n_way),
            n_shot=tuple(int(shot) for shot in shots),
            n_query=int(self.n_query),
            n_episodes=int(self.n_episodes),
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
        for name in ("n_query", "n_episodes", "n_splits"):
            check_whole(name, getattr(self, name))
        check_number("learning_rate", self.learning_rate, above=0)
        check_number("weight_decay", self.weight_decay, least=0)
        if self.precision not in ("float32", "bfloat16"):
            raise InvalidInputError(f"precision={self.precision!r}; wanted 'float32' or 'bfloat16'.")
        if self.augment and self.backbone is None:
            raise InvalidInputError("augment=True without a backbone; only images can be turned and shifted.")


def _fitting(how: EpisodeTraining, counts: NDArray[np.intp]) -> tuple[EpisodeTraining, NDArray[np.bool_]]:
    """Episodes that the classes allow, and which classes take part."""
    shot, query, free = max(how.n_shot), how.n_query, how.n_unlabeled
    if (counts >= shot + query + free).sum() < 2:
        second = int(np.sort(counts)[-2])
        shot = max(1, min(shot, second - 1))
        query = max(1, min(query, second - shot))
        free = min(free, max(0, second - shot - query))
    usable = counts >= shot + query + free
    n_distractors = min(how.n_distractors, max(0, int(usable.sum()) - 2)) if free else 0
    fitted = replace(
        how,
        n_way=min(how.n_way, int(usable.sum()) - n_distractors),
        n_shot=tuple(min(each, shot) for each in how.n_shot),
        n_query=query,
        n_unlabeled=free,
        n_distractors=n_distractors,
    )
    return fitted, usable


def _group_of_class(groups: Any, codes: NDArray[np.intp]) -> torch.Tensor:
    """The group of each class number."""
    given = column_or_1d(groups)
    if len(given) != len(codes):
        raise InvalidInputError(f"groups has {len(given)} entries and X {len(codes)} images; wanted one each.")
    numbers = np.unique(given, return_inverse=True)[1]
    first = np.unique(codes, return_index=True)[1]
    mixed = np.flatnonzero(numbers[first][codes] != numbers)
    if len(mixed):
        raise InvalidInputError(f"groups gives the class of image {mixed[0]} two groups; wanted one group a class.")
    return torch.as_tensor(numbers[first])
