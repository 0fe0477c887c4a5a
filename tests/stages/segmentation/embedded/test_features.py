"""Eyes, nose and mouth of faces that are drawn here."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

import delaminate
from delaminate.pixels import Mask
from delaminate.stages.segmentation.embedded.features import drawn_face, features_of
from delaminate.stages.segmentation.embedded.view import view_of

SIDE = 400


@dataclass(frozen=True, eq=False)
class Drawing:
    """A picture of a face and what in it is what."""

    rgb: NDArray[np.uint8]
    parts: dict[str, Mask]


def face(skin: tuple[int, int, int], eyes: int = 2, shaded: bool = True) -> Drawing:
    """A round face with eyes in a row, a nose and an open mouth on a plain ground."""
    rgb = np.full((SIDE, SIDE, 3), (228, 224, 214), np.uint8)
    parts: dict[str, Mask] = {}

    def oval(name: str, at: tuple[int, int], size: tuple[int, int], colour: tuple[int, int, int]) -> None:
        mask = np.zeros((SIDE, SIDE), np.uint8)
        cv2.ellipse(mask, at, size, 0, 0, 360, 1, -1)
        rgb[mask > 0] = colour
        parts[name] = parts.get(name, np.zeros((SIDE, SIDE), np.bool_)) | (mask > 0)

    oval("face", (200, 210), (140, 150), skin)
    if shaded:  # as drawn light and shade are: the same hue, darker to one side
        light = np.linspace(1.05, 0.75, SIDE)[None, :, None]
        within = parts["face"]
        rgb[within] = np.clip(rgb * light, 0, 255).astype(np.uint8)[within]
    for k in range(eyes):
        x = round(200 + (k - (eyes - 1) / 2) * 90)
        oval("eye", (x, 170), (30, 34), (250, 250, 250))
        oval("eye", (x + 3, 174), (13, 15), (24, 24, 30))
    oval("nose", (200, 226), (16, 12), tuple(int(c * 0.5) for c in skin))  # type: ignore[arg-type]
    oval("mouth", (200, 286), (62, 22), (96, 20, 40))
    return Drawing(rgb, parts)


def found(drawing: Drawing, noun: str) -> list[Mask]:
    """What a noun means in the drawing; masks of its view, which is as large."""
    face_seen = drawn_face(view_of(drawing.rgb), [drawing.parts["face"]])
    return [] if face_seen is None else features_of(face_seen, noun, [drawing.parts["face"]])


def overlap(one: Mask, other: Mask) -> float:
    """Intersection over union."""
    return float((one & other).sum() / max(1, (one | other).sum()))


@pytest.mark.parametrize("skin", [(90, 170, 80), (230, 160, 60), (150, 90, 190), (160, 160, 160)])
@pytest.mark.parametrize("eyes", [1, 2, 3])
def test_islands_in_a_face_are_what_lies_there(skin: tuple[int, int, int], eyes: int) -> None:
    """Whatever the tone, and however many eyes stand in the row."""
    drawing = face(skin, eyes)
    for noun in ("eye", "nose", "mouth"):
        masks = found(drawing, noun)
        assert len(masks) == (eyes if noun == "eye" else 1), noun
        assert overlap(np.logical_or.reduce(masks), drawing.parts[noun]) > 0.8, noun


def test_eyes_come_left_to_right() -> None:
    """So that a place word can choose."""
    left, right = found(face((90, 170, 80)), "eye")
    assert np.flatnonzero(left.any(axis=0)).mean() < np.flatnonzero(right.any(axis=0)).mean()


def test_a_face_is_its_head() -> None:
    """The thing that holds the face and little else."""
    drawing = face((230, 160, 60))
    assert overlap(found(drawing, "face")[0], drawing.parts["face"]) > 0.95


def test_a_horned_head_has_horns_and_a_body() -> None:
    """What sticks out of it on both sides, and all of it."""
    drawing = face((90, 170, 80))
    horns = np.zeros((SIDE, SIDE), np.uint8)
    for side in (-1, 1):
        cv2.fillPoly(
            horns, [np.array([(200 + side * x, y) for x, y in ((70, 90), (120, 20), (125, 130))], np.int32)], 1
        )
    horned = (horns > 0) & ~drawing.parts["face"]
    drawing.rgb[horned] = (235, 225, 190)
    figure = drawing.parts["face"] | horned
    face_seen = drawn_face(view_of(drawing.rgb), [figure, drawing.parts["face"]])
    assert face_seen is not None
    left, right = features_of(face_seen, "horn", [figure, drawing.parts["face"]])
    assert overlap(left | right, horned) > 0.8
    assert np.flatnonzero(left.any(axis=0)).max() < np.flatnonzero(right.any(axis=0)).min()
    (body,) = features_of(face_seen, "body", [figure, drawing.parts["face"]])
    assert np.array_equal(body, figure)


def test_a_head_without_horns_has_none() -> None:
    """A lump on one side is no pair."""
    drawing = face((90, 170, 80))
    assert found(drawing, "horn") == []


def test_a_thing_without_islands_has_no_face() -> None:
    """Nothing is guessed."""
    drawing = face((230, 160, 60))
    bare = np.full_like(drawing.rgb, 226)
    bare[drawing.parts["face"]] = (230, 160, 60)
    assert drawn_face(view_of(bare), [drawing.parts["face"]]) is None


def test_islands_that_do_not_lie_like_eyes_are_none() -> None:
    """Spots are no eyes."""
    drawing = face((230, 160, 60))
    spotted = np.full_like(drawing.rgb, 226)
    spotted[drawing.parts["face"]] = (230, 160, 60)
    for x, y, r in ((150, 330, 14), (260, 300, 9), (230, 330, 17)):  # low, and none like another
        cv2.circle(spotted, (x, y), r, (60, 40, 30), -1)
    assert drawn_face(view_of(spotted), [drawing.parts["face"]]) is None


def test_a_sentence_takes_a_face_apart_and_it_adds_up_again() -> None:
    """From words to layers."""
    drawing = face((90, 170, 80))
    split = delaminate.split(drawing.rgb, "eyes, nose and mouth as separate layers", engine="embedded")
    layers = {layer.name: layer for layer in split.stack.layers}
    for name, noun in (("eyes", "eye"), ("nose", "nose"), ("mouth", "mouth")):
        canvas = np.zeros((SIDE, SIDE), np.bool_)
        canvas[layers[name].box.slices] = layers[name].pixels[..., 3] > 127
        assert overlap(canvas, drawing.parts[noun]) > 0.8, name
    assert np.array_equal(np.asarray(delaminate.flatten(split).convert("RGB")), drawing.rgb)


def test_a_place_chooses_between_eyes() -> None:
    """The left one is asked for."""
    drawing = face((90, 170, 80))
    split = delaminate.split(drawing.rgb, "the left eye", engine="embedded")
    (layer,) = [one for one in split.stack.layers if "eye" in one.name]
    assert layer.box.right <= 200
