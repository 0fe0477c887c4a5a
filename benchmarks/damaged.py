"""What happens to damaged files: is it a sentence, soon, in little memory, and is nothing left?

    python benchmarks/damaged.py [--files 1000] [--seed 20] [--json FILE]

Sound files of every kind that is read are made by code, then cut short, flipped in some bits, overwritten or shuffled
with a fixed seed. Each is opened as a picture; those with layers are read and put together too, and layers are added to
PSD, PSB and OpenRaster. A process of its own for each kind holds at most a gigabyte more than it began with, so that
one that dies is counted, too.
"""

from __future__ import annotations

import argparse
import io
import json
import multiprocessing
import os
import resource
import struct
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import delaminate
from delaminate.composite import flatten
from delaminate.errors import DelaminateError
from delaminate.export.formats import write
from delaminate.pixels import Box
from delaminate.stack import Layer, LayerStack, Role

SECONDS, GIGABYTE = 5.0, 1 << 30
_LAYERED = (".psd", ".psb", ".ora", ".tif")
_ADDED_TO = (".psd", ".psb", ".ora")
_WIDTH, _HEIGHT = 48, 32


@dataclass(frozen=True)
class Outcome:
    """How one file fared: processor seconds, and megabytes at the most beyond what there were before."""

    kind: str
    number: int
    read: bool
    sentence: str
    fault: str
    seconds: float
    megabytes: float


def _stack(bits: int = 8) -> LayerStack:
    full = 255 if bits == 8 else 65535
    rng = np.random.default_rng(3)
    depth = np.uint8 if bits == 8 else np.uint16
    ground = rng.integers(0, full, (_HEIGHT, _WIDTH, 4)).astype(depth)
    ground[..., 3] = full
    patch = rng.integers(0, full, (12, 16, 4)).astype(depth)
    layers = (
        Layer("background", "background", Role.BACKGROUND, Box(0, 0, _WIDTH, _HEIGHT), ground),
        Layer("l1", "patch", Role.OBJECT, Box(5, 6, 21, 18), patch, target="patches"),
        Layer("l2", "another", Role.OBJECT, Box(20, 8, 36, 20), patch, target="patches"),
    )
    return LayerStack(_WIDTH, _HEIGHT, layers)


def _written(suffix: str, bits: int, folder: Path, text: str = "") -> bytes:
    path = folder / f"whole{suffix}"
    stack = _stack(bits)
    if text:
        stack = LayerStack(_WIDTH, _HEIGHT, (*stack.layers[:2], _words(stack.layers[2], text)))
        delaminate.write(stack, path, text="live")
    else:
        write(stack, path)
    data = path.read_bytes()
    path.unlink()
    return data


def _words(layer: Layer, text: str) -> Layer:
    return Layer("l2", text, Role.TEXT, layer.box, layer.pixels, text=text)


