"""The parts put together, and the server that runs until it is stopped."""

import os
import secrets
import signal
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

from zsl.app.http._guard import Guard, is_loopback
from zsl.app.http._routes import Routes
from zsl.app.http._server import Server
from zsl.app.http._work import Loaded
from zsl.app.parts._attributes import Attributes
from zsl.app.parts._describe import Describe
from zsl.app.parts._describing import Described, described_digits
from zsl.app.parts._draw import Draw
from zsl.app.parts._sentences import find_sentence_vectors
from zsl.app.parts._text import Text
from zsl.exceptions import InvalidInputError


def make_server(
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    token: bool = False,
    text_encoder: Any = None,
    describe: Callable[[], Described] = described_digits,
) -> Server:
    """Bind a server, whose parts begin to load; it answers once it is told to serve."""
    run = secrets.token_hex(4)
    vectors = Loaded(lambda: find_sentence_vectors(text_encoder))
    describing, drawing, text = Describe(Loaded(describe), vectors, run), Draw(), Text(vectors)
    attributes = Attributes()

    def state() -> dict[str, Any]:
        own = {"describe": describing.state(), "draw": drawing.state(), "text": text.state()}
        return own | {"attributes": attributes.state()}

    questions = {
        "/api/describe": describing.find,
        "/api/describe/why": describing.why,
        "/api/describe/sentence": describing.sentence,
        "/api/draw": drawing.predict,
        "/api/draw/picture": drawing.upload,
        "/api/text": text.predict,
        "/api/attributes": attributes.ask,
        "/api/attributes/open": attributes.open,
        "/api/attributes/save": attributes.save,
    }
    uploads, queued = frozenset({"/api/draw/picture"}), frozenset({"/api/text", "/api/describe/sentence"})
    routes = Routes(questions, uploads, queued, state, describing.picture, os.cpu_count() or 1)
    asked = token or not is_loopback(host)
    guard = Guard(host, secrets.token_urlsafe(24) if asked else None)
    try:
        server = Server(host, port, routes, guard)
    except OSError as error:
        hint = "; --port 0 takes a free port" if port else ""
        raise InvalidInputError(
            f"--host {host} and --port {port} can't be bound: {error.strerror or error}{hint}."
        ) from error
    for loaded in (drawing.loaded, describing.loaded, vectors):
        loaded.start()
    return server


def address_of(server: Server) -> str:
    """What to open in a browser."""
    host = str(server.server_address[0])
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    token = server.guard.token
    return f"http://{shown}:{server.server_port}/" + (f"?token={token}" if token else "")


@contextmanager
def one_thread() -> Iterator[None]:
    """Compute each answer by one thread: several answers at a time use the processors better."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def serve(server: Server, *, browser: bool) -> bool:
    """Serve until Ctrl-C or SIGTERM and close the server; whether everything had been loaded by then."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        if browser:
            Thread(target=webbrowser.open, args=(address_of(server),), daemon=True).start()
        server.serve_forever(poll_interval=0.2)
    except KeyboardInterrupt:
        pass
    finally:
        signal.signal(signal.SIGTERM, before)
        server.server_close()
    return "loading" not in {part["state"] for part in server.routes.state().values()}
