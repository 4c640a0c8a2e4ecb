"""The command line: thin commands over the package, which is imported only when a command runs."""

from zsl.cli._app import main

__all__ = ["main"]
