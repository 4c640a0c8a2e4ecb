"""Requests that are too large, too slow, too many or no requests at all, and the headers of all answers."""

import io
import json
import re
import socket
import struct
import threading
import time
import zlib
from http.server import ThreadingHTTPServer
from importlib.resources import files

import numpy as np
import pytest
from app_client import bare_server, serving
from PIL import Image

from zsl.app.http import _server
from zsl.app.http._bodies import read_json
from zsl.app.http._refusals import Refused
from zsl.app.http._routes import MOST_JSON, MOST_UPLOAD
from zsl.app.http._work import Turns

BYTES = {"Content-Type": "application/octet-stream"}


def raw(client, data, wait=5):
    """What comes back for bytes that are no ordinary request."""
    with socket.create_connection(("127.0.0.1", client.server.server_port), timeout=wait) as connection:
        connection.sendall(data)
        found = b""
        while part := connection.recv(65536):
            found += part
        return found


def is_one_sentence(data):
    found = json.loads(data)
    return set(found) == {"error"} and "Traceback" not in found["error"] and found["error"].endswith(".")


@pytest.mark.parametrize("path", ["/", "/main.js", "/style.css", "/api/state", "/nothing", "/api/picture/x/1"])
def test_all_answers_let_nothing_in(page, path):
    _, sent, _ = page.request("GET", path)
    policy = sent["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert sent["X-Content-Type-Options"] == "nosniff"
    assert sent["Referrer-Policy"] == "no-referrer"
    assert sent["Cross-Origin-Resource-Policy"] == "same-origin"
    assert sent["Server"] == "zsl"
    assert "Access-Control-Allow-Origin" not in sent


def test_the_page_has_no_external_or_inline_part():
    for each in files("zsl.app").joinpath("static").iterdir():
        text = each.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert "http:" not in text
        assert "https:" not in text
        assert "innerHTML" not in text
        if each.name.endswith(".html"):
            assert not re.search(r"<style|\son\w+=|\sstyle=|<script(?![^>]* src=)", text)


@pytest.mark.parametrize(
    "path",
    ["/../pyproject.toml", "/%2e%2e/_server.py", "//etc/passwd", "/index.html/", "/static/main.js", "/_server.py"],
)
def test_no_other_file_is_given(page, path):
    status, _, data = page.request("GET", path)
    assert status == 404
    assert is_one_sentence(data)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "no JSON"),
        (b"[]", "no JSON object"),
        (b"{", "no JSON"),
        (b'{"a": NaN}', "no JSON"),
        (b'{"a": 1e999999, "a": 2}', "no JSON"),
        (b'{"a": 1, "a": 2}', "every key once"),
        (b"\xff\xfe", "no JSON"),
        (b"[" * 100_000, "deep"),
        (b'{"a":' * 7 + b"1" + b"}" * 7, "deep"),
        (b'{"a": ' + b"9" * 5000 + b"}", "no JSON"),
    ],
)
def test_bad_bodies_are_refused(page, body, words):
    status, found = page.ask("/api/text", body)
    assert status == 400
    assert words in found["error"]


def test_brackets_in_strings_are_no_depth():
    assert read_json(b'{"a": "[[[[[[[[[\\"[[[["}') == {"a": '[[[[[[[[["[[[['}


def test_large_bodies_are_refused_before_they_are_read(page):
    for path, most, kind in (("/api/text", MOST_JSON, "json"), ("/api/draw/picture", MOST_UPLOAD, "octet-stream")):
        head = f"POST {path} HTTP/1.1\r\nHost: {page.host}\r\nContent-Type: application/{kind}\r\n"
        found = raw(page, f"{head}Content-Length: {most + 1}\r\n\r\n".encode())
        assert found.startswith(b"HTTP/1.1 413")
        assert b"Connection: close" in found


@pytest.mark.parametrize(
    "lines",
    [
        "Transfer-Encoding: chunked",
        "Content-Length: 5\r\nContent-Length: 5",
        "Content-Length: -5",
        "Content-Length: +5",
        "Content-Length: ٥",
        "Content-Length: 99999999999999999999",
        "X: y",
    ],
)
def test_lengths_that_are_none_are_refused(page, lines):
    head = f"POST /api/text HTTP/1.1\r\nHost: {page.host}\r\nContent-Type: application/json\r\n{lines}\r\n\r\n"
    found = raw(page, head.encode() + b"12345")
    assert found.split()[1] in (b"400", b"411", b"413")
    assert found.count(b"HTTP/1.1") == 1  # what follows is no second request


@pytest.mark.parametrize(
    "first", ["PUT / HTTP/1.1", "DELETE /api/text HTTP/1.1", "nonsense", "GET / HTTP/9.9", "G" * 70000]
)
def test_other_methods_and_nonsense_are_refused(page, first):
    found = raw(page, f"{first}\r\nHost: {page.host}\r\n\r\n".encode())
    assert found.startswith((b"HTTP/1.1 4", b"HTTP/1.1 5"))
    assert is_one_sentence(found.partition(b"\r\n\r\n")[2])


