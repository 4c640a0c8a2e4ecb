"""The commands of ``zsl`` and how their errors are told."""

import sys

import typer

from zsl.cli._demo import demo
from zsl.cli._evaluate import evaluate
from zsl.cli._fit import fit
from zsl.cli._predict import predict

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


def main() -> None:
    """Run the command line; an error that the user can mend is one line and exit code 2."""
    try:
        app()
    except (ValueError, OSError, ImportError) as error:
        if "--debug" in sys.argv:
            raise
        typer.echo(f"zsl: error: {' '.join(str(error).split())}", err=True)
        sys.exit(2)
