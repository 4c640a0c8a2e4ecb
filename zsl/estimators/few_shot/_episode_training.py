"""Training on episodes of whatever classes there are, watched on others."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from itertools import zip_longest
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from zsl._labels import as_labels
from zsl._typing import LabelArray
from zsl.episodes.few_shot import FewShotSampler
from zsl.episodes.groups import group_of_class
from zsl.estimators.few_shot._images import Scaled
from zsl.estimators.few_shot._tasks import Task, embed_blocks
from zsl.evaluation.episodes import method_accuracies
from zsl.exceptions import InvalidInputError
from zsl.methods.few_shot import FewShotMethod
from zsl.training.few_shot import EpisodeTraining, train_few_shot
from zsl.training.state import seeded_draws

N_CHECKS = 10
"""How often training is stopped to look at validation classes."""
N_WATCHED = 100
"""How many samples of each validation class are looked at: the first ones."""
History = list[list[float]]
Validation = tuple[NDArray[Any], LabelArray]


def train_on_episodes(
    method: FewShotMethod,
    task: Task,
    how: EpisodeTraining,
    *,
    validation: Validation | None,
    device: torch.device,
    verbose: bool,
) -> History:
    """Train a method in place; return [episodes, accuracy] on validation classes, which don't influence training."""
    X, codes, generator, groups = task[:4]
    history: History = []
    group = None if groups is None else group_of_class(groups, codes)
    check = None if validation is None else watch(method, validation, device, history)
    if not any(p.requires_grad for p in method.parameters()):
        return history
    how, usable = _fitting(how, np.bincount(codes), group)
    kept = usable[codes]
    images = torch.as_tensor(np.ascontiguousarray(X[kept], dtype=None if X.dtype == np.uint8 else np.float32))
    own = any(isinstance(part, Scaled) for part in method.modules())  # whose dropout may draw
    with seeded_draws(generator, device) if own else nullcontext():
        train_few_shot(
            method,
            images.to(device),
            torch.as_tensor(codes[kept]),
            how,
            groups=None if group is None else torch.as_tensor(group),
            generator=generator,
            check=check,
            check_every=-(-how.n_episodes // N_CHECKS),
            check_again=False,
            parts={"history": history},
            progress="episodes" if verbose else None,
        )
    return history


def go_on_from(before: FewShotMethod, method: FewShotMethod) -> None:
    """Begin with the weights of a network that was trained before, in the precision of training."""
    if str(before) != str(method):
        lines = [[line.strip() for line in str(net).splitlines()] for net in (before, method)]
        old, new = next(pair for pair in zip_longest(*lines, fillvalue="nothing") if pair[0] != pair[1])
        raise InvalidInputError(
            f"warm_start=True, and the network that was fitted has {old}, where {new} is needed; wanted samples of the "
            "shape and parameters that it was fitted with, or warm_start=False."
        )
    weights, own = before.state_dict(), method.state_dict()
    for name, value in own.items():
        if weights[name].shape != value.shape:
            raise InvalidInputError(
                f"warm_start=True, and {name!r} of the network that was fitted has the shape "
                f"{tuple(weights[name].shape)}, where {tuple(value.shape)} is needed; wanted samples of the shape and "
                "parameters that it was fitted with, or warm_start=False."
            )
    method.load_state_dict(weights)


def checked_validation(validation: Any, check_images: Callable[[Any, str], NDArray[Any]]) -> Validation | None:
    """Check samples and labels that training is monitored on."""
    if validation is None:
        return None
    if not isinstance(validation, (tuple, list)) or len(validation) != 2:
        raise InvalidInputError(f"validation is a {type(validation).__name__}; wanted a pair of samples and labels.")
    images, labels = check_images(validation[0], "validation"), as_labels("the labels of validation", validation[1])
    if len(images) != len(labels):
        raise InvalidInputError(
            f"validation has {len(images)} samples and {len(labels)} labels; wanted one label per sample."
        )
    counts = np.unique(labels, return_counts=True)[1]
    if len(counts) < 2 or counts.min() < 2:
        raise InvalidInputError(
            f"validation has {len(counts)} classes, the smallest of {counts.min()} samples; wanted two classes or more "
            "with two samples or more each."
        )
    return images, labels


def watch(
    method: FewShotMethod, validation: Validation, device: torch.device, history: History
) -> Callable[[int], None]:
    """Note the one-shot accuracy on validation classes, with up to 20 ways."""
    images, labels = validation
    names, codes = np.unique(labels, return_inverse=True)
    looked = np.sort(np.concatenate([np.flatnonzero(codes == code)[:N_WATCHED] for code in range(len(names))]))
    images, codes = images[looked], codes[looked]
    n_query = min(5, int(np.bincount(codes).min()) - 1)

    def check(done: int) -> None:
        sampler = FewShotSampler(
            torch.as_tensor(codes),
            n_way=min(20, len(names)),
            n_shot=1,
            n_query=n_query,
            generator=torch.Generator().manual_seed(0),
        )
        embedded = torch.as_tensor(embed_blocks(method, images, device)).to(device)
        history.append([done, round(float(method_accuracies(method, embedded, sampler, 200).mean()), 4)])

    return check


def _fitting(
    how: EpisodeTraining, counts: NDArray[np.intp], group: NDArray[np.intp] | None
) -> tuple[EpisodeTraining, NDArray[np.bool_]]:
    """Episodes that the classes allow, and which classes take part."""
    shot, query, free = max(how.n_shot), how.n_query, how.n_unlabeled
    if (counts >= shot + query + free).sum() < 2:
        second, one = int(np.sort(counts)[-2]), min(free, 1)
        shot = max(1, min(shot, second - 1 - one))
        query = max(1, min(query, second - shot - one))
        free = max(one, min(free, second - shot - query))
    usable = counts >= shot + query + free
    n_together = int(usable.sum() if group is None else np.bincount(group[usable], minlength=1).max())
    if n_together < 2:
        raise InvalidInputError(
            f"y has fewer than two classes{'' if group is None else ' in each of the groups'} with the "
            f"{shot + query + free} samples or more that a training episode needs."
        )
    n_distractors = min(how.n_distractors, n_together - 2)
    fitted = replace(
        how,
        n_way=min(how.n_way, n_together - n_distractors),
        n_shot=tuple(min(each, shot) for each in how.n_shot),
        n_query=query,
        n_unlabeled=free,
        n_distractors=n_distractors,
    )
    return fitted, usable
