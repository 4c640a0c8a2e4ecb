"""Files fetched from known addresses."""

import sys
from pathlib import Path

from zsl._extras import needed
from zsl.exceptions import InvalidInputError


def cached(url: str, md5: str | None, download: bool) -> Path:
    """The file of that address in the user's cache, fetched if it isn't there; its check sum is compared if known."""
    pooch = needed("pooch", "download", f"root=None, and finding {url} in the cache")
    place = Path(pooch.os_cache("zslearn")) / url.rpartition("/")[2]
    if download:
        return fetched(url, place, md5, "pass its folder as root")
    if not place.is_file() or (md5 is not None and pooch.file_hash(str(place), alg="md5") != md5):
        raise InvalidInputError(
            f"root=None and download=False, and {place} isn't the file {url}; pass download=True to fetch it, or "
            "the folder that holds the data as root."
        )
    return place


def fetched(url: str, place: Path, md5: str | None, otherwise: str) -> Path:
    """The file at that place, fetched if it isn't there; `otherwise` is what to do if it can't be fetched."""
    pooch = needed("pooch", "download", f"Fetching {url}")
    known = None if md5 is None else f"md5:{md5}"
    bar = sys.stderr.isatty()
    try:
        return Path(pooch.retrieve(url, known_hash=known, fname=place.name, path=place.parent, progressbar=bar))
    except (OSError, ValueError) as error:
        raise InvalidInputError(
            f"{url} can't be fetched ({error}); fetch it by other means and {otherwise}."
        ) from error
