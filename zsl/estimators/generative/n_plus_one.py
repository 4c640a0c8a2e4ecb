"""The classifier with one class more for generated images as an estimator."""

from typing import Any, Self

import numpy as np
import torch
from numpy.random import RandomState
from numpy.typing import ArrayLike, NDArray
from sklearn.model_selection import StratifiedKFold
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, column_or_1d, validate_data
from torch import Tensor

from zsl._device import as_device
from zsl._typing import FloatArray
from zsl.classes.stored import ClassImages
from zsl.estimators._atomic import all_or_nothing
from zsl.estimators._checks import check_number, check_whole, labels_and_codes
from zsl.estimators._known_classes import KnownClassesClassifier
from zsl.estimators._packing import Header, Tensors
from zsl.estimators.generative._n_plus_one_files import pack, unpack
from zsl.estimators.zero_shot._gradient import _batches
from zsl.exceptions import InvalidInputError
from zsl.methods.generative.feature_generator import to_length
from zsl.methods.generative.n_plus_one import NPlusOne
from zsl.selection.calibration import Confidence
from zsl.selection.scaling import Scaler
from zsl.training.adversarial import train_adversarial

BLOCK_ROWS = 4096
NOISE = 1.0
"""Deviation of the noise of generated images, as large as features are."""


