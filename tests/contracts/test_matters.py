"""What every matter does."""

import pytest

from contracts.matter_suite import MatterSuite
from delaminate.contracts import Matter
from delaminate.stages.matting.closed_form import ClosedForm


class TestClosedForm(MatterSuite):
    """The embedded matter."""

    @pytest.fixture
    def matter(self) -> Matter:
        """With its defaults."""
        return ClosedForm()
