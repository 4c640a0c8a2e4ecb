"""``zsl app``: a local page to describe classes, draw symbols, type texts and make a class table."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from zsl.cli import _options as opt
from zsl.exceptions import InvalidInputError

if TYPE_CHECKING:
    from zsl.app.parts._describing import Described


def app(
    model: Path | None = typer.Option(None, help="Folder of a saved zero-shot model to describe new classes for."),
    gallery: Path | None = typer.Option(None, help="What these are looked for in: images, texts or features."),
    text_encoder: str | None = typer.Option(None, help="Sentence encoder on this machine: name or local folder."),
    trusted: opt.Trusted = False,
    data: opt.DataOptions = opt.DataOptions(),
    host: str = typer.Option("127.0.0.1", help="Address to bind; others than this machine's own need a token."),
    port: int = typer.Option(8765, min=0, max=65535, help="Port to bind; 0 takes a free one."),
    token: bool = typer.Option(False, "--token", help="Ask for a token on this machine, too."),
    browser: bool = typer.Option(True, "--browser/--no-browser", help="Whether to open the page in a browser."),
    quiet: opt.Quiet = False,
) -> None:
    """Serve a local page: describe a class, draw symbols, type texts, or make a class table by answering questions."""
    from zsl.app._serving import address_of, make_server, one_thread, serve

    if (model is None) != (gallery is None):
        raise InvalidInputError("--model and --gallery go together; wanted both or neither.")
    with one_thread():
        if model is None or gallery is None:
            server = make_server(host, port, token=token, text_encoder=text_encoder)
        else:
            own = _own(model, gallery, data, text_encoder, trusted, quiet)
            server = make_server(host, port, token=token, text_encoder=text_encoder, describe=lambda: own)
        typer.echo(address_of(server) if quiet else f"The page is at {address_of(server)}; Ctrl-C stops it.")
        if not quiet and server.guard.token is not None:
            typer.echo("The address holds a token: whoever has it can use the page. What is sent is not encrypted.")
        finished = serve(server, browser=browser)
        if not quiet:
            typer.echo("Stopped.")
        if not finished:  # what is still being loaded is not waited for
            sys.stdout.flush()
            os._exit(0)


def _own(
    path: Path, gallery: Path, data: opt.DataOptions, text_encoder: str | None, trusted: bool, quiet: bool
) -> "Described":
    """A model and a gallery of the user's, read and encoded as `zsl predict` does."""
    from zsl.app.parts._describing import described
    from zsl.app.parts._gallery import check_count, own_gallery
    from zsl.cli._models import check_width, open_with_encoder

    estimator, encoder = open_with_encoder(path, data.encoder, trusted=trusted)
    if text_encoder is not None and hasattr(estimator, "text_encoder"):
        estimator.text_encoder = text_encoder
    found = data.find(gallery)
    check_count(len(found.items))
    samples = data.take(found, encoder, quiet)
    check_width(estimator, samples, gallery, path)
    return described(estimator, own_gallery(samples, found.home))
