"""Docstrings as users see them by `help`: every parameter and result of every public name is documented."""

import importlib
import inspect

import pytest
from numpydoc.validate import validate

import zsl
from zsl.estimators import _SHELLS

CODES = {"GL03", "GL06", "GL07", "GL08", "SS01", "SS02", "SS03", "PR01", "PR02", "PR04", "PR07", "RT01", "RT03"}
ROOMS = (*zsl._ROOMS, "zsl.report", "zsl.testing")


def public():
    """Names of all public classes and functions, each once, and of the methods that classes define."""
    found = {}
    for room in ("zsl", *ROOMS):
        module = importlib.import_module(room)
        for name in module.__all__:
            thing = getattr(module, name)
            if name not in _SHELLS and (inspect.isclass(thing) or inspect.isfunction(thing)):
                found.setdefault(thing, f"{room}.{name}")
    for thing, path in found.items():
        if inspect.isclass(thing) and (issubclass(thing, Exception) or getattr(thing, "_is_protocol", False)):
            continue
        yield path
        if inspect.isclass(thing):
            for name, value in vars(thing).items():
                if not name.startswith("_") and inspect.isfunction(value):
                    yield f"{path}.{name}"


@pytest.mark.parametrize("path", sorted(public()))
def test_everything_public_is_documented(path):
    found = validate(path)
    errors = [(code, text) for code, text in found["errors"] if code in CODES]
    assert not errors


def test_defaults_in_docstrings_are_those_of_the_signature():
    for entry in zsl.estimators.catalog.CATALOG:
        cls = entry.load()
        if "_parameter_kinds" in vars(cls):
            for name, parameter in inspect.signature(cls).parameters.items():
                default = f'"{parameter.default}"' if isinstance(parameter.default, str) else repr(parameter.default)
                assert any(
                    line.startswith(f"{name} : ") and line.endswith(f", default={default}")
                    for line in inspect.getdoc(cls).splitlines()
                ), f"{entry.name}: {name}"
