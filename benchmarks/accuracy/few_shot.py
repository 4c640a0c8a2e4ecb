"""Accuracies of few-shot models on Omniglot and CIFAR-FS, beside published ones.

    zsl train benchmarks/configs/omniglot_siamese.toml --output models/omniglot_siamese   # and so on, once each
    python -m benchmarks.accuracy.few_shot omniglot --models models   # Vinyals' test part, turned four ways
    python -m benchmarks.accuracy.few_shot runs --models models       # the official 20 within-alphabet one-shot runs
    python -m benchmarks.accuracy.few_shot further relation --models models   # on CIFAR-FS, from the prototypical one
    python -m benchmarks.accuracy.few_shot cifar_fs --models models

Models that the folder lacks are left out, except the shipped ones. Episodes have 15 queries per class; predictions are
inductive except in the last row of `omniglot`, the relation network with the statistics of the batch, as in its paper.
"""

from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
from torch import nn

from benchmarks._harness import Table, data_folder, few_shot_data, percent, run
from zsl import InvalidInputError, PrototypicalClassifier, RelationNetworkClassifier, load
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


def start(folder: Path, method: str) -> nn.Module:
    """That backbone; for relations its maps: without the last two poolings, as published, or "pooled" to 2 × 2."""
    normalize, trained = load(folder / "cifar_fs_prototypical").method_.backbone
    net = Conv4((3, 32, 32), maps=method == "relation", generator=torch.Generator())
    net.load_state_dict(trained.state_dict())
    whole = nn.Sequential(normalize, net, nn.Identity() if method == "prototypical" else nn.Unflatten(1, net.map_shape))
    return whole.to(memory_format=torch.channels_last)


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


def model(folder: Path, data: str, method: str) -> Any:
    """A trained model, or None if there is none."""
    if data == "cifar_fs" and (path := started(folder, method)).is_dir():
        return load(path, encoder=start(folder, method))
    if (folder / f"{data}_{method}").is_dir():
        return load(folder / f"{data}_{method}")
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
    run(omniglot, runs, cifar_fs, further)
