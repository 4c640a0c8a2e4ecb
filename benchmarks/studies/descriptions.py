"""What a class is best described by: names, superclasses, sentences, attributes, and these together, on CIFAR-100.

    python -m benchmarks.studies.descriptions    # closed forms, which take a minute per row or less
    python -m benchmarks.studies.descriptions --methods Relation --seeds 5 --rows "attributes + sentence"

80 seen and 20 unseen classes, 1280 frozen features. Sentences and attributes are those that ship in ``data/cifar100``;
the control is the same sentences, each assigned to another class. "H held out" is measured on held-out seen classes,
by which descriptions would be chosen; T1 and H are of the test images.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Annotated

from benchmarks._harness import Table, cifar_text, cifar_texts, encoded, fits, run, spread
from zsl import Semantics
from zsl.datasets import read_cifar100_attributes
from zsl.evaluation import measure_gzsl

METHODS = ["RidgePrototype", "SynC", "ESZSL"]


@cache
def text(*names: str) -> Semantics:
    """Class table of one kind of text, or of several, averaged."""
    return encoded(*(cifar_texts()[name] for name in names))


ROWS: dict[str, Callable[[], Semantics]] = {
    "sentences of other classes": lambda: text("sentences of other classes"),
    "name": lambda: text("name"),
    "name and superclass": lambda: text("name and superclass"),
    "sentence": lambda: text("sentence"),
    "name and superclass, and sentence, averaged": lambda: text("name and superclass", "sentence"),
    "attributes": lambda: read_cifar100_attributes(),
    "attributes + name and superclass": lambda: read_cifar100_attributes().beside(text("name and superclass")),
    "attributes + sentence": lambda: read_cifar100_attributes().beside(text("sentence")),
    "attributes + name and superclass + sentence": lambda: (
        read_cifar100_attributes().beside(text("name and superclass")).beside(text("sentence"))
    ),
}
ALL = list(ROWS)


def main(methods: list[str] = METHODS, rows: Annotated[list[str], ROWS] = ALL, seeds: int = 1) -> None:
    """Print one row per method and description."""
    split = cifar_text()
    output = Table("T1", "H", "H held out", method=methods, described_by=rows)
    for method in methods:
        for row in rows:
            own, figures = replace(split, semantics=ROWS[row]()), []
            for clf in fits(method, own, seeds):
                found = measure_gzsl(clf, own)
                figures.append((found.t1, found.harmonic_mean, clf.selection_["harmonic_mean"]))
            output.row(method, row, *map(spread, zip(*figures, strict=True)))


if __name__ == "__main__":
    run(main)
