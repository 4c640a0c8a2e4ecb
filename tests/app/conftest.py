"""One server for the tests of the page."""

import pytest
from app_client import Letters, serving

from zsl.app._serving import make_server


@pytest.fixture(scope="session")
def page():
    """A server of the digits, with all parts loaded."""
    with serving(make_server(text_encoder=Letters())) as client:
        yield client
