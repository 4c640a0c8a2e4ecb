"""Pairs of state and object that were never seen together: colours and textures on digits, colours on characters.

    python -m benchmarks.studies.composed_classes                        # digits, which ship
    python -m benchmarks.studies.composed_classes --features pixels      # 200 principal components of all pixels
    python -m benchmarks.studies.composed_classes --images omniglot      # 40 characters per seed in six colours

A seed draws which 30 % of the pairs are unseen, which images are tested on, and how the images vary; on Omniglot also
which characters. Rows: a method; what its class table holds (which state and which object it is; the rows of both
beside each other; these and their products); and which pairs compete. "two heads" is logistic regression of the state
and of the object, log-probabilities added: the baseline "visual product", without a bias. S, U, H are those with the
bias that is chosen on held-out seen pairs; the last three columns look at the test labels and are upper lines.
Accuracies are averaged over samples.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Any, Literal

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks._harness import Table, data_folder, estimator, run, spread
from zsl import Semantics, load_omniglot
from zsl.datasets import load_composed_digits, make_composed
from zsl.evaluation import ComposedSplit, PairKFold, measure_composed
from zsl.semantics import feasible_pairs

METHODS = ["RidgePrototype", "ESZSL", "Relation"]
TABLES = ["names only", "beside", "beside and products"]
WORLDS = ["closed", "open", "feasible"]
COLOURS = ["black", "red", "yellow", "green", "blue", "purple"]
HEADINGS = ["S", "U", "H", "state", "object", "AUC", "best H", "best S", "best U"]


class TwoHeads(BaseEstimator):
    """Logistic regression of the state and of the object, on standardised features."""

    def fit(self, split: ComposedSplit) -> "TwoHeads":
        """Fit both heads on the training samples."""
        self.classes_, self.seen_classes_, self.pairs = split.semantics.classes, split.seen_classes, split.pairs
        sides = split.states_of(split.y_train), split.objects_of(split.y_train)
        heads = [make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)) for _ in sides]
        self.heads_ = [head.fit(split.X_train, side) for head, side in zip(heads, sides, strict=True)]
        return self

    def class_scores(self, X: Any, classes: Any = None, *, calibrated: bool = False) -> np.ndarray:
        """Sum of the log-probabilities of state and object, for each pair."""
        total = 0.0
        for side, head in enumerate(self.heads_):
            column = {value: place for place, value in enumerate(head.classes_.tolist())}
            places = [column[self.pairs[label][side]] for label in np.asarray(classes).tolist()]
            total = total + head.predict_log_proba(X)[:, places]
        return total


def omniglot(seed: int, features: str) -> ComposedSplit:
    """40 characters, drawn from all, with nothing known of them but which they are."""
    whole = load_omniglot(data_folder("omniglot"))
    ink = np.concatenate([whole.X_train, whole.X_val, whole.X_test])[:, 0] / 255
    names = np.asarray(whole.names)[np.concatenate([whole.y_train, whole.y_val, whole.y_test])]
    chosen = np.random.RandomState(seed).choice(np.unique(names), 40, replace=False)
    rows = np.isin(names, chosen)
    options: dict[str, Any] = {"states": COLOURS, "features": features, "random_state": seed}
    return make_composed(ink[rows], names[rows], **options, name="composed Omniglot")


def components(split: ComposedSplit) -> ComposedSplit:
    """200 principal components of the training samples instead of pixels."""
    pca = PCA(200, random_state=0).fit(split.X_train)
    parts = ("X_train", "X_test_seen", "X_test_unseen")
    return replace(split, **{part: pca.transform(getattr(split, part)) for part in parts})


def fitted(method: str, split: ComposedSplit, seed: int) -> Iterator[tuple[str, Any]]:
    """A fit per class table, bias and regularisation chosen on held-out seen pairs; the two heads have none."""
    if method == "two heads":
        yield "none", TwoHeads().fit(split)
        return
    states, objects = split.info["states"], split.info["objects"]
    tables = {"names only": Semantics.compose(names_only(states), names_only(objects))}
    if split.name != "composed Omniglot":  # of whose characters nothing else is known
        tables |= {"beside": split.semantics}
        tables |= {"beside and products": Semantics.compose(states, objects, interaction="outer")}
    for name, table in tables.items():
        made = estimator(method, seed, semantics=table, cv=PairKFold(split.pairs, random_state=0))
        yield name, made.fit(split.X_train, split.y_train)


def names_only(table: Semantics) -> Semantics:
    """The same classes, of which nothing is said but that they differ."""
    return Semantics(np.eye(len(table)), classes=table.classes)


def drawn(images: str, features: str, seed: int) -> ComposedSplit:
    """The split of a seed."""
    if images == "omniglot":
        split = omniglot(seed, features)
    else:
        split = load_composed_digits(features=features, random_state=seed)
    return components(split) if features == "pixels" else split


def worlds(split: ComposedSplit) -> dict[str, Any]:
    """The pairs that compete: those that occur, all, and those that seem feasible. Names say nothing of feasibility."""
    if split.name == "composed Omniglot":
        return {"closed": None}
    feasible = feasible_pairs(split.info["states"], split.info["objects"], split.seen_pairs)
    return {"closed": None, "open": "all", "feasible": list(feasible)}


def kept(split: ComposedSplit) -> tuple[float, float]:
    """The share of the unseen pairs that occur, and of the pairs that don't, which seem feasible."""
    feasible, unseen = worlds(split)["feasible"], split.unseen_classes
    never = sorted(set(split.pairs) - set(split.seen_classes.tolist()) - set(unseen.tolist()))
    return np.isin(unseen, feasible).mean(), np.isin(never, feasible).mean()


def main(
    images: Literal["digits", "omniglot"] = "digits",
    features: Literal["summary", "pixels"] = "summary",
    methods: Annotated[list[str], [*METHODS, "two heads"]] = [*METHODS, "two heads"],  # noqa: B006
    seeds: int = 5,
) -> None:
    """Print one row per method, class table and world, and what the feasibility score keeps."""
    output = Table(*HEADINGS, method=methods, table=TABLES, world=WORLDS)
    splits = [drawn(images, features, seed) for seed in range(seeds)]
    for method in methods:
        found: dict[tuple[str, str], list[list[float]]] = defaultdict(list)
        for seed, split in enumerate(splits):
            for name, model in fitted(method, split, seed):
                for world, classes in worlds(split).items():
                    one = measure_composed(model, split, classes=classes)
                    found[name, world].append(
                        [
                            *(one.seen, one.unseen, one.harmonic_mean, one.state_accuracy, one.object_accuracy),
                            *(one.auc, one.best_harmonic_mean, one.best_seen, one.best_unseen),
                        ]
                    )
        for (name, world), rows in found.items():
            output.row(method, name, world, *map(spread, zip(*rows, strict=True)))
    if images == "digits":
        real, never = (spread(values) for values in zip(*map(kept, splits), strict=True))
        print(f"\nfeasible: {real} of the unseen pairs that occur, {never} of those that don't")


if __name__ == "__main__":
    run(main)
