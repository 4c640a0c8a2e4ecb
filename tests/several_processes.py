"""What several processes do in tests: ``torchrun several_processes.py trained FOLDER``, or ``... zsl ARGUMENTS``."""

import os
import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn

from zsl import ALEClassifier, FewShotSplit, PrototypicalClassifier, datasets
from zsl.cli import main
from zsl.episodes.few_shot import FewShotSampler
from zsl.methods.learners.maml import MAML
from zsl.methods.learners.mann import MemoryAugmentedNetwork
from zsl.methods.learners.meta_lstm import MetaLSTM
from zsl.methods.metric.matching import MatchingNetwork
from zsl.methods.metric.prototypical import PrototypicalNetwork
from zsl.methods.metric.semi_prototypical import SemiPrototypical
from zsl.methods.metric.siamese import SiameseNetwork
from zsl.methods.relation.convolutional_relation import ConvolutionalRelationNetwork
from zsl.training import cooperating
from zsl.training.few_shot import EpisodeTraining, train_few_shot
from zsl.training.images.classification import ClassificationTraining, train_classification

D = 5 * 16
LABELS = torch.arange(6).repeat_interleave(9)


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def body():
    """A small backbone with batch normalisation, in double precision."""
    net = nn.Sequential(
        nn.Conv2d(1, 6, 3, padding=1, bias=False), nn.BatchNorm2d(6), nn.ReLU(), nn.AvgPool2d(2),
        nn.Conv2d(6, 5, 3, padding=1, bias=False), nn.BatchNorm2d(5, momentum=None), nn.Flatten(),
    )  # fmt: skip
    generator = seeded(3)
    for weight in net.parameters():
        if weight.ndim > 1:
            weight.data.normal_(0, 0.3, generator=generator)
    return net


MAML_SETTINGS = {"n_features": D, "input_shape": (1, 8, 8), "n_steps": 2, "n_test_steps": 2, "rate": 0.1}
LSTM = {"n_features": D, "input_shape": (1, 8, 8), "n_steps": 2, "n_hidden": 4, "rate": 0.1}
MEMORY = {"n_features": D, "n_way": 3, "n_slots": 5, "slot_width": 4, "n_reads": 1, "n_hidden": 5}
CASES = {
    "prototypical": (lambda: PrototypicalNetwork(body()), {"n_splits": 2, "augment": True, "n_shot": (1, 2)}),
    "refined": (
        lambda: SemiPrototypical(body(), refinement="masked", generator=seeded()),
        {"n_unlabeled": 2, "n_distractors": 1},
    ),
    "matching": (lambda: MatchingNetwork(body(), n_features=D, full_context=True, generator=seeded()), {}),
    "siamese": (lambda: SiameseNetwork(body(), n_features=D), {"n_splits": 2}),
    "relation": (
        lambda: ConvolutionalRelationNetwork(
            body(), map_shape=(5, 4, 4), loss="mse", similarity="relation", generator=seeded()
        ),
        {"n_splits": 2},
    ),
    "relation, 3 episodes": (
        lambda: ConvolutionalRelationNetwork(body(), map_shape=(5, 4, 4), generator=seeded()),
        {"n_tasks": 3},
    ),
    "maml, 3 episodes": (
        lambda: MAML(body(), algorithm="maml", vectorized=False, learn_rates=True, **MAML_SETTINGS),
        {"n_tasks": 3},
    ),
    "anil, 3 episodes": (
        lambda: MAML(body(), algorithm="anil", vectorized=True, learn_rates=True, **MAML_SETTINGS),
        {"n_tasks": 3, "augment": True},
    ),
    "learned optimiser": (lambda: MetaLSTM(body(), generator=seeded(), **LSTM), {}),
    "memory": (lambda: MemoryAugmentedNetwork(body(), labels="one_hot", generator=seeded(), **MEMORY), {}),
    "memory, 3 episodes": (
        lambda: MemoryAugmentedNetwork(body(), labels="strings", generator=seeded(), **MEMORY),
        {"n_tasks": 3},
    ),
}


CLASSIFIED = "backbone that classifies"
NAMES = [*CASES, CLASSIFIED]


def trained(name):
    """The weights of a method after some steps in double precision, in which rounding hides nothing."""
    X = torch.randn(54, 1, 8, 8, generator=seeded(1), dtype=torch.float64) + LABELS.view(-1, 1, 1, 1) / 3
    if name == CLASSIFIED:
        net = body().double()
        train_classification(
            net, X, LABELS, ClassificationTraining(2, batch_size=25, augment="photos"), generator=seeded(5)
        )
        return {name: value.clone() for name, value in net.state_dict().items()}
    make, more = CASES[name]
    how = EpisodeTraining(**{"n_way": 3, "n_shot": (1,), "n_query": 3, "n_episodes": 4} | more)
    method = make().double()
    train_few_shot(method, X, LABELS, how, generator=seeded(5))
    return {name: value.clone() for name, value in method.state_dict().items()}


def fits(folder):
    """Fits without a seed, one on episodes and one on samples, and a backbone that notes how many samples it gets."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(24, 5)), np.repeat(np.arange(4), 6)
    sizes = []

    class Noting(nn.Linear):
        def forward(self, X):
            if self.training:
                sizes.append(len(X))
            return super().forward(X)

    clf = PrototypicalClassifier(backbone=Noting(5, 3), n_way=3, n_query=2, n_episodes=3, verbose=False)
    own = Noting(5, 3)
    how = EpisodeTraining(n_way=3, n_shot=(1,), n_query=2, n_episodes=2)
    own.weight.data.fill_(0.1), own.bias.data.zero_()
    train_few_shot(PrototypicalNetwork(own), torch.as_tensor(X).float(), torch.as_tensor(y), how, generator=seeded())
    ale = ALEClassifier(semantics={label: rng.normal(size=3) for label in range(5)}, n_steps=5, verbose=False)
    ale.fit(X, y, checkpoint=folder / "ale")
    return {"sizes": sizes, "ale": dict(ale.method_.state_dict()), "clf": clf.get_params()["n_way"]}


def drawn():
    """The episodes of a step, drawn by everyone, and this process's share of them."""
    sampler = FewShotSampler(LABELS, n_way=3, n_shot=1, n_query=2, generator=seeded())
    return sampler.draw(3).support


def few():
    """Eleven classes of stripes and noise in place of Omniglot."""
    rng = np.random.default_rng(0)
    stripes = 128 * (1 + np.sin(np.arange(16) * (1 + np.arange(11)[:, None]) / 3))
    X = np.clip(stripes[:, None, None, None, :] + rng.normal(0, 20, (11, 6, 1, 16, 16)), 0, 255).astype(np.uint8)
    arrays = []
    for first, last in ((0, 5), (5, 8), (8, 11)):
        arrays += [X[first:last].reshape(-1, 1, 16, 16), np.repeat(np.arange(first, last), 6)]
    return FewShotSplit(*arrays, names=tuple("abcdefghijk"), groups=[0] * 11, name="stripes")


if __name__ == "__main__":
    if sys.argv[1] == "zsl":
        datasets.load_omniglot = lambda root, **options: few()
        sys.argv = ["zsl", *sys.argv[2:]]
        main()
    else:
        folder = Path(sys.argv[2])
        with cooperating() as world:
            found = {name: trained(name) for name in NAMES}
            found["fits"] = fits(folder)
        torch.save(found, folder / f"{os.environ['RANK']}.pt")
