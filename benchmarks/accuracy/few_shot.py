"""Accuracies of few-shot models on Omniglot and CIFAR-FS, beside published ones.

    zsl train benchmarks/configs/omniglot_siamese.toml --output models/omniglot_siamese   # and so on, once each
    python -m benchmarks.accuracy.few_shot omniglot --models models   # Vinyals' test part, turned four ways
    python -m benchmarks.accuracy.few_shot runs --models models       # the official 20 within-alphabet one-shot runs
    python -m benchmarks.accuracy.few_shot further relation --models models   # on CIFAR-FS, from the prototypical one
    python -m benchmarks.accuracy.few_shot cifar_fs --models models
    python -m benchmarks.accuracy.few_shot longer --models models     # the shipped relation network of Omniglot
    python -m benchmarks.accuracy.few_shot head_only --models models  # MAML from the shipped prototypical network

Models that the folder lacks are left out, except the shipped ones. Episodes have 15 queries per class; predictions are
inductive except in the last row of `omniglot`, the relation network with the statistics of the batch, as in its paper.
"""

from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
from sklearn.cluster import KMeans
from torch import nn

from benchmarks._harness import Table, data_folder, few_shot_data, percent, run
from zsl import InvalidInputError, MAMLClassifier, PrototypicalClassifier, RelationNetworkClassifier, load
from zsl.datasets import read_omniglot_runs
from zsl.episodes.few_shot import FewShotSampler
from zsl.evaluation import measure_episodes
from zsl.evaluation.episodes import method_accuracies
from zsl.nn.backbones import Conv4

FORMS = {"omniglot": ((5, 1), (5, 5), (20, 1), (20, 5)), "cifar_fs": ((5, 1), (5, 5))}
PUBLISHED = {
    "omniglot": {
        "siamese": (96.7, 98.4, 88.0, 96.5),
        "matching": (98.1, 98.9, 93.8, 98.5),
        "prototypical": (98.8, 99.7, 96.0, 98.9),
        "relation": (99.6, 99.8, 97.6, 99.1),
        "maml": (98.7, 99.9, 95.8, 98.9),
        "anil": (98.7, 99.9, 95.8, 98.9),  # beside the published figures of whole MAML
        "anil_started": (98.7, 99.9, 95.8, 98.9),
    },
    "cifar_fs": {"prototypical": (55.5, 72.0), "relation": (55.0, 69.3), "relation_pooled": (55.0, 69.3)},
}
SHIPPED: dict[str, Any] = {"prototypical": PrototypicalClassifier, "relation": RelationNetworkClassifier}
MODELS = Path("models")


EPISODES = {"n_query": 10, "n_shot": (1, 5), "augment": "photos", "random_state": 0}
FURTHER: dict[str, tuple[Any, dict[str, Any]]] = {
    "prototypical": (PrototypicalClassifier, {"distance": "cosine", "n_way": 20, "learning_rate": 5e-4}),
    "relation": (RelationNetworkClassifier, {"n_way": 10, "n_splits": 2, "learning_rate": 1e-3}),
    "relation_pooled": (RelationNetworkClassifier, {"n_way": 10, "n_splits": 2, "learning_rate": 5e-4}),
}


def started(folder: Path, method: str) -> Path:
    """Where a model lies that was trained from the backbone of the prototypical network of CIFAR-FS."""
    return folder / f"cifar_fs_{method}_started"


class OneLength(nn.Module):
    """Bring vectors to the length √20, at which a relation network starts from 10 times their cosines."""

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        """Scale."""
        return 20**0.5 * nn.functional.normalize(X, dim=1)


def start(folder: Path, method: str) -> nn.Module:
    """That backbone; for relations its maps: without the last two poolings, as published, or "pooled" to 2 × 2.

    Pooled ones are of one length, and from the prototypical network that was trained further, if there is one.
    """
    pooled = method == "relation_pooled"
    clf = model(folder, "cifar_fs", "prototypical") if pooled else load(folder / "cifar_fs_prototypical")
    normalize, trained, *_ = getattr(clf.method_.backbone, "own", clf.method_.backbone)
    net = Conv4((3, 32, 32), maps=method == "relation", generator=torch.Generator())
    net.load_state_dict(trained.state_dict())
    last = [OneLength()] * pooled + [nn.Unflatten(1, net.map_shape)] * (method != "prototypical")
    return nn.Sequential(normalize, net, *last).to(memory_format=torch.channels_last)


