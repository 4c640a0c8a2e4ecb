"""Which address gives what."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from http import HTTPStatus
from importlib.resources import files
from typing import Any

from zsl.app.http._bodies import read_json
from zsl.app.http._refusals import Refused
from zsl.app.http._work import Turns

MOST_JSON, MOST_UPLOAD = 256 * 1024, 4 * 1024 * 1024
"""Bytes of a question, and of a picture."""
_KINDS = {"html": "text/html; charset=utf-8", "css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8"}
_KINDS["svg"] = "image/svg+xml"


@dataclass(frozen=True)
class Answer:
    """What is sent back."""

    body: bytes
    kind: str
    status: HTTPStatus = HTTPStatus.OK
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Question:
    """What a part is asked: an object of JSON, or the bytes of a picture, and who asks."""

    body: dict[str, Any]
    raw: bytes
    client: str


class Routes:
    """The page, and the questions that the parts answer.

    Parameters
    ----------
    questions : mapping of path to function
        What answers a question: it takes a `Question` and returns what JSON can hold.
    uploads : set of path
        Those of the questions that are bytes, not JSON.
    queued : set of path
        Those that wait for their turn by themselves.
    state : function
        Gives what the page shows at first.
    picture : function
        Gives the bytes of a picture by the rest of its address, or None.
    workers : int
        How many questions are computed at a time.
    """

    def __init__(
        self,
        questions: Mapping[str, Callable[[Question], Any]],
        uploads: frozenset[str],
        queued: frozenset[str],
        state: Callable[[], Any],
        picture: Callable[[str], bytes | None],
        workers: int,
    ) -> None:
        self._questions, self._uploads, self._queued = questions, uploads, queued
        self.state, self._picture = state, picture
        self._work, self._large = Turns(workers, 20.0), Turns(2 * workers, 10.0)
        self._pages = {f"/{page.name}": _page(page) for page in files("zsl.app").joinpath("static").iterdir()}
        self._pages["/"] = self._pages.pop("/index.html")

    def most_bytes(self, method: str, path: str) -> int:
        """How many bytes may be posted to an address."""
        if method == "POST" and path not in self._questions:
            raise Refused(HTTPStatus.NOT_FOUND, "There is nothing at this address.")
        return MOST_UPLOAD if path in self._uploads else MOST_JSON

    @contextmanager
    def reading(self, length: int) -> Iterator[None]:
        """Hold only a few large requests in memory at a time."""
        if length <= MOST_JSON:
            yield
            return
        with self._large.turn():
            yield

    def answer(self, method: str, path: str, body: bytes, client: str) -> Answer:
        """Answer a request that was let in and read."""
        if method == "POST":
            who = client if client.isascii() and client.isalnum() and 16 <= len(client) <= 64 else ""
            asked = Question({}, body, who) if path in self._uploads else Question(read_json(body), b"", who)
            with nullcontext() if path in self._queued else self._work.turn():
                return _json(self._questions[path](asked))
        if path in self._pages:
            return self._pages[path]
        if path == "/api/state":
            return _json(self.state())
        found = self._picture(path.removeprefix("/api/picture/")) if path.startswith("/api/picture/") else None
        if found is None:
            raise Refused(HTTPStatus.NOT_FOUND, "There is nothing at this address.")
        return Answer(found, "image/png", headers={"Cache-Control": "private, max-age=3600"})


def _json(found: Any) -> Answer:
    return Answer(json.dumps(found, allow_nan=False).encode(), "application/json")


def _page(page: Any) -> Answer:
    return Answer(page.read_bytes(), _KINDS.get(page.name.rpartition(".")[2], "application/octet-stream"))
