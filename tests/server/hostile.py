"""Files made to hurt whoever decodes them: too many scans, frames or pages, sizes that lie, streams that never end."""

from __future__ import annotations

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Iterator

from PIL import Image

from delaminate.picture.counts import MOST_FRAMES


def _saved(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def _png(width: int, height: int, depth: int, colour: int, *chunks: bytes, rows: bytes = b"", lace: int = 0) -> bytes:
    """A PNG with any header and any data."""
    head = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, lace))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(chunks) + _chunk(b"IDAT", rows) + _chunk(b"IEND", b"")


def _zeros(megabytes: int) -> bytes:
    """So many megabytes of zeros, compressed."""
    engine = zlib.compressobj(9)
    block = bytes(1 << 20)
    return b"".join(engine.compress(block) for _ in range(megabytes)) + engine.flush()


def _jpegs() -> Iterator[bytes]:
    for size in (16, 500, 2000, 4000, 9000):
        data = _saved(Image.new("L", (size, size), 90), "JPEG", progressive=True)
        last = data[data.rindex(b"\xff\xda") : -2]
        for scans in (30, 90, 101, 1200, 20_000):
            yield data[:-2] + last * scans + b"\xff\xd9"
    small = _saved(Image.new("RGB", (64, 64)), "JPEG")
    place = small.index(b"\xff\xc0") + 5
    for height, width in ((65_500, 65_500), (65_500, 1), (1, 65_500), (9_999, 9_999), (0, 64)):
        yield small[:place] + struct.pack(">HH", height, width) + small[place + 4 :]
    yield small[:2] + b"\xff\xe2\xff\xff" + bytes(65_533) + small[2:]
    yield small[:2] + (b"\xff\xfe" + struct.pack(">H", 65_535) + bytes(65_533)) * 100 + small[2:]
    yield small[:2] + b"\xff" * 3_000_000 + small[2:]


def _pngs() -> Iterator[bytes]:
    zeros = _zeros(50)
    for width, height in (
        (10_000, 10_000),
        (100_000_000, 1),
        (1, 100_000_000),
        (60_000, 60_000),
        (2**31 - 1, 1),
        (0, 5),
    ):
        for depth, colour in ((1, 0), (8, 2), (16, 6)):
            yield _png(width, height, depth, colour, rows=zeros)
    for width in (7_000, 10_000):
        yield _png(width, width, 8, 6, rows=zeros, lace=1)
    bomb = _zeros(300)
    yield _png(8, 8, 8, 2, _chunk(b"iCCP", b"x\0\0" + bomb), rows=zlib.compress(bytes(200)))
    yield _png(8, 8, 8, 2, _chunk(b"zTXt", b"x\0\0" + bomb), rows=zlib.compress(bytes(200)))
    yield _png(8, 8, 8, 2, _chunk(b"iTXt", b"x\0\1\0\0\0" + bomb), rows=zlib.compress(bytes(200)))
    yield _png(8, 8, 8, 2, *[_chunk(b"tEXt", b"x\0y")] * 100_000, rows=zlib.compress(bytes(200)))
    yield _png(8, 8, 8, 2, rows=bomb)
    yield _png(8, 8, 8, 3, _chunk(b"PLTE", bytes(3)), rows=zlib.compress(b"\0" + b"\xff" * 8))
    yield _png(8, 8, 8, 2, _chunk(b"acTL", struct.pack(">II", 2**31 - 1, 0)), rows=zlib.compress(bytes(200)))
    yield _png(8, 8, 8, 2, _chunk(b"eXIf", b"II*\0\x08\0\0\0" + b"\xff" * 5000), rows=zlib.compress(bytes(200)))


def _animations() -> Iterator[bytes]:
    file = io.BytesIO()
    Image.new("L", (8, 8), 1).save(file, "GIF", save_all=True, append_images=[Image.new("L", (8, 8), 200)])
    gif = file.getvalue()
    frame = gif.index(b"\x2c")
    for frames in (5_000, MOST_FRAMES + 1, 100_000):
        yield gif[:frame] + gif[frame:-1] * frames + b";"
    for width, height in ((65_535, 65_535), (65_535, 1_500), (1, 65_535)):
        yield gif[:6] + struct.pack("<HH", width, height) + gif[10:]
    yield gif[:-1] + b"\x21\xfe" + b"\xff" * 2_000_000
    for size in (3_000, 7_000, 16_383):
        yield _saved(Image.new("RGB", (size, 1_000)), "WEBP", method=0)
    webp = _saved(Image.new("RGB", (64, 64)), "WEBP")
    yield b"RIFF" + struct.pack("<I", 2**31) + webp[8:12] + (b"ANMF" + struct.pack("<I", 16) + bytes(16)) * 20_000
    yield webp[:12] + b"VP8X" + struct.pack("<I", 10) + b"\2\0\0\0" + b"\xff\xff\xff\xff\xff\xff" + webp[12:]


