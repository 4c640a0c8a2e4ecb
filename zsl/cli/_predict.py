"""``zsl predict``: labels predicted by a saved model, to which classes may be added first."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from zsl._escaping import in_spreadsheet
from zsl.cli import _options as opt
from zsl.cli._at_scale import BlockOptions, predict_blocks
from zsl.cli._models import check_width, of_names, open_with_encoder
from zsl.cli._shared import as_known
from zsl.cli.reading import as_prior
from zsl.exceptions import InvalidInputError

if TYPE_CHECKING:
    import pandas as pd

    from zsl.datasets import Samples

Rescale = StrEnum("Rescale", ["csls", "mutual_proximity", "transport"])
_BLOCK = 1 << 24


def predict(
    model: opt.OptionalModel = None,
    features: opt.OptionalFeatures = None,
    names: str | None = typer.Option(
        None, help="Instead of MODEL: names of classes, separated by commas or one per line of a .txt file."
    ),
    classes: str | None = typer.Option(None, help="Classes to choose from, separated by commas; all if not given."),
    unseen_only: bool = typer.Option(False, "--unseen-only", help="Choose only from classes without training samples."),
    top: int = typer.Option(1, min=1, help="How many of the best classes to write, each with its probability."),
    add_semantics: Path | None = typer.Option(None, help="CSV with rows of new classes, which are added first."),
    texts: bool = typer.Option(False, "--texts", help="That CSV has two columns, class and sentence."),
    text_encoder: str | None = typer.Option(None, help="Encoder of these sentences, in place of the model's."),
    trusted: opt.Trusted = False,
    header: bool | None = typer.Option(None, "--header/--no-header", help="Whether that CSV starts with a header."),
    support: Path | None = typer.Option(None, help="Labelled support samples, which are added first; read as DATA is."),
    support_labels: Path | None = typer.Option(None, help="Labels of the support samples, if in a separate file."),
    support_label_column: str = typer.Option("label", help="Column that holds the labels of the support samples."),
    data: opt.DataOptions = opt.DataOptions(),
    prior: str | None = typer.Option(
        None, help="How frequent classes are: a CSV of classes and weights, or estimate, from all given samples."
    ),
    rescale: Rescale | None = typer.Option(
        None, help="Rescale scores with all given samples: against hubs, or by transport to the prior."
    ),
    reject: float | None = typer.Option(None, help="Predict -1 or none at this false rejection rate of known classes."),
    proba: bool = typer.Option(False, "--proba", help="Add the probability of each class."),
    blocks: BlockOptions = BlockOptions(),
    raw: bool = typer.Option(False, "--raw", help="Write texts as they are, also those that start like a formula."),
    output: opt.CsvFile = None,
    quiet: opt.Quiet = False,
) -> None:
    """Predict the class of each sample: its file or text, the best classes, and their probabilities.

    With --names, images or texts are compared with names by an encoder of both, and nothing is trained.

    A text that a spreadsheet would run as a formula, since it starts with =, +, - or @ and is no number, is written
    with an apostrophe in front, and so is one that starts with an apostrophe; --raw writes all as they are.

    With --engine, --output is a folder, which gets a Parquet file per block of samples: the best classes and their
    scores, or with --proba their probabilities. The same command continues what was interrupted.
    """
    if classes is not None and unseen_only:
        raise InvalidInputError("--classes and --unseen-only exclude each other; wanted one of them.")
    if top > 1 and (proba or rescale is not None or reject is not None):
        raise InvalidInputError(f"--top {top} doesn't go with --proba, --rescale or --reject; wanted one of them.")
    if names is not None and features is None:
        model, features = None, model
    if features is None or (model is None) == (names is None):
        raise InvalidInputError("Wanted MODEL and DATA, or --names and DATA.")
    if blocks.engine is not None:
        blocks.folder(output)
        for option, given in (("--prior", prior), ("--rescale", rescale), ("--skip-unreadable", data.skip_unreadable)):
            if given:
                raise InvalidInputError(f"{option} doesn't go with --engine, which answers for each sample by itself.")
    if model is None:
        estimator, encoder = of_names(names, data, features)
    else:
        estimator, encoder = open_with_encoder(model, data.encoder, trusted=trusted, text_encoder=text_encoder)
    rows = X_support = y_support = None
    if add_semantics is not None:
        rows = opt.TableOptions(data.sep, data.decimal, texts, header=header).rows(add_semantics)
    if support is not None:
        found = opt.DataOptions(data.sep, data.decimal, support_label_column, data.text_column, data.encoder)
        shown = found.take(found.find_labelled(support, support_labels), encoder, quiet)
        check_width(estimator, shown, support)
        X_support, y_support = shown.X, shown.y
    elif support_labels is not None:
        raise InvalidInputError("--support-labels goes with --support, which wasn't given.")
    if rows is not None or support is not None:
        estimator.add_classes(X_support, y_support, semantics=rows)
    among = estimator.classes_
    if unseen_only:
        among = estimator.unseen_classes_
        if not len(among):
            raise InvalidInputError("--unseen-only: the model knows no class without training samples.")
    elif classes is not None:
        among = as_known(classes, estimator.classes_)
    if blocks.engine is not None:
        unchanged = rows is None and support is None and data.encoder is None and text_encoder is None
        kept = None if len(among) == len(estimator.classes_) else among
        said = predict_blocks(
            blocks,
            blocks.source(data, features),
            model if unchanged and not isinstance(encoder, str) else None,
            estimator,
            encoder,
            output,
            classes=kept,
            top=top,
            proba=proba,
            reject=reject,
            trusted=trusted,
            verbose=not quiet,
        )
        if not quiet:
            typer.echo(said)
        return
    samples = data.take(data.find(features), encoder, quiet)
    check_width(estimator, samples, features)
    options = {"rescale": None if rescale is None else rescale.value, "reject": reject}
    weights = as_prior(prior, data, estimator, samples.X, among)
    predicted = predictions(estimator, samples, among, top, proba, options, weights)
    if not raw:
        predicted = predicted.map(in_spreadsheet)
    name = type(estimator).__name__
    if output is not None:
        predicted.to_csv(output, index_label="index")
        if not quiet:
            typer.echo(f"Wrote {len(predicted)} predictions by {name} to {output}.")
        return
    typer.echo(predicted.to_csv(index_label="index"), nl=False)
    if not quiet:
        typer.echo(f"{len(predicted)} samples among {len(among)} classes by {name}.", err=True)


def predictions(
    estimator: Any,
    samples: "Samples",
    among: Any,
    top: int,
    proba: bool,
    options: dict[str, Any],
    prior: "pd.Series | None" = None,
) -> "pd.DataFrame":
    """A row per sample: its file or text, the best classes and their probabilities, and perhaps those of all."""
    import numpy as np
    import pandas as pd

    under = {"classes": among} if prior is None else {"classes": among, "prior": prior}
    first = estimator.predict(samples.X, **under, **options)
    best, places = [first], {label: place for place, label in enumerate(np.asarray(among).tolist())}
    if top > 1:
        best += list(estimator.top_classes(samples.X, k=top, **under)[0].T[1:])
    columns = np.array([[places.get(label, -1) for label in labels.tolist()] for labels in best]).T
    parts, all_of_them = [], []
    step = max(1, _BLOCK // len(among))
    for start in range(0, len(samples), step):
        block = slice(start, start + step)
        p = np.column_stack([estimator.predict_proba(samples.X[block], **under), np.full(len(first[block]), np.nan)])
        parts.append(np.take_along_axis(p, columns[block], axis=1))  # the last column is that of no class
        all_of_them += [p[:, :-1]] if proba else []
    shares = np.concatenate(parts).round(6)
    table = pd.DataFrame({"label": first, "p": shares[:, 0]})
    if samples.names is not None:
        table.insert(0, "file" if samples.kind == "images" else "text", list(samples.names))
    for rank, labels in enumerate(best[1:], start=2):
        table[f"label_{rank}"], table[f"p_{rank}"] = labels, shares[:, rank - 1]
    if proba:
        every = pd.DataFrame(np.concatenate(all_of_them), columns=[f"p_{label}" for label in places])
        table = pd.concat([table, every], axis=1)
    return table
