"""What every segmenter does, whatever it knows of the world."""

import pytest

from contracts.segmenter_suite import SegmenterSuite
from delaminate.contracts import Segmenter
from delaminate.stages.segmentation.embedded.segmenter import Embedded


class TestEmbedded(SegmenterSuite):
    """The embedded segmenter."""

    @pytest.fixture
    def segmenter(self) -> Segmenter:
        """With its defaults."""
        return Embedded()
