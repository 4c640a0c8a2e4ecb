"""The local page under load: milliseconds until an answer, for many clients at a time.

It starts ``zsl app`` in a process of its own. Each client keeps one connection and asks again after a pause, with a new
description, drawing or text each time and the same classes, as somebody does who moves a slider or draws a stroke; a
pause of 0 has all of them ask as fast as they get answers, which shows how much the server can do. "alone" is a single
client without a pause. The first question of each client, which has the server learn the classes, is counted apart, and
all clients wait for it.
"CPU" is the server's own processor time per request, which other work on the machine changes little; all other figures
need a machine that does nothing else, and the load before the measurement is printed. It ends with 1 if a request
failed, or if the 95th percentile of a kind is 100 ms or more at the pause that was asked for.
"""

import base64
import http.client
import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import numpy as np

from benchmarks._harness import Table, run

LIMIT = 100.0
KINDS = ("describe", "draw", "text")
WORDS = [
    "card",
    "money",
    "train",
    "lost",
    "wallet",
    "rate",
    "euro",
    "bank",
    "order",
    "home",
    "open",
    "fee",
    "transfer",
    "late",
    "account",
]


def question(kind: str, generator: np.random.Generator, client: int) -> tuple[str, dict[str, Any]]:
    """Where to ask, and what: the same classes for a client, and something new to classify."""
    if kind == "describe":
        return "/api/describe", {"name": "new", "values": generator.uniform(0, 1, 28).round(2).tolist()}
    if kind == "draw":
        own = np.random.default_rng(client)
        classes = [{"name": name, "drawings": [_drawing(own)]} for name in "ABCDE"]
        return "/api/draw", {"classes": classes, "query": _drawing(generator)}
    classes = [
        {"name": "lost or stolen card", "examples": [f"card {client} is gone"]},
        {"name": "exchange rate", "examples": []},
        {"name": "card has not arrived", "examples": []},
    ]
    return "/api/text", {"classes": classes, "query": " ".join(generator.choice(WORDS, 8))}


def _drawing(generator: np.random.Generator) -> str:
    """A wandering line, in base64."""
    path = np.cumsum(np.cumsum(generator.normal(size=(60, 2)), axis=0), axis=0)
    path -= path.min(axis=0)
    rows, columns = (4 + 18 * path / path.max()).astype(int).T
    image = np.zeros((28, 28), dtype=np.uint8)
    for down, right in ((0, 0), (0, 1), (1, 0), (1, 1)):
        image[rows + down, columns + right] = 255
    return base64.b64encode(image.tobytes()).decode()


class Client(threading.Thread):
    """Asks until the end, and keeps the times of answers, the first one apart, and what failed."""

    def __init__(
        self, address: str, kind: str, number: int, pause: float, seconds: float, together: threading.Barrier
    ) -> None:
        super().__init__(daemon=True)
        self._together = together
        self._address, self._kind, self._number, self._pause = address, kind, number, pause
        self._seconds = seconds
        self.first, self.times, self.errors = float("nan"), list[float](), list[str]()

    def run(self) -> None:
        """Ask once, wait until all have, and ask on."""
        generator = np.random.default_rng([self._number, len(self._kind)])
        connection = http.client.HTTPConnection(self._address, timeout=60)
        self.first = self._ask(connection, generator)
        connection.close()  # the server doesn't keep one that is silent for long
        self._together.wait()
        end = time.monotonic() + self._seconds
        time.sleep(generator.uniform(0, self._pause))
        while time.monotonic() < end:
            self.times.append(self._ask(connection, generator))
            time.sleep(self._pause * generator.uniform(0.5, 1.5))
        connection.close()

    def _ask(self, connection: http.client.HTTPConnection, generator: np.random.Generator) -> float:
        """Milliseconds until an answer."""
        path, body = question(self._kind, generator, self._number)
        headers = {"Content-Type": "application/json", "X-Client": f"{self._number:032d}"}
        data, start = json.dumps(body).encode(), time.perf_counter()
        try:
            connection.request("POST", path, data, headers)
            reply = connection.getresponse()
            found = reply.read()
            if reply.status != 200:
                self.errors.append(found.decode())
        except OSError as error:
            self.errors.append(repr(error))
            connection.close()
        return 1000 * (time.perf_counter() - start)


