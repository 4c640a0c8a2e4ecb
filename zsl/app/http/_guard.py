"""Who may ask: a token beyond this machine, known names of the host against DNS rebinding, no posts of other pages."""

import hmac
import socket
from email.message import Message
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from ipaddress import ip_address
from urllib.parse import urlsplit

from zsl.app.http._refusals import Refused

POSTED = ("application/json", "application/octet-stream")
"""Types of what is posted: browsers send neither from another page without asking first, and that gets no answer."""


class Guard:
    """Checks the headers of requests.

    Parameters
    ----------
    host : str
        What the server is bound to.
    token : str or None
        What whoever asks has to know; None asks for nothing.
    """

    def __init__(self, host: str, token: str | None) -> None:
        self.token = token
        self.cookie = ""
        self._names = {"localhost", host.lower(), socket.gethostname().lower()}

    def listens_on(self, port: int) -> None:
        """Name the cookie by the port, as browsers don't keep the cookies of ports apart."""
        self.cookie = f"zsl_app_{port}"

    def check_host(self, headers: Message) -> None:
        """Refuse a request to another host."""
        hosts = headers.get_all("Host", [])
        if len(hosts) != 1 or not self._is_known(hosts[0]):
            raise Refused(HTTPStatus.MISDIRECTED_REQUEST, "This server doesn't answer to that name of a host.")

    def check(self, method: str, headers: Message) -> None:
        """Refuse a request to another host, from another page, or without the token."""
        self.check_host(headers)
        if method == "POST":
            _check_origin(headers["Host"], headers)
        if not self._is_allowed(headers):
            raise Refused(HTTPStatus.UNAUTHORIZED, "Open the whole address that zsl app printed: it holds a token.")

    def admits(self, token: str) -> bool:
        """Whether this is the token, in time that doesn't depend on where it differs."""
        return self.token is not None and hmac.compare_digest(self.token.encode(), token.encode())

    def _is_known(self, host: str) -> bool:
        """Whether a host is given by number, which no name server can move, or by a name of this machine."""
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        if name in self._names:
            return True
        try:
            return bool(ip_address(name))
        except ValueError:
            return False

    def _is_allowed(self, headers: Message) -> bool:
        if self.token is None:
            return True
        kind, _, given = headers.get("Authorization", "").partition(" ")
        if kind == "Bearer":
            return self.admits(given)
        try:
            cookies = SimpleCookie(headers.get("Cookie", ""))
        except CookieError:
            return False
        return self.cookie in cookies and self.admits(cookies[self.cookie].value)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches what is bound to a host."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _check_origin(host: str, headers: Message) -> None:
    """Refuse what another page makes a browser send."""
    origin = headers.get("Origin")
    if origin is not None and origin not in (f"http://{host}", f"https://{host}"):
        raise Refused(HTTPStatus.FORBIDDEN, "This server takes requests from its own page only.")
    if headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise Refused(HTTPStatus.FORBIDDEN, "This server takes requests from its own page only.")
    if headers.get_content_type() not in POSTED:
        raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"Wanted a request of type {' or '.join(POSTED)}.")
