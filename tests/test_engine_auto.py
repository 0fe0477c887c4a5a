"""The engine "auto": the best that lacks nothing, for every stage, and embedded where there is nothing."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import delaminate
from delaminate.engines import engine
from delaminate.errors import UnknownName
from delaminate.stages.inpainting.lama import Lama
from drawings import balls
from lama_file import lama_file
from provider import Provider


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No account, no weights, no settings."""
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "PLANNER_URL", "LAMA", "COMMERCIAL_SAFE", "OFFLINE", "ENGINE"):
        monkeypatch.delenv(name if "OPENAI" in name else f"DELAMINATE_{name}", raising=False)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("DELAMINATE_MODELS", str(tmp_path / "shelf"))
    monkeypatch.setenv("DELAMINATE_CACHE", str(tmp_path / "cache"))


def _told(folder: Path) -> Iterator[tuple[str, bytes]]:
    return ((file.name, file.read_bytes()) for file in sorted(folder.iterdir()))


def test_with_nothing_there_it_is_embedded_to_the_byte(tmp_path: Path) -> None:
    """Every file of the folder, the manifest too, but for the seconds it took."""
    pixels, _ = balls()
    folders = {}
    for name in ("auto", "embedded"):
        made = delaminate.split(pixels, "the red ball", engine=name)
        made = replace(made, report=replace(made.report, seconds={}))
        delaminate.save(made, tmp_path / name)
        folders[name] = dict(_told(tmp_path / name))
    assert folders["auto"] == folders["embedded"]


def test_what_is_there_is_taken_and_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A file for LaMa lets it fill; the report says so, and the layers still add up."""
    monkeypatch.setenv("DELAMINATE_LAMA", str(lama_file(tmp_path / "lama.onnx", 128)))
    made = delaminate.split(balls()[0], "the red ball")
    assert (made.engine, made.inpaint_model) == ("auto", "lama")
    assert any("embedded to find things" in note and "lama to fill" in note for note in made.report.notes)
    assert made.exact


def test_a_setting_or_a_name_pins_the_engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The embedded fill is used although something better lies there."""
    monkeypatch.setenv("DELAMINATE_LAMA", str(lama_file(tmp_path / "lama.onnx", 128)))
    assert isinstance(engine().inpainter, Lama)
    assert engine("embedded").inpainter.name == "content-aware"
    monkeypatch.setenv("DELAMINATE_ENGINE", "embedded")
    assert engine().inpainter.name == "content-aware"
    monkeypatch.setenv("DELAMINATE_ENGINE", "warp")
    with pytest.raises(UnknownName, match="warp"):
        engine()


def test_an_account_alone_is_never_asked(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that is there for something else sends no picture anywhere."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    monkeypatch.setenv("OPENAI_BASE_URL", provider.url)
    made = delaminate.split(balls()[0], "the red ball")
    assert (made.engine, provider.asked) == ("embedded", [])


def test_an_endpoint_that_was_set_plans_and_is_named(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    """The report says where the picture goes."""
    pixels, masks = balls()
    rows, columns = np.nonzero(masks["red"])
    unit = 1000 / max(masks["red"].shape)
    box = [unit * int(v) for v in (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)]
    words = {"phrase": "x", "name": "Ball", "description": "red ball", "noun": "ball", "kind": "object"}
    provider.script = [{"targets": [words | {"box": box, "text": None, "together": False}], "inverted": False}]
    monkeypatch.setenv("DELAMINATE_PLANNER_URL", provider.url)
    made = delaminate.split(pixels, "der rote Ball da")
    assert made.stack.layers[1].name == "Ball"
    assert any(provider.url.split("/")[2] in note and "sent" in note for note in made.report.notes)
