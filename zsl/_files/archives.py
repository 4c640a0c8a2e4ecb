"""ZIP and TAR archives: members are read within the archive, and none that unpacks to more than the limit."""

import gzip
import io
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from zsl._files.opening import Unpacking, check_unpacked, length_of, opened, reading

_GZIP = b"\x1f\x8b"


@contextmanager
def open_zip(path: str | PathLike[str], what: str = "a ZIP archive") -> Iterator[ZipFile]:
    """The archive; anything raised meanwhile names the file."""
    with reading(path, what), opened(path) as file, ZipFile(file) as archive:
        length = length_of(file)
        if any(member.compress_size > length for member in archive.infolist()):
            raise ValueError("a member is longer than the file")
        yield archive


def check_member(member: ZipInfo) -> None:
    """Refuse bombs, and ways to pack whose memory can't be foreseen."""
    if member.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise ValueError(f"{member.filename!r} is packed by another method than deflation")
    check_unpacked(repr(member.filename), member.compress_size, member.file_size)


def read_member(archive: ZipFile, name: str, most: int) -> bytes:
    """One file of a ZIP archive, of at most so many bytes."""
    member = archive.getinfo(name)
    check_member(member)
    if member.file_size > most:
        raise ValueError(f"{name!r} has {member.file_size:,} bytes; wanted {most:,} at most")
    return archive.read(member)


def read_tar_member(path: str | PathLike[str], name: str, most: int) -> bytes:
    """One file of a TAR archive, perhaps packed by gzip, of at most so many bytes."""
    with opened(path) as file:
        packed = file.read(len(_GZIP)) == _GZIP
        file.seek(0)
        stream = io.BufferedReader(Unpacking(gzip.GzipFile(fileobj=file), "it", length_of(file))) if packed else file
        with tarfile.open(fileobj=stream, mode="r|") as archive:
            for member in archive:
                if member.name != name:
                    continue
                if not member.isfile():
                    raise ValueError(f"{name!r} is no file")
                if member.size > most:
                    raise ValueError(f"{name!r} has {member.size:,} bytes; wanted {most:,} at most")
                content = archive.extractfile(member)
                data = b"" if content is None else content.read()
                if len(data) != member.size:
                    raise EOFError(f"it ends within {name!r}")
                return data
    raise KeyError(f"it has no {name!r}")
