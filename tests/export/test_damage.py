"""Damaged files: one sentence each, no traceback, no hang, no more memory than the file can explain."""

from __future__ import annotations

import os
import resource
import struct
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from delaminate.composite import flatten
from delaminate.errors import DelaminateError, PictureTooLarge, UnreadablePicture
from delaminate.export.formats import read, write
from stacks import small_stack

SUFFIXES = (".psd", ".psb", ".ora", ".tif")
PER_FORMAT = 130
GIGABYTE = 1 << 30


@pytest.fixture
def bounded_memory() -> Iterator[None]:
    """One gigabyte above what the process has already."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (pages * os.sysconf("SC_PAGE_SIZE") + GIGABYTE, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, before)


def _damaged(data: bytes, rng: np.random.Generator) -> bytes:
    """Cut short, some bytes changed, a big number put somewhere, a piece cut out, or a piece doubled."""
    spoilt = bytearray(data)
    at = int(rng.integers(len(data)))
    kind = int(rng.integers(5))
    if kind == 0:
        return data[:at]
    if kind == 1:
        for _ in range(int(rng.integers(1, 6))):
            spoilt[int(rng.integers(len(data)))] = int(rng.integers(256))
    elif kind == 2:
        spoilt[at : at + 4] = struct.pack(">I", int(rng.choice([0x7FFFFFFF, 0xFFFFFFFF, 0x80000000, 30_000, 0])))
    elif kind == 3:
        del spoilt[at : at + int(rng.integers(1, 40))]
    else:
        spoilt[at:at] = spoilt[at : at + int(rng.integers(1, 40))]
    return bytes(spoilt)


def _refusal(path: Path) -> str | None:
    try:
        flatten(read(path).stack)
    except DelaminateError as error:
        return str(error)
    return None


@pytest.mark.usefixtures("bounded_memory")
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_damaged_files_are_read_or_refused_in_one_sentence(suffix: str, tmp_path: Path) -> None:
    """130 files a format, 520 in all; each within 5 seconds of the processor: machines are busy."""
    write(small_stack(), tmp_path / f"whole{suffix}")
    whole = (tmp_path / f"whole{suffix}").read_bytes()
    rng = np.random.default_rng(19)
    refused = 0
    for number in range(PER_FORMAT):
        path = tmp_path / f"{number}{suffix}"
        path.write_bytes(_damaged(whole, rng))
        began = time.process_time()
        sentence = _refusal(path)
        assert time.process_time() - began < 5
        if sentence is not None:
            refused += 1
            assert path.name in sentence
            assert "\n" not in sentence
    assert refused > PER_FORMAT // 3


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_file_cut_short_within_its_layers_is_refused(suffix: str, tmp_path: Path) -> None:
    """Half a file is never taken for a whole one."""
    write(small_stack(), tmp_path / f"a{suffix}")
    whole = (tmp_path / f"a{suffix}").read_bytes()
    for length in range(0, len(whole) * 3 // 4, 7):
        (tmp_path / f"b{suffix}").write_bytes(whole[:length])
        with pytest.raises(DelaminateError, match=f"b{suffix}"):
            read(tmp_path / f"b{suffix}")


@pytest.mark.usefixtures("bounded_memory")
def test_a_header_that_claims_too_much_is_refused_before_anything_is_allocated(tmp_path: Path) -> None:
    """30,000 × 30,000 pixels are 3.6 GB."""
    write(small_stack(), tmp_path / "a.psd")
    data = bytearray((tmp_path / "a.psd").read_bytes())
    data[14:22] = struct.pack(">II", 30_000, 30_000)
    (tmp_path / "a.psd").write_bytes(data)
    with pytest.raises(PictureTooLarge, match="30000 x 30000 pixels, more than the limit"):
        read(tmp_path / "a.psd")


@pytest.mark.usefixtures("bounded_memory")
def test_an_entity_bomb_in_an_openraster_file_is_refused(tmp_path: Path) -> None:
    """Nine levels of ten are a gigabyte of text."""
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    xml = f'<!DOCTYPE x [<!ENTITY e0 "0123456789">{levels}]><image w="8" h="8"><stack name="&e9;"/></image>'
    with zipfile.ZipFile(tmp_path / "bomb.ora", "w") as archive:
        archive.writestr("mimetype", "image/openraster")
        archive.writestr("stack.xml", xml)
    with pytest.raises(UnreadablePicture, match="declares a document type"):
        read(tmp_path / "bomb.ora")


@pytest.mark.parametrize("suffix", [*SUFFIXES, ".zip"])
def test_missing_and_foreign_files_get_a_sentence(suffix: str, tmp_path: Path) -> None:
    """Not there, empty, a text."""
    path = tmp_path / f"a{suffix}"
    with pytest.raises(UnreadablePicture, match="does not exist"):
        read(path)
    for content in (b"", b"hello, this is a letter and no picture at all"):
        path.write_bytes(content)
        with pytest.raises(UnreadablePicture, match=f"a{suffix} is damaged or no"):
            read(path)
