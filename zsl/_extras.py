"""Optional dependencies, imported only when something needs them."""

from importlib import import_module
from typing import Any

from zsl.exceptions import MissingExtraError


def needed(module: str, extra: str, what: str) -> Any:
    """The module, which an extra of this package installs; `what` needs it."""
    try:
        return import_module(module)
    except ImportError as error:
        package = module.partition(".")[0].replace("PIL", "Pillow")
        install = f"pip install 'zslearn[{extra}]'"
        raise MissingExtraError(f"{what} needs {package}: {install}.") from error
