"""The contact sheet shows what it should, whatever the shape of the picture and the letters of the names."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from delaminate.contracts import Decomposition, Instruction, Plan, Report
from delaminate.export.preview import _shown, contact_sheet
from delaminate.pixels import Box
from delaminate.stack import Layer, LayerStack, Role


def _flat(width: int, height: int, names: tuple[str, ...] = ("red",)) -> Decomposition:
    """A white background under half-size red layers with the given names."""
    ground = np.full((height, width, 4), 255, np.uint8)
    patch = np.full(((height + 1) // 2, (width + 1) // 2, 4), (255, 0, 0, 255), np.uint8)
    box = Box(0, 0, patch.shape[1], patch.shape[0])
    layers = [Layer(f"l{k}", name, Role.SHAPE, box, patch) for k, name in enumerate(names)]
    background = Layer("background", "background", Role.BACKGROUND, Box(0, 0, width, height), ground)
    stack = LayerStack(width, height, (background, *layers))
    return Decomposition(stack, Report((), 0, 0), Instruction("red"), Plan(()), "embedded", "content-aware", "")


def test_the_sheet_shows_the_whole_the_background_and_the_layer() -> None:
    """Two cells with a red quarter, one without."""
    sheet = np.asarray(contact_sheet(_flat(400, 300)))
    red = (sheet == (255, 0, 0)).all(axis=2)
    assert red.sum() == pytest.approx(2 * 160 * 120, rel=0.03)
    columns = np.flatnonzero(red.any(axis=0))
    assert np.count_nonzero(np.diff(columns) > 100) == 1


@pytest.mark.parametrize("size", [(1, 1), (3000, 2), (2, 3000), (64, 64), (1600, 1200)])
def test_any_shape_of_picture_gives_a_sheet_of_bearable_size(size: tuple[int, int]) -> None:
    """From one pixel to a thread."""
    sheet = contact_sheet(_flat(*size))
    assert sheet.mode == "RGB"
    assert 300 < sheet.width < 1600
    assert 200 < sheet.height < 1200


def test_names_of_any_script_and_length_are_drawn() -> None:
    """Nothing is too strange or too long to draw."""
    names = ("苹果", "שלום", "🍎", "a\nb\tc", "\0\x07", "", "word " * 500, "Żółć", "\u202egnp.exe", "\ud800")
    sheet = contact_sheet(_flat(40, 30, names))
    assert np.asarray(sheet).min() < 60


@pytest.mark.parametrize(
    ("text", "shown"), [("red  apple\n", "red apple"), ("Café", "Cafe"), ("苹果", ""), ("“a” – b", "“a” - b")]
)
def test_letters_the_font_lacks_are_replaced_or_left_out(text: str, shown: str) -> None:
    """Accents fall off, other scripts give way to the role's name."""
    assert _shown(text) == shown


def test_white_lettering_can_be_seen() -> None:
    """A bright layer lies on dark squares."""
    decomposition = _flat(400, 300)
    ground, layer = decomposition.stack.layers
    white = dataclasses.replace(layer, pixels=np.full_like(layer.pixels, 255))
    before, after = (
        np.asarray(
            contact_sheet(
                dataclasses.replace(decomposition, stack=dataclasses.replace(decomposition.stack, layers=each))
            )
        )
        for each in ((ground, layer), (ground, white))
    )
    dark = (116, 116, 116)
    assert not (before == dark).all(axis=2).any()
    assert (after == dark).all(axis=2).sum() > 10_000


def test_a_sixteen_bit_stack_has_a_sheet_too(decomposition: Decomposition) -> None:
    """The same as at 8 bits."""
    stack = decomposition.stack
    deep = tuple(
        dataclasses.replace(layer, pixels=layer.pixels.astype(np.uint16) * np.uint16(257)) for layer in stack.layers
    )
    other = dataclasses.replace(decomposition, stack=dataclasses.replace(stack, layers=deep))
    one, two = (np.asarray(contact_sheet(each)).astype(int) for each in (decomposition, other))
    assert np.abs(one - two).max() <= 2
