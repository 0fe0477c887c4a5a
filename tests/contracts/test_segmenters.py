"""What every segmenter does, whatever it knows of the world."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from mask_server import server

from contracts.segmenter_suite import SegmenterSuite
from delaminate.contracts import Segmenter
from delaminate.stages.segmentation.embedded.segmenter import Embedded
from delaminate.stages.segmentation.lite.cutter import EfficientSam
from delaminate.stages.segmentation.lite.detectors import OwlVit
from delaminate.stages.segmentation.lite.segmenter import Lite
from delaminate.stages.segmentation.remote_masks import RemoteMasks
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


class TestRemoteMasks(SegmenterSuite):
    """A server on this machine, the example's, with the embedded segmenter behind it."""

    @pytest.fixture
    def segmenter(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[Segmenter]:
        """Asking that server."""
        monkeypatch.delenv("DELAMINATE_OFFLINE", raising=False)
        made = server(0, Embedded())
        threading.Thread(target=made.serve_forever, daemon=True).start()
        yield RemoteMasks(url=f"http://127.0.0.1:{made.server_port}/masks")
        made.shutdown()
        made.server_close()
