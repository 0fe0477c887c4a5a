"""The public doors of the package: split, save, flatten, and the names they come with."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms

import delaminate
from delaminate.contracts import Found, Instruction, Plan, Stages, Target, Tick, no_tick
from delaminate.pixels import Alpha, Colour, Mask, Rgb, box_of


@dataclass(frozen=True)
class Marked:
    """A planner that asks for what is marked."""

    def __call__(self, instruction: Instruction, rgb: Rgb, tick: Tick = no_tick) -> Plan:
        boxes = [Target(one.name or "box", box=one.box) for one in instruction.boxes]
        return Plan((*boxes, *(Target(one.name or "point", point=(one.x, one.y)) for one in instruction.points)))


@dataclass(frozen=True)
class Rectangles:
    """A segmenter that takes the whole box; for a point the ten pixels around it."""

    def prepare(self, rgb: Rgb, tick: Tick = no_tick) -> None:
        return None

    def __call__(self, prepared: Any, plan: Plan, tick: Tick = no_tick) -> tuple[tuple[Found, ...], ...]:
        return tuple((self._found(target),) for target in plan.targets)

    def _found(self, target: Target) -> Found:
        x, y = target.point or (0, 0)
        box = target.box or delaminate.Box(x - 5, y - 5, x + 5, y + 5)
        return Found(box, np.ones((box.height, box.width), np.bool_), target.phrase)


@dataclass(frozen=True)
class Hard:
    """Alpha is the mask."""

    def __call__(self, rgb: Rgb, mask: Mask, tick: Tick = no_tick) -> Alpha:
        return mask.astype(np.float32)


@dataclass(frozen=True)
class Same:
    """The layer's colour is the picture's."""

    def __call__(self, rgb: Rgb, alpha: Alpha) -> Colour:
        return rgb.astype(np.float32)


@dataclass(frozen=True)
class Grey:
    """Every hole becomes grey."""

    name: str = "grey"

    def __call__(
        self, rgb: Rgb, hole: Mask, usable: Mask, *, prompt: str = "", seed: int = 0, tick: Tick = no_tick
    ) -> Rgb:
        box = box_of(hole)
        assert box is not None
        filled = rgb[box.slices].copy()
        filled[hole[box.slices]] = 128
        return filled


PLAIN = Stages("plain", Marked(), Rectangles(), Hard(), Same(), Grey())


def _scene(channels: int = 3) -> NDArray[Any]:
    return np.random.default_rng(3).integers(0, 256, (48, 64, channels), np.uint8)


def _file(channels: int = 3, **options: Any) -> bytes:
    file = io.BytesIO()
    Image.fromarray(_scene(channels)).save(file, "PNG", **options)
    return file.getvalue()


@pytest.mark.parametrize("channels", [3, 4])
def test_every_kind_of_input_gives_the_same_exact_layers(channels: int, tmp_path: Path) -> None:
    """Path, text, bytes, Pillow image, array; opaque and with alpha."""
    path = tmp_path / "scene.png"
    path.write_bytes(_file(channels))
    sources: list[Any] = [path, str(path), path.read_bytes(), Image.open(path), _scene(channels)]
    for source in sources:
        result = delaminate.split(source, boxes=[(8, 8, 30, 30)], engine=PLAIN)
        assert [layer.name for layer in result.stack.layers] == ["background", "box"]
        assert np.array_equal(np.asarray(delaminate.flatten(result)), _scene(channels))


def test_boxes_and_points_may_be_numbers_or_named() -> None:
    """The names become layer names."""
    named = delaminate.NamedBox(delaminate.Box(4, 4, 20, 20), "door")
    point = delaminate.NamedPoint(50, 30, "knob")
    result = delaminate.split(_scene(), boxes=[named], points=[(30, 40), point], engine=PLAIN)
    assert {layer.name for layer in result.stack.layers} == {"background", "door", "point", "knob"}


def test_a_saved_folder_flattens_like_the_result(tmp_path: Path) -> None:
    """By its path, with profile and resolution."""
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    source = _file(icc_profile=icc, dpi=(200, 200))
    result = delaminate.split(source, boxes=[(8, 8, 30, 30)], engine=PLAIN)
    told = delaminate.save(result, tmp_path / "layers")
    image = delaminate.flatten(tmp_path / "layers")
    assert np.array_equal(np.asarray(image), _scene())
    assert (image.mode, image.info["icc_profile"]) == ("RGB", icc)
    assert image.info["dpi"] == pytest.approx((200, 200), abs=0.02)
    assert (told["engine"], told["inpaint_model"]) == ("plain", "grey")


def test_who_watches_may_stop(tmp_path: Path) -> None:
    """And before that is told how far it is."""
    seen: list[float] = []

    def stop(progress: delaminate.Progress) -> None:
        seen.append(progress.done)
        if progress.layer:
            raise delaminate.Cancelled("enough")

    with pytest.raises(delaminate.Cancelled):
        delaminate.split(_scene(), boxes=[(8, 8, 30, 30)], engine=PLAIN, progress=stop)
    assert seen
    assert seen == sorted(seen)


def test_bad_input_is_refused_before_any_work() -> None:
    """Each with its own kind of error."""
    with pytest.raises(delaminate.BadInstruction, match="max_layers must be at least 1"):
        delaminate.split(_scene(), "all", max_layers=0, engine=PLAIN)
    with pytest.raises(delaminate.UnknownName, match="no engine called 'nobody'"):
        delaminate.split(_scene(), "all", engine="nobody")
    with pytest.raises(delaminate.BadArray, match="left < right"):
        delaminate.split(_scene(), boxes=[(9, 9, 3, 3)], engine=PLAIN)
    with pytest.raises(delaminate.PictureTooLarge):
        delaminate.split(_scene(), boxes=[(8, 8, 30, 30)], engine=PLAIN, max_pixels=100)


def test_every_public_name_is_there_and_no_other() -> None:
    """Looked up when first asked for."""
    assert all(getattr(delaminate, name) is not None for name in delaminate.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'delaminates'"):
        _ = delaminate.delaminates
