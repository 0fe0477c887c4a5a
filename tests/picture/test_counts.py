"""Scans, frames and pages are counted before anything is decoded, at every door."""

from __future__ import annotations

import io
import struct
import time

import pytest
from PIL import Image

from delaminate.errors import UnreadablePicture
from delaminate.picture import counts, open_picture


def with_scans(more: int, size: int = 64) -> bytes:
    """A progressive JPEG that repeats its last scan."""
    file = io.BytesIO()
    Image.new("L", (size, size), 90).save(file, "JPEG", progressive=True)
    data = file.getvalue()
    last = data.rindex(b"\xff\xda")
    return data[:-2] + data[last:-2] * more + b"\xff\xd9"


def animated(kind: str, frames: int) -> bytes:
    """A file of so many unlike frames or pages."""
    file = io.BytesIO()
    pictures = [Image.new("L", (8, 8), number * 36 % 256) for number in range(frames)]
    pictures[0].save(file, kind, save_all=True, append_images=pictures[1:])
    return file.getvalue()


def test_an_honest_progressive_jpeg_has_few_scans_and_is_read() -> None:
    """Also with a thumbnail, whose scans are none of its own."""
    assert 1 < counts.scans(memoryview(with_scans(0))) < 20
    thumbnail = with_scans(150)
    data = with_scans(0)
    exif = b"\xff\xe1" + struct.pack(">H", 2 + len(thumbnail)) + thumbnail
    assert counts.scans(memoryview(data[:2] + exif + data[2:])) == counts.scans(memoryview(data))
    assert open_picture(data).width == 64


def test_a_jpeg_that_repeats_its_scan_is_refused_at_once() -> None:
    """100 kB that took 20 s to decode."""
    data = with_scans(1200, 4000)
    started = time.process_time()
    with pytest.raises(UnreadablePicture, match="more than 100 scans"):
        open_picture(data)
    assert time.process_time() - started < 1


@pytest.mark.parametrize(("kind", "counted"), [("GIF", "gif_frames"), ("WEBP", "webp_frames"), ("TIFF", "tiff_pages")])
def test_frames_and_pages_are_counted_as_pillow_counts_them(kind: str, counted: str) -> None:
    """Seven; and only the first is used."""
    data = animated(kind, 7)
    assert getattr(counts, counted)(memoryview(data)) == 7
    assert any("only the first" in note for note in open_picture(data).notes)


def test_more_frames_than_anybody_draws_are_refused() -> None:
    """A GIF, and a TIFF whose directories lead back to the first."""
    data = animated("GIF", 2)
    frame = data.index(b"\x2c")
    many = data[:frame] + data[frame:-1] * counts.MOST_FRAMES + b";"
    with pytest.raises(UnreadablePicture, match="10,000 frames"):
        open_picture(many)
    pages = animated("TIFF", 1)
    at = struct.unpack_from("<I", pages, 4)[0]
    end = at + 2 + 12 * struct.unpack_from("<H", pages, at)[0]
    with pytest.raises(UnreadablePicture, match="10,000 frames or pages"):
        open_picture(pages[:end] + struct.pack("<I", at) + pages[end + 4 :])


def test_formats_whose_decoders_need_more_memory_have_a_lower_limit() -> None:
    """WebP takes half of the pixels of a PNG."""
    from delaminate.errors import PictureTooLarge

    picture, files = Image.new("L", (100, 100)), {}
    for kind in ("PNG", "WEBP"):
        file = io.BytesIO()
        picture.save(file, kind)
        files[kind] = file.getvalue()
    assert open_picture(files["PNG"], max_pixels=12_000).width == 100
    assert open_picture(files["WEBP"], max_pixels=21_000).width == 100
    with pytest.raises(PictureTooLarge, match="limit of 6,000 for WEBP"):
        open_picture(files["WEBP"], max_pixels=12_000)
