"""``zsl attributes fill``: open cells from sentences about the classes."""

from pathlib import Path
from typing import Annotated

import typer

from zsl._escaping import one_line
from zsl.cli import _options as opt
from zsl.cli._shared import check_writable, print_table
from zsl.cli.reading._tables import read_names
from zsl.cli.tables._drafts import DraftFile, check_there, read_draft, separator_in


def fill(
    draft: DraftFile,
    *,
    descriptions: Annotated[
        Path, typer.Option(help="CSV with a column of classes and one of sentences; a class may have several.")
    ],
    text_encoder: Annotated[str | None, typer.Option(help="Sentence encoder: name or local folder of a model.")] = None,
    min_r2: Annotated[
        float, typer.Option(help="Fill in attributes that sentences predict with a higher R² on left-out classes only.")
    ] = 0.0,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="CSV file to write; DRAFT if not given.")
    ] = None,
    cells: opt.CellOptions = opt.CellOptions(),
    quiet: opt.Quiet = False,
) -> None:
    """Predict open cells from a sentence per class, learned on the cells that were answered; what was is kept.

    The file of sources beside the draft marks what was predicted, with its standard error.
    """
    from zsl.encoders import DEFAULT_TEXT_ENCODER
    from zsl.semantics import Semantics
    from zsl.semantics._csv import read_texts

    check_writable(output)
    known = read_draft(draft, cells)
    check_there(descriptions, "sentences about classes")
    rows = read_names(descriptions) if descriptions.suffix.lower() == ".txt" else read_texts(descriptions)
    texts = Semantics.from_texts(rows, encoder=text_encoder or DEFAULT_TEXT_ENCODER)
    told = known.predictability(texts, min_r2=min_r2)
    filled = known.fill(texts, min_r2=min_r2)
    target = output or draft
    filled.to_csv(target, sep=separator_in(draft, cells), decimal=cells.decimal)
    if quiet:
        return
    shown = told[told["filled"] + told["open"] > 0].sort_values("r2", ascending=False, kind="stable")
    columns = [shown[name].tolist() for name in ("given", "r2", "error", "filled", "open")]
    rounded = [
        (one_line(name), str(given), _figure(r2), _figure(error), str(n_filled), str(n_open))
        for name, given, r2, error, n_filled, n_open in zip(shown.index, *columns, strict=True)
    ]
    print_table("Attributes", ("", "given", "R²", "error", "filled", "open"), rounded)
    typer.echo(
        "given: classes to learn from. R²: on classes left out; 0 is no better than the mean.\n"
        f"Filled in {told['filled'].sum()} cells. {target}: {filled.progress}."
    )


def _figure(value: float) -> str:
    return "" if value != value else f"{value:.3g}"
