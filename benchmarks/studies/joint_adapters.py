"""Few-shot adapters of a joint space beside the flagship: texts and intents of Banking77, images of CIFAR-100.

    python -m benchmarks.studies.joint_adapters shots    # all 77 intents with K texts each; minutes of one core
    python -m benchmarks.studies.joint_adapters unseen   # 57 intents with all their texts, 20 with K; the same
    python -m benchmarks.studies.joint_adapters images   # CIFAR-100's 20 unseen classes with K images each

"shots": K training texts of each intent, drawn anew for each seed, the first ones of one order for all K; accuracy on
``test.csv`` (40 texts per intent). "unseen": the protocol of ``benchmarks.accuracy.flagship``, in which K texts of each
of 20 intents are added by ``add_classes`` to what was fitted on the others; T1 among the 20, and H among all. Adapters
keep 32 texts per intent, chosen by their digest. MiniLM encodes texts and the names of intents. Everything open is
chosen on the support; the penalty of the logistic regression, C = 10, was set on training texts of no support.

"images": no model of images and texts is at hand, so the joint space is made: ridge regression, its penalty chosen by
leaving out classes, maps the texts of the 80 seen classes to their mean feature, of length 1 around the mean of all.
K images of each unseen class are drawn from the pool; accuracy among the 20 on their test images. The flagship adds
them to what it was fitted on, 200 images of each seen class.
"""

import copy
from collections.abc import Callable
from pathlib import Path
from time import process_time
from typing import Annotated, Any

import numpy as np
from sklearn.linear_model import LogisticRegression, RidgeCV

from benchmarks._harness import Table, banking_texts, cifar_text, run, spread
from zsl import (
    AnchoredProbeClassifier,
    BlendedProbeClassifier,
    GZSLSplit,
    KernelResidualClassifier,
    PromptClassifier,
    RelationClassifier,
    Semantics,
    TipAdapterClassifier,
)
from zsl.evaluation import expected_calibration_error, harmonic_mean, per_class_accuracy

ADAPTERS: dict[str, Callable[..., Any]] = {
    "KernelResidual": KernelResidualClassifier,
    "BlendedProbe": BlendedProbeClassifier,
    "AnchoredProbe": AnchoredProbeClassifier,
}
MAKERS: dict[str, Callable[[Semantics, int], Any]] = {
    "cosine": lambda table, seed: PromptClassifier(semantics=table, temperature=0.05),
    "TipAdapter": lambda table, seed: TipAdapterClassifier(device="cpu", cv=None),
    "LogisticRegression": lambda table, seed: LogisticRegression(C=10, max_iter=300),
    **{name: lambda table, seed, kind=kind: kind(semantics=table, cv=None) for name, kind in ADAPTERS.items()},
    "Relation, joint": lambda table, seed: RelationClassifier(
        semantics=table, joint=True, random_state=seed, verbose=False
    ),
    "Relation": lambda table, seed: RelationClassifier(semantics=table, random_state=seed, verbose=False),
}
ADDING = ["cosine", *ADAPTERS, "Relation"]
IMAGES = [name for name in MAKERS if name != "Relation, joint"]
SHOTS = [1, 2, 4, 8, 16]
Cache = Annotated[Path | None, "a file that encoded texts are kept in"]


def shots(
    methods: Annotated[list[str], list(MAKERS)] = list(MAKERS),  # noqa: B006
    k: Annotated[list[int], "texts per intent"] = SHOTS,
    seeds: int = 5,
    cache: Cache = None,
) -> None:
    """Print accuracy, expected calibration error and seconds, per K and method."""
    X, y, is_test, names = texts(cache)
    table = Semantics(np.stack(list(names.values())), classes=list(names))
    output = Table("accuracy", "ECE", "fit and predict s", K=k, method=methods)
    for number in k:
        for method in methods:
            rows = []
            for seed in range(seeds):
                support = drawn(y, ~is_test, number, seed)
                began = process_time()
                clf = MAKERS[method](table, seed).fit(X[support], y[support])
                p = clf.predict_proba(X[is_test])
                seconds = process_time() - began
                hit = clf.classes_[p.argmax(axis=1)] == y[is_test]
                error = expected_calibration_error(y[is_test], p, classes=clf.classes_)
                rows.append((hit.mean(), error, seconds))
            accuracies, errors, seconds = np.transpose(rows)
            output.row(number, method, spread(accuracies), spread(errors), f"{seconds.mean():.2f}")


