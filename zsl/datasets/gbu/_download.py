"""Fetching the archive of the proposed splits, and taking from it what one data set needs."""

import shutil
import zlib
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from zsl.datasets._download import fetched
from zsl.datasets._reading import file_sha256
from zsl.exceptions import InvalidInputError

MEMBERS = ("res101.mat", "att_splits.mat")
ARCHIVE = "xlsa17.zip"


def fetch(url: str, root: Path) -> Path:
    """The archive under the root, fetched if it isn't there and compared with its recorded SHA-256.

    The publisher gives no check sum, so that of the first use is recorded beside the archive and compared at every
    later use. That finds a file that was changed since, but not one that was wrong from the start.
    """
    archive = root / ARCHIVE
    record = root / f"{ARCHIVE}.sha256"
    if not archive.is_file():
        root.mkdir(parents=True, exist_ok=True)
        fetched(url, archive, None, f"put it at {archive}")
    found = file_sha256(archive)
    if not record.is_file():
        record.write_text(f"{found}  {ARCHIVE}\n", encoding="ascii")
        return archive
    known = record.read_text(encoding="ascii", errors="replace").split()
    if not known or known[0] != found:
        raise InvalidInputError(
            f"{archive} has the SHA-256 {found}, and {record} records {' '.join(known[:1]) or 'none'}; "
            "delete the archive to fetch it anew, and the record too if the new file is to be trusted."
        )
    return archive


def extract(archive: Path, name: str, root: Path) -> Path:
    """The folder of one data set, with its two files taken from the archive."""
    folder = root / "xlsa17" / "data" / name
    try:
        with ZipFile(archive) as opened:
            members = {member.lower(): member for member in opened.namelist()}
            for file in MEMBERS:
                places = [place for place in members if f"/{place}".endswith(f"/{name}/{file}".lower())]
                if len(places) != 1:
                    raise InvalidInputError(f"{archive} holds {len(places)} files {name}/{file}; wanted one.")
                folder.mkdir(parents=True, exist_ok=True)
                part = folder / f"{file}.part"
                with opened.open(members[places[0]]) as source, part.open("wb") as target:
                    shutil.copyfileobj(source, target, 1 << 20)
                part.replace(folder / file)
    except (BadZipFile, RuntimeError, zlib.error) as error:
        raise InvalidInputError(f"{archive} can't be read as a ZIP archive: {error}") from error
    return folder