def further(
    method: Annotated[str, FURTHER], models: Path = MODELS, pretrain: int = 1, rate: float = 0.001, steps: int = 600
) -> None:
    """Train a method on CIFAR-FS from the backbone of the prototypical network, and save it."""
    kind, own = FURTHER[method]
    clf = kind(
        backbone=start(models, method), pretrain=pretrain, pretrain_rate=rate, n_episodes=steps, **EPISODES, **own
    )
    split, path = few_shot_data("cifar_fs"), started(models, method)
    clf.fit(*split.part("train"), validation=split.part("val"), checkpoint=path.with_suffix(".checkpoint"))
    clf.forget_classes().save(path)
    print(f"after epochs of classification {clf.pretrain_history_}, after steps on episodes {clf.history_}")


def longer(models: Path = MODELS, rounds: int = 5, steps: int = 3500, rate: float = 0.001, size: int = 64) -> None:
    """Train the shipped relation network on Omniglot further, and save the round that is best on validation classes.

    Episodes are of 30 of about `size` characters that are hard to tell apart: clusters of mean maps, made anew before
    each round. Mirrored characters are further classes, and images are no longer turned, shifted and zoomed.
    """
    clf, best = RelationNetworkClassifier.from_pretrained("omniglot"), 0.0
    X, y, validation = mirrored()
    path = models / "omniglot_relation"
    for number in range(rounds):
        groups = alike(clf, X, y, size, number)[y]
        clf.set_params(warm_start=True, augment=False, n_episodes=steps, learning_rate=rate, random_state=number)
        where = path.with_suffix(f".round{number}.checkpoint")
        clf.fit(X, y, groups=groups, validation=validation, checkpoint=where)
        print(f"round {number}: after steps on episodes {clf.history_}", flush=True)
        if clf.history_[-1][1] > best:
            best = clf.history_[-1][1]
            clf.forget_classes().save(path)


def head_only(models: Path = MODELS, steps: int = 200, rate: float = 0.0001) -> None:
    """Train the head-only form of MAML on Omniglot from the backbone of the shipped prototypical network; save it."""
    shape = {"n_way": 60, "n_shot": (1, 1, 5), "n_query": 1, "n_splits": 6, "n_tasks": 1, "n_episodes": steps}
    clf = MAMLClassifier(
        algorithm="anil", backbone=shipped(), inner_steps=8, learning_rate=rate, precision="bfloat16", random_state=0,
        **shape,
    )  # fmt: skip
    X, y, validation = mirrored()
    clf.fit(X, y, validation=validation, checkpoint=models / "omniglot_anil_started.checkpoint")
    print(f"after steps on episodes {clf.history_}")
    clf.forget_classes().save(models / "omniglot_anil_started")


def shipped() -> nn.Module:
    """The backbone of the shipped prototypical network."""
    return PrototypicalClassifier.from_pretrained("omniglot").method_.backbone


