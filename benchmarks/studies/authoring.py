"""How many questions make a class table, and what a table is worth that was asked for in part.

    python -m benchmarks.studies.authoring questions    # AwA's 50 × 85 and CIFAR-100's 100 × 66 attributes
    python -m benchmarks.studies.authoring accuracy --best  # CIFAR-100, 20 unseen classes, attributes asked in part

A person is simulated by the table itself. ``questions``: answers until each two classes differ in an attribute, by half
of its range or more, as far as the whole table tells them apart. The order of attributes and classes is drawn for each
seed, since ties between questions go to the first. ``accuracy``: RidgePrototypeClassifier on frozen EfficientNet-Lite0
features of the 80 seen classes, 50 samples of each; T1 of the 20 unseen ones. Asked are whole classes or cells drawn at
random, or what the package asks; the rest is the mean, or predicted from the sentences that ship, by MiniLM.
"""

import warnings
from dataclasses import replace
from typing import Annotated

import numpy as np
import pandas as pd

from benchmarks._harness import Table, cifar_text, cifar_texts, data_folder, encoded, estimator, run, spread
from zsl import GZSLSplit, Semantics, SemanticsWarning
from zsl.datasets import read_cifar100_attributes
from zsl.evaluation import per_class_accuracy
from zsl.semantics import AttributeDraft

TABLES = ["AwA binary", "AwA continuous", "CIFAR-100"]
SHARES = ["0.125", "0.25"]


def table(name: str) -> pd.DataFrame:
    """A class table of a kind."""
    if name == "CIFAR-100":
        return read_cifar100_attributes().to_frame()
    awa = data_folder("awa")
    names, attributes = (
        [line.split()[1] for line in (awa / f"{each}.txt").read_text().splitlines()]
        for each in ("classes", "predicates")
    )
    values = np.loadtxt(awa / f"predicate-matrix-{name.split()[1]}.txt")
    return pd.DataFrame(np.maximum(values, 0), names, attributes)


def shuffled(truth: pd.DataFrame, seed: int) -> pd.DataFrame:
    """The table with rows and columns in another order."""
    return truth.sample(frac=1, axis=0, random_state=seed).sample(frac=1, axis=1, random_state=seed)


def answered(truth: pd.DataFrame) -> AttributeDraft:
    """The draft after the questions of the package, until all pairs are told apart that can be."""
    draft, cells = AttributeDraft.empty(truth.index, truth.columns), truth.to_dict("index")
    while question := draft.question():
        draft = draft.answer(question.label, question.attribute, cells[question.label][question.attribute])
    return draft


def until_apart(truth: pd.DataFrame, order: np.ndarray) -> int:
    """How many cells, taken in an order, tell all pairs apart that the whole table does."""
    low, high = truth.min(), truth.max()
    scaled = (truth if high.max() <= 1 else (truth - low) / (high - low)).to_numpy()
    values, apart = np.full(scaled.shape, np.nan), np.eye(len(truth), dtype=bool)
    wanted = (np.abs(scaled[:, None] - scaled) >= 0.5 - 1e-9).any(axis=2).sum() + len(truth)
    for number, cell in enumerate(order, start=1):
        row, column = divmod(int(cell), scaled.shape[1])
        values[row, column] = scaled[row, column]
        found = np.abs(values[:, column] - scaled[row, column]) >= 0.5 - 1e-9
        apart[row] |= found
        apart[:, row] |= found
        if apart.sum() == wanted:
            return number
    return len(order)


def questions(tables: Annotated[list[str], TABLES] = TABLES, seeds: int = 5) -> None:
    """Count the questions until all pairs are told apart that can be, in several orders."""
    output = Table("asked", "random attributes", "random cells", "whole table", table=tables)
    for name in tables:
        rows = []
        for seed in range(seeds):
            truth = shuffled(table(name), seed)
            cells = np.arange(truth.size).reshape(truth.shape)
            by_cell = np.random.default_rng(seed).permutation(truth.size)
            rows.append((answered(truth).given.sum(), until_apart(truth, cells.T.ravel()), until_apart(truth, by_cell)))
        output.row(name, *(spread(column, 0) for column in zip(*rows, strict=True)), truth.size)


def accuracy(shares: list[str] = SHARES, best: bool = False, samples: int = 50, seeds: int = 5) -> None:
    """Measure T1 with tables that were asked for in part; `best` asks the package's questions, too, for minutes."""
    split, truth = cifar_text(), read_cifar100_attributes().to_frame()
    first = pd.Series(split.y_train).groupby(split.y_train).cumcount().to_numpy() < samples
    split = replace(split, X_train=split.X_train[first], y_train=split.y_train[first])
    texts = encoded(cifar_texts()["sentence"])
    kinds = ("classes", "cells", *["best"] * best)
    parts = [f"{what}, {rest}" for what in kinds for rest in ("mean", "sentences")]
    output = Table("T1", "cells asked", asked=["whole table", "sentences alone", *parts], share=shares)
    output.row("whole table", 1, f"{t1_of(split, Semantics.from_frame(truth)):.3f}", truth.size)
    output.row("sentences alone", 0, f"{t1_of(split, texts):.3f}", 0)
    for share in shares:
        number, n_classes = round(float(share) * truth.size), round(float(share) * len(truth))
        drafts: dict[str, list[AttributeDraft]] = {kind: [] for kind in kinds}
        for seed in range(seeds):
            mixed, rng = shuffled(truth, seed), np.random.default_rng(seed)
            whole = rng.permutation(len(truth))[:, None] < n_classes
            drafts["classes"].append(_part(mixed, np.broadcast_to(whole, truth.shape)))
            drafts["cells"].append(_part(mixed, rng.permutation(truth.size).reshape(truth.shape) < number))
            if best:
                drafts["best"].append(_best(mixed, number))
        for what, made in drafts.items():
            asked = f"{np.mean([draft.given.sum() for draft in made]):.0f}"
            for rest, tables in (("mean", made), ("sentences", [draft.fill(texts) for draft in made])):
                figures = [t1_of(split, draft.to_semantics(missing="mean")) for draft in tables]
                output.row(f"{what}, {rest}", share, spread(figures), asked)


def _part(truth: pd.DataFrame, asked: np.ndarray) -> AttributeDraft:
    return AttributeDraft(truth.where(asked), classes=truth.index, attributes=truth.columns)


def _best(truth: pd.DataFrame, most: int) -> AttributeDraft:
    """The draft after so many questions: until one attribute tells each pair apart, then two, and so on."""
    draft, cells, by = AttributeDraft.empty(truth.index, truth.columns), truth.to_dict("index"), 1
    while draft.given.sum() < most:
        question = draft.question(by=by)
        if question is None:
            by += 1
        else:
            draft = draft.answer(question.label, question.attribute, cells[question.label][question.attribute])
    return draft


def t1_of(split: GZSLSplit, semantics: Semantics) -> float:
    """T1 with a class table; classes without an answer share a row, which is said by a warning that isn't shown."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SemanticsWarning)
        clf = estimator("RidgePrototype", semantics=semantics).fit(split.X_train, split.y_train)
    predicted = clf.predict(split.X_test_unseen, classes=split.unseen_classes)
    return per_class_accuracy(split.y_test_unseen, predicted)


if __name__ == "__main__":
    run(questions, accuracy)
