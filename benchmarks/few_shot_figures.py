"""Accuracies of few-shot models on Omniglot and CIFAR-FS, beside published ones.

    zsl train benchmarks/configs/omniglot_siamese.toml --output models/omniglot_siamese   # and so on, once each
    python benchmarks/few_shot_figures.py omniglot --models models   # Vinyals' test part, turned four ways
    python benchmarks/few_shot_figures.py runs --models models       # the official 20 within-alphabet one-shot runs
    python benchmarks/few_shot_figures.py cifar_fs --models models

Models that the folder lacks are left out, but for the shipped ones. Episodes have 15 queries a class; predictions are
inductive but for the last row of `omniglot`, the relation network with the statistics of the batch, as in its paper.
"""

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import torch

from zsl import (
    InvalidInputError,
    PrototypicalClassifier,
    RelationNetworkClassifier,
    evaluate_episodes,
    load,
    load_cifar_fs,
    load_omniglot,
    mean_confidence_interval,
    read_omniglot_runs,
)
from zsl.episodes.few_shot import FewShotSampler
from zsl.evaluation.episodes import method_accuracies

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
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
    "cifar_fs": {"prototypical": (55.5, 72.0), "relation": (55.0, 69.3)},
}
SHIPPED: dict[str, Any] = {"prototypical": PrototypicalClassifier, "relation": RelationNetworkClassifier}


def model(folder: Path, data: str, method: str) -> Any:
    """A trained model, or None if there is none."""
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
        return evaluate_episodes(clf, X, y, n_way=n_way, n_shot=n_shot, n_episodes=n, random_state=seed).accuracies
    generator = torch.Generator().manual_seed(seed)
    sampler = FewShotSampler(torch.as_tensor(y), n_way=n_way, n_shot=n_shot, n_query=15, generator=generator)
    return method_accuracies(clf.method_, embedded, sampler, n)


def episodes(data: str, part: str, folder: Path, n_episodes: int, seeds: int) -> None:
    """Print a line a method."""
    split = load_cifar_fs(SHARED / "cifar100") if data == "cifar_fs" else load_omniglot(SHARED / "omniglot")
    X, y = (split if data == "cifar_fs" else split.with_rotations()).part(part)
    print(f"{data}, {part} part, {seeds} x {n_episodes} episodes, seeds 0 to {seeds - 1}, 15 queries a class")
    for method, published in PUBLISHED[data].items():
        clf = model(folder, data, method)
        if clf is None:
            print(f"{method:14} not trained")
            continue
        kinds = ("inductive", "batch statistics") if method == "relation" and data == "omniglot" else ("inductive",)
        for kind in kinds:
            clf.method_.transductive = clf.method_.batch_statistics = kind != "inductive"
            cells = []
            embedded = None if kind != "inductive" else torch.as_tensor(clf.embed(X))
            for (n_way, n_shot), line in zip(FORMS[data], published, strict=True):
                runs = [accuracies(clf, X, y, embedded, n_way, n_shot, n_episodes, seed) for seed in range(seeds)]
                mean, half = mean_confidence_interval(np.concatenate(runs))
                cells.append(f"{n_way}-way {n_shot}: {100 * mean:.2f} ± {100 * half:.2f} ({100 * mean - line:+.2f})")
            print(f"{method:14}{'; '.join(cells)}  {kind}", flush=True)
        print(f"{'':14}one-shot accuracy on validation classes while it was trained: {clf.history_}")


def one_shot_runs(folder: Path) -> None:
    """Print the accuracy on the official runs."""
    runs = read_omniglot_runs(SHARED / "omniglot")
    print("official 20 within-alphabet 20-way one-shot runs; people 95.5, Koch et al. 92.0")

    def report(name: str, predicted: list[np.ndarray]) -> None:
        each = [float((found == label).mean()) for found, label in zip(predicted, runs.label, strict=True)]
        mean, half = mean_confidence_interval(each)
        print(f"{name:14}{100 * mean:.2f} ± {100 * half:.2f} %", flush=True)

    flat = [part.reshape(20, 20, -1).astype(float) for part in (runs.train, runs.test)]
    units = [part / np.linalg.norm(part, axis=2, keepdims=True) for part in flat]
    report("pixels, cosine", [(test @ train.T).argmax(1) for train, test in zip(*units, strict=True)])
    for method in PUBLISHED["omniglot"]:
        clf = model(folder, "lake", method)
        if clf is None:
            print(f"{method:14} not trained")
            continue
        found = []
        for train, test in zip(runs.train, runs.test, strict=True):
            clf.forget_classes().add_classes(train, np.arange(20))
            found.append(clf.predict(test))
        report(method, found)


def main() -> None:
    """Print what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("omniglot", "runs", "cifar_fs"))
    parser.add_argument("--models", type=Path, default=Path("models"))
    parser.add_argument("--part", default="test")
    parser.add_argument("--episodes", type=int, default=1000)
    parser.add_argument("--seeds", type=int, default=1)
    asked = parser.parse_args()
    if asked.what == "runs":
        one_shot_runs(asked.models)
    else:
        episodes(asked.what, asked.part, asked.models, asked.episodes, asked.seeds)


if __name__ == "__main__":
    main()
