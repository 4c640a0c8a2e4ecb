"""The stubs are as `python tests/stub.py` writes them."""

from stub import stubs


def test_stubs_are_current():
    assert {path: path.read_text(encoding="utf-8") for path in stubs()} == stubs()
