"""The public doors of the package: split, save, flatten, and the names they come with."""

from __future__ import annotations

import inspect
import io
from dataclasses import dataclass, replace
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
class WithWeights(Hard):
    """The same, as if weights of unknown licence did it."""

    checkpoints: tuple[str, ...] = ("weights-of-nobody",)


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


def test_split_and_edit_take_the_same_options() -> None:
    """What made the layers can be said again in repairing them; what to look for belongs to a split alone."""
    asked, repaired = (set(inspect.signature(door).parameters) for door in (delaminate.split, delaminate.edit))
    looking = {"image", "instruction", "max_layers", "boxes", "points", "masks", "shadows", "strict"}
    assert asked - looking == repaired - {"result", "change"}


def test_weights_that_forbid_commercial_use_are_refused_in_stages_handed_in_too() -> None:
    """Whether an engine is named or put together by hand; what needs no weights is let through."""
    research = replace(PLAIN, matter=WithWeights())
    assert delaminate.split(_scene(), boxes=[(8, 8, 30, 30)], engine=PLAIN, commercial_safe=True).engine == "plain"
    result = delaminate.split(_scene(), boxes=[(8, 8, 30, 30)], engine=research)
    with pytest.raises(delaminate.LicenceForbids, match="weights-of-nobody"):
        delaminate.split(_scene(), boxes=[(8, 8, 30, 30)], engine=research, commercial_safe=True)
    again = delaminate.Redo("box", box=delaminate.Box(8, 8, 20, 20))
    with pytest.raises(delaminate.LicenceForbids, match="weights-of-nobody"):
        delaminate.edit(result, again, engine=research, commercial_safe=True)


def test_another_inpainter_may_be_named_for_stages_handed_in() -> None:
    """It fills the holes instead of their own."""
    result = delaminate.split(_scene(), boxes=[(8, 8, 30, 30)], engine=PLAIN, inpaint_model="content-aware")
    assert (PLAIN.inpainter.name, result.inpaint_model) == ("grey", "content-aware")
    assert np.array_equal(np.asarray(delaminate.flatten(result)), _scene())


def test_edits_are_asked_for_by_names_of_the_package() -> None:
    """Each of the six is at the top, and works on a result in memory."""
    result = delaminate.split(_scene(), boxes=[(8, 8, 30, 30), (40, 8, 60, 30)], engine=PLAIN)
    one, two = (layer.id for layer in result.stack.layers[1:])
    renamed = delaminate.edit(result, delaminate.Rename(one, "door"))
    merged = delaminate.edit(renamed, delaminate.Merge(("door", two), "house"))
    refilled = delaminate.edit(merged, delaminate.Refill("house"), engine=PLAIN)
    part = delaminate.SplitOff("house", "no part of it")
    with pytest.raises(delaminate.BadInstruction):
        delaminate.edit(refilled, part, engine=PLAIN)
    assert [layer.name for layer in refilled.stack.layers] == ["background", "house"]
    bare = delaminate.edit(refilled, delaminate.Remove("house"))
    assert np.array_equal(np.asarray(delaminate.flatten(bare)), _scene())


def test_every_public_name_is_there_and_no_other() -> None:
    """Looked up when first asked for."""
    assert all(getattr(delaminate, name) is not None for name in delaminate.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'delaminates'"):
        _ = delaminate.delaminates
