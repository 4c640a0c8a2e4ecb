"""Few-shot episodes here and in easyfsl: the time to evaluate them, and training steps per second.

On a machine that does nothing else::

    pip install --no-deps easyfsl pillow  # without them, only our own times are printed
    python -m benchmarks.speed.few_shot

Evaluation is of 5-way 5-shot episodes with 15 queries per class, of synthetic frozen features: 100 Gaussian classes of
600 samples, 640 numbers each, scaled to length 1 in all methods except prototypes. Ours scores many episodes at once,
easyfsl one at a time, by `process_support_set` and `forward`. "given" is the time where both get the same episodes as
positions of images, "drawn" where each draws its own with its own sampler; easyfsl then does a fifth as many.
Accuracies are of the given episodes. Only the prototypes are the same computation: SimpleShot of easyfsl goes by the
cosine where ours goes by the distance, and its other two rectify prototypes by other queries and less sharply.

Training takes steps of AdamW on one batch of 28 × 28 × 1 noise, 5 shots and 15 queries per class. "ours" embeds support
and queries together, as `train_few_shot` does, in the memory format that estimators choose. easyfsl embeds them one
after the other, once by our backbone and once by the same layers written out plainly. Its loss has distances where ours
has squared ones.

All that is compared runs in turn, and the fastest of the repeats counts. easyfsl 1.5 imports torchvision, which none of
this uses: where that is missing, empty classes stand in for what is imported. Its `TaskSampler` gives its base class an
argument that newer torch refuses: a class between the two takes it.
"""

import copy
import importlib
import importlib.util
import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import fields
from functools import partial
from types import ModuleType
from typing import Annotated, Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Sampler

from benchmarks._harness import Bench, Table, Work, fastest, run
from zsl.episodes.few_shot import EpisodeBatch, FewShotSampler
from zsl.evaluation.episodes import method_accuracies
from zsl.methods.frozen.bd_cspn import BDCSPN
from zsl.methods.frozen.laplacian_shot import LaplacianShot
from zsl.methods.frozen.simple_shot import SimpleShot
from zsl.methods.metric.prototypical import PrototypicalNetwork
from zsl.nn.backbones import Conv4, Normalize

CLASSES, IMAGES, WIDTH = 100, 600, 640
N_WAY, N_SHOT, N_QUERY = 5, 5, 15
_CONV4_STEP = 2 * 9 * 64 * (2 * 28**2 + 3 * 64 * (14**2 + 7**2 + 3**2))
"""Operations of a step per image: forward, and gradients of weights and, but for the first layer, of inputs."""
STANDING_IN = {
    "torchvision": (),
    "torchvision.transforms": (),
    "torchvision.datasets": ("ImageFolder",),
    "torchvision.models": (),
    "torchvision.models.resnet": ("BasicBlock", "Bottleneck", "conv1x1", "conv3x3"),
}


class Given(FewShotSampler):
    """Gives episodes that another sampler has drawn, from the first one on."""

    def __init__(self, sampler: FewShotSampler, drawn: EpisodeBatch) -> None:
        self.__dict__.update(vars(sampler))
        self._drawn, self._done = drawn, 0

    def draw(self, n_episodes: int) -> EpisodeBatch:
        """Give the next ones."""
        start, self._done = self._done, self._done + n_episodes
        return EpisodeBatch(*(getattr(self._drawn, field.name)[start : self._done] for field in fields(EpisodeBatch)))


def find_easyfsl() -> Any:
    """The package with its parts imported, or None where it isn't installed."""
    if importlib.util.find_spec("easyfsl") is None:
        return None
    standing_in = STANDING_IN if importlib.util.find_spec("torchvision") is None else {}
    for name, contents in standing_in.items():
        sys.modules[name] = module = ModuleType(name)
        for each in contents:
            setattr(module, each, type(each, (), {}))
        parent, _, child = name.rpartition(".")
        if parent:
            setattr(sys.modules[parent], child, module)
    for part in ("datasets", "methods", "samplers"):
        importlib.import_module(f"easyfsl.{part}")
    for name in standing_in:  # other packages ask whether there is a torchvision
        del sys.modules[name]
    return sys.modules["easyfsl"]


Calls = dict[str, Callable[[], Any]]


