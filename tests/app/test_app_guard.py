"""Who may ask: hosts, origins, tokens."""

import socket
from email.message import Message

import pytest
from app_client import bare_server, serving

from zsl.app._serving import address_of
from zsl.app.http._guard import Guard, is_loopback
from zsl.app.http._refusals import Refused

JSON = {"Content-Type": "application/json"}


def headers(**given):
    found = Message()
    for name, value in {"Host": "localhost:1", **given}.items():
        found[name.replace("_", "-")] = value
    return found


@pytest.mark.parametrize("host", ["localhost:1", "127.0.0.1:9", "[::1]:80", "192.168.1.5:1", "10.0.0.1", "LOCALHOST"])
def test_numbers_and_own_names_are_answered(host):
    Guard("127.0.0.1", None).check("GET", headers(Host=host))


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example:80", "", "127.0.0.1.nip.io", "[::1", "a b"])
def test_other_names_are_refused(host):
    with pytest.raises(Refused, match="name of a host"):
        Guard("127.0.0.1", None).check("GET", headers(Host=host))


def test_two_hosts_are_refused():
    twice = headers()
    twice["Host"] = "localhost:1"
    with pytest.raises(Refused, match="name of a host"):
        Guard("127.0.0.1", None).check("GET", twice)


@pytest.mark.parametrize(
    "given",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:2"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Content_Type": "text/plain"},
        {"Content_Type": "application/x-www-form-urlencoded"},
    ],
)
def test_posts_of_other_pages_are_refused(given):
    with pytest.raises(Refused):
        Guard("localhost", None).check("POST", headers(**{"Content_Type": "application/json", **given}))


def test_own_posts_are_taken():
    own = headers(Origin="http://localhost:1", Sec_Fetch_Site="same-origin", Content_Type="application/json")
    Guard("localhost", None).check("POST", own)


def test_only_this_machine_reaches_loopback():
    assert all(is_loopback(host) for host in ("127.0.0.1", "::1", "localhost", "127.8.8.8"))
    assert not any(is_loopback(host) for host in ("0.0.0.0", "::", "192.168.0.4", "example.org"))


def test_binding_elsewhere_asks_for_a_token():
    with serving(bare_server("0.0.0.0")) as client:
        token = client.server.guard.token
        assert len(token) >= 32
        assert address_of(client.server).endswith(f"/?token={token}")
        for path in ("/", "/main.js", "/api/state", "/?token=", "/?token=" + "x" * 32, "/api/state?token=" + token):
            assert client.request("GET", path)[0] == 401
        assert client.ask("/api/text", {})[0] == 401
        status, sent, _ = client.request("GET", f"/?token={token}")
        cookie = sent["Set-Cookie"]
        assert status == 303
        assert sent["Location"] == "/"
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie
        assert client.request("GET", "/", Cookie=cookie.partition(";")[0])[0] == 200
        assert client.request("GET", "/", Authorization=f"Bearer {token}")[0] == 200
        assert client.request("GET", "/", Authorization=f"Bearer {token[:-1]}")[0] == 401
        assert client.request("GET", "/", Cookie=cookie.partition("=")[0] + '="x')[0] == 401


def test_a_token_is_asked_for_here_if_wanted():
    with serving(bare_server(token=True)) as client:
        assert client.request("GET", "/")[0] == 401
    with serving(bare_server()) as client:
        assert client.request("GET", "/")[0] == 200


def test_the_token_is_not_answered_to_another_name():
    with serving(bare_server(token=True)) as client:
        status, sent, _ = client.request("GET", f"/?token={client.server.guard.token}", Host="evil.example")
        assert status == 421
        assert "Set-Cookie" not in sent


def test_tokens_are_new_each_time():
    first, second = (bare_server(token=True) for _ in range(2))
    assert first.guard.token != second.guard.token
    first.server_close()
    second.server_close()


@pytest.mark.skipif(not socket.has_ipv6, reason="needs IPv6")
def test_ipv6():
    try:
        server = bare_server("::1")
    except OSError:
        pytest.skip("no IPv6 here")
    assert address_of(server) == f"http://[::1]:{server.server_port}/"
    server.server_close()
