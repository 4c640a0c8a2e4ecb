"""Estimators of the catalogue in small settings, their variants, and small data for each."""

from functools import cache

import numpy as np
import torch
from checks import Data
from torch import nn

from zsl import (
    ALEClassifier,
    DAPClassifier,
    ESZSLClassifier,
    FeatureGeneratingClassifier,
    MAMLClassifier,
    MatchingClassifier,
    MemoryAugmentedClassifier,
    NPlusOneClassifier,
    PromptClassifier,
    PrototypicalClassifier,
    RelationClassifier,
    RelationNetworkClassifier,
    Semantics,
    SiameseClassifier,
)
from zsl.estimators.catalog import CATALOG

FASTER = {
    "n_steps": 20,
    "batch_size": 32,
    "learning_rate": 0.01,
    "cv": 2,
    "n_generated": 10,
    "n_latent": 4,
    "n_episodes": 4,
    "n_query": 3,
    "n_unlabeled": 2,
    "n_way": 4,
    "relation_hidden": 8,
    "inner_steps": 2,
    "lstm_width": 4,
    "slot_width": 6,
    "n_reads": 2,
}
"""For an estimator that has them; what the catalogue says goes first, except the lengths of training."""
LENGTHS = ("n_steps", "n_episodes", "n_way")
JOINT = tuple(entry.name for entry in CATALOG if entry.module.startswith("joint."))
"""Fitted on the samples of all classes that are asked about."""
TRANSDUCTIVE = ("BDCSPNClassifier", "LaplacianShotClassifier")


class Way:
    """Makes estimators of one kind in small settings."""

    def __init__(self, kind, **given):
        small = next(entry.small for entry in CATALOG if entry.name == kind.__name__)
        wanted = FASTER | {name: value for name, value in small.items() if name not in LENGTHS} | given
        taken = kind().get_params()
        self.kind, self.given = kind, {name: value for name, value in wanted.items() if name in taken}
        if taken.get("cv", 0) is None:
            self.given.pop("cv", None)  # what isn't held out by default takes trainings of its own

    def __call__(self, **more):
        return self.kind(**self.given | more)

    def having(self, **more):
        """The same with other parameters."""
        return Way(self.kind, **self.given | more)


DESCRIBED = {
    **{entry.name: Way(entry.load()) for entry in CATALOG if entry.knows in ("semantics", "texts")},
    "Relation, metric": Way(RelationClassifier, similarity="metric"),
    "Relation, both": Way(RelationClassifier, similarity="both", n_episodes=5),
    "Relation, euclidean": Way(RelationClassifier, similarity="metric", kernel="linear", metric="euclidean"),
    "Relation, joint": Way(RelationClassifier, joint=True),
    "ESZSL, gate": Way(ESZSLClassifier, balance="gate"),
    **{
        f"FeatureGenerating, {kind}": Way(FeatureGeneratingClassifier, generator=kind)
        for kind in ("wgan", "aligned_vae")
    },
    "Prompt, auto": Way(PromptClassifier, seen_bias="auto", temperature="auto"),
}
BARE = {
    f"{kind.__name__}, without semantics": Way(kind, semantics=None)
    for kind in (ALEClassifier, DAPClassifier, ESZSLClassifier, FeatureGeneratingClassifier, PromptClassifier)
} | {"RelationClassifier, without semantics": Way(RelationClassifier)}
SUPPORTED = {
    **{entry.name: Way(entry.load()) for entry in CATALOG if entry.knows == "support"},
    "Siamese, contrastive": Way(SiameseClassifier, loss="contrastive"),
    "Matching, full context": Way(MatchingClassifier, full_context=True),
    "Prototypical, cosine": Way(PrototypicalClassifier, distance="cosine"),
    "Prototypical, soft k-means": Way(PrototypicalClassifier, refinement="soft_kmeans"),
    "Prototypical, distractor": Way(PrototypicalClassifier, refinement="distractor", n_distractors=1),
    "Prototypical, masked": Way(PrototypicalClassifier, refinement="masked"),
    "RelationNetwork, paper": Way(RelationNetworkClassifier, similarity="relation", loss="mse"),
    "MAML, first order": Way(MAMLClassifier, algorithm="first_order"),
    "MAML, head only": Way(MAMLClassifier, algorithm="anil"),
    "MemoryAugmented, one-hot": Way(MemoryAugmentedClassifier, labels="one_hot", n_way=12),
}
TRAINED_AGAIN = {"NPlusOneClassifier": Way(NPlusOneClassifier)}


