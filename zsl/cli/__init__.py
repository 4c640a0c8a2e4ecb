"""The command line: thin commands over the package, which is imported when a command runs and not before."""

from zsl.cli._app import main

__all__ = ["main"]
