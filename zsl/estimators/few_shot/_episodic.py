"""The shell of the few-shot estimators that are trained on episodes."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike
from torch import nn

from zsl._arguments import shown
from zsl._device import as_device, has_bfloat16
from zsl._docs import documented_like
from zsl._typing import FloatArray
from zsl.estimators._parameters import (
    Device,
    Folds,
    NotNegative,
    Positive,
    Seed,
    Whole,
    Widths,
    as_tuple,
    parameters,
    whole,
)
from zsl.estimators.few_shot._base import FewShotClassifier
from zsl.estimators.few_shot._episode_training import checked_validation, go_on_from, train_on_episodes
from zsl.estimators.few_shot._pretraining import train_on_classes
from zsl.estimators.few_shot._tasks import Task
from zsl.exceptions import InvalidInputError
from zsl.functional.linear.origins import check_magnitude
from zsl.methods.few_shot import FewShotMethod
from zsl.selection.episodes import N_QUERIES, Held, ShotCalibration
from zsl.training.few_shot import EpisodeTraining
from zsl.training.images.changes import Changes
from zsl.training.images.classification import ClassificationTraining

Precision = Literal["float32", "bfloat16", "auto"]
MOST, LEAST = 1e15, 1e-15
"""Magnitudes of features that a network can be trained on."""


@parameters
class Episodes:
    """Training on episodes.

    Parameters
    ----------
    backbone : {"conv4", "conv4_strided", "resnet12"}, nn.Module or None
        Embeds images of shape (n, channel, height, width); see `zsl.nn.backbones`. A module of your own gets real
        numbers, and gives one row per image. None takes vectors as they are.
    n_way : int
        Classes per training episode; at most as many as there are.
    n_shot : int or sequence of int
        Support samples per class in training; several are used in turn.
    n_query : int
        Queries per class in training, beside the largest `n_shot`. Classes with fewer samples than both need take no
        part in training; where that leaves fewer than two, both are lowered to what the second largest class has.
    n_episodes : int
        Training steps, of one episode each.
    learning_rate : float
        Initial learning rate of AdamW, decayed by a half cosine.
    weight_decay : float
        Weight decay of AdamW.
    augment : bool or "photos"
        Whether training images are slightly rotated, shifted and zoomed; "photos" are mirrored, too, and change their
        brightness, contrast and colours.
    pretrain : int
        Epochs in which the backbone is first trained to classify the training classes, in batches of 128 images, under
        a layer of cosines that is then dropped. Episodes begin with what it learned; a lower `learning_rate` keeps more
        of it. This is the first stage of Y. Chen, Z. Liu, H. Xu, T. Darrell and X. Wang, "Meta-Baseline: Exploring
        Simple Meta-Learning for Few-Shot Learning", 2021, arXiv:2003.04390.
    pretrain_rate : float
        Initial learning rate of these epochs; `weight_decay`, `augment` and `precision` are those of episodes.
    warm_start : bool
        Whether `fit` on a fitted or loaded estimator goes on from its network, without `pretrain`: more episodes, other
        classes, another `augment`. All that the network consists of stays, also how samples are scaled and the rates of
        inner steps, whatever parameters say of new networks. The classes known before are forgotten.
    precision : {"float32", "bfloat16", "auto"}
        Precision of the backbone in training; "auto" is bfloat16 where the device has instructions for it, as GPUs
        since 2020 and CPUs with AMX or AVX512-BF16 do, and float32 elsewhere. Predictions are computed in single
        precision with a backbone, and in double precision without.
    cv : int, splitter or None
        Folds of held-out seen classes, on episodes of which the temperature of `predict_proba` and the threshold of
        ``predict(reject=...)`` are measured. For each, training is repeated without its classes: for a number of folds
        for the first ones with 20 classes in all. None measures on the classes of `validation`, if `fit` was given
        some. Otherwise it takes the training classes, on which what was trained is surer than on others, and there is
        no threshold unless nothing was trained.
    device : str
        Where to compute: "cpu", "cuda" and so on; "auto" takes a GPU if there is one.
    verbose : bool
        Whether a terminal or notebook shows progress when fitting takes over two seconds.
    random_state : int, RandomState or None
        An integer makes fits reproducible on a CPU, bit for bit with the same number of threads.
    """

    backbone: Literal["conv4", "conv4_strided", "resnet12"] | nn.Module | None = None
    n_way: Annotated[int, whole(2)] = 20
    n_shot: Widths = 1
    n_query: Whole = 5
    n_episodes: Whole = 1000
    learning_rate: Positive = 2e-3
    weight_decay: NotNegative = 1e-4
    augment: Changes = False
    pretrain: Annotated[int, whole(0)] = 0
    pretrain_rate: Positive = 3e-3
    warm_start: bool = False
    precision: Precision = "float32"
    cv: Folds = None
    device: Device = "auto"
    verbose: bool = True
    random_state: Seed = None


@parameters
class Splits:
    """Several looks at the samples of a training step.

    Parameters
    ----------
    n_splits : int
        Number of random divisions of the samples of a step into support and queries, after they were embedded.
    """

    n_splits: Whole = 4


class EpisodicClassifier(Episodes, FewShotClassifier):
    """Train a few-shot method on episodes drawn from the seen classes.

    Attributes
    ----------
    history_ : list of [int, float]
        Steps of training and the one-shot accuracy on validation classes then, if `fit` was given some.
    pretrain_history_ : list of [int, float]
        Epochs of `pretrain` and the same accuracy then, of the nearest prototype by cosine.
    """

    n_splits: Any = 1
    n_tasks: Any = 1
    _takes_steps = True
    _example = """\
