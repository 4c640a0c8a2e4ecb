"""How far probabilities of few-shot estimators can be trusted, and how many samples of known classes are rejected.

    python -m benchmarks.studies.few_shot_calibration                       # frozen features; minutes of one core
    python -m benchmarks.studies.few_shot_calibration --sets Omniglot       # the two networks that ship
    python -m benchmarks.studies.few_shot_calibration --methods MAML Matching --steps 300 --width 64

"CIFAR-100": fitted on features of 80 seen classes, episodes of the 20 unseen ones with 15 queries per class; `--width`
reduces the features to principal components first, `--steps` is the length of training, and `--cv` that parameter of
what is trained. "Omniglot": the networks in ``data/pretrained``, episodes of the test characters of Vinyals' split.

"sure at 1" is the mean of the largest probability with the temperature 1, "sure" that with the measured one; ECE (15
bins) in the same order. "rejected" is the share of queries, all of known classes, that ``predict(reject=0.05)`` takes
for none of these. "added" is what measuring took of the CPU time of `fit`. All episodes are those of seed 0.
"""

import copy
from collections.abc import Iterator
from time import process_time
from typing import Annotated, Any

import numpy as np
import torch
from sklearn.base import clone
from sklearn.decomposition import PCA

from benchmarks._harness import Table, cifar_text, data_folder, run
from zsl import few_shot_methods, load_omniglot
from zsl.episodes.few_shot import FewShotSampler
from zsl.evaluation import expected_calibration_error
from zsl.exceptions import InvalidInputError
from zsl.selection.episodes import ShotCalibration

FROZEN = ["SimpleShot", "SharedGaussian", "TipAdapter", "BDCSPN", "LaplacianShot", "Prototypical"]
TRAINED = ["MAML", "Matching", "MemoryAugmented", "MetaLSTM", "RelationNetwork", "Siamese"]
SETS = ["CIFAR-100", "Omniglot"]
FORMS = ((5, 1), (5, 5), (20, 5))
SHIPPED = ["Prototypical", "RelationNetwork"]


def main(
    methods: Annotated[list[str], FROZEN + TRAINED] = FROZEN,
    sets: Annotated[list[str], SETS] = SETS[:1],
    episodes: int = 100,
    images: int = 100,
    width: int = 0,
    steps: int = 1000,
    cv: int = 0,
) -> None:
    """Print a row per set, method and form of episode."""
    heads = ("accuracy", "sure at 1", "sure", "ECE at 1", "ECE", "rejected", "T", "added")
    output = Table(*heads, data=sets, method=methods, episode=["20-way 5-shot"])
    for name in sets:
        X, y, fitted = _shipped() if name == "Omniglot" else _on_features(methods, images, width, steps, cv)
        for method, clf, added in fitted:
            for n_way, n_shot in FORMS:
                figures = measure(clf, X, y, n_way, n_shot, episodes)
                output.row(name, method, f"{n_way}-way {n_shot}-shot", *figures, added)


def measure(clf: Any, X: np.ndarray, y: np.ndarray, n_way: int, n_shot: int, n_episodes: int) -> list[str]:
    """Accuracy, mean confidence and ECE at the temperatures 1 and that of the estimator, and the rejected share."""
    codes = np.unique(y, return_inverse=True)[1]
    generator = torch.Generator().manual_seed(0)
    sampler = FewShotSampler(torch.as_tensor(codes), n_way=n_way, n_shot=n_shot, n_query=15, generator=generator)
    drawn = sampler.draw(n_episodes)
    before, plain, calibrated, truth, rejected = copy.deepcopy(clf).forget_classes(), [], [], [], []
    for support, query in zip(drawn.support.numpy(), drawn.query.numpy(), strict=True):
        one = copy.deepcopy(before).add_classes(X[support], codes[support])
        probabilities = one.predict_proba(X[query])
        calibrated.append(probabilities)
        scores = one.class_scores(X[query])
        odds = np.exp(scores - scores.max(axis=1, keepdims=True))
        plain.append(odds / odds.sum(axis=1, keepdims=True))
        truth.append(np.searchsorted(one.classes_, codes[query]))
        try:
            rejected.append((one.predict(X[query], reject=0.05) == -1).mean())
        except InvalidInputError:  # nothing was held out
            rejected.append(np.nan)
    wanted, tables = np.concatenate(truth), [np.concatenate(part) for part in (plain, calibrated)]
    found = [np.mean(tables[1].argmax(axis=1) == wanted), *(table.max(axis=1).mean() for table in tables)]
    found += [expected_calibration_error(table, wanted, classes=np.arange(n_way)) for table in tables]
    return [f"{value:.3f}" for value in [*found, np.mean(rejected)]] + [f"{one.temperature_:.3g}"]


def _on_features(methods: list[str], images: int, width: int, steps: int, cv: int) -> tuple[Any, ...]:
    split = cifar_text()
    kept = np.concatenate([np.flatnonzero(split.y_train == label)[:images] for label in split.seen_classes])
    X_train, X = split.X_train[kept], np.concatenate([split.X_support, split.X_test_unseen])
    if width:
        reduced = PCA(width, random_state=0).fit(X_train)
        X_train, X = reduced.transform(X_train), reduced.transform(X)

    def fits() -> Iterator[tuple[str, Any, str]]:
        for name in methods:
            kind = few_shot_methods()[f"{name}Classifier"]
            given = {"random_state": 0, "n_episodes": steps} | ({"cv": cv} if cv and name in TRAINED else {})
            clf = kind(**{name: value for name, value in given.items() if name in kind().get_params()})
            plain, seconds = clone(clf), []
            plain._calibrated_on = lambda _: ShotCalibration()  # measures nothing
            for one in (plain, clf):
                started = process_time()
                one.fit(X_train, split.y_train[kept])
                seconds.append(process_time() - started)
            yield name, clf, f"{seconds[1] - seconds[0]:.1f} of {seconds[1]:.1f} s"

    return X, np.concatenate([split.y_support, split.y_test_unseen]), fits()


def _shipped() -> tuple[Any, ...]:
    X, y = load_omniglot(data_folder("omniglot"), split="vinyals").part("test")
    return X, y, ((name, few_shot_methods()[f"{name}Classifier"].from_pretrained("omniglot"), "") for name in SHIPPED)


if __name__ == "__main__":
    run(main)
