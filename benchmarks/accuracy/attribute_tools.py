"""Attributes predicted from images, asked about, and predicted from sentences, on CIFAR-100.

    python -m benchmarks.accuracy.attribute_tools    # all three parts, some minutes
    python -m benchmarks.accuracy.attribute_tools --parts alignment

80 seen and 20 unseen classes, 1280 frozen features, the 66 attributes that ship in ``data/cifar100``. Everything that
is chosen is chosen on seen classes; the figures are of the test images of the unseen ones. Answers are taken from the
class table, as given by somebody who knows the class and grades as the table does.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Annotated

import numpy as np
import pandas as pd
from sklearn.metrics import average_precision_score, f1_score

from benchmarks._harness import Table, cifar_text, cifar_texts, encoded, run, spread
from zsl import AttributeDialogue, AttributePredictor, GZSLSplit, RidgePrototypeClassifier, Semantics
from zsl.datasets import read_cifar100_attributes
from zsl.evaluation import per_class_accuracy
from zsl.semantics import SemanticAlignment

ANSWERS = (0, 1, 2, 5)


class Blind(RidgePrototypeClassifier):
    """Gives all classes the same probability, whatever the image, so that answers alone decide."""

    def predict_proba(self, X: np.ndarray, classes: np.ndarray | None = None) -> np.ndarray:
        """Return the same probability for all."""
        scores = self.class_scores(X, classes)
        return np.full_like(scores, 1 / scores.shape[1])


@cache
def data() -> GZSLSplit:
    """The images, with attributes as the class table."""
    return replace(cifar_text(), semantics=read_cifar100_attributes())


def correlation(true: np.ndarray, found: np.ndarray) -> tuple[float, int]:
    """Mean correlation over the attributes that vary, and their number."""
    varies = np.ptp(true, axis=0) > 0
    each = [np.corrcoef(a, b)[0, 1] for a, b in zip(true.T[varies], found.T[varies], strict=True)]
    return float(np.mean(each)), int(varies.sum())


def predictor() -> None:
    """How well attributes of unseen classes are predicted."""
    split = data()
    table = split.semantics
    fitted = AttributePredictor(semantics=table).fit(split.X_train, split.y_train)
    always = (fitted.thresholds_ == -np.inf).sum()
    print(f"AttributePredictor: alpha {fitted.alpha_:g}; {always} attributes always predicted as present")
    held_out = ", ".join(f"{name} {value:.3f}" for name, value in fitted.quality_.mean().items())
    print(f"held-out seen classes: {held_out}; below, precision and F1 over attributes that only some classes have")
    figures = ("correlation", "over", "average precision", "base", "F1", "base, always yes", "over")
    output = Table(*figures, classes=["unseen"])
    for name, X, y in (
        ("seen", split.X_test_seen, split.y_test_seen),
        ("unseen", split.X_test_unseen, split.y_test_unseen),
    ):
        true, found = table.rows(y), fitted.predict(X).to_numpy()
        labels, present = fitted.predict_labels(X).to_numpy(), true > fitted.levels_.to_numpy()
        columns = np.flatnonzero(present.any(axis=0) & ~present.all(axis=0))
        share = present.mean(axis=0)[columns]
        precision = [average_precision_score(present[:, k], found[:, k]) for k in columns]
        f1 = [f1_score(present[:, k], labels[:, k]) for k in columns]
        mean, n_varying = correlation(true, found)
        values = np.mean(precision), share.mean(), np.mean(f1), np.mean(2 * share / (1 + share))
        output.row(name, f"{mean:.3f}", n_varying, *(f"{value:.3f}" for value in values), len(columns))


def dialogue(draws: int) -> None:
    """How T1 grows with answers."""
    split = data()
    X, y, classes = split.X_test_unseen, split.y_test_unseen, split.unseen_classes
    truth = pd.DataFrame(split.semantics.rows(y), columns=split.semantics.attributes)
    spreads = split.semantics.vectors.std(axis=0)

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
    talk = AttributeDialogue(RidgePrototypeClassifier(semantics=split.semantics).fit(split.X_train, split.y_train))
    likely = talk.predict_proba(X, classes=classes).max(axis=1).mean()
    print(f"Ridge prototypes: largest probability without answers {likely:.3f} on average; T1 by number of answers")
    rows = {
        "by information gain, without looking at the image": [accuracies(blind, best(blind), truth)],
        "by information gain": [accuracies(talk, best(talk), truth)],
    }
    for seed in range(draws):
        rng = np.random.default_rng(seed)

        def any_of(given: pd.DataFrame, rng: np.random.Generator = rng) -> pd.Series:
            order = np.where(given.isna(), rng.random(given.shape), -1.0)
            return pd.Series(given.columns.to_numpy()[order.argmax(axis=1)])

        noisy = truth + talk.answer_noise * spreads * rng.normal(size=truth.shape)
        rows.setdefault("at random", []).append(accuracies(talk, any_of, truth))
        rows.setdefault("by information gain, noisy answers", []).append(accuracies(talk, best(talk), noisy))
    output = Table(*map(str, ANSWERS), asked=rows)
    for name, values in rows.items():
        output.row(name, *map(spread, np.transpose(values)))


def alignment() -> None:
    """How well sentences predict attributes, and what such attributes are worth."""
    split = data()
    target, seen, unseen = split.semantics, split.seen_classes, split.unseen_classes

    def t1(table: Semantics) -> float:
        clf = RidgePrototypeClassifier(semantics=table).fit(split.X_train, split.y_train)
        return per_class_accuracy(split.y_test_unseen, clf.predict(split.X_test_unseen, classes=unseen))

    print("SemanticAlignment: leave-one-class-out over 100 classes; then fitted on 80 seen, for the 20 unseen classes")
    texts = {name: column for name, column in cifar_texts().items() if name != "name"}
    figures = ("alpha", "correlation", "R²", f"R² above 0, of {len(target.attributes)}", "unseen: correlation", "T1")
    output = Table(*figures, predicted_from=texts)
    for name, column in texts.items():
        source = encoded(column)
        whole = SemanticAlignment().fit(source, target)
        quality = whole.quality_
        predicted = SemanticAlignment().fit(source, target.select(seen)).translate(source.select(unseen))
        new, _ = correlation(target.rows(unseen), predicted.vectors)
        values = quality["correlation"].mean(), quality["r2"].mean()
        tested = new, t1(target.select(seen).join(predicted))
        cells = [f"{value:.3f}" for value in (*values, *tested)]
        output.row(name, f"{whole.alpha_:g}", *cells[:2], (quality["r2"] > 0).sum(), *cells[2:])
    output.row("the true attributes", *[""] * 5, f"{t1(target):.3f}")
    ranked = quality["correlation"].sort_values(ascending=False)
    for end, part in (("best", ranked[:5]), ("worst", ranked[-5:])):
        print(f"predicted {end} from sentences: {', '.join(f'{key} {value:.2f}' for key, value in part.items())}")


PARTS = ["predictor", "dialogue", "alignment"]


def main(
    parts: Annotated[list[str], PARTS] = PARTS,
    draws: Annotated[int, "draws of random questions and of noise in answers"] = 5,
) -> None:
    """Print all parts, or some."""
    if "predictor" in parts:
        predictor()
    if "dialogue" in parts:
        dialogue(draws)
    if "alignment" in parts:
        alignment()


if __name__ == "__main__":
    run(main)
