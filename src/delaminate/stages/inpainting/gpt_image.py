"""gpt-image-2 through the provider's image edits: a picture, a mask whose clear part may change, and a prompt."""

from __future__ import annotations

import base64
import binascii
import io
import os
from dataclasses import dataclass, field
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from delaminate.contracts import Tick
from delaminate.errors import BadInput, StageFailed
from delaminate.models import hosted
from delaminate.models.cache import Cache, key_of
from delaminate.models.servers import Server, price_of
from delaminate.pixels import Mask
from delaminate.stages.inpainting.crop import Fit
from delaminate.stages.inpainting.painting import Painter

LARGEST_MASK = 4 * 1024 * 1024
"""Bytes the mask file must stay below."""

_LEAST, _MOST = 655_360, 8_294_400


@dataclass(frozen=True)
class GptImage(Painter):
    """Fills with gpt-image-2; every call costs money, none is made twice.

    The answer to a crop, mask, prompt, seed and model is stored before it is used, and taken from the store ever after.

    Parameters
    ----------
    model : the provider's name of it.
    quality : "low", "medium", "high" or "auto": what the provider charges by, with the size.
    most : pixels sent at most, 655,360 to 8,294,400; larger costs more.
    api_key, url : of the account and the endpoint; default `OPENAI_API_KEY` and `OPENAI_BASE_URL`.
    timeout : seconds one answer may take.
    tries, pause : how often to ask a busy provider, and the most seconds before the second time.
    price : of one call, for the report; default `DELAMINATE_FILL_PRICE`.
    cache : where answers are stored.

    Raises
    ------
    BadInput
        If an option is out of range.
    """

    model: str = "gpt-image-2"
    quality: Literal["low", "medium", "high", "auto"] = "medium"
    most: int = 1536 * 1024
    api_key: str = field(default="", repr=False)
    url: str = ""
    timeout: float = 300.0
    tries: int = 3
    pause: float = 2.0
    price: float | None = None
    cache: Cache = field(default_factory=Cache)
    name: str = field(default="gpt-image-2", init=False)
    _least: ClassVar[int] = _LEAST

    def __post_init__(self) -> None:
        if not self._least <= self.most <= _MOST or self.tries < 1 or not self.timeout > 0:
            raise BadInput(f"gpt-image needs {self._least} ≤ most ≤ {_MOST}, tries ≥ 1 and timeout > 0")

    def missing(self) -> str:
        """What to install or set first; empty when the stage can work."""
        return hosted.missing(self._url, self._key) or self._server.resting()

    @property
    def _server(self) -> Server:
        price = price_of("DELAMINATE_FILL_PRICE") if self.price is None else self.price
        return Server("fills", hosted.host(self._url), price)

    @property
    def _model(self) -> str:
        return self.model

    def sends(self) -> str:
        """Where parts of the picture go, for the report."""
        return f"For filling, what lies around a layer is sent to {self._model} at {hosted.host(self._url)}."

    @property
    def _key(self) -> str:
        return self.api_key or os.environ.get("OPENAI_API_KEY", "")

    @property
    def _url(self) -> str:
        return self.url or os.environ.get("OPENAI_BASE_URL", "")

    def _fit(self) -> Fit:
        return Fit(16, _LEAST, self.most, 3840, 3.0)

    def _painted(self, shown: NDArray[np.uint8], inside: Mask, words: str, seed: int, tick: Tick) -> NDArray[np.uint8]:
        """The model has no seed; ours tells answers apart."""
        tick(0.05)
        file, mask = png(shown), png(cutout(inside))
        key = key_of(self.name, self._model, self.quality, words, seed, shown.tobytes(), mask)
        answer = self.cache.once(key, lambda: self._asked(file, mask, shown.shape, words, key, tick))
        tick(0.95)
        return decoded(answer, shown.shape)

    def _asked(self, shown: bytes, mask: bytes, shape: tuple[int, ...], words: str, key: str, tick: Tick) -> bytes:
        """The provider's picture as it sent it."""
        if len(mask) >= LARGEST_MASK:
            raise StageFailed("the hole is too intricate for the provider's limit of 4 MB a mask; mark fewer things")
        client = hosted.client(self._url, self._key, self.timeout)
        answer = hosted.ask(
            lambda: client.images.edit(
                model=self._model,
                image=("image.png", shown, "image/png"),
                mask=("mask.png", mask, "image/png"),
                prompt=words,
                n=1,
                size=f"{shape[1]}x{shape[0]}",
                quality=self.quality,
                background="opaque",
                output_format="png",
                extra_headers={"Idempotency-Key": key},
            ),
            self.name,
            self._server,
            tick,
            self.tries,
            self.pause,
        )
        pictures = getattr(answer, "data", None)
        if not pictures or not pictures[0].b64_json:
            raise StageFailed(f"{self.name} answered without a picture; try again, or take another model")
        try:
            sent = base64.b64decode(pictures[0].b64_json, validate=True)
        except binascii.Error as error:
            raise StageFailed(f"{self.name} answered with something that is no picture; try again") from error
        decoded(sent, shape)
        return sent


def cutout(hole: Mask) -> NDArray[np.uint8]:
    """The mask as the provider wants it: RGBA, clear where it may edit, opaque elsewhere."""
    mask = np.zeros((*hole.shape, 4), np.uint8)
    mask[..., 3] = np.where(hole, 0, 255)
    return mask


def png(pixels: NDArray[np.uint8]) -> bytes:
    """H×W×3 or H×W×4 as a PNG file."""
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def decoded(file: bytes, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """The picture in a file at the size asked for; a provider may answer in another one of the same proportions."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(file), formats=["PNG", "JPEG", "WEBP"]) as image:
            width, height = image.size
            if abs(width * shape[0] - height * shape[1]) > 0.02 * width * shape[0]:
                raise StageFailed(f"gpt-image answered with {width}×{height} pixels for {shape[1]}×{shape[0]}")
            picture = image.convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise StageFailed("gpt-image answered with something that is no picture; try again") from error
    if picture.size != (shape[1], shape[0]):
        picture = picture.resize((shape[1], shape[0]), Image.Resampling.LANCZOS)
    return np.asarray(picture)
