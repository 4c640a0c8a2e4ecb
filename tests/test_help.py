"""What `help` shows of public names can be read: types stand there as they are written, not spelled out."""

import inspect
import pydoc

import pytest

import zsl


@pytest.mark.parametrize("name", zsl.__all__)
def test_types_are_short(name):
    found = getattr(zsl, name)
    assert "numpy._typing" not in pydoc.render_doc(found, renderer=pydoc.plaintext)
    functions = [part for _, part in inspect.getmembers(found, callable)] if inspect.isclass(found) else [found]
    for function in (part for part in functions if str(getattr(part, "__module__", "")).startswith("zsl.")):
        for parameter in inspect.signature(function).parameters.values():
            assert len(inspect.formatannotation(parameter.annotation)) <= 120, (function, parameter)
