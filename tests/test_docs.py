"""Docstrings of functions completed by those of their neighbours."""

import inspect

import pytest

from zsl import datasets
from zsl.semantics import Semantics

COMPLETED = [
    datasets.load_fc100,
    datasets.load_folder,
    datasets.load_digits_zsl,
    Semantics.from_csv,
    Semantics.from_mapping,
]


@pytest.mark.parametrize("function", COMPLETED, ids=lambda function: function.__name__)
def test_every_parameter_is_documented_once_with_its_default(function):
    text = inspect.getdoc(function)
    for name, parameter in inspect.signature(function).parameters.items():
        assert text.count(f"\n{name} : ") == 1
        if parameter.default not in (parameter.empty, None) and not isinstance(parameter.default, str):
            assert f"default={parameter.default!r}" in text
    for section in ("Parameters", "Returns", "Raises"):
        assert text.count(f"{section}\n{'-' * len(section)}\n") == 1
