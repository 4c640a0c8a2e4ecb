"""The picture of the README, ``docs/images/digits.png``: digits recognised from strokes, and the price of it.

python docs/draw.py
"""

from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np

import zsl
from zsl.plots import plot_seen_unseen

IMAGE = Path(__file__).parent / "images" / "digits.png"


def draw() -> None:
    """Above the first test images of each unseen digit, with what was predicted and why; beside them the curves."""
    split = zsl.load_digits_zsl()
    clf = zsl.RelationClassifier(semantics=split.semantics, random_state=0, verbose=False)
    clf.fit(split.X_train, split.y_train)
    figure = plt.figure(figsize=(10.5, 4.6), layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=(1.2, 1))
    left.suptitle("Never seen, only described: 7, 8 and 9", fontsize=12)
    for row, digit in zip(left.subplots(3, 4), split.unseen_classes, strict=True):
        own = np.flatnonzero(split.y_test_unseen == digit)[:4]
        predicted = clf.predict(split.X_test_unseen[own], classes=split.unseen_classes)
        for ax, place, label in zip(row, own, predicted, strict=True):
            ax.imshow(split.X_test_unseen[place].reshape(8, 8), cmap="Greys")
            ax.set(xticks=[], yticks=[])
            for side in ax.spines.values():
                side.set(color="#2a9d3f" if label == digit else "#d62828", linewidth=2.5)
            ax.set_title(f"predicted {label}", fontsize=9, color="#2a9d3f" if label == digit else "#d62828")
    methods = {"RelationClassifier": clf, "ridge": zsl.RidgePrototypeClassifier(semantics=split.semantics)}
    methods |= {"ESZSL": zsl.ESZSLClassifier(semantics=split.semantics)}
    ax = right.subplots()
    plot_seen_unseen({name: zsl.evaluate_gzsl(method, split) for name, method in methods.items()}, ax=ax)
    IMAGE.parent.mkdir(exist_ok=True)
    figure.savefig(IMAGE, dpi=110)


if __name__ == "__main__":
    draw()
    print(IMAGE)
