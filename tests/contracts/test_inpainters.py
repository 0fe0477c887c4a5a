"""What every inpainter does, whoever makes up the pixels."""

from pathlib import Path

import pytest

from contracts.inpainter_suite import InpainterSuite
from delaminate.contracts import Inpainter
from delaminate.models.cache import Cache
from delaminate.stages.inpainting.content_aware.fill import ContentAware
from delaminate.stages.inpainting.gpt_image import GptImage
from delaminate.stages.inpainting.lama import Lama
from delaminate.stages.inpainting.migan import Migan
from delaminate.stages.inpainting.remote_fill import RemoteFill
from lama_file import lama_file
from lite_files import migan_file
from provider import Provider


class TestContentAware(InpainterSuite):
    """The embedded fill."""

    @pytest.fixture
    def inpainter(self) -> Inpainter:
        """With its defaults."""
        return ContentAware()


class TestGptImage(InpainterSuite):
    """gpt-image-2, with a provider on this machine."""

    @pytest.fixture
    def inpainter(self, provider: Provider, tmp_path: Path) -> Inpainter:
        """Storing its answers in a folder of the test's own."""
        return GptImage(api_key="k", url=provider.url, cache=Cache(tmp_path))


class TestRemoteFill(InpainterSuite):
    """A server of one's own that speaks the same, with the smaller pictures of open models."""

    @pytest.fixture
    def inpainter(self, provider: Provider, tmp_path: Path) -> Inpainter:
        """Storing its answers in a folder of the test's own."""
        provider.least, provider.longest = 256 * 256, 4
        return RemoteFill(url=provider.url, cache=Cache(tmp_path))


class TestLama(InpainterSuite):
    """LaMa through ONNX, with made-up weights."""

    @pytest.fixture
    def inpainter(self, tmp_path: Path) -> Inpainter:
        """From a file of the test's own."""
        return Lama(str(lama_file(tmp_path / "lama.onnx", 128)))


class TestMigan(InpainterSuite):
    """MI-GAN's pipeline, with made-up weights."""

    @pytest.fixture
    def inpainter(self, tmp_path: Path) -> Inpainter:
        """From a file of the test's own."""
        return Migan(str(migan_file(tmp_path / "migan.onnx")))
