"""Which of many alike are tried in every run; the others are marked as slow."""

import pytest

from zsl.estimators.catalog import BY_NAME


def one_per_module(names):
    """The first estimator of each module in every run, for the others share what is tested with it."""
    modules, found = set(), []
    for name in names:
        module = BY_NAME[name].module
        found.append(pytest.param(name, marks=[pytest.mark.slow] if module in modules else []))
        modules.add(module)
    return found