>>> from sklearn.datasets import load_digits
>>> from zsl import {name}
>>> X, y = load_digits(return_X_y=True)
>>> clf = {name}(n_episodes=50, random_state=0).fit(X[y < 8], y[y < 8])
>>> clf = clf.add_classes(X[[8, 9]], y[[8, 9]])
>>> clf.unseen_classes_
array([8, 9])"""

    @documented_like(FewShotClassifier.fit)
    def fit(
        self, X: ArrayLike, y: ArrayLike, *, groups: Any = None, validation: Any = None, checkpoint: Any = None
    ) -> Self:
        """Train on episodes drawn from the seen classes.

        Parameters
        ----------
        groups : array of shape (n_samples,) or None, default=None
            A group of each sample, the same for all samples of a class, such as its alphabet. All classes of a training
            episode are then of one group, which makes them harder to tell apart. Groups of too few classes for an
            episode take no part; `n_way` is lowered to the largest one.
        validation : pair (X, y) or None, default=None
            Samples of other classes, two or more of each, on which the accuracy is measured up to ten times during
            training, for `history_`. They don't influence training. Without `cv`, probabilities are calibrated on them.
        """
        return self._fit_whole(X, y, checkpoint, groups=groups, validation=validation)

    def _goes_on(self) -> bool:
        return bool(self.warm_start)

    def _started_from(self) -> dict[str, Any]:
        going = self._goes_on() and hasattr(self, "method_")
        return {"the network that training goes on from": dict(self.method_.state_dict())} if going else {}

    def _check_magnitude(self, name: str, X: FloatArray) -> None:
        # Networks get features as they are, and are trained in single precision, in which squares of them must be sums.
        check_magnitude(name, X, MOST, LEAST if name == "X" and not hasattr(self, "classes_") else 0.0)

    def _train(self, method: FewShotMethod, task: Task) -> None:
        validation = checked_validation(task.validation, self._check_samples)
        how, device, verbose = self._episodes(), as_device(self.device), bool(self.verbose)
        self.pretrain_history_ = []
        if task.before is not None:
            go_on_from(task.before, method)
        elif self.pretrain:
            first = ClassificationTraining(
                n_epochs=int(self.pretrain),
                learning_rate=float(self.pretrain_rate),
                weight_decay=how.weight_decay,
                augment=how.augment,
                bfloat16=how.bfloat16,
            )
            self.pretrain_history_ = train_on_classes(
                method.backbone, task, first, validation=validation, device=device, verbose=verbose
            )
        self.history_ = train_on_episodes(method, task, how, validation=validation, device=device, verbose=verbose)

    def _calibrated_on(self, task: Task) -> ShotCalibration:
        if self.cv is not None:
            return super()._calibrated_on(task)
        held, X, codes = True, task.X, task.codes
        validation = checked_validation(task.validation, self._check_samples)
        if validation is not None:
            X, codes = validation[0], np.unique(validation[1], return_inverse=True)[1]
        else:
            held = next(self.method_.parameters(), None) is None
        fold = Held(self.method_, self._embed, X, codes)
        return ShotCalibration.measured([fold], thresholds=held, **self._measuring())

    def _measuring(self) -> dict[str, Any]:
        """How many ways and queries calibration takes: little in comparison with training."""
        return {"n_queries": min(N_QUERIES, 5 * int(self.n_episodes))}

    def _how_to_hold_out(self) -> str:
        return "validation=(X, y) of other classes in fit, or cv=5, say, in the constructor"

    def _episodes(self) -> EpisodeTraining:
        return EpisodeTraining(
            n_way=int(self.n_way),
            n_shot=tuple(int(shot) for shot in as_tuple(self.n_shot)),
            n_query=int(self.n_query),
            n_episodes=int(self.n_episodes),
            n_tasks=int(self.n_tasks),
            n_splits=int(self.n_splits),
            learning_rate=float(self.learning_rate),
            weight_decay=float(self.weight_decay),
            augment=self.augment,
            bfloat16=self.precision == "bfloat16"
            or (self.precision == "auto" and has_bfloat16(as_device(self.device))),
        )

    def _check_parameters(self) -> None:
        super()._check_parameters()
        if self.warm_start and self.cv is not None:
            raise InvalidInputError(
                f"warm_start=True with cv={shown(self.cv)}; the network may have seen what folds hold out: wanted "
                "cv=None, and validation=(X, y) of other classes in fit."
            )
        if self.augment and self.backbone is None:
            raise InvalidInputError(
                f"augment={self.augment!r} without a backbone; only images can be rotated and shifted."
            )
        if self.pretrain and self.backbone is None:
            raise InvalidInputError(
                f"pretrain={self.pretrain} without a backbone; there is nothing that could be trained before episodes."
            )