def unseen(
    methods: Annotated[list[str], ADDING] = ADDING,
    k: Annotated[list[int], "texts per unseen intent"] = [0, 1, 4, 16],  # noqa: B006
    seeds: int = 5,
    cache: Cache = None,
) -> None:
    """Print T1 and H, and the seconds that adding classes and predicting took, per K and method."""
    X, y, is_test, names = texts(cache)
    table = Semantics(np.stack(list(names.values())), classes=list(names))
    output = Table("T1", "S", "U", "H", "add and predict s", method=methods, K=k)
    for method in methods:
        found: dict[int, list[tuple[float, ...]]] = {number: [] for number in k}
        for seed in range(seeds):
            new = np.random.RandomState(seed).permutation(list(names))[:20]
            is_new = np.isin(y, new)
            kind, train = ADAPTERS.get(method), ~is_new & ~is_test
            clf = MAKERS[method](table, seed) if kind is None else kind(semantics=table)
            clf.fit(X[train], y[train])
            for number in k:
                began, own = process_time(), copy.deepcopy(clf)
                if number:
                    support = drawn(y, is_new & ~is_test, number, seed)
                    own.add_classes(X[support], y[support])
                among_new = own.predict(X[is_new & is_test], new)
                predicted = own.predict(X[is_test])
                seconds, truth, side = process_time() - began, y[is_test], is_new[is_test]
                s, u = (per_class_accuracy(truth[rows], predicted[rows]) for rows in (~side, side))
                found[number].append((per_class_accuracy(truth[side], among_new), s, u, harmonic_mean(s, u), seconds))
        for number in k:
            *figures, seconds = np.transpose(found[number])
            output.row(method, number, *map(spread, figures), f"{seconds.mean():.2f}")


def images(
    methods: Annotated[list[str], list(MAKERS)] = IMAGES,
    k: Annotated[list[int], "images per class"] = SHOTS,
    seeds: int = 5,
) -> None:
    """Print accuracy and expected calibration error among unseen classes, per K and method."""
    split = cifar_text()
    table, support, test = joint_space(split)
    y, labels, truth = split.y_support, split.unseen_classes, split.y_test_unseen
    fitted = {
        seed: RelationClassifier(semantics=split.semantics, random_state=seed, verbose=False).fit(
            split.X_train, split.y_train
        )
        for seed in range(seeds if "Relation" in methods else 0)
    }
    output = Table("accuracy", "ECE", K=k, method=methods)
    for number in k:
        for method in methods:
            rows = []
            for seed in range(seeds):
                chosen = drawn(y, np.ones(len(y), dtype=bool), number, seed)
                if method == "Relation":
                    clf = copy.deepcopy(fitted[seed]).add_classes(split.X_support[chosen], y[chosen])
                    p = clf.predict_proba(split.X_test_unseen, labels)
                else:
                    p = MAKERS[method](table, seed).fit(support[chosen], y[chosen]).predict_proba(test)
                error = expected_calibration_error(truth, p, classes=labels)
                rows.append(((labels[p.argmax(axis=1)] == truth).mean(), error))
            output.row(number, method, *map(spread, np.transpose(rows)))


def joint_space(split: GZSLSplit) -> tuple[Semantics, np.ndarray, np.ndarray]:
    """Texts of unseen classes mapped to the space of features, and the support and test samples in that space."""
    centre = split.X_train.mean(axis=0)
    train, support, test = (_units(X - centre) for X in (split.X_train, split.X_support, split.X_test_unseen))
    seen, unseen = split.seen_classes, split.unseen_classes
    means = np.stack([train[split.y_train == label].mean(axis=0) for label in seen])
    texts = split.semantics.rows(seen)
    middle = texts.mean(axis=0)
    ridge = RidgeCV(np.logspace(-3, 3, 13)).fit(texts - middle, means)
    mapped = ridge.predict(split.semantics.rows(unseen) - middle)
    return Semantics(_units(mapped), classes=unseen), support, test


def _units(X: np.ndarray) -> np.ndarray:
    found: np.ndarray = X / np.linalg.norm(X, axis=1, keepdims=True)
    return found


def drawn(y: np.ndarray, allowed: np.ndarray, k: int, seed: int) -> np.ndarray:
    """Rows of k allowed samples of each class that has some; those for a smaller k are among them."""
    order = np.random.RandomState(seed).permutation(np.flatnonzero(allowed))
    return np.concatenate([order[y[order] == label][:k] for label in np.unique(y[allowed])])


def texts(cache: Path | None) -> tuple[np.ndarray, np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """Encoded texts, their intents, which of them are test texts, and the encoded name of each intent."""
    if cache is None or not cache.exists():
        X, y, is_test, names = banking_texts()
        if cache is None:
            return X, y, is_test, names
        np.savez(cache, X=X, y=y, is_test=is_test, labels=list(names), T=np.stack(list(names.values())))
    with np.load(cache) as kept:
        return kept["X"], kept["y"], kept["is_test"], dict(zip(kept["labels"].tolist(), kept["T"], strict=True))


if __name__ == "__main__":
    run(shots, unseen, images)
