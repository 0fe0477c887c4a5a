"""Engines put together from what is there, and one sentence where something is not."""

from pathlib import Path

import pytest

from delaminate.engines import engine
from delaminate.errors import LicenceForbids, StageFailed
from delaminate.stages.inpainting.content_aware.fill import ContentAware
from delaminate.stages.inpainting.gpt_image import GptImage
from delaminate.stages.planning.grammar.planner import Grammar
from delaminate.stages.planning.language_model import LanguageModel
from delaminate.stages.segmentation.embedded.segmenter import Embedded


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No account, no weights, no settings."""
    for name in ("OPENAI_API_KEY", "DELAMINATE_OFFLINE", "DELAMINATE_PLANNER_URL", "DELAMINATE_COMMERCIAL_SAFE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setenv("DELAMINATE_MODELS", str(tmp_path))


def test_the_embedded_engine_needs_nothing() -> None:
    """It is the default."""
    made = engine()
    assert [type(part) for part in (made.planner, made.segmenter, made.inpainter)] == [Grammar, Embedded, ContentAware]


def test_the_hosted_engine_asks_for_a_key() -> None:
    """In a sentence."""
    with pytest.raises(StageFailed, match="set OPENAI_API_KEY"):
        engine("hosted")


def test_the_hosted_engine_needs_only_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no weights are there the embedded segmenter works inside the boxes the language model gives."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    made = engine("hosted", commercial_safe=True)
    kinds = [type(part) for part in (made.planner, made.segmenter, made.inpainter)]
    assert kinds == [LanguageModel, Embedded, GptImage]


def test_the_open_engine_says_how_to_get_what_it_needs() -> None:
    """The extra, or the weights."""
    with pytest.raises(StageFailed, match=r"delaminate\[models\]|delaminate models pull"):
        engine("open")


def test_an_inpainter_by_name_that_lacks_something_says_what() -> None:
    """Also within another engine."""
    with pytest.raises(StageFailed, match=r"flux2-klein-9b.*(delaminate\[models\]|delaminate models pull)"):
        engine("embedded", "flux2-klein-9b")


@pytest.mark.parametrize("by_setting", [True, False])
def test_commercial_safe_refuses_weights_that_are_not(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, by_setting: bool
) -> None:
    """By the argument and by the setting alike, whatever else the stage may lack."""
    if by_setting:
        monkeypatch.setenv("DELAMINATE_COMMERCIAL_SAFE", "1")
    with pytest.raises(LicenceForbids, match="flux2-klein-9b"):
        engine("embedded", "flux2-klein-9b", commercial_safe=not by_setting)


def test_what_several_stages_lack_is_said_once_with_its_command() -> None:
    """By their names, not as if there were none of the kind."""
    with pytest.raises(StageFailed) as said:
        engine("lite")
    assert str(said.value) == "the segmenter lite cannot work yet: fetch the weights: delaminate models pull lite"
    with pytest.raises(StageFailed, match=r"^the segmenter sam3 or grounded-sam cannot work yet: "):
        engine("open")
