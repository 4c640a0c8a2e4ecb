"""Answers with the class or a superclass, at a confidence, beside the flat prediction: CIFAR-100 with text semantics.

    python -m benchmarks.studies.ranks answers                     # 5 draws of the folds, ridge; 15 minutes of one core
    python -m benchmarks.studies.ranks answers --method Relation --seeds 3
    python -m benchmarks.studies.ranks strangers                   # the unseen classes aren't in the class table at all
    python -m benchmarks.studies.ranks answers --tree clustered    # 20 groups clustered from the class table

Trees: "superclasses", CIFAR-100's 20 of 5 classes each; "clustered", as many groups from the class table; "binary", the
whole dendrogram. The flat prediction is that of the wrapped estimator, its superclass accuracy that of the group above
it. Figures are means over samples of the test images of seen classes (4,000), of unseen ones (1,000), or both.
"specificity" is the information of an answer as a share of that of a class; the area is that under specificity against
accuracy. Curve and floor come from held-out training images; nothing is chosen on test images.
"""

from typing import Annotated

import numpy as np
import pandas as pd
from sklearn.base import clone

from benchmarks._harness import Table, cifar_text, data_folder, estimator, run, spread
from zsl import RankClassifier
from zsl.evaluation import accuracy_specificity_curve, rank_metrics
from zsl.taxonomy import Taxonomy

CONFIDENCES = [0.8, 0.9, 0.95]
TREES = ("superclasses", "clustered", "binary")


def tree_of(name: str, semantics: object) -> Taxonomy:
    """One of the trees."""
    if name == "superclasses":
        return Taxonomy.from_frame(pd.read_csv(data_folder("cifar100", "classes.csv"))[["class", "superclass"]])
    return Taxonomy.from_semantics(semantics, n_groups=20 if name == "clustered" else None)


def answers(
    method: str = "RidgePrototype",
    tree: Annotated[str, TREES] = "superclasses",
    seeds: int = 5,
    confidences: list[float] = CONFIDENCES,
    unseen_share: float | None = None,
) -> None:
    """Generalized: seen and unseen classes, all of them known."""
    split = cifar_text()
    taxonomy = tree_of(tree, split.semantics)
    share = "auto" if unseen_share is None else unseen_share
    base = estimator(method, semantics=split.semantics)
    fitted = [
        RankClassifier(clone(base), taxonomy=taxonomy, unseen_share=share, random_state=seed).fit(
            split.X_train, split.y_train
        )
        for seed in range(seeds)
    ]
    print(repr(taxonomy))
    sides = {
        "seen": (split.X_test_seen, split.y_test_seen),
        "unseen": (split.X_test_unseen, split.y_test_unseen),
        "both": tuple(
            np.concatenate(parts)
            for parts in zip(
                (split.X_test_seen, split.y_test_seen), (split.X_test_unseen, split.y_test_unseen), strict=True
            )
        ),
    }
    table = Table(
        "right", "exact", "depth", "specificity", "hF", "distance", "area", side=sides, confidence=["group of flat"]
    )
    for side, (X, y) in sides.items():
        flat = [clf.predict(X) for clf in fitted[:1]]
        above = [np.array([taxonomy.parent(label) for label in labels.tolist()]) for labels in flat]
        for name, given in (("flat", flat), ("group of flat", above)):
            row(table, (side, name), [rank_metrics(y, labels, taxonomy=taxonomy) for labels in given])
        curves = [accuracy_specificity_curve(y, clf.predict_path(X), taxonomy=taxonomy) for clf in fitted]
        for confidence in confidences:
            found = [rank_metrics(y, clf.predict_rank(X, confidence), taxonomy=taxonomy) for clf in fitted]
            row(table, (side, confidence), found, [curve.area for curve in curves])


def row(table: Table, cells: tuple, found: list, areas: list[float] | None = None) -> None:
    """One row of figures."""
    names = ("accuracy", "exact", "depth", "specificity", "f1", "distance")
    table.row(*cells, *(spread([getattr(one, n) for one in found]) for n in names), spread(areas) if areas else "")


def strangers(
    method: str = "RidgePrototype",
    tree: Annotated[str, TREES] = "superclasses",
    seeds: int = 5,
    confidences: list[float] = CONFIDENCES,
    shares: list[float] = [0.0, 0.2, 0.5],  # noqa: B006
) -> None:
    """The 20 unseen classes are left out of the class table: their right answers are their superclasses."""
    split = cifar_text()
    taxonomy = tree_of(tree, split.semantics)
    known = split.seen_classes
    base = estimator(method, semantics=split.semantics.select(known))
    table = Table(
        "right",
        "right group",
        "root",
        "wrong group",
        "a class",
        "known: right",
        "known: exact",
        "known: depth",
        expected=[*shares, "flat"],
        confidence=[*confidences, ""],
    )
    for share in shares:
        fitted = [
            RankClassifier(clone(base), taxonomy=taxonomy, stranger_share=share, random_state=seed).fit(
                split.X_train, split.y_train
            )
            for seed in range(seeds)
        ]
        if share == shares[0]:
            labels = fitted[0].predict(split.X_test_unseen)
            above = np.array([taxonomy.parent(label) for label in labels.tolist()])
            right = rank_metrics(split.y_test_unseen, above, taxonomy=taxonomy, known=known).exact
            exact = rank_metrics(split.y_test_seen, fitted[0].predict(split.X_test_seen), taxonomy=taxonomy)
            table.row("flat", "", "", f"({right:.3f})", "0", "", "1", "", f"{exact.exact:.3f}", f"{exact.depth:.3f}")
        for confidence in confidences:
            figures = []
            for clf in fitted:
                found = clf.predict_rank(split.X_test_unseen, confidence)
                result = rank_metrics(split.y_test_unseen, found, taxonomy=taxonomy, known=known)
                root, leaf = np.mean(found == taxonomy.root), np.isin(found, taxonomy.classes).mean()
                seen = rank_metrics(
                    split.y_test_seen, clf.predict_rank(split.X_test_seen, confidence), taxonomy=taxonomy, known=known
                )
                wrong = 1 - result.accuracy - leaf
                figures.append(
                    [result.accuracy, result.exact, root, wrong, leaf, seen.accuracy, seen.exact, seen.depth]
                )
            table.row(share, confidence, *map(spread, np.transpose(figures)))


if __name__ == "__main__":
    run(answers, strangers)
