"""Peers of `RelationClassifier` in speed: the perceptron that it used to train, and the protocol of its paper.

Both are written for these measurements and stay out of the package. `PerceptronRelation` is the training that the
estimator had before its map became a kernel ridge regression: three folds of held-out classes with eight checks each,
then all seen classes, 300 episodes each. `SungRelation` follows the zero-shot protocol of F. Sung et al., "Learning to
Compare: Relation Network for Few-Shot Learning", 2018, arXiv:1711.06025: batches of 32 samples, every pair of a sample
and a class of the batch built by joining features and embedded semantics, 400 hidden units, a sigmoid, and the squared
error to 0 and 1.
"""

import copy
import time
from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from zsl._typing import FloatArray
from zsl.episodes.sampler import Episode, EpisodeSampler
from zsl.evaluation import ClassKFold, seen_unseen_curve
from zsl.methods.relation.episodic_relation import RelationNetwork
from zsl.selection.scaling import Scaler
from zsl.training.loop import train

Look = Callable[[RelationNetwork], float]


def scaled(X: FloatArray, y: FloatArray, table: FloatArray, seen: FloatArray) -> tuple[Scaler, FloatArray]:
    """Whiten features by the seen classes, and centre semantics of length 1."""
    features = Scaler.fit("feature_scaling", "whiten", X, np.searchsorted(seen, y))
    return features, Scaler.fit("semantic_scaling", "center", table[seen]).unit(table)


class PerceptronRelation:
    """A relation network with a perceptron as semantic mapper; held-out classes choose the length of its training."""

    def __init__(self, n_episodes: int = 300) -> None:
        self.n_episodes = n_episodes

    def fit(self, X: FloatArray, codes: FloatArray, table: FloatArray) -> "PerceptronRelation":
        """Choose the number of episodes in three folds of held-out classes, then train on all."""
        records = []
        for _, (rows, test) in zip(range(3), ClassKFold(5, random_state=0).split(X, codes), strict=False):
            kept = np.unique(codes[rows])
            scaler, semantics = scaled(X[rows], codes[rows], table, kept)
            look = partial(held_out_area, X=_f32(scaler(X[test])), truth=codes[test], kept=kept, semantics=semantics)
            places = np.searchsorted(kept, codes[rows])
            records.append(self._train(scaler(X[rows]), places, semantics[kept], self.n_episodes, look)[1])
        steps = -(-self.n_episodes // 8)
        best = min(self.n_episodes, steps * (int(np.mean(records, axis=0).argmax()) + 1))
        scaler, semantics = scaled(X, codes, table, np.unique(codes))
        self.network, _ = self._train(scaler(X), codes, semantics, best, None)
        return self

    def _train(
        self, X: FloatArray, codes: FloatArray, semantics: FloatArray, n_episodes: int, look: Look | None
    ) -> tuple[RelationNetwork, list[float]]:
        """Train, and return the network with what a look at it gave after each eighth of the episodes."""
        generator = torch.Generator().manual_seed(0)
        inputs, labels, rows = _f32(X), torch.as_tensor(codes), _f32(semantics)
        network = RelationNetwork(
            X.shape[1],
            rows.shape[1],
            mapper_hidden=(1024,),
            relation_hidden=(128,),
            similarity="both",
            scale=20.0,
            offset=0.0,
            prior_strength=4.0,
            encoder=None,
            generator=generator,
        )
        sampler = EpisodeSampler(labels, 512, generator)
        shares = torch.tensor([0.7, 0.15, 0.15])
        seen: list[float] = []

        def loss() -> Tensor:
            support, query = sampler.draw((0, 1, 5)[int(torch.multinomial(shares, 1, generator=generator))])
            noisy = rows + torch.randn(rows.shape, generator=generator) * (1.5 * rows.shape[1] ** -0.5)
            episode = Episode(inputs[query], labels[query], inputs[support], labels[support], noisy)
            scores = network(episode, n_class=len(rows), feature_noise=1.0, generator=generator)
            return cross_entropy(scores, episode.query_label) + 1e-3 * network.relation.penalty()

        train(
            network,
            loss,
            n_steps=n_episodes,
            learning_rate=1e-3,
            weight_decay=1e-4,
            check=None if look is None else lambda done: seen.append(look(network)),
            check_every=-(-self.n_episodes // 8),
        )
        return network, seen


def held_out_area(
    network: RelationNetwork, *, X: Tensor, truth: FloatArray, kept: FloatArray, semantics: FloatArray
) -> float:
    """AUSUC where the classes that were kept are the seen ones."""
    no_labels = torch.zeros(0, dtype=torch.long)
    episode = Episode(X, torch.as_tensor(truth), X[:0], no_labels, _f32(semantics))
    options = {"n_class": len(semantics), "feature_noise": 0.0, "generator": torch.Generator()}
    scores, old = copy.deepcopy(network)(episode, **options).numpy(), np.isin(truth, kept)
    sides = truth[old], scores[old], truth[~old], scores[~old]
    return seen_unseen_curve(*sides, classes=np.arange(len(semantics)), seen_classes=kept).ausuc


class SungRelation(nn.Module):
    """The zero-shot relation network of its paper, with pairs built one by one."""

    def __init__(self, n_features: int, n_attributes: int) -> None:
        super().__init__()
        self.embed = nn.Sequential(nn.Linear(n_attributes, 1024), nn.ReLU(), nn.Linear(1024, n_features), nn.ReLU())
        self.relate = nn.Sequential(nn.Linear(2 * n_features, 400), nn.ReLU(), nn.Linear(400, 1), nn.Sigmoid())

    def forward(self, X: Tensor, S: Tensor) -> Tensor:
        """Relation scores in (0, 1), (sample, class)."""
        classes = self.embed(S)
        pairs = torch.cat([X[:, None].expand(-1, len(S), -1), classes[None].expand(len(X), -1, -1)], dim=2)
        return self.relate(pairs)[..., 0]


def train_sung(
    X: FloatArray,
    codes: FloatArray,
    table: FloatArray,
    accuracy: Callable[[Callable[[FloatArray, FloatArray], FloatArray]], float],
    *,
    wanted: float,
    seconds: float,
    learning_rate: float,
) -> tuple[float, list[tuple[float, float]]]:
    """Train until the accuracy on held-out classes is as wanted, or the time is over; give seconds and what was seen.

    Looking at the accuracy doesn't count.
    """
    torch.manual_seed(0)
    network = SungRelation(X.shape[1], table.shape[1])
    optimizer = torch.optim.Adam(network.parameters(), lr=learning_rate, weight_decay=1e-5)
    inputs, labels, rows = _f32(X), torch.as_tensor(codes), _f32(table)
    spent, seen, step = 0.0, [], 0

    def scores(samples: FloatArray, classes: FloatArray) -> FloatArray:
        with torch.inference_mode():
            parts = [network(block, _f32(classes)) for block in _f32(samples).split(64)]
        found: FloatArray = torch.cat(parts).numpy()
        return found

    while spent < seconds:
        start = time.perf_counter()
        for _ in range(200):
            batch = torch.randint(len(inputs), (32,))
            classes, place = torch.unique(labels[batch], return_inverse=True)
            wanted_scores = nn.functional.one_hot(place, len(classes)).float()
            loss = nn.functional.mse_loss(network(inputs[batch], rows[classes]), wanted_scores)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        spent += time.perf_counter() - start
        step += 200
        seen.append((spent, accuracy(scores)))
        if seen[-1][1] >= wanted:
            break
    return spent, seen


def _f32(array: FloatArray) -> Tensor:
    return torch.as_tensor(np.ascontiguousarray(array), dtype=torch.float32)
