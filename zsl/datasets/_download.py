"""Files of known address and check sum, kept in the user's cache."""

import sys
from importlib import import_module
from pathlib import Path

from zsl.exceptions import InvalidInputError, MissingExtraError


def cached(url: str, md5: str | None, download: bool) -> Path:
    """The file of that address in the cache, fetched if it isn't there and may be; without `md5` it isn't compared."""
    try:
        pooch = import_module("pooch")
    except ImportError as error:
        raise MissingExtraError(
            f"root=None, and finding {url} in the cache needs pooch: pip install 'zslearn[download]'."
        ) from error
    folder, name = Path(pooch.os_cache("zslearn")), url.rpartition("/")[2]
    place = folder / name
    if not download:
        if not place.is_file() or (md5 is not None and pooch.file_hash(str(place), alg="md5") != md5):
            raise InvalidInputError(
                f"root=None and download=False, and {place} isn't the file {url}; pass download=True to fetch it, or "
                "the folder that holds the data as root."
            )
        return place
    known = None if md5 is None else f"md5:{md5}"
    try:
        return Path(pooch.retrieve(url, known_hash=known, fname=name, path=folder, progressbar=sys.stderr.isatty()))
    except (OSError, ValueError) as error:
        raise InvalidInputError(
            f"{url} can't be fetched ({error}); fetch it by other means and pass its folder as root."
        ) from error
