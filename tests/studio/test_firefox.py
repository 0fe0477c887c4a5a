"""The same page in Firefox: a picture goes in, its layers are seen, one comes out as a file."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from firefox import Firefox
from PIL import Image
from steps import PICTURES
from studio_server import Studio, blocks, png

ENTER = "\ue007"


@pytest.fixture
def firefox(tmp_path: Path) -> Iterator[Firefox]:
    """Debian's, headless."""
    program = shutil.which("firefox-esr")
    if program is None:
        if os.environ.get("CI") == "true":
            pytest.fail("firefox-esr is not installed, and CI must have it")
        pytest.skip("firefox-esr is not installed")
    with Firefox(program, tmp_path) as started:
        yield started


def test_a_picture_is_split_and_a_layer_saved_in_firefox(firefox: Firefox, studio: Studio, tmp_path: Path) -> None:
    """By mouse and keys, without a complaint in the console."""
    (tmp_path / "blocks.png").write_bytes(png(blocks()))
    firefox.open(studio.url)
    firefox.choose(tmp_path / "blocks.png")
    firefox.find("button", "Find the layers")
    firefox.click("textarea", "")
    firefox.type("every box" + ENTER)
    firefox.click("button", "Split into 4 layers")
    firefox.wait(lambda: firefox.run("() => document.querySelectorAll('exploded-view .plane').length === 5"))
    firefox.picture(PICTURES / "firefox-exploded.png")
    firefox.click("stack-tools button", "Layers")
    firefox.click("layer-row", "box at 36")
    firefox.picture(PICTURES / "firefox-stack.png")
    firefox.click("button", "Save PNG")
    file = firefox.wait(lambda: firefox.run("() => true") and firefox.downloads)[0]
    assert file.name == "blocks-box-at-36.png"
    with Image.open(file) as layer:
        assert (layer.size, layer.mode) == ((96, 120), "RGBA")
    assert firefox.complaints == []