class NPlusOneClassifier(KnownClassesClassifier):
    r"""Few-shot classifier with one class more for generated images, whose probability tells how strange an image is.

    A generator makes up images of each class and tries to have them classified as such, and a classifier of N + 1
    classes learns to give the last one to them: T. Salimans et al., "Improved Techniques for Training GANs", 2016,
    arXiv:1606.03498. `zsl.methods.generative.n_plus_one.NPlusOne` tells the formula and where we depart from it.

    Predictions are among the N classes. Scores are logits up to a constant of the image, by which the best one is the
    logarithm of the odds that an image is real, :math:`\log \frac{1 - r}{r}`, for the probability :math:`r` of the last
    class. ``predict(..., reject=share)`` therefore rejects by :math:`r`. When classes are removed the others stay as
    they are; when images are added, both networks are trained again.

    Parameters
    ----------
    hidden : int, default=256
        Width of the hidden layers.
    n_latent : int, default=32
        Width of the generator's input besides the class.
    n_steps : int, default=300
        Training steps.
    batch_size : int, default=64
        Images a step, and as many generated ones.
    learning_rate : float, default=0.001
        First step size of AdamW; it falls along half a cosine.
    weight_decay : float, default=1.0
        Weight decay of AdamW.
    max_images : int, default=200
        Images of a class that are kept and trained on at most: a sample by their content.
    cv : int or None, default=3
        Folds of images, each left out once while the networks are trained on the others, for the threshold of
        `reject`. With None, or a class of one image, there is none.
    device : str, default="auto"
        Where to train: "cpu", "cuda" and so on; "auto" takes a GPU if there is one. Prediction is on the CPU.
    verbose : bool, default=True
        Whether a terminal or notebook shows progress when training takes over two seconds.
    random_state : int, RandomState or None, default=None
        An integer gives the same model twice on a CPU.

    Attributes
    ----------
    classes_ : array of shape (C,)
        All known classes, sorted.
    seen_classes_, unseen_classes_ : array
        Those known from `fit`, and those added later.
    n_features_in_ : int
        Width of X.
    feature_names_in_ : array of shape (n_features_in_,)
        Names of the columns, if X was a DataFrame with string names.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from zsl import NPlusOneClassifier
    >>> X, y = load_digits(return_X_y=True)
    >>> clf = NPlusOneClassifier(n_steps=100, cv=None, random_state=0).fit(X[:100], y[:100])
    >>> clf.reject_score(X[100:]).shape
    (1697,)
    """

    _classes: ClassImages

    def __init__(
        self,
        *,
        hidden: int = 256,
        n_latent: int = 32,
        n_steps: int = 300,
        batch_size: int = 64,
        learning_rate: float = 0.001,
        weight_decay: float = 1.0,
        max_images: int = 200,
        cv: int | None = 3,
        device: str = "auto",
        verbose: bool = True,
        random_state: int | RandomState | None = None,
    ) -> None:
        self.hidden = hidden
        self.n_latent = n_latent
        self.n_steps = n_steps
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.max_images = max_images
        self.cv = cv
        self.device = device
        self.verbose = verbose
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Fit on images.

        Parameters
        ----------
        X : array of shape (n_samples, n_features)
            Features of training images, finite numbers.
        y : array of shape (n_samples,)
            Their labels, at least two different ones.

        Returns
        -------
        self
            The fitted estimator.

        Raises
        ------
        InvalidInputError
            If a parameter is out of range, or `y` has only one class.
        ValueError
            If `X` or `y` has a wrong shape, is empty, or holds values that are missing or infinite.
        """
        return self._fit_whole(X, y)

    def _fit_checked(self, X: ArrayLike, y: ArrayLike) -> None:
        images, targets = validate_data(self, X, y, dtype=[np.float64, np.float32])
        labels, _ = labels_and_codes(targets)
        self._check_parameters()
        self._seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        known = ClassImages.empty(labels, 0, images.shape[1], int(self.max_images))
        self._learn(known.with_support(targets, images))

    def add_classes(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Make classes known, or known better, and train again on the images that are kept.

        Parameters
        ----------
        X : array of shape (n_samples, n_features)
            Images of classes, known or new.
        y : array of shape (n_samples,)
            Their labels.

        Returns
        -------
        self
            The estimator, changed in place. A call that raises changes nothing.

        Raises
        ------
        InvalidInputError
            If `y` doesn't fit `X`, or a parameter that was set since is out of range.
        """
        check_is_fitted(self)
        images, labels = self._check_images(X), column_or_1d(y)
        if len(images) != len(labels):
            raise InvalidInputError(f"X has {len(images)} rows and y {len(labels)} labels; wanted one label a row.")
        self._check_kind("y", labels)
        check_classification_targets(labels)
        self._check_parameters()
        with all_or_nothing(self):
            self._learn(self._classes.with_support(labels, images))
        return self

    def reject_score(self, X: ArrayLike) -> FloatArray:
        """Tell how strange images are: the probability of the class of generated ones, beside the known classes.

        Parameters
        ----------
        X : array of shape (n_samples, n_features)
            Images.

        Returns
        -------
        array of shape (n_samples,)
            Probabilities in [0, 1], higher for a stranger image.
        """
        best = self.class_scores(X).max(axis=1)
        score: FloatArray = np.exp(-np.logaddexp(0.0, best))
        return score

    def _learn(self, classes: ClassImages) -> None:
        """Train on the images that are kept, after training on folds of them for the distribution of scores."""
        X = classes.stacked(self.n_features_in_).astype(np.float64)
        codes = np.repeat(np.arange(len(classes)), classes.counts.astype(int))
        n_splits = 0 if self.cv is None else min(int(self.cv), int(classes.counts.min()))
        found = []
        if n_splits > 1:
            splits = StratifiedKFold(n_splits, shuffle=True, random_state=0).split(X, codes)
            for number, (train, test) in enumerate(splits, start=1):
                scaler, method = self._train(
                    X[train], codes[train], len(classes), f"left-out images {number}/{n_splits}"
                )
                found.append(_odds(_logits(scaler, method, X[test])).max(axis=1))
        self._scaler, self._method = self._train(X, codes, len(classes), "all images")
        self._confidence = Confidence.of_best(np.concatenate(found)) if found else Confidence()
        self._trained, self._classes = classes.labels, classes
        self._set_class_attributes()

    def _train(self, X: FloatArray, codes: NDArray[np.intp], n_classes: int, label: str) -> tuple[Scaler, NPlusOne]:
        scaler = Scaler.fit("features", "center", X)
        device, draws = as_device(self.device), torch.Generator().manual_seed(self._seed)
        images = to_length(torch.as_tensor(scaler(X), dtype=torch.float32, device=device))
        labels = torch.as_tensor(codes, device=device)
        method = self._build(X.shape[1], n_classes, draws).to(device)
        batches = _batches(len(images), int(self.batch_size), draws)

        def draw() -> tuple[Tensor, Tensor]:
            places = next(batches).to(device)
            return images[places], labels[places]

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
        return X

    def _score(self, embedded: FloatArray, classes: ClassImages) -> FloatArray:
        logits = _logits(self._scaler, self._method, embedded)
        trained = {label: place for place, label in enumerate(self._trained.tolist())}
        columns = [trained[label] for label in classes.labels.tolist()]
        return _odds(logits[:, [*columns, -1]])

    def _pack(self) -> tuple[Header, Tensors]:
        return pack(self)

    def _restore(self, header: dict[str, Any], tensors: dict[str, NDArray[Any]], encoder: Any) -> Self:
        if encoder is not None:
            raise InvalidInputError(f"encoder={type(encoder).__name__}; a {type(self).__name__} has none.")
        unpack(self, header, tensors)
        return self

    def _check_parameters(self) -> None:
        for name in ("hidden", "n_latent", "n_steps", "batch_size", "max_images"):
            check_whole(name, getattr(self, name))
        check_number("learning_rate", self.learning_rate, above=0)
        check_number("weight_decay", self.weight_decay, least=0)
        if self.cv is not None:
            check_whole("cv", self.cv, 2)
        as_device(self.device)


def _logits(scaler: Scaler, method: NPlusOne, X: FloatArray) -> FloatArray:
    """Logits of images in double precision, in blocks."""
    blocks = []
    with torch.inference_mode():
        for start in range(0, len(X), BLOCK_ROWS):
            rows = scaler.of_unit(X[start : start + BLOCK_ROWS])
            blocks.append(method(to_length(torch.as_tensor(rows))).numpy())
    return np.concatenate(blocks)


def _odds(logits: FloatArray) -> FloatArray:
    """Logits of classes, moved so that the largest is the logarithm of the odds against the last class."""
    known = logits[:, :-1]
    best = known.max(axis=1, keepdims=True)
    total = best + np.log(np.exp(known - best).sum(axis=1, keepdims=True))
    odds: FloatArray = known - best + total - logits[:, -1:]
    return odds
