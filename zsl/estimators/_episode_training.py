"""Training on episodes of whatever classes there are, watched on others."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.utils.validation import column_or_1d

from zsl._typing import FloatArray
from zsl.episodes.few_shot import FewShotSampler
from zsl.evaluation.episodes import method_accuracies
from zsl.exceptions import InvalidInputError
from zsl.methods.few_shot import FewShotMethod
from zsl.training.few_shot import EpisodeTraining, train_few_shot

N_CHECKS = 10
"""How often training is stopped to look at validation classes."""
_BLOCK = 1024

History = list[list[float]]


def train_on_episodes(
    method: FewShotMethod,
    X: NDArray[Any],
    codes: NDArray[np.intp],
    how: EpisodeTraining,
    *,
    groups: Any,
    validation: tuple[NDArray[Any], Any] | None,
    device: torch.device,
    generator: torch.Generator,
    verbose: bool,
) -> History:
    """Train a method in place; return [episodes, accuracy] on validation classes, which decide nothing."""
    history: History = []
    how, usable = _fitting(how, np.bincount(codes))
    if not any(p.requires_grad for p in method.parameters()) or how.n_way < 2:
        return history
    kept = usable[codes]
    images = torch.as_tensor(np.ascontiguousarray(X[kept], dtype=None if X.dtype == np.uint8 else np.float32))
    train_few_shot(
        method,
        images.to(device),
        torch.as_tensor(codes[kept]),
        how,
        groups=None if groups is None else _group_of_class(groups, codes),
        generator=generator,
        check=None if validation is None else _watch(method, validation, device, history),
        check_every=-(-how.n_episodes // N_CHECKS),
        progress="episodes" if verbose else None,
    )
    return history


def embed_blocks(method: FewShotMethod, X: NDArray[Any], device: torch.device) -> FloatArray:
    """Embed checked images, vectors in the precision of the method."""
    kind = next((p.dtype for p in method.parameters()), torch.float64)
    size = len(X) if method.batch_statistics and not method.training else _BLOCK
    blocks = []
    with torch.inference_mode():
        for start in range(0, len(X), size):
            block = torch.as_tensor(np.ascontiguousarray(X[start : start + size]), device=device)
            block = block.to(kind) if block.ndim == 2 else block
            blocks.append(method.embed(block).cpu().numpy())
    embedded: FloatArray = np.concatenate(blocks)
    return embedded


def _watch(
    method: FewShotMethod, validation: tuple[NDArray[Any], Any], device: torch.device, history: History
) -> Callable[[int], None]:
    """Note the one-shot accuracy on validation classes, with up to 20 ways."""
    images, y = validation
    names, codes = np.unique(column_or_1d(y), return_inverse=True)
    if len(images) != len(codes):
        raise InvalidInputError(f"validation has {len(images)} images and {len(codes)} labels; wanted one each.")
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
