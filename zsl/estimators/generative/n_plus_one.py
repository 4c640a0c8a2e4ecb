"""The classifier with one extra class for generated samples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Self

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from sklearn.model_selection import StratifiedKFold
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from zsl._device import as_device
from zsl._docs import documented_like
from zsl._typing import FloatArray, LabelArray
from zsl.classes.known import is_sorted
from zsl.classes.stored import StoredSamples
from zsl.estimators._calls import changes, reads
from zsl.estimators._groups import Run
from zsl.estimators._inputs import as_training
from zsl.estimators._known_classes import KnownClassesClassifier, labels_and_codes
from zsl.estimators._parameters import NotNegative, Positive, Whole, parameters, whole
from zsl.estimators._state import Weights, check_together, filled
from zsl.exceptions import ModelFileError
from zsl.functional.linear.origins import Origin
from zsl.methods.generative.feature_generator import to_length
from zsl.methods.generative.n_plus_one import NPlusOne
from zsl.selection.calibration import Confidence
from zsl.selection.scaling import Scaler
from zsl.training.adversarial import train_adversarial
from zsl.training.batches import Batches
from zsl.training.journal import seed_of

BLOCK_ROWS = 4096
NOISE = 1.0
"""Deviation of the noise of generated samples, as large as features are."""


@parameters
class NPlusOneClassifier(Run, KnownClassesClassifier):
    r"""Few-shot classifier with one extra class for generated samples, which serves to reject unknown classes.

    A generator draws samples of each class and tries to have them classified as such, and a classifier of N + 1 classes
    learns to assign generated samples to the last one: T. Salimans et al., "Improved Techniques for Training GANs",
    2016, arXiv:1606.03498. See `zsl.methods.generative.n_plus_one.NPlusOne` for the formula and departures from the
    paper.

    Predictions are among the N classes. Scores are logits up to a constant of the sample, by which the best one is the
    logarithm of the odds that a sample is real, :math:`\log \frac{1 - r}{r}`, for the probability :math:`r` of the last
    class. ``predict(..., reject=share)`` therefore rejects by :math:`r`. When classes are removed the others stay as
    they are; when samples are added, both networks are trained again.

    Parameters
    ----------
    hidden : int
        Width of the hidden layers.
    n_latent : int
        Width of the generator's input besides the class.
    n_steps : int
        Training steps.
    batch_size : int
        Samples per step, and as many generated ones.
    learning_rate : float
        Initial learning rate of AdamW, decayed by a half cosine.
    weight_decay : float
        Weight decay of AdamW.
    max_samples : int
        Most samples per class that are kept and trained on: a random subset, whatever order they come in.
    cv : int or None
        Folds of samples, each left out once while the networks are trained on the others, for the threshold of
        `reject`. With None, or a class of one sample, there is none.

    Attributes
    ----------
    method_ : NPlusOne
        Both networks.

    See Also
    --------
    FeatureGeneratingClassifier : Generated samples of unseen classes.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from zsl import NPlusOneClassifier
    >>> X, y = load_digits(return_X_y=True)
    >>> clf = NPlusOneClassifier(n_steps=100, cv=None, random_state=0).fit(X[:100], y[:100])
    >>> clf.reject_score(X[100:]).shape
    (1697,)
    """

    hidden: Whole = 256
    n_latent: Whole = 32
    n_steps: Whole = 300
    batch_size: Whole = 64
    learning_rate: Positive = 0.001
    weight_decay: NotNegative = 1.0
    max_samples: Whole = 200
    cv: Annotated[int, whole(2)] | None = 3
    _takes_steps = True
    _state: ClassVar[Mapping[str, Any]] = {
        "_classes": StoredSamples,
        "_seed": int,
        "_trained": LabelArray,
        "_origin": Origin,
        "_scaler": Scaler,
        "method_": Weights,
    }

    def _fit_checked(self, X: ArrayLike, y: ArrayLike) -> None:
        samples, targets = as_training(self, X, y)
        labels, _ = labels_and_codes(targets)
        self._seed = seed_of(self.random_state)
        self._origin = Origin.of(samples)
        known = StoredSamples.empty(labels, 0, samples.shape[1], int(self.max_samples))
        self._learn(known.with_support(targets, self._embed(samples)))

    @changes
    @documented_like(KnownClassesClassifier.add_classes)
    def add_classes(self, X: ArrayLike | None = None, y: ArrayLike | None = None) -> Self:
        """Make classes known, or known better, and train again on the samples that are kept."""
        check_is_fitted(self)
        samples, labels = self._check_labelled(X, y)
        self._check_kind("y", labels)
        self._check_parameters()
        self._learn(self._classes.with_support(labels, self._embed(samples)))
        self._set_class_attributes()
        return self

    @reads
    def reject_score(self, X: ArrayLike) -> FloatArray:
        """Probability that a sample is of no known class: that of the class of generated samples.

        Parameters
        ----------
        X : array of shape (n_samples, n_features)
            Samples.

        Returns
        -------
        array of shape (n_samples,)
            Probabilities in [0, 1], higher for a sample less like the known classes.
        """
        best = self.class_scores(X).max(axis=1)
        score: FloatArray = np.exp(-np.logaddexp(0.0, best))
        return score

    def _learn(self, classes: StoredSamples) -> None:
        """Train on the samples that are kept, after training on folds of them for the distribution of scores."""
        X = classes.stacked(self.n_features_in_).astype(np.float64)
        codes = np.repeat(np.arange(len(classes)), classes.counts.astype(int))
        n_splits = 0 if self.cv is None else min(int(self.cv), int(classes.counts.min()))
        found = []
        if n_splits > 1:
            splits = StratifiedKFold(n_splits, shuffle=True, random_state=0).split(X, codes)
            for number, (train, test) in enumerate(splits, start=1):
                scaler, method = self._train(
                    X[train], codes[train], len(classes), f"left-out samples {number}/{n_splits}"
                )
                found.append(_odds(_logits(scaler, method, X[test])).max(axis=1))
        self._scaler, self.method_ = self._train(X, codes, len(classes), "all samples")
        self._confidence = Confidence.of_best(np.concatenate(found)) if found else Confidence()
        self._trained, self._classes = classes.labels, classes

    def _train(self, X: FloatArray, codes: NDArray[np.intp], n_classes: int, label: str) -> tuple[Scaler, NPlusOne]:
        scaler = Scaler.fit("features", "center", X)
        device, draws = as_device(self.device), torch.Generator().manual_seed(self._seed)
        samples = to_length(torch.as_tensor(scaler(X), dtype=torch.float32, device=device))
        labels = torch.as_tensor(codes, device=device)
        method = self._build(X.shape[1], n_classes, draws).to(device)
        batches = Batches(len(samples), int(self.batch_size), draws)

        def draw() -> tuple[Tensor, Tensor]:
            places = batches.draw().to(device)
            return samples[places], labels[places]

        train_adversarial(
            method,
            method.critic,
            lambda: method.loss(draw()[1], draws),
            lambda: method.critic_loss(*draw(), draws),
            n_steps=int(self.n_steps),
            n_critic=1,
            learning_rate=float(self.learning_rate),
            weight_decay=float(self.weight_decay),
            progress=label if self.verbose else None,
            parts={"draws": draws, "batches": batches},
            inputs=(samples,),
        )
        finished: NPlusOne = method.cpu().double().requires_grad_(False).eval()
        return scaler, finished

    def _build(self, n_features: int, n_classes: int, draws: torch.Generator) -> NPlusOne:
        return NPlusOne(
            n_features,
            n_classes,
            hidden=int(self.hidden),
            n_latent=int(self.n_latent),
            noise=NOISE,
            generator=draws,
        )

    def _embed(self, X: FloatArray) -> FloatArray:
        return self._origin.directions(X)

    def _score(self, embedded: FloatArray, classes: StoredSamples) -> FloatArray:
        logits = _logits(self._scaler, self.method_, embedded)
        trained = {label: place for place, label in enumerate(self._trained.tolist())}
        columns = [trained[label] for label in classes.labels.tolist()]
        return _odds(logits[:, [*columns, -1]])

    def _set_state(self, state: dict[str, Any]) -> None:
        width, trained = state["n_features_in_"], state["_trained"]
        found = state["_scaler"].mean.shape
        check_together(found == (width,), f"samples are scaled at the width {found}")
        check_together(0 <= state["_seed"] < 2**63, f"a seed of {state['_seed']}")
        check_together(is_sorted(trained), "the labels that it was trained on are not sorted, or occur twice")
        method = filled(lambda: self._build(width, len(trained), torch.Generator()).double(), state["method_"])
        super()._set_state(state | {"method_": method.requires_grad_(False).eval()})
        if not set(self._classes.labels.tolist()) <= set(self._trained.tolist()):
            raise ModelFileError("The model knows classes that its network doesn't.")


def _logits(scaler: Scaler, method: NPlusOne, X: FloatArray) -> FloatArray:
    """Logits of samples of length 1 in double precision, in blocks."""
    blocks = []
    with torch.inference_mode():
        for start in range(0, len(X), BLOCK_ROWS):
            rows = scaler(X[start : start + BLOCK_ROWS])
            blocks.append(method(to_length(torch.as_tensor(rows))).numpy())
    return np.concatenate(blocks)


def _odds(logits: FloatArray) -> FloatArray:
    """Logits of classes, moved so that the largest is the logarithm of the odds against the last class."""
    known = logits[:, :-1]
    best = known.max(axis=1, keepdims=True)
    total = best + np.log(np.exp(known - best).sum(axis=1, keepdims=True))
    odds: FloatArray = known - best + total - logits[:, -1:]
    return odds
