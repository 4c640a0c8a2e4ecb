"""The command line, run in the process of a test."""

import sys

from zsl.cli import main


def run(arguments, capsys=None, check=False):
    """Run the command line in this process; return exit code, what it printed and what it complained of."""
    old, sys.argv = sys.argv, ["zsl", *map(str, arguments)]
    try:
        main()
        code = 0
    except SystemExit as stop:
        code = stop.code or 0
    finally:
        sys.argv = old
    out, err = capsys.readouterr() if capsys else ("", "")
    if check:
        assert code == 0, err
    return code, out, err
