"""The adapters of lite on exports of the real architectures with random weights: the same answers, the same manners."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from contracts.inpainter_suite import InpainterSuite, blob, picture
from contracts.segmenter_suite import SegmenterSuite, scene
from delaminate.contracts import Inpainter, Segmenter
from delaminate.models.onnx_session import answers, session_of
from delaminate.stages.inpainting import lama, migan
from delaminate.stages.segmentation.lite.cutter import EfficientSam
from delaminate.stages.segmentation.lite.detectors import OwlVit
from delaminate.stages.segmentation.lite.segmenter import Lite
from lite_files import clip_words, owlvit_file
from with_torch import lite_networks

CLOSE = 1e-3


@pytest.fixture(scope="session")
def sam(tmp_path_factory: pytest.TempPathFactory) -> tuple[lite_networks.EfficientSam, EfficientSam]:
    """EfficientSAM in torch, and our cutter on its export."""
    model = lite_networks.EfficientSam().eval()
    return model, EfficientSam(str(lite_networks.efficientsam_file(model, tmp_path_factory.mktemp("sam") / "sam.onnx")))


@pytest.fixture(scope="session")
def big(tmp_path_factory: pytest.TempPathFactory) -> tuple[lite_networks.Lama, Path]:
    """LaMa in torch, and its export."""
    model = lite_networks.Lama().eval()
    return model, lite_networks.lama_file(model, tmp_path_factory.mktemp("lama") / "lama.onnx")


@pytest.fixture(scope="session")
def mobile(tmp_path_factory: pytest.TempPathFactory) -> tuple[lite_networks.MiganPipeline, Path]:
    """MI-GAN's pipeline in torch, and its export."""
    model = lite_networks.MiganPipeline(lite_networks.Migan()).eval()
    return model, lite_networks.migan_file(model, tmp_path_factory.mktemp("migan") / "migan.onnx")


class TestLiteOnEfficientSam(SegmenterSuite):
    """Its outlines, in boxes by a detector whose answers are foretold."""

    @pytest.fixture
    def segmenter(self, sam: tuple[lite_networks.EfficientSam, EfficientSam], tmp_path: Path) -> Segmenter:
        """From files of the test's own."""
        owl = OwlVit(str(owlvit_file(tmp_path / "owl.onnx")), str(clip_words(tmp_path / "clip.json")))
        return Lite(detectors=(owl,), cutter=sam[1])


class TestLama(InpainterSuite):
    """Fast Fourier convolutions."""

    @pytest.fixture
    def inpainter(self, big: tuple[Any, Path]) -> Inpainter:
        """From the file of the session."""
        return lama.Lama(str(big[1]))


class TestMigan(InpainterSuite):
    """Separable convolutions between uint8 pictures."""

    @pytest.fixture
    def inpainter(self, mobile: tuple[Any, Path]) -> Inpainter:
        """From the file of the session."""
        return migan.Migan(str(mobile[1]))


@pytest.mark.parametrize("corners", [(0.1, 0.2, 0.4, 0.6), (0.7, 0.4, 0.7, 0.4), (0, 0, 1, 1)])
def test_efficientsams_outline_is_torchs(
    sam: tuple[lite_networks.EfficientSam, EfficientSam], corners: tuple[float, float, float, float]
) -> None:
    """A box, a point and the whole picture: of three masks the one that the network is surest of."""
    model, cutter = sam
    side = model.side
    if corners[0] < corners[2]:
        points, kinds = [corners[:2], corners[2:]], [2.0, 3.0]
    else:
        points, kinds = [corners[:2]], [1.0]
    told = torch.zeros(1, 1, 6, 2)
    told[0, 0, : len(points)] = torch.tensor(points) * side
    labels = -torch.ones(1, 1, 6)
    labels[0, 0, : len(points)] = torch.tensor(kinds)
    seen = cutter.look(scene())
    with torch.inference_mode():
        masks, sure = model(torch.from_numpy(seen), told, labels)
    theirs = masks[0, 0, int(sure[0, 0].argmax())].numpy()
    assert theirs.shape == (side, side)
    assert float(np.ptp(theirs)) > 0.1
    assert float(np.abs(cutter(seen, corners) - theirs).max()) <= CLOSE


def test_efficientsam_hears_what_it_is_told(
    sam: tuple[lite_networks.EfficientSam, EfficientSam], tmp_path: Path
) -> None:
    """Another box, another answer; an export that wants an axis more of the labels gives the same."""
    model, cutter = sam
    other = EfficientSam(str(lite_networks.efficientsam_file(model, tmp_path / "four.onnx", axis_more=True)))
    seen = cutter.look(scene())
    here, there = (0.1, 0.2, 0.4, 0.6), (0.5, 0.1, 0.9, 0.9)
    assert not np.allclose(cutter(seen, here), cutter(seen, there), atol=CLOSE)
    assert np.allclose(cutter(seen, there), other(seen, there), atol=CLOSE)


def test_lamas_fill_is_torchs(big: tuple[lite_networks.Lama, Path]) -> None:
    """The export transforms by matrices, torch by its own fast transform."""
    model, file = big
    shown, inside = picture(64, 64), blob(64, 64)
    image = torch.from_numpy(shown.transpose(2, 0, 1)[None].astype(np.float32) / np.float32(255))
    with torch.inference_mode():
        theirs = model(image, torch.from_numpy(inside[None, None].astype(np.float32)))[0].numpy()
    ours = lama._asked(session_of(file), shown, inside)
    assert float(np.ptp(theirs.transpose(1, 2, 0)[inside])) > 1
    assert float(np.abs(ours - theirs.transpose(1, 2, 0)).max()) <= CLOSE


def test_migans_colours_are_torchs(mobile: tuple[lite_networks.MiganPipeline, Path], tmp_path: Path) -> None:
    """The generator to within a thousandth, the pipeline's whole numbers to within one; also at another size."""
    model, file = mobile
    given = torch.rand(1, 4, 64, 64) - 0.5
    bare = lite_networks.exported(model.generator, (given,), tmp_path / "bare.onnx", ["x"], ["y"])
    with torch.inference_mode():
        theirs = model.generator(given).numpy()
    assert float(np.ptp(theirs)) > 0.1
    assert float(np.abs(answers(session_of(bare), {"x": given.numpy()})[0] - theirs).max()) <= CLOSE
    for height, width in ((64, 64), (96, 130)):
        shown, inside = picture(height, width), blob(height, width)
        kept = np.where(inside, np.uint8(0), np.uint8(255))[None, None]
        with torch.inference_mode():
            whole = model(torch.from_numpy(shown.transpose(2, 0, 1)[None].copy()), torch.from_numpy(kept))[0].numpy()
        ours = migan._asked(session_of(file), shown, inside)
        assert float(np.abs(ours - whole.transpose(1, 2, 0)).max()) <= 1
        assert np.array_equal(ours[~inside], shown[~inside])
