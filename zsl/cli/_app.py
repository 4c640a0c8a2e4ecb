"""The commands of ``zsl`` and how their errors are told."""

import io
import sys
import warnings
from typing import TextIO

import typer

from zsl.cli._benchmark import benchmark
from zsl.cli._demo import demo
from zsl.cli._episodes import episodes
from zsl.cli._evaluate import evaluate
from zsl.cli._fit import fit
from zsl.cli._predict import predict
from zsl.cli._report import report
from zsl.cli._train import train
from zsl.exceptions import ZSLError

app = typer.Typer(
    help="Classify what was never seen: zero-, one- and few-shot classification from class descriptions.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        from zsl import __version__

        typer.echo(f"zsl {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
    debug: bool = typer.Option(False, "--debug", help="Show the whole traceback of an error."),
) -> None:
    """Classify what was never seen: zero-, one- and few-shot classification from class descriptions."""


app.command()(demo)
app.command()(fit)
app.command()(predict)
app.command()(evaluate)
app.command()(benchmark)
app.command()(report)
app.command()(train)
app.command()(episodes)


def main() -> None:
    """Run the command line; an error that the user can mend is one line and exit code 2."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a γ that the terminal doesn't have is no reason to fail
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _show_warning
            app()
    except (ZSLError, ValueError, OSError) as error:
        if "--debug" in sys.argv:
            raise
        typer.echo(f"zsl: error: {' '.join(str(error).split())}", err=True)
        sys.exit(2)


def _show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    typer.echo(f"zsl: warning: {' '.join(str(message).split())}", err=True)
