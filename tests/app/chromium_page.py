"""A headless Chromium, driven over its DevTools protocol by the standard library alone."""

import base64
import json
import os
import secrets
import shutil
import socket
import struct
import subprocess
import time
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")


def find_chromium():
    """Path of a Chromium on this machine, or None."""
    return os.environ.get("ZSL_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


class Browser:
    """One page of a browser with a profile of its own."""

    def __init__(self, folder, width=1180, height=900, dark=False, touch=False):
        flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run"]
        flags += ["--disable-dev-shm-usage", "--disable-background-networking", "--remote-debugging-port=0"]
        flags += [f"--user-data-dir={folder}"]
        self._process = subprocess.Popen(
            [find_chromium(), *flags, "about:blank"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            port = self._port(Path(folder) / "DevToolsActivePort")
            request = urllib.request.Request(f"http://127.0.0.1:{port}/json/new?about:blank", method="PUT")
            with urllib.request.urlopen(request, timeout=20) as reply:
                self._open(json.load(reply)["webSocketDebuggerUrl"])
        except BaseException:
            self._process.kill()
            raise
        self._number, self.complaints = 0, []
        for domain in ("Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=touch)
        self.call("Emulation.setTouchEmulationEnabled", enabled=touch)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call(
            "Emulation.setEmulatedMedia", features=[scheme, {"name": "prefers-reduced-motion", "value": "reduce"}]
        )

    def _port(self, path):
        end = time.monotonic() + 30
        while time.monotonic() < end:
            if path.exists() and path.read_text().strip():
                return int(path.read_text().split()[0])
            time.sleep(0.05)
        raise TimeoutError("Chromium doesn't start")

    def _open(self, address):
        parts = urlsplit(address)
        self._socket = socket.create_connection((parts.hostname, parts.port), timeout=60)
        key = base64.b64encode(secrets.token_bytes(16)).decode()
        self._socket.sendall(
            f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        self._file = self._socket.makefile("rb")
        while self._file.readline().strip():
            pass

    def _send(self, message):
        data, mask = json.dumps(message).encode(), secrets.token_bytes(4)
        length = struct.pack("!BQ", 0xFF, len(data))
        masked = bytes(byte ^ mask[place % 4] for place, byte in enumerate(data))
        self._socket.sendall(b"\x81" + length + mask + masked)

    def _receive(self):
        data, last = b"", False
        while not last:
            first, second = self._file.read(2)
            length = second & 127
            if length > 125:
                length = int.from_bytes(self._file.read(2 if length == 126 else 8), "big")
            data, last = data + self._file.read(length), bool(first & 128)
        return json.loads(data)

    def call(self, method, **parameters):
        """Call a method of the protocol; what the page complained of meanwhile is kept."""
        self._number += 1
        self._send({"id": self._number, "method": method, "params": parameters})
        while True:
            message = self._receive()
            if message.get("id") == self._number:
                assert "error" not in message, message
                return message["result"]
            if message.get("method") in ("Log.entryAdded", "Runtime.exceptionThrown"):
                self.complaints.append(message["params"])

    def run(self, script):
        """The value of an expression of JavaScript in the page; promises are awaited."""
        found = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def wait(self, script, seconds=30):
        """Wait until an expression is true."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            value = self.run(script)
            if value:
                return value
            time.sleep(0.05)
        raise AssertionError(f"not within {seconds} s: {script}; the page says {self.run('document.body.innerText')}")

    def open(self, address):
        """Open a page, and wait until it is there."""
        self.call("Page.navigate", url=address)
        self.wait("document.readyState === 'complete' && location.protocol === 'http:'")

    def key(self, key, text=None):
        """Press a key."""
        codes = {"Tab": 9, "Backspace": 8, "Delete": 46, "ArrowRight": 39, "ArrowLeft": 37, "Enter": 13}
        own = {"key": key, "code": key, "windowsVirtualKeyCode": codes.get(key, 0)}
        self.call("Input.dispatchKeyEvent", type="keyDown", **own, **({"text": "\r"} if key == "Enter" else {}))
        self.call("Input.dispatchKeyEvent", type="keyUp", **own)

    def place_of(self, script):
        """Middle, width and height of an element, scrolled into view."""
        return self.run(
            f"(() => {{ const e = {script}; e.scrollIntoView({{block: 'center'}}); const b = e.getBoundingClientRect();"
            "return [b.x + b.width / 2, b.y + b.height / 2, b.width, b.height]; })()"
        )

    def draw(self, script, strokes, touch=False):
        """Draw strokes of points from 0 to 1 on an element, with the mouse or a finger."""
        x, y, width, height = self.place_of(script)
        for stroke in strokes:
            points = [(x + (u - 0.5) * width, y + (v - 0.5) * height) for u, v in stroke]
            if touch:
                for kind, place in (("touchStart", points[0]), *(("touchMove", each) for each in points[1:])):
                    self.call("Input.dispatchTouchEvent", type=kind, touchPoints=[{"x": place[0], "y": place[1]}])
                self.call("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])
                continue
            kinds = ["mousePressed", *["mouseMoved"] * (len(points) - 1), "mouseReleased"]
            for kind, (u, v) in zip(kinds, [*points, points[-1]], strict=True):
                self.call("Input.dispatchMouseEvent", type=kind, x=u, y=v, button="left", buttons=1, clickCount=1)

    def screenshot(self, path, whole=True):
        """Write the page as a PNG file."""
        options = {"captureBeyondViewport": True} if whole else {}
        if whole:
            size = self.call("Page.getLayoutMetrics")["cssContentSize"]
            options["clip"] = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        data = self.call("Page.captureScreenshot", format="png", **options)["data"]
        Path(path).write_bytes(base64.b64decode(data))

    def close(self):
        """End the browser."""
        self._file.close()
        self._socket.close()
        self._process.terminate()
        self._process.wait(20)
