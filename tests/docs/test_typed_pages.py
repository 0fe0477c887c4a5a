"""What the pages tell people to type works, in the order of each page, on a picture that has what they name."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from typer.testing import CliRunner

import delaminate
from delaminate.cli import app

DOCS = Path(__file__).parents[2] / "docs"
ELSEWHERE = ("pip ", "delaminate models")
"""Installing is what made this test run, and tests/models has the rest."""


def typed(page: str) -> list[str]:
    """The command lines of a page, in its order."""
    text = (DOCS / page).read_text(encoding="utf-8")
    blocks = re.findall(r"```console\n(.*?)```", text, re.S)
    return [line[2:] for block in blocks for line in block.splitlines() if line.startswith("$ ")]


def obeyed(line: str) -> int:
    """The exit code of a command line; a star stands for the files here, as in a shell."""
    program, *words = shlex.split(line, comments=True)
    assert program == "delaminate", line
    arguments = [name for word in words for name in (sorted(map(str, Path().glob(word))) if "*" in word else [word])]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code in ((0, 3) if "--strict" in words else (0,)), (line, done.stderr)
    return done.exit_code


@pytest.fixture
def photo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Image.Image:
    """photo.jpg in the folder of the test: an apple and a kite where the pages have them, and a title."""
    monkeypatch.chdir(tmp_path)
    picture = Image.new("RGB", (640, 640), (214, 230, 244))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((130, 456, 300, 612), fill=(204, 36, 44))
    draw.polygon([(512, 140), (560, 200), (512, 270), (464, 200)], fill=(38, 84, 190))
    draw.text((60, 40), "GOOD MORNING", (30, 40, 60), ImageFont.load_default(48))
    picture.save("photo.jpg", quality=95)
    mask = Image.new("L", picture.size)
    ImageDraw.Draw(mask).ellipse((130, 456, 300, 612), fill=255)
    mask.save("woman.png")
    picture.resize((160, 160)).save("small.jpg")
    Path("pictures").mkdir()
    picture.resize((160, 160)).save("pictures/one.png")
    picture.resize((120, 120)).save("pictures/two.png")
    return Image.open("photo.jpg").convert("RGB")


def test_the_quickstart_can_be_typed_from_top_to_bottom(photo: Image.Image) -> None:
    """Layers of one picture and of several; together they are the picture."""
    lines = [line for line in typed("quickstart.md") if not line.startswith(ELSEWHERE)]
    assert len(lines) == 5
    for line in lines:
        if "photo.jpg" in line and Path("photo-layers").exists():
            shutil.rmtree("photo-layers")
        obeyed(line)
    assert np.array_equal(np.asarray(Image.open("again.png")), np.asarray(photo))
    assert {path.parent.name for path in Path("layers").glob("*/manifest.json")} == {"photo-layers", "small-layers"}


def test_the_page_of_formats_can_be_typed_from_top_to_bottom(photo: Image.Image) -> None:
    """Out into other programs and back; the document that exists and the edited one are the first file again."""
    for line in typed("how-to/formats.md"):
        obeyed(line)
        if "--out apple.psd" in line:
            for name in ("design.psd", "edited.psd"):
                shutil.copy("apple.psd", name)
    for name in ("apple.png", "new.png"):
        assert np.array_equal(np.asarray(Image.open(name).convert("RGB")), np.asarray(photo)), name
    there, now = delaminate.read("apple.psd"), delaminate.read("design.psd")
    assert [layer.name for layer in now.layers] == [*(layer.name for layer in there.layers), "red apple"]
    apple = now.layers[-1]
    covered = np.zeros((photo.height, photo.width), np.bool_)
    covered[apple.box.slices] = apple.pixels[..., 3] > 0
    assert covered.any()
    assert np.array_equal(np.asarray(delaminate.flatten(now))[~covered], np.asarray(photo)[~covered])
    assert all(Path(name).exists() for name in ("apple.ora", "apple.svg"))


def test_the_page_of_pipelines_can_be_typed(photo: Image.Image) -> None:
    """A folder of pictures becomes a folder of layers each."""
    for line in typed("how-to/pipelines.md"):
        obeyed(line)
    assert len(list(Path("layers").glob("*/manifest.json"))) == 2
