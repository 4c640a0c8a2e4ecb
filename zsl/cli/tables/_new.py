"""``zsl attributes new``: an empty draft from names."""

from pathlib import Path

import typer

from zsl.cli import _options as opt
from zsl.cli._shared import as_known, check_writable
from zsl.cli.reading._tables import read_names
from zsl.cli.tables._drafts import check_there, described
from zsl.exceptions import InvalidInputError


def new(
    classes: Path = typer.Argument(help="Names of classes: one per line as .txt, or the first column of a CSV."),
    attributes: str = typer.Option(
        ..., help="Candidate attributes: a .txt with one per line, or names separated by commas."
    ),
    output: Path = typer.Option(..., "--output", "-o", help="CSV file to write the draft to."),
    quiet: opt.Quiet = False,
) -> None:
    """Start a draft: classes × attributes with empty cells, for zsl attributes ask, or a spreadsheet."""
    from zsl._labels import from_text
    from zsl.semantics import AttributeDraft
    from zsl.semantics._csv import read_texts

    check_writable(output)
    if output.exists():
        raise InvalidInputError(f"--output {output} exists; wanted a new file.")
    check_there(classes, "names of classes")
    labels = list(read_texts(classes)) if classes.suffix.lower() == ".csv" else from_text(read_names(classes))
    if attributes.lower().endswith(".txt"):
        check_there(Path(attributes), "names of attributes")
        names = read_names(Path(attributes))
    else:
        names = as_known(attributes, [])
    draft = AttributeDraft.empty(labels, names)
    draft.to_csv(output)
    if not quiet:
        typer.echo(f"Wrote {output}, {described(draft)}. Next: zsl attributes ask {output}")
