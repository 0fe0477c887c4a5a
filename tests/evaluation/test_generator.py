"""Generated scenes: exact, the same for the same seed, and readable by whoever reads scenes."""

import hashlib
from pathlib import Path
from random import Random

import numpy as np
import pytest

from delaminate.errors import BadInput
from delaminate.evaluation.generation.catalogue import STYLES, THINGS, Thing, draw
from delaminate.evaluation.generation.generator import FAMILIES, compose, generate
from delaminate.evaluation.generation.palette import NAMED
from delaminate.evaluation.generation.sketch import Sketch, flat
from delaminate.evaluation.scenes import Scene


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Scene, ...]:
    """One scene of every family, written and read back."""
    return generate(tmp_path_factory.mktemp("scenes"), len(FAMILIES), seed=7)


def test_the_picture_is_the_exact_alpha_over_of_the_layers(scenes: tuple[Scene, ...]) -> None:
    """By the integer formula, bottom to top, for every family."""
    for scene in scenes:
        flat_picture = scene.pixels(0)[..., :3].astype(np.int64)
        for layer in scene.layers[1:]:
            pixels = scene.pixels(layer.index).astype(np.int64)
            alpha = pixels[..., 3:]
            flat_picture = (pixels[..., :3] * alpha + flat_picture * (255 - alpha) + 127) // 255
        assert np.array_equal(flat_picture, scene.picture()), scene.id


def test_the_same_seed_gives_the_same_files(scenes: tuple[Scene, ...], tmp_path: Path) -> None:
    """Byte for byte, file for file; the number asked for does not matter."""
    for scene in generate(tmp_path, 2, seed=7):
        twin = next(s for s in scenes if s.id == scene.id)
        files = sorted(p.relative_to(scene.folder) for p in scene.folder.rglob("*") if p.is_file())
        assert all((scene.folder / f).read_bytes() == (twin.folder / f).read_bytes() for f in files)


def test_another_seed_gives_another_picture() -> None:
    """Seeds are not ignored."""
    assert not np.array_equal(compose(1, 0)[0].background, compose(2, 0)[0].background)


def test_a_drawing_without_text_has_known_bytes_on_every_machine() -> None:
    """The digest was taken once; a processor or library that draws otherwise shows here."""
    layers = b"".join(piece.pixels.tobytes() for piece in compose(7, 11)[0].pieces)
    assert hashlib.sha256(layers).hexdigest()[:16] == "5337941ed6b75716"


def test_every_target_can_be_seen_and_fits_the_limit(scenes: tuple[Scene, ...]) -> None:
    """No instruction asks for what is hidden, nor for more than maxLayers allows."""
    for scene in scenes:
        assert 1 <= len(scene.targets) <= scene.max_layers
        assert min(scene.layers[k].visible for target in scene.targets for k in target.layers) > 0.25, scene.id


def test_layer_boxes_are_tight_around_what_is_drawn(scenes: tuple[Scene, ...]) -> None:
    """Nothing of a layer lies outside its box."""
    for layer in scenes[1].layers[1:]:
        alpha = scenes[1].pixels(layer.index)[..., 3].copy()
        assert alpha[layer.box.slices].any()
        alpha[layer.box.slices] = 0
        assert not alpha.any()


@pytest.mark.parametrize("kind", THINGS, ids=lambda kind: kind.noun)
def test_every_thing_can_be_drawn_in_every_style(kind: Thing) -> None:
    """Each is opaque somewhere and its colours have names."""
    assert set(kind.colours) <= set(NAMED)
    for style in STYLES:
        assert draw(kind, 48, Random(0), style=style).pixels[..., 3].max() == 255


def test_half_covered_pixels_get_half_alpha() -> None:
    """A box that ends in the middle of a pixel, at two samples per axis."""
    sketch = Sketch(4, grain=2)
    sketch.box(0, 0, 0.625, 1, flat((10, 20, 30)))
    assert (sketch.pixels()[:, :, 3] == [255, 255, 128, 0]).all()
    assert (sketch.pixels()[:, :3, :3] == [10, 20, 30]).all()


def test_zero_scenes_are_refused(tmp_path: Path) -> None:
    """One sentence."""
    with pytest.raises(BadInput, match="at least 1"):
        generate(tmp_path, 0)
