"""A server for tests, how it is asked, and a sentence encoder that counts letters."""

import http.client
import json
import threading
from contextlib import contextmanager

from zsl.app._serving import make_server
from zsl.exceptions import InvalidInputError


class Letters:
    """Encodes a text by how often it has each letter."""

    def encode(self, texts):
        return [[1e-3 + text.lower().count(letter) for letter in "abcdefghijklmnopqrstuvwxyz"] for text in texts]


class Client:
    """Asks a server as the page does."""

    def __init__(self, server):
        self.server, self.host = server, f"127.0.0.1:{server.server_port}"

    def request(self, method, path, body=None, **headers):
        """Status, headers and bytes of an answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.server_port, timeout=30)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, named)
        reply = connection.getresponse()
        data = reply.read()
        connection.close()
        return reply.status, reply.headers, data

    def ask(self, path, body, **headers):
        """Status and answer to a question."""
        headers = {"Content-Type": "application/json", **headers}
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        status, _, data = self.request("POST", path, raw, **headers)
        return status, json.loads(data)


@contextmanager
def serving(server):
    """A client of a server that runs meanwhile."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield Client(server)
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


def bare_server(host="127.0.0.1", **options):
    """A server for tests of something else than what it answers: nothing takes long to load."""
    return make_server(host, text_encoder=Letters(), describe=_nothing, **options)


def _nothing():
    raise InvalidInputError("nothing to describe")
