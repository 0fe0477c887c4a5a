"""The composition root: names, and stages that come from other packages."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import delaminate
from delaminate.engines import ENGINES, GROUPS, engine, is_ready, stage, stage_names
from delaminate.errors import StageFailed, UnknownName
from drawings import balls

PLUGIN = '''
from dataclasses import dataclass
import numpy as np

@dataclass(frozen=True)
class Magenta:
    """Fills every hole with magenta."""

    name: str = "magenta"

    def __call__(self, rgb, hole, usable, *, prompt="", seed=0, tick=lambda done: None):
        rows, columns = np.flatnonzero(hole.any(axis=1)), np.flatnonzero(hole.any(axis=0))
        cut = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
        patch = rgb[cut].copy()
        patch[hole[cut]] = (255, 0, 255)
        return patch
'''


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An installed third-party package: a module and the metadata pip would write."""
    (tmp_path / "magenta_fill.py").write_text(PLUGIN)
    info = tmp_path / "magenta_fill-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: magenta-fill\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[delaminate.inpainters]\nmagenta = magenta_fill:Magenta\nbroken = magenta_missing:Nothing\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    yield
    sys.modules.pop("magenta_fill", None)


def test_the_embedded_engine_is_made_of_installed_stages() -> None:
    """Every stage of every engine goes through an entry point."""
    for recipe in ENGINES.values():
        for role in GROUPS:
            assert set(getattr(recipe, role)) <= set(stage_names(role))


def test_an_unknown_engine_is_refused_with_the_known_ones() -> None:
    """One sentence that lists the choices."""
    with pytest.raises(UnknownName, match=r"no engine called 'warp'; there are: .*embedded"):
        engine("warp")


def test_an_unknown_inpaint_model_is_refused_with_the_installed_ones() -> None:
    """Likewise for models."""
    with pytest.raises(UnknownName, match=r"no inpainter called 'warp'; installed are: .*content-aware"):
        engine("embedded", "warp")


@pytest.mark.usefixtures("plugin")
def test_a_third_party_stage_fills_the_hole_by_name() -> None:
    """A stage of another package is found by its entry point, used, and the stack is still exact."""
    pixels, masks = balls()
    result = delaminate.split(pixels, "the red ball", inpaint_model="magenta")
    hole = result.stack.background.pixels[130, 70]
    assert hole.tolist() == [255, 0, 255, 255]
    assert result.inpaint_model == "magenta"
    assert np.array_equal(np.asarray(delaminate.flatten(result.stack))[..., :3], pixels)
    assert masks["red"][130, 70]


@pytest.mark.usefixtures("plugin")
def test_a_stage_that_cannot_be_imported_says_so() -> None:
    """Installed but broken is another sentence than not installed."""
    with pytest.raises(StageFailed, match="'broken' is installed but cannot be loaded"):
        stage("inpainter", "broken")


def test_only_a_stage_that_lacks_nothing_is_ready() -> None:
    """What is installed without its key or weights is not; what is unknown is not either."""
    assert is_ready("inpainter", "content-aware")
    assert not is_ready("inpainter", "flux2-dev")
    assert not is_ready("inpainter", "warp")
