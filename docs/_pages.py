"""The pages that are written from the code, so that they can't go stale: the API and the command line.

``conf.py`` calls `write` before each build. What is written is not kept in the repository.
"""

import inspect
import pkgutil
import shutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import typer

import zsl
import zsl.methods
from zsl.cli import _app
from zsl.estimators.catalog import CATALOG

ROOMS = {
    "zsl.evaluation": "Splits, metrics, protocols",
    "zsl.datasets": "Data sets and readers",
    "zsl.semantics": "The class table",
    "zsl.taxonomy": "The tree of classes",
    "zsl.encoders": "Encoders",
    "zsl.plots": "Plots",
    "zsl.testing": "Laws for estimators of your own",
}
FAMILIES = {
    "relation": "The flagship",
    "zero_shot": "Zero-shot: classes known by a description",
    "few_shot": "Few-shot: classes known by samples",
    "joint": "Few-shot adapters of a joint space",
    "generative": "Generated features",
    "multi_label": "Several classes per sample",
    "applications": "Around a fitted estimator",
    "ranks": "Answers by rank",
    "sets": "Sets of classes",
}


def write(docs: Path) -> None:
    """Write ``docs/api`` and ``docs/commands.md`` anew."""
    api = docs / "api"
    shutil.rmtree(api, ignore_errors=True)
    api.mkdir()
    for name, text in api_pages().items():
        (api / name).write_text(text, encoding="utf-8")
    (docs / "commands.md").write_text(commands(), encoding="utf-8")


def api_pages() -> dict[str, str]:
    """A page per room of public names, each a table that links one page per name."""
    named = {entry.name: entry.module.split(".")[0] for entry in CATALOG}
    rest = [name for name in zsl.__all__ if name not in named]
    classes = ["Estimators", "=" * 10, ""]
    for family, title in FAMILIES.items():
        names = [f"zsl.{name}" for name, home in named.items() if home == family]
        classes += [title, "-" * len(title), "", *_table(names)]
    pages = {"estimators.rst": classes}
    flat = {id(getattr(zsl, name)) for name in zsl.__all__}
    pages["flat.rst"] = ["Other names of ``zsl``", "=" * 22, "", *_table([f"zsl.{name}" for name in rest])]
    for room, title in ROOMS.items():
        module = import_module(room)
        names = [name for name in module.__all__ if id(getattr(module, name)) not in flat]
        own = [f"{room}.{name}" for name in names if _has_page(getattr(module, name))]
        heading = f"{title}: ``{room}``"
        pages[f"{room.split('.')[1]}.rst"] = [heading, "=" * len(heading), "", *_table(own)]
    pages["methods.rst"] = ["Methods, paper by paper", "=" * 23, "", _METHODS, "", *_table(methods(), "method.rst")]
    index = ["API reference", "=" * 13, "", _ABOUT, "", ".. toctree::", "", *(f"   {Path(p).stem}" for p in pages)]
    return {name: "\n".join(lines) + "\n" for name, lines in {**pages, "index.rst": index}.items()}


_ABOUT = (
    "Every public name, from its docstring: for methods the formula, the paper, and where we depart from it. Names "
    "that most users need are in ``zsl`` itself; the others in the module of their room."
)


_METHODS = (
    "What the estimators fit: one class per paper, with the formula and the departures from the paper. They are "
    "modules of PyTorch; see CONTRIBUTING for how to add one."
)


def methods() -> list[str]:
    """The final classes of `zsl.methods`, one per paper."""
    found = []
    for info in pkgutil.walk_packages(zsl.methods.__path__, "zsl.methods."):
        module = import_module(info.name)
        own = [value for value in vars(module).values() if inspect.isclass(value) and value.__module__ == info.name]
        found += [f"{info.name}.{value.__name__}" for value in own if getattr(value, "__final__", False)]
    return found


def _has_page(value: Any) -> bool:
    return inspect.isclass(value) or inspect.isroutine(value)


def _table(names: list[str], template: str = "") -> list[str]:
    options = ["   :toctree: generated", "   :nosignatures:"] + [f"   :template: {template}"] * bool(template)
    return [".. autosummary::", *options, "", *(f"   {name}" for name in names), ""]


def commands() -> str:
    """The command line, from what ``--help`` is made of."""
    root: Any = typer.main.get_command(_app.app)
    parts = ["# Command line", "", "Written from `zsl --help`. Every command takes `--help`.", ""]
    for name, command in _leaves(root):
        context = click.Context(command, info_name=f"zsl {name}")
        usage = " ".join(command.collect_usage_pieces(context))
        parts += [f"## zsl {name}", "", inspect.cleandoc(command.help or "").replace("\f", ""), ""]
        parts += ["```text", f"zsl {name} {usage}", "```", "", "| | |", "|---|---|"]
        parts += [_row(parameter) for parameter in command.params if not getattr(parameter, "hidden", False)] + [""]
    return "\n".join(parts)


def _leaves(group: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    """The commands of a group and of the groups within it, by their whole names."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _leaves(command, f"{before}{name} ")
        else:
            yield f"{before}{name}", command


def _row(parameter: Any) -> str:
    is_option, default = parameter.param_type_name == "option", parameter.default
    names = [*parameter.opts, *parameter.secondary_opts] if is_option else [parameter.metavar or parameter.name]
    plain = isinstance(default, (str, int, float)) and not isinstance(default, bool)
    note = f" Default: `{default}`." if is_option and plain else ""
    text = " ".join((getattr(parameter, "help", None) or "").split()).replace("|", "\\|")
    return f"| {', '.join(f'`{n}`' for n in names)} | {text}{note} |"
