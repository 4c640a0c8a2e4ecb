"""Accuracy over few-shot episodes."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import torch
from numpy.random import RandomState
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, column_or_1d
from torch import Tensor

from zsl._typing import FloatArray, LabelArray
from zsl.episodes.few_shot import EpisodeBatch, FewShotSampler
from zsl.episodes.groups import checked_groups, group_of_class
from zsl.evaluation.metrics import mean_confidence_interval
from zsl.exceptions import InvalidInputError
from zsl.methods.few_shot import FewShotMethod

_DRAWN = 256
"""Episodes drawn at once. The same for all estimators, so that they get the same episodes."""
_BLOCK_NUMBERS = 2**21
"""How many numbers the support and queries of the episodes of one block may have."""


@dataclass(frozen=True, eq=False)
class EpisodeResult:
    """Accuracies over episodes.

    Parameters
    ----------
    accuracies : array of shape (n_episodes,)
        Share of the queries of each episode that were told right.
    n_way, n_shot : int
        Classes of an episode, and support images of each.
    transductive : bool
        Whether a query's prediction depended on the other queries of its episode.

    Attributes
    ----------
    mean : float
        Mean accuracy, in [0, 1].
    half_width : float
        Half the width of its 95 % confidence interval over episodes.
    """

    accuracies: FloatArray
    n_way: int
    n_shot: int
    transductive: bool

    @property
    def mean(self) -> float:
        """Mean accuracy."""
        return float(self.accuracies.mean())

    @property
    def half_width(self) -> float:
        """Half the width of the 95 % interval."""
        return mean_confidence_interval(self.accuracies)[1]

    def __repr__(self) -> str:
        kind = "transductive" if self.transductive else "inductive"
        return (
            f"{self.n_way}-way {self.n_shot}-shot: {100 * self.mean:.2f} ± {100 * self.half_width:.2f} % "
            f"({len(self.accuracies)} episodes, {kind})"
        )


def evaluate_episodes(
    fitted: Any,
    X: ArrayLike,
    y: ArrayLike,
    *,
    n_way: int = 5,
    n_shot: int = 1,
    n_query: int = 15,
    n_episodes: int = 1000,
    n_unlabeled: int = 0,
    n_distractors: int = 0,
    groups: ArrayLike | None = None,
    imbalance: float | None = None,
    random_state: int | RandomState | None = 0,
) -> EpisodeResult:
    """Measure a fitted estimator on episodes of classes that it wasn't fitted on.

    Parameters
    ----------
    fitted : estimator
        Few-shot estimator, for which episodes are scored many at once, or any other one of this package, which is
        given each episode's support by `add_classes`. Stays as it is.
    X : array of images
        In the form of those fitted on.
    y : array of shape (n_samples,)
        Their labels.
    n_way, n_shot, n_query : int
        Classes of an episode; support images and queries of each class.
    n_episodes : int, default=1000
        How many.
    n_unlabeled, n_distractors : int, default=0
        Unlabelled images of each class, and classes that have only these, for estimators that refine by them.
    groups : array of shape (n_samples,) or None, default=None
        A group of each image, the same for all images of a class. All classes of an episode are then of one group.
    imbalance : float or None, default=None
        Concentration of the Dirichlet distribution that the shares of classes among the queries are drawn from. None
        draws `n_query` of each.
    random_state : int, RandomState or None, default=0
        Which episodes are drawn. They don't depend on the estimator.

    Returns
    -------
    EpisodeResult
        Accuracy of each episode, their mean and its interval.

    Raises
    ------
    InvalidInputError
        If classes are too few or too small for the episodes, an argument is out of range, or a class has images of two
        groups.
    """
    check_is_fitted(fitted)
    for name, value, least in (
        ("n_way", n_way, 2),
        ("n_shot", n_shot, 1),
        ("n_query", n_query, 1),
        ("n_episodes", n_episodes, 1),
        ("n_unlabeled", n_unlabeled, 0),
        ("n_distractors", n_distractors, 0),
    ):
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
            raise InvalidInputError(f"{name}={value!r}; wanted a whole number of {least} or more.")
    if imbalance is not None and not (isinstance(imbalance, (int, float)) and 0 < imbalance < np.inf):
        raise InvalidInputError(f"imbalance={imbalance!r}; wanted a number above 0, or None.")
    images, names = np.asarray(X), column_or_1d(y)
    if len(images) != len(names):
        raise InvalidInputError(f"X has {len(images)} images and y {len(names)} labels; wanted one label an image.")
    labels, codes = np.unique(names, return_inverse=True)
    _check_counts(labels, np.bincount(codes), n_shot + n_query + n_unlabeled)
    sampler = FewShotSampler(
        torch.as_tensor(codes),
        n_way=int(n_way),
        n_shot=int(n_shot),
        n_query=int(n_query),
        n_unlabeled=int(n_unlabeled),
        n_distractors=int(n_distractors),
        groups=None if groups is None else torch.as_tensor(group_of_class(checked_groups(groups, len(images)), codes)),
        imbalance=None if imbalance is None else float(imbalance),
        generator=torch.Generator().manual_seed(int(check_random_state(random_state).randint(2**31 - 1))),
    )
    method = getattr(fitted, "method_", None)
    if isinstance(method, FewShotMethod) and not method.batch_statistics:
        embedded = torch.as_tensor(fitted.embed(images), device=_device(method))
        accuracies = method_accuracies(method, embedded, sampler, n_episodes)
    else:
        one = _jointly if isinstance(method, FewShotMethod) else _by_estimator
        accuracies = np.array([one(fitted, images, episode) for episode in _episodes(sampler, n_episodes, 1)])
    return EpisodeResult(accuracies, int(n_way), int(n_shot), getattr(method, "transductive", False))


def method_accuracies(method: FewShotMethod, embedded: Tensor, sampler: FewShotSampler, n_episodes: int) -> FloatArray:
    """Accuracy of each episode, from embedded images, many episodes at once.

    Parameters
    ----------
    method : FewShotMethod
        Trained method.
    embedded : Tensor of shape (image, feature)
        Embedded images.
    sampler : FewShotSampler
        Where the episodes are drawn from, by positions in `embedded`.
    n_episodes : int
        How many.

    Returns
    -------
    array of shape (n_episodes,)
        Shares of queries told right.
    """
    images = sampler.n_way * (sampler.n_shot + sampler.n_query + sampler.n_unlabeled + sampler.n_query * sampler.n_way)
    block = max(1, _BLOCK_NUMBERS // (images + sampler.n_way * (sampler.n_shot + sampler.n_query) * embedded.shape[1]))
    found = []
    with torch.inference_mode():
        for batch in _episodes(sampler, n_episodes, block):
            support, query, unlabeled = (
                _taken(embedded, part) for part in (batch.support, batch.query, batch.unlabeled)
            )
            label = batch.label.to(embedded.device)
            scores = method.scores(support, label, query, sampler.n_way, unlabeled)
            found.append((scores.argmax(2).cpu() == batch.query_label).double().mean(1))
    accuracies: FloatArray = torch.cat(found).numpy()
    return accuracies


def _taken(embedded: Tensor, positions: Tensor) -> Tensor:
    """The rows at positions of two dimensions; on a processor this is some times as fast as indexing."""
    rows = embedded.index_select(0, positions.flatten().to(embedded.device))
    return rows.view(*positions.shape, embedded.shape[1])


def _episodes(sampler: FewShotSampler, n_episodes: int, block: int) -> Iterator[EpisodeBatch]:
    """Episodes in blocks of no more than `block`; which ones they are depends neither on it nor on their number."""
    for start in range(0, n_episodes, _DRAWN):
        drawn, left = sampler.draw(_DRAWN), n_episodes - start
        parts = [getattr(drawn, field.name)[:left].split(block) for field in fields(drawn)]
        yield from map(EpisodeBatch, *parts)


def _check_counts(labels: LabelArray, counts: NDArray[np.intp], wanted: int) -> None:
    """Refuse small classes by the label that the caller knows; the sampler knows numbers only."""
    small = np.flatnonzero(counts < wanted)
    if len(small):
        first = small[0]
        raise InvalidInputError(
            f"y has {counts[first]} images of class {labels.tolist()[first]!r}; an episode needs {wanted} of each "
            f"class ({len(small)} of {len(labels)} classes have too few)."
        )


def _device(method: FewShotMethod) -> torch.device:
    return next((tensor.device for tensor in method.state_dict().values()), torch.device("cpu"))


def _jointly(fitted: Any, images: Any, batch: EpisodeBatch) -> float:
    """One episode of a method whose embedding depends on the images that come together."""
    method: FewShotMethod = fitted.method_
    device = _device(method)
    support, query = (
        torch.as_tensor(fitted.embed(images[part[0].numpy()]), device=device) for part in (batch.support, batch.query)
    )
    with torch.inference_mode():
        scores = method.scores(support[None], batch.label.to(device), query[None], batch.classes.shape[1])
    return float((scores.argmax(2).cpu() == batch.query_label).double().mean())


def _by_estimator(fitted: Any, images: Any, batch: EpisodeBatch) -> float:
    """One episode of an estimator that is given new classes, with labels of the kind that it knows."""
    known, n_way = fitted.classes_.tolist(), batch.classes.shape[1]
    if isinstance(known[0], str) if known else fitted.classes_.dtype.kind == "U":
        labels = np.array([f"\x00episode {c}" for c in range(n_way)])
    else:
        labels = int(np.ceil(max(known, default=-1))) + 1 + np.arange(n_way)
    given = deepcopy(fitted).add_classes(images[batch.support[0].numpy()], labels[batch.label[0].numpy()])
    predicted = given.predict(images[batch.query[0].numpy()], labels)
    return float((predicted == labels[batch.query_label[0].numpy()]).mean())
