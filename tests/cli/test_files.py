"""Every picture in and every file out, as a user runs the commands."""

from __future__ import annotations

import dataclasses
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import psd_tools
import pytest
from PIL import Image, ImageDraw
from typer.testing import CliRunner, Result

import delaminate
from delaminate.cli import app
from delaminate.contracts import Decomposition
from delaminate.export.formats import FORMATS
from delaminate.export.outputs import PartlyWritten, outputs_of
from delaminate.pixels import Box
from delaminate.stack import Layer, LayerStack, Role


def run(*arguments: str | Path, stdin: bytes | None = None) -> Result:
    """The command in this process."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments], input=stdin)


def _disc(width: int = 96, height: int = 64) -> Image.Image:
    image = Image.new("RGB", (width, height), (240, 240, 230))
    ImageDraw.Draw(image).ellipse((20, 12, 60, 52), fill=(220, 30, 30))
    return image


def _stack(width: int, height: int) -> LayerStack:
    ground = np.full((height, width, 4), 255, np.uint8)
    return LayerStack(
        width, height, (Layer("background", "ground", Role.BACKGROUND, Box(0, 0, width, height), ground),)
    )


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """A red disc on paper, without any resolution."""
    _disc().save(tmp_path / "disc.png")
    return tmp_path / "disc.png"


def test_layers_without_a_resolution_flatten_to_a_jpeg(decomposition: Decomposition, tmp_path: Path) -> None:
    """Pillow's JPEG encoder takes a pair of numbers or nothing at all."""
    delaminate.save(
        dataclasses.replace(decomposition, stack=dataclasses.replace(decomposition.stack, dpi=None)), tmp_path / "L"
    )
    result = run("flatten", tmp_path / "L", "-o", tmp_path / "again.jpg")
    assert result.exit_code == 0, result.stderr
    assert Image.open(tmp_path / "again.jpg").size == (decomposition.stack.width, decomposition.stack.height)


@pytest.mark.parametrize(("name", "side"), [("x.webp", 16_384), ("x.jpg", 65_501)])
def test_what_is_too_long_for_a_format_gets_a_sentence(tmp_path: Path, name: str, side: int) -> None:
    """And nothing is written."""
    delaminate.write(_stack(side, 1), tmp_path / "long.psb")
    result = run("flatten", tmp_path / "long.psb", "-o", tmp_path / name)
    assert result.exit_code == 1
    assert f"cannot hold {side} x 1 pixels" in result.stderr
    assert not (tmp_path / name).exists()


@pytest.mark.parametrize("out", ["r.xcf", "r.png", "r.JPG", "r.ai", "r.psdx", "r.pdf"])
def test_an_ending_of_another_kind_of_file_makes_no_folder(picture: Path, tmp_path: Path, out: str) -> None:
    """The sentence lists what can be written."""
    result = run("split", picture, "the red circle", "--out", tmp_path / out)
    assert result.exit_code == 1
    assert "is no format for layers; name a folder, or a file that ends in one of .psd" in result.stderr
    assert not (tmp_path / out).exists()


def test_a_folder_may_have_a_dot_in_its_name(tmp_path: Path) -> None:
    """Dates and versions are no endings of files."""
    assert outputs_of(tmp_path / "poster.v2", ()).folder == tmp_path / "poster.v2"


def test_formats_may_be_written_in_capitals() -> None:
    """And with their dot."""
    from delaminate.export.formats import formats_named

    assert [row.key for row in formats_named(["PSD", ".Tif"])] == ["psd", "tiff"]


@pytest.mark.parametrize("size", [(64, 4096), (4096, 64), (1, 300), (3, 9000)])
def test_a_strip_becomes_a_slide_with_bars(tmp_path: Path, size: tuple[int, int]) -> None:
    """Sides of 1 to 56 inches; the picture in the middle, its shape kept; told."""
    from pptx import Presentation

    written = delaminate.write(_stack(*size), tmp_path / "strip.pptx")
    deck = Presentation(str(tmp_path / "strip.pptx"))
    assert min(deck.slide_width, deck.slide_height) == 914_400
    assert max(deck.slide_width, deck.slide_height) <= 56 * 914_400
    shape = deck.slides[0].shapes[0]
    assert abs(shape.width * size[1] - shape.height * size[0]) <= max(size) * 2
    assert abs(2 * shape.left + shape.width - deck.slide_width) <= 2
    assert any(loss.what == "the shape of the slide" for loss in written)


