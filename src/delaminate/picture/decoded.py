"""What every reader of a format hands to the door."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from delaminate.pixels import Rgb, Rgba


@dataclass(frozen=True, eq=False)
class Decoded:
    """The pixels as they lie in the file, and what the file says of them.

    Parameters
    ----------
    pixels : H×W×3 or H×W×4, uint8 or uint16, not yet turned upright.
    mode : Pillow's name of the colour mode in the file.
    icc : the profile that describes `pixels`.
    notes : what was done to the pixels, one sentence each.
    dpi : as the file states it, not yet turned.
    orientation : EXIF's number, 1 to 8, that is still to be applied.
    lossy : whether the compression leaves traces.
    more : whether there are further frames or pages.
    info : what Pillow found beside the pixels.
    """

    pixels: Rgb | Rgba
    mode: str
    icc: bytes | None = field(default=None, repr=False)
    notes: tuple[str, ...] = ()
    dpi: tuple[float, float] | None = None
    orientation: int = 1
    lossy: bool = False
    more: bool = False
    info: dict[Any, Any] = field(default_factory=dict, repr=False)


class NotRead(Exception):
    """The file is whole, as far as can be told, and of a kind that is not read.

    Parameters
    ----------
    what : the kind, with its article.
    advice : what to do.
    """

    def __init__(self, what: str, advice: str = "save it with 8 or 16 bits per channel in RGB") -> None:
        super().__init__(f"{what}, which is not read; {advice}")


class Damaged(Exception):
    """The file contradicts itself or ends too early; the text, for developers, says where."""
