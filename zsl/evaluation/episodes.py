"""Accuracy over few-shot episodes."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, fields
from itertools import count, islice
from typing import Any

import numpy as np
import torch
from numpy.random import RandomState
from numpy.typing import ArrayLike, NDArray
from sklearn.base import clone
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from zsl._arguments import as_random_state, check_estimator, check_kind, is_number, shown
from zsl._arrays import host_array
from zsl._escaping import html_table
from zsl._labels import are_strings, as_labels
from zsl._typing import FloatArray, LabelArray
from zsl.episodes.few_shot import EpisodeBatch, FewShotSampler
from zsl.episodes.groups import checked_groups, group_of_class
from zsl.evaluation._arrays import as_count, check_lengths
from zsl.evaluation.few_shot_split import FewShotSplit
from zsl.evaluation.metrics import mean_confidence_interval
from zsl.evaluation.splits import GZSLSplit
from zsl.exceptions import InvalidInputError
from zsl.methods.few_shot import FewShotMethod

_DRAWN = 256
"""Episodes drawn at once: the same for all estimators, so that they get the same episodes."""
_BLOCK_NUMBERS = 2**21
"""Most numbers that the support and queries of one block of episodes may have."""


@dataclass(frozen=True, eq=False)
class EpisodeResult:
    """Accuracies over episodes.

    Parameters
    ----------
    accuracies : array of shape (n_episodes,)
        Share of the queries of each episode that were predicted right.
    n_way, n_shot : int
        Classes per episode, and support samples of each.
    transductive : bool
        Whether a query's prediction depended on the other queries of its episode.
    """

    accuracies: FloatArray
    n_way: int
    n_shot: int
    transductive: bool

    @property
    def mean(self) -> float:
        """Mean accuracy, in [0, 1]."""
        return float(self.accuracies.mean())

    @property
    def half_width(self) -> float:
        """Half the width of its 95 % confidence interval over episodes."""
        return mean_confidence_interval(self.accuracies)[1]

    def _repr_html_(self) -> str:
        return html_table(
            ["classes", "shots", "accuracy, %", "95 % interval, ±", "episodes", "prediction"],
            [
                (
                    self.n_way,
                    self.n_shot,
                    100 * self.mean,
                    100 * self.half_width,
                    len(self.accuracies),
                    "transductive" if self.transductive else "inductive",
                )
            ],
        )

    def __repr__(self) -> str:
        kind = "transductive" if self.transductive else "inductive"
        return (
            f"{self.n_way}-way {self.n_shot}-shot: {100 * self.mean:.2f} ± {100 * self.half_width:.2f} % "
            f"({len(self.accuracies)} episodes, {kind})"
        )


def evaluate_episodes(estimator: Any, split: FewShotSplit | GZSLSplit, **options: Any) -> EpisodeResult:
    """Fit a clone on the training samples of a split, then measure it on episodes of the test classes.

    Parameters
    ----------
    estimator : estimator
        Few-shot estimator, or any other one of this package that learns new classes by `add_classes`. Stays as it is.
    split : FewShotSplit or GZSLSplit
        The data set. The test classes of a GZSLSplit are its unseen ones.
    **options
        Keyword arguments of `measure_episodes`: form and number of the episodes, and `random_state`. For episodes
        within groups of a FewShotSplit, ``groups=split.groups[split.y_test]``.

    Returns
    -------
    EpisodeResult
        Accuracy of each episode, their mean and its interval.

    Raises
    ------
    InvalidInputError
        As in `measure_episodes`.

    See Also
    --------
    measure_episodes : Measure an estimator that is fitted already.
    """
    check_estimator("estimator", estimator)
    check_kind("split", split, FewShotSplit, GZSLSplit)
    fitted = clone(estimator).fit(split.X_train, split.y_train)
    if isinstance(split, FewShotSplit):
        return measure_episodes(fitted, split.X_test, split.y_test, **options)
    return measure_episodes(fitted, split.X_test_unseen, split.y_test_unseen, **options)


def measure_episodes(
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
        Few-shot estimator, for which many episodes are scored at once, or any other one of this package, which is
        given each episode's support by `add_classes`. Stays as it is.
    X : array of samples
        In the form of those fitted on.
    y : array of shape (n_samples,)
        Their labels.
    n_way, n_shot, n_query : int
        Classes per episode; support samples and queries of each class.
    n_episodes : int, default=1000
        Number of episodes.
    n_unlabeled, n_distractors : int, default=0
        Unlabelled samples of each class, and classes that have only these, for estimators that refine by them.
    groups : array of shape (n_samples,) or None, default=None
        The group of each sample, the same for all samples of a class. All classes of an episode are then of one group.
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
        If classes are too few or too small for the episodes, an argument is out of range, or a class has samples of two
        groups.

    See Also
    --------
    evaluate_episodes : Fit a clone first.
    """
    check_estimator("fitted", fitted)
    check_is_fitted(fitted)
    if not hasattr(fitted, "add_classes"):
        raise InvalidInputError(f"fitted is a {type(fitted).__name__}; wanted an estimator with add_classes.")
    n_way, n_shot, n_query = as_count("n_way", n_way, 2), as_count("n_shot", n_shot), as_count("n_query", n_query)
    n_unlabeled, n_distractors = as_count("n_unlabeled", n_unlabeled, 0), as_count("n_distractors", n_distractors, 0)
    n_episodes = as_count("n_episodes", n_episodes)
    if imbalance is not None and not (is_number(imbalance) and imbalance > 0):
        raise InvalidInputError(f"imbalance={shown(imbalance)}; wanted a number above 0, or None.")
    samples, names = host_array("X", X), as_labels("y", y)
    if samples.ndim < 2:
        raise InvalidInputError(f"X has shape {samples.shape}; wanted (n_samples, n_features), or images.")
    check_lengths("X", samples, "y", names)
    labels, codes = np.unique(names, return_inverse=True)
    _check_counts(labels, np.bincount(codes), n_shot + n_query + n_unlabeled)
    sampler = FewShotSampler(
        torch.as_tensor(codes),
        n_way=n_way,
        n_shot=n_shot,
        n_query=n_query,
        n_unlabeled=n_unlabeled,
        n_distractors=n_distractors,
        groups=None if groups is None else torch.as_tensor(group_of_class(checked_groups(groups, len(samples)), codes)),
        imbalance=None if imbalance is None else float(imbalance),
        generator=torch.Generator().manual_seed(int(as_random_state(random_state).randint(2**31 - 1))),
    )
    method = getattr(fitted, "method_", None)
    if isinstance(method, FewShotMethod) and not method.batch_statistics:
        embedded = torch.as_tensor(fitted.embed(samples), device=_device(method))
        accuracies = method_accuracies(method, embedded, sampler, n_episodes)
    else:
        one = _jointly if isinstance(method, FewShotMethod) else _by_estimator
        accuracies = np.array([one(fitted, samples, episode) for episode in _episodes(sampler, n_episodes, 1)])
    return EpisodeResult(accuracies, n_way, n_shot, getattr(method, "transductive", False))