def measure(
    address: str, number: int, kind: str, clients: int, pause: float, seconds: float
) -> tuple[list[str], float, int]:
    """Cells of one row, the 95th percentile, and how many requests failed."""
    together = threading.Barrier(clients + 1)
    all_of_them = [Client(address, kind, own, pause, seconds, together) for own in range(clients)]
    for each in all_of_them:
        each.start()
    together.wait()
    before = cpu_seconds(number)
    for each in all_of_them:
        each.join()
    times = np.array([took for each in all_of_them for took in each.times] or [np.nan])
    errors = [error for each in all_of_them for error in each.errors]
    for error in dict.fromkeys(errors[:3]):
        print(f"failed: {error}", file=sys.stderr)
    p50, p95, p99 = np.percentile(times, [50, 95, 99])
    first = np.nanpercentile([each.first for each in all_of_them], 95)
    cpu = 1000 * (cpu_seconds(number) - before) / len(times)
    cells = [
        f"{len(times) / seconds:.0f}",
        *(f"{value:.1f}" for value in (p50, p95, p99, first, cpu)),
        str(len(errors)),
    ]
    return cells, float(p95), len(errors)


def cpu_seconds(number: int) -> float:
    """The processor time of a process so far, where the system tells it."""
    try:
        user, system = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[11:13]
    except OSError:
        return float("nan")
    return (int(user) + int(system)) / float(os.sysconf("SC_CLK_TCK"))


def served(work: Callable[[str, int], bool]) -> bool:
    """Do something with the address and the process of a page that has loaded all parts."""
    command = [sys.executable, "-m", "zsl", "app", "--no-browser", "--quiet", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            found = re.search(r"http://\S+", process.stdout.readline())
            assert found is not None, "zsl app didn't start"
            address = urlsplit(found[0]).netloc
            while "loading" in (state := _state(address)):
                time.sleep(0.5)
            if "missing" in state:
                print("The part text has no sentence model here.", file=sys.stderr)
            return work(address, process.pid)
        finally:
            process.terminate()


def _state(address: str) -> str:
    connection = http.client.HTTPConnection(address, timeout=60)
    connection.request("GET", "/api/state")
    state = connection.getresponse().read().decode()
    connection.close()
    return state


def main(
    clients: int = 50,
    pause: Annotated[float, "seconds between an answer and the next question, on average"] = 1.0,
    seconds: Annotated[float, "per row"] = 15.0,
    kinds: Annotated[list[str] | None, KINDS] = None,
) -> None:
    """Print a row per kind of question and way to ask."""
    load = os.getloadavg()
    print(f"load of the machine before: {load[0]:.1f} (1 min), {load[1]:.1f} (5 min)")

    def work(address: str, number: int) -> bool:
        asked, ways = kinds or list(KINDS), [f"{clients}, pause {pause:g} s"]
        output = Table("requests/s", "p50 ms", "p95", "p99", "first p95", "CPU ms", "errors", kind=asked, clients=ways)
        good = True
        for kind in asked:
            for count, wait in ((1, 0.0), (clients, pause), (clients, 0.0)):
                cells, p95, errors = measure(address, number, kind, count, wait, seconds)
                way = "alone" if count == 1 else f"{count}, pause {wait:g} s" if wait else f"{count}, no pause"
                output.row(kind, way, *cells)
                good = good and not errors and (p95 < LIMIT or wait == 0.0)
        return good

    if not served(work):
        print(f"A request failed, or the 95th percentile is not below {LIMIT:g} ms.")
        raise SystemExit(1)


if __name__ == "__main__":
    run(main)
