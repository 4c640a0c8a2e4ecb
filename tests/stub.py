"""What type checkers see of names that are looked up when they are used: `zsl`, `zsl.estimators` and `zsl.evaluation`.

`python tests/stub.py` writes the stubs anew; a test holds them to that.
"""

from pathlib import Path

import zsl
from zsl import estimators, evaluation

ROOT = Path(zsl.__file__).parent


def stubs() -> dict[Path, str]:
    """The text of each stub."""
    shells = {name: f"zsl.estimators.{home}" for name, home in estimators._SHELLS.items()}
    catalogue = {entry.name: f"zsl.estimators.{entry.module}" for entry in estimators.catalog.CATALOG}
    loaders = dict.fromkeys(["few_shot_methods", "zero_shot_methods"], "zsl.estimators.catalog")
    return {
        ROOT / "__init__.pyi": _stub(zsl._HOME_OF, "__version__: str\n"),
        ROOT / "estimators/__init__.pyi": _stub(shells | catalogue | loaders, ""),
        ROOT / "evaluation/__init__.pyi": _stub(evaluation._HOME_OF, ""),
    }


def _stub(homes: dict[str, str], more: str) -> str:
    imports = "\n".join(sorted(f"from {home} import {name} as {name}" for name, home in homes.items()))
    names = "".join(f'    "{name}",\n' for name in sorted(homes))
    return f"# Written by tests/stub.py.\n{imports}\n\n{more}__all__ = [\n{names}]\n"


if __name__ == "__main__":
    for path, text in stubs().items():
        path.write_text(text, encoding="utf-8")
