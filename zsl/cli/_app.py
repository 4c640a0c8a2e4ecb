"""The commands of ``zsl``, and how their errors are shown."""

import io
import sys
import warnings

import typer

from zsl._escaping import one_line
from zsl.cli._benchmark import benchmark
from zsl.cli._demo import demo
from zsl.cli._encode import encode
from zsl.cli._evaluate import evaluate
from zsl.cli._fit import fit
from zsl.cli._options import spread
from zsl.cli._predict import predict
from zsl.cli._report import report
from zsl.cli._web import app as web_page
from zsl.cli.few_shot._episodes import episodes
from zsl.cli.few_shot._train import train
from zsl.cli.models import of_models
from zsl.cli.tables import attributes
from zsl.exceptions import ZSLError

_HELP = "Zero-, one- and few-shot classification: recognise classes from descriptions or a few samples."

app = typer.Typer(help=_HELP, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


def _version(wanted: bool) -> None:
    if wanted:
        from zsl import __version__

        typer.echo(f"zsl {__version__}")
        raise typer.Exit


@app.callback(help=_HELP)
def options(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
    debug: bool = typer.Option(False, "--debug", help="Show the full traceback of an error."),
) -> None:
    pass


for command in (demo, encode, fit, predict, evaluate, benchmark, report, train, episodes, web_page, *of_models):
    app.command()(spread(command))
app.add_typer(attributes, name="attributes")


def main() -> None:
    """Run the command line; an error that the user can fix is one line and exit code 2."""
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
        typer.echo(f"zsl: error: {one_line(' '.join(str(error).split()))}", err=True)
        sys.exit(2)


def _show_warning(message: Warning | str, *_: object, **__: object) -> None:
    typer.echo(f"zsl: warning: {one_line(' '.join(str(message).split()))}", err=True)
