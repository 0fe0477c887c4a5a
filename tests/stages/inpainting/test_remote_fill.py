"""Fills by a server of one's own that speaks OpenAI's image edits."""

from pathlib import Path

import numpy as np
import pytest

from contracts.inpainter_suite import blob, picture
from delaminate.engines import engine
from delaminate.errors import StageFailed
from delaminate.models.cache import Cache
from delaminate.models.servers import counted
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


def test_a_server_that_is_down_is_left_alone(
    provider: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After three failures in a row the next fill ends at once with a sentence, and "auto" fills otherwise."""
    monkeypatch.setenv("DELAMINATE_FILL_URL", provider.url)
    provider.script = [503, 500, 529]
    fill, rgb, hole = RemoteFill(pause=0.01, cache=Cache(tmp_path)), picture(900, 1200), blob(900, 1200)
    with pytest.raises(StageFailed, match="out of order"):
        fill(rgb, hole, ~hole)
    with pytest.raises(StageFailed, match="failed 3 times in a row and is left alone for"):
        fill(rgb, hole, ~hole)
    assert len(provider.asked) == 3
    assert "is left alone" in RemoteFill().missing()
    monkeypatch.delenv("DELAMINATE_ENGINE", raising=False)
    assert engine("auto").inpainter.name != "remote-fill"


def test_what_is_refused_is_no_failure_of_the_server(provider: Provider, tmp_path: Path) -> None:
    """The next picture is asked about."""
    provider.script = ["refused"] * 3
    fill, rgb, hole = RemoteFill(url=provider.url, cache=Cache(tmp_path)), picture(900, 1200), blob(900, 1200)
    for _ in range(3):
        with pytest.raises(StageFailed, match="refused this picture"):
            fill(rgb, hole, ~hole)
    assert fill(rgb, hole, ~hole).shape[2] == 3


def test_calls_are_counted_and_a_kept_answer_is_none(provider: Provider, tmp_path: Path) -> None:
    """One call of two fills."""
    fill = RemoteFill(url=provider.url, cache=Cache(tmp_path), price=0.04)
    rgb, hole = picture(900, 1200), blob(900, 1200)
    with counted() as calls:
        fill(rgb, hole, ~hole)
        fill(rgb, hole, ~hole)
    assert [(row.purpose, row.calls, row.cost) for row in calls.rows] == [("fills", 1, 0.04)]
