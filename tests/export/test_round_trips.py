"""What is written can be read back: the picture bit for bit, names, order, offsets, groups, profile, resolution."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from delaminate.composite import flatten
from delaminate.export.formats import FORMATS, Format, formats_named, read, write
from delaminate.stack import LayerStack
from stacks import NAMES, PROFILE, drawn_stack, with_invented

EXACT = [row for row in FORMATS if row.exact and not row.facts]
STACKS = [(8, True), (8, False), (16, True), (16, False)]


def _there_and_back(stack: LayerStack, row: Format, folder: Path) -> LayerStack:
    path = folder / f"stack{row.suffixes[0]}"
    assert write(stack, path).paths == (path,)
    reading = read(path)
    assert reading.dropped == ()
    return reading.stack


@pytest.mark.parametrize("row", EXACT, ids=lambda row: row.key)
@pytest.mark.parametrize(("bits", "opaque"), STACKS)
def test_the_flattened_picture_comes_back_bit_for_bit(row: Format, bits: int, opaque: bool, tmp_path: Path) -> None:
    """At both depths, with and without transparency, down to the colour under alpha 0."""
    stack = drawn_stack(bits, opaque)
    back = _there_and_back(stack, row, tmp_path)
    assert (back.bits, back.opaque) == (bits, opaque)
    assert np.array_equal(flatten(back), flatten(stack))


@pytest.mark.parametrize("row", EXACT, ids=lambda row: row.key)
def test_names_order_and_places_come_back(row: Format, tmp_path: Path) -> None:
    """Chinese, Arabic, emoji, slashes, quotes, 255 letters."""
    stack = drawn_stack()
    back = _there_and_back(stack, row, tmp_path)
    assert tuple(layer.name for layer in back.layers) == NAMES
    assert [layer.box for layer in back.layers] == [layer.box for layer in stack.layers]


@pytest.mark.parametrize("row", EXACT, ids=lambda row: row.key)
def test_groups_profile_and_resolution_come_back(row: Format, tmp_path: Path) -> None:
    """A group is two or more neighbours that answer one target."""
    back = _there_and_back(drawn_stack(), row, tmp_path)
    assert [layer.target for layer in back.layers] == [None, "the apples", "the apples", None, None]
    assert back.icc == PROFILE
    assert back.dpi == (72.0, 72.0)


@pytest.mark.parametrize("row", [row for row in FORMATS if not row.facts], ids=lambda row: row.key)
def test_writing_twice_gives_the_same_bytes(row: Format, tmp_path: Path) -> None:
    """No clock, no random names."""
    once, again = tmp_path / "1" / f"a{row.suffixes[0]}", tmp_path / "2" / f"a{row.suffixes[0]}"
    for path in (once, again):
        path.parent.mkdir()
        write(drawn_stack(), path)
    files = sorted(once.parent.iterdir())
    assert [file.read_bytes() for file in files] == [(again.parent / file.name).read_bytes() for file in files]


@pytest.mark.parametrize("row", [row for row in FORMATS if not row.facts], ids=lambda row: row.key)
def test_what_a_format_drops_is_what_its_row_says(row: Format, tmp_path: Path) -> None:
    """Depth, text, made-up masks, resolution: reported if and only if the table says it does not hold them."""
    stack = with_invented(drawn_stack(16))
    said = {loss.what for loss in write(stack, tmp_path / f"stack{row.suffixes[0]}").dropped}
    assert ("16-bit depth" in said) == (row.depth < 16)
    assert ("invented-pixel masks" in said) == (not row.invented)
    assert ("resolution" in said) == (not row.resolution)
    assert ("groups" in said) == (not row.groups)
    assert ("colour profile" in said) == (not row.profile)
    assert "live text" in said or row.live_text


def test_nothing_is_reported_where_nothing_is_lost(tmp_path: Path) -> None:
    """A plain stack in a PSD."""
    stack = drawn_stack()
    plain = dataclasses.replace(stack, layers=stack.layers[:4])
    assert [write(plain, tmp_path / f"a{row.suffixes[0]}").dropped for row in EXACT] == [()] * len(EXACT)


def test_formats_are_found_by_their_keys_once() -> None:
    """As `--also` takes them."""
    assert [row.key for row in formats_named(["tif", "psd", "tiff"])] == ["tiff", "psd"]
