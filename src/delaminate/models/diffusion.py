"""What stages built on diffusers share: one loaded pipeline, a prompt encoded once, seeded noise, progress by steps."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from delaminate.contracts import Tick
from delaminate.models import weights
from delaminate.models.device import Device, once

LIBRARIES = ("torch", "transformers", "diffusers")

_PROMPTS = 8
"""Encoded prompts kept; each is a few megabytes."""


@dataclass(eq=False)
class Loaded:
    """A pipeline with the prompts it encoded; one fill at a time goes through it."""

    pipeline: Any
    lock: threading.Lock = field(default_factory=threading.Lock)
    prompts: dict[str, Any] = field(default_factory=dict)

    def encoded(self, words: str) -> Any:
        """The embedding of a prompt, encoded when it is first needed."""
        if words not in self.prompts:
            while len(self.prompts) >= _PROMPTS:
                self.prompts.pop(next(iter(self.prompts)))
            self.prompts[words], _ = self.pipeline.encode_prompt(prompt=words, num_images_per_prompt=1)
        return self.prompts[words]


def loaded(
    class_name: str, checkpoint: str, device: Device, *, words_only: bool = False, without: tuple[str, ...] = ()
) -> Loaded:
    """A pipeline of diffusers by the name of its class, loaded once per process.

    Parameters
    ----------
    words_only : take of the text side's processor the tokenizer only; the other half, for pictures in prompts, needs
        torchvision and is never used here.
    without : names of parts that are never used here and need not be loaded.
    """
    import diffusers
    from transformers import AutoTokenizer

    where, folder = device.resolved(), weights.folder(checkpoint)

    def load() -> Loaded:
        kind = getattr(diffusers, class_name)
        parts: dict[str, Any] = dict.fromkeys(without)
        if words_only:
            parts["tokenizer"] = AutoTokenizer.from_pretrained(folder / "tokenizer")
        return Loaded(
            where.pipeline(lambda dtype: kind.from_pretrained(folder, dtype=dtype, local_files_only=True, **parts))
        )

    made: Loaded = once((class_name, folder, where), load)
    return made


def noise(seed: int) -> Any:
    """A generator on the CPU, so that every device starts from the same noise."""
    import torch

    return torch.Generator("cpu").manual_seed(seed & 0xFFFFFFFFFFFFFFFF)


def stepping(tick: Tick, steps: int) -> Callable[[Any, int, Any, dict[str, Any]], dict[str, Any]]:
    """A callback for a pipeline that reports its steps; what `tick` raises stops the pipeline."""

    def step(_: Any, number: int, __: Any, values: dict[str, Any]) -> dict[str, Any]:
        tick(0.1 + 0.85 * (number + 1) / steps)
        return values

    return step


def picture(array: NDArray[Any]) -> Any:
    """A Pillow image of uint8 h×w×3, or of a bool mask."""
    from PIL import Image

    return Image.fromarray(array.astype(np.uint8) * 255 if array.dtype == np.bool_ else array)
