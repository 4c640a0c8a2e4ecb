"""Attributes of photographs as labels, 16 of 66 of them never trained on: CIFAR-100 by `MultiLabelClassifier`.

    python -m benchmarks.studies.multi_label    # 5 draws of 16 labels; about 10 minutes of one core

An image has the attributes that `read_cifar100_attributes` grades 0.5 or more for its class, 12 of 66 on average. The
first 16 of ``np.random.RandomState(draw).permutation(66)`` are unseen. Features are those of EfficientNet-Lite0; MiniLM
encodes the names of the attributes, or names with what the README beside the table says of each. Trained on the 16,000
training images of the 80 seen classes; tested on test images of these, and of the 20 classes of which no image was
trained on. F1@3 is that of the first three labels over all images (micro), mAP the mean of the average precision over
labels; "unseen" ranks the 16 alone, "all" the 66. All is chosen on held-out images and labels of the training part.

Baselines: labels in random order; all labels by how many images have them, which knows for unseen labels what nobody
is told; and the cosine of an image's label embedding, by ridge regression to the mean embedding of its seen labels,
which is closed-form Fast0Tag without its ranking loss.
"""

import re
from collections.abc import Iterator

import numpy as np
import pandas as pd
from sklearn.linear_model import Ridge

from benchmarks._harness import Table, run, spread
from benchmarks._harness.data import cifar_text, text_encoder
from zsl import MultiLabelClassifier, TextEncoder
from zsl._resources import data_path
from zsl.datasets import read_cifar100_attributes
from zsl.evaluation import evaluate_multi_label, multi_label_metrics

N_UNSEEN = 16
LEVEL = 0.5
MEASURES = ("F1@3 unseen", "mAP unseen", "F1@3 all", "mAP all")


def sentences(names: list[str]) -> dict[str, str]:
    """The name of each attribute and what it says, by the README beside the table."""
    text = data_path("cifar100/README.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| `(\w+)` \| [^|]+ \| ([^|]+) \|", text, flags=re.MULTILINE))
    return {name: f"{name.replace('_', ' ')}: {told[name].strip()}" for name in names}


def figures(scores: np.ndarray, y: pd.DataFrame, unseen: list[str]) -> list[float]:
    """The four measures of scores over all labels."""
    alone = multi_label_metrics(y[unseen], scores[:, y.columns.isin(unseen)], k=3)
    whole = multi_label_metrics(y, scores, k=3)
    return [value for found in (alone, whole) for value in (found.at_k[3].f1, found.mean_average_precision)]


def baselines(
    X: np.ndarray, y: pd.DataFrame, queries: np.ndarray, vectors: pd.DataFrame, seen: list[str], draw: int
) -> Iterator[tuple[str, np.ndarray]]:
    """Scores of the queries for all labels, by name."""
    shape = (len(queries), len(vectors))
    yield "random order", np.random.RandomState(draw).rand(*shape)
    yield "label frequency, known of all", np.broadcast_to(y.mean().to_numpy(), shape).copy()
    unit = vectors.div(np.linalg.norm(vectors, axis=1), axis=0)
    unit -= unit.loc[seen].mean()
    centre = X.mean(axis=0)
    rows, asked = ((part - centre) / np.linalg.norm(part - centre, axis=1, keepdims=True) for part in (X, queries))
    labelled = y[seen].to_numpy(dtype=float)
    targets = labelled @ unit.loc[seen].to_numpy() / np.maximum(labelled.sum(axis=1, keepdims=True), 1)
    # A penalty of one mean eigenvalue, the middle of the estimator's grid.
    alpha = float(np.square(rows - rows.mean(axis=0)).sum() / rows.shape[1])
    mapped = Ridge(alpha=alpha).fit(rows, targets).predict(asked)
    yield "cosine of a ridge map", mapped @ (unit.T / np.linalg.norm(unit, axis=1)).to_numpy()


def main(seeds: int = 5) -> None:
    """Print a row per description of the labels, method and kind of test images."""
    split, table = cifar_text(), read_cifar100_attributes().to_frame()
    names = list(table)
    encoder = TextEncoder(text_encoder())
    texts = {"names": {name: name.replace("_", " ") for name in names}, "names and definitions": sentences(names)}
    y, sides = table.loc[split.y_train] >= LEVEL, {}
    for side in ("seen", "unseen"):
        labels = getattr(split, f"y_test_{side}")
        sides[f"{side} classes"] = getattr(split, f"X_test_{side}"), table.loc[labels] >= LEVEL
    output = Table(*MEASURES, described=list(texts), method=["label frequency, known of all"], images=list(sides))
    for described, words in texts.items():
        vectors = pd.DataFrame(encoder.encode(list(words.values())), index=names, dtype=float)
        found: dict[tuple[str, str], list[list[float]]] = {}
        for draw in range(seeds):
            unseen = [names[place] for place in np.sort(np.random.RandomState(draw).permutation(len(names))[:N_UNSEEN])]
            seen = [name for name in names if name not in unseen]
            clf = MultiLabelClassifier(semantics=vectors).fit(split.X_train, y[seen].reset_index(drop=True))
            for side, (X, truth) in sides.items():
                result = evaluate_multi_label(clf, X, truth, k=3)
                own = [result.unseen, result.generalized]
                values = [value for one in own for value in (one.at_k[3].f1, one.mean_average_precision)]
                found.setdefault(("MultiLabelClassifier", side), []).append(values)
                for name, scores in baselines(split.X_train, y, X, vectors, seen, draw):
                    found.setdefault((name, side), []).append(figures(scores, truth, unseen))
        for (method, side), values in found.items():
            output.row(described, method, side, *map(spread, np.transpose(values)))


if __name__ == "__main__":
    run(main)