def evaluations(easyfsl: Any, n_episodes: int, images: int = IMAGES) -> Iterator[tuple[str, Calls]]:
    """Each method's name, and its ways to evaluate episodes; easyfsl draws a fifth of them."""
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(CLASSES).repeat_interleave(images)
    features = torch.randn(len(labels), WIDTH, generator=generator)
    features += 0.2 * torch.randn(CLASSES, WIDTH, generator=generator)[labels]
    sampler = FewShotSampler(labels, n_way=N_WAY, n_shot=N_SHOT, n_query=N_QUERY, generator=generator)
    given = sampler.draw(n_episodes)
    loader = None if easyfsl is None else their_loader(easyfsl, features, labels, -(-n_episodes // 5))
    parts = given.support, given.label, given.query, given.query_label
    methods = BDCSPN(None, n_features=WIDTH), LaplacianShot(None, n_features=WIDTH)
    for method in (PrototypicalNetwork(None), SimpleShot(None, n_features=WIDTH), *methods):
        name = type(method).__name__
        ours = partial(method_accuracies, method.eval(), features, n_episodes=n_episodes)
        calls: Calls = {
            "given": lambda f=ours: f(sampler=Given(sampler, given)),
            "drawn": partial(ours, sampler=sampler),
        }
        if loader is not None:
            plain = name == "PrototypicalNetwork"
            classifier = getattr(easyfsl.methods, name + "s" * plain)(feature_normalization=None if plain else 2.0)
            score = partial(their_accuracies, classifier.eval())
            calls["their given"] = lambda f=score: f(
                (features[s], k, features[q], j) for s, k, q, j in zip(*parts, strict=True)
            )
            calls["their drawn"] = lambda f=score: f(task[:4] for task in loader)
        yield name, calls


def evaluation(easyfsl: Any, n_episodes: int, repeats: int) -> None:
    """Print one row per method."""
    n_drawn = -(-n_episodes // 5)
    print(f"Evaluation of {n_episodes} episodes: ms per episode, ours / easyfsl, and accuracies")
    headings = [f"{kind}: {what}" for kind in ("given", "drawn") for what in ("ours", "easyfsl", "ratio")]
    output = Table(*headings, "accuracy", "easyfsl", "episodes with the same", method=["PrototypicalNetwork"])
    for name, calls in evaluations(easyfsl, n_episodes):
        seconds, found = fastest(calls, repeats)
        ms = {key: 1000 * value / (n_drawn if key == "their drawn" else n_episodes) for key, value in seconds.items()}
        cells = []
        for kind in ("given", "drawn"):
            theirs = ms.get(f"their {kind}")
            cells += [
                f"{ms[kind]:.3f}",
                *(["", ""] if theirs is None else [f"{theirs:.3f}", f"{ms[kind] / theirs:.3f}"]),
            ]
        accuracies = torch.as_tensor(found["given"])
        cells += [f"{accuracies.mean():.4f}", "", ""]
        if "their given" in found:
            same = ((accuracies - found["their given"]).abs() < 1e-6).sum()
            cells[-2:] = f"{found['their given'].mean():.4f}", f"{same}"
        output.row(name, *cells)


def their_loader(easyfsl: Any, features: Tensor, labels: Tensor, n_episodes: int) -> DataLoader[Any]:
    """Their way to draw episodes."""

    class Between(Sampler[Any]):
        def __init__(self, data_source: None) -> None:
            pass

    class Tasks(easyfsl.samplers.TaskSampler, Between):
        pass

    data = easyfsl.datasets.FeaturesDataset(labels.tolist(), features, [str(c) for c in range(CLASSES)])
    tasks = Tasks(data, N_WAY, N_SHOT, N_QUERY, n_episodes)
    return DataLoader(data, batch_sampler=tasks, collate_fn=tasks.episodic_collate_fn)


def their_accuracies(classifier: Any, episodes: Iterator[tuple[Tensor, Tensor, Tensor, Tensor]]) -> Tensor:
    """Accuracy of each episode."""
    found = []
    with torch.inference_mode():
        for support, label, query, query_label in episodes:
            classifier.process_support_set(support, label)
            found.append((classifier(query).argmax(1) == query_label).double().mean())
    return torch.stack(found)


Step = tuple[Tensor, Tensor, Tensor, Tensor]
"""Support images, their class numbers, queries and theirs."""


def our_loss(method: Any, step: Step, bfloat16: bool) -> Tensor:
    """Loss of one step."""
    support, label, query, query_label = step
    with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
        embedded = method.embed(torch.cat([support, query])).float()
        parts = embedded[: len(label)], embedded[len(label) :]
        return method.loss(parts[0][None], label[None], parts[1][None], query_label[None], int(label[-1]) + 1)


def their_loss(classifier: Any, step: Step) -> Tensor:
    """Loss of one step."""
    support, label, query, query_label = step
    classifier.process_support_set(support, label)
    return nn.functional.cross_entropy(classifier(query), query_label)


def plain_conv4() -> nn.Module:
    """The layers of our Conv4 in the usual order."""
    layers: list[nn.Module] = []
    for n_in in (1, 64, 64, 64):
        layers += [nn.Conv2d(n_in, 64, 3, padding=1), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*layers, nn.Flatten())


def stepping(model: nn.Module, loss: Callable[[], Tensor], n_steps: int) -> Callable[[], None]:
    """A call that takes some steps of training."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)

    def call(n_steps: int = n_steps) -> None:
        for _ in range(n_steps):
            optimizer.zero_grad()
            loss().backward()
            optimizer.step()

    call(1)  # makes the state of the optimiser
    return call


def steps_of(easyfsl: Any, n_way: int, n_steps: int) -> Calls:
    """Ways to take some steps of training on one batch of noise."""
    generator = torch.Generator().manual_seed(0)
    images = torch.randn(n_way * (N_SHOT + N_QUERY), 1, 28, 28, generator=generator)
    support, query = images.split([n_way * N_SHOT, n_way * N_QUERY])
    label, query_label = (torch.arange(n_way).repeat_interleave(n) for n in (N_SHOT, N_QUERY))
    step = support, label, query, query_label
    conv4 = nn.Sequential(Normalize(torch.zeros(1), torch.ones(1)), Conv4((1, 28, 28), generator=generator))
    conv4.to(memory_format=torch.channels_last)
    calls: Calls = {}
    for name in ("float32", "bfloat16"):
        method = PrototypicalNetwork(copy.deepcopy(conv4)).train()
        loss = partial(our_loss, method, step, name == "bfloat16")
        calls[f"ours, {name}"] = stepping(method, loss, n_steps)
    if easyfsl is not None:
        for name, backbone in (("our Conv4", copy.deepcopy(conv4)), ("plain Conv4", plain_conv4())):
            classifier = easyfsl.methods.PrototypicalNetworks(backbone).train()
            calls[f"easyfsl, {name}"] = stepping(classifier, partial(their_loss, classifier, step), n_steps)
    return calls


def training(easyfsl: Any, n_steps: int, repeats: int) -> None:
    """Print a line for each number of classes and way to take a step."""
    print(f"Training, {n_steps} steps at a time: episodes per second, and ours in float32 as a multiple of these")
    names = ["ours, float32", "ours, bfloat16"] + ["easyfsl, our Conv4", "easyfsl, plain Conv4"] * (easyfsl is not None)
    output = Table("episodes/s", "ours / this", way=[5, 20], what=names)
    for n_way in (5, 20):
        calls = steps_of(easyfsl, n_way, n_steps)
        seconds, _ = fastest(calls, repeats)
        for name, value in seconds.items():
            output.row(n_way, name, f"{n_steps / value:.2f}", f"{value / seconds['ours, float32']:.2f}")


def main(
    threads: int = 2,
    episodes: Annotated[int, "of one evaluation"] = 1000,
    steps: Annotated[int, "of training, at a time"] = 10,
    repeats: int = 3,
) -> None:
    """Print both comparisons."""
    torch.set_num_threads(threads)
    random.seed(0)
    easyfsl = find_easyfsl()
    if easyfsl is None:
        print("easyfsl isn't installed, so these are our times only: pip install --no-deps easyfsl pillow")
    print(f"{threads} threads, fastest of {repeats}")
    evaluation(easyfsl, episodes, repeats)
    training(easyfsl, steps, repeats)


def compare(bench: Bench) -> None:
    """Episodes of frozen features and training steps of Conv4, against easyfsl."""
    random.seed(0)
    easyfsl = None if bench.missing("easyfsl", "pip install --no-deps easyfsl pillow") else find_easyfsl()
    n_episodes, images = bench.size((1000, IMAGES), (10, 25))
    per_episode = N_WAY * (N_SHOT + N_QUERY)
    print(
        f"{n_episodes} episodes of {N_WAY} classes, {N_SHOT} shots and {N_QUERY} queries per class, {WIDTH} features; "
        "operations are those of the scores, bytes those of the features of an episode. Easyfsl draws a fifth of the "
        "episodes, and its time is scaled.\n"
    )
    table = bench.ratios(method=(), episodes=())
    work = Work(2 * n_episodes * N_WAY**2 * N_QUERY * WIDTH, 4 * n_episodes * per_episode * WIDTH)
    for name, calls in evaluations(easyfsl, n_episodes, images):
        for kind in ("given", "drawn"):
            others = {} if easyfsl is None else {"easyfsl": calls[f"their {kind}"]}
            scale = {"easyfsl": n_episodes / -(-n_episodes // 5)} if kind == "drawn" else None
            table.row(name, kind, ours=calls[kind], others=others, work=work, scale=scale)
            if name != "PrototypicalNetwork":
                break
    n_steps = bench.size(3, 1)
    print(f"\nTraining, {n_steps} steps on one batch of 28 × 28 × 1 noise; operations are those of the convolutions.\n")
    table = bench.ratios(way=(), ours=())
    for n_way in bench.size((5, 20), (5,)):
        calls = steps_of(easyfsl, n_way, n_steps)
        operations = n_steps * n_way * (N_SHOT + N_QUERY) * _CONV4_STEP
        for precision in ("float32", "bfloat16"):
            others = {name: call for name, call in calls.items() if name.startswith("easyfsl")}
            ours = calls[f"ours, {precision}"]
            table.row(
                n_way, precision, ours=ours, others=others, work=Work(operations) if precision == "float32" else None
            )


if __name__ == "__main__":
    run(main)
