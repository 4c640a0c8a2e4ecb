"""The command line of every benchmark, read from the signatures of its commands."""

import argparse
import inspect
import os
import platform
from collections.abc import Callable
from types import UnionType
from typing import Any, Literal, get_args, get_origin

import torch

from benchmarks._harness.data import MissingDataError
from benchmarks._harness.tables import Table
from zsl import __version__


def run(*commands: Callable[..., None]) -> None:
    """Call the command that the command line names, with the options that it gives; a single command needs no name.

    Each parameter is an option, or a positional argument if it has no default. ``list[...]`` takes several values,
    ``bool`` is a flag, and ``Annotated`` adds a help text, or a collection of the choices.
    """
    module = inspect.getmodule(commands[0])
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--data", metavar="DIR", help="folder of the real data (default: the variable ZSL_DATA)")
    shared.add_argument("--markdown", action="store_true", help="print tables as Markdown")
    about: dict[str, Any] = {"formatter_class": argparse.RawDescriptionHelpFormatter}
    about |= {"prog": f"python -m {module.__spec__.name.removesuffix('.__main__')}", "description": module.__doc__}
    if len(commands) == 1:
        parser = argparse.ArgumentParser(parents=[shared], **about)
        parser.set_defaults(command=commands[0])
        _add_options(parser, commands[0])
    else:
        parser = argparse.ArgumentParser(**about)
        names = parser.add_subparsers(required=True, metavar="COMMAND")
        for command in commands:
            one = names.add_parser(command.__name__, parents=[shared], help=command.__doc__.replace("%", "%%"))
            one.set_defaults(command=command)
            _add_options(one, command)
    asked = vars(parser.parse_args())
    command, data, Table.markdown = asked.pop("command"), asked.pop("data"), asked.pop("markdown")
    if data:
        os.environ["ZSL_DATA"] = data
    print(machine(), flush=True)
    try:
        command(**asked)
    except MissingDataError as missing:
        parser.exit(2, f"{missing}\n")


def machine() -> str:
    """Versions, threads and processors, in one line."""
    device = f", {torch.cuda.get_device_name()}" if torch.cuda.is_available() else ""
    versions = f"zsl {__version__}, torch {torch.__version__}, python {platform.python_version()}"
    return f"{versions}; {torch.get_num_threads()} of {os.cpu_count()} CPUs{device}"


def _add_options(parser: argparse.ArgumentParser, command: Callable[..., None]) -> None:
    for name, parameter in inspect.signature(command).parameters.items():
        notes = getattr(parameter.annotation, "__metadata__", ())
        hint = parameter.annotation.__origin__ if notes else parameter.annotation
        if isinstance(hint, UnionType):  # with None, for what may be left out
            hint = get_args(hint)[0]
        given: dict[str, Any] = {"help": next((note for note in notes if isinstance(note, str)), None)}
        given["choices"] = next((list(note) for note in notes if not isinstance(note, str)), None)
        if get_origin(hint) is Literal:
            given |= {"choices": get_args(hint), "type": str}
        elif get_origin(hint) is list:
            given |= {"nargs": "*", "type": get_args(hint)[0]}
        else:
            given["type"] = hint
        option = f"--{name.replace('_', '-')}"
        if parameter.default is inspect.Parameter.empty:
            parser.add_argument(name, **given)
        elif hint is bool:
            parser.add_argument(option, action="store_true", help=given["help"])
        else:
            parser.add_argument(option, default=parameter.default, **given)