def _tiff(*tags: tuple[int, int, int, int], data: bytes = b"", following: int = 0) -> bytes:
    """A little TIFF of tags (number, type, count, value), its data from byte 1000 on."""
    entries = b"".join(struct.pack("<HHII", *one) for one in sorted(tags))
    return (b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + struct.pack("<I", following)).ljust(
        1000, b"\0"
    ) + data


def _tiffs() -> Iterator[bytes]:
    def plain(width: int, height: int, packing: int, data: bytes, bits: int = 8) -> bytes:
        base = [(256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, bits), (259, 3, 1, packing), (262, 3, 1, 1)]
        return _tiff(*base, (273, 4, 1, 1000), (277, 3, 1, 1), (278, 4, 1, height), (279, 4, 1, len(data)), data=data)

    zeros = _zeros(30)
    for width, height in ((5_000, 5_000), (9_999, 10_000), (100_000, 100_000), (2**31, 2), (0, 9)):
        for packing in (8, 5, 32773, 1, 7, 4):
            yield plain(width, height, packing, zeros)
    data = _saved(Image.new("L", (2_000, 2_000), 90), "JPEG", progressive=True)
    scans = data[:-2] + data[data.rindex(b"\xff\xda") : -2] * 2_000 + b"\xff\xd9"
    yield plain(2_000, 2_000, 7, scans)
    yield plain(8, 8, 1, bytes(64), bits=64)
    yield _tiff((256, 4, 1, 8), following=8)
    yield _tiff((256, 4, 1, 8), (257, 4, 1, 8), (273, 4, 2**31 - 1, 8), (279, 4, 2**31 - 1, 8))
    yield _tiff((256, 4, 1, 8), (257, 4, 1, 8), (34675, 7, 2**31, 8))
    page = struct.pack("<H", 1) + struct.pack("<HHII", 256, 4, 1, 8)
    chain = b"".join(page + struct.pack("<I", 8 + (number + 1) * 18) for number in range(50_000))
    yield b"II*\0" + struct.pack("<I", 8) + chain


def _others() -> Iterator[bytes]:
    for kind in ("AVIF", "JPEG2000", "BMP"):
        small = _saved(Image.new("RGB", (64, 64)), kind)
        side = struct.pack("<I" if kind == "BMP" else ">I", 64)
        for large in (7_000, 10_000, 40_000, 2**31 - 1):
            yield small.replace(side, struct.pack("<I" if kind == "BMP" else ">I", large))
    for kind in ("AVIF", "JPEG2000"):
        yield _saved(Image.new("RGB", (4_000, 4_000)), kind, **({"speed": 10} if kind == "AVIF" else {}))
    for width, height in ((30_000, 30_000), (9_000, 9_000), (1, 1)):
        for packing in (0, 1, 2):
            head = b"8BPS" + struct.pack(">H6xHIIHH", 1, 3, height, width, 8, 3)
            yield head + bytes(12) + struct.pack(">H", packing) + b"\x81\0" * 50_000
    for size in (1, 300):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("mimetype", "image/openraster", zipfile.ZIP_STORED)
            archive.writestr("mergedimage.png", bytes(size << 20))
        yield file.getvalue()
    for head in (b"\xff\x0a", b"\0\0\0\x0cJXL \r\n\x87\n", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"):
        yield head + bytes(4_000)
        yield head + b"\xff" * 4_000


def _mutated(count: int) -> Iterator[bytes]:
    rng = random.Random(21)
    whole = [_saved(Image.effect_noise((90, 60), 60).convert("RGB"), kind) for kind in _KINDS]
    for number in range(count):
        data = bytearray(whole[number % len(whole)])
        for _ in range(rng.randrange(1, 12)):
            data[rng.randrange(4, len(data))] = rng.choice((0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)))
        yield bytes(data)


_KINDS = ("PNG", "JPEG", "WEBP", "TIFF", "GIF", "BMP", "AVIF", "JPEG2000")


def hostile_files() -> Iterator[bytes]:
    """More than two hundred, always the same."""
    for made in (_jpegs(), _pngs(), _animations(), _tiffs(), _others(), _mutated(96)):
        yield from made
