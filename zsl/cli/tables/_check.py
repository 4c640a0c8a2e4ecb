"""``zsl attributes check``: what a draft doesn't tell apart, what would help most, what harms transfer."""

from typing import Annotated

import typer

from zsl._escaping import one_line
from zsl.cli import _options as opt
from zsl.cli._shared import print_table
from zsl.cli.tables._drafts import ApartOptions, DraftFile, described, read_draft, together


def check(
    draft: DraftFile,
    *,
    confirm: Annotated[
        bool, typer.Option("--confirm", help="Count cells that were filled in from sentences as questions, too.")
    ] = False,
    top: Annotated[int, typer.Option(min=1, help="How many pairs and attributes to show.")] = 10,
    how: ApartOptions = ApartOptions(),
    cells: opt.CellOptions = opt.CellOptions(),
) -> None:
    """Show which pairs of classes are told apart by nothing, which attribute would help most, and the audit."""
    table = read_draft(draft, cells)
    pairs = table.pairs(**how.given)
    typer.echo(f"{draft}, {described(table)}.\n{together(table, how)}")
    for row in pairs.head(top).itertuples(index=False):
        one, other, counts, difference, most = row
        near = f" (most different: {one_line(most)}, by {difference:.2g})" if difference > 0 else ""
        more = f", by {counts} so far" if counts else ""
        typer.echo(f"  {one_line(one)}, {one_line(other)}{more}{near}")
    if len(pairs) > top:
        typer.echo(f"  and {len(pairs) - top} more; --top {len(pairs)} shows all")
    helpful = table.helpful(confirm=confirm, **how.given)
    helpful = helpful[helpful["questions"] > 0]
    if len(helpful):
        rows = [
            (one_line(name), f"{pairs:.3g}", f"{questions:.0f}", f"{rate:.3g}")
            for name, pairs, questions, rate in helpful.head(top).itertuples()
        ]
        print_table("What would help most", ("", "pairs", "questions", "pairs per question"), rows)
        question = table.question(confirm=confirm, **how.given)
        assert question is not None
        typer.echo(f"Next question: {one_line(question.label)}: {one_line(question.attribute)}?")
    elif len(pairs):
        typer.echo("No open cell can tell them apart; wanted another attribute, as a column of the draft.")
    for finding in table.audit(**how.given):
        if finding.kind != "classes-not-told-apart":
            typer.echo(f"Audit: {one_line(finding.message)}")
