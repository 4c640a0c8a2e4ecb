"""``zsl attributes finish``: the class table of a draft."""

from pathlib import Path
from typing import Annotated

import typer

from zsl.cli import _options as opt
from zsl.cli._shared import check_writable
from zsl.cli.reading._tables import Missing
from zsl.cli.tables._drafts import DraftFile, read_draft, separator_in
from zsl.exceptions import InvalidInputError


def finish(
    draft: DraftFile,
    *,
    output: Annotated[Path, typer.Option("--output", "-o", help="CSV file to write the class table to.")],
    missing: Annotated[
        Missing, typer.Option(help="Open cells: refuse them, or fill in the attribute's mean or zero.")
    ] = Missing.mean,
    cells: opt.CellOptions = opt.CellOptions(),
    quiet: opt.Quiet = False,
) -> None:
    """Write the class table without open cells, for --semantics: attributes that nobody answered are left out."""
    from zsl._files.writing import put

    check_writable(output)
    if output.exists():
        raise InvalidInputError(f"--output {output} exists; wanted a new file.")
    table = read_draft(draft, cells).to_semantics(missing=missing.value)
    text = table.to_frame().to_csv(sep=separator_in(draft, cells), decimal=cells.decimal, float_format="%.10g")
    put(output, [text.encode()])
    if not quiet:
        imputed = 0 if table.imputed is None else table.imputed.sum()
        size = f"{len(table)} classes × {len(table.attributes)} attributes"
        typer.echo(f"Wrote {output}, {size}, {imputed} of {table.vectors.size} values filled in.")
