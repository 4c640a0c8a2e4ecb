"""``zsl predict``: labels predicted by a saved model, to which classes may be added first."""

from enum import StrEnum
from pathlib import Path

import typer

from zsl._escaping import in_spreadsheet
from zsl.cli._options import CsvFile, ModelFolder, TableOptions
from zsl.cli._shared import as_known, load_classifier, read_labelled
from zsl.exceptions import InvalidInputError

Rescale = StrEnum("Rescale", ["csls", "mutual_proximity"])


def predict(
    model: ModelFolder,
    features: Path = typer.Argument(help="Features of the samples: .npy, .npz, .csv or .parquet."),
    classes: str | None = typer.Option(None, help="Classes to choose from, separated by commas; all if not given."),
    unseen_only: bool = typer.Option(False, "--unseen-only", help="Choose only from classes without training samples."),
    add_semantics: Path | None = typer.Option(None, help="CSV with rows of new classes, which are added first."),
    texts: bool = typer.Option(False, "--texts", help="That CSV has two columns, class and sentence."),
    text_encoder: str | None = typer.Option(None, help="Encoder of these sentences, in place of the model's."),
    trusted: bool = typer.Option(False, "--trusted", help="Use the encoder that the model names: it may run code."),
    header: bool | None = typer.Option(None, "--header/--no-header", help="Whether that CSV starts with a header."),
    support: Path | None = typer.Option(None, help="Features of labelled support samples, which are added first."),
    support_labels: Path | None = typer.Option(None, help="Labels of the support samples, if in a separate file."),
    support_label_column: str = typer.Option("label", help="Column that holds the labels of the support samples."),
    label_column: str = typer.Option("label", help="Column of FEATURES that holds labels and is no feature."),
    rescale: Rescale | None = typer.Option(None, help="Rescale scores against hubs, with all given samples."),
    reject: float | None = typer.Option(None, help="Predict -1 or none at this false rejection rate of known classes."),
    proba: bool = typer.Option(False, "--proba", help="Add the probability of each class."),
    raw: bool = typer.Option(False, "--raw", help="Write labels as they are, also those that start like a formula."),
    output: CsvFile = None,
) -> None:
    """Predict the class of each sample.

    A label that a spreadsheet would run as a formula, since it starts with =, +, - or @ and is no number, is written
    with an apostrophe in front, and so is one that starts with an apostrophe; --raw writes all as they are.
    """
    import pandas as pd

    from zsl.datasets import read_features

    if classes is not None and unseen_only:
        raise InvalidInputError("--classes and --unseen-only exclude each other; wanted one of them.")
    estimator = load_classifier(model, trusted=trusted)
    rows = None
    if add_semantics is not None:
        named = text_encoder or getattr(estimator, "text_encoder", None)
        rows = TableOptions(texts, named if texts else None, header=header).read(add_semantics)
    X_support = y_support = None
    if support is not None:
        X_support, y_support = read_labelled(
            support, support_labels, support_label_column, f"{support_label_column!r} or --support-labels"
        )
    elif support_labels is not None:
        raise InvalidInputError("--support-labels goes with --support, which wasn't given.")
    if rows is not None or support is not None:
        estimator.add_classes(X_support, y_support, semantics=rows)
    X, _ = read_features(features, None, label_column)
    among = estimator.classes_
    if unseen_only:
        among = estimator.unseen_classes_
        if not len(among):
            raise InvalidInputError("--unseen-only: the model knows no class without training samples.")
    elif classes is not None:
        among = as_known(classes, estimator.classes_)
    options = {"rescale": None if rescale is None else rescale.value, "reject": reject}
    labels = pd.Series(estimator.predict(X, classes=among, **options))
    table = pd.DataFrame({"label": labels if raw else labels.map(in_spreadsheet)})
    if proba:
        probabilities = estimator.predict_proba(X, classes=among)
        for place, label in enumerate(among):
            table[f"p_{label}"] = probabilities[:, place]
    if output is None:
        typer.echo(table.to_csv(index_label="index"), nl=False)
    else:
        table.to_csv(output, index_label="index")
        typer.echo(f"Wrote {len(table)} predictions to {output}.")
