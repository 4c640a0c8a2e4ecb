"""``zsl report``: how a saved model does on data with unseen classes, as one HTML page."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from zsl.cli._shared import Missing, read_split, read_table

if TYPE_CHECKING:
    from zsl.evaluation import GZSLSplit

_DRAWN = "drawn at random from the file: S, H and AUSUC hold only if the model was not fitted on them"


def report(
    model: Path = typer.Argument(help="Folder of a saved model."),
    features: Path | None = typer.Argument(None, help="Features of all classes: .npy, .npz, .csv or .parquet."),
    labels: Path | None = typer.Argument(None, help="Labels, if in a file of their own: .npy, .csv or .txt."),
    output: Path = typer.Option(..., "--output", "-o", help="HTML file to write."),
    data: str | None = typer.Option(None, help="Data set of the package instead of a file: digits."),
    semantics: Path | None = typer.Option(None, help="Class table as CSV; that of the model if not given."),
    unseen: str | None = typer.Option(None, help="Classes that the model wasn't fitted on, separated by commas."),
    split_column: str | None = typer.Option(None, help="Column of train, test_seen, test_unseen and pool instead."),
    label_column: str = typer.Option("label", help="Column or array that holds the labels."),
    texts: bool = typer.Option(False, "--texts", help="The class table has two columns, class and sentence."),
    text_encoder: str | None = typer.Option(None, help="Sentence encoder: a name or a local folder."),
    missing: Missing = typer.Option(Missing.error, help="Refuse missing attributes, or fill in the mean or 0."),
    missing_value: float | None = typer.Option(None, help="Number that stands for a missing attribute."),
    title: str | None = typer.Option(None, help="Heading of the page."),
    k: int = typer.Option(1, "--k", help="How many best classes of an image count for hubness."),
    examples: int = typer.Option(2, min=0, help="How many hits and how many misses are explained."),
    png_folder: Path | None = typer.Option(None, help="Folder for the plots as PNG files."),
) -> None:
    """Write a page of figures, curves, confusions, hubs and explanations of a saved model."""
    from datetime import date

    from zsl import InvalidInputError, load
    from zsl.evaluation.benchmark._describe import versions
    from zsl.report import write_report

    if (features is None) == (data is None):
        raise InvalidInputError("Wanted one of a file of features and --data.")
    if not output.absolute().parent.is_dir():
        raise InvalidInputError(f"--output {output} lies in a folder that doesn't exist.")
    estimator: Any = load(model)
    if features is None:
        split = _packaged(data)
    else:
        table = estimator.semantics
        if semantics is not None:
            table = read_table(
                semantics, texts=texts, text_encoder=text_encoder, missing=missing, missing_value=missing_value
            )
        if table is None:
            raise InvalidInputError("The model has no class table; wanted --semantics.")
        split = read_split(
            features, labels, semantics=table, label_column=label_column, unseen=unseen, split_column=split_column
        )
        if unseen is not None:
            from dataclasses import replace

            split = replace(split, info={**split.info, "test images of seen classes were": _DRAWN})
    written = write_report(
        estimator,
        split,
        output,
        k=k,
        n_examples=examples,
        title=title,
        png_folder=png_folder,
        versions=versions(),
        date=date.today().isoformat(),
    )
    typer.echo(f"Wrote {written}.")


def _packaged(name: str | None) -> "GZSLSplit":
    """A data set that needs no files."""
    from zsl import InvalidInputError, load_digits_zsl

    if name != "digits":
        raise InvalidInputError(f"--data {name!r} is not known; wanted digits.")
    return load_digits_zsl()
