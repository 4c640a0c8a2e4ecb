r"""The LSTM meta-learner beside fine-tuning and training from scratch, with as many steps on the support.

    python benchmarks/learned_optimizer.py omniglot [--tasks 4000] [--steps 5]
    python benchmarks/learned_optimizer.py cifar_fs

All rows train a Conv4 of 32 channels, as the paper has it, and a head of zeros on the support of each 5-way episode.
"from scratch" starts from random weights, "fine-tuning" from a network that was trained to tell the training classes
apart, on as many images as the meta-learner saw; both take gradient steps whose size is chosen on validation classes.
Accuracy on test classes in % ± 95 % over episodes.

Remedies are tried on validation classes, such as larger episodes, and a meta-learner that starts from such a network,
trained on half of the images::

    python benchmarks/learned_optimizer.py cifar_fs --on val --tasks 277 --way 20 --queries 15 \
        --start 0.5 --rate 0.03 --learning-rate 0.001
"""

import argparse
import copy
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from zsl import MetaLSTMClassifier, load_cifar_fs, load_omniglot, mean_confidence_interval
from zsl.episodes.few_shot import FewShotSampler
from zsl.evaluation.episodes import method_accuracies
from zsl.methods.few_shot import FewShotMethod
from zsl.methods.learners.maml import MAML
from zsl.nn.backbones import Conv4, Normalize
from zsl.training.loop import train

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
RATES = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
Part = tuple[np.ndarray, np.ndarray]


def accuracies(method: FewShotMethod, part: Part, n_shot: int, n_episodes: int) -> np.ndarray:
    """Accuracy of each 5-way episode."""
    X, y = part
    generator = torch.Generator().manual_seed(0)
    sampler = FewShotSampler(torch.as_tensor(y), n_way=5, n_shot=n_shot, n_query=15, generator=generator)
    return method_accuracies(method.eval(), method.embed(torch.as_tensor(X)), sampler, n_episodes)


def learner(body: nn.Module, shape: tuple[int, ...], rate: float, n_steps: int) -> MAML:
    """Plain gradient steps from given weights."""
    options: dict[str, Any] = {"learn_rates": False, "vectorized": False, "algorithm": "first_order"}
    options |= {"n_features": _width(body, shape), "input_shape": shape, "n_steps": 2, "n_test_steps": n_steps}
    return MAML(body, rate=rate, **options)


def _width(body: nn.Module, shape: tuple[int, ...]) -> int:
    """How many features the body has."""
    with torch.no_grad():
        return copy.deepcopy(body).eval()(torch.zeros(1, *shape)).shape[1]


def pretrained(body: nn.Module, part: Part, n_images: int, seed: int) -> nn.Module:
    """The body of a network that tells the training classes apart."""
    X, y = torch.as_tensor(part[0]), torch.as_tensor(np.unique(part[1], return_inverse=True)[1])
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    net = nn.Sequential(copy.deepcopy(body), nn.Linear(_width(body, part[0].shape[1:]), int(y.max()) + 1))

    def loss() -> Tensor:
        shown = torch.randint(len(X), (128,), generator=generator)
        return nn.functional.cross_entropy(net(X[shown]), y[shown])

    train(net, loss, n_steps=n_images // 128, learning_rate=2e-3, weight_decay=1e-4, progress="pre-training")
    return net[0]


def row(name: str, methods: dict[float, FewShotMethod], val: Part, test: Part, n_shot: int, n: int) -> None:
    """Print the accuracy of the method whose rate is best on validation classes."""
    rate = max(methods, key=lambda rate: float(accuracies(methods[rate], val, n_shot, 100).mean()))
    mean, half = mean_confidence_interval(accuracies(methods[rate], test, n_shot, n))
    chosen = f" (rate {rate})" if len(methods) > 1 else ""
    print(f"{n_shot}-shot {name:14}{100 * mean:.2f} ± {100 * half:.2f}{chosen}", flush=True)


def main() -> None:
    """Print a line a row."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", choices=("omniglot", "cifar_fs"))
    parser.add_argument("--tasks", type=int, default=4000)
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--way", type=int, default=5, help="classes of a training episode")
    parser.add_argument("--queries", type=int, default=5, help="of each class in training")
    parser.add_argument("--start", type=float, default=0.0, help="share of images that the start is pre-trained on")
    parser.add_argument("--rate", type=float, default=0.1, help="size of the learned steps before training")
    parser.add_argument("--learning-rate", type=float, default=2e-3)
    parser.add_argument("--on", choices=("test", "val"), default="test", help="whose accuracy is printed")
    parser.add_argument("--episodes", type=int, default=600)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    small = asked.data == "omniglot"
    split = load_omniglot(SHARED / "omniglot").with_rotations() if small else load_cifar_fs(SHARED / "cifar100")
    train_part, val, tested = (split.part(name) for name in ("train", "val", asked.on))
    shape = train_part[0].shape[1:]
    net = Conv4(shape, width=32, generator=torch.Generator().manual_seed(asked.seed))
    pixels = train_part[0].astype(np.float32) / 255
    axes = (0, 2, 3)
    moments = (torch.as_tensor(pixels.mean(axes)), torch.as_tensor(pixels.std(axes)))
    scratch = nn.Sequential(Normalize(*moments), net)
    n_images = int(asked.tasks * asked.way * (3 + asked.queries) / (1 - asked.start))  # of the mean episode below
    print(f"{asked.data}, {asked.tasks} tasks, {n_images} images, {asked.steps} steps, seed {asked.seed}, {asked.on}")
    tuned = pretrained(scratch, train_part, n_images, asked.seed)
    n_first = int(asked.start * n_images)
    clf = MetaLSTMClassifier(
        backbone=pretrained(scratch, train_part, n_first, asked.seed) if n_first else scratch,
        inner_steps=asked.steps,
        inner_rate=asked.rate,
        n_way=asked.way,
        n_shot=(1, 5),
        n_query=asked.queries,
        n_episodes=asked.tasks,
        learning_rate=asked.learning_rate,
        random_state=asked.seed,
    )
    clf.fit(*train_part)
    for n_shot in (1, 5):
        for name, body in (("from scratch", scratch), ("fine-tuning", tuned)):
            methods: dict[float, FewShotMethod] = {rate: learner(body, shape, rate, asked.steps) for rate in RATES}
            row(name, methods, val, tested, n_shot, asked.episodes)
        row("meta-LSTM", {0.0: clf.method_}, val, tested, n_shot, asked.episodes)


if __name__ == "__main__":
    main()
