"""gpt-image-2 against a provider on this machine: what is sent, what comes back, and every way it can go wrong."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from delaminate.errors import BadInput, Cancelled, StageFailed
from delaminate.models.cache import Cache
from delaminate.stages.inpainting.gpt_image import GptImage
from provider import INK, Provider

RGB = np.random.default_rng(3).integers(90, 110, (120, 160, 3), np.uint8)
HOLE = np.zeros((120, 160), np.bool_)
HOLE[40:80, 50:110] = True


def stage(provider: Provider, folder: Path, timeout: float = 60.0) -> GptImage:
    """The stage as a user of the provider would set it up, impatient."""
    return GptImage(api_key="sk-test", url=provider.url, cache=Cache(folder), timeout=timeout, pause=0.01)


def fill(gpt: GptImage, prompt: str = "", seed: int = 0) -> NDArray[np.uint8]:
    """The hole of the example filled."""
    return gpt(RGB, HOLE, ~HOLE, prompt=prompt, seed=seed)


def test_the_request_is_as_documented(provider: Provider, tmp_path: Path) -> None:
    """The provider checks fields, mask and sizes itself; the prompt of the user comes after ours."""
    filled = fill(stage(provider, tmp_path), "wet sand")
    asked = provider.asked[0]
    assert asked.headers["authorization"] == "Bearer sk-test"
    assert asked.fields["prompt"].endswith(b"no shadows of removed things. wet sand")
    assert np.abs(filled[20, 30].astype(int) - INK).max() < 8


def test_what_was_paid_for_is_never_asked_again(provider: Provider, tmp_path: Path) -> None:
    """The same question is answered from the store, another one is asked."""
    first = fill(stage(provider, tmp_path))
    assert np.array_equal(first, fill(stage(provider, tmp_path)))
    assert len(provider.asked) == 1
    fill(stage(provider, tmp_path), seed=1)
    fill(stage(provider, tmp_path), "snow")
    assert len(provider.asked) == 3


def test_a_busy_provider_is_asked_again_with_the_same_idempotency_key(provider: Provider, tmp_path: Path) -> None:
    """429 and 500 cost nothing; the key lets the provider recognise the question."""
    provider.script = [429, 500]
    fill(stage(provider, tmp_path))
    keys = {asked.headers["idempotency-key"] for asked in provider.asked}
    assert len(provider.asked) == 3
    assert [len(key) for key in keys] == [64]


@pytest.mark.parametrize(
    ("script", "sentence", "asked"),
    [
        ([429] * 3, "asked too often", 3),
        ([500] * 3, "out of order", 3),
        ([401], "does not accept the key", 1),
        ([404], "is not known", 1),
        ([400], "did not accept the request", 1),
        (["refused"], "refused this picture or prompt", 1),
        (["quota"], "no credit left", 1),
        (["slow"], "did not answer in time", 1),
        (["garbage"], "cannot be read|without a picture", 1),
        (["no picture"], "without a picture", 1),
        (["not a picture"], "no picture", 1),
        (["other size"], "pixels for", 1),
    ],
)
def test_every_failure_ends_in_a_sentence(
    provider: Provider, tmp_path: Path, script: list[int | str], sentence: str, asked: int
) -> None:
    """And only what surely cost nothing is tried again; nothing wrong is kept."""
    provider.script = list(script)
    with pytest.raises(StageFailed, match=sentence):
        fill(stage(provider, tmp_path, timeout=0.5 if script == ["slow"] else 60.0))
    assert len(provider.asked) == asked
    assert [path for path in tmp_path.rglob("*") if path.is_file() and path.suffix != ".lock"] == []


def test_it_can_be_cancelled_while_the_provider_is_busy(provider: Provider, tmp_path: Path) -> None:
    """Waiting for the next try is not deaf."""
    provider.script = [503] * 3

    def stop(done: float) -> None:
        if provider.asked:
            raise Cancelled

    with pytest.raises(Cancelled):
        stage(provider, tmp_path)(RGB, HOLE, ~HOLE, tick=stop)
    assert len(provider.asked) == 1


def test_nobody_home_is_said(provider: Provider, tmp_path: Path) -> None:
    """An endpoint that does not exist."""
    gpt = GptImage(api_key="k", url="http://127.0.0.1:9/v1", cache=Cache(tmp_path), timeout=2.0)
    with pytest.raises(StageFailed, match="cannot be reached"):
        fill(gpt)


def test_what_is_missing_is_said(monkeypatch: pytest.MonkeyPatch, provider: Provider) -> None:
    """A key, or the permission to use the network."""
    assert "OPENAI_API_KEY" in GptImage().missing()
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    assert GptImage().missing() == ""
    monkeypatch.setenv("DELAMINATE_OFFLINE", "1")
    assert "DELAMINATE_OFFLINE" in GptImage().missing()
    assert GptImage(url=provider.url).missing() == ""


def test_the_key_is_never_shown() -> None:
    """Not in logs that print the stage."""
    assert "sk-secret" not in repr(GptImage(api_key="sk-secret"))


def test_sizes_the_provider_does_not_take_are_refused() -> None:
    """When the stage is made, not when it is paid."""
    with pytest.raises(BadInput):
        GptImage(most=100)
