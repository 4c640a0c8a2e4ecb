"""Where the data files that the package ships are found."""

from importlib.resources import files
from pathlib import Path


def data_path(name: str) -> Path:
    """Path of a shipped file: in ``zsl/_data`` of an installed package, in ``data`` of a source checkout."""
    package = Path(str(files("zsl")))
    places = [package / "_data", package.parent / "data"]
    for place in places:
        if (place / name).is_file():
            return place / name
    raise FileNotFoundError(f"Data file {name!r} is missing; looked in {places[0]} and {places[1]}.")
