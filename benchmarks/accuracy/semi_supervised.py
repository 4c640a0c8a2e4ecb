"""Semi-supervised prototypical networks on Omniglot, in the protocol of Ren et al. (2018).

Their split of the characters, turned four ways; of each class 2 of 20 drawings have a label, the others are the
unlabelled pool. Episodes have 5 ways, 1 shot, 1 query and M = 5 unlabelled drawings per class, without and with 5
distractor classes of 5 drawings each. The supervised network is trained first; each refinement then starts from its
weights and is trained on episodes of the kind that it is tested on, and so is the supervised one, for as long.

    python -m benchmarks.accuracy.semi_supervised [--seeds 1] [--steps 2500] [--more 400]
"""

import copy

import numpy as np
import torch
from torch import nn

from benchmarks._harness import Table, few_shot_data, percent, run
from zsl import FewShotSplit
from zsl.episodes.few_shot import FewShotSampler
from zsl.evaluation.episodes import method_accuracies
from zsl.methods.few_shot import FewShotMethod
from zsl.methods.metric.prototypical import PrototypicalNetwork
from zsl.methods.metric.semi_prototypical import SemiPrototypical
from zsl.nn.backbones import Conv4, Normalize
from zsl.training.few_shot import EpisodeTraining, train_few_shot

KINDS = ("supervised", "soft_kmeans", "distractor", "masked")


def labelled(labels: torch.Tensor, seed: int) -> torch.Tensor:
    """Mark 2 of the 20 drawings of each class."""
    keys = torch.rand(len(labels), generator=torch.Generator().manual_seed(seed))
    order = torch.argsort(labels + keys.double())
    mask = torch.zeros(len(labels), dtype=torch.bool)
    mask[order.view(-1, 20)[:, :2].flatten()] = True
    return mask


def network(kind: str, backbone: nn.Module, seed: int) -> FewShotMethod:
    """A method around a copy of a backbone."""
    own = copy.deepcopy(backbone)
    if kind == "supervised":
        return PrototypicalNetwork(own)
    generator = torch.Generator().manual_seed(seed)
    return SemiPrototypical(own, refinement=kind, radius=100.0 if kind == "distractor" else 1.0, generator=generator)


def measure(data: FewShotSplit, seed: int, steps: int, more: int, episodes: int) -> dict[tuple[str, int], np.ndarray]:
    """Accuracies by kind and number of distractor classes."""
    X, y = (torch.as_tensor(part) for part in data.part("train"))
    generator = torch.Generator().manual_seed(seed)
    moments = X.float() / 255
    norm = Normalize(moments.mean((0, 2, 3)), moments.std((0, 2, 3)))
    backbone = nn.Sequential(norm, Conv4((1, 28, 28), generator=generator)).to(memory_format=torch.channels_last)
    mask = labelled(y, seed)
    start = network("supervised", backbone, seed)
    how = EpisodeTraining(
        n_way=60, n_shot=(1,), n_query=1, n_splits=2, n_episodes=steps, learning_rate=2e-3, augment=True, bfloat16=True
    )
    train_few_shot(start, X[mask], y[mask], how, generator=generator, progress="supervised")

    T, t = (torch.as_tensor(part) for part in data.part("test"))
    test_mask = labelled(t, seed)
    found = {}
    for distractors in (0, 5):
        for kind in KINDS:
            method = network(kind, start.backbone, seed)
            how = EpisodeTraining(
                n_way=20,
                n_shot=(1,),
                n_query=1,
                n_unlabeled=5,
                n_distractors=4 * distractors,
                n_episodes=more,
                learning_rate=5e-4,
                augment=True,
                bfloat16=True,
            )
            train_few_shot(method, X, y, how, labeled=mask, generator=generator, progress=f"{kind}, {distractors}")
            sampler = FewShotSampler(
                t,
                n_way=5,
                n_shot=1,
                n_query=1,
                n_unlabeled=5,
                n_distractors=distractors,
                labeled=test_mask,
                generator=torch.Generator().manual_seed(seed),
            )
            with torch.inference_mode():
                embedded = torch.cat([method.embed(block) for block in T.split(1000)])
            found[kind, distractors] = method_accuracies(method, embedded, sampler, episodes)
    return found


def main(seeds: int = 1, steps: int = 2500, more: int = 400, episodes: int = 5000) -> None:
    """Print one row per refinement."""
    data = few_shot_data("omniglot", split="ren")
    runs = [measure(data, seed, steps, more, episodes) for seed in range(seeds)]
    print(f"5-way 1-shot, 10 % labelled, M = 5, seeds 0 to {seeds - 1}, {episodes} episodes each; % ± 95 %")
    output = Table("no distractors", "gain", "5 distractors", "gain", method=KINDS)
    for kind in KINDS:
        cells = []
        for distractors in (0, 5):
            found, base = (np.concatenate([each[name, distractors] for each in runs]) for name in (kind, "supervised"))
            cells += [percent(found), f"{100 * (found.mean() - base.mean()):+.2f}"]
        output.row(kind, *cells)


if __name__ == "__main__":
    run(main)
