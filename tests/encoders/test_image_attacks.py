"""Image files that start programs, claim gigabytes or never end are refused, by everything that opens images."""

import os
import struct
import subprocess
import sys
import threading
import tracemalloc
import warnings
import zlib
from contextlib import suppress

import numpy as np
import pytest
from encoder_images import MeanColour, paint
from PIL import Image

from zsl import ImageEncoder, InvalidInputError
from zsl.datasets import load_mini_imagenet, read_folder
from zsl.datasets._reading import read_image
from zsl.datasets.few_shot._omniglot_files import _ink
from zsl.encoders.images._files import FORMATS, MAX_PIXELS, UNREADABLE, open_image

POSTSCRIPT = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\nshowpage\n%%EOF\n"


def claims(width, height):
    """A small grey PNG file of this size."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    packer = zlib.compressobj(9)
    rows = b"".join(packer.compress(bytes(width + 1)) for _ in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def by_encoder(path):
    return ImageEncoder(MeanColour(), verbose=False).transform([path])


def by_folder(path):
    return read_folder(path.parent.parent, MeanColour().encode, verbose=False)


def by_mini_imagenet(path):
    for part in ("train", "val", "test"):
        (path.parent.parent / f"{part}.csv").write_text(f"filename,label\n{path.name},{part}\n")
    return load_mini_imagenet(path.parent.parent, verbose=False)


def by_omniglot(path):
    return _ink(path.read_bytes(), path.name)


WAYS = [by_encoder, by_folder, by_mini_imagenet, by_omniglot, read_image]


@pytest.fixture
def place(tmp_path):
    (tmp_path / "images").mkdir()
    return tmp_path / "images" / "a.png"


@pytest.mark.parametrize("way", WAYS)
def test_no_program_is_started(way, place, monkeypatch, tmp_path_factory):
    programs = tmp_path_factory.mktemp("other") / "programs"
    mark = programs / "started"
    programs.mkdir()
    (programs / "gs").write_text(f"#!/bin/sh\ntouch {mark}\n")
    (programs / "gs").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    place.write_bytes(POSTSCRIPT)
    with pytest.raises(InvalidInputError, match="damaged or in none of the formats PNG, JPEG"):
        way(place)
    assert not mark.exists()


@pytest.mark.parametrize("kind", FORMATS)
def test_formats_that_are_opened(place, kind):
    Image.new("RGB", (8, 6), (200, 100, 50)).save(place, format=kind)
    np.testing.assert_allclose(by_encoder(place)[0, :3], (200, 100, 50), atol=6)


@pytest.mark.parametrize("kind", ["EPS", "ICO", "PCX", "SGI", "TGA", "DDS", "JPEG2000", "PDF"])
def test_formats_that_are_not(place, kind):
    Image.new("RGB", (8, 6), (200, 100, 50)).save(place, format=kind)
    with pytest.raises(InvalidInputError, match="in none of the formats"):
        by_encoder(place)


@pytest.mark.parametrize("way", WAYS)
def test_a_small_file_of_many_pixels(way, place):
    place.write_bytes(claims(13_000, 13_000))
    assert place.stat().st_size < 200_000
    with pytest.raises(InvalidInputError, match=r"13000 × 13000 pixels; max_pixels allows \d"):
        way(place)


def test_what_claims_gigabytes_takes_little_memory(place):
    place.write_bytes(claims(13_000, 13_000))
    program = (
        "import resource, sys, PIL.Image\n"
        "from zsl.encoders.images._files import open_image\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "try:\n    open_image(sys.argv[1])\nexcept ValueError:\n    pass\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    done = subprocess.run([sys.executable, "-c", program, place], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 50_000  # KiB


def test_the_limit_can_be_raised_wherever_files_are_opened(place):
    paint(place, 77, "L", (20, 20))
    for way, more in ((by_encoder, {}), (read_image, {}), (by_folder, {})):
        way(place, **more)
    with pytest.raises(InvalidInputError, match="max_pixels allows 399"):
        read_folder(place.parent.parent, MeanColour().encode, max_pixels=399, verbose=False)
    read_folder(place.parent.parent, MeanColour().encode, max_pixels=400, verbose=False)
    by_mini_imagenet(place)
    with pytest.raises(InvalidInputError, match="max_pixels allows 399"):
        load_mini_imagenet(place.parent.parent, max_pixels=399, verbose=False)
    with pytest.raises(InvalidInputError, match="max_pixels=0; wanted"):
        read_folder(place.parent.parent, MeanColour().encode, max_pixels=0, verbose=False)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes with names")
@pytest.mark.parametrize("way", [by_encoder, by_folder, by_mini_imagenet, read_image])
def test_a_pipe_is_not_waited_for(way, place):
    os.mkfifo(place)
    found = []

    def call():
        try:
            way(place)
        except Exception as error:
            found.append(error)

    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    thread.join(20)
    assert isinstance(found[0], InvalidInputError)
    assert "regular file" in str(found[0]) or "missing" in str(found[0])


def test_devices_and_links(place):
    with pytest.raises(InvalidInputError, match="a pipe, a socket or a device"):
        by_encoder("/dev/zero")
    paint(place)
    (place.parent / "link.png").symlink_to(place)
    assert by_encoder(place.parent / "link.png").tolist() == by_encoder(place).tolist()


def test_pillow_warns_of_nothing(place):
    """Neither of a size that is refused, or was allowed, nor of spoiled EXIF data."""
    place.write_bytes(claims(10_000, 10_000))
    spoiled = place.with_name("exif.jpg")
    Image.new("RGB", (8, 8)).save(spoiled, exif=b"Exif\0\0II*\0\x08\0\0\0\xff\0\x01\0")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(InvalidInputError, match="max_pixels allows"):
            by_encoder(place)
        assert open_image(place, 10**8).size == (10_000, 10_000)
        by_encoder(spoiled)


def test_threads_leave_the_filters_of_warnings_alone(place):
    paint(place, size=(300, 300))
    before = list(warnings.filters)
    threads = [threading.Thread(target=lambda: [open_image(place) for _ in range(20)]) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert warnings.filters == before


def test_the_limit_is_that_which_pillow_warns_of():
    assert Image.MAX_IMAGE_PIXELS == MAX_PIXELS


def test_a_length_that_the_file_does_not_have_is_not_asked_for(tmp_path):
    """The length of a chunk of pixels says 2 GB; no more than the file holds is read, or taken for it."""
    Image.fromarray(np.full((12, 12, 3), 7, np.uint8)).save(tmp_path / "a.png")
    content = bytearray((tmp_path / "a.png").read_bytes())
    place = content.index(b"IDAT") - 4
    content[place : place + 4] = (2**31 - 1).to_bytes(4, "big")
    (tmp_path / "a.png").write_bytes(content)
    tracemalloc.start()
    try:
        with suppress(*UNREADABLE):
            open_image(tmp_path / "a.png")
        taken = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert taken < 2**24