def tiny(*, maps=False):
    """A backbone for images of 8 × 8 pixels; biases before a normalisation would get no gradient."""
    generator = torch.Generator().manual_seed(0)
    net = nn.Sequential(
        nn.Conv2d(1, 6, 3, padding=1, bias=False),
        nn.BatchNorm2d(6),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(6, 5, 3, padding=1, bias=False),
        nn.BatchNorm2d(5),
        nn.MaxPool2d(2),
        *([] if maps else [nn.Flatten()]),
    )
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.add_(0.3 * torch.randn(parameter.shape, generator=generator))
    return net


ON_IMAGES = {
    **{
        f"{name}, images": way.having(backbone=tiny())
        for name, way in SUPPORTED.items()
        if "backbone" in way().get_params()
    },
    "Prototypical, Conv4": Way(PrototypicalClassifier, backbone="conv4"),
    "RelationNetwork, Conv4": Way(RelationNetworkClassifier, backbone="conv4"),
    "RelationNetwork, maps": Way(RelationNetworkClassifier, backbone=tiny(maps=True)),
    "RelationNetwork, paper, maps": Way(
        RelationNetworkClassifier, similarity="relation", loss="mse", backbone=tiny(maps=True)
    ),
    "RelationNetwork, transductive": Way(RelationNetworkClassifier, transductive=True, backbone=tiny(maps=True)),
}
WAYS = DESCRIBED | BARE | SUPPORTED | TRAINED_AGAIN | ON_IMAGES


def draw(*shape):
    """Seven seen and three new classes around random centres, labelled by strings, and samples without a label."""
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(10, *shape))
    names = np.array([f"c{place}" for place in range(10)])

    def of(classes, n_each):
        codes = np.repeat(classes, n_each)
        order = rng.permutation(len(codes))
        return (centres[codes] + 0.5 * rng.normal(size=(len(codes), *shape)))[order], names[codes][order]

    return of(range(7), 8), of(range(4, 10), 2), of(range(10), 3)[0], of(range(10), 2)[0], centres, names


@cache
def data(name):
    """Data for the estimator of this name."""
    way = WAYS[name]
    estimator = way()
    backbone = getattr(estimator, "backbone", None)
    shape = (10,) if backbone is None else (1, 16, 16) if backbone == "conv4" else (1, 8, 8)
    (X, y), (X_new, y_new), queries, pool, centres, names = draw(*shape)
    found = Data(X, y, X_new, y_new, queries)
    if name in DESCRIBED:
        # Prompts, and texts of a joint space, are as wide as samples.
        width = 10 if name.startswith(("Prompt", *JOINT)) or name == "Relation, joint" else 5
        mixed = centres @ np.random.default_rng(1).normal(size=(10, width)) / np.sqrt(10)
        mixed += 0.1 * np.random.default_rng(2).normal(size=mixed.shape)
        found.table = Semantics(mixed, classes=names)
        way.given["semantics"] = found.table
    if name in SUPPORTED or name in ON_IMAGES:
        found.pool = pool
    if isinstance(backbone, nn.Module):
        found.encoder = backbone
    found.transductive = name.split(",")[0] in TRANSDUCTIVE or bool(getattr(estimator, "transductive", False))
    found.tolerance = 1e-9 if backbone is None else 1e-4
    return found
