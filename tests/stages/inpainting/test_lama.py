"""LaMa from an ONNX file; its numbers are made up, its signature is the real one."""

from pathlib import Path

import numpy as np
import pytest

from delaminate.errors import StageFailed
from delaminate.stages.inpainting.lama import Lama
from lama_file import lama_file

RGB = np.full((40, 60, 3), 90, np.uint8)
ROUGH = np.random.default_rng(2).integers(0, 255, (40, 60, 3), np.uint8)
HOLE = np.zeros((40, 60), np.bool_)
HOLE[10:20, 20:40] = True


def test_the_answer_of_the_model_goes_into_the_hole(tmp_path: Path) -> None:
    """The file multiplies by 255, as the exported model does; an even ground stays even."""
    filled = Lama(str(lama_file(tmp_path / "lama.onnx", 64)))(RGB, HOLE, ~HOLE)
    assert np.abs(filled.astype(int) - 90).max() <= 1


def test_without_weights_it_says_what_fetches_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """And which file a setting names that is not there."""
    monkeypatch.delenv("DELAMINATE_LAMA", raising=False)
    monkeypatch.setenv("DELAMINATE_MODELS", str(tmp_path))
    with pytest.raises(StageFailed, match="delaminate models pull lama"):
        Lama()(RGB, HOLE, ~HOLE)
    monkeypatch.setenv("DELAMINATE_LAMA", str(tmp_path / "gone.onnx"))
    with pytest.raises(StageFailed, match=r"gone\.onnx, which is not there"):
        Lama()(RGB, HOLE, ~HOLE)


def test_a_file_from_the_environment_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The setting for command line and service."""
    monkeypatch.setenv("DELAMINATE_LAMA", str(lama_file(tmp_path / "lama.onnx", 64)))
    assert Lama().missing() == ""


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    """In a sentence."""
    (tmp_path / "lama.onnx").write_bytes(b"hello")
    with pytest.raises(StageFailed, match="cannot be loaded"):
        Lama(str(tmp_path / "lama.onnx"))(ROUGH, HOLE, ~HOLE)
