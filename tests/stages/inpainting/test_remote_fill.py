"""Fills by a server of one's own that speaks OpenAI's image edits."""

from pathlib import Path

import numpy as np
import pytest

from contracts.inpainter_suite import blob, picture
from delaminate.models.cache import Cache
from delaminate.stages.inpainting.remote_fill import RemoteFill
from provider import INK, Provider


def test_the_server_that_was_set_fills_and_is_asked_once(
    provider: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With its model's name; what it answered is kept."""
    monkeypatch.setenv("DELAMINATE_FILL_URL", provider.url)
    monkeypatch.setenv("DELAMINATE_FILL_MODEL", "qwen-image-edit")
    fill, rgb, hole = RemoteFill(most=1024 * 1024, cache=Cache(tmp_path)), picture(900, 1200), blob(900, 1200)
    first = fill(rgb, hole, ~hole)
    assert np.array_equal(first, fill(rgb, hole, ~hole))
    assert [asked.fields["model"] for asked in provider.asked] == [b"qwen-image-edit"]
    assert abs(int(np.median(first[..., 1])) - INK[1]) < 60


def test_an_account_for_something_else_is_not_used(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the setting of its own makes it ready."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    monkeypatch.setenv("OPENAI_BASE_URL", provider.url)
    monkeypatch.delenv("DELAMINATE_FILL_URL", raising=False)
    assert "DELAMINATE_FILL_URL" in RemoteFill().missing()
