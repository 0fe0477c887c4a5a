"""The open engine as a whole, with small random weights where the real ones would lie."""

from pathlib import Path

import pytest

from contracts.segmenter_suite import scene
from delaminate.contracts import Instruction
from delaminate.engines import engine
from delaminate.errors import StageFailed
from delaminate.picture import open_picture
from delaminate.splitting.split import split
from delaminate.stages.inpainting.content_aware.fill import ContentAware
from delaminate.stages.matting.closed_form import ClosedForm
from delaminate.stages.matting.vitmatte import VitMatte
from delaminate.stages.segmentation.grounded_sam import GroundedSam
from delaminate.stages.segmentation.sam3 import Sam3
from with_torch import tiny


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty DELAMINATE_MODELS."""
    monkeypatch.setenv("DELAMINATE_MODELS", str(tmp_path))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    for name in ("DELAMINATE_PLANNER_URL", "DELAMINATE_LAMA", "DELAMINATE_COMMERCIAL_SAFE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_it_takes_the_strongest_of_what_is_there(shelf: Path) -> None:
    """And steps down where something is missing."""
    with pytest.raises(StageFailed, match=r"delaminate models pull grounding-dino sam2\.1"):
        engine("open")
    tiny.grounding_dino(shelf / "grounding-dino")
    tiny.sam2(shelf / "sam2.1")
    made = engine("open", commercial_safe=True)
    kinds = [type(part) for part in (made.segmenter, made.matter, made.inpainter)]
    assert kinds == [GroundedSam, ClosedForm, ContentAware]
    tiny.vitmatte(shelf / "vitmatte")
    tiny.sam3(shelf / "sam3")
    assert [type(part) for part in (engine("open").segmenter, engine("open").matter)] == [Sam3, VitMatte]


def test_what_it_makes_is_exact(shelf: Path) -> None:
    """Whatever random models say, the layers add up to the picture."""
    tiny.grounding_dino(shelf / "grounding-dino")
    tiny.sam2(shelf / "sam2.1")
    tiny.vitmatte(shelf / "vitmatte")
    stages = engine("open")
    result = split(open_picture(scene()), Instruction("here", boxes=()), stages)
    marked = split(open_picture(scene()), Instruction("the red ball and the title"), stages)
    assert (result.report.differing_pixels, marked.report.differing_pixels) == (0, 0)
    assert marked.engine == "open"