def mirrored() -> tuple[np.ndarray, np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """Omniglot's training images with mirrored ones as further classes, and the validation part as it is."""
    split = few_shot_data("omniglot")
    X, y = split.part("train")
    codes = np.unique(y, return_inverse=True)[1]
    both = np.concatenate([X, X[..., ::-1]]), np.concatenate([codes, codes + codes.max() + 1])
    return *both, split.part("val")


def alike(clf: Any, X: np.ndarray, y: np.ndarray, size: int, seed: int) -> np.ndarray:
    """Numbers of clusters of classes by their mean maps; those of too few for an episode join the nearest others."""
    blocks = [slice(start, start + 5000) for start in range(0, len(X), 5000)]
    means = np.zeros((y.max() + 1, clf.embed(X[:1]).shape[1]))
    for block in blocks:
        np.add.at(means, y[block], clf.embed(X[block]))
    means /= np.bincount(y)[:, None]
    found = KMeans(len(means) // size, n_init=1, max_iter=30, random_state=seed).fit(means)
    groups, centres = found.labels_, found.cluster_centers_
    counts = np.bincount(groups)
    large = np.flatnonzero(counts >= clf.n_way)
    for small in np.flatnonzero(counts < clf.n_way):
        groups[groups == small] = large[np.square(centres[large] - centres[small]).sum(axis=1).argmin()]
    return groups


def model(folder: Path, data: str, method: str) -> Any:
    """A trained model, or None if there is none."""
    if data == "cifar_fs" and (path := started(folder, method)).is_dir():
        return load(path, encoder=start(folder, method))
    if (path := folder / f"{data}_{method}").is_dir():
        return load(path, **({"encoder": shipped()} if method == "anil_started" else {}))
    if data == "omniglot" and method in SHIPPED:
        try:
            return SHIPPED[method].from_pretrained("omniglot")
        except InvalidInputError:
            return None
    return None


def accuracies(
    clf: Any, X: np.ndarray, y: np.ndarray, embedded: torch.Tensor | None, n_way: int, n_shot: int, n: int, seed: int
) -> np.ndarray:
    """Accuracy of each episode; images embedded once serve all forms and seeds, unless they are embedded jointly."""
    if embedded is None:
        return measure_episodes(clf, X, y, n_way=n_way, n_shot=n_shot, n_episodes=n, random_state=seed).accuracies
    generator = torch.Generator().manual_seed(seed)
    sampler = FewShotSampler(torch.as_tensor(y), n_way=n_way, n_shot=n_shot, n_query=15, generator=generator)
    return method_accuracies(clf.method_, embedded, sampler, n)


def omniglot(models: Path = MODELS, part: str = "test", episodes: int = 1000, seeds: int = 1) -> None:
    """Print one row per method on a part of Omniglot."""
    _episodes("omniglot", models, part, episodes, seeds)


def cifar_fs(models: Path = MODELS, part: str = "test", episodes: int = 1000, seeds: int = 1) -> None:
    """Print one row per method on a part of CIFAR-FS."""
    _episodes("cifar_fs", models, part, episodes, seeds)


def _episodes(data: str, folder: Path, part: str, n_episodes: int, seeds: int) -> None:
    X, y = few_shot_data(data).part(part)
    print(f"{data}, {part} part, {seeds} x {n_episodes} episodes, seeds 0 to {seeds - 1}, 15 queries per class")
    heads = [f"{n_way}-way {n_shot} (- published)" for n_way, n_shot in FORMS[data]]
    output, histories = Table(*heads, method=PUBLISHED[data], prediction=["batch statistics"]), {}
    for method, published in PUBLISHED[data].items():
        clf = model(folder, data, method)
        if clf is None:
            output.row(method, "not trained", *[""] * len(heads))
            continue
        kinds = ("inductive", "batch statistics") if method == "relation" and data == "omniglot" else ("inductive",)
        for kind in kinds:
            clf.method_.transductive = clf.method_.batch_statistics = kind != "inductive"
            embedded = None if kind != "inductive" else torch.as_tensor(clf.embed(X))
            cells = []
            for (n_way, n_shot), line in zip(FORMS[data], published, strict=True):
                runs = [accuracies(clf, X, y, embedded, n_way, n_shot, n_episodes, seed) for seed in range(seeds)]
                cells.append(f"{percent(np.ravel(runs))} ({100 * np.mean(runs) - line:+.2f})")
            output.row(method, kind, *cells)
        histories[method] = [getattr(clf, "pretrain_history_", []), clf.history_]
    for method, (classified, history) in histories.items():
        print(f"{method}: one-shot accuracy on validation classes after epochs of classification: {classified}")
        print(f"{method}: the same after training steps on episodes: {history}")


def runs(models: Path = MODELS) -> None:
    """Print the accuracy on the official runs."""
    official = read_omniglot_runs(data_folder("omniglot"))
    print("official 20 within-alphabet 20-way one-shot runs; people 95.5, Koch et al. 92.0")
    output = Table("accuracy %", method=["pixels, cosine"])

    def row(name: str, predicted: list[np.ndarray]) -> None:
        output.row(
            name, percent([(found == label).mean() for found, label in zip(predicted, official.label, strict=True)])
        )

    flat = [part.reshape(20, 20, -1).astype(float) for part in (official.train, official.test)]
    units = [part / np.linalg.norm(part, axis=2, keepdims=True) for part in flat]
    row("pixels, cosine", [(test @ train.T).argmax(1) for train, test in zip(*units, strict=True)])
    for method in PUBLISHED["omniglot"]:
        clf = model(models, "lake", method)
        if clf is None:
            output.row(method, "not trained")
            continue
        found = []
        for train, test in zip(official.train, official.test, strict=True):
            clf.forget_classes().add_classes(train, np.arange(20))
            found.append(clf.predict(test))
        row(method, found)


if __name__ == "__main__":
    run(omniglot, runs, cifar_fs, further, longer, head_only)