def test_a_file_that_cannot_be_written_does_not_lose_the_others(decomposition: Decomposition, tmp_path: Path) -> None:
    """The folder, its manifest and the SVG are there; the sentence names the one that is not."""
    place = outputs_of(tmp_path / "L", tuple(row for row in FORMATS if row.key in ("psd", "svg")))
    (tmp_path / "L.psd").mkdir()
    with pytest.raises(PartlyWritten, match=r"L\.psd") as caught:
        place.write(decomposition)
    assert (tmp_path / "L.svg").exists()
    assert "L.svg" in json.loads((tmp_path / "L" / "manifest.json").read_text("utf-8"))["report"]["dropped"]
    assert [file.paths[0].name for file in caught.value.written] == ["L.svg"]


def test_a_format_whose_package_is_missing_is_refused_before_the_split() -> None:
    """With one command that pip can follow."""
    row = dataclasses.replace(next(row for row in FORMATS if row.key == "pptx"), needs=("no_such_package", "no-such"))
    with pytest.raises(
        delaminate.DelaminateError, match="needs no-such, which is not installed; run: pip install no-such"
    ):
        row.check_installed()


def test_a_long_instruction_is_no_file_name(picture: Path, tmp_path: Path) -> None:
    """More bytes than a file system's names have."""
    words = "the red circle" + ", the yellow square, the text" * 20
    result = run("split", picture, words, "--out", tmp_path / "L", "--no-preview")
    assert result.exit_code == 0, result.output
    assert (tmp_path / "L" / "manifest.json").exists()


@pytest.mark.parametrize("command", [("flatten", "{}", "-o", "a.png"), ("export", "L", "{}.psd"), ("split", "{}", "x")])
def test_names_that_the_system_cannot_hold_get_a_sentence(tmp_path: Path, command: tuple[str, ...]) -> None:
    """300 letters."""
    result = run(*(str(tmp_path / part.format("n" * 300)) if "{}" in part else part for part in command))
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit)
    assert "name too long" in result.stderr.lower()


def test_a_picture_comes_through_standard_input(tmp_path: Path) -> None:
    """Named -."""
    file = io.BytesIO()
    _disc().save(file, "PNG")
    result = run("split", "-", "the red circle", "--out", tmp_path / "L", "--no-preview", stdin=file.getvalue())
    assert result.exit_code == 0, result.output
    assert (tmp_path / "L" / "00-background.png").exists()


def test_a_folder_stands_for_the_pictures_in_it(tmp_path: Path) -> None:
    """Other files are passed over; a folder without pictures gets a sentence."""
    pictures = tmp_path / "in"
    pictures.mkdir()
    (pictures / "notes.txt").write_text("no picture")
    assert "is a folder without pictures" in run("split", pictures, "the red circle").stderr
    for name in ("a.png", "b.jpg"):
        _disc().save(pictures / name)
    result = run("split", pictures, "the red circle", "--out", tmp_path / "out", "--no-preview")
    assert result.exit_code == 0, result.output
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"a-layers", "b-layers"}


def test_strict_input_refuses_a_jpeg_that_lacks_its_end(tmp_path: Path) -> None:
    """Else it is read, and the report has a note."""
    noise = np.random.default_rng(0).integers(0, 256, (64, 96, 3)).astype(np.uint8)
    Image.fromarray(noise).save(tmp_path / "whole.jpg", quality=95)
    data = (tmp_path / "whole.jpg").read_bytes()
    (tmp_path / "short.jpg").write_bytes(data[: int(len(data) * 0.98)])
    common = ("split", tmp_path / "short.jpg", "--box", "10,10,40,40:it", "--no-preview")
    assert "damaged or cut short" in run(*common, "--out", tmp_path / "A", "--strict-input").stderr
    assert "cut short" in run(*common, "--out", tmp_path / "B").stdout


def test_layers_of_a_split_go_into_a_document(picture: Path, tmp_path: Path) -> None:
    """Above what it has, in a group called as the picture, without the background; nothing else is written."""
    delaminate.write(_stack(96, 64), tmp_path / "design.psd")
    there = sorted(path.name for path in tmp_path.iterdir())
    result = run("split", picture, "the red circle", "--into", tmp_path / "design.psd")
    assert result.exit_code == 0, result.output
    assert (
        f"added to {tmp_path / 'design.psd'}, above all that was in it: “red circle” in the group “disc”"
        in " ".join(result.stdout.split())
    )
    assert "and a background" not in result.stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == there
    document = psd_tools.PSDImage.open(tmp_path / "design.psd")
    assert [layer.name for layer in document] == ["ground", "disc"]
    flat, ground = np.asarray(delaminate.flatten(tmp_path / "design.psd")), _stack(96, 64).background.pixels[0, 0, :3]
    assert tuple(flat[0, 0]) == tuple(ground)
    assert tuple(flat[32, 48]) == tuple(np.asarray(_disc())[32, 48])


