"""The score of a stack on a scene of 4×4 pixels, worked out by hand."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from delaminate.composite import over
from delaminate.evaluation.scenes import read_scene
from delaminate.evaluation.stack_score import Truth, pair_up, score_stack


def _square(left: int, top: int, right: int, bottom: int, colour: int, alpha: int = 255) -> np.ndarray:
    pixels = np.zeros((4, 4, 4), np.uint8)
    pixels[top:bottom, left:right] = (colour, colour, colour, alpha)
    return pixels


BACKGROUND = _square(0, 0, 4, 4, 200)
LEFT, RIGHT = _square(0, 0, 2, 4, 10), _square(2, 0, 4, 4, 90)
SHADOW = _square(1, 2, 4, 4, 0, 102)
THING = _square(0, 0, 2, 4, 10)


def _truth(folder: Path, layers: Sequence[np.ndarray], roles: Sequence[str], targets: Sequence[list[int]]) -> Truth:
    flat = layers[0].copy()
    (folder / "layers").mkdir()
    for k, layer in enumerate(layers):
        Image.fromarray(layer).save(folder / "layers" / f"{k:02d}.png")
        if k:
            over(layer, flat)
    Image.fromarray(flat[..., :3]).save(folder / "image.png")
    described = [
        {"index": k, "file": f"layers/{k:02d}.png", "name": f"thing {k}", "role": role, "bbox": [0, 0, 4, 4]}
        | ({"shadowOf": "thing 2"} if role == "shadow" else {})
        for k, role in enumerate(roles)
    ]
    asked = [{"name": f"thing {k[0]}", "layers": k} for k in targets]
    facts = {"id": "s", "family": "f", "size": [4, 4], "layers": described, "targets": asked,
             "separationInstruction": "x", "maxLayers": 3}  # fmt: skip
    (folder / "scene.json").write_text(json.dumps(facts))
    return Truth.of(read_scene(folder))


@pytest.fixture
def halves(tmp_path: Path) -> Truth:
    """A dark left half and a grey right half, both asked for."""
    return _truth(tmp_path, [BACKGROUND, LEFT, RIGHT], ["background", "object", "object"], [[1], [2]])


@pytest.fixture
def shaded(tmp_path: Path) -> Truth:
    """A thing over its shadow; the thing is asked for."""
    return _truth(tmp_path, [BACKGROUND, SHADOW, THING], ["background", "shadow", "object"], [[2]])


def test_true_layers_score_one(halves: Truth) -> None:
    """In any order that gives the picture."""
    score = score_stack(halves, [BACKGROUND, RIGHT, LEFT])
    assert (score.score, score.hit75, score.recomposition_error, score.fill_l1) == (1, 1, 0, 0)
    assert score.ious == (1, 1)
    assert score.pairs == (2, 1)


def test_no_layers_score_nothing(halves: Truth) -> None:
    """The picture as its own background is exact and useless."""
    picture = np.dstack([halves.picture, np.full((4, 4), 255, np.uint8)])
    score = score_stack(halves, [picture])
    assert (score.score, score.hit75, score.differing_share) == (0, 0, 0)


def test_a_layer_nobody_asked_for_costs(halves: Truth) -> None:
    """Two right ones and a third over the half of one: (1 + 0.5) / 3."""
    extra = _square(2, 0, 4, 2, 90)
    score = score_stack(halves, [BACKGROUND, LEFT, RIGHT, extra])
    assert score.layers == 3
    assert score.score == pytest.approx((1 + 0.5) / 3)


def test_a_half_found_thing_counts_half(halves: Truth) -> None:
    """One target right, of the other four of eight pixels: (1 + 0.5) / 2, one of two hits."""
    score = score_stack(halves, [BACKGROUND, LEFT, _square(2, 0, 4, 2, 90)])
    assert score.score == pytest.approx(0.75)
    assert score.hit75 == 0.5
    assert (score.recomposition_error, score.differing_share) == (110, 0.25)


def test_the_fill_is_measured_inside_the_hole(halves: Truth) -> None:
    """The hole is everything; a fill ten levels off everywhere: 10 levels, 20·log10(25.5) dB."""
    score = score_stack(halves, [_square(0, 0, 4, 4, 210), LEFT, RIGHT])
    assert score.fill_l1 == pytest.approx(10, rel=1e-5)
    assert score.fill_psnr == pytest.approx(20 * np.log10(25.5), rel=1e-5)


def test_a_shadow_may_be_a_layer_of_its_own(shaded: Truth) -> None:
    """It is not counted, so nothing is lost."""
    score = score_stack(shaded, [BACKGROUND, SHADOW, THING])
    assert (score.layers, score.score) == (1, 1)


def test_a_shadow_may_be_inside_its_owner(shaded: Truth) -> None:
    """The owner's layer with the shadow is the other right answer."""
    both = THING.copy()
    both[2:, 2:] = SHADOW[2:, 2:]
    assert score_stack(shaded, [BACKGROUND, both]).score == pytest.approx(1)


def test_a_shadow_may_stay_in_the_background(shaded: Truth) -> None:
    """And the fill is not judged where it lies."""
    ground = BACKGROUND.copy()
    over(SHADOW, ground)
    score = score_stack(shaded, [ground, THING])
    assert score.score == 1
    assert score.fill_l1 == 0


def test_soft_edges_are_compared_in_colour(tmp_path: Path) -> None:
    """A half transparent true layer, found 20 levels too bright."""
    soft = _square(0, 0, 2, 4, 100, 128)
    truth = _truth(tmp_path, [BACKGROUND, soft], ["background", "object"], [[1]])
    assert score_stack(truth, [BACKGROUND, _square(0, 0, 2, 4, 120, 128)]).edge_l1 == pytest.approx(20, rel=1e-5)
    assert score_stack(truth, [BACKGROUND, LEFT]).edge_l1 == pytest.approx(90, rel=1e-5)


def test_pairing_looks_for_the_largest_sum() -> None:
    """Greedy would take 0.9 first and end at 0.9; the best is 0.8 + 0.7."""
    assert pair_up(np.array([[0.9, 0.8], [0.7, 0.0]])) == {0: 1, 1: 0}
    assert pair_up(np.zeros((2, 0))) == {}
