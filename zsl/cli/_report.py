"""``zsl report``: results of a saved model on data with unseen classes, as one HTML page."""

from dataclasses import replace
from pathlib import Path

import typer

from zsl.cli import _options as opt
from zsl.cli._models import open_with_encoder
from zsl.cli._shared import check_writable
from zsl.exceptions import InvalidInputError

_DRAWN = "drawn at random from the file: S, H and AUSUC hold only if the model was not fitted on them"


def report(
    model: opt.ModelFolder,
    features: opt.OptionalFeatures = None,
    labels: opt.Labels = None,
    output: Path = typer.Option(..., "--output", "-o", help="HTML file to write."),
    data: str | None = typer.Option(None, help="Instead of DATA: a data set of the package, digits."),
    semantics: Path | None = typer.Option(None, help="Class table as CSV; that of the model if not given."),
    division: opt.SplitOptions = opt.SplitOptions(),
    samples: opt.DataOptions = opt.DataOptions(),
    table: opt.TableOptions = opt.TableOptions(),
    title: str | None = typer.Option(None, help="Title of the page."),
    k: int = typer.Option(1, "--k", help="Best classes per sample that count for hubness."),
    examples: int = typer.Option(2, min=0, help="Number of hits, and of misses, to explain."),
    png_folder: Path | None = typer.Option(None, help="Folder for the plots as PNG files."),
    trusted: opt.Trusted = False,
    quiet: opt.Quiet = False,
) -> None:
    """Write an HTML report on a saved model: scores, curves, confusions, hubs and explanations."""
    from zsl import load_digits_zsl
    from zsl.report import write_report

    if (features is None) == (data is None):
        raise InvalidInputError("Wanted one of DATA and --data.")
    check_writable(output)
    estimator, encoder = open_with_encoder(model, samples.encoder, trusted=trusted)
    if features is None:
        if data != "digits":
            raise InvalidInputError(f"--data {data!r} is not known; wanted digits.")
        split = load_digits_zsl()
    else:
        known = estimator.semantics if semantics is None else table.read(semantics)
        if known is None:
            raise InvalidInputError("The model has no class table; wanted --semantics.")
        split = division.read(features, labels, known, samples, encoder, quiet, pictures=True)
        if division.unseen is not None:
            split = replace(split, info={**split.info, "test samples of seen classes were": _DRAWN})
    written = write_report(
        estimator,
        split,
        output,
        k=k,
        n_examples=examples,
        title=title,
        png_folder=png_folder,
    )
    if not quiet:
        typer.echo(f"Wrote {written} on {type(estimator).__name__}.")
