"""What type checkers see of `zsl`, written from the names that it looks up when they are used.

`python tests/stub.py` writes `zsl/__init__.pyi` anew; a test holds it to that.
"""

from pathlib import Path

import zsl

PATH = Path(zsl.__file__).with_suffix(".pyi")


def stub() -> str:
    """The text of the stub."""
    imports = [f"from {home} import {name} as {name}" for name, home in zsl._HOME_OF.items()]
    names = "".join(f'    "{name}",\n' for name in zsl.__all__)
    return "\n".join(
        ["# Written by tests/stub.py.", *sorted(imports), "", "__version__: str", f"__all__ = [\n{names}]", ""]
    )


if __name__ == "__main__":
    PATH.write_text(stub(), encoding="utf-8")
