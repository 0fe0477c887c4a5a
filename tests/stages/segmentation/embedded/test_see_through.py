"""Panes, bubbles and smoke over grounds that vary: where they are, how much they cover, what comes back behind them."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from numpy.typing import NDArray

import delaminate
from delaminate.contracts import Kind, Plan, Target
from delaminate.evaluation.generation import backdrops
from delaminate.evaluation.generation.effects import bubble, glass_pane, smoke
from delaminate.evaluation.generation.sketch import Sketch, flat
from delaminate.pixels import Rgb, Rgba
from delaminate.splitting.steps import seen_through
from delaminate.stages.segmentation.embedded.prepared import Prepared
from delaminate.stages.segmentation.embedded.see_through.veil import Sort, Veil
from delaminate.stages.segmentation.embedded.see_through.veils import Veils
from delaminate.stages.segmentation.embedded.segmenter import Embedded

HEIGHT, WIDTH = 360, 540
Picture = NDArray[np.uint8]


def _ground(name: str) -> Rgb:
    made: Rgb = getattr(backdrops, name)(Random(f"behind {name}"), HEIGHT, WIDTH, (120, 150, 90), (60, 80, 150))
    return made


def _under(ground: Rgb, veil: Rgba, left: int, top: int) -> tuple[Picture, NDArray[np.float64]]:
    """The ground seen through something, and how much of it that covers."""
    cover = np.zeros((HEIGHT, WIDTH))
    inner = (slice(top, top + veil.shape[0]), slice(left, left + veil.shape[1]))
    cover[inner] = veil[..., 3] / 255
    out = ground.astype(np.float64)
    share = cover[inner][..., None]
    out[inner] = out[inner] * (1 - share) + veil[..., :3] * share
    return np.rint(out).astype(np.uint8), cover


def _alike(veil: Veil, cover: NDArray[np.float64]) -> float:
    """Overlap of two coverages, 0..1."""
    whole = np.zeros_like(cover)
    whole[veil.box.slices] = veil.alpha
    return float(np.minimum(whole, cover).sum() / np.maximum(whole, cover).sum())


def _veils(picture: Picture) -> Veils:
    return Veils(picture, lambda: np.zeros(picture.shape[:2], np.bool_))


def _pane() -> Rgba:
    drawn = Sketch(150, 190)
    drawn.box(0, 0, 1, 190 / 150, flat((220, 120, 140), 0.4), 0.04)
    return drawn.pixels()


@pytest.mark.parametrize("name", ["gradient", "vignette", "sea", "bokeh", "tiles"])
def test_a_pane_has_its_place_and_its_coverage(name: str) -> None:
    """What goes on across its outline tells how much it covers."""
    picture, cover = _under(_ground(name), _pane(), 200, 100)
    found = _veils(picture).named(Sort.PANE, 1)
    assert [_alike(veil, cover) > 0.8 for veil in found] == [True]


def test_behind_a_pane_the_ground_is_seen_and_not_invented() -> None:
    """The equation of compositing, solved for the ground."""
    ground = _ground("sea")
    picture, cover = _under(ground, _pane(), 200, 100)
    (veil,) = _veils(picture).named(Sort.PANE, 1)
    shown, hidden = seen_through(picture[veil.box.slices], veil.alpha, veil.paint)
    inside = ~hidden & (cover[veil.box.slices] > 0.3)
    assert inside.mean() > 0.8
    off = np.abs(shown.astype(int) - ground[veil.box.slices])[inside]
    assert float(off.mean()) < 5


def _gleaming() -> Rgba:
    """A pane over which a band of white lies."""
    drawn = Sketch(150, 190)
    drawn.box(0, 0, 1, 190 / 150, flat((220, 120, 140), 0.4), 0.04)
    band = [(0.3, 0.03), (0.5, 0.03), (0.35, 1.24), (0.15, 1.24)]
    drawn.polygon(band, flat((255, 255, 255), 0.2), onto=True)
    return drawn.pixels()


@pytest.mark.parametrize("name", ["gradient", "sea", "hills"])
def test_the_gleam_of_a_pane_belongs_to_it(name: str) -> None:
    """It had stayed behind the pane as a white beam, brighter than before."""
    ground = _ground(name)
    pane = _gleaming()
    picture, cover = _under(ground, pane, 200, 100)
    (veil,) = _veils(picture).named(Sort.PANE, 1)
    assert _alike(veil, cover) > 0.85
    white = np.zeros((HEIGHT, WIDTH), np.bool_)
    white[100:290, 200:350] = pane[..., 3] > 1.15 * np.median(pane[..., 3])
    shown, hidden = seen_through(picture[veil.box.slices], veil.alpha, veil.paint)
    told = ~hidden & white[veil.box.slices]
    assert told.sum() > 0.4 * white.sum()
    assert float(np.abs(shown.astype(int) - ground[veil.box.slices])[told].mean()) < 8


def test_a_light_beam_behind_a_pane_is_no_gleam() -> None:
    """It goes on beyond the pane."""
    ground = _ground("gradient").copy()
    ground[:, 250:280] = np.rint(ground[:, 250:280] * 0.6 + 255 * 0.4)
    picture, _ = _under(ground, _pane(), 200, 100)
    (veil,) = _veils(picture).named(Sort.PANE, 1)
    inside = veil.alpha[30:-30, 30:-30]
    assert float(np.ptp(inside)) < 0.05


@pytest.mark.parametrize("name", ["gradient", "cloth", "wood", "tiles", "paper"])
def test_a_bubble_is_found_on_any_ground(name: str) -> None:
    """A rim that grows out of the middle."""
    picture, cover = _under(_ground(name), bubble(110), 220, 60)
    found = _veils(picture).named(Sort.BUBBLE, 1)
    assert [_alike(veil, cover) > 0.7 for veil in found] == [True]


@pytest.mark.parametrize("name", ["gradient", "vignette", "cloth", "wood", "tiles"])
def test_smoke_is_as_thick_as_the_picture_is_off_its_ground(name: str) -> None:
    """Rows and columns say what the ground is."""
    picture, cover = _under(_ground(name), smoke(Random("plume"), 200, 240, (238, 238, 240)), 170, 40)
    found = _veils(picture).named(Sort.PLUME, None)
    assert [_alike(veil, cover) > 0.55 for veil in found] == [True]


@pytest.mark.parametrize("name", ["plain", "gradient", "vignette", "paper", "cloth", "tiles", "sea", "dots"])
def test_nothing_is_plainly_there_where_nothing_is(name: str) -> None:
    """Whoever asks for everything gets no pane that is not there."""
    assert _veils(_ground(name)).plain == []


def test_a_word_means_the_veil_and_everything_means_it_too() -> None:
    """By its name, and among all the rest; with its own colour, before what is behind it."""
    picture, _ = _under(_ground("sea"), _pane(), 200, 100)
    segmenter = Embedded()
    seen = segmenter.prepare(picture)
    targets = (Target("the glass pane", Kind.EFFECT, noun="pane"), Target("everything", Kind.ANYTHING, count=None))
    for target in targets:
        (answer,) = segmenter(seen, Plan((target,)))
        veils = [found for found in answer if found.paint is not None]
        assert len(veils) == 1
        assert veils[0].front > 0
    (blue,) = segmenter(seen, Plan((Target("the green pane", Kind.EFFECT, noun="pane", colours=("green",)),)))
    assert all(found.paint is None for found in blue)


@pytest.mark.parametrize(("name", "words"), [("sea", "the glass card"), ("tiles", "the transparent sheet")])
def test_a_card_of_glass_is_a_pane(name: str, words: str) -> None:
    """Nothing had been found: cards were looked for among drawn shapes."""
    picture, cover = _under(_ground(name), _gleaming(), 200, 100)
    segmenter = Embedded()
    noun = words.rsplit(maxsplit=1)[-1]
    (answer,) = segmenter(segmenter.prepare(picture), Plan((Target(words, Kind.EFFECT, noun=noun),)))
    (found,) = answer
    whole = np.zeros_like(cover)
    assert found.alpha is not None
    whole[found.box.slices] = found.alpha
    assert np.minimum(whole, cover).sum() / np.maximum(whole, cover).sum() > 0.7


@pytest.mark.parametrize("name", ["gradient", "tiles", "bokeh", "hills"])
def test_a_pane_with_a_gleam_is_plain_on_any_ground(name: str) -> None:
    """Checks have rectangles of their own, but their lines go on beyond them."""
    pane = glass_pane(Random("pane"), 150, 190, (200, 220, 240))
    picture, cover = _under(_ground(name), pane, 190, 90)
    plain = _veils(picture).plain
    assert [_alike(veil, cover) > 0.6 for veil in plain] == [True]


def test_sixteen_bits_have_their_own_levels() -> None:
    """The colour of a veil is told in the levels of the picture."""
    picture, _ = _under(_ground("sea"), _pane(), 200, 100)
    seen, deep = (Prepared(rgb, lambda _: (), 12) for rgb in (picture, picture.astype(np.uint16) * 257))
    flat_one, deep_one = (one.veiled(one.veils.named(Sort.PANE, 1)[0], "pane") for one in (seen, deep))
    assert flat_one.paint is not None
    assert deep_one.paint is not None
    assert np.allclose(flat_one.paint * 257, deep_one.paint, atol=1)


def test_a_pane_comes_off_exactly_and_what_is_behind_it_stays() -> None:
    """Split by its name: the stack is exact, and the background is nearer to the truth than the picture was."""
    ground = _ground("sea")
    picture, cover = _under(ground, _pane(), 200, 100)
    done = delaminate.split(picture, "the glass pane", engine="embedded")
    assert done.report.max_error == 0
    (layer,) = done.stack.layers[1:]
    assert 20 < float(layer.pixels[..., 3].max()) < 255
    behind = done.stack.layers[0].pixels[..., :3].astype(int)
    there = cover > 0.1
    assert np.abs(behind - ground)[there].mean() < 0.3 * np.abs(picture.astype(int) - ground)[there].mean()


def test_behind_a_pane_things_are_whole() -> None:
    """A ball that a pane hides half of is one ball, and the pane's rim is no part of anything."""
    ground = np.asarray(np.linspace((250, 240, 225), (190, 205, 220), HEIGHT)[:, None], np.float64)
    picture = np.broadcast_to(ground, (HEIGHT, WIDTH, 3)).copy()
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    ball = (rows - 200) ** 2 + (columns - 250) ** 2 < 80**2
    picture[ball] = (200, 60, 50)
    inside = (slice(90, 290), slice(230, 400))
    cover = np.zeros((HEIGHT, WIDTH))
    cover[inside] = 0.35
    picture = picture * (1 - cover[..., None]) + np.array([235, 235, 255]) * cover[..., None]
    shown = np.rint(picture).astype(np.uint8)
    segmenter = Embedded()
    plan = Plan((Target("glass pane", Kind.EFFECT, noun="pane"), Target("ball", noun="ball")))
    (pane,), (found,) = segmenter(segmenter.prepare(shown), plan)
    assert pane.paint is not None
    mask = np.zeros((HEIGHT, WIDTH), np.bool_)
    mask[found.box.slices] = found.mask
    assert float((mask & ball).sum() / (mask | ball).sum()) > 0.9


@pytest.mark.parametrize("name", ["wood", "hills"])
def test_everything_means_a_bubble_that_stands_out(name: str) -> None:
    """On an uneven ground its rim alone is not plain enough, and it came as a disc that hides what is behind it."""
    picture, cover = _under(_ground(name), bubble(150), 190, 90)
    (found,) = Embedded()(Embedded().prepare(picture), Plan((Target("", Kind.OBJECT, count=None),)))
    bubbles = [one for one in found if one.paint is not None]
    assert len(bubbles) == 1
    whole = np.zeros_like(cover)
    assert bubbles[0].alpha is not None
    whole[bubbles[0].box.slices] = bubbles[0].alpha
    assert float(np.minimum(whole, cover).sum() / np.maximum(whole, cover).sum()) > 0.7
