"""Where the files that the package ships are found."""

from importlib.resources import files
from pathlib import Path


def data_folders() -> tuple[Path, Path]:
    """Places of shipped files: ``zsl/_data`` of an installed package, ``data`` of a source checkout."""
    package = Path(str(files("zsl")))
    return package / "_data", package.parent / "data"


def data_path(name: str) -> Path:
    """Path of a shipped file or folder."""
    for place in data_folders():
        if (place / name).exists():
            return place / name
    first, second = data_folders()
    raise FileNotFoundError(f"Data file {name!r} is missing; looked in {first} and {second}.")