def test_the_background_goes_into_a_document_where_it_is_asked_for(picture: Path, tmp_path: Path) -> None:
    """Then the document looks as the picture does; without a document the option means nothing."""
    delaminate.write(_stack(96, 64), tmp_path / "design.psd")
    common = ("split", picture, "the red circle", "--with-background")
    result = run(*common, "--into", tmp_path / "design.psd")
    assert "“background”, “red circle” in the group “disc”" in " ".join(result.stdout.split())
    assert np.array_equal(np.asarray(delaminate.flatten(tmp_path / "design.psd")), np.asarray(_disc()))
    alone = run(*common, "--out", tmp_path / "layers")
    assert (alone.exit_code, "--with-background belongs to --into" in " ".join(alone.stderr.split())) == (2, True)


def test_a_split_that_finds_nothing_leaves_the_document_alone(picture: Path, tmp_path: Path) -> None:
    """And says so, after the report that says what to do."""
    delaminate.write(_stack(96, 64), tmp_path / "design.ora")
    before = (tmp_path / "design.ora").read_bytes()
    result = run("split", picture, "the zeppelin", "--into", tmp_path / "design.ora")
    assert (result.exit_code, "nothing was added to design.ora" in result.stderr) == (1, True), result.output
    assert "not found" in result.stdout
    assert (tmp_path / "design.ora").read_bytes() == before


def test_a_format_that_is_none_is_a_wrong_value_of_its_option(picture: Path, tmp_path: Path) -> None:
    """With those that there are, as other options say it, and before any work."""
    result = run("split", picture, "the red circle", "--out", tmp_path / "layers", "--also", "psd, psx")
    said = " ".join(result.stderr.replace("│", " ").split())
    assert (result.exit_code, "'psx' is no format; choose from psd, psb, ora, tiff" in said) == (2, True), said
    assert not (tmp_path / "layers").exists()


def test_into_is_refused_before_the_split(picture: Path, tmp_path: Path) -> None:
    """Another size, another kind, two pictures."""
    delaminate.write(_stack(96, 65), tmp_path / "design.ora")
    common = ("split", picture, "the red circle", "--into")
    assert "has 96 x 65 pixels and the layers 96 x 64" in run(*common, tmp_path / "design.ora").stderr
    assert "nothing can be added to disc.png: it ends in none of" in run(*common, picture).stderr
    two = run("split", picture, picture, "the red circle", "--into", tmp_path / "design.ora")
    assert (two.exit_code, "one picture at a time" in two.output) == (2, True)


def test_exported_layers_go_into_a_document(decomposition: Decomposition, tmp_path: Path) -> None:
    """From a folder, with and without other files; without any the command is not understood."""
    delaminate.save(decomposition, tmp_path / "apples")
    delaminate.write(_stack(40, 30), tmp_path / "design.ora")
    result = run("export", tmp_path / "apples", "--into", tmp_path / "design.ora")
    assert result.exit_code == 0, result.output
    stack = delaminate.read(tmp_path / "design.ora")
    assert [layer.name for layer in stack.layers] == ["ground", "Rød æble"]
    assert run("export", tmp_path / "apples", "--into", tmp_path / "design.ora", "--with-background").exit_code == 0
    again = delaminate.read(tmp_path / "design.ora")
    assert [layer.name for layer in again.layers] == ["ground", "Rød æble", "background", "Rød æble"]
    assert run("export", tmp_path / "apples").exit_code == 2


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1), (3, 900)])
@pytest.mark.parametrize("asked", [{"instruction": "the red circle"}, {"boxes": [(0, 0, 1, 1)]}])
def test_very_narrow_pictures_are_split_and_written(
    size: tuple[int, int], asked: dict[str, Any], tmp_path: Path
) -> None:
    """Down to one pixel; the layers add up, in every format that holds them exactly."""
    width, height = size
    pixels = np.full((height, width, 3), 230, np.uint8)
    pixels[height // 3 : height // 2 + 1, width // 3 : width // 2 + 1] = (200, 30, 30)
    result = delaminate.split(pixels, **asked)
    assert result.exact
    for row in FORMATS:
        path = tmp_path / f"narrow{row.suffixes[0]}"
        delaminate.write(result, path)
        if row.exact:
            assert np.array_equal(np.asarray(delaminate.flatten(path)), pixels)
