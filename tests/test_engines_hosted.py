"""The hosted engine as a whole, with a provider on this machine."""

from pathlib import Path

import pytest

import delaminate
from delaminate.engines import engine
from delaminate.errors import StageFailed
from delaminate.pixels import box_of
from drawings import balls
from provider import Provider

BALL = {
    "phrase": "der rote Ball",
    "name": "roter Ball",
    "description": "red ball",
    "noun": "ball",
    "kind": "object",
    "text": None,
    "together": False,
}


@pytest.fixture
def account(provider: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Provider:
    """A key, an endpoint and a cache of the test's own; no weights."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    monkeypatch.setenv("OPENAI_BASE_URL", provider.url)
    monkeypatch.setenv("DELAMINATE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("DELAMINATE_MODELS", str(tmp_path / "shelf"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.delenv("DELAMINATE_PLANNER_URL", raising=False)
    _, masks = balls()
    box = box_of(masks["red"])
    assert box is not None
    grid = [1000 / max(masks["red"].shape) * side for side in box.as_tuple()]
    target = BALL | {"box": grid}
    provider.script = [{"targets": [target], "inverted": False, "note": ""}]
    return provider


def test_a_sentence_in_any_language_becomes_exact_layers_and_is_paid_once(account: Provider) -> None:
    """One question to the planner, one edit for the layer; a second run asks nobody and says the same."""
    pixels, _ = balls()
    first = delaminate.split(pixels, "nimm den roten Ball heraus", engine="hosted")
    assert [layer.name for layer in first.stack.layers] == ["background", "roter Ball"]
    assert first.report.differing_pixels == 0
    paths = [asked.path for asked in account.asked]
    assert paths == ["/v1/chat/completions", "/v1/images/edits"]
    second = delaminate.split(pixels, "nimm den roten Ball heraus", engine="hosted")
    assert len(account.asked) == 2
    assert (second.stack.background.pixels == first.stack.background.pixels).all()


def test_a_provider_that_refuses_to_fill_ends_the_job_in_a_sentence(account: Provider) -> None:
    """Nothing half-made comes back."""
    account.script.append("refused")
    with pytest.raises(StageFailed, match="gpt-image-2 refused this picture or prompt"):
        delaminate.split(balls()[0], "nimm den roten Ball heraus", engine="hosted")


def test_offline_only_endpoints_on_this_machine_are_asked(account: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one of the test is; the provider's own is not."""
    monkeypatch.setenv("DELAMINATE_OFFLINE", "1")
    assert engine("hosted").name == "hosted"
    monkeypatch.delenv("OPENAI_BASE_URL")
    with pytest.raises(StageFailed, match="DELAMINATE_OFFLINE"):
        engine("hosted")