def test_a_slow_request_is_given_up(page, monkeypatch):
    monkeypatch.setattr(_server, "REQUEST_SECONDS", 0.3)
    with serving(bare_server()) as client:
        with socket.create_connection(("127.0.0.1", client.server.server_port), timeout=5) as connection:
            start = time.monotonic()
            connection.sendall(b"GET / HT")
            ended = False
            while not ended and time.monotonic() - start < 4:
                time.sleep(0.05)
                try:
                    connection.sendall(b"T")  # a byte now and then keeps nobody waiting
                except OSError:
                    ended = True
        assert ended
        assert client.request("GET", "/")[0] == 200


def test_connections_beyond_the_limit_are_closed(monkeypatch):
    monkeypatch.setattr(_server, "MOST_CONNECTIONS", 3)
    with serving(bare_server()) as client:
        address = ("127.0.0.1", client.server.server_port)
        held = [socket.create_connection(address, timeout=5) for _ in range(3)]
        time.sleep(0.2)
        with socket.create_connection(address, timeout=5) as one_more:
            assert one_more.recv(10) == b""
        for each in held:
            each.close()
        time.sleep(0.2)
        assert client.request("GET", "/")[0] == 200


def test_an_interrupt_after_the_start_of_a_thread_gives_the_place_back_once(monkeypatch):
    monkeypatch.setattr(_server, "REQUEST_SECONDS", 0.3)
    started = ThreadingHTTPServer.process_request
    failed = []

    def interrupted(*arguments):
        started(*arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(ThreadingHTTPServer, "process_request", interrupted)
    monkeypatch.setattr(threading, "excepthook", failed.append)
    server = bare_server()
    with socket.create_connection(("127.0.0.1", server.server_port), timeout=5):
        with pytest.raises(KeyboardInterrupt):
            server.handle_request()
        server.server_close()
    assert failed == []


def test_work_that_waits_too_long_is_refused():
    turns = Turns(1, 0.05)
    inside, done = threading.Event(), threading.Event()

    def work():
        with turns.turn():
            inside.set()
            done.wait(5)

    thread = threading.Thread(target=work)
    thread.start()
    assert inside.wait(5)
    with pytest.raises(Refused, match="try again"), turns.turn():
        pass
    done.set()
    thread.join(5)
    with turns.turn():
        pass


def test_a_failure_is_logged_and_told_in_one_sentence(page, monkeypatch, caplog):
    def fails(_):
        raise KeyError("a secret path")

    monkeypatch.setitem(page.server.routes._questions, "/api/text", fails)
    status, found = page.ask("/api/text", {})
    assert status == 500
    assert found == {"error": "The server failed; its log says why."}
    assert "a secret path" in caplog.text


def png(width, height, data=b""):
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(data)),
        (b"IEND", b""),
    )
    chunks = (struct.pack(">I", len(d)) + k + d + struct.pack(">I", zlib.crc32(k + d)) for k, d in parts)
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def saved(array, form):
    data = io.BytesIO()
    Image.fromarray(array).save(data, form)
    return data.getvalue()


BAD_UPLOADS = {
    "nothing": (b"", "none of the formats"),
    "text": (b"hello", "none of the formats"),
    "page": (b"<svg onload='alert(1)'></svg>", "none of the formats"),
    "PostScript": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "none of the formats"),
    "bomb": (png(100_000, 100_000), "pixels"),
    "too many pixels": (png(5000, 5000), "pixels"),
    "cut off": (saved(np.random.default_rng(0).integers(0, 256, (64, 64), dtype=np.uint8), "PNG")[:2000], "damaged"),
    "another format": (saved(np.eye(64, dtype=np.uint8) * 255, "ICO"), "none of the formats"),
    "empty": (saved(np.full((64, 64), 255, dtype=np.uint8), "PNG"), "no ink"),
}


@pytest.mark.parametrize("kind", BAD_UPLOADS)
def test_bad_uploads_are_refused(page, kind):
    data, words = BAD_UPLOADS[kind]
    status, found = page.ask("/api/draw/picture", data, **BYTES)
    assert status == 400
    assert words in found["error"]


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"])
def test_pictures_are_read(page, form):
    array = np.full((120, 90), 250, dtype=np.uint8)
    array[20:100, 40:48] = 20
    status, found = page.ask("/api/draw/picture", saved(array, form), **BYTES)
    assert status == 200
    assert "inverted" in found["note"]


def test_a_connection_takes_several_requests(page):
    one = f"GET /api/state HTTP/1.1\r\nHost: {page.host}\r\n"
    found = raw(page, f"{one}\r\n{one}Connection: close\r\n\r\n".encode())
    assert found.count(b"HTTP/1.1 200") == 2