def method_accuracies(method: FewShotMethod, embedded: Tensor, sampler: FewShotSampler, n_episodes: int) -> FloatArray:
    """Accuracy of each episode, many at once; the sampler draws positions in `embedded`, (sample, feature)."""
    n_way, labeled = sampler.n_way, sampler.n_shot + sampler.n_query
    numbers = n_way * (labeled + sampler.n_unlabeled + sampler.n_query * n_way + labeled * embedded.shape[1])
    block = max(1, _BLOCK_NUMBERS // numbers)
    found = []
    with torch.inference_mode():
        for batch in _episodes(sampler, n_episodes, block):
            support, query, unlabeled = (_taken(embedded, p) for p in (batch.support, batch.query, batch.unlabeled))
            scores = method.scores(support, batch.label.to(embedded.device), query, n_way, unlabeled)
            found.append((scores.argmax(2).cpu() == batch.query_label).double().mean(1))
    accuracies: FloatArray = torch.cat(found).numpy()
    return accuracies


def _taken(embedded: Tensor, positions: Tensor) -> Tensor:
    """The rows at positions of two dimensions; on a CPU this is several times as fast as indexing."""
    rows = embedded.index_select(0, positions.flatten().to(embedded.device))
    return rows.view(*positions.shape, embedded.shape[1])


def _episodes(sampler: FewShotSampler, n_episodes: int, block: int) -> Iterator[EpisodeBatch]:
    """Episodes in blocks of at most `block`; which ones are drawn depends neither on it nor on their number."""
    for start in range(0, n_episodes, _DRAWN):
        drawn, left = sampler.draw(_DRAWN), n_episodes - start
        parts = [getattr(drawn, field.name)[:left].split(block) for field in fields(drawn)]
        yield from map(EpisodeBatch, *parts)


def _check_counts(labels: LabelArray, counts: NDArray[np.intp], wanted: int) -> None:
    """Refuse small classes by their label; the sampler knows class numbers only."""
    small = np.flatnonzero(counts < wanted)
    if len(small):
        first = small[0]
        raise InvalidInputError(
            f"y has {counts[first]} samples of class {labels.tolist()[first]!r}; an episode needs {wanted} of each "
            f"class ({len(small)} of {len(labels)} classes have too few)."
        )


def _device(method: FewShotMethod) -> torch.device:
    return next((tensor.device for tensor in method.state_dict().values()), torch.device("cpu"))


def _jointly(fitted: Any, samples: Any, batch: EpisodeBatch) -> float:
    """One episode of a method whose embedding depends on the samples that are embedded together."""
    method: FewShotMethod = fitted.method_
    device = _device(method)
    support, query = (
        torch.as_tensor(fitted.embed(samples[part[0].numpy()]), device=device) for part in (batch.support, batch.query)
    )
    with torch.inference_mode():
        scores = method.scores(support[None], batch.label.to(device), query[None], batch.classes.shape[1])
    return float((scores.argmax(2).cpu() == batch.query_label).double().mean())


def _by_estimator(fitted: Any, samples: Any, batch: EpisodeBatch) -> float:
    """One episode of an estimator that is given new classes, with labels of the kind that it knows."""
    known, n_way = fitted.classes_.tolist(), batch.classes.shape[1]
    if are_strings(fitted.classes_):
        labels = np.array([f"\x00episode {c}" for c in range(n_way)])
    else:
        first, taken = int(max(known, default=-1)) + 1, set(known)
        free = (n for n in count(first if first < 2**53 else 0) if n not in taken)
        labels = np.array(list(islice(free, n_way)))
    given = deepcopy(fitted).add_classes(samples[batch.support[0].numpy()], labels[batch.label[0].numpy()])
    predicted = given.predict(samples[batch.query[0].numpy()], labels)
    return float((predicted == labels[batch.query_label[0].numpy()]).mean())
