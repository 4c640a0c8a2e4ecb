"""``zsl predict``: labels of images, by a saved model, with classes added on the way."""

from enum import StrEnum
from pathlib import Path

import typer

from zsl.cli._shared import as_known, load_classifier, read_table


class Rescale(StrEnum):
    """How scores are rescaled."""

    csls = "csls"
    mutual_proximity = "mutual_proximity"


def predict(
    model: Path = typer.Argument(help="Folder of a saved model."),
    features: Path = typer.Argument(help="Features of the images: .npy, .npz, .csv or .parquet."),
    classes: str | None = typer.Option(None, help="Classes to choose among, separated by commas; all if not given."),
    unseen_only: bool = typer.Option(False, "--unseen-only", help="Choose among the classes without training images."),
    add_semantics: Path | None = typer.Option(None, help="CSV with rows of new classes, added before predicting."),
    texts: bool = typer.Option(False, "--texts", help="That CSV has two columns, class and sentence."),
    support: Path | None = typer.Option(None, help="Features of labelled support images, added before predicting."),
    support_labels: Path | None = typer.Option(None, help="Labels of the support, if in a file of their own."),
    support_label_column: str = typer.Option("label", help="Column that holds the labels of the support."),
    label_column: str = typer.Option("label", help="Column of the images that holds labels; not a feature."),
    rescale: Rescale | None = typer.Option(None, help="Rescale against hubs, by all images at hand."),
    reject: float | None = typer.Option(None, help="Say -1 or none where known classes would be rejected this often."),
    proba: bool = typer.Option(False, "--proba", help="Print the probability of each class, too."),
    output: Path | None = typer.Option(None, "--output", "-o", help="CSV to write; printed if not given."),
) -> None:
    """Predict the class of each image."""
    import numpy as np
    import pandas as pd

    from zsl import InvalidInputError, read_features

    if classes is not None and unseen_only:
        raise InvalidInputError("--classes and --unseen-only exclude each other; wanted one of them.")
    estimator = load_classifier(model)
    rows = None
    if add_semantics is not None:
        rows = read_table(add_semantics, texts=texts, text_encoder=estimator.text_encoder if texts else None)
    X_support = y_support = None
    if support is not None:
        X_support, y_support = read_features(support, support_labels, support_label_column)
        if y_support is None:
            raise InvalidInputError(f"{support} has no labels; wanted a column 'label' or --support-labels.")
    elif support_labels is not None:
        raise InvalidInputError("--support-labels goes with --support, which wasn't given.")
    if rows is not None or support is not None:
        estimator.add_classes(X_support, y_support, semantics=rows)
    X, _ = read_features(features, None, label_column)
    among = estimator.classes_
    if unseen_only:
        among = estimator.unseen_classes_
        if not len(among):
            raise InvalidInputError("--unseen-only: the model knows no class without training images.")
    elif classes is not None:
        among = np.array(as_known(classes, estimator.classes_))
    options = {"rescale": None if rescale is None else rescale.value, "reject": reject}
    table = pd.DataFrame({"label": estimator.predict(X, classes=among, **options)})
    if proba:
        probabilities = estimator.predict_proba(X, classes=among)
        for place, label in enumerate(among):
            table[f"p_{label}"] = probabilities[:, place]
    if output is None:
        typer.echo(table.to_csv(index_label="index"), nl=False)
    else:
        table.to_csv(output, index_label="index")
        typer.echo(f"Wrote {len(table)} predictions to {output}.")
