"""Inpainters that need torch, with small random pipelines of the real classes."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from contracts.inpainter_suite import InpainterSuite, blob, picture
from delaminate.contracts import Inpainter
from delaminate.errors import BadInput, StageFailed
from delaminate.models.device import Device
from delaminate.models.diffusion import loaded
from delaminate.stages.inpainting.flux2_dev import Flux2Dev
from delaminate.stages.inpainting.flux2_klein import Flux2Klein4B, Flux2Klein9B
from delaminate.stages.inpainting.lama import Lama
from with_torch import tiny


@pytest.fixture(scope="session")
def klein(tmp_path_factory: pytest.TempPathFactory) -> Flux2Klein4B:
    """FLUX.2 klein on small crops."""
    return Flux2Klein4B(str(tiny.flux2_klein(tmp_path_factory.mktemp("klein"))), most=256 * 256)


class TestFlux2Klein(InpainterSuite):
    """FLUX.2 klein; both sizes are the same code."""

    @pytest.fixture
    def inpainter(self, klein: Flux2Klein4B) -> Inpainter:
        """The one of the session."""
        return klein


class TestFlux2Dev(InpainterSuite):
    """FLUX.2 dev, with a Mistral 3 of thirty-one tiny layers."""

    @pytest.fixture(scope="class")
    def folder(self, tmp_path_factory: pytest.TempPathFactory) -> Path:
        """Its weights."""
        return tiny.flux2_dev(tmp_path_factory.mktemp("dev"))

    @pytest.fixture
    def inpainter(self, folder: Path) -> Inpainter:
        """On small crops, in two steps."""
        return Flux2Dev(str(folder), steps=2, most=256 * 256)


class TestLamaScript(InpainterSuite):
    """LaMa in TorchScript."""

    @pytest.fixture
    def inpainter(self, tmp_path: Path) -> Inpainter:
        """From a file of the test's own."""
        return Lama(str(tiny.lama_script(tmp_path / "big-lama.pt")), side=256)


def test_the_prompt_is_encoded_once(klein: Flux2Klein4B, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many layers are filled with it."""
    model = loaded("Flux2KleinInpaintPipeline", klein.checkpoint, klein.device)
    model.prompts.clear()
    asked: list[Any] = []
    encode = model.pipeline.text_encoder.forward

    def counted(**inputs: Any) -> Any:
        asked.append(inputs)
        return encode(**inputs)

    monkeypatch.setattr(model.pipeline.text_encoder, "forward", counted)
    for seed in range(3):
        klein(picture(60, 90), blob(60, 90), ~blob(60, 90), prompt="grass", seed=seed)
    assert len(asked) == 1


def test_seed_and_prompt_change_the_fill(klein: Flux2Klein4B) -> None:
    """Both reach the model."""
    hole = blob(60, 90)
    plain = klein(picture(60, 90), hole, ~hole)
    assert not np.array_equal(plain, klein(picture(60, 90), hole, ~hole, seed=1))
    assert not np.array_equal(plain, klein(picture(60, 90), hole, ~hole, prompt="grass"))


def test_the_pipeline_gets_the_values_of_the_distilled_model(
    klein: Flux2Klein4B, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four steps from pure noise without guidance, on a crop rather than the picture."""
    model = loaded("Flux2KleinInpaintPipeline", klein.checkpoint, klein.device)
    heard: dict[str, Any] = {}
    run = type(model.pipeline).__call__

    def listening(self: Any, **options: Any) -> Any:
        heard.update(options)
        return run(self, **options)

    monkeypatch.setattr(type(model.pipeline), "__call__", listening)
    hole = np.zeros((900, 1200), np.bool_)
    hole[400:480, 500:560] = True
    klein(picture(900, 1200), hole, ~hole)
    assert (heard["num_inference_steps"], heard["guidance_scale"], heard["strength"]) == (4, 1.0, 1.0)
    assert heard["height"] * heard["width"] <= 256 * 256


def test_the_larger_one_is_not_for_commerce() -> None:
    """The names lead to the weights they say."""
    assert (Flux2Klein9B().checkpoints, Flux2Klein4B().checkpoints) == (("flux2-klein-9b",), ("flux2-klein-4b",))


def test_what_is_missing_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The weights, with the command that fetches them."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setenv("DELAMINATE_MODELS", str(tmp_path))
    monkeypatch.delenv("DELAMINATE_LAMA", raising=False)
    assert Flux2Dev().missing() == "fetch the weights: delaminate models pull flux2-dev"
    assert Lama().missing() == "fetch the weights: delaminate models pull lama"


def test_a_device_that_is_not_there_is_refused() -> None:
    """With what to set."""
    with pytest.raises(StageFailed, match="DELAMINATE_DEVICE=cpu"):
        Device("cuda").resolved()


@pytest.mark.parametrize("make", [lambda: Flux2Klein4B(steps=0), lambda: Flux2Dev(most=9), lambda: Lama(side=1)])
def test_options_out_of_range_are_refused(make: Any) -> None:
    """When the stage is made."""
    with pytest.raises(BadInput):
        make()
