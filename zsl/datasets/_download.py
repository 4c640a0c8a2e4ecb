"""Files fetched from known addresses, each compared with a SHA-256: a known one, or that of the first use."""

from __future__ import annotations

import sys
from pathlib import Path

from zsl._extras import needed
from zsl.datasets._reading import file_sha256
from zsl.exceptions import InvalidInputError


def cached(url: str, sha256: str | None, download: bool) -> Path:
    """The file of that address in the user's cache, fetched if it isn't there, and compared."""
    pooch = needed("pooch", "download", f"root=None, and finding {url} in the cache")
    place = Path(pooch.os_cache("zslearn")) / url.rpartition("/")[2]
    if download:
        place = fetched(url, place, sha256, "pass its folder as root")
    elif not place.is_file() or (sha256 is not None and file_sha256(place) != sha256):
        raise InvalidInputError(
            f"root=None and download=False, and {place} isn't the file {url}; pass download=True to fetch it, or "
            "the folder that holds the data as root."
        )
    if sha256 is None:
        compare_with_record(place)
    return place


def fetched(url: str, place: Path, sha256: str | None, otherwise: str) -> Path:
    """The file at that place, fetched if it isn't there; `otherwise` is what to do if it can't be fetched."""
    pooch = needed("pooch", "download", f"Fetching {url}")
    known = None if sha256 is None else f"sha256:{sha256}"
    bar = sys.stderr.isatty()
    try:
        return Path(pooch.retrieve(url, known_hash=known, fname=place.name, path=place.parent, progressbar=bar))
    except (OSError, ValueError) as error:
        raise InvalidInputError(
            f"{url} can't be fetched ({error}); fetch it by other means and {otherwise}."
        ) from error


def compare_with_record(file: Path) -> None:
    """Compare a file whose publisher gives no check sum with the SHA-256 of its first use, recorded beside it.

    That finds a file that was changed since, but not one that was wrong from the start.
    """
    record = file.with_name(f"{file.name}.sha256")
    found = file_sha256(file)
    if not record.is_file():
        record.write_text(f"{found}  {file.name}\n", encoding="ascii")
        return
    known = record.read_text(encoding="ascii", errors="replace").split()
    if not known or known[0] != found:
        raise InvalidInputError(
            f"{file} has the SHA-256 {found}, and {record} records {' '.join(known[:1]) or 'none'}; "
            "delete the archive to fetch it anew, and the record too if the new file is to be trusted."
        )
