"""Fills by a server of one's own that speaks OpenAI's image edits, as vLLM-Omni and others serve open models."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import ClassVar

from delaminate.stages.inpainting.crop import Fit
from delaminate.stages.inpainting.gpt_image import GptImage


@dataclass(frozen=True)
class RemoteFill(GptImage):
    """As `GptImage`, of another endpoint and in the sizes that open models work at.

    Parameters
    ----------
    model : the server's name of it; default `DELAMINATE_FILL_MODEL`.
    url, api_key : default `DELAMINATE_FILL_URL` and `DELAMINATE_FILL_KEY`; never an account that is there for
        something else.
    most : pixels sent at most.
    """

    model: str = ""
    most: int = 1024 * 1024
    name: str = field(default="remote-fill", init=False)
    _least: ClassVar[int] = 256 * 256

    def missing(self) -> str:
        """What to install or set first; empty when the stage can work."""
        if not self._url:
            return "set DELAMINATE_FILL_URL to a server that speaks OpenAI's image edits"
        return super().missing()

    @property
    def _model(self) -> str:
        return self.model or os.environ.get("DELAMINATE_FILL_MODEL", "default")

    @property
    def _key(self) -> str:
        return self.api_key or os.environ.get("DELAMINATE_FILL_KEY", "") or "none"

    @property
    def _url(self) -> str:
        return self.url or os.environ.get("DELAMINATE_FILL_URL", "")

    def _fit(self) -> Fit:
        return Fit(16, min(512 * 512, self.most), self.most, 2048, 4.0)