def _pillow(kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    Image.fromarray(_stack().background.pixels[..., :3]).save(file, kind, **options)
    return file.getvalue()


def _sixteen() -> np.ndarray[Any, np.dtype[np.uint16]]:
    return _stack(16).background.pixels[..., :3]


def _tiff(**options: Any) -> bytes:
    import tifffile

    file = io.BytesIO()
    tifffile.imwrite(file, _sixteen(), photometric="rgb", metadata=None, **options)
    return file.getvalue()


def _png_16(folder: Path) -> bytes:
    from delaminate.export.png_encode import write_png

    with (folder / "a.png").open("wb") as file:
        write_png(file, _sixteen(), srgb=True)
    return (folder / "a.png").read_bytes()


def _heic() -> bytes:
    import pillow_heif

    file = io.BytesIO()
    pillow_heif.from_bytes("RGB;16", (_WIDTH, _HEIGHT), _sixteen().tobytes()).save(file, quality=90)
    return file.getvalue()


def _coded(name: str, **options: Any) -> bytes:
    import imagecodecs

    return bytes(getattr(imagecodecs, name)(_stack().background.pixels[..., :3], **options))


_MAKERS: dict[str, Callable[[Path], bytes]] = {
    "PSD.psd": lambda folder: _written(".psd", 8, folder),
    "PSD, 16 bits.psd": lambda folder: _written(".psd", 16, folder),
    "PSD, live text.psd": lambda folder: _written(".psd", 8, folder, "SALE"),
    "PSB.psb": lambda folder: _written(".psb", 8, folder),
    "OpenRaster.ora": lambda folder: _written(".ora", 8, folder),
    "layered TIFF.tif": lambda folder: _written(".tif", 8, folder),
    "TIFF by planes, LZW.tiff": lambda _: _tiff(planarconfig="separate", compression="lzw"),
    "TIFF, Deflate, big-endian.tiff": lambda _: _tiff(compression="zlib", byteorder=">", predictor=True),
    "BigTIFF, tiles.tiff": lambda _: _tiff(bigtiff=True, tile=(16, 16), compression="zstd"),
    "PNG, 16 bits.png": _png_16,
    "JPEG, progressive.jpg": lambda _: _pillow("JPEG", progressive=True),
    "WebP.webp": lambda _: _pillow("WEBP", lossless=True),
    "AVIF.avif": lambda _: _pillow("AVIF"),
    "HEIC, 10 bits.heic": lambda _: _heic(),
    "JPEG 2000.jp2": lambda _: _coded("jpeg2k_encode", level=0, reversible=True),
    "JPEG XL.jxl": lambda _: _coded("jpegxl_encode", level=90),
}
KINDS = tuple(_MAKERS)
"""What is tried, with the ending of its files."""


def whole(kind: str) -> bytes:
    """A sound file of a kind."""
    with tempfile.TemporaryDirectory() as folder:
        return _MAKERS[kind](Path(folder))


def damaged(data: bytes, rng: np.random.Generator) -> bytes:
    """Cut short, with flipped bits, a large number somewhere, a run of zeros, or a piece out of its place."""
    spoilt, at = bytearray(data), int(rng.integers(len(data)))
    kind = int(rng.integers(5))
    if kind == 0:
        return data[:at]
    if kind == 1:
        for place in rng.integers(8 * len(data), size=int(rng.integers(1, 16))):
            spoilt[place // 8] ^= 1 << int(place % 8)
    elif kind == 2:
        spoilt[at : at + 4] = struct.pack(">I", int(rng.choice([0x7FFFFFFF, 0xFFFFFFFF, 0x80000000, 100_000, 0])))
    elif kind == 3:
        size = min(int(rng.integers(1, 64)), len(data) - at)
        spoilt[at : at + size] = bytes(size)
    else:
        piece = bytes(spoilt[at : at + 40])
        del spoilt[at : at + 40]
        place = int(rng.integers(len(spoilt)))
        spoilt[place:place] = piece
    return bytes(spoilt)


def tried(kind: str, number: int, content: bytes, folder: Path) -> Outcome:
    """Open one file by every door that would take it, in an empty folder."""
    path = folder / f"damaged{Path(kind).suffix}"
    path.write_bytes(content)
    _forget_peak()
    before, began = _peak(), time.process_time()
    read, sentence, fault = False, "", ""
    for door in _doors(path):
        try:
            door(path)
            read = True
        except DelaminateError as error:
            sentence = str(error)
            fault = fault or ("" if sentence and "\n" not in sentence else "no sentence")
        except Exception as error:  # noqa: BLE001 - that is what is looked for
            fault = fault or f"{type(error).__name__}: {error}"
    seconds, megabytes = time.process_time() - began, (_peak() - before) / 1e6
    left = sorted(one.name for one in folder.iterdir() if one != path)
    fault = fault or (f"left {left}" if left else "")
    fault = fault or (f"{seconds:.1f} s" if seconds > SECONDS else "")
    fault = fault or (f"{megabytes:.0f} MB" if megabytes > GIGABYTE / 1e6 else "")
    return Outcome(kind, number, read, sentence, fault, seconds, megabytes)


def _doors(path: Path) -> Iterator[Callable[[Path], object]]:
    yield delaminate.open_picture
    if path.suffix in _LAYERED:
        yield lambda file: flatten(delaminate.read(file))
    if path.suffix in _ADDED_TO:
        yield _added


def _added(path: Path) -> None:
    """Layers added to the file, or the file as it was."""
    before = path.read_bytes()
    try:
        delaminate.append(_stack(), path)
    except DelaminateError:
        if path.read_bytes() != before:
            raise AssertionError("a refused document was changed") from None
        raise


def _forget_peak() -> None:
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except OSError:
        return


def _peak() -> float:
    """Bytes of memory at the most since `_forget_peak`."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM"):
            return float(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024.0


def _work(kind: str, data: bytes, count: int, seed: int, first: int, results: str) -> None:
    """One process: a kind's files from the first on, each outcome written at once."""
    tried(kind, -1, data, Path(tempfile.mkdtemp()))  # libraries are loaded, and a sound file is read
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (pages * os.sysconf("SC_PAGE_SIZE") + GIGABYTE,) * 2)
    rng = np.random.default_rng(seed)
    with Path(results).open("a", encoding="utf-8") as file:
        for number in range(count):
            content = damaged(data, rng)
            if number < first:
                continue
            with tempfile.TemporaryDirectory() as place:
                file.write(json.dumps(asdict(tried(kind, number, content, Path(place)))) + "\n")
                file.flush()


def outcomes(kind: str, data: bytes, count: int, seed: int) -> list[Outcome]:
    """Of so many damaged files of a kind; a process that dies is an outcome of the file it died of."""
    found: list[Outcome] = []
    with tempfile.TemporaryDirectory() as place:
        results = Path(place) / "outcomes.jsonl"
        results.touch()
        while len(found) < count:
            arguments = (kind, data, count, seed, len(found), str(results))
            process = multiprocessing.get_context("spawn").Process(target=_work, args=arguments)
            process.start()
            process.join()
            rows = [Outcome(**json.loads(line)) for line in results.read_text("utf-8").splitlines()]
            if process.exitcode == 0:
                return rows
            died = Outcome(kind, len(rows), False, "", f"the process ended with {process.exitcode}", 0.0, 0.0)
            with results.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(died)) + "\n")
            found = [*rows, died]
    return found


def main() -> None:
    """Try them all, kind by kind, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    each = -(-asked.files // len(KINDS))
    everything: list[Outcome] = []
    print(
        "| kind | files | read all the same | refused | faults | slowest | most memory |\n|---|--:|--:|--:|--:|--:|--:|"
    )
    for kind in KINDS:
        found = outcomes(kind, whole(kind), each, asked.seed)
        everything += found
        read = sum(one.read for one in found)
        faults = sum(bool(one.fault) for one in found)
        slowest, most = max(one.seconds for one in found), max(one.megabytes for one in found)
        name = kind.rpartition(".")[0]
        told = f"| {name} | {len(found)} | {read} | {len(found) - read} | {faults} | {slowest:.2f} s | {most:.0f} MB |"
        print(told, flush=True)
    faults_told = Counter(f"{one.kind} {one.number}: {one.fault}" for one in everything if one.fault)
    print(f"\n{len(everything)} files, {len(faults_told)} faults")
    for fault in faults_told:
        print(f"- {fault}")
    if asked.json:
        asked.json.write_text(json.dumps([asdict(one) for one in everything], indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
