"""What every segmenter does, whatever it knows of the world."""

from pathlib import Path

import pytest

from contracts.segmenter_suite import SegmenterSuite
from delaminate.contracts import Segmenter
from delaminate.stages.segmentation.embedded.segmenter import Embedded
from delaminate.stages.segmentation.lite.cutter import EfficientSam
from delaminate.stages.segmentation.lite.detectors import OwlVit
from delaminate.stages.segmentation.lite.segmenter import Lite
from lite_files import clip_words, efficientsam_file, owlvit_file


class TestEmbedded(SegmenterSuite):
    """The embedded segmenter."""

    @pytest.fixture
    def segmenter(self) -> Segmenter:
        """With its defaults."""
        return Embedded()


class TestLite(SegmenterSuite):
    """Detector and cutter as small ONNX files of the real signatures."""

    @pytest.fixture
    def segmenter(self, tmp_path: Path) -> Segmenter:
        """From files of the test's own."""
        owl = OwlVit(str(owlvit_file(tmp_path / "owl.onnx")), str(clip_words(tmp_path / "clip.json")))
        return Lite(detectors=(owl,), cutter=EfficientSam(str(efficientsam_file(tmp_path / "sam.onnx"))))
