"""How many questions make a class table, and what a table is worth that was asked for in part.

    python -m benchmarks.studies.authoring questions    # AwA's 50 × 85 and CIFAR-100's 100 × 66 attributes
    python -m benchmarks.studies.authoring accuracy     # CIFAR-100, 20 unseen classes, attributes asked in part

A person is simulated by the table itself. ``questions``: answers until each two classes differ in an attribute, by half
of its range or more, as far as the whole table tells them apart. The order of attributes and classes is drawn for each
seed, since ties between questions go to the first. ``accuracy``: RidgePrototypeClassifier on frozen EfficientNet-Lite0
features of the 80 seen classes; T1 of the 20 unseen ones. Sentences are those that ship, by MiniLM. What is asked, and
how many attributes have to tell pairs apart, is decided without any image.
"""

from dataclasses import replace
from typing import Annotated

import numpy as np
import pandas as pd

from benchmarks._harness import Table, cifar_text, cifar_texts, data_folder, encoded, estimator, run, spread
from zsl import Semantics
from zsl.datasets import read_cifar100_attributes
from zsl.evaluation import measure_gzsl
from zsl.semantics import AttributeDraft

TABLES = ["AwA binary", "AwA continuous", "CIFAR-100"]
SHARES = ["0.125", "0.25", "0.5"]


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


def answered(truth: pd.DataFrame, by: int = 1, most: int | None = None) -> AttributeDraft:
    """The draft after the questions of the package."""
    draft, cells = AttributeDraft.empty(truth.index, truth.columns), truth.to_dict("index")
    while (most is None or draft.given.sum() < most) and (question := draft.question(by=by)) is not None:
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


def accuracy(shares: list[str] = SHARES, best_shares: list[str] = SHARES[:2], seeds: int = 5) -> None:
    """Measure T1 with tables that were asked for in part, with the rest from sentences or the mean."""
    split, truth = cifar_text(), read_cifar100_attributes().to_frame()
    texts = encoded(cifar_texts()["sentence"])
    parts = [f"{what}, {rest}" for what in ("classes", "cells", "best") for rest in ("mean", "sentences")]
    output = Table("T1", "cells asked", asked=["whole table", "sentences alone", *parts], share=shares)

    def measured(what: str, share: object, drafts: list[AttributeDraft]) -> None:
        output.row(what, share, *_measured(split, drafts))

    measured("whole table", 1, [AttributeDraft.from_semantics(truth)])
    output.row("sentences alone", 0, f"{measure_t1(split, texts):.3f}", 0)
    mixed = [shuffled(truth, seed) for seed in range(seeds)]
    for share in shares:
        drafts: dict[str, list[AttributeDraft]] = {"classes": [], "cells": []}
        for seed, each in enumerate(mixed):
            rng = np.random.default_rng(seed)
            whole = rng.permutation(len(truth))[:, None] < round(float(share) * len(truth))
            drafts["classes"].append(_part(each, np.broadcast_to(whole, truth.shape)))
            cells = rng.permutation(truth.size).reshape(truth.shape) < round(float(share) * truth.size)
            drafts["cells"].append(_part(each, cells))
        for what, made in drafts.items():
            measured(f"{what}, mean", share, made)
            measured(f"{what}, sentences", share, [draft.fill(texts) for draft in made])
    numbers = [round(float(share) * truth.size) for share in best_shares]
    for share, made in zip(best_shares, zip(*(_best(each, numbers) for each in mixed), strict=True), strict=True):
        measured("best, mean", share, list(made))
        measured("best, sentences", share, [draft.fill(texts) for draft in made])


def _part(truth: pd.DataFrame, asked: np.ndarray) -> AttributeDraft:
    return AttributeDraft(truth.where(asked), classes=truth.index, attributes=truth.columns)


def _best(truth: pd.DataFrame, numbers: list[int]) -> list[AttributeDraft]:
    """Drafts after so many questions: until one attribute tells each pair apart, then two, and so on; numbers rise."""
    draft, cells, by, found = AttributeDraft.empty(truth.index, truth.columns), truth.to_dict("index"), 1, []
    for most in numbers:
        while draft.given.sum() < most:
            question = draft.question(by=by)
            if question is None:
                by += 1
            else:
                value = cells[question.label][question.attribute]
                draft = draft.answer(question.label, question.attribute, value)
        found.append(draft)
    return found


def _measured(split, drafts: list[AttributeDraft]) -> tuple[str, str]:
    found = [measure_t1(split, draft.to_semantics(missing="mean")) for draft in drafts]
    return spread(found), f"{np.mean([draft.given.sum() for draft in drafts]):.0f}"


def measure_t1(split, semantics: Semantics) -> float:
    """T1 with a class table."""
    own = replace(split, semantics=semantics)
    clf = estimator("RidgePrototype", semantics=semantics).fit(own.X_train, own.y_train)
    return measure_gzsl(clf, own).t1


if __name__ == "__main__":
    run(questions, accuracy)
