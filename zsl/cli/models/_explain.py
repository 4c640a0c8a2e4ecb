"""``zsl explain``: why a saved model predicts one class and not another for a sample."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from zsl._escaping import in_spreadsheet, one_line
from zsl._suggestions import did_you_mean
from zsl.cli import _options as opt
from zsl.cli._shared import as_known, check_writable, print_table
from zsl.cli.models._opened import opened
from zsl.exceptions import InvalidInputError

if TYPE_CHECKING:
    from zsl.datasets import Samples


def explain(
    model: opt.ModelFolder,
    samples: opt.Features,
    labels: opt.Labels = None,
    *,
    row: int | None = typer.Option(None, min=0, help="The sample to explain, by its place from 0 on."),
    file: str | None = typer.Option(None, "--file", help="The sample to explain, by its file, or its text."),
    among: str | None = typer.Option(
        None, help="Two classes, separated by a comma; the best two for the sample if not given."
    ),
    top: int = typer.Option(10, min=1, help="How many attributes to show."),
    output: opt.CsvFile = None,
    data: opt.DataOptions = opt.DataOptions(),
    trusted: opt.Trusted = False,
    quiet: opt.Quiet = False,
) -> None:
    """Show which attributes speak for one class and against another, for one sample."""
    check_writable(output)
    found = opened(model, data.encoder, trusted=trusted)
    if not hasattr(found.rest, "explain"):
        raise InvalidInputError(f"{model} holds a {type(found.rest).__name__}, which explains nothing.")
    pair = None if among is None else as_known(among, found.rest.classes_)
    if pair is not None and len(pair) != 2:
        raise InvalidInputError(f"--among names {len(pair)} classes; wanted two.")
    taken = found.take(samples, labels, data, quiet, labelled=False)
    place = _place(samples, taken, row, file)
    sample = taken.X[place : place + 1]
    why = found.rest.explain(sample, among=pair)
    if output is not None:
        why.rename(index=in_spreadsheet).to_csv(output)
    if quiet and output is not None:
        return
    (best, second), scores = found.rest.top_classes(sample, k=2)[0][0].tolist(), found.rest.predict_proba(sample)[0]
    chance = dict(zip(found.rest.classes_.tolist(), scores.tolist(), strict=True))
    name = f"row {place}" if taken.names is None else taken.names[place]
    truth = "" if taken.y is None else f" Labelled {taken.y[place]}."
    typer.echo(
        one_line(f"{name}: predicted {best} (p {chance[best]:.2f}), then {second} (p {chance[second]:.2f}).{truth}")
    )
    named = why.index.astype(str).str.startswith("(")
    shown = [*why[~named].head(top).itertuples(), *why[named].itertuples()]
    cells = [[one_line(str(name)), *(_figure(value) for value in values)] for name, *values in shown]
    columns = tuple(one_line(str(column)) for column in why.columns)
    print_table(f"For {columns[0]} (+) and against it (-), instead of {columns[1]}", ("", *columns), cells)
    more = int((~named).sum()) - top
    total = why["contribution"].sum()
    rest = f" {more} more attributes; --top {more + top} shows all." if more > 0 else ""
    typer.echo(f"The contributions add up to {total:+.3g}, the difference of the two scores.{rest}")
    if output is not None:
        typer.echo(f"Wrote {output}.")


def _place(path: Path, taken: "Samples", row: int | None, file: str | None) -> int:
    """The place of the sample that is asked about."""
    n, names = len(taken), list(taken.names or [])
    if row is not None and file is not None:
        raise InvalidInputError("--row and --file exclude each other; wanted one of them.")
    if row is None and file is None:
        if n == 1:
            return 0
        raise InvalidInputError(f"{path} holds {n} samples; wanted --row, or --file where samples have names.")
    if row is not None:
        if row >= n:
            raise InvalidInputError(f"--row is {row}, and {path} holds {n} samples; wanted 0 to {n - 1}.")
        return row
    places = [place for place, name in enumerate(names) if file in (name, Path(name).name)]
    if len(places) != 1:
        what = f"{len(places)} samples" if places else "no sample"
        raise InvalidInputError(f"--file {file!r} names {what} of {path}; wanted one." + did_you_mean(str(file), names))
    return places[0]


def _figure(value: Any) -> str:
    return "" if value != value else f"{value:.3g}"
