"""Matters with a model: small random ViTMatte, and code from a folder in the place of BiRefNet's."""

from pathlib import Path

import numpy as np
import pytest
import torch

from contracts.inpainter_suite import blob, picture
from contracts.matter_suite import MatterSuite
from delaminate.contracts import Matter
from delaminate.errors import BadInput, StageFailed
from delaminate.stages.matting.birefnet import BiRefNet
from delaminate.stages.matting.trimap import BACKGROUND, FOREGROUND, UNKNOWN, band
from delaminate.stages.matting.vitmatte import VitMatte, model_input
from with_torch import tiny

COMMIT = "0123456789abcdef0123456789abcdef01234567"

CODE = """
import torch
from transformers import PreTrainedConfig, PreTrainedModel


class Config(PreTrainedConfig):
    model_type = "SegformerForSemanticSegmentation"


class Net(PreTrainedModel):
    config_class = Config

    def __init__(self, config):
        super().__init__(config)
        self.layer = torch.nn.Conv2d(3, 1, 3, padding=1)
        self.post_init()

    def forward(self, x):
        return [x.mean(1, keepdim=True), self.layer(x)]
"""


@pytest.fixture(scope="session")
def vitmatte(tmp_path_factory: pytest.TempPathFactory) -> VitMatte:
    """ViTMatte that is shown little at a time."""
    return VitMatte(str(tiny.vitmatte(tmp_path_factory.mktemp("vitmatte"))), most=96 * 96)


@pytest.fixture(scope="session")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A snapshot with Python code in it, as the hub stores it: the folder is named by the commit."""
    folder = tmp_path_factory.mktemp("snapshots") / COMMIT
    folder.mkdir()
    (folder / "net.py").write_text(CODE)
    (folder / "config.json").write_text(
        '{"auto_map": {"AutoConfig": "net.Config", "AutoModelForImageSegmentation": "net.Net"}}'
    )
    torch.manual_seed(1)
    torch.save({"layer.weight": torch.randn(1, 3, 3, 3), "layer.bias": torch.zeros(1)}, folder / "pytorch_model.bin")
    return folder


class TestVitMatte(MatterSuite):
    """ViTMatte."""

    @pytest.fixture
    def matter(self, vitmatte: VitMatte) -> Matter:
        """The one of the session."""
        return vitmatte


class TestBiRefNet(MatterSuite):
    """BiRefNet's way in, with other code in its place."""

    @pytest.fixture
    def matter(self, foreign: Path) -> Matter:
        """Its commit allowed."""
        return BiRefNet(str(foreign), revision=COMMIT, side=64)


def test_vitmatte_gets_what_the_librarys_processor_makes() -> None:
    """Colours, trimap and padding to the bit."""
    from transformers import VitMatteImageProcessorPil

    rgb, trimap = picture(50, 70), band(blob(50, 70), 4)
    coded = np.array([0, 128, 255], np.uint8)[trimap]
    theirs = VitMatteImageProcessorPil()(images=rgb, trimaps=coded, return_tensors="np")["pixel_values"]
    ours = model_input(rgb, trimap)
    assert ours.shape == theirs.shape
    assert np.abs(ours - theirs).max() < 1e-5


def test_the_model_decides_only_near_the_edge(vitmatte: VitMatte) -> None:
    """Deep inside the mask alpha is 1, far outside 0, whatever the model says."""
    mask = np.zeros((120, 160), np.bool_)
    mask[20:100, 30:130] = True
    alpha = vitmatte(picture(120, 160), mask)
    trimap = band(mask, 3.0)
    assert (alpha[trimap == FOREGROUND] == 1).all()
    assert (alpha[trimap == BACKGROUND] == 0).all()
    assert 0 < alpha[trimap == UNKNOWN].mean() < 1


def test_foreign_code_does_not_run_unasked(foreign: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without its commit, or with another one, the matter says what to do."""
    monkeypatch.delenv("DELAMINATE_BIREFNET_REVISION", raising=False)
    with pytest.raises(StageFailed, match=f"DELAMINATE_BIREFNET_REVISION={COMMIT}"):
        BiRefNet(str(foreign), side=64)(picture(30, 30), blob(30, 30))
    assert "is allowed" in BiRefNet(str(foreign), revision="f" * 40).missing()


def test_options_out_of_range_are_refused() -> None:
    """When the stage is made."""
    with pytest.raises(BadInput):
        VitMatte(radius=0)
    with pytest.raises(BadInput):
        BiRefNet(side=100)
