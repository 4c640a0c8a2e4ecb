"""The server: limits of time, number and size, and headers that let nothing in from elsewhere."""

import io
import json
import logging
import socket
import time
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import BoundedSemaphore
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

from zsl.app.http._guard import Guard
from zsl.app.http._refusals import Refused
from zsl.app.http._routes import Answer, Routes
from zsl.exceptions import ZSLError

MOST_CONNECTIONS = 400
REQUEST_SECONDS, ANSWER_SECONDS = 20.0, 20.0
"""For how long a connection may stay silent or send one request, and for how long it may take an answer."""
_log = logging.getLogger("zsl.app")

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Server(ThreadingHTTPServer):
    """One thread per connection, and no more connections than are allowed; closing it ends them all."""

    daemon_threads = False
    request_queue_size = 256

    def __init__(self, host: str, port: int, routes: Routes, guard: Guard) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.routes, self.guard = routes, guard
        self._places = BoundedSemaphore(MOST_CONNECTIONS)
        self._open: set[socket.socket] = set()
        super().__init__((host, port), Handler)
        guard.listens_on(self.server_port)

    def server_bind(self) -> None:
        """Bind, without asking a name server for the name of the host."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = self.server_address[:2]  # type: ignore[assignment]

    def process_request(self, request: Any, client_address: Any) -> None:
        """Start a thread for a connection, or close it where there are too many."""
        if not self._places.acquire(blocking=False):
            self.shutdown_request(request)
            return
        self._open.add(request)
        try:
            super().process_request(request, client_address)
        except BaseException:
            self._leave(request)
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve one connection."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._leave(request)

    def _leave(self, request: Any) -> None:
        """Give the place back, once: Ctrl-C may come when the thread, which leaves as well, has just been started."""
        with suppress(KeyError):
            self._open.remove(request)
            self._places.release()

    def server_close(self) -> None:
        """Let nobody in, end the connections, and wait for what is being computed."""
        self.socket.close()
        for connection in tuple(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        super().server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Log what went wrong on a connection, such as one that was closed early."""
        _log.debug("A connection ended early.", exc_info=True)


class _Timed(io.RawIOBase):
    """What a connection sends, until a moment that the whole request has to be there at."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection, self.until = connection, 0.0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        left = self.until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the request took too long")
        self._connection.settimeout(left)
        return self._connection.recv_into(buffer)


class Handler(BaseHTTPRequestHandler):
    """Answers the requests of one connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def version_string(self) -> str:
        """Name the server, without versions."""
        return "zsl"

    def setup(self) -> None:
        """Read with a limit of time."""
        super().setup()
        self._timed = _Timed(self.connection)
        self.rfile = io.BufferedReader(self._timed)

    def handle_one_request(self) -> None:
        """Give the next request its time."""
        self._timed.until = time.monotonic() + REQUEST_SECONDS
        super().handle_one_request()

    def do_GET(self) -> None:
        """Answer a request for the page, a picture or the state."""
        self._serve()

    def do_POST(self) -> None:
        """Answer a question."""
        self._serve()

    def _serve(self) -> None:
        own = cast("Server", self.server)
        try:
            self._send(self._answer(own))
        except Refused as refusal:
            self._send(_sentence(refusal.status, str(refusal)))
        except (ZSLError, MemoryError) as error:
            self._send(_sentence(HTTPStatus.BAD_REQUEST, " ".join(str(error).split()) or "There is too little memory."))
        except (TimeoutError, ConnectionError):
            raise
        except Exception:
            _log.exception("%s %s failed", self.command, urlsplit(self.path).path)
            self._send(_sentence(HTTPStatus.INTERNAL_SERVER_ERROR, "The server failed; its log says why."))

    def _answer(self, own: Server) -> Answer:
        address = urlsplit(self.path)
        # What is refused by its headers is not read, so the connection can't go on.
        keep, self.close_connection = self.close_connection, True
        own.guard.check_host(self.headers)
        if self.command == "GET" and address.path == "/" and own.guard.admits(_token(address.query)):
            cookie = f"{own.guard.cookie}={own.guard.token}; Path=/; HttpOnly; SameSite=Strict"
            return Answer(b"", "text/plain", HTTPStatus.SEE_OTHER, {"Location": "/", "Set-Cookie": cookie})
        own.guard.check(self.command, self.headers)
        length = self._length(own.routes.most_bytes(self.command, address.path))
        with own.routes.reading(length):
            body = self.rfile.read(length) if length else b""
            if len(body) < length:
                raise ConnectionError("the request is shorter than it says")
            self.close_connection = keep
            return own.routes.answer(self.command, address.path, body, self.headers.get("X-Client", ""))

    def _length(self, most: int) -> int:
        """How many bytes were posted."""
        given = self.headers.get_all("Content-Length", [])
        if "Transfer-Encoding" in self.headers or (self.command == "POST" and len(given) != 1):
            raise Refused(HTTPStatus.LENGTH_REQUIRED, "Wanted a request that says its length.")
        if self.command == "GET":
            if given:
                raise Refused(HTTPStatus.BAD_REQUEST, "Wanted nothing with this request.")
            return 0
        if not (given[0].isascii() and given[0].isdigit() and len(given[0]) < 12):
            raise Refused(HTTPStatus.BAD_REQUEST, "The length of the request is no number.")
        if int(given[0]) > most:
            raise Refused(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                f"The request has {int(given[0]):,} bytes; wanted {most:,} at most.",
            )
        return int(given[0])

    def _send(self, answer: Answer) -> None:
        self.connection.settimeout(ANSWER_SECONDS)
        self.send_response(answer.status)
        for name, value in {**HEADERS, **answer.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Type", answer.kind)
        self.send_header("Content-Length", str(len(answer.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(answer.body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what is no request of HTTP, or asks for another method, by one sentence."""
        self.close_connection = True
        self.request_version = "HTTP/1.1"
        self._send(_sentence(HTTPStatus(code), "This server doesn't understand the request."))

    def log_message(self, format: str, *args: Any) -> None:
        """Log a request without its query, which may hold the token."""
        _log.debug("%s %s", getattr(self, "command", None), urlsplit(getattr(self, "path", "")).path)


def _token(query: str) -> str:
    return parse_qs(query, max_num_fields=8).get("token", [""])[0] if len(query) < 1000 else ""


def _sentence(status: HTTPStatus, sentence: str) -> Answer:
    return Answer(json.dumps({"error": sentence}).encode(), "application/json", status)
