"""``zsl app``: what it prints and refuses, and how it ends."""

import os
import re
import signal
import subprocess
import sys
import urllib.request

import pytest
from command import run


def start(*options):
    """The process of a page, and the line with its address."""
    command = [sys.executable, "-m", "zsl", "app", "--no-browser", "--port", "0", *options]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"}
    )
    return process, process.stdout.readline()


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize(
    ("number", "quiet"), [(signal.SIGINT, False), pytest.param(signal.SIGTERM, True, marks=pytest.mark.slow)]
)
def test_it_serves_and_ends_cleanly(number, quiet):
    process, line = start(*(["--quiet"] if quiet else []))
    with process:
        try:
            address = re.search(r"http://127\.0\.0\.1:\d+/", line)[0]
            assert line == (f"{address}\n" if quiet else f"The page is at {address}; Ctrl-C stops it.\n")
            with urllib.request.urlopen(address, timeout=60) as reply:
                assert b"<title>zsl" in reply.read()
            process.send_signal(number)
            out, err = process.communicate(timeout=60)
        finally:
            process.kill()
    assert (process.returncode, out, err) == (0, "" if quiet else "Stopped.\n", "")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--model", "somewhere"], "--model and --gallery go together"),
        (["--gallery", "somewhere"], "--model and --gallery go together"),
        (["--host", "192.0.2.1", "--port", "0"], "--host 192.0.2.1 and --port 0 can't be bound"),
    ],
)
def test_bad_options_are_one_sentence(options, words, capsys):
    code, _, err = run(["app", "--no-browser", *options], capsys)
    assert code == 2
    assert words in err
    assert err.count("\n") == 1
