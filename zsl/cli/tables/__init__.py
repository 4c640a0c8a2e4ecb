"""``zsl attributes``: a class table for somebody who has none, by asking."""

import typer

from zsl.cli._options import spread
from zsl.cli.tables._ask import ask
from zsl.cli.tables._check import check
from zsl.cli.tables._fill import fill
from zsl.cli.tables._finish import finish
from zsl.cli.tables._new import new

__all__ = ["attributes"]

attributes = typer.Typer(
    help="Make a class table by asking: first what tells most classes apart, the rest from sentences.",
    no_args_is_help=True,
)
for command in (new, ask, fill, check, finish):
    attributes.command()(spread(command))
